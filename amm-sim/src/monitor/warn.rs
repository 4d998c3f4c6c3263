//! When somebody should look, and why.

use super::Number;
use super::frame::{Breaker, Change, Level, Margin, Topic, Warning};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Loop gains above which there are watch, warning and alarm. A gain of 0.4 makes volatility two thirds
/// higher than it would be, 0.6 two and a half times as high, 0.8 five times.
pub const LOOP_GAIN: [f64; 3] = [0.4, 0.6, 0.8];

/// The same for realised over quoted volatility: above one, options are sold for less than they cost.
pub const REALISED: [f64; 3] = [1.0, 1.25, 1.5];

/// The same for how much of the most that flow can be charged for it is charged: I/√(D² + I²).
pub const FLOW: [f64; 3] = [0.7, 0.9, 0.97];

/// The same for the predictor's score, to which each of its signals alone adds a half when it is far out.
pub const STRESS: [f64; 3] = [0.25, 0.5, 0.75];

/// A level is left when the number is this share below its threshold, not before.
const HYSTERESIS: f64 = 0.05;

/// Changes that are kept.
const CHANGES: usize = 20;

/// The levels that have thresholds.
const LEVELS: [Level; 3] = [Level::Watch, Level::Warning, Level::Alarm];

/// One number that is judged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    pub(super) topic: Topic,
    pub(super) value: f64,
    pub(super) thresholds: [f64; 3],
    /// What is said above the first threshold, without the threshold.
    pub(super) says: String,
}

/// Topics with their levels, since when, and what has changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Watchman {
    /// By topic its level, and since when it has been at each of the levels or above.
    standing: BTreeMap<Topic, (Level, [u64; LEVELS.len()])>,
    warnings: Vec<Warning>,
    changes: Vec<Change>,
}

impl Watchman {
    /// Judges numbers at a time. A topic that is not named is calm.
    pub(super) fn judge(&mut self, now_s: u64, judged: &[Judged]) {
        let mut warnings: Vec<Warning> = Vec::new();
        let mut standing = BTreeMap::new();
        for one in judged {
            let (old, mut since) = self.standing.get(&one.topic).copied().unwrap_or_default();
            let level = level(one, old);
            let Some(place) = LEVELS.iter().position(|known| *known == level) else { continue };
            for (known, since) in LEVELS.iter().zip(&mut since) {
                if old < *known {
                    *since = now_s;
                }
            }
            standing.insert(one.topic, (level, since));
            warnings.push(Warning {
                topic: one.topic,
                level,
                reason: one.says.clone(),
                value: Number::of(one.value),
                threshold: Number::of(one.thresholds[place]),
                since_s: since[place],
            });
        }
        warnings.sort_by_key(|warning| (Reverse(warning.level), warning.topic));
        let topics: BTreeSet<Topic> =
            self.standing.keys().chain(standing.keys()).copied().collect();
        for topic in topics {
            let of = |standing: &BTreeMap<Topic, (Level, _)>| {
                standing.get(&topic).map_or(Level::Calm, |(level, _)| *level)
            };
            let (from, to) = (of(&self.standing), of(&standing));
            if from == to {
                continue;
            }
            let now = warnings.iter().find(|warning| warning.topic == topic);
            let reason = now.map_or(String::new(), |warning| warning.reason.clone());
            self.changes.insert(0, Change { time_s: now_s, topic, from, to, reason });
        }
        self.changes.truncate(CHANGES);
        (self.standing, self.warnings) = (standing, warnings);
    }

    /// What stands, the most serious first.
    pub(super) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What has changed, the last first.
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }
}

/// The level of a number; one that has stood is left a little below where it was entered.
fn level(one: &Judged, standing: Level) -> Level {
    let passed = LEVELS.iter().zip(one.thresholds).filter(|&(level, threshold)| {
        let held = if *level <= standing { threshold * (1.0 - HYSTERESIS) } else { threshold };
        one.value > held
    });
    passed.map(|(level, _)| *level).max().unwrap_or_default()
}

/// A breaker that is not closed.
pub(super) fn breaker(breaker: &Breaker) -> Judged {
    let value = match &*breaker.state {
        "normal" => 0.0,
        "widened" => 1.0,
        "halted" => 3.0,
        _ => 2.0,
    };
    let reason = &breaker.reason;
    let says = format!("the breaker is {}: {reason}", breaker.state.replace('_', " "));
    Judged { topic: Topic::Breaker, value, thresholds: [0.5, 1.5, 2.5], says }
}

/// The account nearest to liquidation: what it needs over what it has.
pub(super) fn margin(margin: &Margin) -> Option<Judged> {
    let nearest = margin.nearest.first()?;
    let value = match nearest.equity.0 > 0.0 {
        true => nearest.maintenance.0 / nearest.equity.0,
        false => f64::INFINITY,
    };
    let says = format!(
        "account {} has {:.0} and needs {:.0} to keep its positions",
        nearest.account, nearest.equity.0, nearest.maintenance.0
    );
    Some(Judged { topic: Topic::Margin, value, thresholds: [0.9, 1.0, 1.1], says })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain(value: f64) -> Judged {
        let says = format!("gain {value}");
        Judged { topic: Topic::LoopGain, value, thresholds: LOOP_GAIN, says }
    }

    #[test]
    fn a_level_is_entered_above_its_threshold_and_left_below_its_band() {
        let mut watchman = Watchman::default();
        let mut levels = Vec::new();
        for (now, value) in (0..).zip([0.4, 0.41, 0.39, 0.61, 0.58, 0.56, 0.9, 0.37]) {
            watchman.judge(now, &[gain(value)]);
            let level = watchman.warnings().first().map(|warning| warning.level);
            levels.push(level.unwrap_or_default());
        }
        use Level::{Alarm, Calm, Warning, Watch};
        assert_eq!(levels, [Calm, Watch, Watch, Warning, Warning, Watch, Alarm, Calm]);
        let turns: Vec<_> =
            watchman.changes().iter().map(|change| (change.time_s, change.to)).collect();
        assert_eq!(turns, [(7, Calm), (6, Alarm), (5, Watch), (3, Warning), (1, Watch)]);
    }

    #[test]
    fn since_is_when_the_level_was_reached() {
        let mut watchman = Watchman::default();
        for (now, value, since) in [(1, 0.5, 1), (2, 0.5, 1), (3, 0.7, 3), (4, 0.5, 1)] {
            watchman.judge(now, &[gain(value)]);
            assert_eq!(watchman.warnings()[0].since_s, since, "{now}");
        }
        watchman.judge(5, &[]);
        assert!(watchman.warnings().is_empty());
        watchman.judge(6, &[gain(0.5)]);
        assert_eq!(watchman.warnings()[0].since_s, 6);
    }

    #[test]
    fn the_worst_comes_first() {
        let mut watchman = Watchman::default();
        let state = |state: &str| Breaker { state: state.to_owned(), ..Breaker::default() };
        watchman.judge(0, &[gain(0.5), breaker(&state("halted"))]);
        let topics: Vec<_> = watchman.warnings().iter().map(|warning| warning.topic).collect();
        assert_eq!(topics, [Topic::Breaker, Topic::LoopGain]);
        assert_eq!(watchman.warnings()[0].level, Level::Alarm);
        watchman.judge(1, &[breaker(&state("normal"))]);
        assert!(watchman.warnings().is_empty());
    }
}
