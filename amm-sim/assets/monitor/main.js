// The page: what it is made of, its theme, and the events that it follows.

const page = document.getElementById("page");
const parts = {
  title: element("h1", {}, "amm monitor"),
  why: element("p", { class: "why" }),
  facts: element("ul", { class: "meta" }),
  link: element("span", { class: "pill lost", id: "link", role: "status" }, "connecting"),
  theme: element("button", { type: "button", class: "toggle", id: "theme" }),
  verdict: element("section", { id: "verdict", class: "calm", role: "status", "aria-live": "polite" }),
  tiles: element("section", { id: "tiles", "aria-label": "Figures" }),
  wall: element("section", { id: "wall", "aria-label": "Charts" }),
  changes: element("section", { id: "changes", class: "panel wide" }),
  tables: element("section", { id: "tables", "aria-label": "Tables" }),
};
const mounted = PANELS.map(mount);
page.replaceChildren(
  element(
    "header",
    { class: "mast" },
    element("div", {}, parts.title, parts.why, parts.facts),
    element("div", { class: "corner" }, parts.link, parts.theme),
  ),
  parts.verdict,
  parts.tiles,
  parts.wall,
  parts.tables,
);
parts.wall.append(...mounted.map(({ box }) => box), parts.changes);

/** The last frame, whether its charts are drawn, and when the server was last heard. */
let last = null;
let due = false;
let heard = 0;
let connected = false;

/** Charts are drawn this seldom: an eye needs no more, and a small machine can do it. */
const REDRAW_MS = 500;

/** Puts words where they differ from what stands there, so that nothing flickers and readers are not told twice. */
function fill(place, ...children) {
  const made = element(place.tagName, {}, ...children);
  if (made.innerHTML !== place.innerHTML) place.replaceChildren(...made.childNodes);
}

/** Shows a frame: words at once, charts soon. */
function show(frame) {
  last = frame;
  due = true;
  const { source, level } = frame;
  fill(parts.title, source.title || "amm monitor");
  fill(parts.why, source.why);
  fill(parts.facts, mast(frame).map((fact) => element("li", {}, fact)));
  parts.verdict.className = level;
  fill(parts.verdict, ...verdict(frame));
  fill(parts.tiles, ...tiles(frame));
  fill(parts.changes, ...changed(frame));
  fill(parts.tables, ...tables(frame));
  document.title = `${level === "calm" ? "" : `${MARKS[level]} ${SAID[level]}: `}${source.title || "amm monitor"}`;
  linked();
}

/** Says whether what is shown is how things are. */
function linked() {
  const silent = Math.round((Date.now() - heard) / 1000);
  const state = last?.source.state;
  const [kind, word] = !connected
    ? ["lost", heard ? "connection lost" : "connecting"]
    : silent > 8
      ? ["lost", `no word for ${silent}${NARROW}s`]
      : [state === "failed" ? "failed" : state === "running" ? "live" : "still", STATES[state] ?? "waiting"];
  parts.link.className = `pill ${kind}`;
  fill(parts.link, word);
  page.classList.toggle("stale", kind === "lost" && last !== null);
}

function draw() {
  if (!last || !due || document.hidden) return;
  due = false;
  for (const { draw } of mounted) draw(last);
  document.documentElement.dataset.drawn = last.number;
}

// Themes.

const system = matchMedia("(prefers-color-scheme: dark)");
let chosen = null; // by hand: "light" or "dark"
const wanted = () => chosen ?? (system.matches ? "dark" : "light");
function paint() {
  theme = THEMES[wanted()];
  document.documentElement.dataset.theme = wanted();
  parts.theme.textContent = wanted() === "dark" ? "Light" : "Dark";
  redraw();
}
function redraw() {
  for (const { forget } of mounted) forget();
  due = true;
  draw();
}
parts.theme.addEventListener("click", () => {
  chosen = wanted() === "dark" ? "light" : "dark";
  paint();
});
system.addEventListener("change", () => chosen ?? paint());

// Events: the browser comes again by itself when a connection is lost.

const events = new EventSource("/events");
const word = () => {
  heard = Date.now();
  connected = true;
};
events.addEventListener("open", () => {
  word();
  linked();
});
events.addEventListener("beat", () => {
  word();
  linked();
});
events.addEventListener("frame", ({ data }) => {
  word();
  show(JSON.parse(data));
  if (document.documentElement.dataset.drawn === undefined) draw();
});
events.addEventListener("error", () => {
  connected = false;
  linked();
});

paint();
setInterval(draw, REDRAW_MS);
setInterval(linked, 1000);
addEventListener("visibilitychange", draw);
let width = page.clientWidth;
new ResizeObserver(() => {
  if (page.clientWidth === width) return;
  width = page.clientWidth;
  requestAnimationFrame(redraw);
}).observe(page);
document.documentElement.dataset.ready = "true";
