// What all charts share: colours of the theme, axes, whiskers and bands.

const THEMES = {
  light: {
    dark: false,
    paper: "#fdfdfb",
    panel: "#ffffff",
    ink: "#1d2329",
    soft: "#58636e",
    faint: "#9aa3ab",
    line: "#e2e4e0",
    accent: "#0b5cad",
    good: "#14713d",
    bad: "#b3261e",
  },
  dark: {
    dark: true,
    paper: "#14181c",
    panel: "#222930",
    ink: "#e6e9ec",
    soft: "#a7b1bb",
    faint: "#6d7883",
    line: "#2c343b",
    accent: "#6cb2f5",
    good: "#5fcf8f",
    bad: "#ff8f83",
  },
};
const FONT =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif';
const colourOf = (id, theme) => designOf(id).look[theme.dark ? "dark" : "light"];
/** For parts of a whole, which no design's colour may stand for. */
const PARTS = {
  light: [
    "#4e79a7",
    "#e0a13c",
    "#6aa28f",
    "#b07aa1",
    "#9c755f",
    "#8e9aa5",
    "#d0605e",
    "#7f7f3d",
    "#86bcb6",
    "#c58fb0",
  ],
  dark: [
    "#7ba7d6",
    "#efbf6c",
    "#8ccab4",
    "#cf9fc2",
    "#c49b83",
    "#aab4be",
    "#ea8886",
    "#b0b066",
    "#a6d8d2",
    "#e2b3d0",
  ],
};
const partColour = (at, theme) => PARTS[theme.dark ? "dark" : "light"][at % 10];
/** Cividis, which reads the same without colour. */
const HEAT = ["#00224e", "#2a3f6d", "#575c6d", "#7d7c78", "#a69d75", "#d3c164", "#fee838"];
const DIVERGING = {
  light: ["#b35806", "#f1a340", "#fee0b6", "#f7f7f7", "#d8daeb", "#998ec3", "#542788"],
  dark: ["#f1a340", "#b3731f", "#6b4a20", "#262c32", "#4a4370", "#8377b8", "#b9aef0"],
};

/** A logarithmic axis if the values can stand on one. */
function ratio(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return { type: low > 1e-12 && high < 1e18 ? "log" : "value" };
}
/** The lowest of an axis that must show a level, below it only if the data are. */
const reach = (level) => ({
  min: ({ min, max }) => (min < level - 0.03 * (max - min) ? Math.floor(min * 20) / 20 : level),
  max: ({ max }) => (max > level ? null : Math.ceil(level * 20) / 20),
});

/** An option that every chart begins with. */
function base(theme, more = {}) {
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: FONT, fontSize: 12, color: theme.ink },
    grid: grid(),
    legend: { show: false },
    tooltip: tip(theme),
    ...more,
  };
}
const grid = (more = {}) => ({
  left: 4,
  right: 14,
  top: 12,
  bottom: 4,
  outerBoundsMode: "same",
  outerBoundsContain: "all",
  ...more,
});
const tip = (theme, more = {}) => ({
  confine: true,
  transitionDuration: 0,
  backgroundColor: theme.panel,
  borderColor: theme.line,
  padding: [7, 11],
  textStyle: { color: theme.ink, fontSize: 12.5, fontFamily: FONT },
  extraCssText:
    "box-shadow:0 2px 10px rgba(0,0,0,.12);border-radius:6px;line-height:1.5;max-width:340px;white-space:normal;font-variant-numeric:tabular-nums",
  axisPointer: { lineStyle: { color: theme.faint }, crossStyle: { color: theme.faint } },
  ...more,
});
/** A head and lines of name and value for a tooltip. */
function hover(head, lines) {
  const rows = lines
    .filter((line) => line && line[1] != null)
    .map(
      ([name, value, colour]) =>
        `<tr><td style="padding:0 14px 0 0;border:0;text-align:left;color:inherit">${colour ? `<span style="display:inline-block;width:9px;height:9px;border-radius:5px;margin-right:7px;background:${colour}"></span>` : ""}${escaped(name)}</td><td style="padding:0;border:0;text-align:right">${escaped(value)}</td></tr>`,
    );
  return `<b style="font-weight:600">${escaped(head)}</b><table style="font-size:12px;width:auto">${rows.join("")}</table>`;
}

function axis(theme, name, more = {}) {
  const { axisLabel, splitLine, ...rest } = more;
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 14,
    nameTextStyle: { color: theme.soft, fontSize: 12 },
    axisLine: { show: false, onZero: false, lineStyle: { color: theme.faint } },
    axisTick: { show: false },
    axisLabel: {
      color: theme.soft,
      fontSize: 12,
      hideOverlap: true,
      formatter: rest.type === "category" ? undefined : tick,
      ...axisLabel,
    },
    splitLine: { show: true, lineStyle: { color: theme.line }, ...splitLine },
    minorSplitLine: { show: false },
    ...rest,
  };
}
/** The axis along the bottom: a line, no grid. */
const across = (theme, name, more = {}) =>
  axis(theme, name, {
    nameGap: 28,
    ...more,
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.faint } },
    axisTick: { show: true, lineStyle: { color: theme.faint } },
    splitLine: { show: false, ...more.splitLine },
  });
/** The axis up the side; its name stands above it, across. */
const up = (theme, name, more = {}) => axis(theme, name, { nameLocation: "middle", nameRotate: 90, ...more });

/** A straight line through a chart, with a word. */
function rule(theme, at, word, more = {}) {
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: more.colour ?? theme.soft, type: more.type ?? "dashed", width: more.width ?? 1 },
    label: {
      show: Boolean(word),
      formatter: word,
      color: theme.soft,
      fontSize: 11.5,
      position: more.position ?? "insideEndTop",
      distance: 4,
    },
    data: [at],
  };
}

/** Whiskers: rows of [at, low, high], along y unless `along` is "x". `offset` moves them in pixels. */
function whiskers(
  name,
  colour,
  rows,
  { along = "y", width = 1.4, cap = 4, offset = 0, z = 4, ...more } = {},
) {
  const first = along === "y" ? 0 : 1;
  return {
    type: "custom",
    name,
    data: rows.filter((row) => row[1] != null && row[2] != null),
    encode: along === "y" ? { x: 0, y: [1, 2] } : { y: 0, x: [1, 2] },
    silent: true,
    clip: true,
    z,
    tooltip: { show: false },
    itemStyle: { color: colour },
    renderItem(_, api) {
      const at = api.value(0);
      const ends = [api.value(1), api.value(2)].map((end) => api.coord(first === 0 ? [at, end] : [end, at]));
      return {
        type: "group",
        children: bars(ends, first === 0, cap, offset, { stroke: colour, lineWidth: width }),
      };
    },
    ...more,
  };
}
/** The line and two caps between two points. */
function bars([[x1, y1], [x2, y2]], upright, cap, offset, style) {
  const shapes = upright
    ? [
        [x1 + offset, y1, x2 + offset, y2],
        [x1 + offset - cap, y1, x1 + offset + cap, y1],
        [x2 + offset - cap, y2, x2 + offset + cap, y2],
      ]
    : [
        [x1, y1 + offset, x2, y2 + offset],
        [x1, y1 + offset - cap, x1, y1 + offset + cap],
        [x2, y2 + offset - cap, x2, y2 + offset + cap],
      ];
  return shapes.map(([x1, y1, x2, y2]) => ({ type: "line", shape: { x1, y1, x2, y2 }, style }));
}

/** A band between lows and highs: rows of [x, low, high] in order of x. */
function band(name, colour, rows, opacity = 0.16) {
  const whole = rows.filter((row) => row[1] != null && row[2] != null);
  return {
    type: "custom",
    name,
    data: whole,
    encode: { x: 0, y: [1, 2] },
    silent: true,
    clip: true,
    z: 1,
    tooltip: { show: false },
    itemStyle: { color: colour },
    renderItem(params, api) {
      if (params.context.drawn) return null;
      params.context.drawn = true;
      const highs = whole.map((row) => api.coord([row[0], row[2]]));
      const lows = whole.map((row) => api.coord([row[0], row[1]])).reverse();
      return { type: "polygon", shape: { points: [...highs, ...lows] }, style: { fill: colour, opacity } };
    },
  };
}
/** A line of a design. */
function line(id, theme, data, more = {}) {
  const design = designOf(id),
    colour = colourOf(id, theme);
  return {
    type: "line",
    name: design.name,
    data,
    symbol: design.symbol,
    symbolSize: 7,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 2, type: design.dash ?? "solid" },
    emphasis: { disabled: true },
    z: 3,
    ...more,
  };
}

/** Values with whiskers in rows of names: one series a design, side by side within a row.
 *  `rows` has `at` (the row's place), `value`, `low`, `high`, and `hollow`. */
function dots(
  id,
  theme,
  rows,
  place,
  count,
  { show = plain, heads = [], name, colour, symbol, bare = false } = {},
) {
  const paint = colour ?? colourOf(id, theme);
  const shape = symbol ?? designOf(id).symbol;
  const label = name ?? designOf(id).name;
  return {
    type: "custom",
    name: label,
    data: rows
      .filter((row) => row.value != null)
      .map((row) => ({
        value: [row.value, row.at, row.low ?? row.value, row.high ?? row.value],
        hollow: row.hollow,
      })),
    encode: { x: [0, 2, 3], y: 1 },
    itemStyle: { color: paint },
    z: 4,
    clip: true,
    renderItem(params, api) {
      const [x, y] = api.coord([api.value(0), api.value(1)]);
      const height = api.size([0, 1])[1];
      const step = Math.min(15, (0.72 * height) / count);
      const at = y + (place - (count - 1) / 2) * step;
      const ends = [2, 3].map((end) => [api.coord([api.value(end), api.value(1)])[0], at]);
      const children =
        api.value(2) < api.value(3)
          ? bars(ends, false, Math.min(4, step / 3), 0, { stroke: paint, lineWidth: 1.5 })
          : [];
      const hollow = rows.filter((row) => row.value != null)[params.dataIndex]?.hollow;
      const style = hollow
        ? { fill: theme.paper, stroke: paint, lineWidth: 1.6 }
        : { fill: paint, stroke: theme.paper, lineWidth: 1 };
      children.push(shapeAt(shape, x, at, Math.min(5, Math.max(3.5, step / 2.2)), style));
      return { type: "group", children };
    },
    tooltip: {
      formatter: ({ dataIndex }) => {
        const row = rows.filter((row) => row.value != null)[dataIndex];
        const interval = within(row.low, row.high, show);
        return hover(heads[row.at] ?? label, [
          [bare ? "value" : label, show(row.value), paint],
          interval && ["95 % interval", interval],
          ...(row.more ?? []),
        ]);
      },
    },
  };
}
function shapeAt(symbol, x, y, r, style) {
  switch (symbol) {
    case "rect":
    case "roundRect":
      return {
        type: "rect",
        shape: { x: x - r, y: y - r, width: 2 * r, height: 2 * r, r: symbol === "rect" ? 0 : r / 1.6 },
        style,
      };
    case "triangle":
      return {
        type: "polygon",
        shape: {
          points: [
            [x, y - 1.15 * r],
            [x + 1.15 * r, y + 0.95 * r],
            [x - 1.15 * r, y + 0.95 * r],
          ],
        },
        style,
      };
    case "diamond":
      return {
        type: "polygon",
        shape: {
          points: [
            [x, y - 1.3 * r],
            [x + 1.3 * r, y],
            [x, y + 1.3 * r],
            [x - 1.3 * r, y],
          ],
        },
        style,
      };
    default:
      return { type: "circle", shape: { cx: x, cy: y, r }, style };
  }
}
/** A category axis of rows from top to bottom. */
const rowsAxis = (theme, names, more = {}) =>
  axis(theme, "", {
    type: "category",
    data: names,
    inverse: true,
    axisLabel: { color: theme.ink, interval: 0, hideOverlap: false, ...more.axisLabel },
    splitLine: { show: false },
    ...more.rest,
  });
