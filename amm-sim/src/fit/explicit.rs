//! The level and the wings' slopes that fit best, centre and width held.

use super::Point;
use super::shape::Shape;

/// What the level a and p = bσ(1 + ρ), q = bσ(1 − ρ), the wings' slopes in units of the width, may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    level: f64,
    right: [f64; 2],
    left: [f64; 2],
}

impl Bounds {
    /// Slopes from those of the expiry before, which may not fall, to Lee's bound; and a level no further
    /// below zero than half of what is at the money, `middle`. Where quotes reach only the bend, ever lower
    /// levels under ever wider bends fit nearly alike, and their wings, steep beyond all quotes, would
    /// bind every later expiry.
    pub(super) fn new(sigma: f64, middle: f64, near: Option<&Shape>, margin: f64) -> Self {
        const LEAST: f64 = 2e-4; // keeps the tilt inside its range
        let least = |slope: f64| (slope * (1.0 + 2.0 * margin)).max(LEAST) * sigma;
        let most = 2.0 * sigma * (1.0 - 0.1 * margin);
        let (left, right) = near.map_or((0.0, 0.0), Shape::slopes);
        Self { level: -0.5 * middle, right: [least(right), most], left: [least(left), most] }
    }
}

/// The least Σ((w − ŵ)/half)²/n over a, p and q within their bounds, and the slice.
///
/// A convex problem in three numbers with bounds: its solution is that of least squares with each free
/// or at a bound, whichever of the eighteen is feasible and best.
pub(super) fn solve(points: &[Point], m: f64, sigma: f64, bounds: &Bounds) -> Option<Shape> {
    // Σ of products of 1, (r + y)/2, (r − y)/2 and w, with y = (k − m)/σ and r = √(1 + y²).
    let mut sums = [[0.0; 4]; 4];
    for point in points {
        let y = (point.k - m) / sigma;
        let far = (1.0 + y * y).sqrt() + y.abs();
        let (up, down) = if y < 0.0 { (0.5 / far, 0.5 * far) } else { (0.5 * far, 0.5 / far) };
        let row = [1.0, up, down, point.w].map(|x| x / point.half);
        for (sums, x) in sums.iter_mut().zip(row) {
            for (sum, z) in sums.iter_mut().zip(row) {
                *sum += x * z;
            }
        }
    }
    let limits = [[bounds.level, f64::INFINITY], bounds.right, bounds.left];
    let mut best: Option<([f64; 3], f64)> = None;
    for choice in 0..18 {
        // Each free or at a bound; the level has one.
        let pick = |n: usize, digit: usize| match digit {
            0 => None,
            bound => Some(limits[n][bound - 1]),
        };
        let Some(x) = least_squares(
            &sums,
            [pick(0, choice / 9), pick(1, choice / 3 % 3), pick(2, choice % 3)],
        ) else {
            continue;
        };
        if x.iter().zip(limits).any(|(x, [least, most])| *x < least || *x > most) {
            continue;
        }
        let misfit = misfit(&sums, x);
        if best.is_none_or(|(_, least)| misfit < least) {
            best = Some((x, misfit));
        }
    }
    let ([a, p, q], _) = best?;
    Some(Shape { a, b: (p + q) / (2.0 * sigma), rho: (p - q) / (p + q), m, sigma })
}

/// xᵀNx − 2xᵀv + z.
fn misfit(sums: &[[f64; 4]; 4], x: [f64; 3]) -> f64 {
    let all = [x[0], x[1], x[2], -1.0];
    let product = |row: &[f64; 4]| row.iter().zip(all).map(|(sum, x)| sum * x).sum::<f64>();
    sums.iter().zip(all).map(|(row, x)| product(row) * x).sum()
}

/// The solution of the normal equations with some unknowns given; `None` if they do not tell.
fn least_squares(sums: &[[f64; 4]; 4], given: [Option<f64>; 3]) -> Option<[f64; 3]> {
    // One row for each unknown, and what it comes to.
    let mut rows = [[0.0; 4]; 3];
    for (n, given) in given.iter().enumerate() {
        match given {
            Some(value) => (rows[n][n], rows[n][3]) = (1.0, *value),
            None => rows[n] = sums[n],
        }
    }
    for n in 0..3 {
        let pivot = (n..3).max_by(|a, b| rows[*a][n].abs().total_cmp(&rows[*b][n].abs()))?;
        rows.swap(n, pivot);
        let head = rows[n];
        if head[n].abs() < 1e-200 {
            return None;
        }
        for row in rows.iter_mut().skip(n + 1) {
            let share = row[n] / head[n];
            for (x, y) in row.iter_mut().zip(head) {
                *x -= share * y;
            }
        }
    }
    let mut x = [0.0; 3];
    for n in (0..3).rev() {
        let known: f64 = (n + 1..3).map(|i| rows[n][i] * x[i]).sum();
        x[n] = (rows[n][3] - known) / rows[n][n];
    }
    for (x, given) in x.iter_mut().zip(given) {
        *x = given.unwrap_or(*x);
    }
    x.iter().all(|x| x.is_finite()).then_some(x)
}
