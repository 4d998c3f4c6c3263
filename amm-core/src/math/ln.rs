//! Natural logarithm.

use crate::math::tables::{LN, LN_POLY, LN_RECIPROCAL};
use crate::math::{mul_hi, mul_hi_signed, normalise};
use crate::num::{OutOfRange, Real};

/// ln 2 in Q96.
const LN2_Q96: u128 = 54_916_777_467_707_473_351_141_471_128;
const LN2_HI: u64 = (LN2_Q96 >> 64) as u64;
const LN2_LO: u64 = LN2_Q96 as u64;

/// ln(x) in Q96, for x > 0 in Q64.
///
/// Scaling x by 2^s adds exactly s·`LN2_Q96`, so a difference of two logarithms does not depend
/// on the unit of either.
///
/// # Error
///
/// Under 2⁻⁶⁹ (plus what `LN2_Q96` lacks, under 2⁻⁹⁰). Write x = 2^e·m with m in [1, 2) and let
/// c ≈ 1/m have 16 bits, so that r = m·c − 1 is exact and |r| ≤ 2⁻⁹:
///
/// * ln m = −ln c + ln(1 + r); the table is off by 2⁻⁹⁷;
/// * r is cut to Q71: 2⁻⁷¹; bits of m below 2⁻¹²⁷ do not exist;
/// * ln(1 + r) = r − r²·p(r): the polynomial is off by 2⁻⁶⁹·⁸, Horner and r² by 2⁻⁷⁶, the cut to Q71
///   by 2⁻⁷¹.
#[inline(always)]
pub(crate) fn ln_q96(x: u128) -> i128 {
    let (hi, lo, zeros) = normalise(x);
    ln_normalised(hi, lo, zeros)
}

/// [`ln_q96`] of (hi·2⁶⁴ + lo)·2^−zeros, the top bit of hi set.
#[inline(always)]
pub(crate) fn ln_normalised(hi: u64, lo: u64, zeros: u32) -> i128 {
    let j = ((hi >> 55) & 255) as usize;
    let c = LN_RECIPROCAL[j] as u64;
    // m·c in Q79; the cut to 64 bits of Q71 subtracts the one.
    let product = hi as u128 * c as u128 + mul_hi(lo, c) as u128;
    let r = (product >> 8) as i64; // Q71
    let [c0, c1, c2, c3, c4] = LN_POLY;
    let mut p = c3 + mul_hi_signed(c4, r);
    p = c2 + mul_hi_signed(p, r);
    p = c1 + mul_hi_signed(p, r);
    p = c0 + mul_hi_signed(p, r); // Q63
    let bend = mul_hi_signed(mul_hi_signed(r, r), p); // Q77
    // The table has the 64 twos taken off that counting from the top bit puts on.
    let twos = (127 - zeros) as u64;
    let whole = twos as u128 * LN2_LO as u128 + (((twos * LN2_HI) as u128) << 64);
    LN[j].wrapping_add(whole as i128).wrapping_add(((r - (bend >> 6)) as i128) << 25)
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
