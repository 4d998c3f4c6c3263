//! The market's state as margin sees it.

use crate::num::{OutOfRange, Price, Real, Vol};
use crate::risk::margin::MarginError;
use crate::risk::within::within;
use crate::surface::Row;

/// What margin depends on besides the board, as of a market update.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Conditions {
    /// Above zero.
    pub spot: Price,
    /// The volatility that is quoted at the money, of the expiry that the margin period is nearest to.
    pub vol: Vol,
    /// The loop gain of the pool's and of others' hedging together, −10 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gain: Real,
    /// The share of the collateral that is pledged elsewhere too, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub pledged: Real,
    /// What predicted stress multiplies the scan range by, 1 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub stress: Real,
    /// The price of the quote currency in what spot is measured in, 1/16 to 4; one at its peg.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub peg: Real,
    /// The confidence in spot, 0 to 1; an expiry's is at most this.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub confidence: Real,
}

/// A price of the quote currency within its range.
pub(crate) fn admit_peg(peg: Real) -> Result<Real, OutOfRange> {
    const LEAST: Real = Real::lit("0.0625");
    const MOST: Real = Real::lit("4");
    within("price of the quote currency", peg, LEAST, MOST)
}

impl Conditions {
    /// A market without hedging, pledges, stress or doubt, its quote currency at its peg.
    pub const fn calm(spot: Price, vol: Vol) -> Self {
        let (zero, one) = (Real::ZERO, Real::ONE);
        Self { spot, vol, gain: zero, pledged: zero, stress: one, peg: one, confidence: one }
    }

    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`MarginError::OutOfRange`].
    pub fn check(&self) -> Result<(), MarginError> {
        const TEN: Real = Real::lit("10");
        const FOUR: Real = Real::lit("4");
        let (zero, one) = (Real::ZERO, Real::ONE);
        within("spot", self.spot.get(), Real::DELTA, Price::MAX.get())?;
        within("loop gain", self.gain, -TEN, TEN)?;
        within("share pledged elsewhere", self.pledged, zero, one)?;
        within("factor of stress", self.stress, one, FOUR)?;
        admit_peg(self.peg)?;
        within("confidence in spot", self.confidence, zero, one)?;
        Ok(())
    }
}

/// What margin depends on besides an expiry's row of the board.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct RowConditions {
    /// The least confidence in its forward, rate and volatilities, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub confidence: Real,
    /// The rate r of the forward contingency, 0 to [`Expiry::RATE_MAX`](crate::pricing::Expiry::RATE_MAX).
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub rate: Real,
    /// The part of the forward that spot no longer moves, at most all of it: what an average has seen
    /// already, or the whole settlement price of an expiry that has one.
    pub fixed: Price,
}

impl RowConditions {
    /// An expiry in whose inputs there is no doubt, with the rate of its discount factor and nothing
    /// fixed; once no time is left all is.
    pub fn of(row: &Row) -> Self {
        let over = row.expiry.time() == crate::num::Seconds::ZERO;
        let fixed = if over { row.expiry.forward() } else { Price::MIN };
        Self { confidence: Real::ONE, rate: row.expiry.rate(), fixed }
    }

    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`MarginError::OutOfRange`].
    pub fn check(&self, row: &Row) -> Result<(), MarginError> {
        let (zero, forward) = (Real::ZERO, row.expiry.forward().get());
        within("confidence in an expiry", self.confidence, zero, Real::ONE)?;
        within("rate", self.rate, zero, crate::pricing::Expiry::RATE_MAX)?;
        within("fixed part of a forward", self.fixed.get(), zero, forward)?;
        Ok(())
    }
}
