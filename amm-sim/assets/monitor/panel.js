// A panel: a title, one sentence, a chart that is drawn again when there is something new.

/** What the panels of the page are, in its order: filled by the files after this one. */
const PANELS = [];

/**
 * Adds a panel. `ready(frame)`: whether there is something to draw. `reading(frame)`: one sentence of what is
 * seen. `legend(frame, theme)`: [{name, colour, kind}]. `option(frame, theme)`: the chart. `note`: how to
 * read it. `press`: what pressing the title changes. `wide`: two columns.
 */
const panel = (spec) => PANELS.push({ ready: () => true, legend: () => [], ...spec });

/** Charts are less tall where four stand side by side, so that a wall's screen shows all of them. */
const tall = () => (innerWidth >= 1800 ? 190 : 230);

let theme = THEMES.light;

function mount(spec) {
  const parts = {
    reading: element("p", { class: "reading" }),
    legend: element("div", { class: "legend" }),
    chart: element("div", { class: "chart", role: "img", "aria-label": spec.title }),
  };
  const box = element(
    "figure",
    { id: `fig-${spec.id}`, class: spec.wide ? "panel wide" : "panel", title: spec.note },
    element("figcaption", {}, element("h3", {}, pressed(spec, () => last && draw(last))), parts.legend),
    parts.reading,
    parts.chart,
  );
  let chart = null;
  let size = "";

  function draw(frame) {
    const usable = spec.ready(frame);
    box.classList.toggle("empty", !usable);
    parts.reading.textContent = usable ? spec.reading(frame) : "Nothing to show yet.";
    if (!usable) return chart?.clear();
    const entries = spec.legend(frame, theme);
    parts.legend.replaceChildren(...entries.map(key));
    const [width, height] = [parts.chart.clientWidth || 420, tall()];
    if (size !== `${width} ${height}`) {
      parts.chart.style.height = `${height}px`;
      chart ??= echarts.init(parts.chart, null, { renderer: "svg", width, height });
      chart.resize({ width, height, silent: true });
      size = `${width} ${height}`;
    }
    chart.setOption(spec.option(frame, theme, width), { replaceMerge: ["series"] });
  }
  /** Forgets what was drawn: another theme leaves nothing as it was. */
  const forget = () => chart?.clear();
  return { box, draw, forget };
}

/** A title, which is a button if it can be pressed. */
const pressed = (spec, then) =>
  spec.press
    ? element(
        "button",
        {
          type: "button",
          onclick: () => {
            spec.press();
            then();
          },
        },
        spec.title,
      )
    : spec.title;

/** One entry of a legend: a line, a dashed line or a block with its name. */
const key = ({ name, colour, kind = "line" }) =>
  element("span", {}, element("i", { class: `swatch ${kind}`, style: `color:${colour}` }), name);

// What the charts of this page share.

const LEVELS = ["calm", "watch", "warning", "alarm"];
const levelColour = (level, theme) =>
  ({ calm: theme.good, watch: theme.accent, warning: theme.dark ? "#e5b454" : "#b07400", alarm: theme.bad })[level];

/** The time of a run along the bottom, with the day where that is not plain. */
const times = (theme, { time_s }) => {
  const span = time_s.length ? time_s.at(-1) - time_s[0] : 0;
  const date = (at) => day(at / 1000).replace(/ \d+$/, "");
  const midnight = (at) => at % 86400000 === 0;
  const shown = (at) => (midnight(at) || span > 5 * 86400 ? date(at) : `${span > 86400 ? `${date(at)} ` : ""}${clock(at / 1000)}`);
  return across(theme, "", { type: "time", min: "dataMin", max: "dataMax", axisLabel: { formatter: shown } });
};
const track = (history, key) => history.time_s.map((time, at) => [1000 * time, history[key][at]]);
const moment = (at) => `${day(at / 1000)}, ${clock(at / 1000)}`;

/** A chart over time. `lines`: [{name, key, colour, dash, area}]; `rules`: [{at, word, colour}]. */
function overTime(frame, theme, { lines, rules = [], show, name, more = {} }) {
  const history = frame.history;
  return {
    ...base(theme, { useUTC: true }),
    grid: grid({ right: 18, top: 10 }),
    tooltip: tip(theme, {
      trigger: "axis",
      formatter: (points) =>
        hover(
          moment(points[0].value[0]),
          points.map((point) => [point.seriesName, point.value[1] == null ? NONE : show(point.value[1]), point.color]),
        ),
    }),
    xAxis: times(theme, history),
    yAxis: up(theme, name, { scale: true, axisLabel: { formatter: show }, splitNumber: 4, ...more }),
    series: lines.map(({ name, key, colour, dash, area, width = 2 }, at) => ({
      id: key,
      type: "line",
      name,
      data: track(history, key),
      showSymbol: false,
      connectNulls: true,
      emphasis: { disabled: true },
      itemStyle: { color: colour },
      lineStyle: { color: colour, width, type: dash ? "dashed" : "solid" },
      areaStyle: area ? { color: colour, opacity: 0.1 } : undefined,
      markLine: at
        ? undefined
        : {
            silent: true,
            symbol: "none",
            animation: false,
            label: { show: true, position: "insideStartTop", distance: 2, fontSize: 11, color: theme.soft, formatter: ({ name }) => name },
            data: rules.map(({ at, word, colour, type = "dashed" }) => ({
              yAxis: at,
              name: word,
              lineStyle: { color: colour ?? theme.faint, type, width: 1 },
            })),
          },
    })),
  };
}

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

/** A table of coloured cells. `cells`: [[column, row, value, text, tip]]. */
function heat(theme, { columns, rows, cells, colours, bounds, xName, yName, label }) {
  const [low, high] = bounds;
  return {
    ...base(theme),
    grid: grid({ right: 6, top: 8 }),
    tooltip: tip(theme, { formatter: ({ data }) => data.tip }),
    xAxis: { ...across(theme, xName, { type: "category", data: columns, nameGap: 26, axisLabel: { interval: 0, hideOverlap: true } }), axisTick: { show: false }, axisLine: { show: false } },
    yAxis: axis(theme, yName, { type: "category", data: rows, inverse: true, nameGap: 10, splitLine: { show: false }, axisLabel: { color: theme.ink } }),
    visualMap: { show: false, min: low, max: high, inRange: { color: colours } },
    series: [
      {
        id: "cells",
        type: "heatmap",
        itemStyle: { borderColor: theme.paper, borderWidth: 1.5 },
        emphasis: { itemStyle: { borderColor: theme.ink } },
        label: { show: label, fontSize: 11, formatter: ({ data }) => data.text },
        data: cells.map(([column, row, value, text, tip]) => ({
          value: [column, row, value],
          text,
          tip,
          label: { color: value == null ? theme.soft : contrast(colours, (value - low) / (high - low || 1)) },
        })),
      },
    ],
  };
}

/** Days to an expiry, short. */
const left = (days) => (days < 2 ? `${fixed(24 * days, 0)}${NARROW}h` : `${days < 10 ? fixed(days, 1) : fixed(days, 0)}${NARROW}d`);
