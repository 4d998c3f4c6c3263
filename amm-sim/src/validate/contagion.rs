//! R4: losses that pass from one holder to the next through prices (Greenwood, Landier & Thesmar 2015;
//! Cont & Wagalath 2016).
//!
//! A loss s forces sales whose price impact is a further loss G·s, and so on: r = s + G·r. In the end
//! r = (I − G)⁻¹·s, if the spectral radius of G is below 1.

use super::rational::{Rational, solve};
use super::{Effort, Family, Fault, Row};

pub(super) const FAMILY: Family = Family { ids: &["R4"], cost_ms: [5, 5], rows };

/// Row i, column j: the loss of i from a loss of 1 of j, in hundredths.
const GAIN: [[i128; 3]; 3] = [[25, 10, 5], [20, 15, 10], [10, 30, 5]];

/// Rounds of sales; the spectral radius to this power is below 1e-70.
const ROUNDS: usize = 200;

fn rows(_: Effort, _: Option<Fault>) -> Vec<Row> {
    let mut rows = Vec::new();
    for holder in 0..3 {
        let (measured, _) = cascade(holder);
        let theory = total_loss(holder).map_or(f64::NAN, Rational::to_f64);
        let what =
            format!("losses in all from 1 lost by holder {holder}, {ROUNDS} rounds of sales");
        rows.push(Row::within("R4", what, measured, theory, 1e-12));
    }
    let (_, ratio) = cascade(0);
    let what = "spectral radius: ratio of the last two rounds of losses";
    rows.push(Row::within("R4", what, ratio, spectral_radius(), 1e-12));
    rows
}

/// Everybody's losses after a loss of 1 of one holder, and the ratio of the last round to the one
/// before it.
fn cascade(holder: usize) -> (f64, f64) {
    let mut loss = [0.0; 3];
    loss[holder] = 1.0;
    let (mut total, mut ratio) = (1.0, 0.0);
    for _ in 0..ROUNDS {
        let next = GAIN.map(|row| {
            row.iter().zip(loss).map(|(&gain, loss)| gain as f64 / 100.0 * loss).sum::<f64>()
        });
        ratio = next.iter().sum::<f64>() / loss.iter().sum::<f64>();
        loss = next;
        total += loss.iter().sum::<f64>();
    }
    (total, ratio)
}

/// The sum of a column of (I − G)⁻¹, in exact fractions.
fn total_loss(holder: usize) -> Option<Rational> {
    let unit = |row: usize, column: usize| Rational::whole(i128::from(row == column));
    let matrix: Vec<Vec<Rational>> = (0..3)
        .map(|row| {
            (0..3).map(|column| unit(row, column) - Rational::new(GAIN[row][column], 100)).collect()
        })
        .collect();
    let shock: Vec<Rational> = (0..3).map(|row| unit(row, holder)).collect();
    let losses = solve(&matrix, &shock)?;
    Some(losses.into_iter().fold(Rational::ZERO, |sum, loss| sum + loss))
}

/// The greatest root of λ³ − tr·λ² + minors·λ − det of G, by bisection above the other two.
fn spectral_radius() -> f64 {
    let g = GAIN;
    let trace = g[0][0] + g[1][1] + g[2][2];
    let minor = |i: usize, j: usize| g[i][i] * g[j][j] - g[i][j] * g[j][i];
    let minors = minor(0, 1) + minor(0, 2) + minor(1, 2);
    let determinant = g[0][0] * minor(1, 2) - g[0][1] * (g[1][0] * g[2][2] - g[1][2] * g[2][0])
        + g[0][2] * (g[1][0] * g[2][1] - g[1][1] * g[2][0]);
    let (trace, minors) = (trace as f64 / 1e2, minors as f64 / 1e4);
    let determinant = determinant as f64 / 1e6;
    let (mut low, mut high) = (0.3, 1.0); // the others are below .3: see the test
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let value = ((middle - trace) * middle + minors) * middle - determinant;
        if value < 0.0 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theory_is_the_published_instance() {
        assert!((spectral_radius() - 0.42548).abs() < 5e-6, "{}", spectral_radius());
        for (holder, want) in [2.0193, 1.8934, 1.3582].into_iter().enumerate() {
            let have = total_loss(holder).unwrap().to_f64();
            assert!((have - want).abs() < 5e-5, "{holder}: {have}");
        }
    }

    /// The trace is .45, so the other two eigenvalues add up to .0245; were one above .3, the other
    /// would be below -.27 and their product, det/λ, below -.08.
    #[test]
    fn the_root_is_the_greatest() {
        let others = 0.45 - spectral_radius();
        assert!(others > 0.0 && others < 0.03);
    }
}
