//! The normal distribution: the engine's, between doubles.

use amm_core::math::{norm_cdf, norm_inv_cdf};
use amm_core::num::Real;

/// P(Z ≤ z), to the 2⁻⁶⁴ of the engine's scalar; `None` if z is no number.
pub fn cdf(z: f64) -> Option<f64> {
    if z.is_nan() {
        return None;
    }
    // Past ten the scalar has no digits left.
    let near = Real::checked_from_num(z.clamp(-10.0, 10.0))?;
    Some(norm_cdf(near).to_num())
}

/// The z with P(Z ≤ z) = p; `None` unless 0 < p < 1 in the engine's scalar.
pub fn inverse(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    norm_inv_cdf(Real::checked_from_num(p)?).ok().map(|z| z.to_num())
}

/// P(|Z| ≥ |z|): how often luck alone does as much; `None` if z is no number.
pub fn two_sided(z: f64) -> Option<f64> {
    cdf(-z.abs()).map(|tail| 2.0 * tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_values() {
        assert!((inverse(0.975).unwrap() - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((cdf(1.0).unwrap() - 0.841_344_746_068_543).abs() < 1e-12);
        assert!((two_sided(-1.959_963_984_540_054).unwrap() - 0.05).abs() < 1e-12);
        assert_eq!(cdf(f64::INFINITY), Some(1.0));
        assert_eq!((cdf(f64::NAN), inverse(0.0), inverse(1.0)), (None, None, None));
    }
}
