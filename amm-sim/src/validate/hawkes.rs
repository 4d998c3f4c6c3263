//! R1: events that beget events (Hawkes 1971); the branching ratio n is to a count of events what the
//! loop gain is to a price.
//!
//! Simulated by its clusters: events from outside at rate μ = 1, each event with a Poisson number n of
//! children an exponential time of mean 1 after it. Counts are of windows of [`WINDOW`] relaxation
//! times 1/(1 − n), after [`BURN_IN`] of them.

use super::luck::Luck;
use super::moments::{ERRORS, Moments, paths};
use super::{Effort, Family, Fault, Row};
use amm_core::num::Real;

pub(super) const FAMILY: Family = Family { ids: &["R1"], cost_ms: [2_200, 22_000], rows };

/// Relaxation times in a window.
const WINDOW: u32 = 200;

/// Relaxation times before it: what began before them is lost, e^−30 of all.
const BURN_IN: u32 = 30;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let windows = effort.pick(2_000, 20_000);
    let mut rows = Vec::new();
    for (name, ratio, seed) in [(".6", Real::lit("0.6"), 101), (".8", Real::lit("0.8"), 102)] {
        let luck = Luck::new(seed, fault);
        let counts = paths(windows, |path| count(luck, path, ratio));
        let left: f64 = (Real::ONE - ratio).to_num();
        let length = f64::from(WINDOW) / left;
        let (events, fano) = (Moments::of(&counts), Fano::of(&counts));

        let theory = 1.0 / left;
        let what = format!("Hawkes n = {name}: rate, {windows} windows");
        let tolerance = ERRORS * events.mean_error / length;
        rows.push(Row::within("R1", what, events.mean / length, theory, tolerance));

        let theory = 1.0 / (left * left);
        let bias = (theory - 1.0) / f64::from(WINDOW);
        let what = format!("Hawkes n = {name}: Fano factor; window too short by .5 %");
        let tolerance = ERRORS * fano.error;
        let mut row = Row::within("R1", what, fano.value, theory, tolerance);
        row.low -= bias;
        rows.push(row);

        // n̂ = 1 − F^−½, whose slope in F is ½·F^−3/2.
        let slope = left * left * left / 2.0;
        let measured = 1.0 - 1.0 / fano.value.sqrt();
        let what = format!("Hawkes n = {name}: estimator 1 - Fano^-1/2");
        let mut row = Row::within("R1", what, measured, 1.0 - left, slope * tolerance);
        row.low -= slope * bias;
        rows.push(row);
    }
    rows
}

/// Events in one window.
fn count(luck: Luck, path: u64, ratio: Real) -> f64 {
    let relaxation = Real::ONE / (Real::ONE - ratio);
    let (start, end) = (Real::from(BURN_IN) * relaxation, Real::from(WINDOW) * relaxation);
    let mut outside = luck.draws(path, 0, 0);
    let mut children = luck.draws(path, 0, 1);
    let mut parents = Vec::new();
    let mut count = 0_u32;
    let mut arrival = outside.exponential() - start;
    while arrival <= end {
        parents.push(arrival);
        while let Some(time) = parents.pop() {
            count += u32::from(time > 0);
            for _ in 0..children.poisson(ratio) {
                let born = time + children.exponential();
                if born <= end {
                    parents.push(born);
                }
            }
        }
        arrival += outside.exponential();
    }
    f64::from(count)
}

/// Variance over mean, and its standard error.
struct Fano {
    value: f64,
    error: f64,
}

impl Fano {
    fn of(counts: &[f64]) -> Self {
        let Moments { mean, deviation, .. } = Moments::of(counts);
        let value = deviation * deviation / mean;
        // What each window contributes, to first order.
        let influence = |count: f64| {
            let off = count - mean;
            (off * off - deviation * deviation) / mean - value * off / mean
        };
        let influence: Vec<f64> = counts.iter().copied().map(influence).collect();
        Self { value, error: Moments::of(&influence).mean_error }
    }
}
