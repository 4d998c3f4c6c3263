//! Circuit breakers: one automaton, driven by readings of the market and the pool.
//!
//! ```text
//! Normal ⇄ Widened ⇄ ReduceOnly → Halted ⇄ Reopening → Normal
//! ```
//!
//! It rises at once, as far as the worst reading says, and each state it passes is in the path. It
//! falls one state at a time, after the state's dwell, once every reading is below its way out, which
//! lies lower than its way in. From `Halted` the only way is through `Reopening`.
//!
//! What each state lets pass is [`State::admits`], and what it lets pass by auction only pays a [`Premium`]
//! on the spread; liquidity comes and goes by a gate of its own, [`Gate`]; [`Limits`] bounds what is held of
//! one series and one expiry.

mod auction;
mod gate;
mod limits;
mod params;
mod trigger;

pub use auction::{Premium, SpreadAuction};
pub use gate::{Access, Action, Gate, GateParams, GateRefusal, Refused};
pub use limits::{Held, LimitError, Limits};
pub use params::BreakerParams;
pub use trigger::{LevelError, Levels, Readings, Reason, Trigger, Triggers};

use crate::num::Timestamp;

/// What the pool does at present.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum State {
    /// Trades at its usual spread.
    #[default]
    Normal,
    /// Trades at a wider spread.
    Widened,
    /// Trades only what reduces risk.
    ReduceOnly,
    /// Trades nothing but by auction.
    Halted,
    /// Comes back: what reduces risk trades, the rest by auction.
    Reopening,
}

/// How bad readings are: the state they call for.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Level {
    /// Nothing is wrong.
    #[default]
    Calm,
    /// Enough to widen.
    Widen,
    /// Enough to stop what adds risk.
    Reduce,
    /// Enough to stop.
    Halt,
}

impl State {
    /// All states.
    pub const ALL: [Self; 5] =
        [Self::Normal, Self::Widened, Self::ReduceOnly, Self::Halted, Self::Reopening];

    /// The level that holds the state; `Calm` for those that only their dwell holds.
    pub const fn level(self) -> Level {
        match self {
            Self::Normal | Self::Reopening => Level::Calm,
            Self::Widened => Level::Widen,
            Self::ReduceOnly => Level::Reduce,
            Self::Halted => Level::Halt,
        }
    }

    /// Whether the automaton may go from one to the other in one step.
    pub const fn leads_to(self, next: Self) -> bool {
        use State::{Halted, Normal, ReduceOnly, Reopening, Widened};
        matches!(
            (self, next),
            (Normal, Widened)
                | (Widened, ReduceOnly | Normal)
                | (ReduceOnly, Halted | Widened)
                | (Halted, Reopening)
                | (Reopening, Halted | Normal)
        )
    }

    /// One step, or none, for readings that call for `rise`, would hold `held`, and a dwell that is
    /// over or not. A rise needs no dwell.
    pub const fn step(self, rise: Level, held: Level, rested: bool) -> Option<Self> {
        let up = match self {
            Self::Normal if rise as u8 > Level::Calm as u8 => Some(Self::Widened),
            Self::Widened if rise as u8 > Level::Widen as u8 => Some(Self::ReduceOnly),
            Self::ReduceOnly if rise as u8 > Level::Reduce as u8 => Some(Self::Halted),
            Self::Reopening if rise as u8 > Level::Reduce as u8 => Some(Self::Halted),
            _ => None,
        };
        if up.is_some() || !rested {
            return up;
        }
        match self {
            Self::Widened if (held as u8) < Level::Widen as u8 => Some(Self::Normal),
            Self::ReduceOnly if (held as u8) < Level::Reduce as u8 => Some(Self::Widened),
            Self::Halted if (held as u8) < Level::Halt as u8 => Some(Self::Reopening),
            Self::Reopening => Some(Self::Normal),
            _ => None,
        }
    }
}

/// The states passed in one step of the breaker, at most three.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Path {
    states: [State; Path::MAX],
    length: u8,
}

impl Path {
    /// From `Normal` up to `Halted`, or from `Reopening` by `Normal` up to `ReduceOnly`.
    pub const MAX: usize = 3;

    /// Them in their order; empty if the state is the one before.
    pub fn as_slice(&self) -> &[State] {
        &self.states[..usize::from(self.length)]
    }

    fn push(&mut self, state: State) {
        self.states[usize::from(self.length)] = state;
        self.length += 1;
    }
}

/// The breaker's state, and since when.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Breaker {
    /// What the pool does.
    pub state: State,
    /// When it came to that.
    pub since: Timestamp,
}

/// What readings did to the breaker.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Stepped {
    /// The breaker after it.
    pub breaker: Breaker,
    /// The states it passed, the last of them its own.
    pub path: Path,
    /// What each trigger says, by [`Trigger`]'s order: a reason for each that calls for more than calm
    /// or holds more than calm.
    pub reasons: [Option<Reason>; Trigger::COUNT],
}

impl Stepped {
    /// The reasons there are, in the order of [`Trigger`].
    pub fn why(&self) -> impl Iterator<Item = &Reason> {
        self.reasons.iter().flatten()
    }
}

impl Breaker {
    /// The breaker after readings at a time.
    ///
    /// It falls by one state at most. A time before the last change counts as no time at all. Asked
    /// again with the same readings at the same time it does not move: dwells begin anew with each
    /// state.
    ///
    /// ```
    /// use amm_core::num::{Real, Timestamp};
    /// use amm_core::risk::breaker::{Breaker, BreakerParams, Readings, State};
    ///
    /// let params = BreakerParams::default();
    /// let readings = Readings { loop_gain: Real::lit("0.65"), ..Readings::default() };
    /// let tripped = Breaker::default().step(&params, &readings, Timestamp::new(100));
    /// assert_eq!(tripped.path.as_slice(), [State::Widened, State::ReduceOnly]);
    /// let reason = tripped.why().next().unwrap();
    /// assert_eq!(reason.to_string(), "loop gain of 0.65 reaches 0.6: reduce only");
    /// ```
    #[must_use]
    pub fn step(&self, params: &BreakerParams, readings: &Readings, now: Timestamp) -> Stepped {
        let reasons = params.triggers.reasons(readings);
        let all = || reasons.iter().flatten();
        let rise = all().map(|reason| reason.rise).max().unwrap_or_default();
        let held = all().map(|reason| reason.held).max().unwrap_or_default();
        let stayed = now.get().saturating_sub(self.since.get());
        let mut rested = stayed >= params.dwell(self.state);
        let (mut state, mut path) = (self.state, Path::default());
        while let Some(next) = state.step(rise, held, rested) {
            rested = false; // a new state has not been stayed in
            state = next;
            path.push(next);
        }
        let moved = !path.as_slice().is_empty();
        let since = if moved { now.max(self.since) } else { self.since };
        Stepped { breaker: Self { state, since }, path, reasons }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Real;
    use State::{Halted, Normal, ReduceOnly, Reopening, Widened};
    use std::vec::Vec;

    const LEVELS: [Level; 4] = [Level::Calm, Level::Widen, Level::Reduce, Level::Halt];

    /// The edges, written out.
    const EDGES: [(State, State); 8] = [
        (Normal, Widened),
        (Widened, Normal),
        (Widened, ReduceOnly),
        (ReduceOnly, Widened),
        (ReduceOnly, Halted),
        (Halted, Reopening),
        (Reopening, Halted),
        (Reopening, Normal),
    ];

    /// Every state, every pair of levels, rested or not: each step is an edge, and every edge a step.
    #[test]
    fn steps_are_the_edges() {
        let mut seen = std::collections::BTreeSet::new();
        for from in State::ALL {
            for rise in LEVELS {
                for held in LEVELS.into_iter().filter(|held| *held >= rise) {
                    for rested in [false, true] {
                        let Some(to) = from.step(rise, held, rested) else { continue };
                        assert!(EDGES.contains(&(from, to)), "{from:?} to {to:?}");
                        assert!(from.leads_to(to));
                        seen.insert((from, to));
                        // What rises is called for; what falls is rested and let go.
                        let rises = to.level() > from.level();
                        assert!(if rises { rise >= to.level() } else { rested });
                        assert!(rises || held < from.level() || from == Reopening);
                    }
                }
            }
        }
        assert_eq!(seen.len(), 8);
        let edges = State::ALL.iter().flat_map(|from| State::ALL.map(|to| from.leads_to(to)));
        assert_eq!(edges.filter(|edge| *edge).count(), 8);
    }

    /// With any readings the automaton comes to rest within a step, at least as far up as called for.
    #[test]
    fn a_step_goes_all_the_way_up() {
        let params = BreakerParams::default();
        let gains = ["0", "0.45", "0.65", "0.85"].map(|gain| gain.parse::<Real>().unwrap());
        for from in State::ALL {
            for (gain, want) in gains.into_iter().zip(LEVELS) {
                for after in [0, 1_000_000] {
                    let breaker = Breaker { state: from, since: Timestamp::new(10) };
                    let readings = Readings { loop_gain: gain, ..Readings::default() };
                    let done = breaker.step(&params, &readings, Timestamp::new(10 + after));
                    let mut last = from;
                    for state in done.path.as_slice() {
                        assert!(last.leads_to(*state));
                        last = *state;
                    }
                    assert_eq!(last, done.breaker.state);
                    let waits = last == Reopening && want < Level::Halt;
                    assert!(waits || last.level() >= want, "{from:?} at {gain} ends {last:?}");
                    let again = done.breaker.step(&params, &readings, Timestamp::new(10 + after));
                    assert_eq!(again.breaker, done.breaker);
                }
            }
        }
    }

    #[test]
    fn it_comes_back_one_state_at_a_time() {
        let params = BreakerParams::default();
        let calm = Readings::default();
        let halt = Readings { loop_gain: Real::lit("0.8"), ..calm };
        let mut breaker = Breaker::default().step(&params, &halt, Timestamp::new(5)).breaker;
        assert_eq!((breaker.state, breaker.since.get()), (Halted, 5));
        let mut states = Vec::new();
        for second in 5..10_000 {
            let next = breaker.step(&params, &calm, Timestamp::new(second)).breaker;
            if next != breaker {
                states.push((next.state, second - breaker.since.get()));
            }
            breaker = next;
        }
        let dwell = |state| params.dwell(state);
        assert_eq!(states, [(Reopening, dwell(Halted)), (Normal, dwell(Reopening))]);
    }

    #[test]
    fn it_leaves_lower_than_it_came() {
        let params = BreakerParams::default();
        let mut breaker = Breaker::default();
        let mut now = 0;
        let mut see = |gain: &str| {
            now += 1_000_000;
            let readings = Readings { loop_gain: gain.parse().unwrap(), ..Readings::default() };
            breaker = breaker.step(&params, &readings, Timestamp::new(now)).breaker;
            breaker.state
        };
        let gains = ["0.39", "0.4", "0.31", "0.3", "0.29", "0.62", "0.51", "0.5", "0.49", "0.49"];
        let states = gains.map(&mut see);
        let want = [
            Normal, Widened, Widened, Widened, Normal, ReduceOnly, ReduceOnly, ReduceOnly, Widened,
            Widened,
        ];
        assert_eq!(states, want);
        assert_eq!(["0.8", "0.75", "0.7", "0.69"].map(see), [Halted, Halted, Halted, Reopening]);
    }

    #[test]
    fn time_that_runs_back_is_no_time() {
        let params = BreakerParams::default();
        let breaker = Breaker { state: Widened, since: Timestamp::new(1_000_000) };
        let calm = breaker.step(&params, &Readings::default(), Timestamp::new(0)).breaker;
        assert_eq!(calm, breaker);
        let halt = Readings { loop_gain: Real::ONE, ..Readings::default() };
        let halted = breaker.step(&params, &halt, Timestamp::new(0)).breaker;
        assert_eq!((halted.state, halted.since), (Halted, breaker.since));
    }
}
