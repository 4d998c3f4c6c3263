// A study of protocols: what each mechanism does in each scenario, and where it hurts.

const { study: STUDY, judged: JUDGED } = JSON.parse(document.getElementById("data").textContent);
const NAMES = {
  bad_debt: "bad debt",
  insured: "paid by insurance",
  deleveraged: "borne by deleveraged traders",
  forced: "forced sales",
  cascade: "largest cascade",
  drift: "lost between call and fill",
  x_open: "fall over the open loop's",
  x_variance: "variance over the open loop's",
};
const UNITS = Object.fromEntries(JUDGED);
const unitOf = (key) => (UNITS[key] === "m" ? ", millions" : "");
const digits = (value) =>
  value == null
    ? NONE
    : Math.abs(value) >= 100
      ? fixed(value, 1)
      : Math.abs(value) >= 1 || Object.is(Math.abs(value), 0)
        ? fixed(value, 2)
        : fixed(value, 3);
const ends = (estimate) =>
  estimate?.interval ? `${digits(estimate.interval.low)} to ${digits(estimate.interval.high)}` : "";
const pair = ({ design, against }) => `${design} ${MINUS} ${against}`;
const found = (contrast, key) => contrast.differences.find((difference) => difference.key === key);

// Tables.

const head = (words) =>
  element(
    "thead",
    {},
    element(
      "tr",
      {},
      words.map((word, at) => element("th", { class: at ? null : "words" }, word)),
    ),
  );
const nameCell = (name, more) =>
  element("td", { class: "words name" }, name, more ? element("small", {}, more) : null);
const told = (estimate, verdict) =>
  element(
    "td",
    { class: verdict && verdict !== "unclear" ? verdict : null, title: verdict },
    digits(estimate?.value),
    verdict === "worse" ? " ▲" : verdict === "better" ? " ▼" : "",
    ends(estimate) ? element("small", {}, ends(estimate)) : null,
  );
const table = (words, rows) =>
  element("div", { class: "wide" }, element("table", {}, head(words), element("tbody", {}, rows)));
const row = (...cells) => element("tr", {}, cells);

// The whole: pairs down, scenarios across.

function matrix(key) {
  const rows = STUDY.scenarios[0].outcome.contrasts.map((contrast, at) =>
    row(
      nameCell(pair(contrast), contrast.question),
      ...STUDY.scenarios.map(({ outcome }) => {
        const { difference, verdict } = found(outcome.contrasts[at], key);
        return told(difference, verdict);
      }),
    ),
  );
  const words = [`${capital(NAMES[key])}${unitOf(key)}`, ...STUDY.scenarios.map(({ name }) => name)];
  return table(words, rows);
}

function chooser() {
  const place = element("div");
  const buttons = JUDGED.map(([key]) =>
    element("button", { type: "button", "data-key": key, onclick: () => show(key) }, NAMES[key]),
  );
  function show(key) {
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.key === key);
    place.replaceChildren(matrix(key));
  }
  show(JUDGED[0][0]);
  return [element("div", { class: "pick", role: "group", "aria-label": "Figure" }, buttons), place];
}

function hurts() {
  const lines = [];
  STUDY.scenarios[0].outcome.contrasts.forEach((contrast, at) => {
    const where = STUDY.scenarios.flatMap(({ name, outcome }) => {
      const worse = outcome.contrasts[at].differences.filter(({ verdict }) => verdict === "worse");
      const each = worse.map(
        ({ key, difference }) => `${NAMES[key]} +${digits(difference.value)}${UNITS[key] ? ` ${UNITS[key]}` : ""}`,
      );
      return each.length ? [`${name}: ${list(each)}`] : [];
    });
    if (where.length)
      lines.push(
        element("li", {}, element("strong", {}, pair(contrast)), ` (${contrast.question}). `, where.join("; "), "."),
      );
  });
  return element("ul", { class: "hurts" }, lines.length ? lines : element("li", {}, "Nowhere for sure."));
}

// One scenario: differences as whiskers.

const SVG = "http://www.w3.org/2000/svg";
function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text != null) made.textContent = text;
  return made;
}
/** Two panels of whiskers, one pair a line. */
function forest(contrasts) {
  const [names, wide, gap, line, top] = [190, 460, 30, 22, 34];
  const height = top + contrasts.length * line + 26;
  const svg = shape("svg", {
    class: "forest",
    viewBox: `0 0 ${names + 2 * wide + gap} ${height}`,
    role: "img",
    "aria-label": "Differences with their intervals",
  });
  contrasts.forEach((contrast, at) =>
    svg.append(shape("text", { x: 0, y: top + at * line + 15 }, pair(contrast))),
  );
  ["bad_debt", "forced"].forEach((key, panel) => {
    const left = names + panel * (wide + gap);
    const all = contrasts.map((contrast) => found(contrast, key));
    const reach = all.flatMap(({ difference }) =>
      difference?.interval ? [difference.interval.low, difference.interval.high] : [0],
    );
    const [low, high] = [Math.min(0, ...reach), Math.max(0, ...reach)];
    const x = (value) => left + 10 + ((value - low) / (high - low || 1)) * (wide - 20);
    svg.append(shape("text", { x: left + 10, y: 14 }, `${capital(NAMES[key])}, millions: less is better`));
    const bottom = top + contrasts.length * line;
    svg.append(shape("line", { class: "zero", x1: x(0), x2: x(0), y1: top - 6, y2: bottom }));
    for (const value of new Set([low, 0, high])) {
      const anchor = value === low && low < 0 ? "start" : value === high && high > 0 ? "end" : "middle";
      svg.append(
        shape("text", { class: "soft", x: x(value), y: bottom + 17, "text-anchor": anchor }, digits(value)),
      );
    }
    all.forEach(({ difference, verdict }, at) => {
      if (!difference) return;
      const y = top + at * line + 11;
      const { low, high } = difference.interval ?? { low: difference.value, high: difference.value };
      svg.append(
        shape("line", { class: verdict, x1: x(low), x2: x(high), y1: y, y2: y, "stroke-width": 2 }),
        shape("circle", { class: verdict, cx: x(difference.value), cy: y, r: 4 }),
      );
    });
  });
  return element("figure", {}, svg);
}

function designs({ designs }) {
  const keys = designs[0].figures.map((figure) => figure.key);
  const rows = designs.map((design) =>
    row(
      nameCell(design.name, design.stopped ? `${design.stopped} paths stopped` : null),
      told(design.amplification),
      told(design.variance_amplification),
      ...design.figures.map(({ mean }) => element("td", {}, digits(mean.value))),
    ),
  );
  return table(["Design", "x open", "x variance", ...keys.map((key) => key.replaceAll("_", " "))], rows);
}

function differences({ contrasts }) {
  const rows = contrasts.map((contrast) =>
    row(
      nameCell(pair(contrast), contrast.question),
      ...contrast.differences.map(({ difference, verdict }) => told(difference, verdict)),
    ),
  );
  return table(["One less the other", ...JUDGED.map(([key]) => NAMES[key] + unitOf(key))], rows);
}

function margins({ designs }) {
  const rows = designs
    .filter(({ margin }) => margin)
    .map(({ name, margin }) =>
      row(
        nameCell(name),
        told(margin.peak_over_trough),
        told(margin.rise_hour),
        told(margin.rise_day),
        told(margin.share),
      ),
    );
  const words = ["Margin that moves", "peak over trough", "rise in an hour, %", "in a day, %"];
  return rows.length ? table([...words, "share of liquidations gone if it is held"], rows) : null;
}

function magnets({ designs }) {
  const rows = designs
    .filter(({ magnet }) => magnet)
    .map(({ name, magnet }) =>
      row(
        nameCell(name),
        ...["acting", "rushed", "watched", "difference", "rush", "fall"].map((key) => told(magnet[key])),
      ),
    );
  const words = ["Magnet", "halts, acting", "with a rush", "would, watched", "acting less watched"];
  return rows.length ? table([...words, "rush less watched", "fall by the rush, %"], rows) : null;
}

function legs({ designs }) {
  const rows = designs
    .filter(({ latency }) => latency)
    .map(({ name, latency }) =>
      row(
        nameCell(name),
        ...latency.flatMap(({ p50, p95, p99, drift }) => [
          element("td", {}, `${p50} / ${p95} / ${p99}`),
          element("td", {}, digits(Number(drift) / 1e6)),
        ]),
      ),
    );
  const words = ["observed", "included", "filled"].flatMap((leg) => [`${leg}, blocks`, "lost, m"]);
  return rows.length ? table(["Half, 95 %, 99 % of margin calls", ...words], rows) : null;
}

function channels({ loops }) {
  if (!loops) return null;
  const rows = loops.channels.map(({ name, fall, forced, bad_debt, without }) =>
    row(nameCell(name), told(fall), told(forced), told(bad_debt), told(without)),
  );
  const words = ["Channel, by its Shapley value", "of the fall, %", "of forced sales, m", "of bad debt, m"];
  return table([...words, "fall without it, %"], rows);
}

function contagion({ design, protocols, coefficients, radius, loss, block }) {
  const rows = protocols.map((name, at) => row(nameCell(name), ...coefficients[at].map((cell) => told(cell))));
  return [
    element(
      "p",
      {},
      `Under ${design}, what one lost in block ${block} costs (${digits(loss)} m in all). Spectral radius ${digits(radius?.value)}${ends(radius) ? ` (${ends(radius)})` : ""}: below one a loss dies out.`,
    ),
    table(["Lost in", ...protocols.map((name) => `${name} loses`)], rows),
  ];
}

const moved = ({ moved }) =>
  moved.map(({ design, days, hours, correlation }) =>
    element(
      "p",
      { class: "soft" },
      `The placebo of ${design} has its score at other times: ${
        days
          ? "whole days change places"
          : `the scenario has no two whole days, so the score is turned round by ${digits(hours)} hours at least`
      }. Correlation with itself: ${digits(correlation)}.`,
    ),
  );

const title3 = (text) => element("h3", { style: "margin-top:28px" }, text);
function section({ name, hours, outcome }) {
  return element(
    "section",
    { id: name },
    element("h2", {}, outcome.title),
    element("p", { class: "soft" }, `${outcome.why} ${fixed(hours, 0)} hours.`),
    forest(outcome.contrasts),
    title3("Differences on the same paths"),
    differences(outcome),
    moved(outcome),
    title3("Designs: means over paths"),
    designs(outcome),
    title3("What each channel does under the baseline"),
    channels(outcome),
    title3("How losses spread"),
    outcome.contagion.map(contagion),
    title3("Margin, breaker, latency"),
    margins(outcome),
    magnets(outcome),
    legs(outcome),
  );
}

(function build() {
  const page = document.getElementById("page");
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
  paint();
  const facts = [`${STUDY.paths} paths of each world`, `version ${STUDY.version}`, `digest ${STUDY.digest}`];
  page.replaceChildren(
    element("div", { class: "top" }, element("h1", {}, document.title), toggle),
    element(
      "p",
      { class: "why" },
      "Leveraged traders, a lending protocol, an options pool and a stablecoin share collateral and one spot market. Every design meets the same luck. A difference is marked where its interval of 95 % has no zero in it: ▼ better, ▲ worse. Of so many intervals some miss zero by luck, one in twenty where there is nothing.",
    ),
    element(
      "ul",
      { class: "meta" },
      facts.map((fact) => element("li", {}, fact)),
    ),
    element(
      "nav",
      { "aria-label": "Sections" },
      [["all", "All scenarios"], ["hurts", "Where it hurts"], ...STUDY.scenarios.map(({ name, outcome }) => [name, outcome.title])].map(
        ([id, title]) => element("a", { href: `#${id}` }, title),
      ),
    ),
    element("section", { id: "all" }, element("h2", {}, "All scenarios"), chooser()),
    element("section", { id: "hurts" }, element("h2", {}, "Where it hurts"), hurts()),
    ...STUDY.scenarios.map(section),
  );
  document.documentElement.dataset.ready = "true";
})();
