//! F9: what hedging costs the hedger whose trades are filled along their own impact, 1/(1 − a) times
//! what it costs without impact: V_t + ½σ²S²Γ/(1 − a) = 0 (Loeper 2018).
//!
//! The book is a log contract, whose dollar gamma is the same everywhere: the hedger owes −a·ln S and
//! holds −a/S of the underlying.

use super::super::luck::Luck;
use super::super::market::Market;
use super::super::moments::{ERRORS, paths};
use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, Ratio, float, or_refusal, wide};
use amm_core::math::exp;
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError};
use amm_loop::spot::Impact;

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F9"], cost_ms: [800, 16_500], rows };

const GAINS: [&str; 3] = ["0.5", "0.7", "-0.5"];

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = or_refusal("F9", blocks(fault));
    rows.extend(or_refusal("F9", accounts(effort, fault)));
    rows
}

/// To second order, block by block: ½a·r² lost on the contract, ½·flow·impact won on the hedge.
fn blocks(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let lab = Lab::new(14, fault);
    let row = |name: &str| {
        let gain = wide(Real::lit(name));
        let book = Book::of_gain(Real::lit(name));
        let light = Light::new(Real::lit("0.001"), book, Hedge::AtOnce)?;
        let mut sums = [0.0; 2];
        lab.run(&light, 0, 4_000, |step| {
            let (moved, own) = (float(step.to - step.from), float(step.own));
            let won = float(step.flow) * float(step.moved);
            sums[0] += gain * moved * moved - won;
            sums[1] += gain * own * own;
        })?;
        let what = format!("gain {name}: loss of each block over that without impact; exact");
        Ok(Row::within("F9", what, sums[0] / sums[1], 1.0 / (1.0 - gain), 1e-9))
    };
    GAINS.into_iter().map(row).collect()
}

/// Blocks of a path, and the deviation of each.
const BLOCKS: u64 = 500;
const DEVIATION: Real = Real::lit("0.002");

/// With every unit of cash and of the underlying accounted for, in the simulator's own venue.
fn accounts(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let count = effort.pick(60, 1_200);
    let mut rows = Vec::new();
    for (name, seed) in GAINS.into_iter().zip([15, 16, 17]) {
        let (luck, gain) = (Luck::new(seed, fault), Real::lit(name));
        let runs = paths(count, |path| account(luck, path, gain, fault));
        let runs = runs.into_iter().collect::<Result<Vec<_>, LightError>>()?;
        let (ratio, a) = (Ratio::of(runs.iter().copied()), wide(gain));
        // Of third order in a block's move.
        let bias = wide(DEVIATION) / 2.0;
        let tolerance = ERRORS * ratio.error + bias;
        let what = format!(
            "gain {name}: loss of the account over that without impact, {count} paths; blocks {bias}"
        );
        rows.push(Row::within("F9", what, ratio.value, 1.0 / (1.0 - a), tolerance));
        let what = format!("gain {name}: its excess over sigma^2 L/2, a^2/(1-a)");
        let excess = a * (ratio.value - 1.0);
        rows.push(Row::within("F9", what, excess, a * a / (1.0 - a), a.abs() * tolerance));
    }
    Ok(rows)
}

/// What a hedger loses over a path, and ½a·Σ of squared moves of spot's own.
fn account(
    luck: Luck,
    path: u64,
    gain: Real,
    fault: Option<Fault>,
) -> Result<[f64; 2], LightError> {
    // The scale is 1: cash is over depth, as the gain is.
    let mut market = Market::new(Impact::LINEAR, Real::ONE, fault)?;
    let (mut own, mut squares) = (Real::ZERO, 0.0);
    let (mut cash, mut units) = (gain, -gain);
    for block in 0..BLOCKS {
        let moved = DEVIATION * luck.draws(path, block, 0).normal();
        own += moved;
        squares += wide(moved) * wide(moved);
        // Hedge, spot moves, hedge again, until nothing is left.
        for _ in 0..200 {
            let before = own + market.displacement();
            let flow = (-gain * exp(-before)? - units) * exp(before)?;
            if flow.abs() < Real::lit("1e-15") {
                break;
            }
            market.push(flow)?;
            // Filled half way, to third order in the flow.
            let middle = (before + own + market.displacement()) / 2;
            cash -= flow;
            units += flow * exp(-middle)?;
        }
    }
    let log_spot = own + market.displacement();
    let worth = cash + units * exp(log_spot)? + gain * log_spot;
    Ok([-wide(worth), wide(gain) * squares / 2.0])
}
