//! Where a strike lies on a slice.

use crate::math::ln_q96;
use crate::num::{OutOfRange, Price, Real};

/// The greatest distance from the forward a slice is asked at, either way: no two prices above zero
/// are further apart than ln(10¹²·2⁶⁴) < 73.
pub const LOG_MONEYNESS_MAX: Real = Real::lit("73");

/// ln(K/F), to the nearest [`Real`] within 0.54 ulp; `None` if either is zero.
///
/// It does not depend on the unit of price: doubling both gives the same bits.
///
/// ```
/// use amm_core::{num::Real, surface::log_moneyness};
/// let k = log_moneyness("33000".parse()?, "30000".parse()?);
/// assert_eq!(format!("{:.6}", k.unwrap()), "0.095310");
/// assert_eq!(log_moneyness("0".parse()?, "30000".parse()?), None);
/// # Ok::<(), amm_core::num::ParseNumber>(())
/// ```
pub fn log_moneyness(strike: Price, forward: Price) -> Option<Real> {
    let bits = |price: Price| Some(price.get().to_bits() as u128).filter(|bits| *bits != 0);
    let wide = ln_q96(bits(strike)?) - ln_q96(bits(forward)?);
    Some(Real::from_bits((wide + (1 << 31)) >> 32))
}

/// Admits what two prices can be apart.
#[inline(always)]
pub(super) fn admit(k: Real) -> Result<Real, OutOfRange> {
    if k.to_bits().unsigned_abs() <= LOG_MONEYNESS_MAX.to_bits() as u128 {
        return Ok(k);
    }
    let (min, max) = (-LOG_MONEYNESS_MAX, LOG_MONEYNESS_MAX);
    Err(OutOfRange { what: "log-moneyness", got: k, min, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_two_prices_are_on_the_slice() {
        let least = Price::new(Real::DELTA).unwrap();
        let far = log_moneyness(Price::MAX, least).unwrap();
        assert!(admit(far).is_ok() && admit(-far).is_ok() && far > 71);
        assert_eq!(log_moneyness(least, Price::MAX), Some(-far));
        assert_eq!(log_moneyness(least, least), Some(Real::ZERO));
        assert!(admit(Real::MIN).is_err() && admit(LOG_MONEYNESS_MAX + Real::DELTA).is_err());
    }
}
