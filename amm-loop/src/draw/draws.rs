//! The random numbers of one agent in one block of one path.

use amm_core::math::{exp, ln, norm_inv_cdf};
use amm_core::num::Real;

use crate::draw::philox4x64;

/// The greatest mean of a Poisson number.
pub const POISSON_MEAN_MAX: Real = Real::lit("40");

/// Numbers for one agent in one block of one path, in the order it asks for them.
///
/// Word `n` is word `n mod 4` of [`philox4x64`] with counter [⌊n/4⌋, agent, block, path] and key
/// [seed, 0]. Making one costs nothing until it is asked.
///
/// ```
/// use amm_loop::draw::Draws;
///
/// let (seed, path, block, agent) = (7, 0, 12, 3);
/// let mut draws = Draws::new(seed, path, block, agent);
/// let first = draws.normal();
/// assert_eq!(Draws::new(seed, path, block, agent).normal(), first);
/// assert_ne!(draws.normal(), first);
/// ```
#[derive(Clone, Debug)]
pub struct Draws {
    counter: [u64; 4],
    seed: u64,
    words: [u64; 4],
    used: usize,
}

impl Draws {
    /// From the first draw on.
    #[inline]
    pub const fn new(seed: u64, path: u64, block: u64, agent: u64) -> Self {
        Self { counter: [0, agent, block, path], seed, words: [0; 4], used: 4 }
    }

    /// The next word, every value as likely as any other.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        if self.used == 4 {
            self.words = philox4x64(self.counter, [self.seed, 0]);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Uniform on the odd multiples of 2⁻⁶⁴ below one, so never 0 or 1.
    pub fn uniform(&mut self) -> Real {
        Real::from_bits(i128::from(self.bits() | 1))
    }

    /// Standard normal, by the inverse of its cumulative probability; at most 9.1 from zero.
    pub fn normal(&mut self) -> Real {
        norm_inv_cdf(self.uniform()).expect("a uniform number lies between 0 and 1")
    }

    /// Whether something of probability `p` happens: never for p ≤ 0, always for p ≥ 1.
    pub fn chance(&mut self, p: Real) -> bool {
        self.uniform() < p
    }

    /// Exponential with mean one; at most 44.4.
    pub fn exponential(&mut self) -> Real {
        -ln(self.uniform()).expect("a uniform number is above 0")
    }

    /// Poisson with the mean given, by inversion of one uniform number.
    ///
    /// It is the least k with u·e^mean ≤ Σ_{j≤k} mean^j/j!: on that side of the inequality numbers
    /// are large and a probability is off by under 2⁻⁵⁷.
    ///
    /// # Panics
    ///
    /// Unless 0 ≤ mean ≤ [`POISSON_MEAN_MAX`].
    pub fn poisson(&mut self, mean: Real) -> u32 {
        assert!(
            (Real::ZERO..=POISSON_MEAN_MAX).contains(&mean),
            "the mean of a Poisson number lies in 0..={POISSON_MEAN_MAX}, got {mean}"
        );
        let mut left = self.uniform() * exp(mean).expect("at most e^40");
        let (mut term, mut count) = (Real::ONE, 0);
        while left > term && term > 0 {
            left -= term;
            count += 1;
            // mean^count / count!, at most 40^40/40! < 2⁵⁴; times the mean < 2⁶⁰.
            term = Real::from_bits((term * mean).to_bits() / i128::from(count));
        }
        count
    }

    /// Uniform on 0..n: the upper word of n times a word. No number is likelier than another by
    /// more than n/2⁶⁴ of its probability. For n = 0 it is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_from_the_counter() {
        let (seed, path, block, agent) = (1, 2, 3, 4);
        let mut draws = Draws::new(seed, path, block, agent);
        for call in 0..3 {
            for word in philox4x64([call, agent, block, path], [seed, 0]) {
                assert_eq!(draws.bits(), word);
            }
        }
    }

    #[test]
    fn the_far_tail_of_a_poisson_number_ends() {
        // The word that gives the greatest uniform number: then u·e^mean is all but the sum.
        for mean in ["40", "1", "0.000000000000000001", "0"] {
            let mut draws = Draws::new(0, 0, 0, 0);
            (draws.words, draws.used) = ([u64::MAX; 4], 0);
            let count = draws.poisson(Real::lit(mean));
            assert!(count <= 120, "{count} of a mean of {mean}");
        }
    }

    #[test]
    #[should_panic(expected = "lies in 0..=40, got 41")]
    fn a_mean_too_large_is_refused() {
        Draws::new(0, 0, 0, 0).poisson(Real::lit("41"));
    }
}
