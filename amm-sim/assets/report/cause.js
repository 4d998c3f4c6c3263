// Causes and costs: dampening by part, placebos, providers' profit, quote quality.

const LABELS = {
  flat: "flat mark-up",
  lift: "lifted volatility",
  thin: "random refusal",
  cap: "gamma cap",
  delay: "delay",
  volume: "equal volume",
  refusal: "equal refusal",
  profit: "equal profit",
};
const label = (word) => LABELS[word] ?? word;

const percentTick = (value) => `${tick(100 * value)}${NARROW}%`;

/** Dots with whiskers in named rows, one series a design. */
function dotChart(theme, names, series, { xName, show = plain, zero = true, labelWidth, count = 1 }) {
  if (zero && series.length)
    series[0].markLine = rule(theme, { xAxis: 0 }, "", { type: "solid", colour: theme.faint });
  const values = series.flatMap((one) => one.data.flatMap(({ value }) => [value[2], value[3]]));
  const low = Math.min(...(zero ? [0] : []), ...values),
    high = Math.max(...(zero ? [0] : []), ...values);
  const pad = 0.04 * (high - low || 1);
  return base(theme, {
    xAxis: across(theme, xName, {
      splitLine: { show: true },
      axisLine: { show: false },
      axisTick: { show: false },
      min: low < 0 || !zero ? low - pad : 0,
      max: high > 0 || !zero ? high + pad : 0,
      axisLabel: {
        formatter: show === points || show === percent ? percentTick : tick,
        showMinLabel: low >= 0,
        showMaxLabel: false,
      },
    }),
    yAxis: rowsAxis(theme, names, {
      axisLabel: labelWidth ? { width: labelWidth, overflow: "break", lineHeight: 15 } : {},
    }),
    series,
  });
}

figure({
  id: "split",
  section: "cost",
  table: "split",
  title: "Where dampening comes from",
  absent: "the mechanism was not taken apart into refusal, attraction and timing",
  note: "Refusal: what refusing as many buyers at random achieves. Attraction: what offsetting flow, drawn by the price, adds. Timing: what remains, by acting when the loop is strongest. The three add up to dampening; whiskers are 95 % intervals.",
  choices: leakage,
  pick: atLeakage,
  reading(rows) {
    const words = byDesign(rows).map(([id, own]) => {
      const sum = own.reduce((sum, row) => sum + row.value, 0),
        most = own.reduce((a, b) => (b.value > a.value ? b : a));
      return `${designOf(id).name} dampens ${percent(sum, 1)} in all, ${points(most.value)} points of it by ${most.part}`;
    });
    return `${words.join("; ")}.`;
  },
  legend: (rows) => legendOf(rows, "dot"),
  height: (rows) => 70 + distinct(rows, "part").length * (26 + 13 * designsOf(rows).length),
  option(rows, _, theme) {
    const parts = distinct(rows, "part"),
      ids = designsOf(rows);
    const series = ids.map((id, place) =>
      dots(
        id,
        theme,
        rows.filter((row) => row.design === id).map((row) => ({ ...row, at: parts.indexOf(row.part) })),
        place,
        ids.length,
        { heads: parts.map(capital), show: points },
      ),
    );
    return dotChart(theme, parts.map(capital), series, { xName: "points of dampening", show: points });
  },
});

figure({
  id: "placebos",
  section: "cost",
  table: "placebos",
  title: "Advantage over simpler rules",
  absent: "no placebo was matched",
  note: "Dampening of the design less that of the baseline with a simpler rule, tuned until both serve the same volume, refuse the same demand or earn the same. The least of these, drawn hollow, is the placebo-adjusted dampening; right of zero the design is better. Whiskers are 95 % intervals.",
  choices: leakage,
  pick: (rows, state) => atLeakage(rows, state).filter((row) => row.advantage != null),
  reading(rows) {
    if (!rows.length) return "No placebo could be matched here, so nothing is claimed against them.";
    const words = byDesign(rows).map(([id, own]) => {
      const least = own.reduce((a, b) => (b.advantage < a.advantage ? b : a));
      return `${designOf(id).name}'s hardest rival is ${label(least.placebo)} at ${label(least.matching)}, ${points(Math.abs(least.advantage))} points ${least.advantage < 0 ? "above" : "below"} it`;
    });
    return `${words.join("; ")}.`;
  },
  legend: (rows) => legendOf(rows, "dot"),
  height: (rows) => 60 + distinctPairs(rows).length * Math.max(24, 8 + 14 * designsOf(rows).length),
  option(rows, _, theme, width) {
    const pairs = distinctPairs(rows),
      ids = designsOf(rows);
    const names = pairs
      .map((pair) => pair.split("\n").map(label))
      .map(([placebo, matching]) => `${capital(placebo)}, ${matching}`);
    const series = ids.map((id, place) => {
      const own = rows.filter((row) => row.design === id);
      const least = Math.min(...own.map((row) => row.advantage));
      return dots(
        id,
        theme,
        own.map((row) => ({
          at: pairs.indexOf(`${row.placebo}\n${row.matching}`),
          value: row.advantage,
          low: row.a_low,
          high: row.a_high,
          hollow: row.advantage === least,
          more: [
            [
              "placebo's own dampening",
              about(row.dampening, row.low, row.high, (value) => percent(value, 1)),
            ],
            ["placebo's strength", row.strength == null ? null : plain(row.strength)],
            ["matched at", row.matched_value == null ? null : plain(row.matched_value)],
            ["the design has", row.target_value == null ? null : plain(row.target_value)],
          ],
        })),
        place,
        ids.length,
        { heads: names, show: points },
      );
    });
    return series.length
      ? dotChart(theme, names, series, {
          xName: "advantage, points of dampening",
          show: points,
          labelWidth: width < 520 ? 130 : undefined,
        })
      : base(theme, { series });
  },
});
const distinctPairs = (rows) => [...new Set(rows.map((row) => `${row.placebo}\n${row.matching}`))];

const WHOLE = /^(net|total|profit|net profit)$/i;

figure({
  id: "lp",
  section: "cost",
  table: "lp",
  title: "What the providers earn and lose",
  absent: "the providers' profit was not split",
  note: "Gains right of zero, losses left; the diamond is the net with its 95 % interval where there is one.",
  reading(rows) {
    const words = byDesign(rows).map(([id, own]) => `${designOf(id).name} ${cash(netOf(own).value)}`);
    const worst = rows.filter((row) => !WHOLE.test(row.part)).reduce((a, b) => (b.value < a.value ? b : a));
    return `Net, a path: ${words.join(", ")}. The largest loss is ${worst.part} in the ${designOf(worst.design).name} pool, ${cash(worst.value)}.`;
  },
  legend: (rows, _, theme) => [
    ...partsOf(rows).map((part, at) => ({ name: capital(part), colour: partColour(at, theme) })),
    { name: "Net", colour: theme.ink },
  ],
  height: (rows) => 64 + 44 * designsOf(rows).length,
  option(rows, _, theme, width) {
    const ids = designsOf(rows),
      parts = partsOf(rows);
    const series = parts.map((part, at) => ({
      type: "bar",
      name: capital(part),
      stack: "profit",
      barWidth: 20,
      clip: true,
      itemStyle: { color: partColour(at, theme), borderColor: theme.paper, borderWidth: 0.8 },
      emphasis: { disabled: true },
      data: ids.map((id) => {
        const row = rows.find((row) => row.design === id && row.part === part);
        return { value: row?.value ?? 0, row };
      }),
      tooltip: {
        formatter: ({ data: { row }, color }) =>
          row
            ? hover(`${designOf(row.design).name}`, [
                [capital(part), cash(row.value), color],
                ["95 % interval", within(row.low, row.high, cash) || null],
              ])
            : "",
      },
    }));
    const nets = ids.map((id, at) => ({ at, ...netOf(rows.filter((row) => row.design === id)) }));
    series.push(
      dots("", theme, nets, 0, 1, {
        show: cash,
        heads: ids.map((id) => designOf(id).name),
        name: "Net",
        colour: theme.ink,
        symbol: "diamond",
      }),
    );
    return base(theme, {
      xAxis: across(theme, "cash, mean of a path", {
        splitLine: { show: true },
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { formatter: cashTick },
      }),
      yAxis: rowsAxis(
        theme,
        ids.map((id) => designOf(id).name),
        { axisLabel: width < 520 ? { width: 96, overflow: "break", lineHeight: 15 } : {} },
      ),
      series: series.map((one, at) =>
        at
          ? one
          : { ...one, markLine: rule(theme, { xAxis: 0 }, "", { type: "solid", colour: theme.faint }) },
      ),
    });
  },
});
/** The parts that come to anything in any design. */
const partsOf = (rows) =>
  distinct(
    rows.filter((row) => !WHOLE.test(row.part) && row.value !== 0),
    "part",
  );
function netOf(rows) {
  const whole = rows.find((row) => WHOLE.test(row.part));
  return whole ?? { value: rows.reduce((sum, row) => sum + row.value, 0) };
}
