//! A circuit breaker over the whole system, and how near it is to tripping.

use amm_core::num::{Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::SystemError;
use crate::units::{div, mul};

/// How free trading is.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Freedom {
    /// As ever.
    #[default]
    Normal,
    /// Trades in the underlying cost more.
    Widened,
    /// Nobody adds to a position.
    ReduceOnly,
    /// Nothing is liquidated, hedged or closed.
    Halted,
}

impl Freedom {
    /// All, from the freest.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Widened, Self::ReduceOnly, Self::Halted];

    fn below(self) -> Self {
        match self {
            Self::Halted => Self::ReduceOnly,
            Self::ReduceOnly => Self::Widened,
            Self::Widened | Self::Normal => Self::Normal,
        }
    }
}

/// When trading is restrained, and by what. Each trigger is a share of the one that halts: the system's
/// loop gain over `gain`, and the move over `window` blocks over `deviations` normal ones.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerRule {
    /// Whether it acts. If not, it is watched all the same: that is what it is compared with.
    pub acts: bool,
    /// The loop gain that halts, above 0 and to 100; 0.8.
    #[serde(with = "serde_real")]
    pub gain: Real,
    /// The move that halts, in normal ones over the window, above 0 and to 1000.
    #[serde(with = "serde_real")]
    pub deviations: Real,
    /// Blocks of the window, 1 to 10,000.
    pub window: u32,
    /// Shares of what halts at which trading is widened, above 0 and to 1; 0.5.
    #[serde(with = "serde_real")]
    pub widen: Real,
    /// Shares of what halts at which nobody may add, `widen` to 1; 0.75.
    #[serde(with = "serde_real")]
    pub reduce: Real,
    /// How far under its threshold a state is left, 0 to 1; 0.125.
    #[serde(with = "serde_real")]
    pub hysteresis: Real,
    /// Blocks a state lasts at least.
    pub dwell: u32,
    /// What `Widened` and worse multiply the spread of the underlying by, 1 to 100.
    #[serde(with = "serde_real")]
    pub spread: Real,
}

impl BreakerRule {
    /// One that is only watched.
    pub const WATCHED: Self = Self {
        acts: false,
        gain: Real::lit("0.8"),
        deviations: Real::lit("8"),
        window: 10,
        widen: Real::lit("0.5"),
        reduce: Real::lit("0.75"),
        hysteresis: Real::lit("0.125"),
        dwell: 5,
        spread: Real::lit("3"),
    };

    pub(super) fn check(&self) -> Result<(), SystemError> {
        let (some, most) = (Real::lit("0.000001"), Real::lit("1000"));
        within("gain that halts", self.gain, some, Real::lit("100"))?;
        within("move that halts", self.deviations, some, most)?;
        within("window of a breaker", Real::from_num(self.window), Real::ONE, most * 10)?;
        within("share that widens", self.widen, some, Real::ONE)?;
        within("share that reduces", self.reduce, self.widen, Real::ONE)?;
        within("hysteresis of a breaker", self.hysteresis, Real::ZERO, Real::ONE)?;
        within("spread of a breaker", self.spread, Real::ONE, Real::lit("100"))?;
        Ok(())
    }

    /// How near it is: one is where it halts.
    pub(super) fn nearness(&self, gain: Real, deviations: Real) -> Result<Real, SystemError> {
        Ok(div(gain, self.gain)?.max(div(deviations.abs(), self.deviations)?))
    }

    fn threshold(&self, freedom: Freedom) -> Real {
        match freedom {
            Freedom::Normal => Real::ZERO,
            Freedom::Widened => self.widen,
            Freedom::ReduceOnly => self.reduce,
            Freedom::Halted => Real::ONE,
        }
    }
}

/// A breaker at work.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) struct Breaker {
    pub(super) freedom: Freedom,
    since: u32,
    /// How near it is to halting.
    #[serde(with = "serde_real")]
    pub(super) nearness: Real,
}

impl Breaker {
    /// One block: it tightens at once, and loosens one step at a time after it has dwelt.
    pub(super) fn step(
        &mut self,
        rule: &BreakerRule,
        block: u32,
        nearness: Real,
    ) -> Result<(), SystemError> {
        self.nearness = nearness;
        let reached = |freedom: &&Freedom| nearness >= rule.threshold(**freedom);
        let tightest = Freedom::ALL.iter().rev().find(reached).copied().unwrap_or_default();
        if tightest > self.freedom {
            (self.freedom, self.since) = (tightest, block);
        } else if block.saturating_sub(self.since) >= rule.dwell {
            let left = mul(rule.threshold(self.freedom), Real::ONE - rule.hysteresis)?;
            if nearness < left {
                (self.freedom, self.since) = (self.freedom.below(), block);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tightens_at_once_and_loosens_step_by_step() {
        let rule = BreakerRule::WATCHED;
        let mut breaker = Breaker::default();
        let mut seen = alloc::vec::Vec::new();
        for block in 1..=20 {
            let nearness = if block == 2 { Real::lit("1.5") } else { Real::ZERO };
            breaker.step(&rule, block, nearness).unwrap();
            seen.push(breaker.freedom);
        }
        assert_eq!(seen[0], Freedom::Normal);
        assert!(seen[1..6].iter().all(|freedom| *freedom == Freedom::Halted));
        assert!(seen[6..11].iter().all(|freedom| *freedom == Freedom::ReduceOnly));
        assert!(seen[11..16].iter().all(|freedom| *freedom == Freedom::Widened));
        assert_eq!(seen[16], Freedom::Normal);
    }
}
