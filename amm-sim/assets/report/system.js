// A study of protocols: what each mechanism does in each scenario, and where it hurts.

const { study: STUDY, judged: JUDGED, figures: FIGURES } = DATA;
const NAMES = {
  bad_debt: "bad debt",
  insured: "paid by insurance",
  deleveraged: "borne by deleveraged traders",
  forced: "forced sales",
  cascade: "largest cascade",
  drift: "lost between call and fill",
  x_open: "fall over the open loop's",
  x_variance: "variance over the open loop's",
  fall: "deepest fall",
  socialised: "socialised",
  liquidations: "liquidations",
  shut_out: "shut out",
  coin_low: "stablecoin's low",
  gain_max: "greatest loop gain",
  auctioned: "by auction",
  halted: "halted",
};
const UNIT_WORDS = { m: ", millions", "%": ", %", h: ", hours" };
const UNITS = Object.fromEntries(JUDGED);
const unitOf = (key) => UNIT_WORDS[UNITS[key]] ?? "";
/** About three digits, and no more than three decimals; nothing at all is a bare zero. */
const digits = (value) =>
  value == null
    ? NONE
    : value === 0
      ? "0"
      : Math.abs(value) >= 100
        ? fixed(value, 1)
        : fixed(value, Math.abs(value) >= 1 ? 2 : 3);
const pair = ({ design, against }) => `${design} ${MINUS} ${against}`;
const found = (contrast, key) => contrast.differences.find((difference) => difference.key === key);

// Words.

const DESIGNS = {
  static: "half of a position at once, fixed margin, no breaker, funding by velocity alone",
  gradual: "the least that restores a buffer, within an impact budget a block",
  dynamic: "margin that follows volatility and loop gain, with a speed limit for standing positions",
  abrupt: "the same without the limit",
  breaker: "a breaker on loop gain, moves, the oracle's gap and insurance; halted, liquidations go by auction",
  halt: "the same without the auction: halted, nobody is liquidated",
  predictive: "dynamic, raised ahead by a stress score",
  damped: "funding with a proportional term",
  active: "gradual, predictive, breaker and damped",
};
const TERMS = {
  "A \u2212 B": "design A less design B on the same paths; in all that is judged less is better",
  "Small figures": "the ends of an interval of 95 %, by resampling paths",
  shuffled: "the placebo of a stress score: the same scores with their hours in another order",
  "Open loop": "the same luck with every channel of feedback cut",
  "Bad debt": "deficits, and what loans and positions are short of at the end",
  "Largest cascade": "the most forced sales in blocks without a pause",
  "Millions": "of cash, the currency that spot is quoted in, as a mean of a path",
};
const CHANNELS = {
  gamma: "the options pool's hedges move spot",
  liquidation: "forced sales move spot",
  margin: "margin of standing positions follows the market",
  stable: "the stablecoin's price counts where it is margin",
  cross: "pledged shares, borrowing for margin, claims",
};
const PROTOCOLS = {
  perp: "perpetuals",
  lending: "loans",
  options: "options pool's owners",
  stable: "stablecoin's holders",
};
const terms = (words) =>
  element(
    "dl",
    { class: "terms" },
    Object.entries(words).map(([word, meaning]) =>
      element("div", {}, element("dt", {}, word), element("dd", {}, meaning)),
    ),
  );

/** A table with less room between its columns. */
const tight = (made) => {
  made.firstChild.className = "tight";
  return made;
};

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

/** Pairs down, scenarios across: every figure that is worse for sure, with by how much. */
function hurts() {
  const rows = STUDY.scenarios[0].outcome.contrasts.flatMap((contrast, at) => {
    const worse = STUDY.scenarios.map(({ outcome }) =>
      outcome.contrasts[at].differences.filter(({ verdict }) => verdict === "worse"),
    );
    if (!worse.some((found) => found.length)) return [];
    const line = ({ key, difference }) =>
      element(
        "div",
        { title: endsOf(difference) },
        element("small", {}, NAMES[key]),
        `${valueOf(difference, "+")}${UNITS[key] ? `${NARROW}${UNITS[key]}` : ""}`,
      );
    const cell = (found) => element("td", {}, found.length ? found.map(line) : NONE);
    return [row(nameCell(pair(contrast), contrast.question), ...worse.map(cell))];
  });
  if (!rows.length) return element("p", {}, "Nowhere for sure.");
  const made = table(["One less the other", ...STUDY.scenarios.map(({ name }) => name)], rows);
  made.firstChild.className = "worst";
  return [element("p", { class: "soft" }, "What is worse with all of its interval of 95 %; m is millions."), made];
}

// One scenario: differences as whiskers.

/** Two panels of whiskers, one pair a line. */
function forest(contrasts) {
  const [names, wide, gap, line, top] = [210, 450, 30, 22, 34];
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
    // An end too near to zero has no room for its number.
    const apart = (value) => value === 0 || Math.abs(x(value) - x(0)) > 64;
    for (const value of [...new Set([low, 0, high])].filter(apart)) {
      const anchor = value === low ? "start" : value === high ? "end" : "middle";
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

/** Figures down, designs across: each figure says what it is. */
function designs({ designs }) {
  const ratios = [
    ["Fall over the open loop's", "", "mean fall of ln spot over that with every channel cut", "amplification"],
    ["Variance over the open loop's", "", "the same of summed squared moves", "variance_amplification"],
  ];
  const name = (key) => capital(NAMES[key] ?? key);
  const line = (name, unit, meaning, of) =>
    row(nameCell(name + (UNIT_WORDS[unit] ?? ""), meaning), ...designs.map((design) => told(of(design))));
  const rows = [
    ...ratios.map(([name, unit, meaning, key]) => line(name, unit, meaning, (design) => design[key])),
    ...FIGURES.map(([key, unit, meaning], at) => line(name(key), unit, meaning, ({ figures }) => figures[at].mean)),
  ];
  const stopped = designs.filter(({ stopped }) => stopped);
  const words = stopped.map(({ name, stopped }) => `${stopped} of ${STUDY.paths} paths under ${name}`);
  return [
    tight(table(["Mean of a path", ...designs.map(({ name }) => name)], rows)),
    stopped.length
      ? element(
          "p",
          { class: "soft" },
          `Stopped before their end, because spot left what its market can show, and measured as they stood: ${list(words)}.`,
        )
      : null,
  ];
}

function differences({ contrasts }) {
  const rows = contrasts.map((contrast) =>
    row(
      nameCell(pair(contrast), contrast.question),
      ...contrast.differences.map(({ difference, verdict }) => told(difference, verdict)),
    ),
  );
  return tight(table(["One less the other", ...JUDGED.map(([key]) => NAMES[key] + unitOf(key))], rows));
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
  const words = ["Margin that moves", "peak over trough", "greatest rise in an hour, % of a position", "in a day, %"];
  return rows.length ? table([...words, "share of liquidations gone if it is held; below 0 it prevents some"], rows) : null;
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
  const words = ["Breaker", "acting", "acting, with a rush", "only watched", `acting ${MINUS} watched`];
  return rows.length
    ? [
        title3("Does a breaker draw the market to its halt?"),
        element(
          "p",
          { class: "soft" },
          "Of the paths whose readings come to the state before a halt, the share that comes to the halt: with the breaker at work, with longs who rush out ahead of it, and in a twin in which it is watched and does nothing.",
        ),
        table([...words, `rush ${MINUS} watched`, "what the rush adds to the fall, %"], rows),
      ]
    : null;
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
  const legs = ["until the oracle has it", "until a keeper is let in", "until it is filled"];
  const words = legs.flatMap((leg) => [`${leg}, blocks`, "lost, millions"]);
  return rows.length
    ? [
        title3("How long margin calls take"),
        element(
          "p",
          { class: "soft" },
          "Blocks that half, 95 % and 99 % of all calls of all paths do not pass, and what positions lose by moves of spot in the meantime, over all paths.",
        ),
        table(["Design", ...words], rows),
      ]
    : null;
}

function channels({ loops }) {
  if (!loops) return null;
  const rows = loops.channels.map(({ name, fall, forced, bad_debt, without }) =>
    row(nameCell(capital(name), CHANNELS[name]), told(fall), told(forced), told(bad_debt), told(without)),
  );
  const words = ["Channel", "of the fall of ln spot, %", "of forced sales, millions", "of bad debt, millions"];
  const { open, closed } = loops;
  return [
    element(
      "p",
      { class: "soft" },
      `Shapley values: what a channel adds, on average over all orders in which the five can be opened; they add up to what all do together. ln spot falls by ${digits(open?.value)} % with none open and by ${digits(closed?.value)} % with all.`,
    ),
    table([...words, "fall with this one cut, %"], rows),
  ];
}

function contagion({ design, protocols, coefficients, radius, loss, block }) {
  const rows = protocols.map((name, at) =>
    row(nameCell(capital(PROTOCOLS[name] ?? name)), ...coefficients[at].map((cell) => told(cell))),
  );
  return [
    element(
      "p",
      { class: "soft" },
      `Under ${design}, what one lost from outside in block ${block} costs each (${tick(loss)} millions in all, book values, after claims have cleared). Spectral radius of the linear system it makes: ${bothOf(radius)}; below one a loss dies out.`,
    ),
    table(["Lost in", ...protocols.map((name) => `${PROTOCOLS[name] ?? name} lose`)], rows),
  ];
}

const shuffled = ({ shuffled }) =>
  shuffled.map(({ design, pieces, hours, correlation }) =>
    element(
      "p",
      { class: "soft" },
      `${capital(design)}, shuffled: the placebo of ${design}. Its score is the one that ${design} had on the same path, cut into ${pieces} pieces of ${tick(hours)} h that change places, in an order drawn for each path. Correlation with itself: ${digits(correlation)}.`,
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
    outcome.loops ? title3(`What each channel of feedback does under ${outcome.loops.design}`) : null,
    channels(outcome),
    title3("How losses spread"),
    outcome.contagion.flatMap(contagion),
    outcome.designs.some(({ margin }) => margin) ? title3("How far margin itself moves") : null,
    margins(outcome),
    magnets(outcome),
    legs(outcome),
  );
}

/** Designs of this study that have a word here. */
const used = () =>
  STUDY.scenarios[0].outcome.designs.map(({ name }) => name).filter((name) => name in DESIGNS);

build({
  why: "Leveraged traders, a lending protocol, an options pool and a stablecoin share collateral and one spot market. Every design meets the same luck. A difference is marked where its interval of 95 % has no zero in it: \u2713 better, \u2717 worse. Of so many intervals some miss zero by luck, one in twenty where there is nothing.",
  facts: [`${STUDY.paths} paths of each world`, `version ${STUDY.version}`, `digest ${STUDY.digest}`],
  links: [
    ["all", "All scenarios"],
    ["words", "Designs and words"],
    ["hurts", "Where it hurts"],
    ...STUDY.scenarios.map(({ name, outcome }) => [name, outcome.title]),
  ],
  sections: [
    element("section", { id: "all" }, element("h2", {}, "All scenarios"), chooser()),
    element(
      "section",
      { id: "words" },
      element("h2", {}, "Designs and words"),
      terms(Object.fromEntries(used().map((name) => [name, DESIGNS[name]]))),
      terms(TERMS),
    ),
    element("section", { id: "hurts" }, element("h2", {}, "Where it hurts"), hurts()),
    ...STUDY.scenarios.map(section),
  ],
});
