// In the market: surface before and after, gamma exposure, gamma profile.

const byDesignChoice = (rows, first) => {
  const values = designsOf(rows);
  return [
    {
      key: "design",
      label: "Design",
      values,
      initial: values.find((id) => first.test(id)) ?? values[0],
      show: (id) => designOf(id).name,
    },
  ];
};
const ofDesign = (rows, { design }) => rows.filter((row) => row.design === design);

figure({
  id: "surface",
  section: "market",
  table: "surface",
  title: "Implied volatility before and after",
  absent: "no surface was recorded before and after",
  note: "Quoted implied volatility by strike over forward and days to expiry, in per cent a year. The same series stand in the same places, though time and spot have moved on.",
  choices: (rows) => [
    ...byDesignChoice(rows, /^dynamic/i),
    {
      key: "view",
      label: "Show",
      values: ["both", "change"],
      show: (view) => ({ both: "before and after", change: "change" })[view],
    },
  ],
  pick: (rows, state) => ranked(ofDesign(rows, state)),
  reading(rows, { design }) {
    const changes = changed(rows);
    if (!changes.length) return `The ${designOf(design).name} pool's quotes are recorded at one time only.`;
    const most = changes.reduce((a, b) => (Math.abs(b.change) > Math.abs(a.change) ? b : a));
    return `The ${designOf(design).name} pool's quotes move most at ${days(most.expiry_days)} and strike ${percent(most.moneyness)} of the forward: from ${percent(most.before, 1)} to ${percent(most.vol, 1)}.`;
  },
  height: (rows, { view }, width) =>
    (width < 600 && view === "both" ? 2 : 1) * (64 + 30 * Math.max(1, ...rows.map((row) => row.expiry + 1))) +
    58,
  option(rows, { view }, theme, width) {
    const tall = Math.max(1, ...rows.map((row) => row.expiry + 1));
    const wide = Math.max(1, ...rows.map((row) => row.strike + 1));
    const cell = (row, value) => ({ value: [row.strike, tall - 1 - row.expiry, value], row });
    const stacked = width < 600;
    const panes =
      view === "change"
        ? [["change, points", changed(rows).map((row) => cell(row, 100 * row.change))]]
        : ["before", "after"].map((when) => [
            when,
            rows.filter((row) => row.when === when).map((row) => cell(row, 100 * row.vol)),
          ]);
    const values = panes.flatMap(([, cells]) => cells.map(({ value }) => value[2]));
    const span = view === "change" ? Math.max(...values.map(Math.abs), 0.1) : 0;
    const room = (width - 70) / wide / (stacked || panes.length === 1 ? 1 : 2.15);
    const option = base(theme, { title: [], grid: [], xAxis: [], yAxis: [], series: [] });
    const paneHeight = 30 * tall;
    panes.forEach(([name, cells], at) => {
      const side = panes.length === 2 && !stacked;
      const expiries = Array.from({ length: tall }, (_, at) =>
        cells.find(({ row }) => row.expiry === tall - 1 - at),
      ).map((cell) => (cell ? length(cell.row.expiry_days) : ""));
      const strikes = Array.from({ length: wide }, (_, at) => cells.find(({ row }) => row.strike === at)).map(
        (cell) => (cell ? percent(cell.row.moneyness) : ""),
      );
      const top = (stacked ? at * (paneHeight + 64) : 0) + 24;
      option.title.push({
        text: capital(name),
        left: side && at ? "52%" : 48,
        top: top - 24,
        textStyle: { fontSize: 12.5, fontWeight: 600, color: theme.ink },
      });
      option.grid.push({
        left: side && at ? "52%" : 48,
        right: side && !at ? "52%" : 8,
        top,
        height: paneHeight,
        outerBoundsMode: "none",
      });
      option.xAxis.push({
        ...across(theme, stacked && !at ? "" : "strike / forward", {
          type: "category",
          gridIndex: at,
          data: strikes,
          nameGap: 26,
        }),
        axisTick: { show: false },
      });
      option.yAxis.push(
        axis(theme, at && side ? "" : "days", {
          type: "category",
          gridIndex: at,
          data: expiries,
          nameLocation: "end",
          nameGap: 8,
          nameTextStyle: { color: theme.soft, align: "right", padding: [0, 6, 0, 0] },
          axisLabel: { show: !(at && side) },
          splitLine: { show: false },
        }),
      );
      option.series.push({
        type: "heatmap",
        name,
        data: cells,
        xAxisIndex: at,
        yAxisIndex: at,
        itemStyle: { borderColor: theme.paper, borderWidth: 1 },
        label: {
          show: room > 30,
          fontSize: 10.5,
          formatter: ({ value }) => fixed(value[2], view === "change" ? 1 : 0),
          color: "inherit",
        },
        emphasis: { itemStyle: { borderColor: theme.ink } },
        tooltip: {
          formatter: ({ data: { row } }) =>
            hover(`${days(row.expiry_days)}, strike ${percent(row.moneyness, 1)}`, [
              ["implied volatility", percent(row.vol, 2)],
              ["before", row.before == null ? null : percent(row.before, 2)],
              ["change, points", row.change == null ? null : fixed(100 * row.change, 2)],
            ]),
        },
      });
    });
    const bounds = view === "change" ? [-span, span] : [Math.min(...values), Math.max(...values)];
    const colours = view === "change" ? DIVERGING[theme.dark ? "dark" : "light"] : HEAT;
    for (const one of option.series)
      for (const item of one.data)
        item.label = { color: contrast(colours, (item.value[2] - bounds[0]) / (bounds[1] - bounds[0] || 1)) };
    option.visualMap = scale(
      theme,
      bounds,
      colours,
      (value) => `${fixed(value, view === "change" ? 1 : 0)}${NARROW}%`,
    );
    return option;
  },
});
/** Rows with the place of their expiry and strike among those of the same time: as time passes and spot
 *  moves, days and moneyness of one series change. */
const ranked = (rows) =>
  groups(rows, "when").flatMap(([, at]) =>
    groups(at, "expiry_days").flatMap(([, own], expiry) =>
      own.toSorted((a, b) => a.moneyness - b.moneyness).map((row, strike) => ({ ...row, expiry, strike })),
    ),
  );
function changed(rows) {
  const series = (row) => `${row.expiry} ${row.strike}`;
  const before = new Map(rows.filter((row) => row.when === "before").map((row) => [series(row), row.vol]));
  return rows
    .filter((row) => row.when === "after" && before.has(series(row)))
    .map((row) => ({ ...row, before: before.get(series(row)), change: row.vol - before.get(series(row)) }));
}
/** A colour bar along the bottom. */
const scale = (theme, [min, max], colours, formatter) => ({
  min,
  max,
  calculable: true,
  orient: "horizontal",
  left: "center",
  bottom: 0,
  itemWidth: 12,
  itemHeight: 180,
  precision: 2,
  formatter,
  textStyle: { color: theme.soft, fontSize: 11.5 },
  inRange: { color: colours },
  handleStyle: { borderColor: theme.faint },
});
/** Black or white, whichever reads better on a scale's colour. */
function contrast(colours, place) {
  const at = Math.min(colours.length - 1.001, Math.max(0, place) * (colours.length - 1));
  const mixed = [1, 3, 5].map((digit) => {
    const [a, b] = [colours[Math.floor(at)], colours[Math.floor(at) + 1]].map((colour) =>
      parseInt(colour.slice(digit, digit + 2), 16),
    );
    return a + (b - a) * (at % 1);
  });
  return 0.299 * mixed[0] + 0.587 * mixed[1] + 0.114 * mixed[2] > 140 ? "#14181c" : "#ffffff";
}

figure({
  id: "gex",
  section: "market",
  table: "gex",
  title: "Gamma exposure by strike",
  absent: "no book was recorded by strike",
  note: "The pool's dollar gamma for a move of 1 %: what its hedgers trade in cash when spot moves so far. Below zero the pool is short gamma and they trade with the move, which feeds it; above zero they trade against it.",
  choices: (rows) => [
    { key: "expiry", label: "Expiry, days", values: ["all", ...distinct(rows, "expiry_days")], show: bare },
  ],
  pick: (rows, { expiry }) => (expiry === "all" ? rows : rows.filter((row) => row.expiry_days === expiry)),
  reading(rows) {
    const words = byDesign(rows).map(
      ([id, own]) => `${designOf(id).name} ${cash(own.reduce((sum, row) => sum + row.gex, 0))}`,
    );
    const sums = strikesOf(rows),
      most = sums.reduce((a, b) => (Math.abs(b.gex) > Math.abs(a.gex) ? b : a));
    return `In all, for a move of 1 %: ${words.join(", ")}. The greatest lies at ${price(most.strike)} in the ${designOf(most.design).name} pool.`;
  },
  legend: (rows) => legendOf(rows, "bar"),
  option(rows, _, theme) {
    const strikes = distinct(rows, "strike"),
      sums = strikesOf(rows);
    const spot = rows.find((row) => row.spot != null)?.spot;
    // Strikes are evenly spread over the axis, so spot stands between its neighbours.
    const above = strikes.findIndex((strike) => strike > spot);
    const series = byDesign(rows).map(([id], at) => ({
      type: "bar",
      name: designOf(id).name,
      barMaxWidth: 14,
      barGap: "8%",
      barCategoryGap: "24%",
      emphasis: { disabled: true },
      itemStyle: { color: colourOf(id, theme) },
      data: strikes.map((strike) => sums.find((sum) => sum.design === id && sum.strike === strike)?.gex ?? 0),
      markLine: at === 0 ? rule(theme, { yAxis: 0 }, "", { type: "solid", colour: theme.faint }) : undefined,
    }));
    const option = base(theme, {
      grid: [grid({ top: spot == null ? 12 : 26 })],
      tooltip: tip(theme, {
        trigger: "axis",
        axisPointer: { type: "shadow", shadowStyle: { opacity: 0.12 } },
        formatter: (points) =>
          hover(
            `strike ${points[0].axisValueLabel}`,
            points
              .filter((point) => point.seriesType === "bar")
              .map((point) => [point.seriesName, cash(point.value), point.color]),
          ),
      }),
      xAxis: [
        across(theme, "strike", {
          type: "category",
          data: strikes.map(price),
          axisLabel: { hideOverlap: true },
        }),
      ],
      yAxis: up(theme, "cash for 1 %", { axisLabel: { formatter: cashTick } }),
      series,
    });
    if (spot != null && above > 0) {
      const place = above - 1 + (spot - strikes[above - 1]) / (strikes[above] - strikes[above - 1]);
      option.series.push({
        type: "custom",
        name: "spot",
        silent: true,
        data: [[0, 0]],
        encode: { x: -1, y: -1 },
        clip: false,
        z: 5,
        renderItem(params, api) {
          const [first] = api.coord([0, 0]),
            [second] = api.coord([1, 0]),
            box = params.coordSys;
          const x = first + (second - first) * place;
          return {
            type: "group",
            children: [
              {
                type: "line",
                shape: { x1: x, x2: x, y1: box.y, y2: box.y + box.height },
                style: { stroke: theme.soft, lineDash: [4, 4] },
              },
              {
                type: "text",
                style: {
                  text: `spot ${price(spot)}`,
                  x,
                  y: box.y - 15,
                  fill: theme.soft,
                  font: `11.5px ${FONT}`,
                  textAlign: place > strikes.length * 0.75 ? "right" : "center",
                },
              },
            ],
          };
        },
      });
    }
    return option;
  },
});
const strikesOf = (rows) =>
  byDesign(rows).flatMap(([design, own]) =>
    groups(own, "strike").map(([strike, cells]) => ({
      design,
      strike,
      gex: cells.reduce((sum, row) => sum + row.gex, 0),
    })),
  );

figure({
  id: "profile",
  section: "market",
  table: "profile",
  title: "Gamma profile and flip",
  absent: "no book's gain was evaluated away from spot",
  note: "Loop gain of the book if spot stood elsewhere, positions unchanged. Above zero the pool is short gamma and its hedging feeds moves; the flip, marked, is where that ends.",
  reading(rows) {
    const words = byDesign(rows).map(([id, own]) => {
      const found = flips(own).map(price);
      return `${designOf(id).name} ${found.length ? `flips at ${list(found)}` : `stays ${own[0].gain > 0 ? "short" : "long"} gamma throughout`}`;
    });
    return `${words.join("; ")}.`;
  },
  legend: (rows) => legendOf(rows),
  option(rows, _, theme) {
    const spot = rows.find((row) => row.spot_now != null)?.spot_now;
    const series = [];
    for (const [id, own] of byDesign(rows)) {
      own.sort((a, b) => a.spot - b.spot);
      const lines = [{ yAxis: 0 }];
      series.push(
        line(
          id,
          theme,
          own.map((row) => [row.spot, row.gain]),
          {
            showSymbol: false,
            markLine: series.length
              ? undefined
              : {
                  ...rule(theme, lines[0], "", { type: "solid", colour: theme.faint }),
                  data:
                    spot == null
                      ? lines
                      : [
                          {
                            yAxis: 0,
                            lineStyle: { type: "solid", color: theme.faint },
                            label: { show: false },
                          },
                          {
                            xAxis: spot,
                            label: {
                              show: true,
                              formatter: `spot ${price(spot)}`,
                              position: "end",
                              color: theme.soft,
                              fontSize: 11.5,
                            },
                          },
                        ],
                },
          },
        ),
      );
      const marks = flips(own);
      if (marks.length)
        series.push({
          type: "scatter",
          name: designOf(id).name,
          symbol: designOf(id).symbol,
          symbolSize: 11,
          z: 6,
          data: marks.map((at) => [at, 0]),
          itemStyle: { color: theme.paper, borderColor: colourOf(id, theme), borderWidth: 2 },
          tooltip: { formatter: ({ value }) => hover(designOf(id).name, [["flip", price(value[0])]]) },
        });
    }
    return base(theme, {
      grid: grid({ top: spot == null ? 12 : 26 }),
      tooltip: tip(theme, { trigger: "item" }),
      axisPointer: { show: false },
      xAxis: across(theme, "spot moved to", {
        scale: true,
        min: "dataMin",
        max: "dataMax",
        axisLabel: { formatter: price },
      }),
      yAxis: up(theme, "loop gain"),
      series,
    });
  },
});
/** Where the gain changes its sign, between points in a straight line. */
function flips(rows) {
  const found = [];
  for (let at = 1; at < rows.length; at++) {
    const [a, b] = [rows[at - 1], rows[at]];
    if (a.gain > 0 !== b.gain > 0) found.push(a.spot + ((b.spot - a.spot) * a.gain) / (a.gain - b.gain));
  }
  return found;
}
