//! Gamma and vega that the pool wants to be rid of, by a Dutch auction that anyone may answer.
//!
//! The pool takes contracts back at their mark and a part of what that saves it: the fall of its
//! potential F. It offers none of the saving at first and all of it in the end, never more. What it pays
//! is a difference of F, so answers in pieces come to what one answer does, and none is worth splitting.

use crate::num::{Amount, Cash, Real, Rounding, Size, Timestamp, mul_div};
use crate::risk::liquidation::Curve;

/// Contracts of one series that the pool would trade, and since when it has asked.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Buyback {
    /// When the auction began.
    pub since: Timestamp,
    /// How many, positive to buy.
    pub wanted: Size,
}

/// A trade that answers an auction.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Answer {
    /// Contracts that the pool buys; sells if negative.
    pub size: Size,
    /// What they are worth at the mark: of the sign of the size.
    pub worth: Amount,
    /// By how much F falls: above zero.
    pub relief: Amount,
}

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BuybackError {
    /// The pool wants fewer, or the other side.
    #[error("{got} contracts are not part of the {wanted} wanted")]
    Size {
        /// The answer.
        got: Size,
        /// What is left of the auction.
        wanted: Size,
    },
    /// The trade would not lower F.
    #[error("a relief of {relief} is none")]
    NoRelief {
        /// The fall of F.
        relief: Amount,
    },
    /// A sum does not fit.
    #[error("{worth} and a part of {relief} do not fit")]
    Overflow {
        /// The mark.
        worth: Amount,
        /// The fall of F.
        relief: Amount,
    },
}

/// The price of the next contract: its mark and (1 − d)·F′, where d is the curve's share and F′ the
/// potential's marginal charge for the contract, below zero where the pool is long of gamma and sells.
/// Rounded towards the mark; `None` if it does not fit.
///
/// ```
/// use amm_core::num::Real;
/// use amm_core::risk::{buyback::price, liquidation::Curve};
///
/// let curve = Curve { start_bps: 10_000, ..Curve::default() };
/// let price = |seconds| price(&curve, Real::lit("100"), Real::lit("8"), seconds);
/// assert_eq!(price(0), Some(Real::lit("100")));
/// assert_eq!(price(12_000), Some(Real::lit("108")));
/// ```
pub fn price(curve: &Curve, mark: Real, marginal: Real, elapsed_s: u64) -> Option<Real> {
    mark.checked_add(part(curve, marginal, elapsed_s)?)
}

/// (1 − d) of a number, rounded towards zero.
fn part(curve: &Curve, of: Real, elapsed_s: u64) -> Option<Real> {
    let ratio = curve.ratio(elapsed_s);
    let size = of.to_bits().unsigned_abs();
    // No more than the size, as the part is no more than the whole.
    let size = mul_div(size, ratio.whole - ratio.part, ratio.whole, Rounding::Down)?;
    let bits = if of < 0 { 0_i128.checked_sub_unsigned(size) } else { i128::try_from(size).ok() };
    bits.map(Real::from_bits)
}

impl Buyback {
    /// What the pool pays for an answer, is paid if negative, and the auction after it. Rounded down
    /// against whoever answers; never above the mark and the relief.
    ///
    /// ```
    /// use amm_core::num::{Real, Timestamp};
    /// use amm_core::risk::{buyback::{Answer, Buyback}, liquidation::Curve};
    ///
    /// let auction = Buyback { since: Timestamp::new(0), wanted: "10".parse()? };
    /// let answer = Answer { size: "4".parse()?, worth: "400".parse()?, relief: "10".parse()? };
    /// // Half way down from 70 %: 65 % of the relief is offered.
    /// let (cash, left) = auction.answer(&Curve::default(), &answer, Timestamp::new(6_600))?;
    /// assert_eq!((cash.to_string(), left.wanted.to_string()), ("406.5".into(), "6".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuybackError`].
    pub fn answer(
        &self,
        curve: &Curve,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(Cash, Self), BuybackError> {
        let Answer { size, worth, relief } = *answer;
        let side = size.atoms().signum() == self.wanted.atoms().signum() && size != Size::ZERO;
        if !side || size.atoms().unsigned_abs() > self.wanted.atoms().unsigned_abs() {
            return Err(BuybackError::Size { got: size, wanted: self.wanted });
        }
        if relief <= Amount::ZERO {
            return Err(BuybackError::NoRelief { relief });
        }
        let elapsed = now.get().saturating_sub(self.since.get());
        let offered = part(curve, relief.floor(), elapsed);
        let paid = offered.and_then(|offered| worth.checked_add(offered.into()));
        let paid = paid.ok_or(BuybackError::Overflow { worth, relief })?;
        // Of one sign, and no larger.
        let wanted = Size::from_atoms(self.wanted.atoms() - size.atoms());
        Ok((paid.round(Rounding::Down), Self { wanted, ..*self }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    fn answer(size: &str, worth: &str, relief: &str) -> Answer {
        let size = size.parse().unwrap();
        Answer { size, worth: worth.parse().unwrap(), relief: relief.parse().unwrap() }
    }

    #[test]
    fn the_price_ends_at_the_reservation() {
        let curve = Curve::default();
        for (marginal, first, last) in [("8", "100.4", "108"), ("-8", "99.6", "92")] {
            let price = |s| price(&curve, real("100"), real(marginal), s).unwrap();
            assert!(price(0).abs_diff(real(first)) <= Real::DELTA * 2);
            assert_eq!(price(u64::MAX), real(last));
        }
        assert_eq!(price(&curve, Real::MAX, Real::ONE, u64::MAX), None);
        assert_eq!(price(&curve, Real::ZERO, Real::MIN, u64::MAX), Some(Real::MIN));
    }

    #[test]
    fn answers_are_part_of_what_is_wanted() {
        let curve = Curve::default();
        let buys = Buyback { since: Timestamp::new(9), wanted: "10".parse().unwrap() };
        let sells = Buyback { wanted: "-10".parse().unwrap(), ..buys };
        let now = Timestamp::new(9);
        for (auction, wrong) in [
            (buys, answer("-1", "-100", "1")),
            (buys, answer("0", "0", "1")),
            (buys, answer("10.000000001", "1", "1")),
            (sells, answer("1", "100", "1")),
            (Buyback::default(), answer("1", "100", "1")),
        ] {
            let error = auction.answer(&curve, &wrong, now).unwrap_err();
            assert!(matches!(error, BuybackError::Size { .. }), "{error}");
        }
        for relief in ["0", "-1"] {
            let error = buys.answer(&curve, &answer("1", "100", relief), now).unwrap_err();
            assert!(matches!(error, BuybackError::NoRelief { .. }), "{error}");
        }
        // Sold at the mark less a twentieth of the relief; what is left is wanted still.
        let (cash, left) = sells.answer(&curve, &answer("-4", "-400", "20"), now).unwrap();
        assert_eq!((cash, left.wanted), ("-399".parse().unwrap(), "-6".parse().unwrap()));
        let far = Answer { worth: Real::MAX.into(), ..answer("1", "0", "20") };
        assert!(buys.answer(&curve, &far, now).is_err());
    }
}
