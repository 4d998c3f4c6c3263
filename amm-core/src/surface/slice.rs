//! One expiry's smile.

use super::moneyness::admit;
use super::{Ssvi, Svi, variance};
use crate::num::{OutOfRange, Real, Seconds, TotalVariance, Vol};

/// Total variance by log-moneyness of one expiry.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Slice {
    /// One volatility for every strike.
    Flat(Vol),
    /// Raw SVI.
    Svi(Svi),
    /// SSVI.
    Ssvi(Ssvi),
}

impl Slice {
    /// w at log-moneyness k, with `time` left.
    ///
    /// The parameters of SVI and SSVI already stand for a time, so only a flat slice reads `time`.
    ///
    /// # Error
    ///
    /// Flat: within one ulp, below. SVI: within 1 + b·(2 + 12R) ulps of the formula, R = √((k − m)² + σ²),
    /// either side; SSVI: within 1 + R + b·(4 + 12R) with the raw parameters' rounding. Where a smile is
    /// listed (b < 1, R < 1) that is under 2⁻⁶⁰.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] if k is beyond [`LOG_MONEYNESS_MAX`](super::LOG_MONEYNESS_MAX) or w beyond
    /// [`TotalVariance::MAX`].
    #[inline]
    pub fn total_variance(&self, k: Real, time: Seconds) -> Result<TotalVariance, OutOfRange> {
        let k = admit(k)?;
        let bits = match self {
            Self::Flat(vol) => return Ok(variance::total_variance(*vol, time)),
            Self::Svi(svi) => svi.at(k),
            Self::Ssvi(ssvi) => ssvi.raw().at(k),
        };
        TotalVariance::new(Real::from_bits(bits as i128))
    }

    /// σ = √(w/T) at log-moneyness k, with `time` left: of a flat slice the volatility itself; of another
    /// with no time left [`Vol::ZERO`], there being no more movement.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] as [`Self::total_variance`], and if σ is no [`Vol`].
    pub fn vol(&self, k: Real, time: Seconds) -> Result<Vol, OutOfRange> {
        if let Self::Flat(vol) = self {
            return admit(k).map(|_| *vol);
        }
        variance::vol(self.total_variance(k, time)?, time)
    }

    /// The raw form of what is not flat.
    pub(super) fn raw(&self) -> Option<Svi> {
        match self {
            Self::Flat(_) => None,
            Self::Svi(svi) => Some(*svi),
            Self::Ssvi(ssvi) => Some(ssvi.raw()),
        }
    }
}
