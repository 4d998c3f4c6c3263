//! Durrleman's density factor: the sign of the underlying's density at expiry.

use super::distance::Distance;
use super::moneyness::admit;
use super::{Slice, SurfaceError, Svi, Wing};
use crate::math::{mul_hi, mul_wide, normalise, reciprocal};
use crate::num::Real;

/// Durrleman's g(k) = (1 − k·w′/(2w))² − (w′²/4)·(1/w + ¼) + w″/2, which has the sign of the density
/// of the underlying at expiry where ln(K/F) = k.
///
/// One for a flat slice. Derivatives are those of the formula. A figure of 2⁶⁰ stands for any more.
///
/// # Errors
///
/// [`SurfaceError::OutOfRange`] if k is beyond
/// [`LOG_MONEYNESS_MAX`](super::LOG_MONEYNESS_MAX), [`SurfaceError::Vanishing`] if w is under 10⁻¹².
pub fn density(slice: &Slice, k: Real) -> Result<Real, SurfaceError> {
    let k = admit(k)?;
    match slice.raw().as_ref().and_then(Durrleman::new) {
        None => Ok(Real::ONE),
        Some(kernel) => Ok(Real::from_bits(kernel.at(k)?.figure)),
    }
}

/// What the density factor needs of a slice that is not constant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Durrleman {
    pub(super) svi: Svi,
    /// b = mantissa·2^−zeros.
    mantissa: u64,
    zeros: i32,
    /// b/(2σ) in Q62, < 2⁸³.
    bend: u128,
    /// b² + b/σ, rounded up to a whole number.
    coarse: u128,
}

/// A figure in Q64, and the most it may be off by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounded {
    pub(super) figure: i128,
    pub(super) error: u128,
}

impl Durrleman {
    /// `None` if b is zero: the slice is constant, and its factor one.
    pub(super) fn new(svi: &Svi) -> Option<Self> {
        let (b, sigma) = (svi.b().to_bits() as u128, svi.sigma().to_bits() as u128);
        let (mantissa, _, zeros) = normalise(b)?;
        let bend = (b << 61) / sigma;
        let coarse = ((b * (b >> 32)) >> 96) + (bend >> 61) + 2;
        Some(Self { svi: *svi, mantissa, zeros: zeros as i32, bend, coarse })
    }

    /// g(k) in Q64.
    ///
    /// # Error
    ///
    /// At most 8ε·((1 + |k|β)² + bβ + b² + b/σ), with β = b/w and ε = 2⁻⁵⁸ + the relative error of w.
    /// With v = ρ + (k − m)/R, of which |v| < 2 is off by 2⁻⁵⁹, g is (1 − kβv/2)² − v²bβ/4 − v²b²/16 +
    /// (b/2σ)(σ/R)³, and in each term
    ///
    /// * a product of mantissas and `reciprocal` cost under 2⁻⁵⁹ of the value, β the error of w as well;
    /// * so kβv/2 is off by under 2ε|k|β, its square by under 4ε|k|β(1 + |k|β) + ε;
    /// * v²bβ/4 ≤ bβ by under 2ε of that, v²b²/16 by less, and (σ/R)³ ≤ 1 by under ε.
    ///
    /// # Errors
    ///
    /// [`SurfaceError::Vanishing`] if w is under 10⁻¹².
    pub(super) fn at(&self, k: Real) -> Result<Bounded, SurfaceError> {
        const LEAST: u128 = 18_446_744; // 10⁻¹² in Q64
        let (w, distance) = self.svi.with_distance(k);
        let (hi, _, w_zeros) = match normalise(w) {
            Some(parts) if w >= LEAST => parts,
            _ => {
                return Err(SurfaceError::Vanishing {
                    k,
                    total_variance: Real::from_bits(w as i128),
                });
            }
        };
        let inverse = reciprocal(hi); // 1/w = inverse·2^(w_zeros − 127)
        let gap = w_zeros as i32 - self.zeros;
        let ratio = mul_hi(self.mantissa, inverse); // β = ratio·2^(gap − 63)
        let slope = self.slope(k, &distance); // v in Q62
        let squared = mul_hi(slope.unsigned_abs() << 1, slope.unsigned_abs() << 1); // v² in Q62

        // k·β, and 1 − kβv/2 in Q64
        let (shift, reach) = match normalise(k.unsigned_abs().to_bits()) {
            None => (0, 0),
            Some((hi, _, zeros)) => (gap - zeros as i32, mul_hi(hi, ratio)), // kβ = reach·2^(shift + 1)
        };
        let half = shifted(reach as u128 * slope.unsigned_abs() as u128, shift + 2);
        let away = if (k < 0) == (slope < 0) { -(half as i128) } else { half as i128 };
        let line = (1 << 64) + away;
        if line.unsigned_abs() >> 95 != 0 {
            // Its square is over 2⁶², and bβ + b² under 2⁴⁶.
            return Ok(Bounded { figure: 1 << 124, error: 0 });
        }
        let (line, spread) = (line.unsigned_abs(), mul_hi(self.mantissa, ratio)); // bβ = spread·2^(1 + gap − zeros)
        let square = mul_wide(line, line as u64) + line * (line >> 64);
        let falls = shifted(mul_hi(squared, spread) as u128, 65 + gap - self.zeros)
            + shifted(
                mul_hi(squared, mul_hi(self.mantissa, self.mantissa)) as u128,
                126 - 2 * self.zeros,
            );
        let (_, share) = distance.shares(); // σ/R in Q62
        let share = share.min(1 << 62) << 1;
        let cube = mul_hi(mul_hi(share, share) << 1, share); // Q62
        let bends = mul_wide(self.bend, cube) << 4;

        let whole = 2 + shifted(reach as u128, shift + 1);
        let terms = whole.saturating_mul(whole)
            + shifted(spread as u128, 1 + gap - self.zeros)
            + self.coarse;
        let fraction = (self.svi.error(&distance) * inverse as u128) >> (127 - w_zeros);
        let error = terms.saturating_mul(8 * (64 + fraction + 1)).min(1 << 126);
        Ok(Bounded { figure: square as i128 - falls as i128 + bends as i128, error })
    }

    /// Whether g is above zero from k outwards.
    ///
    /// To the right of the lowest point 0 ≤ w′ ≤ c, the wing's slope, and w is at least its asymptote A,
    /// which rises by c. So kw′/(2w) is at most the greater of ck/(2A), which if over ½ falls further out,
    /// and ½; with that in the first term, A for w in the second and nothing for the third,
    /// 4A²·g ≥ (2A − max(ck, A))² − c²(A + A²/4), and the same ratio to A² further out. A
    /// millionth of that is left for rounding. To the left alike, mirrored.
    pub(super) fn settled(&self, wing: Wing, k: Real) -> bool {
        let (svi, (left, right)) = (&self.svi, self.svi.slopes());
        let (k, x, rho, c) = match wing {
            Wing::Left => (-k, svi.m() - k, -svi.rho(), left),
            Wing::Right => (k, k - svi.m(), svi.rho(), right),
        };
        let square = rho * rho;
        let low = square * svi.sigma() * svi.sigma();
        if rho < 0 && x * x * (Real::ONE - square) <= low {
            return false;
        }
        let asymptote = svi.a() + c * x;
        let line = asymptote * 2 - (c * k).max(asymptote);
        if x < 0 || asymptote <= 0 || line <= 0 {
            return false;
        }
        let need = c * c * (asymptote + asymptote * asymptote / 4);
        line * line >= need + (need >> 20) + Real::DELTA * 1024
    }

    /// w′/b = ρ + (k − m)/R in Q62.
    fn slope(&self, k: Real, distance: &Distance) -> i64 {
        let (share, _) = distance.shares();
        let share = share.min(1 << 62) as i64;
        let rho = (self.svi.rho().to_bits() >> 2) as i64;
        rho + if k < self.svi.m() { -share } else { share }
    }
}

/// x·2^by, cut.
fn shifted(x: u128, by: i32) -> u128 {
    match by {
        0.. => x << by,
        -127.. => x >> -by,
        _ => 0,
    }
}
