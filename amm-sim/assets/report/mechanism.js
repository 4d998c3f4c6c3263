// Studies of mechanisms: what each arm does in each market, and where it hurts.

const { of: OF, quantities: QUANTITIES, studies: STUDIES } = DATA;
const ARMS = STUDIES[0].arms;
const PLAIN = ARMS[0].arm;
const labelOf = ({ name, unit }) => (unit ? `${name}, ${unit}` : name);
const amount = (estimate, { unit }, more) => bothOf(estimate, more) + (unit ? ` ${unit}` : "");
const figureOf = (arm, { name }) => arm.figures.find((figure) => figure.quantity === name);
const quantityOf = (name) => QUANTITIES.find((quantity) => quantity.name === name);
const differing = (arms) => arms.filter(({ against }) => against != null);

/** What arms are held against: the arm each differs from in one thing, or the first arm. */
const BASES = [
  ["against", "the arm without it"],
  ["plain", PLAIN],
];
let basis = "against";
const otherOf = (arm) => (basis === "plain" ? PLAIN : arm.against);
const pairOf = (arm, other = otherOf(arm)) => `${arm.arm} ${MINUS} ${other}`;
const difference = (arm, quantity) => {
  const found = figureOf(arm, quantity);
  return basis === "plain"
    ? { estimate: found.to_plain, verdict: found.verdict_to_plain }
    : { estimate: found.difference, verdict: found.verdict };
};

/** Places that are drawn anew when the basis changes. */
const drawn = [];
function redrawn(draw) {
  const place = element("div");
  const show = () => place.replaceChildren(...[draw()].flat());
  drawn.push(show);
  show();
  return place;
}
/** Which arm the others are held against; nothing where there is no choice. */
function bases() {
  if (differing(ARMS).every(({ against }) => against === PLAIN)) return null;
  const buttons = pick("Held against", BASES, basis, (key) => {
    basis = key;
    for (const show of drawn) show();
  });
  drawn.push(() => pressed(buttons, basis));
  return element("div", { class: "bar" }, element("span", { class: "soft" }, "Differences to"), buttons);
}

// All markets.

function matrix(quantity) {
  const rows = differing(ARMS).map((arm, at) =>
    row(
      nameCell(pairOf(arm), arm.what),
      ...STUDIES.map(({ arms }) => {
        const { estimate, verdict } = difference(differing(arms)[at], quantity);
        return told(estimate, verdict);
      }),
    ),
  );
  const plain = row(
    nameCell(PLAIN, ARMS[0].what),
    ...STUDIES.map(({ arms }) => told(figureOf(arms[0], quantity).value)),
  );
  plain.className = "plain";
  return table([capital(labelOf(quantity)), ...STUDIES.map(({ title }) => title)], [plain, ...rows]);
}

function chooser() {
  let chosen = QUANTITIES[0];
  const place = redrawn(() => [
    matrix(chosen),
    element("p", { class: "soft" }, `${capital(chosen.name)}: ${chosen.meaning}. ${capital(chosen.better)} is better. ${MARK_WORDS}`),
  ]);
  const show = (name) => {
    chosen = quantityOf(name);
    for (const draw of drawn) draw();
  };
  const names = QUANTITIES.map((quantity) => [quantity.name, quantity.name]);
  return [bases(), pick("Figure", names, chosen.name, show), place];
}
const MARK_WORDS = `The first row is the level of ${PLAIN}; the others are differences to it or to the arm they name, with their intervals of 95 %. \u2713 all of the interval is better, \u2717 all of it is worse, no mark: not told apart from nothing.`;

// Where it hurts.

const judged = (arm, wanted) => arm.figures.filter(({ verdict }) => verdict === wanted);
/** Whether a difference is less than a hundredth of what the other arm has. */
function small(study, other, quantity, by) {
  const level = figureOf(study.arms.find(({ arm }) => arm === other), quantity).value;
  return by != null && level != null && Math.abs(by.value) < 0.01 * Math.abs(level.value);
}
const minor = (study, arm, figure) => small(study, arm.against, { name: figure.quantity }, figure.difference);
const major = (study, arm, wanted) => judged(arm, wanted).filter((figure) => !minor(study, arm, figure));
function words(study, arm, wanted) {
  const found = judged(arm, wanted);
  const told = major(study, arm, wanted);
  const slight = found.filter((figure) => !told.includes(figure));
  return element(
    "td",
    { class: "words long" },
    told.map((figure) => {
      const quantity = quantityOf(figure.quantity);
      return element("div", {}, `${quantity.name} ${amount(figure.difference, quantity, "+")}`);
    }),
    slight.length
      ? element("div", { class: "minor" }, `by less than a hundredth: ${slight.map(({ quantity }) => quantity).join("; ")}`)
      : null,
    found.length ? null : NONE,
  );
}

function hurts() {
  const rows = [];
  const slight = [];
  const harmless = [];
  const idle = [];
  differing(ARMS).forEach((known, at) => {
    const markets = STUDIES.map((study) => ({ study, title: study.title, arm: differing(study.arms)[at] }));
    const hurting = markets.filter(({ study, arm }) => major(study, arm, "worse").length);
    for (const [place, { study, title, arm }] of hurting.entries())
      rows.push(
        row(
          nameCell(place ? "" : pairOf(known, known.against), place ? null : known.what),
          element("td", { class: "words" }, title),
          words(study, arm, "worse"),
          words(study, arm, "better"),
        ),
      );
    const still = markets.filter(({ arm }) =>
      arm.figures.every(({ difference: by }) => by == null || (by.value === 0 && endsOf(by) === "")),
    );
    const rest = markets.filter((market) => !hurting.includes(market) && !still.includes(market));
    const fine = rest.filter(({ arm }) => !judged(arm, "worse").length);
    const nearly = rest.filter((market) => !fine.includes(market));
    const where = (markets) => `${pairOf(known, known.against)} (${list(markets.map(({ title }) => title))})`;
    if (nearly.length) slight.push(where(nearly));
    if (fine.length) harmless.push(where(fine));
    if (still.length) idle.push(where(still));
  });
  const more = [];
  if (slight.length) more.push(["Worse for sure, all of it by less than a hundredth: ", slight]);
  if (harmless.length) more.push(["Nothing worse for sure: ", harmless]);
  if (idle.length) more.push(["No difference at all, the mechanism was idle: ", idle]);
  const stopped = STUDIES.flatMap(({ title, stopped }) =>
    [...new Set(stopped.map(({ arm }) => arm))].map((arm) => {
      const of = stopped.filter((world) => world.arm === arm);
      return `${arm}, ${of.length} of ${DATA.paths} (${title}: ${of[0].why})`;
    }),
  );
  if (stopped.length) more.push(["Worlds that did not run to their end, whose paths are left out of all arms: ", stopped]);
  return [
    rows.length
      ? table(["Mechanism", "market", "worse for sure", "and better for sure"], rows, 4)
      : element("p", {}, "Nowhere for sure."),
    element(
      "ul",
      { class: "hurts" },
      more.map(([what, which]) => element("li", {}, element("strong", {}, what), which.join("; "), ".")),
    ),
  ];
}

// Tables of one market.

const levels = ({ arms }) =>
  table(
    ["Levels", ...QUANTITIES.map(labelOf)],
    arms.map((arm) =>
      row(nameCell(arm.arm, arm.what), ...QUANTITIES.map((quantity) => told(figureOf(arm, quantity).value))),
    ),
  );
const differences = ({ arms }) =>
  table(
    ["Differences", ...QUANTITIES.map(labelOf)],
    differing(arms).map((arm) =>
      row(
        nameCell(pairOf(arm)),
        ...QUANTITIES.map((quantity) => {
          const { estimate, verdict } = difference(arm, quantity);
          return told(estimate, verdict);
        }),
      ),
    ),
  );

/** What stands out. */
function short(study) {
  const best = (words, quantity) => {
    const sign = quantity.better === "less" ? 1 : -1;
    const known = study.arms.filter((arm) => figureOf(arm, quantity).value);
    const value = (arm) => sign * figureOf(arm, quantity).value.value;
    const least = known.reduce((a, b) => (value(b) < value(a) ? b : a), known[0]);
    const unit = quantity.unit ? `${NARROW}${quantity.unit}` : "";
    const with_ = (arm) => `${arm.arm}, ${valueOf(figureOf(arm, quantity).value)}${unit}`;
    return least ? `${words}: ${with_(least)} (${with_(study.arms[0])}). ` : "";
  };
  const arms = differing(study.arms);
  const mixed = arms.filter((arm) => major(study, arm, "worse").length).length;
  const first = best("Least amplification", quantityOf("amplification"));
  return `${first}${best("Most for the providers", quantityOf("providers"))}${mixed} of ${arms.length} arms make something worse for sure by more than a hundredth of what it is without them.`;
}

const KINDS = [
  ["better", "better in one or both, worse in none"],
  ["worse", "worse in one or both, better in none"],
  ["traded", "one for the other"],
  ["unclear", "neither for sure and by more than a hundredth"],
];
const legend = () =>
  element(
    "div",
    { class: "legend" },
    KINDS.map(([kind, text]) =>
      element("span", {}, shape("svg", { class: "plane", width: 12, height: 12 }, shape("g", { class: kind }, shape("circle", { cx: 6, cy: 6, r: 5 }))), text),
    ),
  );

function section(study, at) {
  const [profit, loop, gain] = ["providers", "amplification", "gain, mean"].map(quantityOf);
  const hours = (study.blocks * study.block_s) / 3600;
  const lost = study.stopped.length ? ` of ${DATA.paths}, the others are left out` : "";
  return element(
    "section",
    { id: `market-${at}` },
    element("h2", {}, study.title),
    element("p", { class: "soft" }, `${study.why} ${fixed(hours, 0)} hours, ${study.paths} paths${lost}.`),
    element("p", {}, short(study)),
    title3("Differences on the same paths"),
    bases(),
    element("figure", {}, redrawn(() => element("div", { class: "wide" }, forest(study)))),
    title3("The loop against the providers"),
    element(
      "p",
      { class: "soft" },
      "Up and to the left is better. Faint lines are intervals of the levels, which move together from path to path: colours go by the paired differences, which are known better. A dashed line leads from the arm that an arm is held against.",
    ),
    legend(),
    redrawn(() => element("div", { class: "planes" }, plane(study, loop, profit), plane(study, gain, profit))),
    title3("The open loop and what closing it adds"),
    element(
      "p",
      { class: "soft" },
      "The mark is where volatility is if hedges do not move spot; the bar beyond it is what the loop adds, with the interval of that.",
    ),
    element("div", { class: "wide" }, split(study)),
    title3("All figures"),
    levels(study),
    redrawn(() => differences(study)),
  );
}

// What it does not prove.

function limits() {
  const all = STUDIES.flatMap(({ arms }) => differing(arms)).flatMap(({ figures }) => figures);
  const known = all.filter(({ difference: by }) => by?.interval && endsOf(by) !== "");
  const marked = known.filter(({ verdict }) => verdict !== "unclear");
  const stopped = STUDIES.reduce((sum, study) => sum + study.stopped.length, 0);
  const lines = [
    `Luck: of ${known.length} differences that have an interval, ${marked.length} are marked. Where there is nothing, one in twenty would be, some ${fixed(known.length / 20, 0)} in all if none of the mechanisms did anything; nothing is corrected for that. A mark alone, just off zero, is weak.`,
    "Markets: intervals are over paths of each scenario. They say nothing of another depth, another mix of traders or another shape of impact. The scenarios are made up, not recorded.",
    "Settings: each mechanism runs at one setting that nobody has tuned. Another band, speed, range or level gives other figures; what is told is whether this one helps.",
    "Traders follow fixed rules. They answer prices, margin and liquidations; they do not learn that a breaker or an auction is there, and nobody plays against it.",
    OF === "margin"
      ? "Sellers bring what they bring, and one keeper with one purse and one latency bids. More keepers, or none, move every figure of liquidation."
      : "The hedge meets one venue. Slower hedging leaves the pool with delta that this page counts in the providers' profit, a mean; it does not show how bad their worst day is.",
    stopped
      ? `Paths on which a world stopped are left out of all arms (${stopped} worlds). That flatters the arm that stopped: where it fails, it is not measured.`
      : "No world stopped: all arms are measured on all paths.",
  ];
  return element(
    "ul",
    { class: "hurts" },
    lines.map((line) => element("li", {}, line)),
  );
}

const again = () =>
  element(
    "dl",
    { class: "again" },
    [
      ["Command", DATA.command],
      ["Run digest", DATA.run_digest],
      ["Digest of the plan", DATA.plan_digest],
      ["Version", DATA.version],
    ].flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, element("code", {}, text))]),
  );

build({
  why: `Every arm is a pool that differs in one thing from another. All of them meet the same luck on every path, once in a closed loop, where hedges and liquidations move spot, and once in an open one, where they do not; differences are paired by path.`,
  facts: [
    `${DATA.paths} paths of each world`,
    `${DATA.resamples} resamples`,
    `intervals of 95 %`,
    `version ${DATA.version}`,
    `digest ${DATA.run_digest.slice(0, 12)}`,
  ],
  links: [
    ["all", "All markets"],
    ["hurts", "Where a mechanism hurts"],
    ...STUDIES.map(({ title }, at) => [`market-${at}`, title]),
    ["limits", "What this does not prove"],
    ["again", "Do it again"],
  ],
  sections: [
    element("section", { id: "all" }, element("h2", {}, "All markets"), chooser()),
    element(
      "section",
      { id: "hurts" },
      element("h2", {}, "Where a mechanism hurts"),
      element("p", { class: "soft" }, "Each against the arm without it, by the figures: all that is worse with an interval without zero, by more than a hundredth of what the arm without it has, and what is better beside it."),
      hurts(),
    ),
    ...STUDIES.map(section),
    element("section", { id: "limits" }, element("h2", {}, "What this does not prove"), limits()),
    element(
      "section",
      { id: "again" },
      element("h2", {}, "Do it again"),
      element(
        "p",
        {},
        "The directory holds all of it: study.toml with every default in place, summary.json, and tables as CSV and Parquet. ",
        element("code", {}, "amm-sim rerun DIR"),
        " runs it and compares.",
      ),
      again(),
    ),
  ],
});
