// Speed, closed forms, what would prove us wrong, how to do it again.

figure({
  id: "throughput",
  section: "trust",
  table: "throughput",
  title: "Speed and its growth",
  absent: "no speed was measured in this run",
  note: "Work done a second against the size of the work. A flat line means that cost grows in proportion.",
  choices: (rows) => [{ key: "against", label: "Against", values: distinct(rows, "against") }],
  pick: (rows, { against }) => rows.filter((row) => row.against === against),
  reading: (rows) =>
    `${capital(list(groups(rows, "measure").map(([measure, own]) => `${measure} run at ${cash(Math.min(...own.map((row) => row.per_second)))} to ${cash(Math.max(...own.map((row) => row.per_second)))} a second`)))}.`,
  legend: (rows, _, theme) =>
    distinct(rows, "measure").map((measure, at) => ({
      name: capital(measure),
      colour: partColour(at, theme),
    })),
  height: () => tall(280),
  option(rows, { against }, theme) {
    const series = groups(rows, "measure").map(([measure, own], at) => ({
      type: "line",
      name: capital(measure),
      data: own.toSorted((a, b) => a.size - b.size).map((row) => [row.size, row.per_second]),
      symbol: "circle",
      symbolSize: 7,
      itemStyle: { color: partColour(at, theme) },
      lineStyle: { color: partColour(at, theme), width: 2 },
    }));
    return base(theme, {
      tooltip: tip(theme, {
        trigger: "item",
        formatter: ({ seriesName, value }) =>
          hover(seriesName, [
            [against, bare(value[0])],
            ["a second", cash(value[1])],
          ]),
      }),
      xAxis: across(theme, against, {
        ...ratio(rows.map((row) => row.size)),
        axisLabel: { formatter: bare },
      }),
      yAxis: up(theme, "a second", {
        ...ratio(rows.map((row) => row.per_second)),
        axisLabel: { formatter: cashTick },
      }),
      series,
    });
  },
});

figure({
  id: "validation",
  section: "trust",
  table: "validation",
  title: "Closed forms: measured against theory",
  absent: "the closed forms were not checked in this run",
  note: "Each row\u2019s deviation from theory in units of what passes: between the lines it passes.",
  reading(rows) {
    const count = (test) => rows.filter((row) => test.test(row.verdict)).length;
    const passed = count(/^pass/i),
      failed = count(/^fail/i),
      other = rows.length - passed - failed;
    return `${passed} of ${rows.length} rows pass${failed ? `; ${failed} fail` : ""}${other ? `; ${other} ${other === 1 ? "is" : "are"} neither` : ""}.`;
  },
  legend: (_, __, theme) => [
    { name: "pass", colour: theme.good, fixed: true },
    { name: "fail", colour: theme.bad, fixed: true },
  ],
  height: (rows) => 50 + 17 * rows.filter(placed).length,
  option(rows, _, theme) {
    const shown = rows.filter(placed),
      names = shown.map((row) => row.id);
    const place = (row) => (2 * row.measured - row.low - row.high) / (row.high - row.low);
    const series = [
      [/^pass/i, theme.good, "pass", "circle"],
      [/^(?!pass)/i, theme.bad, "fail", "diamond"],
    ].map(([test, colour, name, symbol], at) => ({
      type: "scatter",
      name,
      symbol,
      symbolSize: 9,
      itemStyle: { color: colour },
      data: shown
        .filter((row) => test.test(row.verdict))
        .map((row) => ({ value: [Math.max(-2.85, Math.min(2.85, place(row))), row.id], row })),
      markLine: at
        ? undefined
        : {
            ...rule(theme, { xAxis: 0 }, ""),
            data: [
              { xAxis: -1, lineStyle: { type: "solid" } },
              { xAxis: 0 },
              { xAxis: 1, lineStyle: { type: "solid" } },
            ],
          },
      tooltip: {
        formatter: ({ data: { row } }) =>
          hover(`${row.id}: ${row.what}`, [
            ["measured", plain(row.measured)],
            ["theory", row.theory == null ? null : plain(row.theory)],
            ["passes", within(row.low, row.high, plain)],
            ["verdict", row.verdict],
          ]),
      },
    }));
    return base(theme, {
      xAxis: across(theme, "deviation / tolerance", {
        min: -3,
        max: 3,
        interval: 1,
        splitLine: { show: true },
      }),
      yAxis: rowsAxis(theme, names, { axisLabel: { fontSize: 11 } }),
      series,
    });
  },
});
const placed = (row) => row.measured != null && row.low != null && row.high > row.low;

function validation(table) {
  const heads = ["Row", "What", "Measured", "Theory", "Passes", "Verdict"].map((head, at) =>
    element("th", { class: at < 2 ? "words" : null, scope: "col" }, head),
  );
  const body = table.rows.map((row) =>
    element(
      "tr",
      {},
      element("td", { class: "words name" }, row.id),
      element("td", { class: "words long wide" }, row.what),
      element("td", { "data-label": "Measured" }, precise(row.measured, row)),
      element("td", { "data-label": "Theory" }, precise(row.theory, row)),
      element(
        "td",
        { "data-label": "Passes" },
        within(row.low, row.high, (value) => precise(value, row)) || NONE,
      ),
      element("td", { "data-label": "Verdict" }, badge(row.verdict, /^pass/i, /^fail/i)),
    ),
  );
  return element(
    "div",
    { class: "scroll whole", id: "validation" },
    element(
      "table",
      { class: "cards" },
      element("thead", {}, element("tr", {}, heads)),
      element("tbody", {}, body),
    ),
  );
}
/** As many digits as tell a row's numbers apart. */
function precise(value, row) {
  if (value == null) return NONE;
  const width = Math.abs((row.high ?? 0) - (row.low ?? 0));
  const size = Math.abs(value);
  if (!width || size >= 1e6 || (size && size < 1e-4)) return plain(value);
  return fixed(value, Math.max(0, Math.min(6, Math.ceil(1 - Math.log10(width)))));
}
const badge = (text, good, bad) =>
  element(
    "span",
    { class: `badge ${good.test(text) ? "good" : bad.test(text) ? "bad" : "none"}` },
    `${good.test(text) ? "\u2713 " : bad.test(text) ? "\u2717 " : ""}${text}`,
  );

function falsifiers() {
  const all = SUMMARY.falsifiers ?? [];
  if (!all.length)
    return element(
      "p",
      { class: "soft" },
      "This run names nothing that would prove it wrong, so it proves nothing.",
    );
  return element(
    "ul",
    { class: "plain", id: "falsifiers" },
    all.map(({ claim, state, evidence }) =>
      element(
        "li",
        {},
        element(
          "div",
          { class: "claim" },
          badge(state, /^not seen|^no\b/i, /^seen|^yes/i),
          element("span", {}, claim),
        ),
        evidence ? element("p", { class: "soft" }, evidence) : null,
      ),
    ),
  );
}

function reproduction() {
  const { command, seed, scenario_digest, run_digest, version } = SUMMARY;
  const facts = [
    ["Seed", seed],
    ["Scenario digest", scenario_digest],
    ["Run digest", run_digest],
    ["Version", version],
  ].filter(([, value]) => value);
  return element(
    "div",
    { id: "reproduction" },
    element(
      "p",
      {},
      "The same command gives the same digest on any machine, with any number of threads. From the run\u2019s directory, ",
      element("code", {}, "amm-sim rerun ."),
      " does it again and compares.",
    ),
    command ? element("pre", {}, command) : null,
    element(
      "dl",
      { class: "again" },
      facts.flatMap(([name, value]) => [
        element("dt", {}, name),
        element("dd", {}, element("code", {}, value)),
      ]),
    ),
  );
}

function absent() {
  const missing = FIGURES.filter((spec) => spec.absent && !tableOf(spec.table));
  if (!tableOf("quality"))
    missing.push({
      title: "Liquidity and quote quality",
      absent: "quote quality was not measured",
      table: "quality",
    });
  return missing.length
    ? element(
        "ul",
        { class: "plain", id: "absent" },
        missing.map((spec) =>
          element(
            "li",
            {},
            `${spec.title}: ${spec.absent} (table `,
            element("code", {}, spec.table.replace("replay_error", "replay_iv")),
            ").",
          ),
        ),
      )
    : null;
}
/** Tables that no figure draws. */
function others() {
  const used = new Set([...FIGURES.map((spec) => spec.table), "quality"]);
  const rest = Object.values(tables).filter((table) => !used.has(table.name));
  return rest.map((table) =>
    element(
      "div",
      { class: "other" },
      element("h3", { style: "margin-top:20px" }, table.title),
      numbers(table),
    ),
  );
}
