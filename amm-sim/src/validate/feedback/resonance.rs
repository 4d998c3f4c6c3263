//! F7: transient impact of resilience ρ and hedgers of speed κ: the loop's transfer function is
//! G(ω) = aκ·iω/((ρ + iω)(κ + iω)), and spot's spectrum is its own over |1 − G|².

use super::super::moments::{ERRORS, paths};
use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, Ratio, float, or_refusal, wide};
use amm_core::math::{exp, ln};
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError};
use amm_loop::spot::{Impact, Shape};
use std::f64::consts::TAU;

pub(in crate::validate) const FAMILY: Family = Family { ids: &["F7"], cost_ms: [190, 6_100], rows };

/// Blocks in 1/κ, of a second each.
const FINENESS: u32 = 100;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = or_refusal("F7", spectrum(effort, fault));
    rows.extend(or_refusal("F7", growth(fault)));
    rows
}

/// κ = 1 in a hundred blocks, and ρ in the same unit.
fn loop_of(deviation: Real, gain: Real, resilience: Real) -> Result<Light, LightError> {
    let share = Real::ONE - exp(-Real::ONE / i128::from(FINENESS))?;
    let mut light = Light::new(deviation, Book::of_gain(gain), Hedge::Partly(share))?;
    let resilience_per_day = resilience * 86_400 / i128::from(FINENESS);
    light.impact = Impact { shape: Shape::Linear, permanent: Real::ZERO, resilience_per_day };
    Ok(light)
}

/// cos and sin of an angle in 0..1, by their series.
fn turn(angle: f64) -> [f64; 2] {
    let (mut term, mut turn) = (1.0, [1.0, 0.0]);
    for n in 1..20_u32 {
        term *= angle / f64::from(n);
        let sign = if n % 4 < 2 { 1.0 } else { -1.0 };
        turn[n as usize % 2] += sign * term;
    }
    turn
}

fn times([a, b]: [f64; 2], [c, d]: [f64; 2]) -> [f64; 2] {
    [a * c - b * d, a * d + b * c]
}

fn square([a, b]: [f64; 2]) -> f64 {
    a * a + b * b
}

/// 1/|1 − G(ω)|² = |(ρ + iω)(1 + iω)|²/|(ρ + iω)(1 + iω) − a·iω|², for κ = 1.
fn amplification(gain: f64, resilience: f64, frequency: f64) -> f64 {
    let open = times([resilience, frequency], [1.0, frequency]);
    square(open) / square([open[0], open[1] - gain * frequency])
}

/// The spectrum of returns over that of spot's own, at the frequency of the peak and far below.
fn spectrum(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let (count, gain) = (effort.pick(24, 1_000), Real::lit("0.6"));
    let blocks = 100_000_u32;
    // A path is faded in and out by sin²(πt/T), so that where it is cut does not sound along: what is
    // heard is two thirds of the frequency and a sixth of each of those 2π/T to each side.
    let fade = turn(TAU / f64::from(blocks));
    let aside = TAU / f64::from(blocks / FINENESS);
    let mut rows = Vec::new();
    for (name, peak, seed) in [("1", 1.0, 10), ("0.1", 0.1_f64.sqrt(), 11)] {
        let (lab, resilience) = (Lab::new(seed, fault), Real::lit(name));
        let light = loop_of(Real::lit("0.0001"), gain, resilience)?;
        let frequencies = [peak, peak / 16.0];
        let turns = frequencies.map(|frequency| turn(frequency / f64::from(FINENESS)));
        let runs = paths(count, |path| {
            let (mut hands, mut faded) = ([[1.0, 0.0]; 2], [1.0, 0.0]);
            let mut sums = [[[0.0; 2]; 2]; 2]; // by frequency: of returns, of own moves
            lab.run(&light, path, u64::from(blocks), |step| {
                let weight = 1.0 - faded[0];
                faded = times(faded, fade);
                let moves = [step.to - step.from, step.own].map(|moved| weight * float(moved));
                for (place, hand) in hands.iter_mut().enumerate() {
                    for (sum, moved) in sums[place].iter_mut().zip(moves) {
                        *sum = [sum[0] + moved * hand[0], sum[1] + moved * hand[1]];
                    }
                    *hand = times(*hand, turns[place]);
                }
            })?;
            Ok(sums.map(|of| of.map(square)))
        });
        let runs = runs.into_iter().collect::<Result<Vec<_>, LightError>>()?;
        for (place, frequency) in frequencies.into_iter().enumerate() {
            let ratio = Ratio::of(runs.iter().map(|run| run[place]));
            let power = |at| amplification(wide(gain), wide(resilience), at);
            let theory = power(frequency);
            // A block's delay turns the loop by ω/100 each way.
            let delay = (theory + 1.0) * frequency.max(wide(resilience)) / f64::from(FINENESS);
            let beside = power(frequency + aside) + power(frequency - aside);
            let bias = delay + (beside / 6.0 - theory / 3.0).abs();
            let what = format!(
                "gain 0.6, speed 1, resilience {name}: power at {frequency:.4}, {count} paths; steps and width {bias:.4}"
            );
            rows.push(Row::within("F7", what, ratio.value, theory, ERRORS * ratio.error + bias));
        }
    }
    Ok(rows)
}

/// Stable iff aκ < κ + ρ: after a shock, spot swings as e^((aκ − κ − ρ)/2·t).
fn growth(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let (lab, gain) = (Lab::new(0, fault), Real::lit("1.5"));
    let mut rows = Vec::new();
    for (name, theory) in [("0.4", 0.05), ("0.6", -0.05)] {
        let mut light = loop_of(Real::ZERO, gain, Real::lit(name))?;
        light.start = Real::lit("0.001");
        let shock = wide(light.start);
        let mut swings = Vec::new();
        let apart = u64::from(FINENESS);
        lab.run(&light, 0, 63 * apart, |step| {
            if step.block % apart == apart - 1 {
                swings.push(float(step.to) - shock);
            }
        })?;
        // Of a sum of two modes, x_n·x_{n+2} − x_{n+1}² grows by the product of both each step.
        let casorati = |n: usize| swings[n] * swings[n + 2] - swings[n + 1] * swings[n + 1];
        let grown = casorati(60) / casorati(0);
        let measured =
            if grown > 0.0 { wide(ln(Real::from_num(grown))?) / 120.0 } else { f64::NAN };
        let state = if theory > 0.0 { "runs away" } else { "settles" };
        let what =
            format!("gain 1.5, speed 1, resilience {name}: {state}, rate of growth; steps .01");
        rows.push(Row::within("F7", what, measured, theory, 0.01));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_has_length_one_and_adds_up() {
        let half = turn(0.5);
        assert!((square(half) - 1.0).abs() < 1e-15);
        assert!((half[0] - 0.877_582_561_890_372_8).abs() < 1e-15, "{half:?}");
        let whole = times(half, half);
        assert!((whole[1] - 0.841_470_984_807_896_5).abs() < 1e-15, "{whole:?}");
    }
}
