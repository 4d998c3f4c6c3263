//! Inverse of the normal cumulative probability.

use crate::math::normal::{gauss, tail};
use crate::math::{isqrt, ln_q96, mul_hi_signed, mul_wide, reciprocal};
use crate::num::{OutOfRange, Real};

/// A constant, since `lit` reads its text each time elsewhere.
const HALF: Real = Real::lit("0.5");

/// √(2π) in Q62.
const SQRT_2PI: u64 = 0xa06c_98ff_b138_2cb3;

/// The bound `tests/kernels.rs` holds [`norm_inv_cdf`] to, in ulps.
pub const NORM_INV_CDF_MAX_ULP: u32 = 10;

/// The x with N(x) = p, for 0 < p < 1.
///
/// A rational guess in √(−2 ln q), q the smaller tail, within 4.6·10⁻⁴ (Abramowitz and Stegun
/// 26.2.23, in 28 bits), then one step of the inverse's own Taylor series to the fourth order and
/// one of Newton.
///
/// # Error
///
/// At most [`NORM_INV_CDF_MAX_ULP`]. With h = (N(−x) − q)/φ(x) the step is
/// h + xh²/2 + (2x² + 1)h³/6 + (6x³ + 7x)h⁴/24; it leaves out under 1400·h⁵ for x ≤ 9.1, that is
/// 3·10⁻¹⁴, of which Newton leaves xh²/2 < 2⁻⁸⁶. The second h carries the error of N(−x)/φ(x):
/// √(2π) times 2 ulp of the tail, and the relative error of e^(−x²/2) times N(−x)/φ(x) ≤ min(1.26, 1/x):
/// under 9 ulp in all.
///
/// # Errors
///
/// [`OutOfRange`] unless 0 < p < 1.
///
/// ```
/// use amm_core::{math::norm_inv_cdf, num::Real};
/// assert_eq!(norm_inv_cdf(Real::lit("0.5"))?, Real::ZERO);
/// assert!(norm_inv_cdf(Real::lit("0.975"))?.abs_diff(Real::lit("1.9599639845400542355")) < Real::lit("1e-17"));
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
pub fn norm_inv_cdf(p: Real) -> Result<Real, OutOfRange> {
    let (min, max) = (Real::DELTA, Real::ONE - Real::DELTA);
    if p < min || p > max {
        return Err(OutOfRange { what: "probability", got: p, min, max });
    }
    let upper = p > HALF;
    let q = if upper { Real::ONE - p } else { p };
    if q == HALF {
        return Ok(Real::ZERO);
    }
    let bits = q.to_bits() as u128;
    let x = guess(bits);
    let h = offset(x, bits);
    let x = (x + h + bend(x, h)).max(0);
    let x = (x + offset(x, bits)).max(0);
    Ok(Real::from_bits(if upper { x } else { -x }))
}

/// x ≥ 0 with N(−x) ≈ q, in Q64.
fn guess(q: u128) -> i128 {
    // In Q28: t = √(−2 ln q) < 9.42.
    let t = isqrt((-ln_q96(q) >> 39) as u128) as i64;
    let times = |a: i64| (a * t) >> 28;
    const fn q28(millionths: i64) -> i64 {
        (millionths << 28) / 1_000_000
    }
    let top = times(times(q28(10_328)) + q28(802_853)) + q28(2_515_517);
    let bottom = times(times(times(q28(1_308)) + q28(189_269)) + q28(1_432_788)) + q28(1_000_000);
    ((t - (top << 28) / bottom).max(0) as i128) << 36
}

/// (N(−x) − q)/φ(x) for x ≥ 0, all in Q64.
fn offset(x: i128, q: u128) -> i128 {
    let (m, n) = gauss(x as u128);
    // N(−x) = m·tail·2^(−128−n) against q, both times 2^(64+n).
    let excess = (m as u128 * tail(x as u128) as u128) as i128 - (q << (64 + n)) as i128;
    let size = mul_wide(excess.unsigned_abs(), reciprocal(m.max(1 << 63))) >> 63; // over m
    let size = (size * SQRT_2PI as u128) >> 62;
    if excess < 0 { -(size as i128) } else { size as i128 }
}

/// xh²/2 + (2x² + 1)h³/6 + (6x³ + 7x)h⁴/24 in Q64, for x < 16 and |h| < 2⁻¹⁰ in Q64.
fn bend(x: i128, h: i128) -> i128 {
    let (x, h) = ((x >> 36) as i64, h as i64); // Q28, Q64
    let hh = mul_hi_signed(h, h); // < 2⁴⁴
    let (hhh, hhhh) = (mul_hi_signed(hh, h), mul_hi_signed(hh, hh));
    let xx = (x * x) >> 28;
    let second = ((x as i128 * hh as i128) >> 29) as i64;
    let third = (((2 * xx + (1 << 28)) as i128 * hhh as i128) >> 28) as i64 / 6;
    let cubic = (((6 * xx + (7 << 28)) as i128 * x as i128) >> 28) as i64;
    let fourth = ((cubic as i128 * hhhh as i128) >> 28) as i64 / 24;
    (second + third + fourth) as i128
}
