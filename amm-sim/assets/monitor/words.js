// What is said in words: what is followed, what is wrong, the tiles, the tables.

const STATES = {
  waiting: "waiting",
  running: "live",
  paused: "paused",
  idle: "up to date",
  finished: "finished",
  failed: "stopped",
};
const TOPICS = {
  loop_gain: "Loop gain",
  loop_gain_ahead: "Loop gain ahead",
  realised: "Realised volatility",
  flow: "Flow",
  stale: "Stale inputs",
  breaker: "Breaker",
  margin: "Margin",
  stress: "Stress",
  source: "Source",
};
const MARKS = { calm: "\u25cf", watch: "\u25d0", warning: "\u25b2", alarm: "\u25a0" };
const SAID = {
  calm: "Calm",
  watch: "Watch",
  warning: "Warning",
  alarm: "Alarm",
};

/** How far what is followed is. */
function progress({ blocks, events }) {
  if (blocks) return `block ${whole(blocks[0])} of ${whole(blocks[1])}`;
  if (!events) return "";
  const [read, accepted, unchecked] = events;
  const loose = unchecked ? `, ${whole(unchecked)} since the last digest` : ", digests agree";
  return `${whole(read)} events, ${whole(read - accepted)} refused${loose}`;
}

function mast({ source, time_s }) {
  const facts = [
    source.design && `${source.design} pool`,
    progress(source),
    time_s ? `${day(time_s)}, ${clock(time_s)} UTC` : "",
    source.refused_updates ? `${whole(source.refused_updates)} market updates refused` : "",
  ];
  return facts.filter(Boolean);
}

/** How long something has been so. */
function since(now, then) {
  const seconds = Math.max(0, now - then);
  if (seconds < 60) return "just now";
  const [unit, letter] = seconds >= 172800 ? [86400, "d"] : seconds >= 7200 ? [3600, "h"] : [60, "min"];
  return `for ${Math.floor(seconds / unit)}${NARROW}${letter}`;
}

function verdict(frame) {
  const { level, warnings, time_s, market } = frame;
  const calm = market
    ? "No threshold is passed: loop gain, volatility, flow and inputs are within their bounds."
    : "Nothing has been seen yet.";
  return [
    element("p", { class: "word" }, element("span", { class: "mark", "aria-hidden": "true" }, MARKS[level]), SAID[level]),
    warnings.length
      ? element(
          "ul",
          {},
          warnings.map((warning) =>
            element(
              "li",
              { class: warning.level },
              element("b", {}, MARKS[warning.level]),
              element("span", {}, capital(warning.reason)),
              warning.topic !== "source" && element("small", {}, `above ${bare(Number(warning.threshold.toPrecision(3)))}, ${since(time_s, warning.since_s)}`),
            ),
          ),
        )
      : element("p", { class: "soft" }, calm),
  ];
}

/** The level of a topic now. */
const levelOf = (frame, ...topics) =>
  frame.warnings.filter(({ topic }) => topics.includes(topic)).map(({ level }) => level)[0] ?? "calm";

/** The tiles: a name, a figure, a line beneath, a level, and a meter if there is one. */
function tiles(frame) {
  const { loop_gain: gain, market, greeks, gamma, volatility, reserves, history, breaker, margin, liquidation, forecast, carry } = frame;
  const found = [];
  const tile = (name, figure, more, level = "calm", extra = null) => found.push({ name, figure, more, level, extra });
  if (gain)
    tile(
      "Loop gain",
      fixed(gain.now, 2),
      `ahead ${fixed(gain.ahead, 2)}${gain.everyone == null ? "" : `, all hedgers ${fixed(gain.everyone, 2)}`}`,
      levelOf(frame, "loop_gain", "loop_gain_ahead"),
      meter(gain.now, gain.ahead, gain.thresholds),
    );
  if (market) {
    const change = history.spot.length ? market.spot / history.spot[0] - 1 : 0;
    tile("Spot", price(market.spot), `${change < 0 ? MINUS : "+"}${percent(Math.abs(change), 2)} since the start`);
  }
  if (volatility)
    tile(
      "Realised / quoted",
      volatility.quoted ? fixed(volatility.realised / volatility.quoted, 2) : NONE,
      `${percent(volatility.realised, 1)} against ${percent(volatility.quoted, 1)}`,
      levelOf(frame, "realised"),
    );
  if (greeks) {
    const near = (gamma?.flips ?? []).reduce((a, b) => (!a || Math.abs(b.spot - market.spot) < Math.abs(a.spot - market.spot) ? b : a), null);
    const flip = near ? `flip ${price(near.spot)}, ${near.spot > market.spot ? "+" : MINUS}${percent(Math.abs(near.spot / market.spot - 1), 1)}` : "no flip within 25 %";
    tile(`Gamma, 1${NARROW}%`, cash(greeks.gex), flip);
    tile("Open delta", whole(Math.round(greeks.delta + greeks.hedge)), `${whole(Math.round(greeks.delta))} hedged with ${whole(Math.round(greeks.hedge))}`);
  }
  if (gain) {
    const flow = gain.buckets.reduce((a, b) => (Math.abs(b.flow_relative) > Math.abs(a) ? b.flow_relative : a), 0);
    tile("Flow / bend", fixed(flow, 2), flow > 0 ? "options are bought" : flow < 0 ? "options are sold" : "none of late", levelOf(frame, "flow"));
  }
  tile("Skew reserve", cash(reserves.skew_reserve), `of ${cash(reserves.skew_paid)} paid`);
  tile("Insurance", cash(reserves.insurance), reserves.worth == null ? "" : `pool worth ${cash(reserves.worth)}`);
  if (market) {
    const age = Math.max(...market.ages_s);
    tile("Oldest input", age < 120 ? `${age}${NARROW}s` : span(Math.floor(age / 60) * 60), `to open at most ${span(market.ages_most_s[0])}`, levelOf(frame, "stale"));
  }
  if (breaker) {
    const asked = breaker.auction == null ? "" : `, by auction at ${fixed(breaker.auction, 1)} spreads`;
    tile("Breaker", capital(breaker.state.replaceAll("_", " ")), breaker.reason + asked, levelOf(frame, "breaker"));
  }
  if (margin)
    tile("Margin", percent(margin.equity ? margin.maintenance / margin.equity : null), `${whole(margin.accounts)} accounts, ${cash(margin.equity)}`, levelOf(frame, "margin"));
  if (liquidation) tile("In liquidation", whole(liquidation.queue.length), `${cash(liquidation.insurance_drawn)} from insurance of late`);
  if (carry) {
    const side = carry.basis < 0 ? "below" : "above";
    tile("Funding, a year", percent(carry.funding, Math.abs(carry.funding) < 0.0995 ? 1 : 0), carry.basis == null ? "" : `forward ${percent(Math.abs(carry.basis), 1)} ${side} spot`);
  }
  if (forecast?.stress != null) tile("Stress", fixed(forecast.stress, 2), forecast.cause ? `for ${forecast.cause}` : "nothing is foreseen", levelOf(frame, "stress"));
  return found.map(({ name, figure, more, level, extra }) =>
    element("div", { class: `tile ${level}` }, element("h3", {}, level === "calm" ? null : `${MARKS[level]} `, name), element("p", { class: "figure" }, figure), extra, element("p", { class: "more" }, more)),
  );
}

/** A bar with its thresholds: what is, and what is ahead. */
function meter(now, ahead, thresholds) {
  const place = (value) => `${100 * Math.min(1, Math.max(0, value))}%`;
  return element(
    "div",
    { class: "meter", role: "img", "aria-label": `loop gain ${fixed(now, 2)} of 1` },
    element("i", { class: "fill", style: `width:${place(now)}` }),
    element("i", { class: "ahead", style: `left:${place(ahead)}` }),
    thresholds.map((at, level) => element("i", { class: `tick ${LEVELS[level + 1]}`, style: `left:${place(at)}` })),
  );
}

const table = (heads, rows, words = 1) =>
  element(
    "div",
    { class: "scroll" },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, heads.map((head, at) => element("th", { class: at < words ? "words" : null, scope: "col" }, head)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell, at) => element("td", { class: at < words ? "words long" : null }, cell))))),
    ),
  );
const box = (id, title, ...children) => element("section", { id, class: "panel" }, element("h3", {}, title), ...children);

/** What has changed, the last first. */
const changed = ({ changes }) => [
  element("h3", {}, "What has changed"),
  changes.length
    ? table(
        ["", "what", "why", "when"],
        changes.map(({ time_s, topic, from, to, reason }) => [
          element("span", { class: `badge ${to}` }, `${MARKS[to]} ${SAID[to]}`),
          TOPICS[topic] ?? topic,
          reason ? capital(reason) : `No longer ${from}.`,
          `${day(time_s).replace(/ \d+$/, "")}, ${clock(time_s)}`,
        ]),
        3,
      )
    : element("p", { class: "soft" }, "No level has changed."),
];

/** The tables under the charts, those that there are. */
function tables(frame) {
  const { margin, liquidation } = frame;
  const accounts = (list) =>
    table(
      ["account", "equity", "maintenance", "cover"],
      list.map(({ account, equity, maintenance }) => [whole(account), cash(equity), cash(maintenance), percent(maintenance ? equity / maintenance : null)]),
    );
  const made = [];
  if (margin)
    made.push(
      box(
        "margin",
        "Accounts nearest to liquidation",
        element("p", { class: "reading" }, `${whole(margin.accounts)} accounts have ${cash(margin.equity)} and need ${cash(margin.maintenance)} to keep, ${cash(margin.initial)} to open.`),
        accounts(margin.nearest),
      ),
    );
  if (liquidation)
    made.push(
      box(
        "liquidation",
        "Liquidation queue",
        element("p", { class: "reading" }, `${cash(liquidation.units)} units of the underlying last sold at one time; ${cash(liquidation.insurance_drawn)} drawn from the insurance fund of late.`),
        liquidation.queue.length ? accounts(liquidation.queue) : element("p", { class: "soft" }, "Nobody waits."),
      ),
    );
  return made;
}
