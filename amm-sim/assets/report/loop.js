// The loop: amplification against gain, by horizon, after a shock, against served demand.

const ESTIMATORS = {
  state: ["gain_state", "state_low", "state_high"],
  impulse: ["gain_impulse", "impulse_low", "impulse_high"],
  variance: ["gain_variance", "variance_low", "variance_high"],
};
const theory = (gain) => 1 / (1 - gain) ** 2;

figure({
  id: "gain",
  section: "loop",
  table: "gain",
  title: "Amplification against loop gain",
  absent: "no loop gain was measured beside amplification",
  note: "Points at every leakage, with 95 % intervals both ways. On the dashed line the measured variance is what linear theory, 1/(1 \u2212 gain)\u00b2, makes of the measured gain; the gain implied by variance lies on it by construction.",
  choices: (rows) => [
    {
      key: "by",
      label: "Gain measured by",
      values: Object.keys(ESTIMATORS).filter((by) => rows.some((row) => row[ESTIMATORS[by][0]] != null)),
      show: (by) => ({ state: "state", impulse: "impulse response", variance: "variance" })[by],
    },
  ],
  reading(rows, { by }) {
    const [gain] = ESTIMATORS[by] ?? ESTIMATORS.state;
    const known = rows.filter((row) => row[gain] != null && row[gain] < 1);
    if (!known.length) return "No design has a loop gain below one, so there is no line to compare with.";
    const off = known.map((row) => row.amplification / theory(row[gain]) - 1);
    const worst = off.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    const least = known.reduce((a, b) => (b.amplification < a.amplification ? b : a)),
      most = known.reduce((a, b) => (b.amplification > a.amplification ? b : a));
    return `From ${designOf(least.design).name} at ${plain(least.amplification)} to ${designOf(most.design).name} at ${plain(most.amplification)}, no point is further than ${percent(Math.abs(worst), 1)} from what linear theory makes of its gain.`;
  },
  legend: (rows, _, theme) => [
    ...legendOf(rows, "dot"),
    { name: "1/(1 \u2212 gain)\u00b2", colour: theme.soft, dashed: true },
  ],
  height: () => tall(380),
  option(rows, { by }, theme) {
    const [gain, low, high] = ESTIMATORS[by] ?? ESTIMATORS.state;
    const known = rows.filter((row) => row[gain] != null);
    const gains = known.flatMap((row) => [row[gain], row[low], row[high]]).filter((value) => value != null);
    const from = Math.min(0, ...gains),
      to = Math.min(0.97, Math.max(0.1, ...gains) * 1.06);
    const curve = Array.from({ length: 121 }, (_, at) => from + ((to - from) * at) / 120).map((x) => [
      x,
      theory(x),
    ]);
    const series = [
      {
        type: "line",
        name: "1/(1 \u2212 gain)\u00b2",
        data: curve,
        showSymbol: false,
        silent: true,
        lineStyle: { color: theme.soft, type: [5, 4], width: 1.6 },
        itemStyle: { color: theme.soft },
        z: 2,
      },
    ];
    for (const [id, own] of byDesign(known)) {
      const design = designOf(id),
        colour = colourOf(id, theme);
      series.push(
        whiskers(
          design.name,
          colour,
          own.map((row) => [row[gain], row.low, row.high]),
        ),
      );
      series.push(
        whiskers(
          design.name,
          colour,
          own.map((row) => [row.amplification, row[low], row[high]]),
          { along: "x" },
        ),
      );
      series.push({
        type: "scatter",
        name: design.name,
        symbol: design.symbol,
        symbolSize: 11,
        z: 5,
        data: own.map((row) => ({ value: [row[gain], row.amplification], row })),
        itemStyle: { color: colour, borderColor: theme.paper, borderWidth: 1 },
        tooltip: {
          formatter: ({ data: { row } }) =>
            hover(
              `${design.name}, \u2113 = ${share(row.ell)}`,
              [
                ["amplification", about(row.amplification, row.low, row.high, plain)],
                ["theory at this gain", plain(theory(row[gain]))],
                ["gain, state", about(row.gain_state, row.state_low, row.state_high, plain)],
                ["gain, variance", row.gain_variance != null && plain(row.gain_variance)],
                [
                  "gain, impulse",
                  row.gain_impulse != null &&
                    about(row.gain_impulse, row.impulse_low, row.impulse_high, plain),
                ],
              ].filter((line) => line[1] !== false),
            ),
        },
      });
    }
    return base(theme, {
      xAxis: across(theme, "loop gain", { scale: true, min: from < 0 ? null : 0 }),
      yAxis: up(theme, "amplification", { scale: true }),
      series,
    });
  },
});

figure({
  id: "signature",
  section: "loop",
  table: "signature",
  title: "Amplification by sampling horizon",
  absent: "no variance was sampled at several horizons",
  note: "Realised variance sampled every so often, closed loop over open loop; bands are 95 % intervals. What the loop adds within a block or two and takes back later shows only at the left.",
  choices: leakage,
  pick: atLeakage,
  reading(rows) {
    const base = rows.filter((row) => row.design === baseline());
    const one = (base.length ? base : rows).toSorted((a, b) => a.horizon_s - b.horizon_s);
    const [short, long] = [one[0], one.at(-1)];
    if (short === long)
      return `At ${span(short.horizon_s)} the ${designOf(short.design).name} pool's amplification is ${plain(short.amplification)}.`;
    return `With the ${designOf(short.design).name} pool variance is ${plain(short.amplification)} times that of the open loop when sampled every ${span(short.horizon_s)}, and ${plain(long.amplification)} times every ${span(long.horizon_s)}.`;
  },
  legend: (rows) => legendOf(rows),
  option(rows, _, theme) {
    const series = [];
    for (const [id, own] of byDesign(rows)) {
      own.sort((a, b) => a.horizon_s - b.horizon_s);
      series.push(
        band(
          designOf(id).name,
          colourOf(id, theme),
          own.map((row) => [row.horizon_s, row.low, row.high]),
        ),
      );
      series.push(
        line(
          id,
          theme,
          own.map((row) => ({ value: [row.horizon_s, row.amplification], row })),
          {
            markLine: series.length === 1 ? rule(theme, { yAxis: 1 }, "open loop") : undefined,
            tooltip: {
              formatter: ({ data: { row } }) =>
                hover(designOf(id).name, [
                  ["every", span(row.horizon_s)],
                  ["blocks", bare(row.horizon_blocks)],
                  ["amplification", about(row.amplification, row.low, row.high, plain)],
                ]),
            },
          },
        ),
      );
    }
    const ticks = distinct(rows, "horizon_s");
    return base(theme, {
      xAxis: across(theme, "sampled every", {
        ...ratio(ticks),
        min: ticks[0] / 1.15,
        max: ticks.at(-1) * 1.15,
        axisLabel: { formatter: span, customValues: ticks, hideOverlap: true },
        axisTick: { show: false },
      }),
      yAxis: up(theme, "amplification", { scale: true, ...reach(1) }),
      series,
    });
  },
});

figure({
  id: "impulse",
  section: "loop",
  table: "impulse",
  title: "What becomes of a shock",
  absent: "no run was repeated with and without a shock",
  note: "The same paths with and without a shock to spot at block 0: the move so far, in shocks. At 1 the loop adds nothing; bands are 95 % intervals.",
  choices(rows) {
    const values = distinct(rows, "shock");
    return [
      {
        key: "shock",
        label: "Shock, daily sd",
        values,
        initial: values.includes(-1) ? -1 : values[0],
        show: (shock) => (shock > 0 ? `+${bare(shock)}` : bare(shock)),
      },
    ];
  },
  pick: (rows, { shock }) => rows.filter((row) => row.shock === shock),
  reading(rows, { shock }) {
    const last = byDesign(rows).map(([id, own]) => [
      designOf(id).name,
      own.reduce((a, b) => (b.block > a.block ? b : a)).response,
    ]);
    return `A move of ${bare(shock)} daily standard deviation${Math.abs(shock) === 1 ? "" : "s"} ends at ${list(last.map(([name, response]) => `${plain(response)} (${name})`))} times itself.`;
  },
  legend: (rows) => legendOf(rows),
  option(rows, _, theme) {
    const series = [];
    for (const [id, own] of byDesign(rows)) {
      own.sort((a, b) => a.block - b.block);
      series.push(
        band(
          designOf(id).name,
          colourOf(id, theme),
          own.map((row) => [row.block, row.low, row.high]),
        ),
      );
      series.push(
        line(
          id,
          theme,
          own.map((row) => [row.block, row.response]),
          {
            showSymbol: false,
            markLine: series.length === 1 ? rule(theme, { yAxis: 1 }, "no feedback") : undefined,
          },
        ),
      );
    }
    const show = (points) =>
      hover(
        `block ${bare(points[0].value[0])}`,
        points.map((point) => [point.seriesName, plain(point.value[1]), point.color]),
      );
    return base(theme, {
      tooltip: tip(theme, {
        trigger: "axis",
        formatter: (points) => show(points.filter((point) => point.seriesType === "line")),
      }),
      xAxis: across(theme, "blocks since the shock", { min: "dataMin", max: "dataMax" }),
      yAxis: up(theme, "move of spot, in shocks", { scale: true, ...reach(1) }),
      series,
    });
  },
});

/** Beyond this a placebo that lowers its price sells more than anybody wanted at the fair one. */
const SERVED = 1.1;

figure({
  id: "frontier",
  section: "cost",
  table: "frontier",
  title: "Amplification against served demand",
  absent: "no design's strength was swept",
  note: "Each curve is one design from weak to strong. Lower and further right is better: calmer, and more protection sold. A larger marker is a larger loss on the worst 1 % of days; whiskers are 95 % intervals.",
  choices: (rows) => [
    ...leakage(rows),
    {
      key: "most",
      label: "Served",
      values: rows.some((row) => row.served > SERVED) ? [SERVED, Infinity] : [SERVED],
      show: (most) => (most === SERVED ? `up to ${percent(SERVED)}` : "all"),
    },
  ],
  pick: (rows, state) => atLeakage(rows, state).filter((row) => row.served <= state.most),
  reading(rows) {
    if (!rows.length) return "Nothing is served here.";
    const most = rows.reduce((a, b) => (b.served > a.served ? b : a)),
      least = rows.reduce((a, b) => (b.amplification < a.amplification ? b : a));
    return `${designOf(most.design).name} serves the most, ${percent(most.served)} at an amplification of ${plain(most.amplification)}; ${designOf(least.design).name} gets lowest, to ${plain(least.amplification)} with ${percent(least.served)} served.`;
  },
  legend: (rows) => legendOf(rows),
  height: () => tall(380),
  option(rows, _, theme) {
    const worst = Math.max(...rows.map((row) => row.cvar99 ?? 0), 1e-12);
    const size = (row) => (row.cvar99 == null ? 9 : 6 + 16 * Math.sqrt(Math.max(0, row.cvar99) / worst));
    const series = [];
    for (const [id, own] of byDesign(rows)) {
      own.sort((a, b) => a.strength - b.strength);
      const colour = colourOf(id, theme);
      series.push(
        whiskers(
          designOf(id).name,
          colour,
          own.map((row) => [row.served, row.low, row.high]),
          { z: 5 },
        ),
      );
      series.push(
        line(
          id,
          theme,
          own.map((row) => ({ value: [row.served, row.amplification], row, symbolSize: size(row) })),
          {
            itemStyle: { color: colour, borderColor: theme.paper, borderWidth: 1, opacity: 0.55 },
            tooltip: {
              formatter: ({ data: { row } }) =>
                hover(`${designOf(id).name}, strength ${bare(row.strength)}`, [
                  ["served", percent(row.served, 1)],
                  ["amplification", about(row.amplification, row.low, row.high, plain)],
                  ["loss on the worst 1 % of days", row.cvar99 == null ? null : cash(row.cvar99)],
                ]),
            },
          },
        ),
      );
    }
    return base(theme, {
      xAxis: across(theme, "protection served, of what is wanted", {
        scale: true,
        axisLabel: { formatter: (value) => percent(value) },
      }),
      yAxis: up(theme, "amplification", { scale: true }),
      series,
    });
  },
});
