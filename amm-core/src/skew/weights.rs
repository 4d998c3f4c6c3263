//! Where an option's gamma will be: weights of spot's bands at a time before expiry.
//!
//! Dollar gamma is a martingale, and weighted by it the path to a time t before expiry T is a
//! Brownian bridge from spot to the strike. In units of its own standard deviation, σ√t, spot's
//! position then has mean d√r and variance 1 − r, with d = ln(K/F)/(σ√T) and r = t/T. That is where
//! gamma is; r = κ·t/T with κ < 1 spreads it over more bands, and with κ = ¾ no book at all can bend the
//! quotes into a static arbitrage (the default range of gains, up to five bands).

use crate::math::{share, sqrt};
use crate::num::{OutOfRange, Real};

/// How finely strikes are told apart.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u8", into = "u8"))]
pub enum Bands {
    /// All strikes of an expiry alike.
    One,
    /// Edges at ∓½ standard deviation.
    Three,
    /// Edges at ∓1½ and ∓½ standard deviations.
    Five,
}

impl Bands {
    /// Their number.
    pub const fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Three => 3,
            Self::Five => 5,
        }
    }

    /// The edges between them, ascending.
    pub(super) const fn edges(self) -> &'static [Real] {
        const EDGES: [Real; 4] =
            [Real::lit("-1.5"), Real::lit("-0.5"), Real::lit("0.5"), Real::lit("1.5")];
        const INNER: [Real; 2] = [EDGES[1], EDGES[2]];
        match self {
            Self::One => &[],
            Self::Three => &INNER,
            Self::Five => &EDGES,
        }
    }

    /// The normal probability of each band, in Q63; they add up to one.
    pub(super) fn probabilities(self) -> [u64; 5] {
        let mut probabilities = [0; 5];
        let mut below = 0;
        for (part, edge) in probabilities.iter_mut().zip(self.edges()) {
            let bound = share((edge.to_bits() >> 12) as i64);
            (*part, below) = (bound - below, bound);
        }
        probabilities[self.edges().len()] = (1 << 63) - below;
        probabilities
    }
}

impl From<Bands> for u8 {
    fn from(bands: Bands) -> Self {
        bands.count() as Self
    }
}

impl TryFrom<u8> for Bands {
    type Error = OutOfRange;

    /// 1, 3 or 5.
    fn try_from(count: u8) -> Result<Self, OutOfRange> {
        match count {
            1 => Ok(Self::One),
            3 => Ok(Self::Three),
            5 => Ok(Self::Five),
            _ => Err(OutOfRange {
                what: "number of bands (1, 3 or 5)",
                got: Real::from_num(count),
                min: Real::ONE,
                max: Real::lit("5"),
            }),
        }
    }
}

/// A time t before expiry T, as the bands see it.
#[derive(Clone, Debug)]
pub(super) struct Bridge {
    /// √(r/(1 − r)) in Q52: under 2⁹.
    lean: i64,
    /// The edges over √(1 − r), in Q52.
    edges: [i64; 4],
}

impl Bridge {
    /// For twice the time t and twice the time T, in seconds, t < T, and κ in (0, 1].
    pub(super) fn new(bands: Bands, twice_t: u64, twice_expiry: u64, locality: Real) -> Self {
        let ratio = Real::from_bits((((twice_t as u128) << 64) / twice_expiry as u128) as i128);
        let root = |x| sqrt(x).unwrap_or(Real::ONE);
        // At 1 − 2⁻¹⁸ the bands are as sharp as makes a difference, and all fits.
        let ratio = (ratio * locality).min(Real::ONE - Real::from_bits(1 << 46));
        let left = root(Real::ONE - ratio).to_bits() as u128;
        let narrow = Real::from_bits((u128::MAX / left) as i128); // ≤ 2⁹
        let narrowed = |edge: &Real| ((*edge * narrow).to_bits() >> 12) as i64;
        let mut edges = [0; 4];
        for (edge, at) in edges.iter_mut().zip(bands.edges()) {
            *edge = narrowed(at);
        }
        Self { lean: ((root(ratio) * narrow).to_bits() >> 12) as i64, edges }
    }

    /// The weights of the bands, in Q63, for a strike `d` deviations out, |d| ≤ 64; they add up to
    /// one.
    #[inline(always)]
    pub(super) fn weights<const BANDS: usize>(&self, d: Real) -> [u64; BANDS] {
        const FAR: i128 = 1 << 62; // 2¹⁰ deviations
        let d = (d.to_bits() >> 8) as i64; // Q56
        let mean = ((d as i128 * self.lean as i128) >> 56).clamp(-FAR, FAR) as i64;
        let (mut weights, mut below) = ([0; BANDS], 0);
        for (weight, edge) in weights.iter_mut().zip(&self.edges[..BANDS - 1]) {
            let bound = share(edge - mean).max(below);
            (*weight, below) = (bound - below, bound);
        }
        weights[BANDS - 1] = (1 << 63) - below;
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_a_partition_of_one() {
        for bands in [Bands::One, Bands::Three, Bands::Five] {
            let probabilities = bands.probabilities();
            assert_eq!(probabilities[..bands.count()].iter().sum::<u64>(), 1 << 63);
            for (t, expiry) in [(1, 2), (1, 1_892_160_000), (1_892_159_999, 1_892_160_000)] {
                let bridge = Bridge::new(bands, t, expiry, Real::ONE);
                for d in [-64, -5, -1, 0, 1, 3, 64].map(Real::from_num) {
                    let sum: u64 = match bands {
                        Bands::One => bridge.weights::<1>(d).iter().sum(),
                        Bands::Three => bridge.weights::<3>(d).iter().sum(),
                        Bands::Five => bridge.weights::<5>(d).iter().sum(),
                    };
                    assert_eq!(sum, 1 << 63);
                }
            }
        }
    }

    /// N of (edge − d√r)/√(1 − r), as exact as shares are: it is their position that must not be cut.
    #[test]
    fn weights_are_as_exact_as_shares() {
        let d = Real::lit("3.2109375"); // √r = 0.8, √(1 − r) = 0.6
        let mut below = Real::ZERO;
        let bridge = Bridge::new(Bands::Five, 16, 25, Real::ONE);
        let weights: [u64; 5] = bridge.weights(d);
        for (band, weight) in weights.into_iter().enumerate() {
            below += Real::from_bits((weight as i128) << 1);
            if let Some(edge) = Bands::Five.edges().get(band) {
                let exact =
                    crate::math::norm_cdf((*edge - d * Real::lit("0.8")) / Real::lit("0.6"));
                assert!(below.abs_diff(exact).to_bits() < 1 << 17, "{below} for {exact}");
            }
        }
        assert_eq!(below, Real::ONE);
    }

    #[test]
    fn gamma_of_a_strike_lives_where_the_strike_is() {
        let late = Bridge::new(Bands::Five, 95, 100, Real::ONE);
        let most = |d: &str| {
            let weights = late.weights::<5>(d.parse().unwrap());
            weights.iter().enumerate().max_by_key(|&(_, weight)| weight).unwrap().0
        };
        assert_eq!(["-2", "-1", "0", "1", "2"].map(most), [0, 1, 2, 3, 4]);
    }
}
