//! A score of stress to come, 0 to 1, which raises margins before volatility does.

use alloc::vec::Vec;

use amm_core::num::{Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::SystemError;
use crate::units::{div, fading, mul};

/// Where the score comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Stress {
    /// Nowhere: margins react to volatility and gain alone.
    Off,
    /// From volatility over the last minutes against the last day: 0 at `start`, 1 at `full`. It rises
    /// at once and halves in `half_life_s`.
    Ratio {
        /// Where the score leaves 0: 0 to 100.
        #[serde(with = "serde_real")]
        start: Real,
        /// Where it reaches 1: above `start`, to 100.
        #[serde(with = "serde_real")]
        full: Real,
        /// Seconds, at least 1.
        half_life_s: u32,
        /// What a score of 1 multiplies margin by: 1 to 3.
        #[serde(with = "serde_real")]
        lift: Real,
    },
    /// From outside: a forecast, or one that was shuffled to see what luck does.
    Given {
        /// One score a block, each 0 to 1; the last stands.
        #[serde(with = "crate::spot::reals")]
        scores: Vec<Real>,
        /// What a score of 1 multiplies margin by: 1 to 3.
        #[serde(with = "serde_real")]
        lift: Real,
    },
}

impl Stress {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let three = Real::lit("3");
        match self {
            Self::Off => {}
            Self::Ratio { start, full, half_life_s, lift } => {
                let most = Real::lit("100");
                within("start of a stress score", *start, Real::ZERO, most)?;
                within("end of a stress score", *full, *start + Real::DELTA, most)?;
                within("lift of a stress score", *lift, Real::ONE, three)?;
                if *half_life_s == 0 {
                    return Err(SystemError::Scenario("a stress score takes a second to halve"));
                }
            }
            Self::Given { scores, lift } => {
                within("lift of a stress score", *lift, Real::ONE, three)?;
                for score in scores {
                    within("stress score", *score, Real::ZERO, Real::ONE)?;
                }
            }
        }
        Ok(())
    }

    /// The score after a block.
    pub(super) fn after(
        &self,
        score: Real,
        block: u32,
        seconds: u32,
        fast_over_slow: Real,
    ) -> Result<Real, SystemError> {
        match self {
            Self::Off => Ok(Real::ZERO),
            Self::Ratio { start, full, half_life_s, .. } => {
                let now = div(fast_over_slow - *start, *full - *start)?;
                let kept = mul(score, fading(seconds, *half_life_s)?)?;
                Ok(now.clamp(Real::ZERO, Real::ONE).max(kept))
            }
            Self::Given { scores, .. } => {
                let at = (block.saturating_sub(1) as usize).min(scores.len().saturating_sub(1));
                Ok(scores.get(at).copied().unwrap_or(Real::ZERO))
            }
        }
    }

    /// What a score multiplies margin by.
    pub(super) fn lift(&self, score: Real) -> Result<Real, SystemError> {
        match self {
            Self::Off => Ok(Real::ONE),
            Self::Ratio { lift, .. } | Self::Given { lift, .. } => {
                Ok(Real::ONE + mul(*lift - Real::ONE, score)?)
            }
        }
    }
}
