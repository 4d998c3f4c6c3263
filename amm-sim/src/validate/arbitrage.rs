//! M5 and M6: what arbitrage takes from a constant-product pool with a fee, when it can trade only in
//! blocks.
//!
//! Without a fee and at every moment it takes σ²/8 of the pool's value per time (LVR). With a fee
//! of γ the mispricing of the pool stays in ±γ, and what is taken is the share of blocks with a trade:
//! 1/(1 + √2·γ/σ_b) for Poisson blocks (Milionis, Moallemi & Roughgarden 2023), and close to 2/(2 +
//! 1.7164·w/σ_b), w = 2γ, for blocks evenly apart (Nezlobin & Tassy 2025), σ_b the sd of ln price in a
//! block.
//!
//! Here ln price moves by normal steps, and each trade's profit is that of the product formula with
//! the fee in it.

use super::luck::Luck;
use super::moments::{ERRORS, Moments, paths};
use super::{Effort, Family, Fault, Row};
use amm_core::math::{exp, sqrt};
use amm_core::num::Real;

pub(super) const FAMILY: Family = Family { ids: &["M5", "M6"], cost_ms: [3_000, 60_000], rows };

/// σ_b. Profits are off by about as much of themselves from what they are for tiny steps.
const BLOCK_MOVE: Real = Real::lit("0.001");

/// Blocks of a path that count, and those before them.
const BLOCKS: u32 = 10_000;
const BURN_IN: u32 = 200;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Blocks {
    Poisson,
    Even,
}

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let count = effort.pick(100, 2_000);
    let mut rows = Vec::new();
    for (blocks, name, seed) in [(Blocks::Poisson, "Poisson", 1_501), (Blocks::Even, "even", 1_601)]
    {
        for (fee, over) in [("0.5", 0.5), ("3", 3.0)] {
            let luck = Luck::new(seed, fault);
            let fee_log = BLOCK_MOVE * fee.parse::<Real>().unwrap_or(Real::ONE);
            let ends = paths(count, |index| path(luck, index, blocks, fee_log));
            let taken = Moments::of(&ends.iter().map(|end| end.0).collect::<Vec<f64>>());
            let traded = Moments::of(&ends.iter().map(|end| end.1).collect::<Vec<f64>>());
            let what = |what: &str| {
                format!("{name} blocks, fee/sd {fee}: {what}, {count} paths of {BLOCKS}")
            };
            match blocks {
                Blocks::Poisson => {
                    let theory = 1.0 / (1.0 + 2_f64.sqrt() * over);
                    let tolerance = ERRORS * taken.mean_error + theory * STEP_BIAS;
                    let text = what("ARB/LVR, step bias .2 %");
                    rows.push(Row::within("M5", text, taken.mean, theory, tolerance));
                    let tolerance = ERRORS * traded.mean_error;
                    let text = what("share with a trade");
                    rows.push(Row::within("M5", text, traded.mean, theory, tolerance));
                }
                Blocks::Even => {
                    let theory = 2.0 / (2.0 + 1.7164 * 2.0 * over);
                    let tolerance = ERRORS * taken.mean_error + theory * (STEP_BIAS + FORMULA_BIAS);
                    let text = what("ARB/LVR, step and formula bias .22 %");
                    rows.push(Row::within("M6", text, taken.mean, theory, tolerance));
                }
            }
        }
    }
    rows
}

/// Of ARB/LVR: a profit is that of tiny steps times at most 1 + (γ + d)/2 for a step d over the fee, and
/// γ/2 is up to 1.5 σ_b, d/2 on average under .5 σ_b.
const STEP_BIAS: f64 = 0.002;

/// How far the formula for even blocks is off: it is exact for wide bands, and for these two the
/// stationary distribution solved by quadrature gives 0.538238 and 0.162619.
const FORMULA_BIAS: f64 = 0.0002;

/// Profit of arbitrage over LVR, and the share of blocks with a trade.
fn path(luck: Luck, path: u64, blocks: Blocks, fee: Real) -> (f64, f64) {
    let mut draws = luck.draws(path, 0, 0);
    // ln market price over pool price, and the profit in units of the pool's value.
    let (mut off, mut profit, mut trades) = (Real::ZERO, Real::ZERO, 0_u32);
    let fee_factor = exp(fee).expect("a small number");
    for block in 0..BURN_IN + BLOCKS {
        let time = match blocks {
            Blocks::Poisson => sqrt(draws.exponential()).expect("at least 0"),
            Blocks::Even => Real::ONE,
        };
        off += BLOCK_MOVE * time * draws.normal();
        let over = off.abs() - fee;
        if over <= 0 {
            continue;
        }
        if block >= BURN_IN {
            // Reserves √(k/p) and √(kp): moving p to p·e^d yields (e^{d/2} − 1)²·√(kp), counted at the
            // market's price, and the pool is worth 2√(kp). A fee on what is paid in scales it.
            let half = if off > 0 { over / 2 } else { -over / 2 };
            let change = exp(half).expect("a small number") - Real::ONE;
            let scale = if off > 0 { fee_factor } else { Real::ONE };
            profit += change * change * scale / 2;
            trades += 1;
        }
        off = if off > 0 { fee } else { -fee };
    }
    let lvr = BLOCK_MOVE * BLOCK_MOVE / 8 * Real::from(BLOCKS);
    ((profit / lvr).to_num(), f64::from(trades) / f64::from(BLOCKS))
}
