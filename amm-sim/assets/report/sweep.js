// Sweeps: one parameter is a line, two are a map, further ones are choices.

const RESULTS = {
  dampening: "dampening",
  amplification: "amplification",
  gain: "loop gain",
  served: "served demand",
  lp_pnl: "providers' profit",
};
const showResult = (by) =>
  ({ served: percent, dampening: (value) => percent(value, 1), lp_pnl: cash })[by] ?? plain;
const parameters = () => {
  const names = tables.sweep.columns.map((column) => column.name);
  return names
    .slice(0, names.indexOf("design"))
    .filter((name) => distinct(tables.sweep.rows, name).length > 1);
};
figure({
  id: "sweep",
  section: "sweep",
  table: "sweep",
  title: "Sweep of parameters",
  absent: "this run is no sweep",
  note: "",
  choices(rows) {
    const [, , ...more] = parameters();
    const results = Object.keys(RESULTS).filter((by) => rows.some((row) => row[by] != null));
    const design = parameters().length > 1 ? byDesignChoice(rows, /^dynamic/i) : [];
    return [
      { key: "by", label: "Show", values: results, show: (by) => RESULTS[by], most: 5 },
      ...design,
      ...more.map((name) => ({ key: name, label: name, values: distinct(rows, name), show: bare })),
    ];
  },
  pick(rows, state) {
    return rows.filter(
      (row) =>
        row[state.by] != null &&
        ["design", ...parameters().slice(2)].every((key) => !(key in state) || row[key] === state[key]),
    );
  },
  reading(rows, { by }) {
    if (!rows.length) return "Nothing was measured here.";
    const show = showResult(by),
      say = (row) =>
        `${show(row[by])} at ${list(
          parameters()
            .slice(0, 2)
            .map((name) => `${name} ${bare(row[name])}`),
        )}`;
    const low = rows.reduce((a, b) => (b[by] < a[by] ? b : a)),
      high = rows.reduce((a, b) => (b[by] > a[by] ? b : a));
    return `${capital(RESULTS[by])} runs from ${say(low)} to ${say(high)}.`;
  },
  legend: (rows) => (parameters().length > 1 ? [] : legendOf(rows)),
  height: (rows) =>
    parameters().length > 1 ? 110 + Math.max(4, distinct(rows, parameters()[1]).length) * 34 : 340,
  option(rows, { by }, theme, width) {
    const [x, y] = parameters(),
      show = showResult(by);
    if (!y) {
      const numeric = typeof rows[0]?.[x] === "number";
      const series = [];
      for (const [id, own] of byDesign(rows)) {
        if (numeric) own.sort((a, b) => a[x] - b[x]);
        if (by === "dampening")
          series.push(
            (numeric ? band : whiskers)(
              designOf(id).name,
              colourOf(id, theme),
              own.map((row) => [row[x], row.low, row.high]),
            ),
          );
        series.push(
          line(
            id,
            theme,
            own.map((row) => ({ value: [row[x], row[by]], row })),
            {
              tooltip: {
                formatter: ({ data: { row } }) =>
                  hover(`${designOf(id).name}, ${x} ${bare(row[x])}`, [
                    [
                      RESULTS[by],
                      by === "dampening" ? about(row[by], row.low, row.high, show) : show(row[by]),
                    ],
                  ]),
              },
            },
          ),
        );
      }
      return base(theme, {
        xAxis: across(theme, x ?? "", numeric ? { scale: true } : { type: "category" }),
        yAxis: up(theme, RESULTS[by], { scale: true, axisLabel: { formatter: show } }),
        series,
      });
    }
    const [xs, ys] = [distinct(rows, x), distinct(rows, y)];
    const values = rows.map((row) => row[by]),
      bounds = [Math.min(...values), Math.max(...values)];
    const data = rows.map((row) => ({
      value: [xs.indexOf(row[x]), ys.indexOf(row[y]), row[by]],
      row,
      label: { color: contrast(HEAT, (row[by] - bounds[0]) / (bounds[1] - bounds[0] || 1)) },
    }));
    return base(theme, {
      grid: grid({ bottom: 44 }),
      xAxis: across(theme, x, { type: "category", data: xs.map(bare) }),
      yAxis: up(theme, y, { type: "category", data: ys.map(bare), splitLine: { show: false } }),
      visualMap: scale(theme, bounds, HEAT, show),
      series: [
        {
          type: "heatmap",
          name: RESULTS[by],
          data,
          itemStyle: { borderColor: theme.paper, borderWidth: 1 },
          label: { show: width / xs.length > 46, formatter: ({ value }) => show(value[2]), fontSize: 11 },
          emphasis: { itemStyle: { borderColor: theme.ink } },
          tooltip: {
            formatter: ({ data: { row } }) =>
              hover(`${x} ${bare(row[x])}, ${y} ${bare(row[y])}`, [
                [RESULTS[by], by === "dampening" ? about(row[by], row.low, row.high, show) : show(row[by])],
              ]),
          },
        },
      ],
    });
  },
});
