//! I3: buying a block when impact fades (Obizhaeva & Wang 2013), through the simulator's own venue.
//!
//! With linear impact κ that decays at rate ρ, the cheapest way to buy X by time T is a block of
//! X/(ρT + 2), an even rate that sums to X·ρT/(ρT + 2), and the same block again; it costs κX²/(ρT + 2)
//! against κX²/2 at once. Here T is cut into [`STEPS`] steps: what each trade does to each later one
//! is read off the venue, the cheapest trades solve those equations, and the cost is what they pay in
//! the venue.

use super::linear::solve;
use super::luck::Luck;
use super::market::Market;
use super::{Effort, Family, Fault, Row};
use amm_core::math::exp;
use amm_core::num::Real;
use amm_loop::spot::{Impact, Shape, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["I3"], cost_ms: [400, 400], rows };

/// Of a day.
const STEPS: usize = 288;

/// Seconds of one.
const STEP_S: u32 = 300;

/// ρT: resilience per day, for one day.
const RESILIENCE: Real = Real::lit("2.2");

/// κ = 1/depth; what is bought is 1.
const DEPTH: Real = Real::lit("100");

/// Schedules near the cheapest that must cost what a second-order change costs.
const PERTURBATIONS: u64 = 200;

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    measure(fault).unwrap_or_else(|error| {
        let nothing = f64::NAN;
        vec![Row::exact("I3", format!("the venue refused: {error}"), nothing, nothing)]
    })
}

fn measure(fault: Option<Fault>) -> Result<Vec<Row>, SpotError> {
    let trades = cheapest(&responses(fault)?);
    let paid = cost(&trades, fault)?;
    let (product, block) = (2.2, 1.0 / 4.2);
    // The cheapest block of N steps is 1/(2 + (N − 1)(1 − e^−ρτ)), and what it adds to 2 falls short of
    // ρT by at most s = ρτ(1 + ρT/2): so the block is off by at most s/((ρT + 2)(ρT + 2 − s)).
    let short = product / STEPS as f64 * (1.0 + product / 2.0);
    let bias = block * short / (product + 2.0 - short);
    let inner: f64 = trades[1..STEPS].iter().sum();
    let within = |what: &str, measured, theory, tolerance| {
        let what = format!("rho T = 2.2, {STEPS} steps: {what}");
        Row::within("I3", what, measured, theory, tolerance)
    };
    let mut rows = vec![
        within("first block; bias of steps", trades[0], block, bias),
        within("sum of the rate; bias of steps", inner, product * block, 2.0 * bias),
        within("last block; bias of steps", trades[STEPS], block, bias),
        within("cost in the venue over kappa X^2; bias of steps", paid, block, bias),
    ];
    let at_once = cost(&single(), fault)?;
    rows.push(within("cost over that at once", paid / at_once, 2.0 * block, 2.0 * bias));
    rows.push(within("cost at once over kappa X^2; exact", at_once, 0.5, 1e-12));
    let rise = worst_rise(&trades, paid, fault)?;
    let what =
        format!("rise of cost over that about an optimum, worst of {PERTURBATIONS} steps off");
    rows.push(Row::within("I3", what, rise, 1.0, 1e-6));
    Ok(rows)
}

fn venue(fault: Option<Fault>) -> Result<Market, SpotError> {
    let impact =
        Impact { shape: Shape::Linear, permanent: Real::ZERO, resilience_per_day: RESILIENCE };
    Market::new(impact, DEPTH, fault)
}

/// How far one unit of cash displaces ln spot, times depth, so many steps later.
fn responses(fault: Option<Fault>) -> Result<Vec<f64>, SpotError> {
    let mut market = venue(fault)?;
    market.push(Real::ONE)?;
    let mut responses = Vec::with_capacity(STEPS + 1);
    for _ in 0..=STEPS {
        responses.push((market.displacement() * DEPTH).to_num());
        market.pass(STEP_S);
    }
    Ok(responses)
}

/// Trades that sum to 1 and cost least: all later and earlier trades' responses weigh the same on
/// each.
fn cheapest(responses: &[f64]) -> Vec<f64> {
    let row = |at: usize| (0..=STEPS).map(|other| responses[at.abs_diff(other)]).collect();
    let trades = solve((0..=STEPS).map(row).collect(), vec![1.0; STEPS + 1]);
    let all: f64 = trades.iter().sum();
    trades.into_iter().map(|trade| trade / all).collect()
}

/// All at once.
fn single() -> Vec<f64> {
    let mut trades = vec![0.0; STEPS + 1];
    trades[0] = 1.0;
    trades
}

/// What a schedule pays above undisplaced spot, over κ: each trade half way along its own impact.
fn cost(trades: &[f64], fault: Option<Fault>) -> Result<f64, SpotError> {
    let mut market = venue(fault)?;
    let mut paid = 0.0;
    for &trade in trades {
        let before = market.displacement();
        market.push(Real::from_num(trade))?;
        let middle = (before + market.displacement()) / 2 * DEPTH;
        paid += middle.to_num::<f64>() * trade;
        market.pass(STEP_S);
    }
    Ok(paid)
}

/// The rise of cost when one trade passes d to another t later, over κd²(1 − e^−ρt), which it is about
/// the optimum; the one furthest from 1.
fn worst_rise(trades: &[f64], paid: f64, fault: Option<Fault>) -> Result<f64, SpotError> {
    let luck = Luck::new(301, fault);
    let passed = 0.01;
    let mut worst: f64 = 1.0;
    for path in 0..PERTURBATIONS {
        let mut draws = luck.draws(path, 0, 0);
        let from = draws.below(STEPS as u64 + 1) as usize;
        let to = (from + 1 + draws.below(STEPS as u64) as usize) % (STEPS + 1);
        let mut moved = trades.to_vec();
        moved[from] -= passed;
        moved[to] += passed;
        let apart = Real::from(from.abs_diff(to) as u32) / STEPS as i128;
        let kept = exp(-RESILIENCE * apart).expect("a number at most zero");
        let second_order = passed * passed * (Real::ONE - kept).to_num::<f64>();
        let rise = (cost(&moved, fault)? - paid) / second_order;
        if (rise - 1.0).abs() > (worst - 1.0).abs() {
            worst = rise;
        }
    }
    Ok(worst)
}
