//! The mean of the worst.

use crate::stats::{Estimate, Interval, indices, percentile, sd};
use rayon::prelude::*;

/// Losses of all days of all paths, the worst first, each with its path.
#[derive(Clone, Debug)]
pub struct Tail {
    paths: usize,
    losses: Vec<(f64, usize)>,
}

/// The mean of the worst share of losses; losses are above zero. If that share is no whole number of
/// losses, the last one counts in part; if it is less than one, it is the worst. `None` of nothing, or
/// of a share that is not in 0..=1 or is 0.
pub fn cvar(losses: &[f64], share: f64) -> Option<f64> {
    Tail::new(losses.iter().map(|loss| vec![*loss]).collect::<Vec<_>>().iter().map(|day| &day[..]))
        .cvar(share)
}

impl Tail {
    /// From the losses of each path's days.
    pub fn new<'a>(by_path: impl IntoIterator<Item = &'a [f64]>) -> Self {
        let mut losses = Vec::new();
        let mut paths = 0;
        for (path, days) in by_path.into_iter().enumerate() {
            losses.extend(days.iter().map(|loss| (*loss, path)));
            paths = path + 1;
        }
        losses.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Self { paths, losses }
    }

    /// As [`cvar`].
    pub fn cvar(&self, share: f64) -> Option<f64> {
        self.weighted(share, |_| 1)
    }

    /// With a percentile interval from resampled paths: days of a path stay together.
    pub fn estimate(&self, share: f64, seed: u64, resamples: u32) -> Option<Estimate> {
        let value = self.cvar(share)?;
        let sorted = self.resampled(&[], share, seed, resamples)?;
        Some(estimate(value, &sorted))
    }

    /// How much worse than another one of the same paths, with a percentile interval: both are
    /// resampled together.
    pub fn excess(&self, over: &Self, share: f64, seed: u64, resamples: u32) -> Option<Estimate> {
        let value = self.cvar(share)? - over.cvar(share)?;
        let sorted = self.resampled(&[over], share, seed, resamples)?;
        Some(estimate(value, &sorted))
    }

    fn resampled(&self, less: &[&Self], share: f64, seed: u64, count: u32) -> Option<Vec<f64>> {
        let of = |resample| {
            let mut weights = vec![0_u32; self.paths];
            indices(seed, resample, self.paths).for_each(|path| weights[path] += 1);
            let weight = |path: usize| weights.get(path).copied().unwrap_or(0);
            let mut value = self.weighted(share, weight)?;
            for other in less {
                value -= other.weighted(share, weight)?;
            }
            Some(value)
        };
        let mut values: Vec<f64> =
            (0..count).into_par_iter().map(of).collect::<Option<Vec<_>>>()?;
        values.sort_by(f64::total_cmp);
        Some(values)
    }

    fn weighted(&self, share: f64, weight: impl Fn(usize) -> u32) -> Option<f64> {
        if !(share > 0.0 && share <= 1.0) {
            return None;
        }
        let all: f64 = self.losses.iter().map(|(_, path)| f64::from(weight(*path))).sum();
        let wanted = share * all;
        let (mut taken, mut sum) = (0.0, 0.0);
        for (loss, path) in &self.losses {
            let part = f64::from(weight(*path)).min(wanted - taken);
            sum += part * loss;
            taken += part;
            if taken >= wanted {
                break;
            }
        }
        (taken > 0.0).then(|| sum / taken)
    }
}

fn estimate(value: f64, sorted: &[f64]) -> Estimate {
    let interval: Option<Interval> = percentile(sorted);
    Estimate { value, interval, error: sd(sorted).unwrap_or(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{cdf, inverse};
    use amm_loop::draw::Draws;

    #[test]
    fn by_hand() {
        let losses = [1.0, -5.0, 10.0, 4.0];
        assert_eq!(cvar(&losses, 0.25), Some(10.0));
        assert_eq!(cvar(&losses, 0.5), Some(7.0));
        assert_eq!(cvar(&losses, 0.375), Some((10.0 + 0.5 * 4.0) / 1.5));
        assert_eq!(cvar(&losses, 0.01), Some(10.0));
        assert_eq!(cvar(&losses, 1.0), Some(2.5));
        assert_eq!((cvar(&losses, 0.0), cvar(&[], 0.5)), (None, None));
    }

    /// Of a standard normal, CVaR at 5 % is φ(1.645)/0.05 = 2.0627.
    #[test]
    fn of_normals_it_is_the_closed_form() {
        let draw = |path| vec![Draws::new(8, path, 0, 0).normal().to_num::<f64>()];
        let days: Vec<Vec<f64>> = (0..20_000).map(draw).collect();
        let tail = Tail::new(days.iter().map(|day| &day[..]));
        let found = tail.estimate(0.05, 1, 300).unwrap();
        assert!((found.value - 2.0627).abs() < 0.03, "{found:?}");
        assert!(found.interval.unwrap().holds(2.0627));
        assert!((cdf(inverse(0.05).unwrap()).unwrap() - 0.05).abs() < 1e-12);
        let worse: Vec<Vec<f64>> = days.iter().map(|day| vec![day[0] + 0.5]).collect();
        let worse = Tail::new(worse.iter().map(|day| &day[..]));
        let excess = worse.excess(&tail, 0.05, 1, 300).unwrap();
        assert!((excess.value - 0.5).abs() < 1e-9 && excess.error < 1e-9);
    }
}
