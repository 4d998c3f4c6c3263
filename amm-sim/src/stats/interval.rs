//! Estimates with the intervals that resampling gives them.

use serde::Serialize;

use crate::stats::{cdf, inverse};

/// The two ends of an interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Half of its length.
    pub fn half_width(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether a value lies in it, ends included.
    pub fn holds(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A value, and where it may lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Of the sample.
    pub value: f64,
    /// Of 95 %; none where resamples do not give one.
    pub interval: Option<Interval>,
    /// The standard deviation over resamples.
    pub error: f64,
}

impl Estimate {
    /// Whether it is known to be above a value.
    pub fn is_above(&self, value: f64) -> bool {
        self.interval.is_some_and(|interval| interval.low > value)
    }

    /// Whether it is known to be below a value.
    pub fn is_below(&self, value: f64) -> bool {
        self.interval.is_some_and(|interval| interval.high < value)
    }
}

/// The shares of resamples below the ends of an interval of 95 %.
const ENDS: [f64; 2] = [0.025, 0.975];

/// The interval between the 2½ and the 97½ per cent quantile of resampled values, ascending; `None`
/// of nothing.
pub fn percentile(sorted: &[f64]) -> Option<Interval> {
    Some(Interval { low: at(sorted, ENDS[0])?, high: at(sorted, ENDS[1])? })
}

/// The bias-corrected and accelerated interval (Efron 1987) of an estimate, from its resampled values,
/// ascending, and its values with each path left out.
///
/// The bias is Φ⁻¹ of the share of resampled values below the estimate, of equal ones half. That share
/// is taken no nearer to 0 or 1 than half a resample, since so few cannot tell it from that.
///
/// `None` if there is nothing, or if the acceleration is so strong that the interval has no end.
pub fn bca(estimate: f64, sorted: &[f64], left_out: &[f64]) -> Option<Interval> {
    let count = sorted.len() as f64;
    let below = sorted.partition_point(|value| *value < estimate);
    let equal = sorted.partition_point(|value| *value <= estimate) - below;
    if sorted.is_empty() || equal == sorted.len() {
        return sorted.first().map(|only| Interval { low: *only, high: *only });
    }
    let half = 0.5 / count;
    let share = (below as f64 + 0.5 * equal as f64) / count;
    let bias = inverse(share.clamp(half, 1.0 - half))?;
    let acceleration = acceleration(left_out);
    let end = |share: f64| {
        let z = bias + inverse(share)?;
        let stretch = 1.0 - acceleration * z;
        if stretch <= 0.0 {
            return None;
        }
        at(sorted, cdf(bias + z / stretch)?)
    };
    Some(Interval { low: end(ENDS[0])?, high: end(ENDS[1])? })
}

/// Σd³/(6(Σd²)^(3/2)), d the mean of the values left out less each; 0 if they are all the same.
fn acceleration(left_out: &[f64]) -> f64 {
    let Some(mean) = crate::stats::mean(left_out) else { return 0.0 };
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in left_out {
        let d = mean - value;
        squares += d * d;
        cubes += d * d * d;
    }
    let scale = 6.0 * squares * squares.sqrt();
    if scale > 0.0 { cubes / scale } else { 0.0 }
}

/// The value with a share of the others below it: at share·(count + 1), linear in between; the first
/// or last one beyond them.
fn at(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * (sorted.len() + 1) as f64 - 1.0;
    if place <= 0.0 {
        return sorted.first().copied();
    }
    let below = (place as usize).min(last);
    let above = (below + 1).min(last);
    let part = if below == last { 0.0 } else { place - below as f64 };
    Some(sorted[below] + part * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_bias_and_skew_it_is_between_quantiles() {
        let values: Vec<f64> = (0..=1998).map(|x| f64::from(x) / 1998.0).collect();
        let plain = percentile(&values).unwrap();
        assert!((plain.low - 0.025).abs() < 1e-3 && (plain.high - 0.975).abs() < 1e-3);
        let same = bca(0.5, &values, &[0.4, 0.5, 0.6]).unwrap();
        assert!((same.low - plain.low).abs() < 1e-9 && (same.high - plain.high).abs() < 1e-9);
    }

    /// The worked formula, by hand: a = Σd³/(6(Σd²)^1.5) of d = (−2, 1, 1).
    #[test]
    fn skew_moves_both_ends_the_same_way() {
        let values: Vec<f64> = (1..=999).map(|x| f64::from(x) / 1000.0).collect();
        let left_out = [2.0, -1.0, -1.0];
        assert!((acceleration(&left_out) - -6.0 / (6.0 * 6.0 * 6.0_f64.sqrt())).abs() < 1e-15);
        let interval = bca(0.5, &values, &left_out).unwrap();
        // Φ(z/(1 − az)) at z = ±1.95996, a = −0.068041.
        assert!((interval.low - 0.011_85).abs() < 2e-4, "{interval:?}");
        assert!((interval.high - 0.958_1).abs() < 2e-4, "{interval:?}");
    }

    #[test]
    fn what_does_not_vary_has_no_width() {
        let interval = bca(2.0, &[2.0; 50], &[2.0; 7]).unwrap();
        assert_eq!((interval.low, interval.high), (2.0, 2.0));
        assert_eq!((bca(2.0, &[], &[]), percentile(&[])), (None, None));
        let far = bca(9.0, &[1.0, 2.0, 3.0], &[1.0, 2.0]).unwrap();
        assert!(far.low >= 1.0 && far.high <= 3.0);
    }
}
