//! e^x, through 2^−y by table and polynomial.

use crate::math::tables::{EXP2, EXP2_POLY};
use crate::math::{mul_hi, mul_wide};
use crate::num::{OutOfRange, Real};

/// 2^−y for y in Q64 as (m, n): the value is m·2^(−64−n), with m in [2⁶³ − 1, 2⁶⁴) and n = ⌊y⌋.
///
/// # Error
///
/// Under 2⁻⁶³ of the value (proofs/). With y = n + j/256 + t, 2^−y = 2^−n·2^(−j/256)·(1 − t·q(t)):
///
/// * the table entry is rounded down, so it is low by under 1 ulp of Q64, 2⁻⁶³ of the value;
/// * the last product is cut, which makes the result high by as much, and the two errors have
///   opposite signs;
/// * q is off by 2⁻⁶¹·⁵ with its coefficients' rounding and by 4 ulp of Q64 at most with Horner's
///   floors; times t < 2⁻⁸ that is under 2⁻⁶⁹.
#[inline(always)]
pub(crate) fn exp2_neg(y: u128) -> (u64, u32) {
    (exp2_neg_fraction(y as u64), (y >> 64) as u32)
}

/// 2^−y in Q64 for y in Q64 below one.
#[inline(always)]
pub(crate) fn exp2_neg_fraction(fraction: u64) -> u64 {
    let base = EXP2[(fraction >> 56) as usize];
    let t = fraction << 8; // Q72
    let [c0, c1, c2, c3, c4] = EXP2_POLY;
    let mut q = c3 - mul_hi(c4, t);
    q = c2 - mul_hi(q, t);
    q = c1 - mul_hi(q, t);
    q = c0 - mul_hi(q, t);
    let drop = mul_hi(base, mul_hi(t, q)) >> 8;
    base - drop
}

/// log₂ e in Q126.
const LOG2_E: u128 = 0x5c55_1d94_ae0b_f85d_df43_ff68_348e_9f44;

/// The bound on [`exp`]'s error as a fraction of e^x, as an exponent of two; one ulp of the result
/// comes on top.
pub const EXP_MAX_RELATIVE: i32 = -62;

/// The greatest x whose e^x fits in a [`Real`]: 63·ln 2, rounded down.
const EXP_MAX: Real = Real::lit("43.66827237527655449");

/// e^x for x ≤ 43.668 (63·ln 2); zero where it is under 2⁻⁶⁴.
///
/// # Error
///
/// At most 2⁻⁶² of e^x and one ulp of the result (it is rounded down). x·log₂e is taken to Q64
/// with a 126-bit constant, so it is off by under 2⁻⁶³, which costs 2⁻⁶³·⁵ of the value; 2^−y
/// costs 2⁻⁶³.
///
/// # Errors
///
/// [`OutOfRange`] above the domain: the result would not fit in a `Real`.
///
/// ```
/// use amm_core::{math::exp, num::Real};
/// assert_eq!(exp(Real::ZERO)?, Real::ONE);
/// assert!(exp(Real::lit("-0.5"))?.abs_diff(Real::lit("0.6065306597126334236")) < Real::lit("1e-18"));
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
pub fn exp(x: Real) -> Result<Real, OutOfRange> {
    if x > EXP_MAX {
        return Err(OutOfRange { what: "exponent", got: x, min: Real::MIN, max: EXP_MAX });
    }
    if x == 0 {
        return Ok(Real::ONE);
    }
    if x < -45 {
        return Ok(Real::ZERO); // e^−45 < 2⁻⁶⁴
    }
    let magnitude = x.to_bits().unsigned_abs(); // Q64, < 2⁷⁰
    let (hi, lo) = ((LOG2_E >> 64) as u64, LOG2_E as u64);
    // Q64 · Q126 / 2^126, by halves of the constant.
    let y = (magnitude * (hi >> 32) as u128
        + ((magnitude * (hi & 0xffff_ffff) as u128) >> 32)
        + (mul_wide(magnitude, lo) >> 32))
        >> 30;
    let bits = if x < 0 {
        let (m, n) = exp2_neg(y);
        (m as u128) >> n
    } else {
        // 2^y = 2^up · 2^−(up − y)
        let up = (y >> 64) as u32 + 1;
        let (m, n) = exp2_neg(((up as u128) << 64) - y);
        (m as u128) << up >> n // n is 1 where y is whole
    };
    Ok(Real::from_bits(bits as i128))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_exponent_fits_and_the_next_is_refused() {
        assert!(exp(EXP_MAX).unwrap() > Real::lit("9.2e18"));
        let next = EXP_MAX + Real::DELTA;
        assert_eq!(exp(next).unwrap_err().got, next);
        assert_eq!(exp(Real::MIN), Ok(Real::ZERO));
    }

    #[test]
    fn a_logarithm_of_a_power_of_two_gives_it_back() {
        for k in 1..63 {
            let power = Real::from_bits(1 << (64 + k));
            let back = exp(crate::math::ln(power).unwrap()).unwrap();
            assert!(back.abs_diff(power) <= power >> 61, "2^{k} came back as {back}");
        }
    }
}
