// Real chains and flows.

const underlyings = (rows) => [
  { key: "underlying", label: "Underlying", values: distinct(rows, "underlying") },
];
const ofUnderlying = (rows, { underlying }) =>
  underlying == null ? rows : rows.filter((row) => row.underlying === underlying);
/** A time axis in seconds, read in UTC. */
const when = (theme, rows, width) => {
  const times = rows.map((row) => row.time),
    from = Math.min(...times),
    to = Math.max(...times);
  const hour = 3600,
    most = Math.max(2, width / 75);
  const step =
    [1, 2, 3, 6, 12, 24, 48, 168, 720, 2160].find((hours) => (to - from) / (hours * hour) <= most) ?? 8760;
  const ticks = [];
  for (let at = Math.ceil(from / (step * hour)) * step * hour; at <= to; at += step * hour) ticks.push(at);
  const label = (seconds) => (seconds % 86400 === 0 ? day(seconds).replace(/ \d{4}$/, "") : clock(seconds));
  return across(theme, "UTC", {
    min: "dataMin",
    max: "dataMax",
    axisTick: { show: false },
    axisLabel: { formatter: label, customValues: ticks, hideOverlap: true },
  });
};

figure({
  id: "replay_error",
  section: "real",
  table: "replay_error",
  title: "Distance from the exchange's quotes",
  absent: "this run replayed no real chain",
  note: "Mean distance of the pool's implied volatility from the exchange's mid over all series quoted at the time. In replay the exchange is the market: what is shown is where the pool quotes for the flow that came, not what traders would have done.",
  choices: (rows) => [
    ...underlyings(rows),
    {
      key: "by",
      label: "Show",
      values: ["distance", "shift", "inside"],
      show: (by) => ({ distance: "distance", shift: "shift", inside: "within bid and ask" })[by],
    },
  ],
  pick: ofUnderlying,
  reading(rows) {
    const mean = (own, key) => own.reduce((sum, row) => sum + (row[key] ?? 0), 0) / own.length;
    return `On average the quotes stand ${list(byDesign(rows).map(([id, own]) => `${fixed(mean(own, "distance"), 2)} points (${designOf(id).name}, ${percent(mean(own, "inside"))} within bid and ask)`))} from the exchange's mid.`;
  },
  legend: (rows) => legendOf(rows),
  option(rows, { by }, theme, width) {
    const show = (value) => (by === "inside" ? percent(value) : fixed(value, 2));
    const series = byDesign(rows).map(([id, own], at) =>
      line(
        id,
        theme,
        own.map((row) => [row.time, row[by]]),
        {
          showSymbol: own.length < 30,
          symbolSize: 6,
          markLine: at === 0 && by === "shift" ? rule(theme, { yAxis: 0 }, "the exchange's mid") : undefined,
        },
      ),
    );
    const name = {
      distance: "|quoted \u2212 mid|, vol points",
      shift: "quoted \u2212 mid, vol points",
      inside: "share within bid and ask",
    }[by];
    return base(theme, {
      tooltip: tip(theme, {
        trigger: "axis",
        formatter: (points) =>
          hover(
            `${day(points[0].value[0])}, ${clock(points[0].value[0])} UTC`,
            points.map((point) => [point.seriesName, show(point.value[1]), point.color]),
          ),
      }),
      xAxis: when(theme, rows, width),
      yAxis: up(theme, name, by === "inside" ? { axisLabel: { formatter: (value) => percent(value) } } : {}),
      series,
    });
  },
});

figure({
  id: "replay_iv",
  section: "real",
  table: "replay_iv",
  title: "Quoted smile beside the exchange's",
  absent: "this run replayed no real chain",
  note: "At the first, middle and last time of the replay. Grey bars reach from the exchange's bid to its ask.",
  choices(rows) {
    const busy = groups(rows, "expiry").sort((a, b) => b[1].length - a[1].length)[0]?.[0];
    return [
      ...underlyings(rows),
      {
        key: "time",
        label: "Time",
        values: distinct(rows, "time"),
        initial: distinct(rows, "time").at(-1),
        show: (time) => `${day(time).replace(/ \d{4}$/, "")}, ${clock(time)}`,
        most: 3,
      },
      { key: "expiry", label: "Expiry", values: distinct(rows, "expiry"), initial: busy, show: day, most: 1 },
    ];
  },
  pick: (rows, state) =>
    ofUnderlying(rows, state).filter((row) => row.time === state.time && row.expiry === state.expiry),
  reading(rows, { time, expiry }) {
    if (!rows.length)
      return `Nothing expiring on ${day(expiry)} was quoted at ${clock(time)} UTC on ${day(time)}.`;
    const worst = rows
      .filter((row) => row.quoted_iv != null && row.exchange_iv != null)
      .reduce(
        (a, b) =>
          !a || Math.abs(b.quoted_iv - b.exchange_iv) > Math.abs(a.quoted_iv - a.exchange_iv) ? b : a,
        null,
      );
    return worst
      ? `Of the options expiring on ${day(expiry)} the furthest from the exchange's mid is strike ${price(worst.strike)} in the ${designOf(worst.design).name} pool: ${percent(worst.quoted_iv, 1)} against ${percent(worst.exchange_iv, 1)}.`
      : "Nothing was quoted on both sides.";
  },
  legend: (rows, _, theme) => [...legendOf(rows), { name: "Exchange, bid to ask", colour: theme.faint }],
  option(rows, _, theme) {
    const once = groups(rows, "strike").map(([, own]) => own[0]);
    const series = [
      whiskers(
        "Exchange, bid to ask",
        theme.faint,
        once.map((row) => [row.strike, row.exchange_bid, row.exchange_ask]),
        { width: 7, cap: 0, z: 1 },
      ),
      {
        type: "scatter",
        name: "Exchange, bid to ask",
        data: once.filter((row) => row.exchange_iv != null).map((row) => [row.strike, row.exchange_iv]),
        symbolSize: 6,
        itemStyle: { color: theme.soft },
        z: 2,
        tooltip: {
          formatter: ({ value }) =>
            hover(`strike ${price(value[0])}`, [["exchange's mid", percent(value[1], 2)]]),
        },
      },
    ];
    for (const [id, own] of byDesign(rows)) {
      own.sort((a, b) => a.strike - b.strike);
      series.push(
        line(
          id,
          theme,
          own
            .filter((row) => row.quoted_iv != null)
            .map((row) => ({ value: [row.strike, row.quoted_iv], row })),
          {
            symbolSize: 5,
            lineStyle: { color: colourOf(id, theme), width: 1.5, type: designOf(id).dash ?? "solid" },
            tooltip: {
              formatter: ({ data: { row } }) =>
                hover(`${designOf(id).name}, strike ${price(row.strike)}`, [
                  ["quoted", percent(row.quoted_iv, 2)],
                  ["exchange's mid", row.exchange_iv == null ? null : percent(row.exchange_iv, 2)],
                  ["exchange's bid", row.exchange_bid == null ? null : percent(row.exchange_bid, 2)],
                  ["exchange's ask", row.exchange_ask == null ? null : percent(row.exchange_ask, 2)],
                ]),
            },
          },
        ),
      );
    }
    return base(theme, {
      xAxis: across(theme, "strike", { scale: true, axisLabel: { formatter: price } }),
      yAxis: up(theme, "implied volatility", {
        scale: true,
        axisLabel: { formatter: (value) => percent(value) },
      }),
      series,
    });
  },
});

figure({
  id: "replay_pnl",
  section: "real",
  table: "replay_pnl",
  title: "Providers' profit through the replay",
  absent: "this run replayed no real flow",
  note: "Since the start of the replay, on one history: there is no interval, and another history would look different.",
  choices(rows) {
    const values = distinct(rows, "part");
    return [
      ...underlyings(rows),
      {
        key: "part",
        label: "Part",
        values,
        initial: values.find((part) => WHOLE.test(part)) ?? values[0],
        show: capital,
        most: 5,
      },
    ];
  },
  pick: (rows, state) => ofUnderlying(rows, state).filter((row) => row.part === state.part),
  reading(rows, { part }) {
    if (!rows.length) return "This underlying has no such part.";
    const last = byDesign(rows).map(
      ([id, own]) => `${cash(own.reduce((a, b) => (b.time > a.time ? b : a)).value)} (${designOf(id).name})`,
    );
    return `By the end ${part === "total" ? "the total" : part} is ${list(last)}.`;
  },
  legend: (rows) => legendOf(rows),
  option(rows, _, theme, width) {
    const series = byDesign(rows).map(([id, own], at) =>
      line(
        id,
        theme,
        own.sort((a, b) => a.time - b.time).map((row) => [row.time, row.value]),
        {
          showSymbol: false,
          step: "end",
          markLine:
            at === 0 ? rule(theme, { yAxis: 0 }, "", { type: "solid", colour: theme.faint }) : undefined,
        },
      ),
    );
    return base(theme, {
      tooltip: tip(theme, {
        trigger: "axis",
        formatter: (points) =>
          hover(
            `${day(points[0].value[0])}, ${clock(points[0].value[0])} UTC`,
            points.map((point) => [point.seriesName, cash(point.value[1]), point.color]),
          ),
      }),
      xAxis: when(theme, rows, width),
      yAxis: up(theme, "cash", { axisLabel: { formatter: cashTick } }),
      series,
    });
  },
});
