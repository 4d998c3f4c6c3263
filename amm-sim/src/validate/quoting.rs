//! M1: a market maker's quotes under inventory risk (Avellaneda & Stoikov 2008), the paper's parameters.
//!
//! Quotes stand around r = s − qγσ²(T − t) (or, for the symmetric maker, around s), δᵃ + δᵇ =
//! γσ²(T − t) + (2/γ)·ln(1 + γ/k) apart, and are hit in a step with probability A·e^−kδ·dt each.
//! Theory is exact for these steps: inventory is a Markov chain of which moments follow by recursion,
//! see [`Chain`]. The paper's table of 1,000 runs: γ = .1 profit 65.0, its sd 6.6, sd of q 2.9;
//! symmetric 68.4, 12.7, 8.4.

use super::luck::Luck;
use super::moments::{ERRORS, Moments, paths};
use super::{Effort, Family, Fault, Row};
use amm_core::math::{exp, ln};
use amm_core::num::Real;

pub(super) const FAMILY: Family = Family { ids: &["M1"], cost_ms: [1_500, 30_000], rows };

/// dt = .005 of T = 1.
const STEPS: u32 = 200;

/// A·dt.
const HITS_PER_STEP: Real = Real::lit("0.7");

/// k.
const DECAY: Real = Real::lit("1.5");

/// σ².
const VARIANCE: Real = Real::lit("4");

/// σ√dt, to 20 digits.
const STEP_MOVE: Real = Real::lit("0.14142135623730950488");

/// One maker.
#[derive(Clone, Copy, Debug)]
struct Maker {
    /// γ.
    aversion: Real,
    /// Whether quotes stand around the reservation price or around spot.
    inventory: bool,
}

impl Maker {
    /// γσ²(T − t), with so many steps left.
    fn risk(self, left: u32) -> Real {
        self.aversion * VARIANCE * Real::from(left) / i128::from(STEPS)
    }

    /// (2/γ)·ln(1 + γ/k).
    fn base_spread(self) -> Real {
        let ratio = Real::ONE + self.aversion / DECAY;
        2 * ln(ratio).expect("above 1") / self.aversion
    }

    /// How far ask and bid are from spot, ask above and bid below.
    fn distances(self, left: u32, base_spread: Real, inventory: i32) -> [Real; 2] {
        let risk = self.risk(left);
        let half = (risk + base_spread) / 2;
        let skew = if self.inventory { risk * Real::from(inventory) } else { Real::ZERO };
        [half - skew, half + skew]
    }
}

/// The probability that a quote so far away is hit in a step, before it is cut off at 1.
fn hit(distance: Real) -> Real {
    let exponent = (-DECAY * distance).min(Real::from(40));
    HITS_PER_STEP * exp(exponent).expect("at most e^40")
}

/// Profit of a path, counted from spot at 0 with what is held at the end marked to spot, and what is
/// held.
fn path(luck: Luck, path: u64, maker: Maker) -> (f64, f64) {
    let mut draws = luck.draws(path, 0, 0);
    let base_spread = maker.base_spread();
    let (mut profit, mut inventory) = (Real::ZERO, 0_i32);
    for step in 0..STEPS {
        let [ask, bid] = maker.distances(STEPS - step, base_spread, inventory);
        if draws.chance(hit(ask)) {
            (profit, inventory) = (profit + ask, inventory - 1);
        }
        if draws.chance(hit(bid)) {
            (profit, inventory) = (profit + bid, inventory + 1);
        }
        profit += STEP_MOVE * draws.normal() * Real::from(inventory);
    }
    (profit.to_num(), f64::from(inventory))
}

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let runs = effort.pick(2_000, 20_000);
    let makers: &[(&str, &str, bool, u64)] = &[
        ("0.1", "inventory", true, 1_101),
        ("0.1", "symmetric", false, 1_102),
        ("0.01", "inventory", true, 1_103),
        ("0.5", "inventory", true, 1_104),
    ];
    let mut rows = Vec::new();
    for &(gamma, name, inventory, seed) in &makers[..effort.pick(2, 4)] {
        let maker = Maker { aversion: gamma.parse().unwrap_or(Real::ONE), inventory };
        let luck = Luck::new(seed, fault);
        let ends = paths(runs, |index| path(luck, index, maker));
        let profit = Moments::of(&ends.iter().map(|end| end.0).collect::<Vec<f64>>());
        let held = Moments::of(&ends.iter().map(|end| end.1).collect::<Vec<f64>>());
        let exact = Chain::run(maker);
        let mut row = |what: &str, measured, theory, error: f64| {
            let what = format!("gamma {gamma} {name}: {what}, {runs} runs");
            rows.push(Row::within("M1", what, measured, theory, ERRORS * error));
        };
        row("mean profit", profit.mean, exact.profit, profit.mean_error);
        row("sd of profit", profit.deviation, exact.profit_deviation, profit.deviation_error);
        row("sd of inventory", held.deviation, exact.held_deviation, held.deviation_error);
    }
    rows
}

/// Exact moments of a maker's end: for each inventory its probability p, and p times the mean of
/// profit and of profit squared there.
#[derive(Clone, Copy, Debug)]
struct Chain {
    profit: f64,
    profit_deviation: f64,
    held_deviation: f64,
}

/// Inventories kept: beyond them is less than 10⁻¹² of all.
const MOST_HELD: i32 = 100;

impl Chain {
    fn run(maker: Maker) -> Self {
        let size = 2 * MOST_HELD as usize + 1;
        let base_spread = maker.base_spread();
        let move_variance = (STEP_MOVE * STEP_MOVE).to_num::<f64>();
        let mut now = vec![[0.0; 3]; size];
        now[MOST_HELD as usize][0] = 1.0;
        for step in 0..STEPS {
            let mut next = vec![[0.0; 3]; size];
            for (index, &[p, first, second]) in now.iter().enumerate() {
                if p < 1e-300 {
                    continue;
                }
                let inventory = index as i32 - MOST_HELD;
                let distances = maker.distances(STEPS - step, base_spread, inventory);
                let [ask_hit, bid_hit] = distances.map(|d| hit(d).min(Real::ONE).to_num::<f64>());
                let [ask, bid] = distances.map(|d| d.to_num::<f64>());
                let ways = [
                    (0, (1.0 - ask_hit) * (1.0 - bid_hit), 0.0),
                    (-1, ask_hit * (1.0 - bid_hit), ask),
                    (1, (1.0 - ask_hit) * bid_hit, bid),
                    (0, ask_hit * bid_hit, ask + bid),
                ];
                for (change, chance, gain) in ways {
                    let to = (index as i32 + change).clamp(0, size as i32 - 1) as usize;
                    next[to][0] += chance * p;
                    next[to][1] += chance * (first + gain * p);
                    next[to][2] += chance * (second + gain * (2.0 * first + gain * p));
                }
            }
            for (index, [p, _, second]) in next.iter_mut().enumerate() {
                let held = f64::from(index as i32 - MOST_HELD);
                *second += held * held * move_variance * *p; // the move is independent, of mean 0
            }
            now = next;
        }
        let sum = |of: fn(&[f64; 3], f64) -> f64| -> f64 {
            now.iter().zip(-MOST_HELD..).map(|(entry, held)| of(entry, f64::from(held))).sum()
        };
        let profit = sum(|entry, _| entry[1]);
        let held = sum(|entry, held| entry[0] * held);
        let profit_variance = sum(|entry, _| entry[2]) - profit * profit;
        let held_variance = sum(|entry, held| entry[0] * held * held) - held * held;
        Self {
            profit,
            profit_deviation: profit_variance.sqrt(),
            held_deviation: held_variance.sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Independent simulations of 20,000 runs, as far as they were rounded, and the paper's spread.
    #[test]
    fn theory_is_near_what_others_simulated() {
        let near = |have: f64, want: f64, tolerance: f64| {
            assert!((have - want).abs() < tolerance, "{have} {want}");
        };
        for (gamma, inventory, [profit, deviation, held]) in [
            ("0.1", true, [64.9, 6.45, 2.93]),
            ("0.1", false, [68.0, 13.3, 8.4]),
            ("0.01", true, [68.4, 8.97, 5.2]),
            ("0.5", true, [48.5, 5.87, 1.95]),
        ] {
            let maker = Maker { aversion: Real::lit(gamma), inventory };
            let chain = Chain::run(maker);
            near(chain.profit, profit, 4.0 * deviation / 20_000_f64.sqrt() + 0.05);
            near(chain.profit_deviation, deviation, deviation * 0.025);
            near(chain.held_deviation, held, held * 0.025);
        }
        let maker = Maker { aversion: Real::lit("0.1"), inventory: true };
        let middle = maker.risk(STEPS / 2) + maker.base_spread();
        near(middle.to_num(), 1.492, 0.002);
    }
}
