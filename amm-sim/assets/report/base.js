// Numbers for people, and elements.

/** Different values, in order of appearance, or of size if they are numbers. */
function distinct(rows, key) {
  const values = [...new Set(rows.map((row) => row[key]))].filter((value) => value != null);
  return values.every((value) => typeof value === "number") ? values.sort((a, b) => a - b) : values;
}
const groups = (rows, key) =>
  distinct(rows, key).map((value) => [value, rows.filter((row) => row[key] === value)]);

// Numbers.

const MINUS = "\u2212",
  NARROW = "\u202f",
  NONE = "\u2013";
const signed = (text) => text.replace(/^-/, MINUS);

/** So many decimals, without a negative zero. */
function fixed(value, places) {
  if (value == null) return NONE;
  const text = value.toFixed(places);
  return signed(Number(text) === 0 ? (0).toFixed(places) : text);
}
/** A bare number in about three digits. */
function plain(value) {
  if (value == null) return NONE;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e6 || size < 1e-4)
    return signed(value.toExponential(1).replace("e", "\u00b710^")).replace(/\^\+?(-?\d+)/, (_, power) =>
      superscript(power),
    );
  if (size >= 1000) return whole(Math.round(value));
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : size >= 0.01 ? 3 : 4;
  return fixed(value, places);
}
/** A number that somebody chose, or a name: 1, 0.25, 2.5\u00b710\u2078. */
const bare = (value) =>
  typeof value === "number" &&
  !(Math.abs(value) >= 1e6) &&
  (Number.isInteger(value) || Math.abs(value) >= 0.001)
    ? tick(value)
    : typeof value === "number"
      ? plain(value)
      : String(value);
const whole = (value) => signed(value.toLocaleString("en").replaceAll(",", NARROW));
/** A number that an axis chose: as many digits as it has. */
const tick = (value) =>
  Math.abs(value) >= 1e6 || (value && Math.abs(value) < 1e-4)
    ? plain(value)
    : signed(
        Number(value.toPrecision(10))
          .toLocaleString("en", { maximumFractionDigits: 6 })
          .replaceAll(",", NARROW),
      );
const superscript = (text) =>
  text.replace(
    /./g,
    (sign) =>
      "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"["0123456789".indexOf(sign)] ?? "\u207b",
  );
const percent = (value, places = 0) => (value == null ? NONE : `${fixed(100 * value, places)}${NARROW}%`);
/** Cash in three digits or so. */
function cash(value) {
  if (value == null) return NONE;
  const steps = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  const [unit, letter] = steps.find(([unit]) => Math.abs(value) >= 0.9995 * unit) ?? [1, ""];
  const scaled = value / unit,
    size = Math.abs(scaled);
  const text = fixed(scaled, size >= 100 ? 0 : size >= 10 ? 1 : size === 0 ? 0 : 2);
  return letter ? `${text}${NARROW}${letter}` : text;
}
/** Cash that an axis chose. */
const cashTick = (value) => cash(value).replace(/\.0+(?=\D|$)|(?<=\.\d)0(?=\D|$)/, "");
/** Parts of one as points: 0.152 is 15.2. */
const points = (value) => (value == null ? NONE : fixed(100 * value, 1));
const price = (value) =>
  value == null
    ? NONE
    : Math.abs(value) >= 1000
      ? plain(value)
      : fixed(value, Math.abs(value) >= 100 ? 1 : 2);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number) => String(number).padStart(2, "0");
function day(seconds) {
  const date = new Date(1000 * seconds);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
function clock(seconds) {
  const date = new Date(1000 * seconds);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}
function span(seconds) {
  const [unit, letter] = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ].find(([unit]) => seconds >= unit) ?? [1, "s"];
  const count = seconds / unit;
  return `${Number.isInteger(count) ? count : fixed(count, 1)}${NARROW}${letter}`;
}
const share = (ell) => ({ 0.25: "\u00bc", 0.5: "\u00bd", 0.75: "\u00be" })[ell] ?? bare(ell);
/** Days in three digits. */
const length = (count) => (Number.isInteger(count) ? bare(count) : plain(count));
const days = (count) => `${length(count)} day${count === 1 ? "" : "s"}`;
/** An interval in words. */
function within(low, high, show) {
  if (low == null || high == null) return "";
  const [from, to] = [show(low), show(high)];
  if (from === to) return "";
  const unit = /\u202f[%a-zA-Z]+$/.exec(from)?.[0];
  return `${unit && to.endsWith(unit) ? from.slice(0, -unit.length) : from} to ${to}`;
}
const about = (value, low, high, show) => {
  const interval = within(low, high, show);
  return interval ? `${show(value)} (${interval})` : show(value);
};
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const list = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

// Elements.

/** An element with attributes and children; a text is text, never markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}
/** What a page is of, under its title. */
const factList = (facts) =>
  element(
    "ul",
    { class: "meta" },
    facts.map((fact) => element("li", {}, fact)),
  );
/** Its sections: an id and a title each. */
const sectionLinks = (sections) =>
  element(
    "nav",
    { "aria-label": "Sections" },
    sections.map(([id, title]) => element("a", { href: `#${id}` }, title)),
  );
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => ESCAPES[sign]);
