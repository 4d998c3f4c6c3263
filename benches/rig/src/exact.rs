//! Numbers held exactly: decimals, fixed point and f64 alike, as integer multiples of 2⁻⁴⁰⁰.

use std::ops::{Add, Mul, Sub};

use amm_core::num::Real;
use num_bigint::{BigInt, Sign};

/// Fractional bits: 2⁻⁴⁰⁰ < 4·10⁻¹²¹, far below the last digit of any truth that matters.
const BITS: u32 = 400;

/// A whole multiple of 2⁻⁴⁰⁰.
///
/// Every Q64.64 number and every f64 above 2⁻³⁴⁷ is one exactly; a decimal is cut to one.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Exact(BigInt);

impl Exact {
    /// A decimal, plain or with an exponent of any size; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let places = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let digits: BigInt = format!("{whole}{fraction}").parse().ok()?;
        Some(Self(match places {
            ..-1_000 => BigInt::ZERO, // no run of digits we meet is long enough to matter
            -1_000..0 => (digits << BITS) / BigInt::from(10).pow(u32::try_from(-places).ok()?),
            0..1_000 => (digits * BigInt::from(10).pow(u32::try_from(places).ok()?)) << BITS,
            _ => return None,
        }))
    }

    /// The very value of an f64; `None` if it is not finite.
    pub fn from_f64(x: f64) -> Option<Self> {
        if !x.is_finite() {
            return None;
        }
        let (exponent, fraction) = (x.to_bits() >> 52 & 0x7ff, x.to_bits() & ((1 << 52) - 1));
        // A subnormal has no hidden bit, and the exponent of 1.
        let mantissa = BigInt::from(if exponent == 0 { fraction } else { fraction | 1 << 52 });
        let shift = exponent.max(1) as i32 - 1_075 + BITS as i32;
        let magnitude = if shift >= 0 { mantissa << shift } else { mantissa >> -shift };
        Some(Self(if x.is_sign_negative() { -magnitude } else { magnitude }))
    }

    /// The very value of a fixed-point number.
    pub fn from_real(x: Real) -> Self {
        Self(BigInt::from(x.to_bits()) << (BITS - 64))
    }

    /// The fixed-point number this is; `None` if it lies between two or out of range.
    pub fn to_real(&self) -> Option<Real> {
        self.floor_real().filter(|&real| Self::from_real(real) == *self)
    }

    /// The fixed-point number at or next below; `None` if out of range.
    pub fn floor_real(&self) -> Option<Real> {
        i128::try_from(&self.0 >> (BITS - 64)).ok().map(Real::from_bits)
    }

    /// The nearest f64, ties to even.
    pub fn to_f64(&self) -> f64 {
        let magnitude = self.0.magnitude();
        let drop = magnitude.bits().saturating_sub(64);
        let kept = (magnitude >> drop).iter_u64_digits().next().unwrap_or(0);
        // The last of 64 bits says whether anything follows: the cast then rounds the right way.
        let sticky = u64::from(magnitude.trailing_zeros().is_some_and(|zeros| zeros < drop));
        let value = (kept | sticky) as f64 * 2f64.powi(drop as i32 - BITS as i32);
        if self.is_negative() { -value } else { value }
    }

    /// This times 2ⁿ.
    pub fn scaled(&self, n: i32) -> Self {
        Self(if n >= 0 { &self.0 << n } else { &self.0 >> -n })
    }

    /// This over `other`, cut to a multiple of 2⁻⁴⁰⁰.
    ///
    /// # Panics
    ///
    /// If `other` is zero.
    pub fn over(&self, other: &Self) -> Self {
        Self((&self.0 << BITS) / &other.0)
    }

    /// Without its sign.
    pub fn abs(&self) -> Self {
        Self(self.0.magnitude().clone().into())
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.sign() == Sign::Minus
    }

    /// The whole part of the binary logarithm of the magnitude; `None` for zero.
    pub fn log2(&self) -> Option<i32> {
        let bits = i32::try_from(self.0.bits()).ok()?;
        (bits > 0).then_some(bits - 1 - BITS as i32)
    }
}

impl Add for &Exact {
    type Output = Exact;

    fn add(self, other: Self) -> Exact {
        Exact(&self.0 + &other.0)
    }
}

impl Sub for &Exact {
    type Output = Exact;

    fn sub(self, other: Self) -> Exact {
        Exact(&self.0 - &other.0)
    }
}

impl Mul for &Exact {
    type Output = Exact;

    fn mul(self, other: Self) -> Exact {
        Exact((&self.0 * &other.0) >> BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_fixed_point_and_floats_meet() {
        let x = Exact::parse("-0.375").unwrap();
        assert_eq!(x, Exact::from_f64(-0.375).unwrap());
        assert_eq!(x, Exact::from_real(Real::lit("-0.375")));
        assert_eq!(x.to_real(), Some(Real::lit("-0.375")));
        assert_eq!(x.to_f64(), -0.375);
        assert_eq!(Exact::parse("3.75e-1").unwrap(), x.abs());
        assert_eq!(Exact::parse("1e-9999999999"), Some(Exact::default()));
        assert_eq!(Exact::parse("0.1").unwrap().to_real(), None, "a tenth is not dyadic");
        assert_eq!(Exact::parse("ten"), None);
    }

    #[test]
    fn the_nearest_float_is_found() {
        for text in ["0.1", "123456789.123456789123456789", "2.2e-30", "9007199254740993"] {
            assert_eq!(Exact::parse(text).unwrap().to_f64(), text.parse::<f64>().unwrap());
        }
    }
}
