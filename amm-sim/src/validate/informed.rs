//! I1: what informed trading makes of the price (Kyle 1985). One who knows the value v, of deviation
//! σ_v, trades against a maker who sees only the sum y of his order and of noise of deviation σ_u, and
//! who sets prices by what y tells: λ = σ_v/(2σ_u).
//!
//! Neither is told so. In each round the informed tries orders of two sizes and takes the best of the
//! parabola through what they brought, and the maker regresses v on y; then come new draws. They begin
//! with a λ three times too high, and the market between them is the simulator's venue.

use super::luck::Luck;
use super::market::Market;
use super::moments::{ERRORS, Moments, paths};
use super::{Effort, Family, Fault, Row, or_refusal};
use amm_core::num::Real;
use amm_loop::spot::{Impact, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["I1"], cost_ms: [220, 4_500], rows };

/// σ_v, of ln price.
const VALUE: f64 = 0.2;
/// σ_u, in cash.
const NOISE: f64 = 0.8;

/// Each takes the error in λ to less than its square.
const ROUNDS: u64 = 6;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("I1", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, SpotError> {
    let count = effort.pick(50_000, 1_000_000);
    let luck = Luck::new(111, fault);
    let theory = VALUE / (2.0 * NOISE);
    let (mut lambda, mut order) = (3.0 * theory, 1.0);
    let mut draws = Vec::new();
    for round in 0..ROUNDS {
        draws = paths(count, |path| {
            let mut draws = luck.draws(path, round, 0);
            [draws.normal(), draws.normal()].map(|normal| normal.to_num::<f64>())
        });
        order = best(&draws, lambda, order, fault)?;
        lambda = regressed(&draws, order);
    }
    let flows: Vec<f64> = draws.iter().map(|&draw| flow(draw, order)).collect();
    let square = flows.iter().map(|y| y * y).sum::<f64>();
    let missed: Vec<f64> =
        draws.iter().zip(&flows).map(|(draw, y)| VALUE * draw[0] - lambda * y).collect();
    let missed = Moments::of(&missed).deviation;
    let slope_error = missed / square.sqrt();
    let what = format!("Kyle's lambda by regression, {count} draws");
    let mut rows = vec![Row::within("I1", what, lambda, theory, ERRORS * slope_error)];

    let known = missed * missed / (VALUE * VALUE);
    // Of a squared correlation of ½: 2·√½·½/√n.
    let error = 0.5_f64.sqrt() / (count as f64).sqrt();
    let what = "share of the value's variance that the price leaves unknown";
    rows.push(Row::within("I1", what, known, 0.5, ERRORS * error));

    let profits = profits(&draws, lambda, order, fault)?;
    let Moments { mean, mean_error, .. } = Moments::of(&profits);
    let theory = VALUE * NOISE / 2.0;
    // The profit goes as 1/λ, which is off by its own error.
    let tolerance = ERRORS * (mean_error + theory * slope_error / lambda.abs());
    rows.push(Row::within("I1", "profit of the informed", mean, theory, tolerance));
    Ok(rows)
}

/// What the maker sees.
fn flow([value, noise]: [f64; 2], order: f64) -> f64 {
    order * VALUE * value + NOISE * noise
}

/// What each draw brings one who trades `order` times the value.
fn profits(
    draws: &[[f64; 2]],
    lambda: f64,
    order: f64,
    fault: Option<Fault>,
) -> Result<Vec<f64>, SpotError> {
    let depth = Real::from_num(1.0 / lambda.abs().max(1e-9));
    let profit = |&draw: &[f64; 2]| {
        let mut market = Market::new(Impact::LINEAR, depth, fault)?;
        market.push(Real::from_num(flow(draw, order)))?;
        let value = VALUE * draw[0];
        Ok(order * value * (value - market.displacement().to_num::<f64>()))
    };
    draws.iter().map(profit).collect()
}

/// The order that would have brought most: where the parabola through nothing and two sizes is
/// highest.
fn best(
    draws: &[[f64; 2]],
    lambda: f64,
    order: f64,
    fault: Option<Fault>,
) -> Result<f64, SpotError> {
    let sum = |order| -> Result<f64, SpotError> {
        Ok(profits(draws, lambda, order, fault)?.iter().sum())
    };
    let (once, twice) = (sum(order)?, sum(2.0 * order)?);
    Ok(order * (4.0 * once - twice) / (2.0 * (2.0 * once - twice)))
}

/// The slope of value in flow.
fn regressed(draws: &[[f64; 2]], order: f64) -> f64 {
    let (mut product, mut square) = (0.0, 0.0);
    for &draw in draws {
        let y = flow(draw, order);
        product += VALUE * draw[0] * y;
        square += y * y;
    }
    product / square
}
