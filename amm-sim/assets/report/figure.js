// A figure: title, one sentence, choices, legend, chart, how to read it, its numbers.

/** What each figure of the page is: filled by the files after this one, in the page's order. */
const FIGURES = [];
/** Charts on the page. */
const drawn = [];
let theme = THEMES.light;
/** Whether the page is on paper, where figures are less tall. */
let paper = false;
const tall = (pixels) => (paper ? Math.round(0.7 * pixels) : pixels);

/**
 * Adds a figure. `table`: whose rows it draws. `choices(rows)`: [{key, label, values, initial, show}].
 * `pick(rows, state)`: the rows drawn. `reading`: one sentence of what is seen. `legend`: [{name, id} or
 * {name, colour, kind}]. `option`: the chart. `height`: pixels. `note`: how to read it.
 */
const figure = (spec) =>
  FIGURES.push({
    choices: () => [],
    pick: (rows) => rows,
    legend: () => [],
    height: () => tall(340),
    usable: () => true,
    ...spec,
  });

function mount(spec) {
  const table = tableOf(spec.table);
  const choices = spec.choices(table.rows).filter((choice) => choice.values.length > 1);
  const state = Object.fromEntries(
    spec.choices(table.rows).map((choice) => [choice.key, choice.initial ?? choice.values[0]]),
  );
  const parts = {
    reading: element("p", { class: "reading" }),
    choices: element("div", { class: "bar" }),
    legend: element("div", { class: "legend" }),
    chart: element("div", { class: "chart", role: "img", "aria-label": spec.title }),
  };
  const figure = element(
    "figure",
    { id: `fig-${spec.id}` },
    element("figcaption", {}, element("h3", {}, spec.title), parts.reading),
    parts.choices,
    parts.legend,
    parts.chart,
    foot(spec.note, table),
    numbers(table),
  );
  const hidden = new Set();
  let chart = null;

  function offer() {
    parts.choices.replaceChildren(
      ...choices.map((choice) =>
        choose(choice, state, () => {
          offer();
          draw();
        }),
      ),
    );
  }
  function draw() {
    const rows = spec.pick(table.rows, state);
    const width = parts.chart.clientWidth || 680;
    const reading = spec.reading(rows, state);
    parts.reading.textContent = reading;
    const entries = spec.legend(rows, state, theme);
    parts.legend.replaceChildren(...entries.map((entry) => key(entry, hidden, draw)));
    const height = spec.height(rows, state, width);
    parts.chart.style.height = `${height}px`;
    chart ??= echarts.init(parts.chart, null, { renderer: "svg", width, height });
    chart.resize({ width, height, silent: true });
    const option = spec.option(rows, state, theme, width);
    option.legend = {
      show: false,
      data: entries.map((entry) => entry.name),
      selected: Object.fromEntries([...hidden].map((name) => [name, false])),
    };
    // Hidden by hand: a legend of the library knows only series that it lists.
    option.series = option.series.filter((series) => !hidden.has(series.name));
    chart.clear();
    chart.setOption(option, { notMerge: true });
    spec.after?.(rows, state);
  }
  offer();
  drawn.push(draw);
  return { figure, draw };
}

/** A row of buttons, or a list if there are many. */
function choose(choice, state, changed) {
  const show = choice.show ?? String;
  const set = (value) => {
    state[choice.key] = value;
    changed();
  };
  if (choice.values.length > (choice.most ?? 6)) {
    const options = choice.values.map((value, at) =>
      element("option", { value: at, selected: state[choice.key] === value }, show(value)),
    );
    return element(
      "label",
      { class: "choice" },
      choice.label,
      element("select", { onchange: (event) => set(choice.values[event.target.value]) }, options),
    );
  }
  const buttons = choice.values.map((value) =>
    element(
      "button",
      { type: "button", "aria-pressed": String(state[choice.key] === value), onclick: () => set(value) },
      show(value),
    ),
  );
  return element(
    "div",
    { class: "choice", role: "group", "aria-label": choice.label },
    element("span", {}, choice.label),
    element("span", { class: "set" }, buttons),
  );
}

/** An entry of a legend: a click hides and shows its series. */
function key(entry, hidden, draw) {
  const mark = entry.id == null ? swatch(entry) : markOf(entry.id, entry.kind);
  if (entry.fixed) return element("span", {}, mark, entry.name);
  const toggle = () => {
    hidden.has(entry.name) ? hidden.delete(entry.name) : hidden.add(entry.name);
    draw();
  };
  return element(
    "button",
    {
      type: "button",
      "aria-pressed": String(!hidden.has(entry.name)),
      onclick: toggle,
      title: "hide or show",
    },
    mark,
    entry.name,
  );
}
const SVG = "http://www.w3.org/2000/svg";
function vector(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value != null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
/** The design's line and symbol; `kind` "bar" is a square of its colour. */
function markOf(id, kind = "line") {
  const colour = colourOf(id, theme),
    design = designOf(id);
  if (kind === "bar") return swatch({ colour });
  const dash = design.dash?.join(" ");
  const r = 4;
  const shapes = {
    rect: () => vector("rect", { x: 13 - r, y: 7 - r, width: 2 * r, height: 2 * r }),
    roundRect: () => vector("rect", { x: 13 - r, y: 7 - r, width: 2 * r, height: 2 * r, rx: 2.5 }),
    triangle: () => vector("path", { d: "M13 2.4 17.6 10.8 8.4 10.8Z" }),
    diamond: () => vector("path", { d: "M13 1.8 18.2 7 13 12.2 7.8 7Z" }),
  };
  const shape = (shapes[design.symbol] ?? (() => vector("circle", { cx: 13, cy: 7, r })))();
  shape.setAttribute("fill", colour);
  const stroke =
    kind === "dot"
      ? []
      : [
          vector("line", {
            x1: 0,
            x2: 26,
            y1: 7,
            y2: 7,
            stroke: colour,
            "stroke-width": 2,
            "stroke-dasharray": dash,
          }),
        ];
  return vector(
    "svg",
    {
      width: kind === "dot" ? 12 : 26,
      height: 14,
      viewBox: kind === "dot" ? "7 0 12 14" : "0 0 26 14",
      "aria-hidden": "true",
    },
    ...stroke,
    shape,
  );
}
function swatch({ colour, dashed }) {
  return dashed
    ? vector(
        "svg",
        { width: 26, height: 14, "aria-hidden": "true" },
        vector("line", {
          x1: 0,
          x2: 26,
          y1: 7,
          y2: 7,
          stroke: colour,
          "stroke-width": 1.6,
          "stroke-dasharray": "5 4",
        }),
      )
    : vector(
        "svg",
        { width: 12, height: 12, "aria-hidden": "true" },
        vector("rect", { width: 12, height: 12, rx: 2, fill: colour }),
      );
}
/** Legend entries of all designs in some rows. */
const legendOf = (rows, kind) => designsOf(rows).map((id) => ({ name: designOf(id).name, id, kind }));

function foot(note, table) {
  const shown =
    table.rows.length < table.total && !table.name.startsWith("replay_error")
      ? `${bare(table.rows.length)} of ${bare(table.total)} rows drawn`
      : `${bare(table.total)} row${table.total === 1 ? "" : "s"}`;
  return element(
    "p",
    { class: "foot" },
    note ? `${note} ` : "",
    "Table ",
    element("code", {}, table.file),
    `, ${shown}.`,
  );
}
/** The numbers behind a figure, made when they are asked for. */
function numbers(table) {
  const most = 300;
  const box = element("div", { class: "scroll" });
  const details = element("details", {}, element("summary", {}, "Numbers"), box);
  details.addEventListener("toggle", () => {
    if (box.childElementCount) return;
    const heads = table.columns.map((column) =>
      element(
        "th",
        { class: column.holds === "text" ? "words" : null, title: column.meaning, scope: "col" },
        column.name,
        element("small", {}, column.unit),
      ),
    );
    const cells = (row) =>
      table.columns.map((column) =>
        element(
          "td",
          { class: column.holds === "text" ? "words" : null },
          row[column.name] == null ? NONE : signed(String(row[column.name])),
        ),
      );
    const body = table.rows.slice(0, most).map((row) => element("tr", {}, cells(row)));
    box.append(
      element("table", {}, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, body)),
    );
    if (table.rows.length > most)
      box.append(
        element("p", { class: "soft" }, `The first ${most}; the rest is in tables/${table.file}.csv.`),
      );
  });
  return details;
}

/** The choice of leakage, if the table has it: one half first. */
function leakage(rows) {
  const values = distinct(rows, "ell");
  return values.length
    ? [
        {
          key: "ell",
          label: "Leakage \u2113",
          values,
          initial: values.includes(0.5) ? 0.5 : values[0],
          show: share,
        },
      ]
    : [];
}
const atLeakage = (rows, state) => ("ell" in state ? rows.filter((row) => row.ell === state.ell) : rows);
/** The design that others are measured against. */
const baseline = () =>
  designs[SUMMARY.baseline] ? SUMMARY.baseline : Object.keys(designs).find((id) => /^static/i.test(id));
