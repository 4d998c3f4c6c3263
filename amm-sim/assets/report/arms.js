// Pictures of a market's arms: differences, profit against the loop, the open loop and the closed.

// Differences as whiskers.

const [NAMES, GAP, LINE, TOP, ACROSS, COLUMNS] = [158, 22, 21, 46, 1176, 3];
const PANEL = (ACROSS - NAMES - GAP * (COLUMNS - 1)) / COLUMNS;

/** A panel a quantity, an arm a line. */
function forest(study) {
  const arms = differing(study.arms);
  const lines = [];
  for (let at = 0; at < QUANTITIES.length; at += COLUMNS) lines.push(QUANTITIES.slice(at, at + COLUMNS));
  const tall = TOP + arms.length * LINE + 34;
  return drawing(
    "forest",
    ACROSS,
    tall * lines.length,
    `Differences with their intervals: ${study.title}`,
    lines.flatMap((quantities, line) => {
      const top = line * tall + TOP;
      return [
        ...arms.map((arm, at) => shape("text", { x: 0, y: top + at * LINE + 15 }, pairOf(arm))),
        ...quantities.flatMap((quantity, at) => panel(study, quantity, NAMES + at * (PANEL + GAP), top)),
      ];
    }),
  );
}

function panel(study, quantity, left, top) {
  const arms = differing(study.arms);
  const all = arms.map((arm) => ({ arm, ...difference(arm, quantity) }));
  const endsAt = ({ estimate }) =>
    estimate ? [estimate.value, estimate.interval?.low ?? 0, estimate.interval?.high ?? 0] : [0];
  const cut = all[outlier(all.map((one) => Math.max(...endsAt(one).map(Math.abs))))];
  const reach = all.filter((one) => one !== cut).flatMap(endsAt);
  const [low, high] = [Math.min(0, ...reach), Math.max(0, ...reach)];
  const x = (value) => left + 12 + (high > low ? (value - low) / (high - low) : 0.5) * (PANEL - 24);
  const bottom = top + arms.length * LINE;
  const base = figureOf(study.arms[0], quantity).value;
  const right = left + PANEL - 12;
  const good = quantity.better === "less" ? `\u2190 better` : `better \u2192`;
  const ticks = ticksOf(low, high, 4);
  return [
    shape("text", { class: "bold", x: left + 12, y: top - 28 }, capital(labelOf(quantity))),
    shape("text", { class: "soft", x: right, y: top - 28, "text-anchor": "end" }, good),
    shape("text", { class: "soft", x: left + 12, y: top - 12 }, `${PLAIN} is ${bothOf(base)}`),
    ...ticks.map((tick) => shape("line", { class: "grid", x1: x(tick), x2: x(tick), y1: top, y2: bottom })),
    shape("line", { class: "zero", x1: x(0), x2: x(0), y1: top - 4, y2: bottom + 4 }),
    ...ticks.map((at) =>
      shape("text", { class: "soft", x: x(at), y: bottom + 17, "text-anchor": "middle" }, tick(at)),
    ),
    ...all.flatMap((one, at) => {
      const { arm, estimate, verdict } = one;
      const y = top + at * LINE + 11;
      if (!estimate) return [shape("text", { class: "soft", x: x(0) + 8, y: y + 4 }, "not defined")];
      const hint = `${pairOf(arm)}, ${quantity.name}: ${amount(estimate, quantity, "+")}`;
      if (one === cut) return [beyond(estimate, verdict, [left + 12, right], y, hint)];
      return [whisker(estimate, verdict, x, y, hint)];
    }),
  ];
}

/** Which of some sizes is more than six times any other: it is told in words, so that the others can be seen. */
function outlier(sizes) {
  const [first, second] = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a]);
  return sizes[second] > 0 && sizes[first] > 6 * sizes[second] ? first : -1;
}
/** A difference that lies beyond its panel. */
function beyond(estimate, verdict, [left, right], y, hint) {
  const above = estimate.value > 0;
  const text = above ? `${bothOf(estimate, "+")} \u2192` : `\u2190 ${bothOf(estimate)}`;
  const x = above ? right - 8 : left + 8;
  return shape(
    "g",
    { class: verdict },
    shape("title", {}, hint),
    shape("circle", { class: "cut", cx: above ? right : left, cy: y, r: 4 }),
    shape("text", { class: "cut", x, y: y + 4, "text-anchor": above ? "end" : "start" }, text),
  );
}

// Profit against the loop, as planes.

/** Whether an arm is better, worse, both or neither, by two figures. */
function side(study, arm, quantities) {
  const verdicts = quantities.map((quantity) => {
    const { estimate, verdict } = difference(arm, quantity);
    return small(study, otherOf(arm), quantity, estimate) ? "unclear" : verdict;
  });
  const [better, worse] = ["better", "worse"].map((verdict) => verdicts.includes(verdict));
  return better && worse ? "traded" : better ? "better" : worse ? "worse" : "unclear";
}

function plane(study, across, up) {
  const [wide, tall, left, bottom] = [570, 400, 62, 44];
  const all = study.arms.flatMap((arm) => {
    const [x, y] = [across, up].map((quantity) => figureOf(arm, quantity).value);
    return x && y ? [{ arm, x, y }] : [];
  });
  const far = (of) => {
    const values = all.map((point) => of(point).value);
    const middle = [...values].sort((a, b) => a - b)[values.length >> 1];
    return all[outlier(values.map((value) => Math.abs(value - middle)))];
  };
  const outside = new Set([far(({ x }) => x), far(({ y }) => y)]);
  const points = all.filter((point) => !outside.has(point));
  const span = (of) => {
    const ends = points.flatMap((point) => [of(point).value, of(point).interval?.low, of(point).interval?.high]);
    const known = ends.filter((end) => end != null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const pad = 0.06 * (high - low || Math.abs(high) || 1);
    return [low - pad, high + pad];
  };
  const [[x0, x1], [y0, y1]] = [span(({ x }) => x), span(({ y }) => y)];
  const x = (value) => left + ((value - x0) / (x1 - x0)) * (wide - left - 12);
  const y = (value) => tall - bottom - ((value - y0) / (y1 - y0)) * (tall - bottom - 24);
  const at = Object.fromEntries(points.map((point) => [point.arm.arm, [x(point.x.value), y(point.y.value)]]));
  const parts = [
    ...ticksOf(x0, x1, 5).flatMap((value) => [
      shape("line", { class: "grid", x1: x(value), x2: x(value), y1: 24, y2: tall - bottom }),
      shape("text", { class: "soft", x: x(value), y: tall - bottom + 17, "text-anchor": "middle" }, tick(value)),
    ]),
    ...ticksOf(y0, y1, 5).flatMap((value) => [
      shape("line", { class: "grid", x1: left, x2: wide - 12, y1: y(value), y2: y(value) }),
      shape("text", { class: "soft", x: left - 8, y: y(value) + 4, "text-anchor": "end" }, tick(value)),
    ]),
    shape("text", { x: wide - 12, y: tall - 8, "text-anchor": "end" }, `${capital(labelOf(across))}: less is better`),
    shape("text", { x: 0, y: 13 }, `${capital(labelOf(up))}: more is better`),
    ...all
      .filter((point) => outside.has(point))
      .map(({ arm, x, y }, at) => {
        const text = `far outside: ${arm.arm} (${valueOf(x)}, ${valueOf(y)}${up.unit ? ` ${up.unit}` : ""})`;
        return shape("text", { class: "soft", x: wide - 12, y: 13 + 15 * at, "text-anchor": "end" }, text);
      }),
  ];
  for (const { arm } of points) {
    const from = at[otherOf(arm)];
    if (arm.against == null || !from) continue;
    const [[x1, y1], [x2, y2]] = [from, at[arm.arm]];
    parts.push(shape("line", { class: "step", x1, y1, x2, y2 }));
  }
  for (const [place, { arm, x: across_, y: up_ }] of points.entries()) {
    const [cx, cy] = at[arm.arm];
    const kind = arm.against == null ? "plain" : side(study, arm, [across, up]);
    // A dot that later ones cover is larger by a ring for each.
    const over = points.slice(place + 1).map((point) => at[point.arm.arm]);
    const r = 5 + 2.5 * over.filter(([x, y]) => Math.hypot(x - cx, y - cy) < 5).length;
    const [h, v] = [across_.interval, up_.interval];
    const hint = `${arm.arm}: ${across.name} ${amount(across_, across)}, ${up.name} ${amount(up_, up)}`;
    parts.push(
      shape(
        "g",
        { class: kind },
        shape("title", {}, hint),
        h ? shape("line", { class: "faint", x1: x(h.low), x2: x(h.high), y1: cy, y2: cy }) : null,
        v ? shape("line", { class: "faint", x1: cx, x2: cx, y1: y(v.low), y2: y(v.high) }) : null,
        shape("circle", { cx, cy, r }),
      ),
    );
  }
  const box = { left, right: wide - 4, top: 24, bottom: tall - bottom };
  parts.push(...labels(points.map(({ arm }) => [arm.arm, ...at[arm.arm]]), box));
  return drawing("plane", wide, tall, `${across.name} against ${up.name}: ${study.title}`, parts);
}

/** Names beside their dots, those of dots that cover each other in one, none across another. */
function labels(dots, box) {
  const groups = [];
  for (const [name, x, y] of dots) {
    const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < 9);
    if (near) near.name += `, ${name}`;
    else groups.push({ name, x, y });
  }
  const taken = groups.map(({ x, y }) => [x - 7, y - 7, x + 7, y + 7]);
  const crosses = (a) => taken.filter((b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]).length;
  return groups.flatMap(({ name, x, y }) => {
    const wide = 6.6 * name.length + 4;
    const places = [0, 14, -14, 28, -28, 42, -42, 56, -56].flatMap((down) => [
      [x + 11, y + down - 8],
      [x - 11 - wide, y + down - 8],
      [x - wide / 2, y + down - 8 + Math.sign(down) * 4],
    ]);
    const fits = ([left, top]) =>
      left >= box.left && left + wide <= box.right && top >= box.top && top + 16 <= box.bottom;
    const spots = places.filter(fits).map(([left, top]) => [left, top, left + wide, top + 16]);
    const [left, top, right, bottom] =
      spots.find((spot) => !crosses(spot)) ?? spots[0] ?? [x + 11, y - 8, x + 11 + wide, y + 8];
    taken.push([left, top, right, bottom]);
    const far = Math.abs((top + bottom) / 2 - y) > 16;
    return [
      far
        ? shape("line", { class: "leader", x1: x, y1: y, x2: x < left ? left : x > right ? right : x, y2: top + 8 })
        : null,
      shape("text", { class: "label", x: left + 2, y: top + 12 }, name),
    ];
  });
}

// The open loop and the closed.

function split(study) {
  const [names, line, numbers] = [110, 24, 264];
  const wide = ACROSS - names - numbers;
  const of = study.arms.filter(({ volatility }) => volatility.closed && volatility.open);
  const most = Math.max(
    ...of.flatMap(({ volatility: { open, closed, added } }) => [
      closed.value,
      open.value + (added.interval?.high ?? added.value),
    ]),
  );
  const x = (value) => names + (value / (most || 1)) * wide;
  const bottom = 8 + of.length * line;
  const ticks = ticksOf(0, most, 8);
  return drawing("split", ACROSS, bottom + 40, `Volatility by loop: ${study.title}`, [
    ...ticks.map((at) => shape("line", { class: "grid", x1: x(at), x2: x(at), y1: 4, y2: bottom })),
    ...of.flatMap(({ arm, volatility: { open, closed, added } }, at) => {
      const y = 8 + at * line;
      const { low, high } = added.interval ?? { low: added.value, high: added.value };
      const hint = `${arm}: ${bothOf(closed)} % closed, ${bothOf(open)} % open, ${bothOf(added, "+")} added`;
      return [
        shape("text", { x: 0, y: y + 15 }, arm),
        shape(
          "g",
          {},
          shape("title", {}, hint),
          shape("rect", { class: "closed", x: names, y: y + 3, width: x(closed.value) - names, height: 16 }),
          shape("rect", { class: "open", x: names, y: y + 3, width: x(Math.min(open.value, closed.value)) - names, height: 16 }),
          shape("line", { class: "mark", x1: x(open.value), x2: x(open.value), y1: y, y2: y + 22 }),
          shape("line", { class: "end", x1: x(open.value + low), x2: x(open.value + high), y1: y + 11, y2: y + 11 }),
        ),
        shape(
          "text",
          { class: "soft", x: ACROSS, y: y + 15, "text-anchor": "end" },
          `${valueOf(closed)} %, by the loop ${bothOf(added, "+")}`,
        ),
      ];
    }),
    ...ticks.map((at) =>
      shape("text", { class: "soft", x: x(at), y: bottom + 16, "text-anchor": "middle" }, tick(at)),
    ),
    shape("text", { class: "soft", x: names, y: bottom + 34 }, "realised volatility of spot, % a year"),
  ]);
}
