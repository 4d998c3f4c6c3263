//! F6: hedgers who close their gap at a rate κ, and permanent impact.

use super::super::moments::{ERRORS, paths};
use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, Ratio, float, or_refusal, wide};
use amm_core::math::exp;
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError};

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F6"], cost_ms: [100, 10_700], rows };

/// Blocks in 1/κ.
const FINENESS: u32 = 100;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("F6", measure(effort, fault))
}

/// Var S_τ/σ² = τ/(1−a)² − 2a(1−e^−θτ)/((1−a)²θ) + a²(1−e^−2θτ)/((1−a)²·2θ), θ = κ(1 − a), without a
/// gap at the start; and the squared weight of what came τ ago, less one.
fn variance(gain: Real, time: u32) -> Result<(f64, f64), LightError> {
    let theta = Real::ONE - gain;
    let faded = wide(Real::ONE - exp(-theta * i128::from(time))?);
    let twice = wide(Real::ONE - exp(-2 * theta * i128::from(time))?);
    let (a, theta) = (wide(gain), wide(theta));
    let left = (1.0 - a) * (1.0 - a);
    let whole = f64::from(time) - 2.0 * a * faded / theta + a * a * twice / (2.0 * theta);
    let weight = 1.0 + a * faded / (1.0 - a);
    Ok((whole / left, weight * weight - 1.0))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let mut rows = Vec::new();
    for (name, time, seed) in [("0.5", 1, 7), ("0.5", 10, 8), ("-0.5", 10, 9)] {
        let (lab, gain) = (Lab::new(seed, fault), Real::lit(name));
        let count = effort.pick(if time == 1 { 6_000 } else { 1_500 }, 200_000);
        let share = Real::ONE - exp(-Real::ONE / i128::from(FINENESS))?;
        let light = Light::new(Real::lit("0.0001"), Book::of_gain(gain), Hedge::Partly(share))?;
        let runs = paths(count, |path| {
            let (mut own, mut end) = (0.0, 0);
            lab.run(&light, path, u64::from(time * FINENESS), |step| {
                own += float(step.own);
                end = step.to;
            })?;
            Ok([float(end) * float(end), own * own])
        });
        let runs = runs.into_iter().collect::<Result<Vec<_>, LightError>>()?;
        let (total, steep) = variance(gain, time)?;
        let (theory, ratio) = (total / f64::from(time), Ratio::of(runs));
        // A sum over blocks for an integral is off by half a block of what the weight gains, and
        // 1 − e^−κt for κt by as much again.
        let bias = steep.abs() / f64::from(time * FINENESS);
        let what = format!(
            "speed 1, gain {name}: variance over own at tau = {time}, {count} paths; steps {bias:.4}"
        );
        rows.push(Row::within("F6", what, ratio.value, theory, ERRORS * ratio.error + bias));
    }
    Ok(rows)
}
