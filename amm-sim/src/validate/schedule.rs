//! I2: selling a position in slices, slowly for impact and fast for risk (Almgren & Chriss 2000), with
//! the paper's own parameters.
//!
//! The cost of a schedule is that of walking through it: every slice is filled below what the slices
//! before it have left, by ε + η times its rate, and moves the price by γ times itself. The optimum is
//! found by minimising cost + λ·variance slice by slice, without the closed form.

use super::luck::Luck;
use super::{Effort, Family, Fault, Row};
use amm_core::math::{exp, ln, sqrt};
use amm_core::num::Real;

pub(super) const FAMILY: Family = Family { ids: &["I2"], cost_ms: [20, 20], rows };

/// Days, one slice a day.
const DAYS: usize = 5;
/// X, shares.
const POSITION: f64 = 1e6;
/// σ, cash a share and √day.
const VOLATILITY: f64 = 0.95;
/// η, cash a share for a share a day.
const TEMPORARY: f64 = 2.5e-6;
/// γ, cash a share for a share.
const PERMANENT: f64 = 2.5e-7;
/// ε, half the spread.
const HALF_SPREAD: f64 = 0.0625;
/// λ, of variance in cost.
const AVERSION: f64 = 1e-6;

/// Schedules near the optimum that must cost more.
const PERTURBATIONS: u64 = 1_000;

/// Shares held after each day.
type Holdings = [f64; DAYS + 1];

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    let (optimum, kappa) = (optimum(), kappa());
    // The middle of three holdings times 2·cosh κ is the sum of the others.
    let ratio = (optimum[1] + optimum[3]) / (2.0 * optimum[2]);
    let measured = arcosh(Real::from_num(ratio)).to_num();
    let what = "Almgren-Chriss kappa a day, from the schedule found by minimisation (paper: .607)";
    let mut rows = vec![Row::within("I2", what, measured, kappa.to_num(), 1e-6)];
    let all = sinh(kappa * DAYS as i128);
    for (day, held) in optimum.iter().enumerate().take(DAYS).skip(1) {
        let theory = sinh(kappa * (DAYS - day) as i128) / all;
        let what = format!("share held after day {day}");
        rows.push(Row::within("I2", what, held / POSITION, theory.to_num(), 1e-6));
    }
    let least = least_rise(&optimum, fault);
    // A step d of the holdings adds λσ²d² and the impact of the trades it changes, 0 to 4(η − γ/2)d².
    let what = format!("least rise of cost over that of risk alone, {PERTURBATIONS} steps off");
    let risk = AVERSION * VOLATILITY * VOLATILITY;
    let most = 1.0 + 4.0 * (TEMPORARY - PERMANENT / 2.0) / risk;
    rows.push(Row { id: "I2", what, measured: least / risk, theory: 1.0, low: 1.0, high: most });
    rows
}

/// Expected cost plus λ times its variance.
fn objective(holdings: &Holdings) -> f64 {
    let (mut moved, mut cost, mut variance) = (0.0, 0.0, 0.0);
    for day in 1..=DAYS {
        let sold = holdings[day - 1] - holdings[day];
        let half_spread = if sold < 0.0 { -HALF_SPREAD } else { HALF_SPREAD };
        cost += sold * (moved + half_spread + TEMPORARY * sold);
        moved += PERMANENT * sold;
        variance += VOLATILITY * VOLATILITY * holdings[day] * holdings[day];
    }
    cost + AVERSION * variance
}

/// The cheapest holdings: each day's is put at the least of the parabola through three costs, until
/// nothing moves.
fn optimum() -> Holdings {
    let mut holdings: Holdings =
        std::array::from_fn(|day| POSITION * (DAYS - day) as f64 / DAYS as f64);
    for _ in 0..200 {
        for day in 1..DAYS {
            let step = POSITION / 100.0;
            let at = |move_by: f64| {
                let mut moved = holdings;
                moved[day] += move_by;
                objective(&moved)
            };
            let (below, here, above) = (at(-step), at(0.0), at(step));
            holdings[day] += step * (below - above) / (2.0 * (below - 2.0 * here + above));
        }
    }
    holdings
}

/// The least rise of the objective per squared step over random steps of the days' holdings.
fn least_rise(optimum: &Holdings, fault: Option<Fault>) -> f64 {
    let luck = Luck::new(201, fault);
    let cheapest = objective(optimum);
    let rise = |path| {
        let mut draws = luck.draws(path, 0, 0);
        let (mut moved, mut square) = (*optimum, 0.0);
        for holding in &mut moved[1..DAYS] {
            let step = POSITION / 50.0 * draws.normal().to_num::<f64>();
            *holding += step;
            square += step * step;
        }
        (objective(&moved) - cheapest) / square
    };
    (0..PERTURBATIONS).map(rise).fold(f64::INFINITY, f64::min)
}

/// κ: 2(cosh κτ − 1) = λσ²τ²/(η − γτ/2), τ = 1 day.
fn kappa() -> Real {
    let temporary = Real::lit("0.0000025") - Real::lit("0.00000025") / 2;
    let risk = Real::lit("0.000001") * Real::lit("0.95") * Real::lit("0.95");
    arcosh(Real::ONE + risk / temporary / 2)
}

/// ln(x + √(x² − 1)); not a number's place, so 0, for x < 1.
fn arcosh(x: Real) -> Real {
    sqrt(x * x - Real::ONE).and_then(|root| ln(x + root)).unwrap_or(Real::ZERO)
}

/// Of 0 to 40.
fn sinh(x: Real) -> Real {
    let up = exp(x).expect("at most e^40");
    (up - Real::ONE / up) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theory_is_the_papers() {
        assert!((kappa().to_num::<f64>() - 0.607).abs() < 5e-4, "{}", kappa());
    }

    #[test]
    fn a_wrong_schedule_is_no_optimum() {
        let mut wrong = optimum();
        wrong[2] += POSITION / 20.0;
        assert!(least_rise(&wrong, None) < 0.0);
    }
}
