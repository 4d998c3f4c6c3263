//! The normal distribution: density, cumulative probability and Mills ratio.
//!
//! All come from two kernels, [`gauss`] = e^(−a²/2) and [`tail`] = e^(a²/2)·N(−a). Their product is
//! N(−a), and neither loses relative accuracy far out.

use crate::math::tables::{TAIL, TAIL_FAR};
use crate::math::{exp2_neg, exp2_neg_fraction, mul_hi, mul_wide};
use crate::num::{OutOfRange, Real};

/// ½·log₂ e in Q64.
const HALF_LOG2_E: u64 = 0xb8aa_3b29_5c17_f0bc;

/// 1/√(2π) in Q64.
pub(crate) const INV_SQRT_2PI: u64 = 0x6621_14cf_50d9_4234;

/// e^(−a²/2) for a in Q64, a < 2⁸, as (m, n): the value is m·2^(−64−n).
///
/// # Error
///
/// Under (2⁻⁶²·³ + a²·2⁻⁶⁵·⁵) of the value. The exponent y = a²·½log₂e is low by under 2.2 ulp of Q64 from
/// the square's and its own floors and by y·2⁻⁶⁴·⁵ from the constant, which cost 0.69 times that;
/// 2^−y costs 2⁻⁶³.
#[inline(always)]
pub(crate) fn gauss(a: u128) -> (u64, u32) {
    let (whole, fraction) = ((a >> 64) as u64, a as u64);
    let square = (((whole * whole) as u128) << 64)
        + ((2 * whole) as u128 * fraction as u128)
        + mul_hi(fraction, fraction) as u128;
    exp2_neg(mul_wide(square, HALF_LOG2_E))
}

/// [`gauss`] for a below 8 in Q61.
///
/// The square is exact in Q122; its error is that of [`gauss`] less the square's.
#[inline(always)]
pub(crate) fn gauss_near(a: u64) -> (u64, u32) {
    let square = a as u128 * a as u128;
    let y = (square >> 64) * HALF_LOG2_E as u128 + mul_hi(square as u64, HALF_LOG2_E) as u128;
    (exp2_neg_fraction((y >> 58) as u64), (y >> 122) as u32)
}

/// e^(a²/2)·N(−a) in Q64, for a ≥ 0 in Q64, a < 2⁸; ½ at zero.
///
/// # Error
///
/// At most 2 ulp. Below 8, on each sixteenth: the polynomial with its rounded
/// coefficients is within 1.09 ulp of the function less half an ulp (proofs/); the floor of
/// Horner's last product adds up to one, the others t < 1/16 of that each. From 8 up: see
/// [`tail_far`].
#[inline(always)]
pub(crate) fn tail(a: u128) -> u64 {
    if a >> 64 >= 8 {
        return tail_far(a);
    }
    sixteenth(((a >> 60) as usize) & 127, a as u64 & ((1 << 60) - 1))
}

/// [`tail`] for a below 8 in Q61.
#[inline(always)]
pub(crate) fn tail_near(a: u64) -> u64 {
    sixteenth((a >> 57) as usize, (a << 7) >> 4)
}

/// [`tail`] at j/16 + t, for t below a sixteenth in Q64.
#[inline(always)]
fn sixteenth(j: usize, t: u64) -> u64 {
    let row = &TAIL[j];
    // c₇ in Q71: what c₈ (Q40) adds below it is under 2⁻³⁹, times t⁷ nothing.
    let p = row[7] - (row[7] as u32 as u64) * (t >> 33);
    let mut p = row[6] - (mul_hi(p, t) >> 7);
    p = row[5] - mul_hi(p, t);
    p = row[4] - mul_hi(p, t);
    p = row[3] - mul_hi(p, t);
    p = row[2] - mul_hi(p, t);
    p = row[1] - mul_hi(p, t);
    row[0] - mul_hi(p, t)
}

/// [`tail_near`] to 2⁻³⁰, by the first six of its terms.
#[inline(always)]
pub(crate) fn tail_short(a: u64) -> u64 {
    let (row, t) = (&TAIL[(a >> 57) as usize], (a << 7) >> 4); // Q64
    let p = row[4] - mul_hi(row[5], t);
    let p = row[3] - mul_hi(p, t);
    let p = row[2] - mul_hi(p, t);
    let p = row[1] - mul_hi(p, t);
    row[0] - mul_hi(p, t)
}

/// [`tail`] for a in [8, 2⁸): 1/(√(2π)·a) times a polynomial in 64/a².
///
/// # Error
///
/// Under 1.5 ulp. The value is below 0.0496. Of it, the polynomial with its coefficients' rounding is
/// off by 2⁻⁶³·³ and Horner's roundings to nearest, in Q67 but for the last, by 1 ulp of Q62, 1/a
/// by 2⁻⁶² and the products by 2⁻⁶²; the last floor is one ulp.
#[cold]
#[inline(never)]
fn tail_far(a: u128) -> u64 {
    let bits = 128 - a.leading_zeros(); // a in [2^(bits−65), 2^(bits−64)), bits ≥ 68
    let mantissa = (a >> (bits - 64)) as u64;
    let inverse = u64::try_from((1_u128 << 127) / mantissa as u128).unwrap_or(u64::MAX);
    // 1/a = inverse·2^(1−bits), so 64/a² in Q63 is inverse²·2^(71−2·bits), at bits = 68: 2⁻⁶⁵.
    let y = (mul_hi(inverse, inverse) >> (2 * (bits - 68)) >> 1) as i64;
    let times_y = |sum: i64, to: u32| ((sum as i128 * y as i128 + (1 << (to - 1))) >> to) as i64;
    let (first, rest) = (TAIL_FAR[0], &TAIL_FAR[1..]);
    let sum = rest.iter().rev().fold(0, |sum, &c| c + times_y(sum, 63)); // Q67
    let p = first + times_y(sum, 68); // Q62
    // p < 1, so Q64 holds it.
    mul_hi(mul_hi((p as u64) << 2, inverse), INV_SQRT_2PI) >> (bits - 65)
}

/// From here on N(−a) is under 2⁻¹²⁸: 13.25 in Q64.
pub(crate) const FAR: u128 = 53 << 62;

/// N(−a) for a ≥ 0 in Q64: (m, n) with the value m·2^(−64−n).
#[inline(always)]
fn upper_tail(a: u128) -> (u64, u32) {
    let (m, n) = gauss(a);
    (mul_hi(m, tail(a)), n)
}

/// The bound `tests/kernels.rs` holds [`norm_cdf`] to, in ulps.
pub const NORM_CDF_MAX_ULP: u32 = 4;

/// N(x), the probability that a standard normal variable is at most x.
///
/// # Error
///
/// At most [`NORM_CDF_MAX_ULP`]: ½·2⁻⁶²·³ from e^(−a²/2), 2 ulp from the tail and one from the
/// floor. N(x) + N(−x) is exactly one.
///
/// ```
/// use amm_core::{math::norm_cdf, num::Real};
/// assert_eq!(norm_cdf(Real::ZERO), Real::lit("0.5"));
/// assert_eq!(norm_cdf(Real::ONE) + norm_cdf(-Real::ONE), Real::ONE);
/// ```
pub fn norm_cdf(x: Real) -> Real {
    if x == 0 {
        return const { Real::lit("0.5") };
    }
    let a = x.to_bits().unsigned_abs();
    let below = if a >= FAR {
        0
    } else {
        let (m, n) = upper_tail(a);
        (m as u128) >> n
    };
    let below = Real::from_bits(below as i128);
    if x < 0 { below } else { Real::ONE - below }
}

/// The bound `tests/kernels.rs` holds [`norm_pdf`] to, in ulps.
pub const NORM_PDF_MAX_ULP: u32 = 3;

/// φ(x) = e^(−x²/2)/√(2π).
///
/// # Error
///
/// At most [`NORM_PDF_MAX_ULP`]: 0.4·(2⁻⁶²·³ + x²·2⁻⁶⁵·⁵)·e^(−x²/2) < 1.4 ulp from e^(−x²/2) and
/// one from the floor.
///
/// ```
/// use amm_core::{math::norm_pdf, num::Real};
/// assert!(norm_pdf(Real::ZERO).abs_diff(Real::lit("0.39894228040143267794")) <= Real::DELTA);
/// ```
pub fn norm_pdf(x: Real) -> Real {
    let a = x.to_bits().unsigned_abs();
    if a >= FAR {
        return Real::ZERO;
    }
    let (m, n) = gauss(a);
    Real::from_bits((mul_hi(m, INV_SQRT_2PI) >> n.min(63)) as i128)
}

/// √(2π) in Q62.
const SQRT_2PI: u64 = 0xa06c_98ff_b138_2cb3;

/// The bound `tests/kernels.rs` holds [`mills`] to, in ulps.
pub const MILLS_MAX_ULP: u32 = 7;

/// The Mills ratio N(−x)/φ(x), for 0 ≤ x ≤ 255.
///
/// # Error
///
/// At most [`MILLS_MAX_ULP`]: √(2π) = 2.51 times the 2 ulp of the kernel, and the last floor, in
/// units of Q62.
///
/// # Errors
///
/// [`OutOfRange`] outside the domain.
///
/// ```
/// use amm_core::{math::mills, num::Real};
/// assert!(mills(Real::ONE)?.abs_diff(Real::lit("0.6556795424187984715")) < Real::lit("1e-18"));
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
pub fn mills(x: Real) -> Result<Real, OutOfRange> {
    const MAX: Real = Real::lit("255");
    if x < 0 || x > MAX {
        return Err(OutOfRange {
            what: "Mills ratio's argument",
            got: x,
            min: Real::ZERO,
            max: MAX,
        });
    }
    let product = tail(x.to_bits() as u128) as u128 * SQRT_2PI as u128; // Q126
    Ok(Real::from_bits((product >> 62) as i128))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neighbours across a seam differ by their slope and what both may be off by.
    #[test]
    fn tails_join_at_every_seam() {
        for j in 1..128_u64 {
            let seam = j << 57; // Q61
            let (before, after) = (tail_near(seam - 1), tail_near(seam));
            assert!(before.abs_diff(after) <= 8, "at {j}/16: {before} and {after}");
            assert_eq!(after, tail(u128::from(seam) << 3), "both scales at {j}/16");
        }
        let (before, after) = (tail((8 << 64) - 1), tail(8 << 64));
        assert!(before.abs_diff(after) <= 4, "at 8: {before} and {after}");
        assert!(tail(0).abs_diff(1 << 63) <= 1, "½ at zero");
    }

    #[test]
    fn the_bell_joins_where_its_table_turns() {
        // Where a²·½log₂e passes a 256th, found by halving.
        for turn in 1..2_000_u128 {
            let goal = turn << 56;
            let exponent = |a: u128| mul_wide(mul_wide(a, a as u64) + a * (a >> 64), HALF_LOG2_E);
            let (mut low, mut high) = (0, 8 << 64);
            while high - low > 1 {
                let middle = (low + high) / 2;
                if exponent(middle) < goal { low = middle } else { high = middle }
            }
            let wide = |(m, n): (u64, u32)| u128::from(m) << 64 >> n;
            let (before, after) = (wide(gauss(low - 1)), wide(gauss(high + 1)));
            assert!(before.abs_diff(after) >> 64 <= 16, "at {turn}/256: {before} and {after}");
        }
    }

    #[test]
    fn the_ends_are_limits() {
        assert_eq!(norm_cdf(Real::MAX), Real::ONE);
        assert_eq!(norm_cdf(Real::MIN), Real::ZERO);
        assert_eq!(norm_pdf(Real::MIN), Real::ZERO);
        assert!(mills(Real::MIN).is_err() && mills(Real::MAX).is_err());
    }
}
