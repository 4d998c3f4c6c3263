// Price paths, every design on the same luck.

figure({
  id: "paths",
  section: "market",
  table: "paths",
  title: "Price paths",
  absent: "no path was recorded in full",
  note: "The same luck in every design, so that lines differ by the pool alone. To zoom, drag the ends of the bar below, or scroll over the chart with Ctrl held.",
  choices: (rows) => [{ key: "path", label: "Path", values: distinct(rows, "path"), most: 8 }],
  pick: (rows, { path }) => rows.filter((row) => row.path === path),
  reading(rows, { path }) {
    const falls = byDesign(rows)
      .map(([id, own]) => [designOf(id).name, drawdown(own)])
      .sort((a, b) => b[1] - a[1]);
    return `On path ${path} the largest fall from a peak is ${list(falls.map(([name, fall]) => `${percent(fall, 1)} (${name})`))}.`;
  },
  legend: (rows) => legendOf(rows),
  height: (rows) => (rows.some((row) => row.gain != null) ? 500 : 380),
  option(rows, _, theme) {
    const gains = rows.some((row) => row.gain != null);
    const series = [];
    for (const [id, own] of byDesign(rows)) {
      own.sort((a, b) => a.block - b.block);
      const thin = {
        showSymbol: false,
        lineStyle: { color: colourOf(id, theme), width: 1.5, type: designOf(id).dash ?? "solid" },
      };
      series.push(
        line(
          id,
          theme,
          own.map((row) => [row.block, row.spot]),
          thin,
        ),
      );
      if (gains)
        series.push(
          line(
            id,
            theme,
            own.filter((row) => row.gain != null).map((row) => [row.block, row.gain]),
            { ...thin, xAxisIndex: 1, yAxisIndex: 1 },
          ),
        );
    }
    const grids = gains
      ? [
          { left: 72, right: 14, top: 12, height: 240, outerBoundsMode: "none" },
          { left: 72, right: 14, top: 282, height: 110, outerBoundsMode: "none" },
        ]
      : [{ left: 72, right: 14, top: 12, bottom: 96, outerBoundsMode: "none" }];
    const ends = { min: "dataMin", max: "dataMax" };
    const blocks = across(theme, "block", { ...ends, nameGap: 28, axisLabel: { alignMaxLabel: "right" } });
    return base(theme, {
      grid: grids,
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      tooltip: tip(theme, {
        trigger: "axis",
        formatter: (points) =>
          hover(
            `block ${bare(points[0].value[0])}`,
            points.map((point) => [
              point.axisIndex ? `${point.seriesName}, gain` : point.seriesName,
              point.axisIndex ? plain(point.value[1]) : price(point.value[1]),
              point.color,
            ]),
          ),
      }),
      xAxis: gains
        ? [across(theme, "", { ...ends, axisLabel: { show: false } }), { ...blocks, gridIndex: 1 }]
        : [blocks],
      yAxis: [
        up(theme, "spot", { scale: true, nameGap: 54, axisLabel: { formatter: price } }),
        ...(gains
          ? [up(theme, "loop gain", { scale: true, gridIndex: 1, nameGap: 54, splitNumber: 3 })]
          : []),
      ],
      dataZoom: [
        {
          type: "slider",
          xAxisIndex: gains ? [0, 1] : [0],
          bottom: 6,
          height: 22,
          left: 72,
          right: 14,
          showDetail: false,
          brushSelect: false,
          borderColor: theme.line,
          fillerColor: theme.dark ? "rgba(108,178,245,.14)" : "rgba(11,92,173,.10)",
          handleStyle: { color: theme.panel, borderColor: theme.faint },
          moveHandleSize: 0,
          dataBackground: { lineStyle: { color: theme.faint }, areaStyle: { color: theme.line } },
          selectedDataBackground: { lineStyle: { color: theme.soft }, areaStyle: { color: theme.line } },
        },
        {
          type: "inside",
          xAxisIndex: gains ? [0, 1] : [0],
          zoomOnMouseWheel: "ctrl",
          moveOnMouseMove: false,
          moveOnMouseWheel: false,
        },
      ],
      series,
    });
  },
});
function drawdown(rows) {
  let peak = -Infinity,
    worst = 0;
  for (const { spot } of rows) {
    peak = Math.max(peak, spot);
    worst = Math.max(worst, 1 - spot / peak);
  }
  return worst;
}
