//! The normal distribution and its inverse in narrow integers.

use alloc::vec::Vec;

use amm_core::math::{norm_cdf, norm_inv_cdf};
use amm_core::num::Real;

use super::fine::FINE_BITS;
use super::quartic::Quartic;

/// Halvings of the tail the table covers; beyond, once in 2²⁴, the core's own kernel is asked.
const OCTAVES: u32 = 24;

/// Pieces of an octave, as a power of two.
const PIECES_BITS: u32 = 5;

/// Binary digits after the point of a normal number.
pub const NORMAL_BITS: u32 = 56;

/// What a normal number of the light loop may be off by: 2⁻³⁴. It is as if its probability were off
/// by as little.
pub const NORMAL_MAX_ERROR: Real = Real::from_bits(1 << 30);

/// What a normal probability of the light loop may be off by: 2⁻³⁸.
pub const PROBABILITY_MAX_ERROR: Real = Real::from_bits(1 << 26);

/// Where a normal probability counts as one, in standard deviations.
const CERTAIN: i64 = 8 << FINE_BITS;

/// Binary digits after the point of a probability.
pub(super) const PROBABILITY_BITS: u32 = 61;

/// Tables of the normal distribution: 40 KiB, of which 3 KiB are read time and again. They are
/// worked out from the core's kernels, in a millisecond.
///
/// ```
/// use amm_loop::draw::Draws;
/// use amm_loop::light::{NORMAL_BITS, Tables};
///
/// let z = Tables::new().normal(Draws::new(1, 0, 0, 0).bits());
/// let want = Draws::new(1, 0, 0, 0).normal();
/// let z = amm_core::num::Real::from_bits(i128::from(z) << (64 - NORMAL_BITS));
/// assert!(z.abs_diff(want) < amm_core::num::Real::lit("1e-10"));
/// ```
#[derive(Clone, Debug)]
pub struct Tables {
    inverse: Vec<Quartic>,
    probability: Vec<Quartic>,
}

impl Default for Tables {
    fn default() -> Self {
        Self::new()
    }
}

impl Tables {
    /// Works them out.
    pub fn new() -> Self {
        let pieces = 1_u32 << PIECES_BITS;
        let inverse = (0..OCTAVES * pieces).map(|place| {
            let (octave, piece) = (place / pieces, place % pieces);
            // Tails from 2^−(octave + 2)·(1 + piece/32) on, 1/32 of that power wide.
            let base = Real::ONE >> (octave + 2);
            let half = base >> (PIECES_BITS + 1);
            let middle = base + half * (2 * piece as i128 + 1);
            Quartic::through(NORMAL_BITS, |t| {
                -norm_inv_cdf(middle + half * t).expect("between 0 and 1")
            })
        });
        let probability = (0..8 << PIECES_BITS).map(|piece: i128| {
            let half = Real::ONE >> (PIECES_BITS + 1);
            Quartic::through(PROBABILITY_BITS, |t| norm_cdf(half * (2 * piece + 1) + half * t))
        });
        Self { inverse: inverse.collect(), probability: probability.collect() }
    }

    /// The normal number of a random word, in units of 2⁻⁵⁶: that of the same word in
    /// [`Draws::normal`](crate::draw::Draws::normal) within [`NORMAL_MAX_ERROR`].
    ///
    /// # Error
    ///
    /// An octave of the tail q is cut into 32 pieces, so t = 64·m·δq/q with m in 1..2, and
    /// qⁿ·z⁽ⁿ⁾(q) < 1.3·(n − 1)!·4: the fifth term is under 5.2·4!/5!/2⁴/64⁵ < 2⁻³³·⁹ of a
    /// deviation, and rounding 4 ulp.
    #[inline]
    pub fn normal(&self, word: u64) -> i64 {
        let u = word | 1;
        let upper = u >> 63 == 1;
        let tail = if upper { u.wrapping_neg() } else { u }; // odd, so below 2⁶³
        let zeros = tail.leading_zeros();
        let mantissa = tail << zeros;
        let place = ((zeros - 1) << PIECES_BITS) as u64 | (mantissa << 1) >> (64 - PIECES_BITS);
        let size = match self.inverse.get(place as usize) {
            Some(piece) => piece.at((mantissa << (1 + PIECES_BITS) ^ 1 << 63) as i64),
            None => far_tail(tail),
        };
        if upper { size } else { -size }
    }

    /// N(d) and its slope, for d a fine number: in units of 2⁻⁶¹, within
    /// [`PROBABILITY_MAX_ERROR`].
    ///
    /// # Error
    ///
    /// N⁽⁵⁾ < 3 and pieces are 1/32 wide: 3/64⁵/5!/2⁴ < 2⁻³⁹. Beyond eight deviations N is 1,
    /// which is off by 2⁻⁵⁰.
    #[inline]
    pub(super) fn probability(&self, d: i64) -> (i64, i64) {
        let one = 1 << PROBABILITY_BITS;
        let size = d.saturating_abs();
        if size >= CERTAIN {
            return (if d < 0 { 0 } else { one }, 0);
        }
        let piece = &self.probability[(size >> (FINE_BITS - PIECES_BITS)) as usize];
        let t = ((size as u64) << (64 - FINE_BITS + PIECES_BITS) ^ 1 << 63) as i64;
        let (p, slope) = (piece.at(t), piece.slope(t) << (PIECES_BITS + 1));
        (if d < 0 { one - p } else { p }, slope)
    }
}

#[cold]
fn far_tail(tail: u64) -> i64 {
    let z = norm_inv_cdf(Real::from_bits(i128::from(tail))).expect("between 0 and 1");
    -(z.to_bits() >> (64 - NORMAL_BITS)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::philox4x64;
    use amm_core::math::norm_pdf;

    /// Words with their first bit anywhere, both sides, and the seams of pieces.
    fn words() -> impl Iterator<Item = u64> {
        let random = (0..40_000).map(|n| philox4x64([n, 0, 0, 0], [5, 0])[0] >> (n % 30));
        let seams = (0..30)
            .flat_map(|octave| (0..32).map(move |piece: u64| (32 + piece) << 58 >> octave >> 1));
        random.chain(seams.flat_map(|seam| [seam - 1, seam, seam + 1])).flat_map(|w| [w, !w])
    }

    #[test]
    fn normals_are_those_of_the_core() {
        let tables = Tables::new();
        let mut worst = Real::ZERO;
        for word in words() {
            let want = norm_inv_cdf(Real::from_bits(i128::from(word | 1))).unwrap();
            let z = Real::from_bits(i128::from(tables.normal(word)) << (64 - NORMAL_BITS));
            worst = worst.max((z - want).abs());
        }
        assert!(worst <= NORMAL_MAX_ERROR, "{worst} over {NORMAL_MAX_ERROR}");
        assert!(worst > NORMAL_MAX_ERROR / 64, "the bound is far too wide: {worst}");
    }

    #[test]
    fn probabilities_are_those_of_the_core() {
        let tables = Tables::new();
        let (mut worst, mut steepest) = (Real::ZERO, Real::ZERO);
        for n in -90_000_i64..=90_000 {
            let d = n * ((1 << FINE_BITS) / 10_000);
            let at = super::super::real(d);
            let (p, slope) = tables.probability(d);
            let wide = |x: i64| Real::from_bits(i128::from(x) << (64 - PROBABILITY_BITS));
            worst = worst.max((wide(p) - norm_cdf(at)).abs());
            steepest = steepest.max((wide(slope) - norm_pdf(at)).abs());
        }
        assert!(worst <= PROBABILITY_MAX_ERROR, "{worst} over {PROBABILITY_MAX_ERROR}");
        assert!(worst > PROBABILITY_MAX_ERROR / 64, "the bound is far too wide: {worst}");
        assert!(steepest < Real::lit("1e-8"), "slopes off by {steepest}");
    }
}
