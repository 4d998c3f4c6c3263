//! Which assets move as one.

use crate::math::{ln_q96, sqrt};
use crate::num::{OutOfRange, Price, Real, Rounding, Seconds, Timestamp, mul_div};
use crate::signals::Bars;
use crate::signals::error::{lasts, within};
use crate::signals::fade::fade;

/// How [`Cluster`] looks at assets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct ClusterParams {
    /// How many assets: two to eight.
    pub assets: u8,
    /// Returns are from the close of a bar to the next: a second to a week.
    pub bar: Seconds,
    /// The half-life of a return: a bar to 2²⁰ of them.
    pub half_life: Seconds,
    /// An asset whose mean correlation with the others is at least this belongs to the cluster: −1 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub threshold: Real,
}

impl Default for ClusterParams {
    /// Two assets, bars of five minutes, a half-life of six hours, a threshold of 0.7.
    fn default() -> Self {
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        const THRESHOLD: Real = Real::lit("0.7");
        Self { assets: 2, bar: seconds(300), half_life: seconds(21_600), threshold: THRESHOLD }
    }
}

impl ClusterParams {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        const MOST: Real = Real::lit("8");
        within("number of assets", self.assets.into(), Real::ONE * 2, MOST)?;
        Bars::new(self.bar)?;
        let longest = Seconds::new(u64::from(self.bar.get()) << 20).unwrap_or(Seconds::MAX);
        lasts("half-life of returns in seconds", self.half_life, self.bar, longest)?;
        within("threshold of correlation", self.threshold, -Real::ONE, Real::ONE)
    }
}

/// Covariances of the returns of two to eight assets, fading with a half-life.
///
/// Returns are logarithmic and from bar to bar, so that prices which come one after the other within a
/// bar still move together (Epps 1979). Bars in which nothing moves leave it as it was: it does not depend on how
/// often prices are poked.
///
/// ```
/// use amm_core::num::{Real, Seconds, Timestamp};
/// use amm_core::signals::{Cluster, ClusterParams};
///
/// let minute = Seconds::new(60)?;
/// let threshold = Real::lit("0.4");
/// let mut cluster = Cluster::new(ClusterParams { assets: 3, bar: minute, half_life: minute, threshold })?;
/// for (now, prices) in [
///     (30, ["100", "2000", "1"]), (90, ["99", "1980", "1"]), (150, ["101", "2010", "1"]),
///     (210, ["101", "2010", "0.98"]), (270, ["101", "2010", "0.98"]),
/// ] {
///     let prices = [prices[0].parse()?, prices[1].parse()?, prices[2].parse()?];
///     cluster = cluster.after(Timestamp::new(now), &prices)?;
/// }
/// assert_eq!(format!("{:.3}", cluster.correlation(0, 1)), "0.995");
/// let seen = cluster.seen(); // the third asset goes its own way
/// assert_eq!((seen.members, format!("{:.2}", seen.common)), (0b011, "1.66".to_string()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Cluster {
    /// How it looks.
    pub(crate) params: ClusterParams,
    /// The bar that is not over.
    pub(crate) index: u64,
    /// Prices at the end of the bar before it; zero of an asset that had none.
    pub(crate) closes: [Price; 8],
    /// The last prices; zero of an asset that had none.
    pub(crate) prices: [Price; 8],
    /// The last bar in which something moved.
    pub(crate) at: u64,
    /// Σ rᵢ·rⱼ·2^(−age/half-life) at that bar for i ≤ j by rows, in units of 2⁻⁶⁴; under 2⁹⁸ in size.
    pub(crate) sums: [i128; 36],
}

/// What a [`Cluster`] shows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClusterSeen {
    /// The assets whose mean correlation with the others is at least the threshold: bit i for asset i.
    pub members: u8,
    /// The mean correlation of all pairs: −1/(n − 1) to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub mean: Real,
    /// 1ᵀR1/n, the variance of a basket with the same risk in each asset over what it is if none is like
    /// another: 0 to n, and at most the greatest eigenvalue of the correlations R, which it is when all
    /// pairs are alike.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub common: Real,
}

impl ClusterSeen {
    /// How many assets belong to the cluster.
    pub const fn size(&self) -> u32 {
        self.members.count_ones()
    }
}

impl Cluster {
    /// No prices yet.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] as [`ClusterParams::check`] says.
    pub fn new(params: ClusterParams) -> Result<Self, OutOfRange> {
        params.check()?;
        let none = [Price::MIN; 8];
        Ok(Self { params, index: 0, closes: none, prices: none, at: 0, sums: [0; 36] })
    }

    /// Takes in prices at a time, one of each asset in its place; a price of zero says that there is no new
    /// one. A time before the current bar changes nothing.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] unless there are as many prices as assets.
    pub fn after(&self, now: Timestamp, prices: &[Price]) -> Result<Self, OutOfRange> {
        let (got, want) = (Real::from_num(prices.len().min(1 << 20)), self.params.assets.into());
        within("number of prices", got, want, want)?;
        let index = now.get() / u64::from(self.params.bar.get().max(1));
        if index < self.index {
            return Ok(*self);
        }
        let mut next = if index == self.index { *self } else { self.closed(index) };
        for (last, &price) in next.prices.iter_mut().zip(prices) {
            if price > Price::MIN {
                *last = price;
            }
        }
        Ok(next)
    }

    /// The correlation of two assets, −1 to 1; zero if one of them has not moved, or is none.
    ///
    /// Towards zero, within 2⁻⁶¹ of it and 2⁻⁶²/(sᵢ·sⱼ), with the roots s of the faded sums of squares; what
    /// rounding takes past ±1 is ±1.
    pub fn correlation(&self, one: usize, other: usize) -> Real {
        let root = |at: usize| {
            let square = Real::from_bits(self.sum(at, at).unwrap_or(0));
            sqrt(square).unwrap_or(Real::ZERO).to_bits().unsigned_abs()
        };
        let (a, b) = (root(one), root(other));
        let sum = self.sum(one, other).unwrap_or(0);
        let over_one = mul_div(sum.unsigned_abs(), 1 << 64, a, Rounding::Down);
        let over_both = over_one.and_then(|part| mul_div(part, 1 << 64, b, Rounding::Down));
        let size = over_both.unwrap_or(0).min(1 << 64) as i128; // a zero root is of what did not move
        Real::from_bits(if sum < 0 { -size } else { size })
    }

    /// Which assets belong to the cluster, and how much all have in common; of nothing before assets moved.
    pub fn seen(&self) -> ClusterSeen {
        let count = usize::from(self.params.assets);
        let (mut members, mut total) = (0, Real::ZERO);
        for one in 0..count {
            let others = (0..count).filter(|other| *other != one);
            let sum =
                others.map(|other| self.correlation(one, other)).fold(Real::ZERO, |a, b| a + b);
            total += sum;
            if sum >= self.params.threshold * (count as i128 - 1) {
                members |= 1 << one;
            }
        }
        let count = count as i128;
        ClusterSeen {
            members,
            mean: total / (count * (count - 1)),
            common: (Real::ONE + total / count).max(Real::ZERO),
        }
    }

    /// Whether prices can have led to it.
    pub fn possible(&self) -> bool {
        let count = usize::from(self.params.assets).min(8);
        let beyond = (count..8).all(|asset| {
            let blank = (0..8).all(|other| self.sum(asset, other) == Some(0));
            self.prices[asset] == Price::MIN && self.closes[asset] == Price::MIN && blank
        });
        let known = (0..8).all(|at| self.closes[at] == Price::MIN || self.prices[at] > Price::MIN);
        let squares = (0..8).all(|at| self.sum(at, at).is_some_and(|sum| sum >= 0));
        let small = self.sums.iter().all(|sum| sum.unsigned_abs() < 1 << 98);
        let order = self.at < self.index || self.at == 0 && self.index == 0;
        self.params.check().is_ok() && beyond && known && squares && small && order
    }

    /// With the current bar over and another begun.
    fn closed(&self, index: u64) -> Self {
        let mut next = Self { index, closes: self.prices, ..*self };
        let mut returns = [0_i128; 8];
        for ((log, &close), &before) in returns.iter_mut().zip(&self.prices).zip(&self.closes) {
            if before > Price::MIN {
                let bits = |price: Price| price.get().to_bits() as u128;
                *log = (ln_q96(bits(close)) - ln_q96(bits(before))) >> 32; // < 2⁷¹ in Q64
            }
        }
        if returns == [0; 8] {
            return next;
        }
        let bars = self.index.saturating_sub(self.at);
        let age = bars.saturating_mul(self.params.bar.get().into());
        for one in 0..8 {
            for other in one..8 {
                let sum = &mut next.sums[place(one, other)];
                *sum =
                    fade(*sum, age, self.params.half_life) + product(returns[one], returns[other]);
            }
        }
        next.at = self.index;
        next
    }

    fn sum(&self, one: usize, other: usize) -> Option<i128> {
        let (one, other) = (one.min(other), one.max(other));
        (other < 8).then(|| self.sums[place(one, other)])
    }
}

/// Where the pair i ≤ j is.
const fn place(one: usize, other: usize) -> usize {
    one * (17 - one) / 2 + other - one
}

/// A product of numbers in Q64 under 2⁷¹ in size, towards zero.
fn product(a: i128, b: i128) -> i128 {
    let size = ((a.unsigned_abs() >> 8) * (b.unsigned_abs() >> 8)) >> 48;
    if (a < 0) == (b < 0) { size as i128 } else { -(size as i128) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{exp, norm_inv_cdf};

    /// Sixty-second bars and a half-life of 256 of them.
    fn params(assets: u8) -> ClusterParams {
        let seconds = |count| Seconds::new(count).unwrap();
        ClusterParams {
            assets,
            bar: seconds(60),
            half_life: seconds(60 * 256),
            ..Default::default()
        }
    }

    fn normal(draw: &mut u64) -> Real {
        *draw =
            draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        norm_inv_cdf(Real::from_bits(i128::from(*draw | 1))).unwrap()
    }

    /// One common factor in the first three of four assets, with loadings √0.81.
    fn market(bars: u64) -> Cluster {
        let mut cluster = Cluster::new(params(4)).unwrap();
        let (mut draw, mut logs) = (3, [Real::ZERO; 4]);
        for bar in 0..bars {
            let common = normal(&mut draw);
            for (asset, log) in logs.iter_mut().enumerate() {
                let own = normal(&mut draw);
                let share =
                    if asset < 3 { common * 9 / 10 + own * Real::lit("0.43589") } else { own };
                *log += share / 1000;
            }
            let prices = logs.map(|log| Price::new(exp(log).unwrap() * 1000).unwrap());
            cluster = cluster.after(Timestamp::new(bar * 60), &prices).unwrap();
        }
        cluster
    }

    /// Correlations of 0.81 and 0 from 2,000 bars of which 369 count: deviations of (1 − ρ²)/√369·√2 are 0.025
    /// and 0.074, and four of them are allowed.
    #[test]
    fn correlations_are_those_of_the_market() {
        let cluster = market(2_000);
        let near = |one, other, want: &str, bound: &str| {
            let got = cluster.correlation(one, other);
            let off = got.abs_diff(want.parse().unwrap());
            assert!(off < bound.parse::<Real>().unwrap(), "ρ({one}, {other}) = {got} for {want}");
        };
        for (one, other) in [(0, 1), (0, 2), (2, 1)] {
            near(one, other, "0.81", "0.1");
            near(one, 3, "0", "0.3");
            near(one, one, "1", "0.000001");
        }
        let seen = cluster.seen();
        assert_eq!((seen.members, seen.size()), (0, 0)); // the fourth lowers every mean
        let mut lower = cluster;
        lower.params.threshold = Real::lit("0.4");
        assert_eq!((lower.seen().members, lower.seen().size()), (0b111, 3));
        // 1ᵀR1/n = (4 + 2·3·0.81)/4 = 2.2, and the greatest eigenvalue is 1 + 2·0.81 = 2.6.
        assert!(Real::lit("1.8") < seen.common && seen.common < Real::lit("2.63"), "{seen:?}");
        assert!(seen.mean.abs_diff((seen.common - Real::ONE) / 3) < Real::lit("1e-17"));
        assert!(cluster.possible());
    }

    #[test]
    fn what_moves_as_one_is_one() {
        let mut cluster = Cluster::new(params(3)).unwrap();
        for bar in 0..50_u64 {
            let level = Real::from_num(100 + bar % 7);
            let prices = [level, level * 30, level / 7].map(|price| Price::new(price).unwrap());
            cluster = cluster.after(Timestamp::new(bar * 60), &prices).unwrap();
        }
        let seen = cluster.seen();
        assert_eq!(seen.members, 0b111);
        assert!(seen.common.abs_diff(Real::ONE * 3) < Real::lit("1e-9"), "{seen:?}");
        // What stands still goes with nothing.
        assert_eq!(cluster.correlation(0, 7), Real::ZERO);
        assert_eq!(cluster.correlation(9, 9), Real::ZERO);
        assert_eq!(
            Cluster::new(params(2)).unwrap().seen(),
            ClusterSeen { members: 0, mean: Real::ZERO, common: Real::ONE }
        );
    }

    /// The widest moves of all eight assets in every bar, for the longest half-life.
    #[test]
    fn the_bound_holds() {
        let second = Seconds::new(1).unwrap();
        let half_life = Seconds::new(1 << 20).unwrap();
        let mut cluster =
            Cluster::new(ClusterParams { bar: second, half_life, ..params(8) }).unwrap();
        let least = Price::new(Real::DELTA).unwrap();
        for bar in 0..3_000 {
            let price = if bar % 2 == 0 { least } else { Price::MAX };
            cluster = cluster.after(Timestamp::new(bar), &[price; 8]).unwrap();
        }
        assert!(cluster.possible());
        let each = cluster.sums[0] as u128 / 2_999;
        assert!(each * (3 << 19) < 1 << 98, "{each} a bar"); // 1/(1 − 2^(−2⁻²⁰)) < 1.5·2²⁰
    }

    #[test]
    fn other_counts_are_refused() {
        let cluster = Cluster::new(params(2)).unwrap();
        let error = cluster.after(Timestamp::new(0), &[Price::MAX]).unwrap_err();
        assert_eq!((error.what, error.got), ("number of prices", Real::ONE));
        for assets in [0, 1, 9, 255] {
            assert!(Cluster::new(params(assets)).is_err());
        }
        let one = cluster.after(Timestamp::new(600), &[Price::MAX, Price::MIN]).unwrap();
        assert_eq!(one.after(Timestamp::new(599), &[Price::MAX; 2]), Ok(one));
        assert!(one.possible());
    }
}
