// The panels of the page.

/** The two flips nearest to spot, ascending. */
const nearest = (gamma, spot) =>
  (gamma?.flips ?? [])
    .map((flip) => flip.spot)
    .sort((a, b) => Math.abs(a - spot) - Math.abs(b - spot))
    .slice(0, 2)
    .sort((a, b) => a - b);

const gains = (theme, thresholds) =>
  thresholds.map((at, place) => ({ at, word: LEVELS[place + 1], colour: levelColour(LEVELS[place + 1], theme) }));

panel({
  id: "gain",
  title: "Loop gain",
  note: "By how much hedgers move spot when spot moves: at 0.5 every move ends twice as large, at 1 it feeds on itself. Ahead: the worst of all times and bands of spot.",
  ready: ({ history }) => history.gain.length > 1,
  reading({ loop_gain, history }) {
    if (!loop_gain) return NONE;
    const most = history.gain.reduce((a, b) => Math.max(a, b));
    return `${fixed(loop_gain.now, 2)} now, ${fixed(loop_gain.ahead, 2)} where it is worst; the most so far was ${fixed(most, 2)}.`;
  },
  legend: ({ loop_gain }, theme) => [
    { name: "now", colour: theme.accent },
    { name: "ahead", colour: partColour(3, theme), kind: "dash" },
    ...(loop_gain?.everyone == null ? [] : [{ name: "all hedgers", colour: partColour(1, theme) }]),
  ],
  option(frame, theme) {
    const thresholds = frame.loop_gain?.thresholds ?? [];
    const most = Math.max(0, ...["gain", "ahead", "everyone"].flatMap((key) => frame.history[key]));
    // The next threshold above what has been seen is on the chart.
    const shown = thresholds.filter((at, place) => place === 0 || most > 0.75 * thresholds[place - 1]);
    return overTime(frame, theme, {
      name: "loop gain",
      show: (value) => fixed(value, 2),
      lines: [
        { name: "now", key: "gain", colour: theme.accent, area: true },
        { name: "ahead", key: "ahead", colour: partColour(3, theme), dash: true, width: 1.5 },
        ...(frame.loop_gain?.everyone == null
          ? []
          : [{ name: "all hedgers", key: "everyone", colour: partColour(1, theme), width: 1.5 }]),
      ],
      rules: gains(theme, shown),
      more: { axisLabel: { formatter: (value) => fixed(value, 2), showMaxLabel: false }, max: ({ max }) => Math.max(max, ...shown) * 1.06, min: ({ min }) => Math.min(0, Math.floor(min * 10) / 10) },
    });
  },
});

panel({
  id: "spot",
  title: "Spot",
  note: "The underlying, with the levels at which the pool's gamma changes its sign and those at which it stands out. A wall of short gamma pushes spot away, one of long gamma holds it.",
  ready: ({ history }) => history.spot.length > 1,
  reading({ history, gamma, market }) {
    const [first, last] = [history.spot[0], history.spot.at(-1)];
    const change = last / first - 1;
    const flips = nearest(gamma, last).map(price);
    const moved = `${change < 0 ? "Down" : "Up"} ${percent(Math.abs(change), 1)} since the start`;
    return `${moved}; gamma ${flips.length ? `flips at ${list(flips)}` : "does not flip within 25 %"}${market ? "" : " (old)"}.`;
  },
  legend: (_, theme) => [
    { name: "spot", colour: theme.ink },
    { name: "flip", colour: partColour(1, theme), kind: "dash" },
    { name: "wall, short gamma", colour: theme.bad, kind: "dash" },
    { name: "wall, long gamma", colour: theme.good, kind: "dash" },
  ],
  option(frame, theme) {
    const spots = frame.history.spot;
    const [low, high] = [Math.min(...spots), Math.max(...spots)];
    const room = Math.max(0.6 * (high - low), 0.02 * high);
    const near = (at) => at > low - room && at < high + room;
    const flips = (frame.gamma?.flips ?? []).map(({ spot }) => ({ at: spot, word: `flip ${price(spot)}`, colour: partColour(1, theme) }));
    const walls = (frame.gamma?.walls ?? []).map(({ spot, gex }) => ({
      at: spot,
      word: `wall ${price(spot)}`,
      colour: gex < 0 ? theme.bad : theme.good,
    }));
    const rules = [...flips, ...walls].filter(({ at }) => near(at));
    return overTime(frame, theme, {
      name: "price",
      show: price,
      lines: [{ name: "spot", key: "spot", colour: theme.ink }],
      rules,
      more: {
        min: ({ min }) => Math.min(min, ...rules.map(({ at }) => at)) - 0.1 * room,
        max: ({ max }) => Math.max(max, ...rules.map(({ at }) => at)) + 0.1 * room,
        axisLabel: { formatter: price, showMinLabel: false, showMaxLabel: false },
      },
    });
  },
});

panel({
  id: "volatility",
  title: "Realised and quoted volatility",
  note: "Quoted at the money in the nearest expiry that has an hour left. Where realised is above quoted, options are sold for less than hedging them costs.",
  ready: ({ history }) => history.realised.length > 1,
  reading({ volatility, forecast }) {
    if (!volatility) return NONE;
    const { realised, quoted, base } = volatility;
    const next = forecast?.realised == null ? "" : `; ${percent(forecast.realised)} is forecast for the next ${span(forecast.horizon_s)}`;
    const charged = quoted == null || base == null ? 0 : quoted - base;
    const loop = Math.abs(charged) < 5e-4 ? "" : `, ${points(charged)} points of it for the loop`;
    return `Realised ${percent(realised)}, quoted ${percent(quoted)}${loop}${next}.`;
  },
  legend: (_, theme) => [
    { name: "realised", colour: partColour(1, theme) },
    { name: "quoted", colour: theme.accent },
  ],
  option: (frame, theme) =>
    overTime(frame, theme, {
      name: "a year",
      show: (value) => percent(value),
      lines: [
        { name: "realised", key: "realised", colour: partColour(1, theme) },
        { name: "quoted", key: "quoted", colour: theme.accent },
      ],
    }),
});

/** Where spot stands on an axis of categories that are prices. */
function placeOf(strikes, spot) {
  const above = strikes.findIndex((strike) => strike > spot);
  if (above <= 0) return above === 0 ? -0.5 : strikes.length - 0.5;
  return above - 1 + (spot - strikes[above - 1]) / (strikes[above] - strikes[above - 1]);
}

panel({
  id: "gex",
  title: "Gamma by strike and expiry",
  note: "Cash that hedging the pool's options trades when spot moves by 1 %. Below zero the pool is short gamma and trades with the move, which feeds it; above zero it trades against it.",
  ready: ({ gamma }) => Boolean(gamma?.by_strike.length),
  reading({ gamma, greeks }) {
    const sums = gamma.by_strike.map(({ strike, gex }) => ({ strike, gex: gex.reduce((a, b) => a + b, 0) }));
    const most = sums.reduce((a, b) => (Math.abs(b.gex) > Math.abs(a.gex) ? b : a));
    if (!greeks || most.gex === 0) return "The pool has no options.";
    return `${greeks.gex < 0 ? "Short" : "Long"} ${cash(Math.abs(greeks.gex))} for 1 %; most of it at ${price(most.strike)}.`;
  },
  legend: ({ gamma }, theme) => gamma.days.map((days, at) => ({ name: left(days), colour: partColour(at, theme), kind: "block" })),
  option({ gamma, market }, theme) {
    const strikes = gamma.by_strike.map(({ strike }) => strike);
    const series = gamma.days.map((days, at) => ({
      id: `expiry ${at}`,
      type: "bar",
      name: left(days),
      stack: "all",
      barCategoryGap: "28%",
      emphasis: { disabled: true },
      itemStyle: { color: partColour(at, theme) },
      data: gamma.by_strike.map(({ gex }) => gex[at]),
    }));
    const spot = market?.spot;
    if (spot != null)
      series.push({
        id: "spot",
        type: "custom",
        name: "spot",
        silent: true,
        data: [[0, 0]],
        encode: { x: -1, y: -1 },
        clip: false,
        z: 5,
        tooltip: { show: false },
        renderItem({ coordSys: box }, api) {
          const [first] = api.coord([0, 0]);
          const step = strikes.length > 1 ? api.coord([1, 0])[0] - first : 0;
          const x = Math.min(box.x + box.width, Math.max(box.x, first + step * placeOf(strikes, spot)));
          return {
            type: "group",
            children: [
              { type: "line", shape: { x1: x, x2: x, y1: box.y, y2: box.y + box.height }, style: { stroke: theme.soft, lineDash: [4, 4] } },
              { type: "text", style: { text: "spot", x, y: box.y - 14, fill: theme.soft, font: `11px ${FONT}`, textAlign: "center" } },
            ],
          };
        },
      });
    return {
      ...base(theme),
      grid: grid({ top: 18 }),
      tooltip: tip(theme, {
        trigger: "axis",
        axisPointer: { type: "shadow", shadowStyle: { opacity: 0.1 } },
        formatter: (bars) =>
          hover(`strike ${bars[0].axisValueLabel}`, [
            ...bars.filter(({ seriesType }) => seriesType === "bar").map((bar) => [bar.seriesName, cash(bar.value), bar.color]),
            ["all", cash(gamma.by_strike[bars[0].dataIndex]?.gex.reduce((a, b) => a + b, 0))],
          ]),
      }),
      xAxis: across(theme, "", { type: "category", data: strikes.map(price) }),
      yAxis: up(theme, "cash for 1 %", { axisLabel: { formatter: cashTick }, splitNumber: 4 }),
      series,
    };
  },
});

panel({
  id: "profile",
  title: "Gamma profile",
  note: "What the same book would be if spot stood elsewhere and implied volatility moved with it in moneyness. The flip is where it changes sign; walls are where it stands out.",
  ready: ({ gamma }) => Boolean(gamma?.profile.length),
  reading({ gamma, market }) {
    const flips = nearest(gamma, market.spot).map((spot) => `${price(spot)} (${spot > market.spot ? "+" : MINUS}${percent(Math.abs(spot / market.spot - 1), 1)})`);
    const walls = gamma.walls.map(({ spot }) => price(spot));
    const flipped = flips.length ? `Flips at ${list(flips)}` : `${gamma.profile[0].gex <= 0 ? "Short" : "Long"} gamma throughout`;
    return `${flipped}${walls.length ? `; walls at ${list(walls)}` : "; no wall"}.`;
  },
  legend: (_, theme) => [
    { name: "short gamma", colour: theme.bad, kind: "block" },
    { name: "long gamma", colour: theme.good, kind: "block" },
  ],
  option({ gamma, market }, theme) {
    const points = gamma.profile.map(({ spot, gex }) => [spot, gex]);
    const half = (name, colour, keep) => ({
      id: name,
      type: "line",
      name,
      data: points.map(([spot, gex]) => [spot, keep(gex) ? gex : 0]),
      showSymbol: false,
      emphasis: { disabled: true },
      lineStyle: { color: colour, width: 1.6 },
      itemStyle: { color: colour },
      areaStyle: { color: colour, opacity: 0.16, origin: 0 },
    });
    const mark = (name, data, colour, symbol) => ({ id: name, type: "scatter", name, symbol, symbolSize: 11, z: 6, data, itemStyle: { color: theme.paper, borderColor: colour, borderWidth: 2 } });
    const short = half("short gamma", theme.bad, (gex) => gex < 0);
    short.markLine = {
      silent: true,
      symbol: "none",
      animation: false,
      label: { show: true, position: "end", color: theme.soft, fontSize: 11, formatter: ({ name }) => name },
      data: market ? [{ xAxis: market.spot, name: "spot", lineStyle: { color: theme.soft, type: "dashed" } }] : [],
    };
    return {
      ...base(theme),
      grid: grid({ top: 18, right: 18 }),
      tooltip: tip(theme, {
        trigger: "axis",
        formatter: (found) => {
          const level = gamma.profile[found[0].dataIndex];
          return level
            ? hover(`spot at ${price(level.spot)}`, [
                ["cash for 1 %", cash(level.gex)],
                ["loop gain", level.gain == null ? null : fixed(level.gain, 3)],
              ])
            : "";
        },
      }),
      xAxis: across(theme, "", { min: "dataMin", max: "dataMax", axisLabel: { formatter: price, showMinLabel: false, showMaxLabel: false } }),
      yAxis: up(theme, "cash for 1 %", { axisLabel: { formatter: cashTick }, splitNumber: 4 }),
      series: [
        short,
        half("long gamma", theme.good, (gex) => gex > 0),
        mark("flip", gamma.flips.map(({ spot }) => [spot, 0]), partColour(1, theme), "circle"),
        mark("walls", gamma.walls.map(({ spot, gex }) => [spot, gex]), theme.ink, "diamond"),
      ],
    };
  },
});

panel({
  id: "buckets",
  title: "Loop gain by expiry, now and ahead",
  note: "Rows are the times up to each expiry since the one before. Columns: where spot is, and what the gain becomes if spot goes to that band, in deviations of the time to the expiry; this is what the skew charges for.",
  ready: ({ loop_gain }) => Boolean(loop_gain?.buckets.length),
  reading({ loop_gain }) {
    const { buckets } = loop_gain;
    const cells = buckets.flatMap(({ days, bands }) => bands.map((gain, band) => ({ days, gain, name: bandName(band, bands.length) })));
    const most = cells.reduce((a, b) => (b.gain > a.gain ? b : a), { gain: -Infinity });
    return `Worst: ${fixed(most.gain, 2)} up to ${left(most.days)}, spot ${most.name}.`;
  },
  option({ loop_gain }, theme, width) {
    const { buckets, thresholds } = loop_gain;
    const bands = Math.max(...buckets.map((bucket) => bucket.bands.length));
    const columns = ["now", ...Array.from({ length: bands }, (_, band) => bandMark(band, bands))];
    const cells = buckets.flatMap((bucket, row) =>
      [bucket.gain, ...bucket.bands].map((gain, column) => [
        column,
        row,
        gain,
        fixed(gain, 2),
        hover(`up to ${left(bucket.days)}, ${column ? `spot ${bandName(column - 1, bands)}` : "now"}`, [
          ["loop gain", fixed(gain, 4)],
          ["multiplies volatility by", column ? null : bucket.vol_multiplier == null ? "no bound" : fixed(bucket.vol_multiplier, 2)],
        ]),
      ]),
    );
    const dark = theme.dark;
    const colours = dark
      ? ["#2f6d4c", "#20282e", "#4d3f1c", "#8a5f18", "#b3402f", "#ff6b5c"]
      : ["#8fc9a8", "#f6f6f2", "#fbe9c4", "#f2b65a", "#dc6a4b", "#a3180f"];
    return heat(theme, {
      columns,
      rows: buckets.map(({ days }) => left(days)),
      cells,
      colours,
      bounds: [-thresholds[0] / 2, thresholds[2]],
      xName: "where spot goes",
      yName: "",
      label: width / columns.length > 34,
    });
  },
});
const bandMark = (band, bands) => {
  const away = band - (bands - 1) / 2;
  return away === 0 ? "stays" : `${away < 0 ? MINUS : "+"}${Math.abs(away)}${NARROW}\u03c3`;
};
const bandName = (band, bands) => {
  const away = band - (bands - 1) / 2;
  return away === 0 ? "where it is" : `${Math.abs(away)} \u03c3 ${away < 0 ? "lower" : "higher"}`;
};

/** What the surface's cells show: `quoted`, or `loop`, which is how much is quoted over the base. */
let surfaceShows = "quoted";
panel({
  id: "surface",
  title: "Implied volatility",
  wide: true,
  note: "The middle of the pool's quotes by strike and expiry, in per cent a year. Press the title to see how much of it is charged for the loop: points over the base surface.",
  press() {
    surfaceShows = surfaceShows === "quoted" ? "loop" : "quoted";
  },
  ready: ({ volatility }) => Boolean(volatility?.surface.length),
  reading({ volatility }) {
    const lines = volatility.surface.flatMap(({ days, lines }) => lines.map((line) => ({ days, ...line })));
    const charged = lines.filter(({ quoted }) => quoted != null);
    if (!charged.length) return "No price of the pool has a volatility.";
    const most = charged.reduce((a, b) => (Math.abs(b.quoted - b.base) > Math.abs(a.quoted - a.base) ? b : a));
    const shows = surfaceShows === "quoted" ? "Per cent a year" : "Points over the base surface";
    if (Math.abs(most.quoted - most.base) < 5e-5) return `${shows}; nothing is charged for the loop.`;
    return `${shows}; the loop moves it most at ${price(most.strike)} for ${left(most.days)}: ${percent(most.base, 1)} to ${percent(most.quoted, 1)}.`;
  },
  option({ volatility }, theme, width) {
    const { surface } = volatility;
    const strikes = [...new Set(surface.flatMap(({ lines }) => lines.map(({ strike }) => strike)))].sort((a, b) => a - b);
    const loop = surfaceShows === "loop";
    const cells = surface.flatMap(({ days, lines }, row) =>
      lines.map(({ strike, quoted, base }) => {
        const value = quoted == null ? null : 100 * (loop ? quoted - base : quoted);
        return [
          strikes.indexOf(strike),
          row,
          value,
          value == null ? NONE : fixed(value, loop ? 1 : 0),
          hover(`${left(days)}, strike ${price(strike)}`, [
            ["quoted", percent(quoted, 2)],
            ["base surface", percent(base, 2)],
            ["for the loop, points", quoted == null ? null : fixed(100 * (quoted - base), 2)],
          ]),
        ];
      }),
    );
    const values = cells.map((cell) => cell[2]).filter((value) => value != null);
    const most = Math.max(...values.map(Math.abs), 0.1);
    return heat(theme, {
      columns: strikes.map(price),
      rows: surface.map(({ days }) => left(days)),
      cells,
      colours: loop ? DIVERGING[theme.dark ? "dark" : "light"] : HEAT,
      bounds: loop ? [-most, most] : [Math.min(...values), Math.max(...values)],
      xName: "strike",
      yName: "",
      label: width / strikes.length > 30,
    });
  },
});

panel({
  id: "flow",
  title: "One-sided flow",
  note: "Half the dollar gamma bought from the pool of late over the flow at which the charge bends, the furthest from zero of all expiries. Beyond 1 the charge grows ever less: the flow is no longer answered.",
  ready: ({ history }) => history.flow.length > 1,
  reading({ loop_gain }) {
    if (!loop_gain?.buckets.length) return NONE;
    const most = loop_gain.buckets.reduce((a, b) => (Math.abs(b.flow_relative) > Math.abs(a.flow_relative) ? b : a));
    const full = Math.abs(most.flow_relative) / Math.hypot(1, most.flow_relative);
    const side = most.flow > 0 ? "bought from" : "sold to";
    return `${cash(Math.abs(most.flow))} of gamma ${side} the pool of late: ${percent(full)} of the most is charged.`;
  },
  legend: (_, theme) => [{ name: "flow / bend", colour: partColour(2, theme) }],
  option: (frame, theme) =>
    overTime(frame, theme, {
      name: "of the bend",
      show: (value) => fixed(value, 2),
      lines: [{ name: "flow", key: "flow", colour: partColour(2, theme), area: true }],
      rules: [{ at: 0, word: "", colour: theme.faint, type: "solid" }],
    }),
});

panel({
  id: "reserve",
  title: "Skew reserve",
  note: "What trades have paid for loop gain and revaluations have released: it backs the hedging that the loop causes.",
  ready: ({ history }) => history.skew_reserve.length > 1,
  reading: ({ reserves }) =>
    `${cash(reserves.skew_reserve)} kept of ${cash(reserves.skew_paid)} paid for loop gain; for flow ${cash(reserves.flow_reserve)} of ${cash(reserves.flow_paid)}.`,
  legend: (_, theme) => [{ name: "kept", colour: partColour(4, theme) }],
  option: (frame, theme) =>
    overTime(frame, theme, {
      name: "cash",
      show: cashTick,
      lines: [{ name: "kept", key: "skew_reserve", colour: partColour(4, theme), area: true }],
    }),
});
