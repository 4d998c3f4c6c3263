//! Who looks at every moment and remembers what is to be shown of it.

use super::ahead::{self, Ahead};
use super::frame::{Around, Frame, Source, SourceState, Topic, Volatility};
use super::history::{Moment, Past};
use super::look::{self, Seen};
use super::warn::{self, Judged, Watchman};
use super::{Number, vols};
use amm_core::engine::Reject;
use amm_core::num::Timestamp;
use amm_core::signals::Signals;

/// Watches an engine: what it has seen, and what it warns of. It changes nothing.
///
/// ```
/// use amm_core::engine::Params;
/// use amm_core::testing::history;
/// use amm_sim::monitor::{Seen, Source, Watcher};
///
/// let engine = history::opened(Params::dynamic());
/// let seen = Seen::of(&engine);
/// let mut watcher = Watcher::new();
/// watcher.observe(&seen);
/// let frame = watcher.frame(&seen, Source::default());
/// assert_eq!(frame.history.spot.len(), 1);
/// assert!(frame.loop_gain.is_some());
/// ```
#[derive(Clone, Debug)]
pub struct Watcher {
    frames: u64,
    past: Past,
    watchman: Watchman,
    ahead: Ahead,
}

impl Default for Watcher {
    fn default() -> Self {
        Self::new()
    }
}

impl Watcher {
    /// Before anything is seen.
    pub fn new() -> Self {
        Self { frames: 0, past: Past::new(), watchman: Watchman::default(), ahead: Ahead::new() }
    }

    /// One moment goes into the history and is judged.
    pub fn observe(&mut self, seen: &Seen<'_>) {
        let now_s = seen.engine.state().now().get();
        let signals = match seen.engine.signals() {
            Ok(signals) => signals,
            Err(Reject::NoMarket) => return,
            Err(why) => return self.watchman.judge(now_s, &[broken(&why.to_string())]),
        };
        let money = vols::at_the_money(seen);
        self.past.push(Moment {
            time_s: now_s,
            spot: signals.spot.into(),
            gain: look::gain_now(&signals).into(),
            ahead: signals.gain_max.into(),
            everyone: seen.everyone.map(Number::from),
            realised: look::realised(&signals),
            quoted: money.quoted,
            flow: look::flow_most(&signals).into(),
            skew_reserve: signals.skew_reserve.into(),
        });
        self.ahead.observe(&signals);
        let around = self.around(seen);
        self.watchman.judge(now_s, &judged(seen, &signals, money.quoted, &around));
    }

    /// Everything that is shown of this moment, which has been observed.
    pub fn frame(&mut self, seen: &Seen<'_>, source: Source) -> Frame {
        let mut frame = self.blank(seen.engine.state().now().get(), source);
        let (engine, now) = (seen.engine, seen.engine.state().now());
        frame.reserves = look::reserves(engine);
        frame.market = look::market(engine);
        frame.around = self.around(seen);
        if let Ok(signals) = engine.signals() {
            let money = vols::at_the_money(seen);
            frame.greeks = Some(look::greeks(engine, &signals));
            frame.loop_gain = Some(look::loops(seen, &signals));
            frame.gamma = look::gamma(engine, now).ok();
            frame.volatility = Some(Volatility {
                realised: look::realised(&signals),
                quoted: money.quoted,
                base: money.base,
                surface: vols::surface(seen, now),
            });
        }
        frame
    }

    /// What stands around the price: what is given, else the engine's, else the monitor's own forecast.
    fn around(&self, seen: &Seen<'_>) -> Around {
        let own = ahead::around(seen.engine);
        let given = seen.around.cloned().unwrap_or_default();
        Around {
            forecast: given.forecast.or(own.forecast).or_else(|| self.ahead.forecast()),
            breaker: given.breaker.or(own.breaker),
            margin: given.margin.or(own.margin),
            liquidation: given.liquidation.or(own.liquidation),
            carry: given.carry.or(own.carry),
        }
    }

    /// A frame without an engine: what is followed, what has been seen of it, and what is wrong.
    pub fn blank(&mut self, time_s: u64, source: Source) -> Frame {
        self.frames += 1;
        let mut warnings = self.watchman.warnings().to_vec();
        if let Some(why) = source.failure.as_ref().filter(|_| source.state == SourceState::Failed) {
            let mut stopped = Watchman::default();
            stopped.judge(time_s, &[broken(why)]);
            warnings.splice(0..0, stopped.warnings().iter().cloned());
        }
        Frame {
            version: Frame::VERSION,
            number: self.frames,
            time_s,
            level: warnings.iter().map(|warning| warning.level).max().unwrap_or_default(),
            warnings,
            changes: self.watchman.changes().to_vec(),
            history: self.past.columns(),
            source,
            ..Frame::default()
        }
    }

    /// Another history begins: what has been seen is forgotten, and frames are counted on.
    pub fn forget(&mut self) {
        *self = Self { frames: self.frames, ..Self::new() };
    }
}

/// What is followed has stopped, or has numbers beyond what can be shown.
fn broken(why: &str) -> Judged {
    Judged { topic: Topic::Source, value: 1.0, thresholds: [0.0; 3], says: why.to_owned() }
}

/// Everything that there is to judge.
fn judged(
    seen: &Seen<'_>,
    signals: &Signals,
    quoted: Option<Number>,
    around: &Around,
) -> Vec<Judged> {
    let mut judged = vec![loop_gain(seen, signals), ahead(signals)];
    judged.extend(quoted.and_then(|quoted| realised(signals, quoted)));
    judged.push(flow(signals));
    judged.extend(stale(seen));
    judged.extend(around.forecast.as_ref().and_then(ahead::stress));
    judged.extend(around.breaker.as_ref().map(warn::breaker));
    judged.extend(around.margin.as_ref().and_then(warn::margin));
    judged
}

fn loop_gain(seen: &Seen<'_>, signals: &Signals) -> Judged {
    let worst = signals.buckets.iter().max_by_key(|bucket| bucket.gain);
    let own = worst.map_or(0.0, |bucket| Number::from(bucket.gain).0);
    let everyone = seen.everyone.map_or(f64::MIN, |gain| Number::from(gain).0);
    let says = if everyone > own {
        format!("loop gain {everyone:.2} of all hedgers, {own:.2} of them the pool's")
    } else {
        match worst {
            Some(bucket) if bucket.vol_multiplier.is_none() => format!(
                "loop gain {own:.2} in the next {}: every move causes a greater one",
                span(signals.now, bucket.expiry)
            ),
            Some(bucket) => format!(
                "loop gain {own:.2} in the next {}: hedging multiplies volatility by {:.1}",
                span(signals.now, bucket.expiry),
                bucket.vol_multiplier.map_or(0.0, |factor| Number::from(factor).0)
            ),
            None => String::new(),
        }
    };
    Judged { topic: Topic::LoopGain, value: own.max(everyone), thresholds: warn::LOOP_GAIN, says }
}

fn ahead(signals: &Signals) -> Judged {
    let nodes = signals.buckets.iter().flat_map(|bucket| {
        bucket.band_gains.iter().enumerate().map(move |(band, gain)| (*gain, band, bucket))
    });
    let (value, says) = match nodes.max_by_key(|(gain, ..)| *gain) {
        Some((gain, band, bucket)) => {
            let (value, place) = (Number::from(gain).0, band_name(band, bucket.band_gains.len()));
            let span = span(signals.now, bucket.expiry);
            (value, format!("loop gain {value:.2} in the next {span} if spot {place}"))
        }
        None => (0.0, String::new()),
    };
    Judged { topic: Topic::LoopGainAhead, value, thresholds: warn::LOOP_GAIN, says }
}

/// How long it is to a time.
fn span(now: Timestamp, then: Timestamp) -> String {
    let days = look::days(now, then).0;
    match days {
        _ if days < 2.0 => format!("{:.0} h", 24.0 * days),
        _ => format!("{days:.0} d"),
    }
}

/// Where a band of spot lies, in deviations of the time to the bucket's end.
fn band_name(band: usize, bands: usize) -> String {
    match band.abs_diff(bands / 2) {
        0 => "stays where it is".to_owned(),
        away if band < bands / 2 => format!("falls by {away} deviation{}", plural(away)),
        away => format!("rises by {away} deviation{}", plural(away)),
    }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn realised(signals: &Signals, quoted: Number) -> Option<Judged> {
    let (realised, quoted) = (look::realised(signals).0, quoted.0);
    let says = format!(
        "realised volatility {:.0} % against {:.0} % quoted at the money",
        100.0 * realised,
        100.0 * quoted
    );
    let value = (quoted > 0.0).then(|| realised / quoted)?;
    Some(Judged { topic: Topic::Realised, value, thresholds: warn::REALISED, says })
}

fn flow(signals: &Signals) -> Judged {
    let flow = Number::from(look::flow_most(signals)).0;
    let value = flow.abs() / (flow * flow + 1.0).sqrt();
    let side = if flow > 0.0 { "bought from" } else { "sold to" };
    let says = format!(
        "options are {side} the pool at {:.1} times the flow at which the charge bends: {:.0} % of the most is charged",
        flow.abs(),
        100.0 * value
    );
    Judged { topic: Topic::Flow, value, thresholds: warn::FLOW, says }
}

fn stale(seen: &Seen<'_>) -> Option<Judged> {
    let staleness = seen.engine.state().params().staleness;
    let (open, close) = (f64::from(staleness.open.get()), f64::from(staleness.close.get()));
    let names = ["prices", "surface", "depth"];
    let ages = look::ages(seen.engine)?;
    let (name, age) = names.iter().zip(ages).max_by_key(|(_, age)| *age)?;
    let value = age as f64;
    let closed = match (value > close, value > open) {
        (true, _) => "no order is taken",
        (_, true) => "positions can only be closed",
        _ => "positions can be opened for a while yet",
    };
    let says = format!("the {name} is {age} s old: {closed}", name = singular(name));
    Some(Judged { topic: Topic::Stale, value, thresholds: [open / 2.0, open, close], says })
}

fn singular(name: &str) -> &str {
    if name == "prices" { "price" } else { name }
}
