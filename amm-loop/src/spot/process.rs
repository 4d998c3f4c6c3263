//! What spot would do by itself.

use alloc::vec::Vec;

use amm_core::num::{Real, Vol, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::{SpotError, reals, within};

/// The law of spot's fundamental path. But for a recorded one, spot is a martingale.
///
/// In a file: `{ lognormal = { vol = "0.65" } }`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Process {
    /// Black and Scholes: d ln S = −½σ²dt + σ dW.
    Lognormal {
        /// σ, annualised.
        vol: Vol,
    },
    /// ln of volatility reverts to its mean (Scott 1987). The long-run mean of variance is σ², and
    /// the first block's volatility is σ.
    Stochastic {
        /// σ, annualised.
        vol: Vol,
        /// κ: 0.001 to 1,000.
        #[serde(with = "serde_real")]
        reversion_per_day: Real,
        /// ν, the annualised volatility of ln of volatility: 0 to 20. The long-run variance of ln of
        /// volatility, ν²/(2·365·κ), is at most 4.
        #[serde(with = "serde_real")]
        vol_of_vol: Real,
        /// Of returns with changes of volatility: −1 to 1.
        #[serde(with = "serde_real")]
        correlation: Real,
    },
    /// Merton 1976: lognormal, and jumps of ln spot that come at random.
    Jumps {
        /// σ of what is not jumps, annualised.
        vol: Vol,
        /// Jumps a day: 0 to 1,000.
        #[serde(with = "serde_real")]
        per_day: Real,
        /// The mean jump of ln spot: −1 to 1.
        #[serde(with = "serde_real")]
        mean: Real,
        /// Its standard deviation: 0 to 1.
        #[serde(with = "serde_real")]
        sd: Real,
    },
    /// A real path.
    Recorded {
        /// ln returns, block by block: −10 to 10.
        #[serde(with = "reals")]
        returns: Vec<Real>,
    },
}

impl Process {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`SpotError::OutOfRange`] names the one outside its range.
    pub fn check(&self) -> Result<(), SpotError> {
        match self {
            Self::Lognormal { .. } => {}
            &Self::Stochastic { reversion_per_day, vol_of_vol, correlation, .. } => {
                let reversion = (Real::lit("0.001"), Real::lit("1000"));
                within("reversion per day", reversion_per_day, reversion.0, reversion.1)?;
                within("volatility of volatility", vol_of_vol, Real::ZERO, Real::lit("20"))?;
                within("correlation", correlation, -Real::ONE, Real::ONE)?;
                let variance = log_vol_variance(reversion_per_day, vol_of_vol);
                within("variance of ln of volatility", variance, Real::ZERO, Real::lit("4"))?;
            }
            &Self::Jumps { per_day, mean, sd, .. } => {
                within("jumps per day", per_day, Real::ZERO, Real::lit("1000"))?;
                within("mean jump", mean, -Real::ONE, Real::ONE)?;
                within("standard deviation of a jump", sd, Real::ZERO, Real::ONE)?;
            }
            Self::Recorded { returns } => {
                let most = Real::lit("10");
                returns.iter().try_for_each(|&r| within("recorded return", r, -most, most))?;
            }
        }
        Ok(())
    }
}

/// ν²/(2κ), the long-run variance of ln of volatility; κ a day, ν a year.
pub(super) fn log_vol_variance(reversion_per_day: Real, vol_of_vol: Real) -> Real {
    vol_of_vol * vol_of_vol / (730 * reversion_per_day)
}
