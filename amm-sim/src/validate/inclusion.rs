//! R6: how long a transaction waits for its block.
//!
//! It comes at any time of a block and each block after that takes it with probability p: the mean
//! latency is Δ(1/p − ½), and more than k blocks pass with probability (1 − p)ᵏ.

use super::luck::Luck;
use super::moments::{ERRORS, Moments, paths};
use super::{Effort, Family, Fault, Row};
use amm_core::num::Real;

pub(super) const FAMILY: Family = Family { ids: &["R6"], cost_ms: [100, 1_000], rows };

/// Δ, seconds.
const BLOCK_S: u32 = 12;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let count = effort.pick(100_000, 1_000_000);
    let mut rows = Vec::new();
    for (p, seed) in [(Real::lit("0.3"), 601), (Real::lit("0.7"), 602)] {
        let luck = Luck::new(seed, fault);
        // The blocks it takes, and the part of the first block that was over when it came.
        let waits = paths(count, |path| {
            let mut draws = luck.draws(path, 0, 0);
            let late = draws.uniform();
            let mut blocks = 1_u32;
            while !draws.chance(p) {
                blocks += 1;
            }
            (blocks, late)
        });
        let latency = |&(blocks, late): &(u32, Real)| {
            (Real::from(BLOCK_S) * (Real::from(blocks) - late)).to_num::<f64>()
        };
        let latency = Moments::of(&waits.iter().map(latency).collect::<Vec<f64>>());
        let theory = Real::from(BLOCK_S) * (Real::ONE / p - Real::lit("0.5"));
        let what = format!("mean latency in s, block {BLOCK_S} s, inclusion {p}, {count} draws");
        let tolerance = ERRORS * latency.mean_error;
        rows.push(Row::within("R6", what, latency.mean, theory.to_num(), tolerance));
        let mut theory = Real::ONE;
        for k in 1..=3 {
            theory *= Real::ONE - p;
            let over: Vec<f64> =
                waits.iter().map(|&(blocks, _)| f64::from(u8::from(blocks > k))).collect();
            let over = Moments::of(&over);
            let what = format!("share that waits more than {k} blocks, inclusion {p}");
            let tolerance = ERRORS * over.mean_error;
            rows.push(Row::within("R6", what, over.mean, theory.to_num(), tolerance));
        }
    }
    rows
}
