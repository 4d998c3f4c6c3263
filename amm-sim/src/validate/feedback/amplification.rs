//! F1, F2, F5: hedging at once multiplies variance by 1/(1 − a)² (Frey and Stremme 1997, Frey 1998,
//! Platen and Schweizer 1998, Schönbucher and Wilmott 2000).

use super::super::moments::paths;
use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, Ratio, float, or_refusal, wide};
use amm_core::math::{norm_pdf, sqrt};
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError, Line, real};

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F1", "F2", "F5"], cost_ms: [240, 10_600], rows };

/// What exact rows may be off by: numbers cut to 2⁻⁵⁴ in moves of 2⁻¹⁰.
const CUT: f64 = 1e-9;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = or_refusal("F1", black_scholes(effort, fault));
    rows.extend(or_refusal("F2", constant(fault)));
    rows.extend(or_refusal("F5", rounds(fault)));
    rows
}

/// Blocks of the option's life, and how many are run: its last quarter has gains past one.
const LIFE: u32 = 16_000;
const RUN: u64 = 12_000;

/// σ√T at the start.
const DEVIATION: Real = Real::lit("0.2");

/// Bins of |a|, a tenth wide.
const BINS: usize = 8;

/// F1: the local ratio of variances of a real option's hedge, by bins of its gain.
fn black_scholes(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let count = effort.pick(24, 1_200);
    let mut rows = Vec::new();
    for (short, seed, cash) in [(true, 1, "0.2"), (false, 2, "-0.2")] {
        let lab = Lab::new(seed, fault);
        let (cash, root) = (Real::lit(cash), |n: u32| sqrt(Real::from(n) / i128::from(LIFE)));
        let deviations: Vec<Real> = (0..=RUN as u32)
            .map(|n| root(LIFE - n).map(|r| r * DEVIATION))
            .collect::<Result<_, _>>()?;
        let line = Line { cash, log_strike: Real::ZERO, deviations: deviations.clone() };
        let book = Book { gain: Real::ZERO, lines: vec![line] };
        let light = Light::new(root(1)? * DEVIATION, book, Hedge::AtOnce)?;
        let binned = paths(count, |path| {
            let mut bins = [[0.0; 2]; BINS];
            lab.run(&light, path, RUN, |step| {
                // S²Γ over the scale, from the core's own density.
                let deviation = deviations[step.block as usize];
                let d = real(step.from) / deviation - deviation / 2;
                let gain = wide(cash * norm_pdf(d) / deviation);
                let bin = &mut bins[((gain.abs() * 10.0) as usize).min(BINS - 1)];
                let (moved, own) = (float(step.to - step.from), float(step.own));
                bin[0] += moved * moved;
                bin[1] += own * own / ((1.0 - gain) * (1.0 - gain));
            })?;
            Ok(bins)
        });
        let binned = binned.into_iter().collect::<Result<Vec<_>, LightError>>()?;
        for bin in 0..BINS {
            let ratio = Ratio::of(binned.iter().map(|bins| bins[bin]));
            let sign = if short { "" } else { "-" };
            let (low, high) = (bin as f64 / 10.0, (bin + 1) as f64 / 10.0);
            let what = format!(
                "option book, gain {sign}{low:.1} to {sign}{high:.1}: variance over own/(1-a)^2, {count} paths"
            );
            rows.push(Row::within("F1", what, ratio.value, 1.0, 0.01));
        }
    }
    Ok(rows)
}

/// Realised variance over spot's own in one path, whatever its luck: hedging at once or in rounds is
/// a factor on each move.
fn factor(lab: &Lab, gain: Real, hedge: Hedge) -> Result<f64, LightError> {
    let light = Light::new(Real::lit("0.001"), Book::of_gain(gain), hedge)?;
    let mut sums = [0.0; 2];
    lab.run(&light, 0, 4_000, |step| {
        let (moved, own) = (float(step.to - step.from), float(step.own));
        sums[0] += moved * moved;
        sums[1] += own * own;
    })?;
    Ok(sums[0] / sums[1])
}

/// F2: the same at constant gain, exact.
fn constant(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let lab = Lab::new(3, fault);
    let row = |name: &str| {
        let gain = Real::lit(name);
        let left = 1.0 - wide(gain);
        let measured = factor(&lab, gain, Hedge::AtOnce)?;
        let what = format!("constant gain {name}, at once: variance over own; exact");
        Ok(Row::within("F2", what, measured, 1.0 / (left * left), CUT))
    };
    ["0.1", "0.2", "0.4", "0.6", "-0.2", "-0.5"].into_iter().map(row).collect()
}

/// F5: k rounds of hedging after each move multiply variance by (1 + a + … + aᵏ)².
fn rounds(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let lab = Lab::new(4, fault);
    let row = |rounds: u32| {
        let gain = Real::lit("0.6");
        let sum = (0..rounds).fold(1.0, |sum, _| 1.0 + wide(gain) * sum);
        let measured = factor(&lab, gain, Hedge::Rounds(rounds))?;
        let what = format!("gain 0.6, {rounds} rounds a block: variance over own; exact");
        Ok(Row::within("F5", what, measured, sum * sum, CUT))
    };
    [1, 2, 5, 10].into_iter().map(row).collect()
}
