//! Implied volatility: the one at which Black's price is a given one.

mod seed;
mod solve;

use crate::num::{OutOfRange, Price, Real, Vol};
use crate::pricing::implied::solve::{Problem, normal, ratio, short, times};
use crate::pricing::terms::{PriceTerms, Scaled};
use crate::pricing::{Expiry, Kind};

/// Why no volatility gives a price.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImpliedVolError {
    /// The price is less than what exercise is worth for certain.
    #[error("price {price} is below the intrinsic value of {intrinsic}")]
    BelowIntrinsic {
        /// The price given.
        price: Real,
        /// ⌊DF·F⌋ − ⌊DF·K⌋ for a call, its opposite for a put, or zero.
        intrinsic: Real,
    },
    /// The price is at least what it would be at infinite volatility.
    #[error("price {price} is not below its bound of {bound}")]
    AboveBound {
        /// The price given.
        price: Real,
        /// ⌊DF·F⌋ for a call, ⌊DF·K⌋ for a put.
        bound: Real,
    },
    /// There is no time left, yet the price is more than the option pays.
    #[error("price {price} is above the intrinsic value of {intrinsic} with no time left")]
    NoTimeLeft {
        /// The price given.
        price: Real,
        /// What the option pays.
        intrinsic: Real,
    },
    /// The volatility is outside the range of [`Vol`].
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// The volatility at which [`price`](crate::pricing::price) is `price`.
///
/// A price of exactly the intrinsic value gives [`Vol::ZERO`]. A volatility that misses the range of
/// [`Vol`] by no more than 2⁻³² of itself is the end of the range.
///
/// # Error
///
/// The relative error of σ over max(1, dln σ/dln price) is at most 2^[`IMPLIED_VOL_MAX_ERROR`] and
/// 2⁻⁶⁹/v, v = σ√T, the latter from ln F − ln K; half an ulp of σ comes on top. That is for the
/// out-of-the-money price: an in-the-money one is first turned into it by parity, which is exact in
/// the price's unit.
///
/// # Errors
///
/// [`ImpliedVolError`]: a price outside its bounds, or a volatility outside [`Vol`]'s range.
///
/// ```
/// use amm_core::num::{Discount, Price, Real, Seconds, Vol};
/// use amm_core::pricing::{Expiry, Kind, implied_vol, price};
///
/// let forward = Price::new(Real::lit("60000"))?;
/// let strike = Price::new(Real::lit("65000"))?;
/// let week = Expiry::new(forward, Seconds::new(604_800)?, Discount::MAX)?;
/// let vol = Vol::new(Real::lit("0.65"))?;
/// let call = Price::new(price(&week, strike, vol).call)?;
/// let implied = implied_vol(&week, strike, Kind::Call, call)?;
/// assert!(implied.get().abs_diff(vol.get()) < Real::lit("1e-16"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn implied_vol(
    expiry: &Expiry,
    strike: Price,
    kind: Kind,
    price: Price,
) -> Result<Vol, ImpliedVolError> {
    let discount = *expiry.factor();
    let value = |x: Price| discount.present_value(x) as i128;
    let (own, other) = match kind {
        Kind::Call => (expiry.forward(), strike),
        Kind::Put => (strike, expiry.forward()),
    };
    let (bits, bound, in_the_money) = (price.get().to_bits(), value(own), own > other);
    let intrinsic = if in_the_money { bound - value(other) } else { 0 };
    let terms = (PriceTerms::new(expiry.forward()), PriceTerms::new(strike), expiry.roots());
    let (true, (Some(forward), Some(strike), Some(time))) =
        (intrinsic < bits && bits < bound, terms)
    else {
        return limit(price.get(), Real::from_bits(intrinsic), Real::from_bits(bound));
    };
    let otm = bits.wrapping_sub(intrinsic) as u128; // under ⌊DF·min(F, K)⌋
    let lesser = if in_the_money == (kind == Kind::Call) { &strike } else { &forward };
    let (otm, most) = (normal(otm, 0), times(lesser.scaled(), discount.factor));
    let part = short(ratio(otm.m, most.m), otm.e.wrapping_sub(most.e) - 63);
    // The bound is cut to 64 bits, so a part all but one may come out as one.
    let part = if part.e > -64 { Scaled { m: u64::MAX, e: -64 } } else { part };
    let v = Problem::new(forward.log.over(strike.log).unsigned_abs(), part).root();
    volatility(v, time.inverse)
}

/// The bound on the relative error of an implied volatility over max(1, dln σ/dln price), as an
/// exponent of two.
pub const IMPLIED_VOL_MAX_ERROR: i32 = -54;

/// The answer where the price is no mixture of its bounds.
#[cold]
fn limit(price: Real, intrinsic: Real, bound: Real) -> Result<Vol, ImpliedVolError> {
    if price < intrinsic {
        Err(ImpliedVolError::BelowIntrinsic { price, intrinsic })
    } else if price == intrinsic {
        Ok(Vol::ZERO)
    } else if price >= bound {
        Err(ImpliedVolError::AboveBound { price, bound })
    } else {
        Err(ImpliedVolError::NoTimeLeft { price, intrinsic })
    }
}

/// v/√T to nearest.
#[inline(always)]
fn volatility(v: Scaled, inverse_root: Scaled) -> Result<Vol, ImpliedVolError> {
    let product = v.m as u128 * inverse_root.m as u128;
    // To bits, from 45 for v < 2⁶ and a second to 127 for v ≥ 2⁻⁶¹ and thirty years.
    let down = -64 - v.e - inverse_root.e;
    let bits = ((product >> ((down - 1) & 127)) + 1) >> 1;
    let sigma = Real::from_bits(bits as i128);
    Vol::new(sigma).or_else(|error| end_of_range(sigma).ok_or(error.into()))
}

/// The end of [`Vol`]'s range that σ misses by at most 2⁻³² of it.
#[cold]
fn end_of_range(sigma: Real) -> Option<Vol> {
    [Vol::MIN, Vol::MAX].into_iter().find(|end| sigma.abs_diff(end.get()) <= end.get() >> 32_u32)
}
