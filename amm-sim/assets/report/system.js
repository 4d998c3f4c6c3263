// A study of protocols: what each mechanism does in each scenario, and where it hurts.

const { study: STUDY, judged: JUDGED } = DATA;
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
const pair = ({ design, against }) => `${design} ${MINUS} ${against}`;
const found = (contrast, key) => contrast.differences.find((difference) => difference.key === key);

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
  const show = (key) => place.replaceChildren(matrix(key));
  show(JUDGED[0][0]);
  const keys = JUDGED.map(([key]) => [key, NAMES[key]]);
  return [pick("Figure", keys, JUDGED[0][0], show), place];
}

function hurts() {
  const lines = [];
  STUDY.scenarios[0].outcome.contrasts.forEach((contrast, at) => {
    const where = STUDY.scenarios.flatMap(({ name, outcome }) => {
      const worse = outcome.contrasts[at].differences.filter(({ verdict }) => verdict === "worse");
      const each = worse.map(
        ({ key, difference }) => `${NAMES[key]} ${valueOf(difference, "+")}${UNITS[key] ? ` ${UNITS[key]}` : ""}`,
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

/** Two panels of whiskers, one pair a line. */
function forest(contrasts) {
  const [names, wide, gap, line, top] = [190, 460, 30, 22, 34];
  const height = top + contrasts.length * line + 26;
  const svg = drawing("forest", names + 2 * wide + gap, height, "Differences with their intervals", []);
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
      svg.append(whisker(difference, verdict, x, y, `${pair(contrasts[at])}: ${bothOf(difference)}`));
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
      `Under ${design}, what one lost in block ${block} costs (${digits(loss)} m in all). Spectral radius ${bothOf(radius)}: below one a loss dies out.`,
    ),
    table(["Lost in", ...protocols.map((name) => `${name} loses`)], rows),
  ];
}

const shuffled = ({ shuffled }) =>
  shuffled.map(({ design, pieces, hours, correlation }) =>
    element(
      "p",
      { class: "soft" },
      `${capital(design)}, shuffled: the placebo of ${design}. Its score is the one that ${design} had on the same path, cut into ${pieces} pieces of ${digits(hours)} h that change places, in an order drawn for each path. Correlation with itself: ${digits(correlation)}.`,
    ),
  );

function section({ name, hours, outcome }) {
  return element(
    "section",
    { id: name },
    element("h2", {}, outcome.title),
    element("p", { class: "soft" }, `${outcome.why} ${fixed(hours, 0)} hours.`),
    forest(outcome.contrasts),
    title3("Differences on the same paths"),
    differences(outcome),
    shuffled(outcome),
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

build({
  why: "Leveraged traders, a lending protocol, an options pool and a stablecoin share collateral and one spot market. Every design meets the same luck. A difference is marked where its interval of 95 % has no zero in it: \u2713 better, \u2717 worse. Of so many intervals some miss zero by luck, one in twenty where there is nothing.",
  facts: [`${STUDY.paths} paths of each world`, `version ${STUDY.version}`, `digest ${STUDY.digest}`],
  links: [
    ["all", "All scenarios"],
    ["hurts", "Where it hurts"],
    ...STUDY.scenarios.map(({ name, outcome }) => [name, outcome.title]),
  ],
  sections: [
    element("section", { id: "all" }, element("h2", {}, "All scenarios"), chooser()),
    element("section", { id: "hurts" }, element("h2", {}, "Where it hurts"), hurts()),
    ...STUDY.scenarios.map(section),
  ],
});
