//! Square roots: 1/√w for kernels, exact integer and fixed-point roots for everyone.

use crate::math::mul_hi_signed;
use crate::math::tables::RSQRT;
use crate::num::{OutOfRange, Real};

/// 1/√(w/2⁶⁴) in Q63, for w in [2⁶², 2⁶⁴).
///
/// # Error
///
/// Under 2⁻⁶²·⁸ of the value. The table's line is off by under 2⁻¹⁴·³, so d = 1 − w·y₀² is under
/// 2⁻¹³·³; 1/√(1 − d) = 1 + d/2 + 3d²/8 + 5d³/16 + 35d⁴/128 leaves 2⁻⁶⁸ out, is taken to Q76 from d cut to Q76,
/// and the last floor is under 2⁻⁶³. Every cut is downwards and d is positive at both ends of the domain, where the
/// line lies below the curve, so neither the result nor w/√w passes 2⁶⁴ there.
#[inline(always)]
pub(crate) fn rsqrt(w: u64) -> u64 {
    let line = RSQRT[(w >> 57) as usize];
    let step = (w << 7) >> 32; // Q39: into the 128th, in Q32 of it
    let y = (line >> 32) - ((line as u32 as u64 * step) >> 32); // Q31
    // w·y² in Q126 is one but for its 64 bits from Q76 on: those are −d.
    let d = -(((w as u128 * (y * y) as u128) >> 50) as i64);
    // p = (1/√(1 − d) − 1)/d in Q62
    const C1: i64 = 1 << 61;
    const C2: i64 = 3 << (62 - 3 - 12);
    const C3: i64 = 5 << (62 - 4 - 24);
    const C4: i64 = 35 << (62 - 7 - 36);
    let mut p = C3 + mul_hi_signed(C4, d);
    p = C2 + mul_hi_signed(p, d);
    p = C1 + mul_hi_signed(p, d);
    let rise = mul_hi_signed(mul_hi_signed(p, d), (y << 31) as i64);
    (y << 32).wrapping_add_signed(rise >> 9)
}

/// 2¹²⁷/m for a mantissa m, rounded down, or up to four less.
///
/// # Error
///
/// Under 2⁻⁶¹·⁶ (proofs/): 2⁹⁶/m by a 32-bit divisor is off by |δ| ≤ 2⁻³¹, one step of Newton, which is
/// never high, leaves δ² ≤ 2⁻⁶² of it, and its cuts are under 2⁻⁶³.
#[inline(always)]
pub(crate) fn reciprocal(m: u64) -> u64 {
    let y = u64::MAX / (m >> 32); // 2⁹⁶/m, under 2³³
    let d = ((1_i128 << 96) - (m as u128 * y as u128) as i128) >> 4; // δ in Q92
    (y << 31).wrapping_add_signed(mul_hi_signed((y << 30) as i64, d as i64) >> 27)
}

/// ⌊√n⌋.
///
/// The root of n's leading 64 bits by `rsqrt` is off by under five. The remainder over twice the
/// root, to 2⁻⁵⁸ and not above it, says by how much; what a floor of that may leave out is one.
///
/// ```
/// use amm_core::math::isqrt;
/// assert_eq!(isqrt(99), 9);
/// assert_eq!(isqrt(u128::MAX), u64::MAX);
/// ```
#[inline]
pub fn isqrt(n: u128) -> u64 {
    if n == 0 {
        return 0;
    }
    let shift = n.leading_zeros() & !1;
    let n = n << shift;
    let w = (n >> 64) as u64;
    let inverse = rsqrt(w); // 1/√(w/2⁶⁴) in Q63
    let root = ((w as u128 * inverse as u128) >> 63) as u64; // √(w/2⁶⁴) in Q64
    let left = n.wrapping_sub(root as u128 * root as u128) as i128; // within ±2⁶⁸
    let miss = mul_hi_signed((left >> 5) as i64, (inverse >> 1) as i64); // left/2√n in Q58
    let root = root.wrapping_add_signed((miss - 8) >> 58);
    let left = n - root as u128 * root as u128;
    let root = root + (left > 2 * root as u128) as u64;
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
    let digit = remainder / (2 * root);
    let left = remainder - 2 * root * digit;
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
        assert_eq!(rsqrt(u64::MAX), 1 << 63);
    }
}
