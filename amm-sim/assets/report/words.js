// What is said in words and tables: headline, terms, quality.

/** The leakage whose rows lead: one half, or the nearest that there is. */
function leading(rows) {
  const values = distinct(rows, "ell");
  return values.reduce((a, b) => (Math.abs(b - 0.5) < Math.abs(a - 0.5) ? b : a), values[0]);
}

/** What the summary knows of a design beyond the table. */
const knownOf = (design, ell) =>
  (SUMMARY.headline ?? []).find((row) => row.design === design && row.leakage === ell);

/** The few sentences that the page is for. */
function lead() {
  const table = tableOf("headline");
  if (!table) return [];
  const ell = leading(table.rows);
  const rows = table.rows.filter((row) => row.ell === ell);
  const base = rows.find((row) => row.design === baseline());
  const said = [];
  if (base) said.push({ text: multiplied(base, distinct(table.rows, "ell").length > 1) });
  const others = byDesign(rows).filter(([, [row]]) => row !== base);
  for (const [, [row]] of others) if (row.placebo_adjusted != null) said.push(verdict(row));
  const without = others.filter(([, [row]]) => row.placebo_adjusted == null && row.dampening != null);
  if (without.length) {
    const each = without.map(([id, [row]]) => `${designOf(id).name} ${damped(row)}`);
    said.push({ text: `Dampening not set against placebos: ${list(each)}.` });
  }
  const none = others.filter(([, [row]]) => row.dampening == null);
  if (none.length) {
    const why = none.map(([id]) => knownOf(id, ell)?.dampening?.undefined).find(Boolean);
    const names = list(none.map(([id]) => designOf(id).name));
    said.push({ text: `Dampening is not defined for ${names}${why ? `: ${why}` : ""}.` });
  }
  const wild = rows.filter((row) => knownOf(row.design, ell)?.instability?.paths_above_1 > 0);
  if (wild.length) {
    const each = wild.map(({ design }) => {
      const { paths_above_1, mean_ln_amplification } = knownOf(design, ell).instability;
      const mean =
        mean_ln_amplification == null ? "" : `, mean log amplification ${plain(mean_ln_amplification)}`;
      return `${percent(paths_above_1, 1)} in ${designOf(design).name}${mean}`;
    });
    const text = `The gain passed 1 on some paths, where a ratio of variances says little: ${list(each)}.`;
    said.push({ kind: "bad", text });
  }
  const failures = SUMMARY.failures ?? [];
  if (failures.length) {
    const { world, path, why } = failures[0];
    const where = world === undefined ? `path ${path ?? 0}` : `${world}, path ${path}`;
    const count = `${failures.length} world${failures.length === 1 ? "" : "s"} stopped`;
    const text = `${count}; a path counts where all that is compared on it ran through. The first: ${where}: ${why}.`;
    said.push({ kind: "bad", text });
  }
  return said;
}
const damped = (row) => about(row.dampening, row.d_low, row.d_high, (value) => percent(value, 1));
function multiplied(row, leaks) {
  const name = designOf(row.design).name.toLowerCase();
  const times = about(row.amplification, row.low, row.high, (value) => fixed(value, 2));
  const which = leaks ? `At a leakage of ${share(row.ell)} the` : "The";
  const calm = row.high != null && row.high < 1;
  const same = row.low != null && row.low <= 1 && row.high >= 1;
  const rest = calm ? ": its hedging calms the market" : same ? ": not told apart from no loop at all" : "";
  return `${which} ${name} pool multiplies spot's variance by ${times}${rest}.`;
}
/** Whether a design does more than the best of the placebos, in words. */
function verdict(row) {
  const unknown = row.pa_low == null || row.pa_high == null;
  const better = !unknown && row.pa_low > 0;
  const worse = !unknown && row.pa_high < 0;
  const against = better
    ? "more than every simpler rule matched to it"
    : worse
      ? "less than the best simpler rule matched to it"
      : "not shown to be more than the best simpler rule matched to it";
  const by = about(row.placebo_adjusted, row.pa_low, row.pa_high, points);
  const text = `${designOf(row.design).name} takes ${damped(row)} out of the loop gain: ${against}, the difference being ${by} points.`;
  return { kind: better ? "good" : "bad", text };
}

const TERMS = [
  [
    "Amplification",
    "Realised variance of spot with the loop closed, over that with hedging kept from moving spot. At 1 the loop adds nothing.",
  ],
  [
    "Loop gain",
    "How much further hedging moves spot for each unit that spot moved: cash that hedgers must trade over cash that moves spot. At 1 the loop runs away.",
  ],
  [
    "Dampening",
    "The share of the baseline\u2019s loop gain that a design removes; the baseline is the static pool unless the run says otherwise.",
  ],
  [
    "Placebo-adjusted",
    "Dampening less that of the best simpler rule (a constant mark-up, refusing at random, a cap on gamma, delay), tuned to the same volume, refusals or profit. Above 0, the design does more than trade less.",
  ],
  [
    "Leakage \u2113",
    "The share of refused buyers who buy elsewhere, from a dealer who hedges in the same spot.",
  ],
  [
    "95 % interval",
    "From resampling whole paths, the same ones for every design, as all meet the same luck.",
  ],
];
const terms = () =>
  element(
    "dl",
    { class: "terms" },
    TERMS.map(([term, meaning]) => element("div", {}, element("dt", {}, term), element("dd", {}, meaning))),
  );

/** What the run says its figures do and do not show. */
const notes = () =>
  SUMMARY.notes?.length
    ? [
        heading("What this does and does not show"),
        element(
          "ul",
          { class: "plain", id: "notes" },
          SUMMARY.notes.map((note) => element("li", { class: "soft" }, note)),
        ),
      ]
    : [];

const HEADLINE = [
  {
    key: "amplification",
    label: "Amplification",
    show: (v) => fixed(v, 2),
    low: "low",
    high: "high",
    main: true,
  },
  { key: "gain", label: "Loop gain", show: (v) => fixed(v, 3), low: "gain_low", high: "gain_high" },
  {
    key: "dampening",
    label: "Dampening",
    show: (v) => percent(v, 1),
    low: "d_low",
    high: "d_high",
    main: true,
  },
  {
    key: "placebo_adjusted",
    label: "Placebo-adjusted",
    show: points,
    low: "pa_low",
    high: "pa_high",
    main: true,
  },
  { key: "lp_pnl", label: "Providers\u2019 profit", show: cash, low: "lp_low", high: "lp_high" },
  { key: "cvar99", label: "Worst days\u2019 loss", show: cash },
  { key: "drawdown", label: "Draw\u00addown", show: cash },
  { key: "served", label: "Served", show: percent },
  { key: "refused", label: "Refused", show: percent },
  { key: "displaced", label: "Dis\u00adplaced", show: percent },
  { key: "attacker", label: "Attacker\u2019s profit", show: cash },
];
/** The headline as a table, filled for the leakage that is chosen. */
const headlineBox = element("div", { class: "scroll whole" });
function headlineRows(rows) {
  const columns = HEADLINE.filter(({ key }) => rows.some((row) => row[key] != null));
  const heads = [
    element("th", { class: "words", scope: "col" }, "Design"),
    ...columns.map((column) => element("th", { scope: "col" }, column.label)),
  ];
  const body = byDesign(rows).map(([id, [row]]) => {
    const cells = columns.map(({ key, label, show, low, high }) => {
      const interval =
        row[low] == null || row[high] == null
          ? null
          : element("small", {}, within(row[low], row[high], show));
      return element(
        "td",
        { "data-label": label.replaceAll("\u00ad", "") },
        element("span", {}, show(row[key]), interval),
      );
    });
    const mark = markOf(id, "dot");
    mark.classList.add("mark");
    return element("tr", {}, element("td", { class: "words name" }, mark, designOf(id).name), cells);
  });
  headlineBox.replaceChildren(
    element(
      "table",
      { class: "cards head" },
      element("thead", {}, element("tr", {}, heads)),
      element("tbody", {}, body),
    ),
  );
}
const headline = () =>
  element(
    "div",
    { id: "figures" },
    headlineBox,
    element(
      "p",
      { class: "foot" },
      "Small figures are 95 % intervals. Cash is the scenario\u2019s quote currency, a mean over paths; \u201cworst days\u201d are the worst 1 %; a dash: not defined or not measured. Placebo-adjusted is in points of dampening.",
    ),
  );

/** The three headline measures as dots. */
figure({
  id: "headline",
  section: "headline",
  table: "headline",
  title: "Amplification, dampening, and what placebos leave of it",
  absent: "",
  note: "Whiskers are 95 % intervals.",
  choices: leakage,
  pick: atLeakage,
  reading: () => "Further left is calmer for amplification; further right is better for the other two.",
  after: headlineRows,
  legend: () => [],
  height: (rows, _, width) => (width < 600 ? 3 : 1) * (60 + 30 * designsOf(rows).length),
  option(rows, _, theme, width) {
    const measures = HEADLINE.filter(({ main, key }) => main && rows.some((row) => row[key] != null));
    const ids = designsOf(rows),
      names = ids.map((id) => designOf(id).name);
    const stacked = width < 600,
      pane = 30 * ids.length;
    const left = Math.min(150, 0.34 * width);
    const room = (width - left - 10) / measures.length;
    const option = base(theme, { title: [], grid: [], xAxis: [], yAxis: [], series: [] });
    measures.forEach((measure, at) => {
      const top = 26 + (stacked ? at * (pane + 60) : 0);
      const side = stacked ? left : left + at * room;
      option.title.push({
        text: capital(measure.label),
        left: side - 5,
        top: top - 26,
        textStyle: { fontSize: 12.5, fontWeight: 600, color: theme.ink },
      });
      option.grid.push({
        left: side,
        width: (stacked ? width - left - 10 : room) - 22,
        top,
        height: pane,
        outerBoundsMode: "none",
      });
      const values = rows
        .flatMap((row) => [row[measure.key], row[measure.low], row[measure.high]])
        .filter((value) => value != null);
      const zero = measure.key === "amplification" ? 1 : 0;
      const low = Math.min(zero, ...values),
        high = Math.max(zero, ...values),
        pad = 0.06 * (high - low || 1);
      option.xAxis.push(
        across(theme, "", {
          gridIndex: at,
          min: low - pad,
          max: high + pad,
          splitNumber: 4,
          splitLine: { show: true },
          axisLine: { show: false },
          axisTick: { show: false },
          axisLabel: {
            formatter: measure.key === "amplification" ? tick : percentTick,
            showMinLabel: false,
            showMaxLabel: false,
          },
        }),
      );
      option.yAxis.push({
        ...rowsAxis(theme, names, {
          axisLabel: { show: stacked || at === 0, width: left - 14, overflow: "break", lineHeight: 14 },
        }),
        gridIndex: at,
      });
      ids.forEach((id, place) => {
        const row = rows.find((row) => row.design === id);
        const one = dots(
          id,
          theme,
          [{ at: place, value: row[measure.key], low: row[measure.low], high: row[measure.high] }],
          0,
          1,
          { show: measure.show, heads: names, bare: true },
        );
        if (place === 0)
          one.markLine = rule(theme, { xAxis: zero }, "", { type: "solid", colour: theme.faint, width: 1.2 });
        option.series.push({ ...one, xAxisIndex: at, yAxisIndex: at });
      });
    });
    return option;
  },
});

/** Measures down, designs across. */
function quality(table) {
  const state = Object.fromEntries(leakage(table.rows).map((choice) => [choice.key, choice.initial]));
  const bar = element("div", { class: "bar" }),
    box = element("div", { class: "scroll whole" });
  const units = {
    1: (value) => (Math.abs(value) <= 1.5 ? percent(value, 1) : plain(value)),
    cash,
    s: (value) => `${plain(value)}${NARROW}s`,
  };
  function draw() {
    const choices = leakage(table.rows).filter((choice) => choice.values.length > 1);
    bar.replaceChildren(...choices.map((choice) => choose(choice, state, draw)));
    const rows = atLeakage(table.rows, state),
      ids = designsOf(rows);
    const heads = [
      element("th", { class: "words", scope: "col" }, "Measure"),
      ...ids.map((id) => element("th", { scope: "col" }, designOf(id).name)),
    ];
    const body = groups(rows, "measure").map(([measure, own]) => {
      const unit = own[0].unit,
        show = units[unit] ?? plain;
      const cells = ids.map((id) => {
        const row = own.find((row) => row.design === id);
        const interval =
          row?.low == null || row?.high == null
            ? null
            : element("small", {}, within(row.low, row.high, show));
        return element(
          "td",
          { "data-label": designOf(id).name },
          element("span", {}, show(row?.value), interval),
        );
      });
      return element(
        "tr",
        {},
        element(
          "td",
          { class: "words name" },
          capital(measure),
          unit in units ? null : element("small", {}, unit),
        ),
        cells,
      );
    });
    box.replaceChildren(
      element(
        "table",
        { class: "cards" },
        element("thead", {}, element("tr", {}, heads)),
        element("tbody", {}, body),
      ),
    );
  }
  draw();
  return element(
    "div",
    { id: "quality" },
    element("h3", { style: "margin-top:36px" }, "Liquidity and quote quality"),
    bar,
    box,
    element(
      "p",
      { class: "foot" },
      "Means over paths, small figures are 95 % intervals. Table ",
      element("code", {}, "quality"),
      ".",
    ),
  );
}
