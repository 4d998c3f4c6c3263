//! What trips a breaker: readings, and the levels they are held to.

use core::fmt;

use crate::math;
use crate::num::{OutOfRange, Price, Real, Seconds, Size, Vol, YEAR_S};
use crate::risk::breaker::Level;
use crate::risk::within::within;

/// What is watched.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Trigger {
    /// The pool's loop gain with that of everyone else.
    LoopGain,
    /// Spot's move against the forecast.
    SpotMove,
    /// The relative change of implied volatility.
    VolJump,
    /// How far the oracle is from where the market trades.
    OracleGap,
    /// How old the inputs are.
    Staleness,
    /// The share of the pool's cash that its positions lock.
    Utilisation,
    /// The share of the insurance fund used of late.
    InsuranceDraw,
}

impl Trigger {
    /// How many there are.
    pub const COUNT: usize = 7;
    /// All of them, in the order of reasons.
    pub const ALL: [Self; Self::COUNT] = [
        Self::LoopGain,
        Self::SpotMove,
        Self::VolJump,
        Self::OracleGap,
        Self::Staleness,
        Self::Utilisation,
        Self::InsuranceDraw,
    ];

    /// What messages call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoopGain => "loop gain",
            Self::SpotMove => "move of spot",
            Self::VolJump => "jump of implied volatility",
            Self::OracleGap => "deviation of the oracle",
            Self::Staleness => "age of the inputs in seconds",
            Self::Utilisation => "utilisation",
            Self::InsuranceDraw => "draw on the insurance fund",
        }
    }
}

/// What a breaker is shown at a market update. All are zero where nothing is wrong.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Readings {
    /// The highest loop gain of any node, the outside market's with it.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub loop_gain: Real,
    /// ln of spot over what it was when the forecast was made; the sign does not matter.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub spot_return: Real,
    /// The forecast's standard deviation of that return: σ√t, zero or more.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub deviation: Real,
    /// Implied volatility over what it was, less one; the sign does not matter.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub vol_jump: Real,
    /// The oracle's price over where the market trades, less one; the sign does not matter.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub oracle_gap: Real,
    /// How old the oldest input is.
    pub age: Seconds,
    /// Cash that positions lock over all the cash there is. What waits counts as locked.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub utilisation: Real,
    /// What was paid out of the insurance fund of late over what was in it.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub insurance_draw: Real,
}

impl Readings {
    /// These with a move of spot: its log return and the deviation σ√t that a volatility makes of the
    /// time it took.
    ///
    /// ```
    /// use amm_core::num::Seconds;
    /// use amm_core::risk::breaker::Readings;
    ///
    /// let (from, to) = ("2000".parse()?, "1900".parse()?);
    /// let seen = Readings::default().moved(from, to, "0.8".parse()?, Seconds::new(3_600)?)?;
    /// let times = seen.spot_return / seen.deviation;
    /// assert_eq!(format!("{times:.2}"), "-6.00"); // 5 % in an hour, at 80 % a year
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] for a price of zero, which has no logarithm.
    pub fn moved(
        &self,
        from: Price,
        to: Price,
        vol: Vol,
        elapsed: Seconds,
    ) -> Result<Self, OutOfRange> {
        let spot_return = math::ln(to.get())? - math::ln(from.get())?;
        let years = Real::from_num(elapsed.get()) / i128::from(YEAR_S);
        let deviation = vol.get() * math::sqrt(years)?; // ≤ 20·√30
        Ok(Self { spot_return, deviation, ..*self })
    }

    /// A reading, and what its levels are multiples of.
    fn of(&self, trigger: Trigger) -> (Real, Real) {
        let size = |x: Real| x.checked_abs().unwrap_or(Real::MAX); // 2⁶³ is past every level
        match trigger {
            Trigger::LoopGain => (self.loop_gain, Real::ONE),
            Trigger::SpotMove => (size(self.spot_return), self.deviation),
            Trigger::VolJump => (size(self.vol_jump), Real::ONE),
            Trigger::OracleGap => (size(self.oracle_gap), Real::ONE),
            Trigger::Staleness => (Real::from_num(self.age.get()), Real::ONE),
            Trigger::Utilisation => (self.utilisation, Real::ONE),
            Trigger::InsuranceDraw => (self.insurance_draw, Real::ONE),
        }
    }
}

/// The readings at which a trigger calls for each level.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Levels {
    /// To widen: above `lower`.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub widen: Real,
    /// To stop what adds risk: above `widen`.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub reduce: Real,
    /// To stop: above `reduce`, at most 10⁹.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub halt: Real,
    /// How much lower than it came in a reading must be to let go: above zero.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub lower: Real,
}

/// Levels of a trigger that make no automaton.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelError {
    /// They do not rise, or leave no room below for letting go.
    #[error("{}: 0 < lower < widen < reduce < halt does not hold for {}, {}, {}, {}", trigger.name(), levels.lower, levels.widen, levels.reduce, levels.halt)]
    Order {
        /// Of what.
        trigger: Trigger,
        /// The levels.
        levels: Levels,
    },
    /// No fill brings the auction back.
    #[error("an auction of {got} contracts is none")]
    Auction {
        /// Its size.
        got: Size,
    },
    /// A number is out of its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl Levels {
    pub(super) fn check(&self, trigger: Trigger) -> Result<(), LevelError> {
        const MOST: Real = Real::lit("1000000000");
        let Self { widen, reduce, halt, lower } = *self;
        if !(Real::ZERO < lower && lower < widen && widen < reduce && reduce < halt) {
            return Err(LevelError::Order { trigger, levels: *self });
        }
        within(trigger.name(), halt, Real::ZERO, MOST)?;
        Ok(())
    }

    const fn get(&self, level: Level) -> Real {
        match level {
            Level::Calm => Real::ZERO,
            Level::Widen => self.widen,
            Level::Reduce => self.reduce,
            Level::Halt => self.halt,
        }
    }
}

/// The levels of all triggers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Triggers {
    /// Of the loop gain.
    pub loop_gain: Levels,
    /// Of spot's move, in standard deviations of the forecast.
    pub spot_move: Levels,
    /// Of implied volatility's relative change.
    pub vol_jump: Levels,
    /// Of the oracle's relative deviation.
    pub oracle_gap: Levels,
    /// Of the inputs' age in seconds.
    pub staleness: Levels,
    /// Of utilisation.
    pub utilisation: Levels,
    /// Of the insurance fund's use.
    pub insurance_draw: Levels,
}

impl Triggers {
    /// Those of one trigger.
    pub const fn of(&self, trigger: Trigger) -> &Levels {
        match trigger {
            Trigger::LoopGain => &self.loop_gain,
            Trigger::SpotMove => &self.spot_move,
            Trigger::VolJump => &self.vol_jump,
            Trigger::OracleGap => &self.oracle_gap,
            Trigger::Staleness => &self.staleness,
            Trigger::Utilisation => &self.utilisation,
            Trigger::InsuranceDraw => &self.insurance_draw,
        }
    }

    /// What each trigger says of readings.
    pub fn reasons(&self, readings: &Readings) -> [Option<Reason>; Trigger::COUNT] {
        Trigger::ALL.map(|trigger| {
            let (got, scale) = readings.of(trigger);
            Reason::of(trigger, self.of(trigger), got, scale)
        })
    }
}

/// A trigger that calls for a level, or still holds one, with the numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reason {
    /// Which.
    pub trigger: Trigger,
    /// The reading.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
    pub got: Real,
    /// What it has reached; or what it has not left, where it only holds its level.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
    pub limit: Real,
    /// The level it calls for.
    pub rise: Level,
    /// The level it holds: no lower.
    pub held: Level,
}

impl Reason {
    /// Of a reading whose levels are multiples of a scale; `None` if all is calm. A reading of zero and
    /// below is calm whatever the scale; a level that does not fit a number is never reached.
    fn of(trigger: Trigger, levels: &Levels, got: Real, scale: Real) -> Option<Self> {
        if got <= 0 {
            return None;
        }
        let limit = |level, lower: Real| levels.get(level).checked_sub(lower)?.checked_mul(scale);
        let highest = |lower: Real| {
            let from = [Level::Halt, Level::Reduce, Level::Widen].into_iter();
            let mut reached = from.filter_map(|level| Some((level, limit(level, lower)?)));
            reached.find(|(_, limit)| got >= *limit)
        };
        let (held, left) = highest(levels.lower)?;
        let (rise, reached) = highest(Real::ZERO).unwrap_or((Level::Calm, left));
        let limit = if rise == held { reached } else { left };
        Some(Self { trigger, got, limit, rise, held })
    }
}

/// The fact with its numbers: `loop gain of 0.65 reaches 0.6: reduce only`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let does = if self.rise == self.held { "reaches" } else { "has not left" };
        let level = match self.held {
            Level::Calm => "calm",
            Level::Widen => "widened",
            Level::Reduce => "reduce only",
            Level::Halt => "halted",
        };
        write!(f, "{} of {} {does} {}: {level}", self.trigger.name(), self.got, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Timestamp;
    use crate::risk::breaker::{Breaker, BreakerParams, State};
    use std::string::ToString;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    fn said(readings: Readings) -> [std::string::String; 1] {
        let reasons = BreakerParams::default().triggers.reasons(&readings);
        let mut reasons = reasons.iter().flatten();
        let said = reasons.next().unwrap().to_string();
        assert_eq!(reasons.next(), None);
        [said]
    }

    #[test]
    fn each_trigger_has_its_say() {
        let calm = Readings::default();
        let seconds = |count| Seconds::new(count).unwrap();
        assert_eq!(
            said(Readings { loop_gain: real("0.8"), ..calm }),
            ["loop gain of 0.8 reaches 0.8: halted"]
        );
        let moved = Readings { spot_return: real("-0.5"), deviation: real("0.125"), ..calm };
        assert_eq!(said(moved), ["move of spot of 0.5 reaches 0.5: widened"]);
        let jump = Readings { vol_jump: real("0.5"), ..calm };
        assert_eq!(said(jump), ["jump of implied volatility of 0.5 reaches 0.5: reduce only"]);
        let fell = Readings { vol_jump: real("-0.5"), ..calm };
        assert_eq!(said(fell), ["jump of implied volatility of 0.5 reaches 0.5: reduce only"]);
        let gap = Readings { oracle_gap: real("-0.25"), ..calm };
        assert!(said(gap)[0].starts_with("deviation of the oracle of 0.25 reaches 0.05"));
        let old = Readings { age: seconds(570), ..calm };
        assert_eq!(
            said(old),
            ["age of the inputs in seconds of 570 has not left 570: reduce only"]
        );
        let used = Readings { utilisation: real("0.75"), ..calm };
        assert!(said(used)[0].starts_with("utilisation of 0.75 has not left 0.75: widened"));
        let drawn = Readings { insurance_draw: real("0.7"), ..calm };
        assert!(said(drawn)[0].ends_with("reaches 0.6: halted"));
    }

    #[test]
    fn each_trigger_trips_the_breaker_alone() {
        let params = BreakerParams::default();
        let calm = Readings::default();
        assert!(params.triggers.reasons(&calm).iter().all(Option::is_none));
        let trips = [
            Readings { loop_gain: real("0.8"), ..calm },
            Readings { spot_return: real("1.125"), deviation: real("0.125"), ..calm },
            Readings { vol_jump: Real::ONE, ..calm },
            Readings { oracle_gap: real("0.05"), ..calm },
            Readings { age: Seconds::new(3_600).unwrap(), ..calm },
            Readings { utilisation: real("0.98"), ..calm },
            Readings { insurance_draw: real("0.6"), ..calm },
        ];
        for (trigger, readings) in Trigger::ALL.into_iter().zip(trips) {
            let done = Breaker::default().step(&params, &readings, Timestamp::new(9));
            assert_eq!(done.breaker.state, State::Halted, "{trigger:?}");
            let why: std::vec::Vec<_> = done.why().map(|reason| reason.trigger).collect();
            assert_eq!(why, [trigger]);
        }
    }

    #[test]
    fn the_worst_readings_there_are() {
        let params = BreakerParams::default();
        let worst = Readings {
            loop_gain: Real::MAX,
            spot_return: Real::MIN,
            deviation: Real::ZERO,
            vol_jump: Real::MIN,
            oracle_gap: Real::MIN,
            age: Seconds::MAX,
            utilisation: Real::MAX,
            insurance_draw: Real::MAX,
        };
        let reasons = params.triggers.reasons(&worst);
        assert!(reasons.iter().all(|reason| reason.is_some_and(|why| why.rise == Level::Halt)));
        // No move is none, whatever was forecast; and no move reaches what does not fit.
        let none = Readings { deviation: Real::ZERO, ..Readings::default() };
        assert_eq!(params.triggers.reasons(&none), [None; Trigger::COUNT]);
        let far = Readings { spot_return: Real::MAX, deviation: Real::MAX, ..none };
        assert_eq!(params.triggers.reasons(&far), [None; Trigger::COUNT]);
    }
}
