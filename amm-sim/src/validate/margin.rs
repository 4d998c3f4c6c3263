//! R5: what a margin does not cover when liquidation comes late.
//!
//! Against a driftless normal move over the delay τ, a margin of m leaves an expected bad debt of
//! σ√τ·φ(z) − m·N(−z), z = m/(σ√τ), per unit of position.

use super::luck::Luck;
use super::moments::{ERRORS, Moments, paths};
use super::{Effort, Family, Fault, Row};
use amm_core::math::{norm_cdf, norm_pdf};
use amm_core::num::Real;

pub(super) const FAMILY: Family = Family { ids: &["R5"], cost_ms: [150, 1_500], rows };

/// Blocks in the delay; the position's loss adds up over them.
const BLOCKS: u32 = 4;

/// σ√(block).
const BLOCK_MOVE: Real = Real::lit("0.01");

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let draws = effort.pick(200_000, 1_000_000);
    let delay_move = BLOCK_MOVE * 2; // √4 blocks
    let luck = Luck::new(501, fault);
    let losses = paths(draws, |path| {
        let mut draws = luck.draws(path, 0, 0);
        (0..BLOCKS).fold(Real::ZERO, |loss, _| loss - BLOCK_MOVE * draws.normal())
    });
    [("0.5", Real::lit("0.5")), ("1", Real::ONE), ("2", Real::lit("2"))]
        .into_iter()
        .map(|(name, z)| {
            let margin = z * delay_move;
            let debts: Vec<f64> =
                losses.iter().map(|&loss| (loss - margin).max(Real::ZERO).to_num()).collect();
            let debt = Moments::of(&debts);
            let theory = delay_move * norm_pdf(z) - margin * norm_cdf(-z);
            let what = format!("bad debt past a margin of {name} sd of the delay, {draws} draws");
            Row::within("R5", what, debt.mean, theory.to_num(), ERRORS * debt.mean_error)
        })
        .collect()
}
