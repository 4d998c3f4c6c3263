// What pages of studies share: numbers with their intervals, tables, drawings, the page itself.

const DATA = JSON.parse(document.getElementById("data").textContent);

// Numbers.

/** As many decimals as show an interval in two digits, or a bare number in three. */
function placesOf(estimate) {
  const { value, interval } = estimate;
  const half = interval ? (interval.high - interval.low) / 2 : 0;
  const least = half > 0 ? half : Math.abs(value) / 20;
  return least > 0 ? Math.max(1 - Math.floor(Math.log10(least)), 0) : 0;
}
/** So many decimals, or a power of ten where those are too many. */
const rounded = (value, places) =>
  places > 5 && Math.abs(value) < 1e-4 ? plain(value) : fixed(value, Math.min(places, 6));
const valueOf = (estimate, more = "") =>
  estimate == null ? NONE : `${more && estimate.value > 0 ? more : ""}${rounded(estimate.value, placesOf(estimate))}`;
/** The ends of its interval, of which none shows as zero that is not; nothing for a number that is known to be
 * just that. */
function endsOf(estimate) {
  const interval = estimate?.interval;
  if (!interval || interval.low === interval.high) return "";
  const places = placesOf(estimate);
  const show = (end) => (end && Number(end.toFixed(Math.min(places, 5))) === 0 ? plain(end) : rounded(end, places));
  return `${show(interval.low)} to ${show(interval.high)}`;
}
const bothOf = (estimate, more) =>
  endsOf(estimate) ? `${valueOf(estimate, more)} (${endsOf(estimate)})` : valueOf(estimate, more);
const MARKS = { better: " \u2713", worse: " \u2717", unclear: "" };

// Tables.

/** Of so many columns of words, then of numbers. */
const head = (words, left = 1) =>
  element(
    "thead",
    {},
    element(
      "tr",
      {},
      words.map((word, at) => element("th", { class: at < left ? "words" : null }, word)),
    ),
  );
const nameCell = (name, more) =>
  element("td", { class: "words name" }, name, more ? element("small", {}, more) : null);
const told = (estimate, verdict) =>
  element(
    "td",
    { class: verdict && verdict !== "unclear" ? verdict : null, title: verdict },
    valueOf(estimate),
    MARKS[verdict] ?? "",
    endsOf(estimate) ? element("small", {}, endsOf(estimate)) : null,
  );
const table = (words, rows, left) =>
  element("div", { class: "wide" }, element("table", {}, head(words, left), element("tbody", {}, rows)));
const row = (...cells) => element("tr", {}, cells);
const title3 = (text) => element("h3", { style: "margin-top:28px" }, text);

/** Buttons of which one is pressed: pairs of key and text. */
function pick(label, options, chosen, choose) {
  const group = element(
    "div",
    { class: "pick", role: "group", "aria-label": label },
    options.map(([key, text]) =>
      element(
        "button",
        {
          type: "button",
          "data-key": key,
          onclick: () => {
            pressed(group, key);
            choose(key);
          },
        },
        text,
      ),
    ),
  );
  pressed(group, chosen);
  return group;
}
function pressed(group, key) {
  for (const button of group.children) button.setAttribute("aria-pressed", button.dataset.key === key);
}

// Drawings.

const SVG = "http://www.w3.org/2000/svg";
function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat().filter((child) => child != null));
  return made;
}
const drawing = (className, width, height, label, parts) =>
  shape(
    "svg",
    { class: className, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    parts,
  );
/** A dot with its interval along x; `hint` shows when it is pointed at. */
function whisker(estimate, verdict, x, y, hint) {
  const { low, high } = estimate.interval ?? { low: estimate.value, high: estimate.value };
  return shape(
    "g",
    { class: verdict },
    shape("title", {}, hint),
    shape("rect", { class: "touch", x: x(low) - 6, y: y - 9, width: x(high) - x(low) + 12, height: 18 }),
    shape("line", { x1: x(low), x2: x(high), y1: y, y2: y, "stroke-width": 2 }),
    shape("circle", { cx: x(estimate.value), cy: y, r: 4 }),
  );
}
/** Round numbers within a range, about so many. */
function ticksOf(low, high, count) {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough) * power;
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at += 1)
    ticks.push(Number((at * step).toPrecision(12)));
  return ticks;
}

// The page.

function build({ why, facts, links, sections }) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const wanted = () => chosen ?? (dark.matches ? "dark" : "light");
  const paint = () => {
    document.documentElement.dataset.theme = wanted();
    toggle.textContent = wanted() === "dark" ? "Light" : "Dark";
  };
  const toggle = element("button", {
    type: "button",
    class: "toggle",
    id: "theme",
    onclick: () => {
      chosen = wanted() === "dark" ? "light" : "dark";
      paint();
    },
  });
  dark.addEventListener("change", paint);
  addEventListener("beforeprint", () => (document.documentElement.dataset.theme = "light"));
  addEventListener("afterprint", paint);
  paint();
  document.getElementById("page").replaceChildren(
    element("div", { class: "top" }, element("h1", {}, document.title), toggle),
    element("p", { class: "why" }, why),
    factList(facts),
    sectionLinks(links),
    ...sections,
  );
  document.documentElement.dataset.ready = "true";
}
