//! F8: a dead band around the hedge delays the loop and does not remove it.
//!
//! With x(1 − a) = w − g, w spot's own path and g the gap, which starts at 0 after each trade and ends
//! at ±b: the gap's variance is b²/6 and its covariance with w that over a, so the variance of h blocks,
//! long after the gap has forgotten where it was, is σ²h/(1 − a)²·[1 + (b²/3)(1 − 1/a)/(σ²h)].

use super::super::moments::{ERRORS, paths};
use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, Ratio, float, or_refusal, wide};
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError};

pub(in crate::validate) const FAMILY: Family = Family { ids: &["F8"], cost_ms: [80, 9_200], rows };

/// Windows of a path.
const WINDOWS: u64 = 8;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("F8", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let mut rows = Vec::new();
    // Half-widths in blocks' moves of the target, and blocks of a window.
    for (widths, horizon, count, seed) in
        [(5_u32, 1_000_u64, effort.pick(200, 5_000), 12), (25, 10_000, effort.pick(12, 4_000), 13)]
    {
        let (lab, gain, deviation) = (Lab::new(seed, fault), Real::lit("0.4"), Real::lit("0.0001"));
        let half = deviation * gain * i128::from(widths);
        let light = Light::new(deviation, Book::of_gain(gain), Hedge::Band(half))?;
        let runs = paths(count, |path| {
            let (mut sums, mut from, mut own) = ([0.0; 2], 0, 0.0);
            lab.run(&light, path, WINDOWS * horizon, |step| {
                own += float(step.own);
                if step.block % horizon == horizon - 1 {
                    let moved = float(step.to - from);
                    sums = [sums[0] + moved * moved, sums[1] + own * own];
                    (from, own) = (step.to, 0.0);
                }
            })?;
            Ok(sums)
        });
        let runs = runs.into_iter().collect::<Result<Vec<_>, LightError>>()?;
        let (a, ratio) = (wide(gain), Ratio::of(runs));
        let limit = 1.0 / ((1.0 - a) * (1.0 - a));
        let b = a * f64::from(widths);
        let missing = b * b / 3.0 * (1.0 / a - 1.0) / horizon as f64;
        // A block takes the gap 0.58 of a move past the edge: as if the band were as much wider. And the
        // first window begins without a gap.
        let over = (1.0 + 0.5826 / f64::from(widths)).powi(2) - 1.0;
        let bias = limit * missing * (over + 1.0 / WINDOWS as f64);
        let what = format!(
            "gain 0.4, band of {widths} blocks' moves: V({horizon}), limit {limit:.3}, {count} x {WINDOWS} windows"
        );
        let theory = limit * (1.0 - missing);
        rows.push(Row::within("F8", what, ratio.value, theory, ERRORS * ratio.error + bias));
    }
    Ok(rows)
}
