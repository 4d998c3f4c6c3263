// The page, in order; its theme; its life on paper.

const SECTIONS = [
  ["headline", "In short"],
  ["loop", "What the loop does to spot"],
  ["cost", "Why it is damped, and what that costs"],
  ["market", "In the market"],
  ["real", "On real data"],
  ["sweep", "Across parameters"],
  ["trust", "Can it be trusted?"],
];

function section(id, title) {
  const children = [];
  if (id === "headline") {
    const said = lead();
    if (said.length)
      children.push(
        element(
          "ul",
          { class: "lead" },
          said.map(({ text, kind }) => element("li", { class: kind }, text)),
        ),
      );
    if (!tableOf("headline"))
      children.push(
        element(
          "p",
          { class: "soft" },
          "This run compares no designs: it has no table ",
          element("code", {}, "headline"),
          ".",
        ),
      );
  }
  const draws = [];
  for (const spec of FIGURES.filter((spec) => spec.section === id && tableOf(spec.table))) {
    const { figure, draw } = mount(spec);
    children.push(figure);
    draws.push(draw);
  }
  if (id === "headline" && tableOf("headline")) children.push(headline());
  if (id === "headline") children.push(terms(), ...notes());
  if (id === "cost" && tableOf("quality")) children.push(quality(tableOf("quality")));
  if (id === "trust") {
    const table = tableOf("validation");
    if (table) children.push(validation(table));
    children.push(heading("What would prove us wrong"), falsifiers(), heading("Do it again"), reproduction());
    const missing = absent(),
      rest = others();
    if (missing) children.push(heading("Not drawn"), missing);
    if (rest.length) children.push(heading("Other tables"), ...rest);
  }
  if (!children.length) return null;
  return { element: element("section", { id }, element("h2", {}, title), children), draws, id, title };
}
const heading = (text) => element("h3", { style: "margin-top:36px" }, text);

const system = matchMedia("(prefers-color-scheme: dark)");
let chosen = null; // by hand: "light" or "dark"
function paint(name) {
  theme = THEMES[name];
  document.documentElement.dataset.theme = name;
  for (const draw of drawn) draw();
}
const wanted = () => chosen ?? (system.matches ? "dark" : "light");

(function build() {
  const page = document.getElementById("page");
  const word = () => (wanted() === "dark" ? "Light" : "Dark");
  const toggle = element(
    "button",
    {
      type: "button",
      class: "toggle",
      id: "theme",
      onclick: () => {
        chosen = wanted() === "dark" ? "light" : "dark";
        paint(chosen);
        toggle.textContent = word();
      },
    },
    word(),
  );
  const { title, why, sample, paths, blocks, block_s, seed, version } = SUMMARY;
  const facts = [
    paths && `${bare(paths)} paths of each design`,
    blocks && `${bare(blocks)} blocks${block_s ? ` of ${span(block_s)}` : ""}`,
    seed && `seed ${seed}`,
    version && `version ${version}`,
  ].filter(Boolean);
  document.documentElement.dataset.theme = wanted();
  theme = THEMES[wanted()];
  const sections = SECTIONS.map(([id, title]) => section(id, title)).filter(Boolean);
  page.replaceChildren(
    element("div", { class: "top" }, element("h1", {}, title || "Run"), toggle),
    ...(why ? [element("p", { class: "why" }, why)] : []),
    ...(sample
      ? [
          element(
            "p",
            { class: "stamp" },
            "Sample: these numbers are made up to show the page. They say nothing about any design.",
          ),
        ]
      : []),
    factList(facts),
    sectionLinks(sections.map(({ id, title }) => [id, title])),
    ...sections.map((section) => section.element),
  );
  for (const { draws } of sections) for (const draw of draws) draw();

  system.addEventListener("change", () => {
    if (!chosen) {
      paint(wanted());
      toggle.textContent = word();
    }
  });
  let width = page.clientWidth;
  let due = 0;
  new ResizeObserver(() => {
    if (paper || page.clientWidth === width) return;
    width = page.clientWidth;
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => drawn.forEach((draw) => draw()));
  }).observe(page);
  // On paper: light, and as wide as the sheet.
  addEventListener("beforeprint", () => {
    paper = true;
    page.style.cssText = "width:690px;padding:0";
    paint("light");
  });
  addEventListener("afterprint", () => {
    paper = false;
    page.style.cssText = "";
    paint(wanted());
  });
  document.documentElement.dataset.ready = "true";
})();
