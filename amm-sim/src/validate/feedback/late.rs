//! F3, F4: hedgers who react a block late, r_t = ε_t + a·r_{t−1}, and where loops end.

use super::super::moments::{ERRORS, Moments, paths};
use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, Ratio, float, or_refusal, wide};
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError, Realised};

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F3", "F4"], cost_ms: [100, 10_200], rows };

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = or_refusal("F3", signature(effort, fault));
    rows.extend(or_refusal("F4", stability(fault)));
    rows
}

/// Blocks of a path.
const BLOCKS: u64 = 16_384;

/// Blocks of a window.
const HORIZONS: [u32; 4] = [1, 4, 16, 256];

/// V(h) = [1 + 2·Σ_{k<h}(1 − k/h)·aᵏ]/(1 − a²): the variance of h blocks over h times spot's own.
fn variance(gain: f64, horizon: u32) -> f64 {
    let (mut power, mut sum) = (1.0, 1.0);
    for k in 1..horizon {
        power *= gain;
        sum += 2.0 * (1.0 - f64::from(k) / f64::from(horizon)) * power;
    }
    sum / (1.0 - gain * gain)
}

/// F3: at the scale of a block the loop hides; over many it is that of hedging at once.
fn signature(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let count = effort.pick(120, 12_000);
    let mut rows = Vec::new();
    let deviation = Real::lit("0.0009765625"); // 2⁻¹⁰
    for (name, seed) in [("0.4", 5), ("-0.4", 6)] {
        let (lab, gain) = (Lab::new(seed, fault), Real::lit(name));
        let light = Light::new(deviation, Book::of_gain(gain), Hedge::Late)?;
        let runs = paths(count, |path| {
            let mut realised = Realised::new(&HORIZONS)?;
            let (mut before, mut product, mut square) = (0.0, 0.0, 0.0);
            lab.run(&light, path, BLOCKS, |step| {
                realised.see(step);
                let moved = float(step.to - step.from);
                product += moved * before;
                square += moved * moved;
                before = moved;
            })?;
            let own = deviation * deviation * BLOCKS as i128;
            let ratio = |horizon| wide(realised.variance(horizon) / own);
            Ok(([0, 1, 2, 3].map(ratio), [product, square]))
        });
        let runs = runs.into_iter().collect::<Result<Vec<_>, LightError>>()?;
        for (place, horizon) in HORIZONS.into_iter().enumerate() {
            let values: Vec<f64> = runs.iter().map(|(ratios, _)| ratios[place]).collect();
            let (moments, theory) = (Moments::of(&values), variance(wide(gain), horizon));
            // Nothing has happened before the first block: a few blocks' worth of memory is missing.
            let tolerance = ERRORS * moments.mean_error + 4.0 / BLOCKS as f64;
            let what =
                format!("a block late, gain {name}: V({horizon}), {count} x {BLOCKS} blocks");
            rows.push(Row::within("F3", what, moments.mean, theory, tolerance));
        }
        let lag = Ratio::of(runs.iter().map(|&(_, sums)| sums));
        let what = format!("a block late, gain {name}: correlation of a block with the one before");
        let tolerance = ERRORS * lag.error + 1.0 / BLOCKS as f64;
        rows.push(Row::within("F3", what, lag.value, wide(gain), tolerance));
    }
    Ok(rows)
}

/// F4: a shock, and how far spot has gone sixty blocks later. Hedging late settles iff |a| < 1, at
/// once iff a < 1.
fn stability(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let lab = Lab::new(0, fault);
    let shock = Real::lit("0.000244140625"); // 2⁻¹²
    let response = |gain: &str, hedge| {
        let mut light = Light::new(Real::ZERO, Book::of_gain(Real::lit(gain)), hedge)?;
        light.start = shock;
        Ok::<f64, LightError>(float(lab.run(&light, 0, 60, |_| ())?.log_spot) / wide(shock))
    };
    let mut rows = Vec::new();
    for name in ["0.9", "-0.9", "1.1", "-1.1"] {
        let gain = wide(Real::lit(name));
        // 1 + a + … + a⁶⁰
        let theory = (0..60).fold(1.0, |sum, _| 1.0 + gain * sum);
        let settles = if gain.abs() < 1.0 { "settles" } else { "runs away" };
        let what = format!("a block late, gain {name}: {settles}, response after 60 blocks; exact");
        rows.push(Row::within("F4", what, response(name, Hedge::Late)?, theory, 1e-9 * theory));
    }
    for name in ["0.9", "-3"] {
        let theory = 1.0 / (1.0 - wide(Real::lit(name)));
        let what = format!("at once, gain {name}: settles, response; exact");
        rows.push(Row::within("F4", what, response(name, Hedge::AtOnce)?, theory, 1e-9));
    }
    let refused = matches!(response("1.1", Hedge::AtOnce), Err(LightError::Unstable { .. }));
    let what = "at once, gain 1.1: no trade closes the gap, 1 if it is refused";
    rows.push(Row::exact("F4", what, f64::from(u8::from(refused)), 1.0));
    Ok(rows)
}
