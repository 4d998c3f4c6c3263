//! Means, deviations and their standard errors over paths, added in the paths' order.

use rayon::prelude::*;

/// What independent paths come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) mean: f64,
    /// Standard error of the mean.
    pub(super) mean_error: f64,
    pub(super) deviation: f64,
    /// Standard error of the standard deviation, whatever the distribution.
    pub(super) deviation_error: f64,
}

impl Moments {
    /// Of at least two values.
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: Vec<f64> =
            values.iter().map(|value| (value - mean) * (value - mean)).collect();
        let variance = squares.iter().sum::<f64>() / (count - 1.0);
        let deviation = variance.sqrt();
        let spread = squares.iter().map(|square| (square - variance) * (square - variance));
        let variance_error = spread.sum::<f64>().sqrt() / count;
        let halved = if deviation > 0.0 { variance_error / (2.0 * deviation) } else { 0.0 };
        Self { mean, mean_error: (variance / count).sqrt(), deviation, deviation_error: halved }
    }
}

/// What each path comes to, in the paths' order, computed on all cores.
pub(super) fn paths<T: Send>(count: u64, path: impl Fn(u64) -> T + Sync + Send) -> Vec<T> {
    (0..count).into_par_iter().map(path).collect()
}

/// Standard errors a Monte Carlo row may be off by.
pub(super) const ERRORS: f64 = 4.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_a_few_numbers() {
        let moments = Moments::of(&[1.0, 2.0, 3.0, 6.0]);
        let squared = moments.deviation * moments.deviation;
        assert!(moments.mean == 3.0 && (squared - 14.0 / 3.0).abs() < 1e-15);
        assert_eq!(moments.mean_error * 2.0, moments.deviation);
    }

    /// Of normal numbers the deviation is off by 1/√(2n) of itself.
    #[test]
    fn the_error_of_a_deviation() {
        let luck = super::super::luck::Luck::new(1, None);
        let values: Vec<f64> = paths(4_000, |path| luck.draws(path, 0, 0).normal().to_num::<f64>());
        let moments = Moments::of(&values);
        assert!((moments.deviation_error * 8_000_f64.sqrt() - 1.0).abs() < 0.05, "{moments:?}");
        assert!((moments.deviation - 1.0).abs() < 4.0 * moments.deviation_error, "{moments:?}");
    }

    #[test]
    fn paths_keep_their_order() {
        assert_eq!(paths(1_000, |path| path), (0..1_000).collect::<Vec<u64>>());
    }
}
