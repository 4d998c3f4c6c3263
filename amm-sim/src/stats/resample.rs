//! The paired bootstrap: paths are drawn with replacement, and every world's columns with them.

use amm_loop::draw::Draws;
use rayon::prelude::*;

use crate::stats::{Estimate, bca, percentile, sd};

/// Resamples that intervals rest on unless a run asks for another number.
pub const RESAMPLES: u32 = 2000;

/// The stream of luck that draws paths, apart from all agents' of all blocks.
const STREAM: u64 = u64::MAX - 1;

/// A column of a [`Sheet`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Column(usize);

/// Numbers by path: a row a path, a column for each world and quantity. All that is estimated of one
/// sheet is resampled together.
#[derive(Clone, Debug)]
pub struct Sheet {
    paths: usize,
    columns: Vec<Vec<f64>>,
}

/// A sheet with its resamples.
#[derive(Clone, Debug)]
pub struct Resampled {
    paths: usize,
    width: usize,
    /// By path, then column.
    values: Vec<f64>,
    sums: Vec<f64>,
    /// Means, by resample, then column.
    means: Vec<f64>,
}

/// The means of all columns: of the sample, of a resample, or of all paths but one.
#[derive(Clone, Copy, Debug)]
pub struct Means<'a>(Whose<'a>);

#[derive(Clone, Copy, Debug)]
enum Whose<'a> {
    Sample(&'a Resampled),
    Resample(&'a [f64]),
    Without(&'a Resampled, usize),
}

/// The paths of a resample: so many of 0..paths, with replacement.
pub fn indices(seed: u64, resample: u32, paths: usize) -> impl Iterator<Item = usize> {
    let mut draws = Draws::new(seed, u64::from(resample), 0, STREAM);
    (0..paths).map(move |_| draws.below(paths as u64) as usize)
}

impl Sheet {
    /// A sheet without columns.
    pub const fn new(paths: usize) -> Self {
        Self { paths, columns: Vec::new() }
    }

    /// Adds a column with a value for every path.
    ///
    /// # Panics
    ///
    /// If there is not one value a path.
    pub fn column(&mut self, values: &[f64]) -> Column {
        assert_eq!(values.len(), self.paths, "a column has a value for every path");
        self.columns.push(values.to_vec());
        Column(self.columns.len() - 1)
    }

    /// Draws so many resamples of the paths; `None` without paths or resamples. The result does not
    /// depend on the number of threads.
    pub fn resample(&self, seed: u64, resamples: u32) -> Option<Resampled> {
        let (paths, width) = (self.paths, self.columns.len());
        if paths == 0 || resamples == 0 {
            return None;
        }
        let row = |path: usize| self.columns.iter().map(move |column| column[path]);
        let values: Vec<f64> = (0..paths).flat_map(row).collect();
        let add = |sums: &mut [f64], path: usize| {
            let row = &values[path * width..(path + 1) * width];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        };
        let mut sums = vec![0.0; width];
        (0..paths).for_each(|path| add(&mut sums, path));
        let mut means = vec![0.0; width * resamples as usize];
        if width > 0 {
            means.par_chunks_mut(width).enumerate().for_each(|(resample, means)| {
                indices(seed, resample as u32, paths).for_each(|path| add(means, path));
                means.iter_mut().for_each(|sum| *sum /= paths as f64);
            });
        }
        Some(Resampled { paths, width, values, sums, means })
    }
}

impl Means<'_> {
    /// A column's mean.
    pub fn of(&self, column: Column) -> f64 {
        let Column(at) = column;
        match self.0 {
            Whose::Sample(all) => all.sums[at] / all.paths as f64,
            Whose::Resample(means) => means[at],
            Whose::Without(all, path) => {
                let left = all.sums[at] - all.values[path * all.width + at];
                left / (all.paths - 1) as f64
            }
        }
    }

    /// The ratio of two columns' means; `None` if the second is not above zero.
    pub fn ratio(&self, above: Column, below: Column) -> Option<f64> {
        let below = self.of(below);
        (below > 0.0).then(|| self.of(above) / below)
    }
}

impl Resampled {
    /// How many paths.
    pub const fn paths(&self) -> usize {
        self.paths
    }

    /// The means of the sample itself.
    pub const fn sample(&self) -> Means<'_> {
        Means(Whose::Sample(self))
    }

    /// A statistic of the means with its bias-corrected and accelerated interval; `None` if it is not
    /// defined on the sample. The interval is none if it is not defined on every resample.
    pub fn estimate(&self, of: impl Fn(Means<'_>) -> Option<f64>) -> Option<Estimate> {
        let value = of(self.sample())?;
        let Some(resampled) = self.each(&of) else {
            return Some(Estimate { value, interval: None, error: 0.0 });
        };
        let without = |path| of(Means(Whose::Without(self, path)));
        let left_out: Option<Vec<f64>> = match self.paths {
            1 => Some(Vec::new()),
            paths => (0..paths).map(without).collect(),
        };
        let interval = left_out.and_then(|left_out| bca(value, &resampled, &left_out));
        Some(Estimate { value, interval, error: sd(&resampled).unwrap_or(0.0) })
    }

    /// The same with the plain percentile interval: for statistics that are not smooth, such as the
    /// least of several.
    pub fn estimate_rough(&self, of: impl Fn(Means<'_>) -> Option<f64>) -> Option<Estimate> {
        let value = of(self.sample())?;
        let resampled = self.each(&of).unwrap_or_default();
        let interval = percentile(&resampled);
        Some(Estimate { value, interval, error: sd(&resampled).unwrap_or(0.0) })
    }

    /// The statistic of every resample, ascending; `None` if one has none.
    fn each(&self, of: &impl Fn(Means<'_>) -> Option<f64>) -> Option<Vec<f64>> {
        let means = self.means.chunks_exact(self.width.max(1));
        let mut values: Vec<f64> =
            means.map(|means| of(Means(Whose::Resample(means)))).collect::<Option<_>>()?;
        values.sort_by(f64::total_cmp);
        Some(values)
    }

    /// One column's mean.
    pub fn mean(&self, column: Column) -> Option<Estimate> {
        self.estimate(|means| Some(means.of(column)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normals(set: u64, paths: u64, scale: f64) -> Vec<f64> {
        let draw = |path| Draws::new(3, path, set, 0).normal().to_num::<f64>();
        (0..paths).map(|path| 1.0 + scale * draw(path)).collect()
    }

    fn exponentials(set: u64, paths: u64) -> Vec<f64> {
        let draw = |path| Draws::new(4, path, set, 0).exponential().to_num::<f64>();
        (0..paths).map(draw).collect()
    }

    #[test]
    fn a_mean_of_normals_has_the_classical_interval() {
        let values = normals(0, 400, 2.0);
        let mut sheet = Sheet::new(values.len());
        let column = sheet.column(&values);
        let found = sheet.resample(1, 4000).unwrap().mean(column).unwrap();
        let error = sd(&values).unwrap() / 20.0;
        let interval = found.interval.unwrap();
        assert!((found.error / error - 1.0).abs() < 0.05);
        let ends = [found.value - 1.96 * error, found.value + 1.96 * error];
        assert!((interval.low - ends[0]).abs() < 0.15 * error, "{interval:?} {ends:?}");
        assert!((interval.high - ends[1]).abs() < 0.15 * error, "{interval:?} {ends:?}");
    }

    /// 95 % of intervals hold the truth: of a mean, and of a ratio of skewed means, whose truth is ½.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let (sets, paths) = (400_u32, 60);
        let covered = |one: fn(u64, u64) -> Vec<f64>, truth: f64| {
            let of = |set| {
                let (above, below) = (one(2 * set, paths), exponentials(2 * set + 1, paths));
                let mut sheet = Sheet::new(above.len());
                let (above, below) = (sheet.column(&above), sheet.column(&below));
                let resampled = sheet.resample(set, 600).unwrap();
                let ratio = resampled.estimate(|m| m.ratio(above, below)).unwrap();
                ratio.interval.unwrap().holds(truth)
            };
            let held = (0..u64::from(sets)).into_par_iter().filter(|set| of(*set)).count();
            held as f64 / f64::from(sets)
        };
        // The standard error of a share of 0.95 over 400 is 0.011; three of them, and the 0.01 that
        // sixty paths of an exponential cost.
        for (one, truth) in
            [(normals_of_half as fn(u64, u64) -> Vec<f64>, 0.5), (exponentials, 1.0)]
        {
            let share = covered(one, truth);
            assert!((share - 0.95).abs() < 0.043, "{share}");
        }
    }

    fn normals_of_half(set: u64, paths: u64) -> Vec<f64> {
        normals(set, paths, 1.0).iter().map(|x| 0.5 * x).collect()
    }

    #[test]
    fn what_moves_together_is_known_better_than_its_parts() {
        let open = exponentials(1, 200);
        let closed: Vec<f64> =
            open.iter().zip(normals(9, 200, 0.02)).map(|(x, noise)| x * 1.2 * noise).collect();
        let mut sheet = Sheet::new(open.len());
        let (open, closed) = (sheet.column(&open), sheet.column(&closed));
        let resampled = sheet.resample(7, 1000).unwrap();
        let ratio = resampled.estimate(|m| m.ratio(closed, open)).unwrap();
        let part = resampled.mean(closed).unwrap();
        assert!(ratio.interval.unwrap().half_width() < 0.005);
        assert!(part.interval.unwrap().half_width() > 0.1);
    }

    #[test]
    fn one_and_two_threads_agree_to_the_bit() {
        let columns: Vec<Vec<f64>> = (0..3).map(|set| exponentials(set, 50)).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut sheet = Sheet::new(50);
                let columns: Vec<Column> = columns.iter().map(|c| sheet.column(c)).collect();
                let resampled = sheet.resample(7, 500).unwrap();
                let of = |m: Means<'_>| m.ratio(columns[0], columns[1]);
                resampled.estimate(|m| Some(of(m)? - m.of(columns[2]))).unwrap()
            })
        };
        assert_eq!(run(1), run(2));
    }

    #[test]
    fn without_paths_there_is_nothing_and_with_one_no_width() {
        assert!(Sheet::new(0).resample(1, 10).is_none());
        let mut sheet = Sheet::new(1);
        let column = sheet.column(&[3.0]);
        let found = sheet.resample(1, 10).unwrap().mean(column).unwrap();
        assert_eq!((found.value, found.interval.unwrap().half_width()), (3.0, 0.0));
        assert!(sheet.resample(1, 10).unwrap().estimate(|_| None).is_none());
    }
}
