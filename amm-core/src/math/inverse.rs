//! Inverse of the normal cumulative probability.

use crate::math::normal::{gauss, tail};
use crate::math::{ln_q96, sqrt};
use crate::num::{OutOfRange, Real};

/// √(2π) in Q62.
const SQRT_2PI: i128 = 0xa06c_98ff_b138_2cb3;

/// The bound `tests/golden.rs` holds [`norm_inv_cdf`] to, in ulps.
pub const NORM_INV_CDF_MAX_ULP: u32 = 10;

/// The x with N(x) = p, for 0 < p < 1.
///
/// A rational guess in √(−2 ln q), q the smaller tail, within 4.5·10⁻⁴ (Abramowitz and Stegun
/// 26.2.23), then two steps of the inverse's own Taylor series to the fourth order.
///
/// # Error
///
/// At most [`NORM_INV_CDF_MAX_ULP`]. With h = (N(−x) − q)/φ(x) the step is
/// h + xh²/2 + (2x² + 1)h³/6 + (6x³ + 7x)h⁴/24; what it leaves out is under 1400·h⁵ for x ≤ 9.1,
/// 2.6·10⁻¹⁴ after the first and nothing after the second. The second h carries the error of
/// N(−x)/φ(x): √(2π) times 2 ulp of the tail, and the relative error of e^(−x²/2) times
/// N(−x)/φ(x) ≤ min(1.26, 1/x): under 9 ulp in all.
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
    let upper = p > Real::lit("0.5");
    let q = if upper { Real::ONE - p } else { p };
    if q == Real::lit("0.5") {
        return Ok(Real::ZERO);
    }
    let mut x = guess(q)?.to_bits();
    for _ in 0..2 {
        x = (x + step(x, q.to_bits() as u128)).max(0);
    }
    Ok(Real::from_bits(if upper { x } else { -x }))
}

/// x ≥ 0 with N(−x) ≈ q.
fn guess(q: Real) -> Result<Real, OutOfRange> {
    let log = -(ln_q96(q.to_bits() as u128) >> 31); // −2 ln q in Q64
    let t = sqrt(Real::from_bits(log))?;
    let top = (Real::lit("0.010328") * t + Real::lit("0.802853")) * t + Real::lit("2.515517");
    let bottom = ((Real::lit("0.001308") * t + Real::lit("0.189269")) * t + Real::lit("1.432788"))
        * t
        + Real::ONE;
    Ok((t - top / bottom).max(Real::ZERO))
}

/// The move of x ≥ 0 (Q64) that brings N(−x) to q (Q64).
fn step(x: i128, q: u128) -> i128 {
    let (m, n) = gauss(x as u128);
    // N(−x) = m·tail·2^(−128−n) against q, both times 2^(64+n).
    let excess = (m as u128 * tail(x as u128) as u128) as i128 - (q << (64 + n)) as i128;
    let h = (excess / m as i128 * SQRT_2PI) >> 62; // Q64
    let (hh, x) = ((h * h) >> 64, x >> 24); // Q64, Q40
    let (hhh, hhhh, xx) = ((hh * h) >> 64, (hh * hh) >> 64, (x * x) >> 40);
    let second = (x * hh) >> 41;
    let third = (((2 * xx + (1 << 40)) * hhh) >> 40) / 6;
    let fourth = (((((6 * xx + (7 << 40)) * x) >> 40) * hhhh) >> 40) / 24;
    h + second + third + fourth
}
