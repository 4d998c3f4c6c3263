//! Natural logarithm.

use crate::math::tables::{LN, LN_POLY, LN_RECIPROCAL};
use crate::math::{mul_hi_signed, mul_wide};
use crate::num::{OutOfRange, Real};

/// ln 2 in Q96.
pub(crate) const LN2_Q96: i128 = 54_916_777_467_707_473_351_141_471_128;

/// ln(x) in Q96, for x > 0 in Q64.
///
/// Scaling x by 2^s adds exactly s·[`LN2_Q96`], so a difference of two logarithms does not depend
/// on the unit of either.
///
/// # Error
///
/// Under 2⁻⁶⁹ (plus what [`LN2_Q96`] lacks, under 2⁻⁹⁰). Write x = 2^e·m with m in [1, 2) and let
/// c ≈ 1/m have 16 bits, so that r = m·c − 1 is exact and |r| ≤ 2⁻⁹:
///
/// * ln m = −ln c + ln(1 + r); the table is off by 2⁻⁹⁷;
/// * r is cut to Q71: 2⁻⁷¹; bits of m below 2⁻¹²⁷ do not exist;
/// * ln(1 + r) = r − r²·p(r): the polynomial is off by 2⁻⁶⁹·⁸, Horner and r² by 2⁻⁷⁶.
#[inline(always)]
pub(crate) fn ln_q96(x: u128) -> i128 {
    let zeros = x.leading_zeros();
    let m = x << zeros; // m/2¹²⁷ in [1, 2)
    let j = ((m >> 119) as usize) & 255;
    // m·c in Q79; subtracting one clears what the cut to 64 bits drops.
    let product = mul_wide(m, LN_RECIPROCAL[j] as u64);
    let r = (product >> 8) as u64 as i64; // Q71
    let [c0, c1, c2, c3, c4] = LN_POLY;
    let mut p = c3 + mul_hi_signed(c4, r);
    p = c2 + mul_hi_signed(p, r);
    p = c1 + mul_hi_signed(p, r);
    p = c0 + mul_hi_signed(p, r); // Q63
    let bend = mul_hi_signed(mul_hi_signed(r, r), p); // Q77
    let e = 63 - zeros as i64;
    e as i128 * LN2_Q96 + LN[j] as i128 + ((r as i128) << 25) - ((bend as i128) << 19)
}

/// The bound `tests/golden.rs` holds [`ln`] to, in ulps.
pub const LN_MAX_ULP: u32 = 1;

/// ln x for x > 0.
///
/// # Error
///
/// Under [`LN_MAX_ULP`] (0.54 ulp: half an ulp of rounding to nearest and 2⁻⁶⁹ of the kernel).
///
/// # Errors
///
/// [`OutOfRange`] unless x > 0.
///
/// ```
/// use amm_core::{math::ln, num::Real};
/// assert_eq!(ln(Real::ONE)?, Real::ZERO);
/// assert!(ln(Real::ZERO).is_err());
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
pub fn ln(x: Real) -> Result<Real, OutOfRange> {
    if x <= 0 {
        return Err(OutOfRange {
            what: "logarithm's argument",
            got: x,
            min: Real::DELTA,
            max: Real::MAX,
        });
    }
    let wide = ln_q96(x.to_bits() as u128);
    Ok(Real::from_bits((wide + (1 << 31)) >> 32))
}
