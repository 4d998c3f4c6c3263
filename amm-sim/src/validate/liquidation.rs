//! R2: liquidations that trigger liquidations.
//!
//! Positions are liquidated one after the other as spot falls, the same cash per unit of ln spot all
//! the way. Selling it moves spot by the gain a = density/depth for each unit of fall, so a shock
//! ends 1/(1 − a) times as deep, and at a ≥ 1 it takes everybody.

use super::market::Market;
use super::{Effort, Family, Fault, Row};
use amm_core::num::Real;
use amm_loop::spot::{Impact, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["R2"], cost_ms: [30, 30], rows };

/// Positions, evenly spread over the first unit of ln spot below today's.
const POSITIONS: u32 = 20_000;

/// Cash liquidated in all, hence per unit of ln spot.
const DENSITY: Real = Real::lit("100000000");

/// The first fall of ln spot: one that leaves most positions standing.
const SHOCK: Real = Real::lit("0.02");

/// One so small that only a gain near 1 makes it take all.
const SPARK: Real = Real::lit("0.002");

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = Vec::new();
    for gain in [Real::lit("0.25"), Real::lit("0.5"), Real::lit("0.8")] {
        let fall =
            fall(SHOCK, DENSITY / gain, fault).map_or(f64::NAN, |fall| (fall / SHOCK).to_num());
        let theory = (Real::ONE / (Real::ONE - gain)).to_num::<f64>();
        // The last position liquidated is at most one place off, and with it all it has set off.
        let tolerance = theory / (Real::from(POSITIONS) * SHOCK).to_num::<f64>();
        let what = format!("fall over shock at liquidation gain {gain}; one position of bias");
        rows.push(Row::within("R2", what, fall, theory, tolerance));
    }
    let measured = critical_depth(fault).map_or(f64::NAN, |depth| (depth / DENSITY).to_num());
    let what = "depth below which all are liquidated, of the density; by bisection, to 1 %";
    rows.push(Row::within("R2", what, measured, 1.0, 0.01));
    let end = fall(SPARK, DENSITY / Real::lit("1.02"), fault);
    let share = end.map_or(f64::NAN, |fall| fall.min(Real::ONE).to_num());
    let what = "gain 1.02, a fall that takes 40 positions: share of all that it ends in; exact";
    rows.push(Row::exact("R2", what, share, 1.0));
    rows
}

/// How far ln spot falls in the end after a shock.
fn fall(shock: Real, depth: Real, fault: Option<Fault>) -> Result<Real, SpotError> {
    let mut market = Market::new(Impact::LINEAR, depth, fault)?;
    let spacing = Real::ONE / Real::from(POSITIONS);
    let mut next = spacing; // where the next position is liquidated
    loop {
        let fall = shock - market.displacement();
        if fall < next || next > 1 {
            return Ok(fall);
        }
        market.push(-DENSITY / Real::from(POSITIONS))?;
        next += spacing;
    }
}

/// The depth at which a shock just takes all positions.
fn critical_depth(fault: Option<Fault>) -> Result<Real, SpotError> {
    let (mut all, mut some) = (DENSITY / 2, DENSITY * 2);
    for _ in 0..20 {
        let middle = (all + some) / 2;
        if fall(SPARK, middle, fault)? >= 1 { all = middle } else { some = middle }
    }
    Ok((all + some) / 2)
}
