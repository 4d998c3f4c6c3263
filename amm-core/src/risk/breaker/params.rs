//! How a breaker is set.

use crate::num::{Real, Seconds};
use crate::risk::breaker::{LevelError, Levels, SpreadAuction, State, Trigger, Triggers};
use crate::risk::within::{whole, within};

/// How the breaker is set.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct BreakerParams {
    /// What trips it.
    pub triggers: Triggers,
    /// The shortest stay in `Widened`, a second at least, as the following.
    pub widened: Seconds,
    /// The shortest stay in `ReduceOnly`.
    pub reduce_only: Seconds,
    /// The shortest stay in `Halted`.
    pub halted: Seconds,
    /// The stay in `Reopening`.
    pub reopening: Seconds,
    /// The factor on the spread outside `Normal`: 1 to 100.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub spread: Real,
    /// What passes by auction only pays this, from the state's beginning over its shortest stay.
    #[cfg_attr(feature = "serde", serde(default))]
    pub auction: SpreadAuction,
}

impl Default for BreakerParams {
    /// Loop gains of 0.4, 0.6 and 0.8, left 0.1 lower; moves of 4, 6 and 9 standard deviations;
    /// implied volatility up by a quarter, a half, all of itself; oracles 0.75, 1.5 and 5 % off, 1.5 %
    /// being where Lyra stopped trading (Avalon); inputs of one, ten and sixty minutes; utilisation of
    /// 80, 90 and 98 %; a tenth, three tenths and six tenths of the insurance fund. Stays of five,
    /// fifteen and thirty minutes and ten of reopening; twice the spread.
    fn default() -> Self {
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        let [loop_gain, spot_move, vol_jump, oracle_gap, staleness, utilisation, insurance_draw] =
            LEVELS.map(|[widen, reduce, halt, lower]| Levels { widen, reduce, halt, lower });
        let triggers = Triggers {
            loop_gain,
            spot_move,
            vol_jump,
            oracle_gap,
            staleness,
            utilisation,
            insurance_draw,
        };
        Self {
            triggers,
            widened: seconds(300),
            reduce_only: seconds(900),
            halted: seconds(1_800),
            reopening: seconds(600),
            spread: Real::ONE + Real::ONE,
            auction: SpreadAuction::default(),
        }
    }
}

/// The default levels and how much lower they let go, by trigger.
const LEVELS: [[Real; 4]; Trigger::COUNT] = [
    [Real::lit("0.4"), Real::lit("0.6"), Real::lit("0.8"), Real::lit("0.1")],
    [Real::lit("4"), Real::lit("6"), Real::lit("9"), Real::lit("1")],
    [Real::lit("0.25"), Real::lit("0.5"), Real::lit("1"), Real::lit("0.1")],
    [Real::lit("0.0075"), Real::lit("0.015"), Real::lit("0.05"), Real::lit("0.0025")],
    [Real::lit("60"), Real::lit("600"), Real::lit("3600"), Real::lit("30")],
    [Real::lit("0.8"), Real::lit("0.9"), Real::lit("0.98"), Real::lit("0.05")],
    [Real::lit("0.1"), Real::lit("0.3"), Real::lit("0.6"), Real::lit("0.05")],
];

impl BreakerParams {
    /// Checks that levels rise with room to let go, that stays last a second at least, the spread and the
    /// auction.
    ///
    /// # Errors
    ///
    /// [`LevelError`].
    pub fn check(&self) -> Result<(), LevelError> {
        Trigger::ALL.into_iter().try_for_each(|one| self.triggers.of(one).check(one))?;
        let stays = [self.widened, self.reduce_only, self.halted, self.reopening];
        let most = Seconds::MAX.get();
        for stay in stays {
            whole("stay in a breaker's state in seconds", stay.get(), 1, most)?;
        }
        const MOST: Real = Real::lit("100");
        within("factor on the spread", self.spread, Real::ONE, MOST)?;
        self.auction.check(self.spread)?;
        Ok(())
    }

    /// The shortest stay in a state, in seconds.
    pub fn dwell(&self, state: State) -> u64 {
        let dwell = match state {
            State::Normal => Seconds::ZERO,
            State::Widened => self.widened,
            State::ReduceOnly => self.reduce_only,
            State::Halted => self.halted,
            State::Reopening => self.reopening,
        };
        dwell.get().into()
    }

    /// The factor on the spread in a state.
    pub const fn spread(&self, state: State) -> Real {
        match state {
            State::Normal => Real::ONE,
            _ => self.spread,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    #[test]
    fn levels_must_rise() {
        let good = BreakerParams::default();
        assert_eq!(good.check(), Ok(()));
        let mut wrong = good;
        wrong.triggers.vol_jump.reduce = wrong.triggers.vol_jump.widen;
        let error = wrong.check().unwrap_err().to_string();
        assert!(error.starts_with("jump of implied volatility: 0 < lower < widen"), "{error}");
        for field in [0, 1] {
            let mut wrong = good;
            let lower = &mut wrong.triggers.loop_gain.lower;
            *lower = if field == 0 { Real::ZERO } else { real("0.4") };
            assert!(wrong.check().is_err());
        }
        assert!(BreakerParams { halted: Seconds::ZERO, ..good }.check().is_err());
        assert!(BreakerParams { spread: real("0.9"), ..good }.check().is_err());
        assert_eq!(good.spread(State::Normal), Real::ONE);
        assert_eq!(good.spread(State::Reopening), good.spread);
    }
}
