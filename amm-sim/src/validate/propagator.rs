//! I4: impact that fades as t^−β under flow whose autocorrelation fades as t^−γ: prices diffuse if and
//! only if β = (1 − γ)/2 (Bouchaud, Gefen, Potters and Wyart 2004). Variance over t goes as t^(2 − 2β − γ).
//!
//! Flow and impact are the fractional ones, so that this holds from the first trades on: flow is noise
//! summed with weights ψ_k = Γ(k + d)/(Γ(d)·k!) ~ k^(d − 1), γ = 1 − 2d, and impact Γ(t + 1 − β)/(Γ(1 −
//! β)·t!). The second is a mixture of exponentials, and so a sum of the simulator's venues.

use super::luck::Luck;
use super::market::Market;
use super::moments::{ERRORS, Moments, paths};
use super::{Effort, Family, Fault, Row, or_refusal};
use amm_core::math::{exp, ln};
use amm_core::num::{OutOfRange, Real};
use amm_loop::spot::{Impact, Shape, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["I4"], cost_ms: [280, 14_000], rows };

/// d: the flow's autocorrelation fades as t^−½.
const MEMORY: Real = Real::lit("0.25");

/// Seconds between trades, a hundredth of a day.
const TRADE_S: u32 = 864;

/// Variance is measured over all trades, and over so many times fewer.
const SHORT: usize = 16;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("I4", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, SpotError> {
    let (count, trades) = effort.pick((500, 256), (5_000, 1_024));
    let luck = Luck::new(411, fault);
    let weights = weights(trades);
    let flows = paths(count, |path| flow(luck, path, &weights));
    let mut rows = Vec::new();
    for (beta, says) in [("0.25", "diffusive"), ("0.1", "faster"), ("0.4", "slower")] {
        let parts = parts(Real::lit(beta), trades)?;
        let walks = paths(count, |path| walk(&parts, &flows[path as usize], fault));
        let walks = walks.into_iter().collect::<Result<Vec<_>, SpotError>>()?;
        let squares = |after: usize| {
            walks.iter().map(|walk| walk[after - 1] * walk[after - 1]).collect::<Vec<f64>>()
        };
        let (early, late) = (squares(trades / SHORT), squares(trades));
        let (before, after) = (Moments::of(&early).mean, Moments::of(&late).mean);
        let measured = logarithm(after / before)? / logarithm(SHORT as f64)?;
        let influence: Vec<f64> =
            early.iter().zip(&late).map(|(early, late)| late / after - early / before).collect();
        let error = Moments::of(&influence).mean_error / logarithm(SHORT as f64)?;
        let theory = (Real::ONE + 2 * MEMORY - 2 * Real::lit(beta)).to_num();
        let what = format!(
            "flow fading as t^-.5, impact as t^-{beta} ({says}): exponent of variance, {count} paths; mixture .01"
        );
        rows.push(Row::within("I4", what, measured, theory, ERRORS * error + MIXTURE));
    }
    Ok(rows)
}

/// How far the exponent is off for the mixture's steps and its slowest part: see the test.
const MIXTURE: f64 = 0.01;

/// ψ.
fn weights(trades: usize) -> Vec<f64> {
    let d = MEMORY.to_num::<f64>();
    let mut weights = vec![1.0];
    for k in 1..trades {
        weights.push(weights[k - 1] * (k as f64 - 1.0 + d) / k as f64);
    }
    weights
}

/// Noise summed with those weights, in units of which a venue bears many.
fn flow(luck: Luck, path: u64, weights: &[f64]) -> Vec<f64> {
    let mut draws = luck.draws(path, 0, 0);
    let noise: Vec<f64> = weights.iter().map(|_| draws.normal().to_num()).collect();
    let at = |now: usize| {
        weights[..=now].iter().rev().zip(&noise[..=now]).map(|(weight, noise)| weight * noise).sum()
    };
    (0..weights.len()).map(at).collect()
}

/// A part of the impact: its weight, and the law by which it fades.
#[derive(Clone, Copy, Debug)]
struct Part {
    weight: Real,
    impact: Impact,
}

/// The mixture in t, ∫e^−ρt·e^(−ρ(1 − β))·(1 − e^−ρ)^(β − 1)dρ, summed over powers of four of ρ, from
/// the fastest down to what no path is long enough to see fade: all below that stays.
fn parts(beta: Real, trades: usize) -> Result<Vec<Part>, OutOfRange> {
    let slowest = Real::ONE / (64 * trades as i128);
    let (mut rate, mut parts) = (Real::lit("8"), Vec::new());
    while rate > slowest {
        let left = Real::ONE - beta;
        let weight = rate * exp(-rate * left - left * ln(Real::ONE - exp(-rate)?)?)?;
        let resilience_per_day = rate * 86_400 / i128::from(TRADE_S);
        let impact = Impact { shape: Shape::Linear, permanent: Real::ZERO, resilience_per_day };
        parts.push(Part { weight, impact });
        rate /= 4;
    }
    // Weights fall as ρ^β there: a geometric series.
    let last = parts[parts.len() - 1].weight;
    let weight = last / (exp(beta * ln(Real::lit("4"))?)? - Real::ONE);
    parts.push(Part { weight, impact: Impact::LINEAR });
    let all = parts.iter().fold(Real::ZERO, |sum, part| sum + part.weight);
    parts.iter_mut().for_each(|part| part.weight /= all);
    Ok(parts)
}

/// ln price after each trade.
fn walk(parts: &[Part], flow: &[f64], fault: Option<Fault>) -> Result<Vec<f64>, SpotError> {
    let market = |part: &Part| Market::new(part.impact, SCALE / part.weight, fault);
    let mut markets = parts.iter().map(market).collect::<Result<Vec<_>, SpotError>>()?;
    let mut prices = Vec::with_capacity(flow.len());
    for &cash in flow {
        let mut price = Real::ZERO;
        for market in &mut markets {
            market.pass(TRADE_S);
            market.push(Real::from_num(cash))?;
            price += market.displacement();
        }
        prices.push((price * SCALE).to_num());
    }
    Ok(prices)
}

/// Cash that moves ln price by one, at once.
const SCALE: Real = Real::lit("1000");

fn logarithm(x: f64) -> Result<f64, OutOfRange> {
    Ok(ln(Real::from_num(x))?.to_num())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The response to one unit of noise is flow's weights seen through impact; its squares add up to
    /// variance, without any luck.
    #[test]
    fn the_mixture_is_as_good_as_stated() {
        for trades in [256, 1_024] {
            for (beta, theory) in [("0.25", 1.0), ("0.1", 1.3), ("0.4", 0.7)] {
                let parts = parts(Real::lit(beta), trades).unwrap();
                let responses = walk(&parts, &weights(trades), None).unwrap();
                let variance = |after: usize| {
                    responses[..after].iter().map(|response| response * response).sum::<f64>()
                };
                let rise = variance(trades) / variance(trades / SHORT);
                let exponent = logarithm(rise).unwrap() / logarithm(SHORT as f64).unwrap();
                assert!((exponent - theory).abs() < MIXTURE, "{trades} {beta}: {exponent}");
            }
        }
    }
}
