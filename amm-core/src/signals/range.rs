//! Variance by the range of prices.

use crate::num::{OutOfRange, Price, Real, Rounding, Seconds, Timestamp, YEAR_S, mul_div};
use crate::signals::error::lasts;
use crate::signals::fade::{fade, lost};
use crate::signals::{Bar, Bars};

/// How long [`Range`] looks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct RangeParams {
    /// The length of a bar: a second to a week.
    pub bar: Seconds,
    /// The half-life of the fast estimate: a bar or more.
    pub fast: Seconds,
    /// The half-life of the slow one: not less than the fast one's.
    pub slow: Seconds,
}

impl Default for RangeParams {
    /// Bars of five minutes, half-lives of half an hour and a day.
    fn default() -> Self {
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        Self { bar: seconds(300), fast: seconds(1800), slow: seconds(86_400) }
    }
}

impl RangeParams {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        Bars::new(self.bar)?;
        lasts("fast half-life in seconds", self.fast, self.bar, Seconds::MAX)?;
        lasts("slow half-life in seconds", self.slow, self.fast, Seconds::MAX)
    }
}

/// Annualised variance σ² by three estimators, beside the squared returns of
/// [`Realised`](crate::signals::Realised).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RangeVariance {
    /// By the range alone: [`Bar::parkinson`].
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub parkinson: Real,
    /// By range and return: [`Bar::garman_klass`].
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub garman_klass: Real,
    /// By range and return, whatever the drift: [`Bar::rogers_satchell`].
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub rogers_satchell: Real,
}

impl RangeVariance {
    /// Of one bar.
    fn of(bar: &Bar, length: Seconds) -> Self {
        let annual = |variance: Real| annualised(variance.to_bits() as u128, length);
        Self {
            parkinson: annual(bar.parkinson()),
            garman_klass: annual(bar.garman_klass()),
            rogers_satchell: annual(bar.rogers_satchell()),
        }
    }
}

/// Variance by the range of prices in bars, the last bar and the one before it, a fast and a slow
/// mean side by side.
///
/// A mean is Σ v·2^(−age/h) over whole bars by the weights' own sum, so it has no bias from rest on:
/// after one bar it is that bar's. Between bars it stands still. What it says does not depend on how
/// often a price is poked.
///
/// Ranges are of the prices that were seen: with 5, 20, 60 or 300 prices a bar, evenly spread, Parkinson's
/// shows 0.57, 0.74, 0.84 or 0.93 of the variance, the other two 0.40, 0.65, 0.78 or 0.90.
///
/// ```
/// use amm_core::num::{Seconds, Timestamp};
/// use amm_core::signals::{Range, RangeParams};
///
/// let minute = Seconds::new(60)?;
/// let params = RangeParams { bar: minute, fast: minute, slow: Seconds::new(600)? };
/// let mut range = Range::new(params)?;
/// for (now, price) in [(30, "30000"), (70, "30030"), (100, "29990"), (130, "30010")] {
///     range = range.after(Timestamp::new(now), price.parse()?);
/// }
/// let [fast, slow] = [range.fast().unwrap(), range.slow().unwrap()];
/// assert_eq!(fast.parkinson, slow.parkinson); // of one bar
/// assert_eq!(format!("{:.4}", fast.parkinson), "0.3368"); // a volatility of 58 %
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Range {
    /// How long it looks.
    pub(crate) params: RangeParams,
    /// The bars.
    pub(crate) bars: Bars,
    /// The last whole bar and the one before it.
    pub(crate) last: [Option<Bar>; 2],
    /// The last bar in which something moved; zero before it.
    pub(crate) at: u64,
    /// Σ v·2^(−age/h) at that bar for the fast and the slow half-life, by each estimator; under 2⁴⁵.
    pub(crate) sums: [[Real; 3]; 2],
}

impl Range {
    /// Nothing seen.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] as [`RangeParams::check`] says.
    pub fn new(params: RangeParams) -> Result<Self, OutOfRange> {
        params.check()?;
        let sums = [[Real::ZERO; 3]; 2];
        Ok(Self { params, bars: Bars::new(params.bar)?, last: [None; 2], at: 0, sums })
    }

    /// Takes in the price at a time; what [`Bars::after`] does not take in changes nothing.
    #[must_use]
    pub fn after(&self, now: Timestamp, price: Price) -> Self {
        let (bars, told) = self.bars.after(now, price);
        let mut next = Self { bars, ..*self };
        let (Some(before), Some(current)) = (self.bars.current, bars.current) else { return next };
        if before.index == current.index {
            return next;
        }
        if let Some(bar) = told {
            next.take(bar);
            next.last = [Some(bar), self.last[0]];
        }
        for index in current.index.saturating_sub(2).max(before.index + 1)..current.index {
            next.last = [Some(Bar::flat(index, before.close)), next.last[0]];
        }
        next
    }

    /// Adds a bar to both sums, unless nothing moved in it.
    fn take(&mut self, bar: Bar) {
        let parts = [bar.parkinson(), bar.garman_klass(), bar.rogers_satchell()];
        if bar.high == bar.low {
            return;
        }
        let age = age(self.at, bar.index, self.params.bar);
        for (sums, half_life) in self.sums.iter_mut().zip([self.params.fast, self.params.slow]) {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = Real::from_bits(fade(sum.to_bits(), age, half_life)) + part;
            }
        }
        self.at = bar.index;
    }

    /// By the last whole bar; `None` before there is one.
    pub fn last(&self) -> Option<RangeVariance> {
        self.last[0].as_ref().map(|bar| RangeVariance::of(bar, self.params.bar))
    }

    /// By the bar before it; `None` before there is one.
    pub fn before(&self) -> Option<RangeVariance> {
        self.last[1].as_ref().map(|bar| RangeVariance::of(bar, self.params.bar))
    }

    /// The mean over whole bars with the fast half-life; `None` before there is one.
    ///
    /// Both means are rounded down and short by under 2⁻⁶⁰·h/bar of them and an ulp a bar of the half-life h,
    /// beside what each bar is off by.
    pub fn fast(&self) -> Option<RangeVariance> {
        self.mean(&self.sums[0], self.params.fast)
    }

    /// The mean over whole bars with the slow half-life; `None` before there is one.
    pub fn slow(&self) -> Option<RangeVariance> {
        self.mean(&self.sums[1], self.params.slow)
    }

    /// The fast mean over the slow one, by Garman and Klass: above one when markets quicken. `None`
    /// before something moved, and where it does not fit.
    pub fn quickening(&self) -> Option<Real> {
        let [fast, slow] = [self.fast()?, self.slow()?].map(|mean| mean.garman_klass.to_bits());
        let ratio = mul_div(fast as u128, 1 << 64, slow as u128, Rounding::Down)?;
        i128::try_from(ratio).ok().map(Real::from_bits)
    }

    /// Whether prices can have led to it.
    pub fn possible(&self) -> bool {
        const MOST: u128 = 1 << 77; // a bar's variance is under 2¹³
        let whole = self.bars.whole();
        let told = u64::from(self.last[0].is_some()) + u64::from(self.last[1].is_some());
        let order = self.last[0].is_some() || self.last[1].is_none();
        let bars = self.last.iter().flatten().all(Bar::possible) && told == whole.min(2) && order;
        let follow = (1..).zip(self.last.iter().flatten()).all(|(back, bar)| {
            self.bars.current.is_some_and(|now| now.index.checked_sub(back) == Some(bar.index))
        });
        let moved = self.at == 0
            || self
                .bars
                .current
                .is_some_and(|bar| self.bars.first < self.at && self.at < bar.index);
        let still = self.at == 0 && self.sums == [[Real::ZERO; 3]; 2];
        let fits = [self.params.fast, self.params.slow].into_iter().zip(&self.sums).all(
            |(half_life, sums)| {
                let span = age(self.bars.first, self.at, self.params.bar);
                let step = lost(self.params.bar.get().into(), half_life);
                let mean = |sum: &Real| {
                    let sum = u128::try_from(sum.to_bits()).ok()?;
                    mul_div(sum, step, lost(span, half_life), Rounding::Down)
                };
                still || sums.iter().all(|sum| mean(sum).is_some_and(|mean| mean < MOST))
            },
        );
        self.params.check().is_ok()
            && self.bars.possible()
            && self.bars.length == self.params.bar
            && bars
            && follow
            && moved
            && fits
    }

    /// Σ v·2^(−age/h) by the sum of its weights, (1 − 2^(−n·bar/h))/(1 − 2^(−bar/h)) for n bars.
    fn mean(&self, sums: &[Real; 3], half_life: Seconds) -> Option<RangeVariance> {
        let last = self.bars.current?.index.checked_sub(1)?;
        let whole = self.bars.whole();
        let span = whole.saturating_mul(u64::from(self.params.bar.get()));
        let (step, all) = (lost(self.params.bar.get().into(), half_life), lost(span, half_life));
        let age = age(self.at, last, self.params.bar);
        let mean = |sum: Real| {
            let left = fade(sum.to_bits(), age, half_life) as u128;
            let mean = mul_div(left, step, all, Rounding::Down)?;
            Some(annualised(mean, self.params.bar))
        };
        let [parkinson, garman_klass, rogers_satchell] = *sums;
        Some(RangeVariance {
            parkinson: mean(parkinson)?,
            garman_klass: mean(garman_klass)?,
            rogers_satchell: mean(rogers_satchell)?,
        })
    }
}

/// Seconds from a bar to a later one.
fn age(from: u64, to: u64, length: Seconds) -> u64 {
    to.saturating_sub(from).saturating_mul(u64::from(length.get()))
}

/// A bar's variance under 2¹³ in Q64, by the year: under 2³⁸.
fn annualised(variance: u128, length: Seconds) -> Real {
    Real::from_bits((variance * u128::from(YEAR_S) / u128::from(length.get().max(1))) as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{exp, ln, norm_inv_cdf, sqrt};

    const BAR: u64 = 300;
    const STEPS: u64 = 16;

    fn params(fast: u64, slow: u64) -> RangeParams {
        let seconds = |count| Seconds::new(count).unwrap();
        RangeParams { bar: seconds(BAR), fast: seconds(fast), slow: seconds(slow) }
    }

    /// Numbers of one sequence, each above zero and below one.
    struct Draw(u64);

    impl Draw {
        fn uniform(&mut self) -> Real {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            Real::from_bits(i128::from(self.0 | 1))
        }
    }

    /// A lognormal price with a deviation of 2⁻⁹ a bar, as if watched all the time: of each of 16 steps a bar
    /// the range sees the extremes that a Brownian bridge between its ends has.
    fn walk(bars: u64, drift: Real, mut each: impl FnMut(&Range)) -> Range {
        let mut range = Range::new(params(BAR, BAR * 4_000)).unwrap();
        let (mut draw, mut log) = (Draw(5), Real::ZERO);
        let deviation: Real = Real::ONE >> 11; // of a step: √16 times less
        for step in 0..=bars * STEPS {
            let now = Timestamp::new(step * BAR / STEPS);
            let rise: Real =
                deviation * norm_inv_cdf(draw.uniform()).unwrap() + drift / i128::from(STEPS);
            let mut reach = || -> Real {
                let bridge = deviation * deviation * ln(draw.uniform()).unwrap();
                sqrt(rise * rise - bridge * 2).unwrap()
            };
            let (up, down) = ((rise + reach()) / 2, (rise - reach()) / 2);
            for to in [up, down, rise] {
                let price = Price::new(exp(log + to).unwrap() * 1_000_000).unwrap();
                range = range.after(now, price);
            }
            log += rise;
            if step % STEPS == 0 {
                each(&range);
            }
        }
        range
    }

    /// 2⁻¹⁸ a bar, by the year.
    fn truth() -> Real {
        (Real::ONE >> 18) * i128::from(YEAR_S) / i128::from(BAR)
    }

    /// Means over so many bars by what they estimate.
    fn means(bars: u64, drift: Real) -> ([Real; 3], Range) {
        let truth = truth();
        let (mut sums, mut count) = ([Real::ZERO; 3], 0);
        let range = walk(bars, drift, |range| {
            let Some(RangeVariance { parkinson, garman_klass, rogers_satchell }) = range.last()
            else {
                return;
            };
            for (sum, part) in sums.iter_mut().zip([parkinson, garman_klass, rogers_satchell]) {
                *sum += part / truth;
            }
            count += 1;
        });
        assert!(count > i128::from(bars) - 3, "{count}");
        (sums.map(|sum| sum / count), range)
    }

    /// Four standard deviations of the mean of 20,000 bars, from each estimator's sampling variance.
    #[test]
    fn they_are_without_bias() {
        let (got, range) = means(20_000, Real::ZERO);
        for (mean, variance) in got.into_iter().zip(["0.41", "0.27", "0.33"]) {
            let bound = sqrt(variance.parse::<Real>().unwrap() / 20_000).unwrap() * 4;
            assert!(mean.abs_diff(Real::ONE) < bound, "{mean} of the variance, ±{bound}");
        }
        // A half-life of 4,000 bars sees some 11,000 of them.
        let slow = range.slow().unwrap().garman_klass;
        let truth = truth();
        assert!((slow / truth).abs_diff(Real::ONE) < Real::lit("0.02"), "{}", slow / truth);
        assert!(range.possible());
    }

    /// With a drift of a standard deviation a bar only the third is without bias.
    #[test]
    fn drift_is_the_thirds_alone_to_bear() {
        let [parkinson, garman_klass, rogers_satchell] = means(4_000, Real::ONE >> 9).0;
        assert!(
            parkinson > Real::lit("1.2") && garman_klass > Real::lit("1.02"),
            "{parkinson} {garman_klass}"
        );
        let bound = sqrt(Real::lit("0.4") / 4_000).unwrap() * 4;
        assert!(rogers_satchell.abs_diff(Real::ONE) < bound, "{rogers_satchell} ±{bound}");
    }

    fn fed(params: RangeParams, prices: &[(u64, u32)]) -> Range {
        prices.iter().fold(Range::new(params).unwrap(), |range, &(now, price)| {
            range.after(Timestamp::new(now), Price::new(Real::from_num(price)).unwrap())
        })
    }

    /// Bars by hand: one of ln 2 up, then two in which nothing moves.
    #[test]
    fn last_and_mean_are_told_apart() {
        let range = fed(params(BAR, BAR * 2), &[(0, 1), (300, 2), (600, 2)]);
        let one = range.last().unwrap();
        let want = annualised((Real::LN_2 / 4).to_bits() as u128, Seconds::new(BAR).unwrap());
        assert!(one.parkinson.abs_diff(want) < Real::lit("1e-12"), "{one:?}");
        assert_eq!((range.before(), range.quickening()), (None, Some(Real::ONE)));
        assert!(range.fast().unwrap().parkinson.abs_diff(one.parkinson) < Real::lit("1e-12"));

        let range = fed(params(BAR, BAR * 2), &[(0, 1), (300, 2), (600, 2), (1200, 2)]);
        assert_eq!(
            (range.last(), range.before()),
            (Some(RangeVariance::default()), Some(RangeVariance::default()))
        );
        // Weights 1, ½, ¼ and 1, 2^−½, ½: of the third bar back.
        let fast = range.fast().unwrap().parkinson / one.parkinson;
        assert!((fast * 7).abs_diff(Real::ONE) < Real::lit("1e-15"), "{fast}");
        let slow = range.slow().unwrap().parkinson / one.parkinson;
        assert!((slow * 3).abs_diff(Real::lit("0.6796227590")) < Real::lit("1e-8"), "{slow}");
        assert!(range.possible());
    }

    #[test]
    fn lengths_out_of_order_are_refused() {
        for (fast, slow) in [(BAR - 1, BAR), (BAR * 2, BAR)] {
            assert!(Range::new(params(fast, slow)).is_err());
        }
        let none = Range::new(params(BAR, BAR)).unwrap();
        assert_eq!((none.fast(), none.last(), none.quickening()), (None, None, None));
        assert!(none.possible() && none.after(Timestamp::new(9), Price::MIN) == none);
    }

    /// What bytes may hold and prices never lead to is told, whatever the numbers.
    #[test]
    fn what_never_was_is_not_possible() {
        let right = fed(params(BAR, BAR), &[(0, 1), (300, 2), (600, 2), (900, 2)]);
        assert!(right.possible());
        let wrong = |change: fn(&mut Range)| {
            let mut range = right;
            change(&mut range);
            assert!(!range.possible(), "{range:?}");
        };
        wrong(|range| range.last[0].as_mut().unwrap().index = u64::MAX);
        wrong(|range| range.last[1] = None);
        wrong(|range| range.at = 0);
        wrong(|range| range.at = 3);
        wrong(|range| range.sums[0][0] = -Real::DELTA);
        wrong(|range| range.sums[1][2] = Real::from_num(1 << 13));
        wrong(|range| range.sums[1][2] = Real::MAX);
        wrong(|range| range.bars.current = None);
        wrong(|range| range.params.slow = Seconds::ZERO);
    }

    /// The widest bars there are, for the shortest bar and the longest half-life.
    #[test]
    fn the_bound_holds() {
        let second = Seconds::new(1).unwrap();
        let mut range =
            Range::new(RangeParams { bar: second, fast: second, slow: Seconds::MAX }).unwrap();
        let least = Price::new(Real::DELTA).unwrap();
        for second in 0..3_000 {
            for price in [Price::MAX, least, Price::MAX] {
                range = range.after(Timestamp::new(second), price);
            }
        }
        let most = range.sums[1].iter().max().unwrap();
        let bars = i128::from(Seconds::MAX.get()) * 3 / 2; // more than 1/(1 − 2^(−1/h))
        assert!(range.possible() && *most / 2_998 < Real::from_num(1_u64 << 45) / bars, "{most}");
        assert!(range.slow().unwrap().rogers_satchell > 0);
    }
}
