// Designs: one name, colour, symbol and dash each, everywhere.

const KNOWN = [
  { test: /^open/i, name: "Open loop", light: "#1d2329", dark: "#e6e9ec", symbol: "circle", dash: [2, 3] },
  { test: /^static/i, name: "Static", light: "#66717c", dark: "#a3afba", symbol: "rect", dash: [7, 4] },
  {
    test: /^dynamic/i,
    name: "Dynamic skew",
    light: "#0068b5",
    dark: "#56b1f7",
    symbol: "circle",
    dash: null,
  },
  {
    test: /^active/i,
    name: "Active management",
    light: "#c24a00",
    dark: "#ff9248",
    symbol: "triangle",
    dash: null,
  },
  {
    test: /lyra/i,
    name: "Lyra-like",
    light: "#a83f86",
    dark: "#ec9fd1",
    symbol: "diamond",
    dash: [9, 3, 2, 3],
  },
  {
    test: /util|premia/i,
    name: "Utilisation curve",
    light: "#00795a",
    dark: "#37cb9e",
    symbol: "roundRect",
    dash: [4, 2],
  },
  { test: /^flat/i, name: "Flat mark-up", light: "#8a6a00", dark: "#e0bd46", symbol: "rect", dash: [3, 3] },
  {
    test: /^lift/i,
    name: "Lifted volatility",
    light: "#3d7f93",
    dark: "#7fd0e6",
    symbol: "diamond",
    dash: [8, 2, 2, 2],
  },
  {
    test: /^thin/i,
    name: "Random refusal",
    light: "#6650b5",
    dark: "#b3a2f5",
    symbol: "triangle",
    dash: [1, 3],
  },
  { test: /^cap/i, name: "Gamma cap", light: "#7b5a44", dark: "#cda58a", symbol: "roundRect", dash: [6, 3] },
  { test: /^delay/i, name: "Delay", light: "#6b7d1f", dark: "#c0d36a", symbol: "circle", dash: [2, 2] },
];
const SPARE = [
  { light: "#8a6a00", dark: "#e0bd46", symbol: "rect", dash: [3, 3] },
  { light: "#3d7f93", dark: "#7fd0e6", symbol: "diamond", dash: [8, 2, 2, 2] },
  { light: "#6650b5", dark: "#b3a2f5", symbol: "circle", dash: [1, 3] },
];
const designs = {};
(function name() {
  const seen = new Set();
  for (const wanted of ["headline", ...Object.keys(tables).sort()]) {
    for (const row of tables[wanted]?.rows ?? []) if (row.design != null) seen.add(row.design);
  }
  let spare = 0;
  for (const id of seen) {
    const known = KNOWN.find((known) => known.test.test(id));
    const taken = Object.values(designs).some((design) => design.look === known);
    const look = known && !taken ? known : SPARE[spare++ % SPARE.length];
    const rank = known && !taken ? KNOWN.indexOf(known) : KNOWN.length + spare;
    designs[id] = { id, look, rank, name: look.name ?? capital(id), symbol: look.symbol, dash: look.dash };
  }
})();
const designOf = (id) => designs[id] ?? { id, name: String(id), look: SPARE[0], symbol: "circle", rank: 99 };
const byDesign = (rows) => groups(rows, "design").sort((a, b) => designOf(a[0]).rank - designOf(b[0]).rank);
const designsOf = (rows) => byDesign(rows).map(([id]) => id);
