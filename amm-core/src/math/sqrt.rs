//! Square roots: 1/√w for kernels, exact integer and fixed-point roots for everyone.

use crate::math::tables::RSQRT;
use crate::math::{mul_hi, mul_hi_signed};
use crate::num::{OutOfRange, Real};

/// 1/√(w/2⁶⁴) in Q63, for w in [2⁶², 2⁶⁴).
///
/// # Error
///
/// Under 2⁻⁶²·⁵ of the value. The table entry is off by at most 2⁻⁶·⁹ relative, as d = 1 − w·y².
/// Each step multiplies y by 1 + d/2 + 3d²/8 and leaves 5d³/16 of relative error: 2⁻²²·⁴ after the
/// first, with under 2⁻²⁹ of rounding; 2⁻⁶⁵ after the second. The last floor is under 2⁻⁶³.
#[inline(always)]
pub(crate) fn rsqrt(w: u64) -> u64 {
    let y0 = RSQRT[(w >> 56) as usize - 64] as u64; // Q15
    let d = (1_i64 << 62) - ((w >> 32) * (y0 * y0)) as i64; // Q62
    let d = d >> 30; // Q32
    let correction = (d >> 1) + ((3 * d * d) >> 35);
    let y1 = ((y0 as i64) << 16) + ((y0 as i64 * correction) >> 16); // Q31
    let square = y1 as u64 * y1 as u64; // y1 < 2³²: it is low where y is greatest
    let d = (((1_i128 << 126) - (w as u128 * square as u128) as i128) >> 42) as i64; // Q84
    let correction = (d >> 1) + ((3 * (mul_hi_signed(d, d) >> 3)) >> 20); // Q84
    let y = ((y1 as i128) << 32) + ((y1 as i128 * correction as i128) >> 52); // Q63
    u64::try_from(y).unwrap_or(u64::MAX)
}

/// ⌊√n⌋.
///
/// The root of n's leading 64 bits by [`rsqrt`] is off by under four; the remainder says by how
/// much, and whole steps put it right.
///
/// ```
/// use amm_core::math::isqrt;
/// assert_eq!(isqrt(99), 9);
/// assert_eq!(isqrt(u128::MAX), u64::MAX);
/// ```
pub fn isqrt(n: u128) -> u64 {
    if n == 0 {
        return 0;
    }
    let shift = n.leading_zeros() & !1;
    let n = n << shift;
    let w = (n >> 64) as u64;
    let mut root = mul_hi(w, rsqrt(w)); // √(w/2⁶⁴) in Q63
    root = root.saturating_mul(2).max(1 << 63);
    while root as u128 * root as u128 > n {
        root -= 1;
    }
    while n - root as u128 * root as u128 > 2 * root as u128 {
        root += 1;
    }
    // √(n·2^shift) = √n·2^(shift/2), and the floor of a shift is the shift of the floor.
    root >> (shift / 2)
}

/// ⌊√x⌋ on the grid of [`Real`]: the greatest Real whose square is at most x. Exact.
///
/// # Errors
///
/// [`OutOfRange`] if x < 0.
///
/// ```
/// use amm_core::{math::sqrt, num::Real};
/// assert_eq!(sqrt(Real::lit("2.25"))?, Real::lit("1.5"));
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
pub fn sqrt(x: Real) -> Result<Real, OutOfRange> {
    if x < 0 {
        return Err(OutOfRange {
            what: "square root's argument",
            got: x,
            min: Real::ZERO,
            max: Real::MAX,
        });
    }
    let bits = x.to_bits() as u128;
    // The root's bits are ⌊√(bits·2⁶⁴)⌋.
    if bits >> 64 == 0 {
        return Ok(Real::from_bits(isqrt(bits << 64) as i128));
    }
    // bits·2⁶⁴ = n·4^extra with n in [2¹²⁶, 2¹²⁸): root n, then divide once for the bits below.
    let shift = bits.leading_zeros() & !1;
    let (n, extra) = (bits << shift, 32 - shift / 2);
    let root = isqrt(n) as u128;
    let remainder = (n - root * root) << extra; // ≤ 2⁶⁵·2³²
    let (digit, left) = (remainder / (2 * root), remainder % (2 * root));
    let whole = (root << extra) + digit;
    let over = digit * digit > left << extra;
    Ok(Real::from_bits((whole - over as u128) as i128))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isqrt_is_the_floor_at_squares_and_their_neighbours() {
        for k in 0..64_u32 {
            for j in 0..64_u32 {
                let root = (1_u128 << k) | (1 << (j % (k + 1)));
                for n in [root * root - 1, root * root, root * root + 1] {
                    assert_eq!(isqrt(n) as u128, n.isqrt(), "of {n}");
                }
            }
        }
        assert_eq!(isqrt(0), 0);
        assert_eq!(isqrt(u128::MAX), u64::MAX);
    }

    #[test]
    fn rsqrt_holds_at_the_ends_of_its_domain() {
        assert_eq!(rsqrt(1 << 62), u64::MAX);
        assert!(rsqrt(u64::MAX) >> 62 == 2);
    }
}
