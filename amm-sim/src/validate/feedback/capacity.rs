//! F14, F15: gain where impact is not linear: a pool of constant product, and the square-root law.

use super::super::market::Market;
use super::super::{Effort, Family, Fault, Row};
use super::lab::{or_refusal, wide};
use amm_core::math::{exp, sqrt};
use amm_core::num::Real;
use amm_loop::light::LightError;
use amm_loop::spot::{Impact, Shape, Venue};

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F14", "F15"], cost_ms: [20, 20], rows };

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = or_refusal("F14", product(fault));
    rows.extend(or_refusal("F15", root(fault)));
    rows
}

/// Where ln spot ends after a shock, hedged and hedged again until it stays.
fn settled(
    shape: Shape,
    scale: Real,
    dollar_gamma: Real,
    shock: Real,
    fault: Option<Fault>,
) -> Result<Real, LightError> {
    let mut market = Market::new(Impact { shape, ..Impact::LINEAR }, scale, fault)?;
    let mut held = Real::ZERO;
    for _ in 0..400 {
        let flow = dollar_gamma * (shock + market.displacement()) - held;
        market.push(flow)?;
        held += flow;
    }
    Ok(shock + market.displacement())
}

/// F14: with a reserve worth R on each side the gain is 2·S²Γ/R, and buying Δ of a reserve of x takes
/// the price P to P/(1 − Δ/x)².
fn product(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let (reserve, dollar_gamma) = (Real::lit("50000000"), Real::lit("10000000"));
    let impact = Impact { shape: Shape::Product, ..Impact::LINEAR };
    let gain = dollar_gamma / Venue::new(impact, reserve)?.depth();
    let what = "R = $50m, GEX $100k a percent: gain at rest; exact";
    let mut rows = vec![Row::within("F14", what, wide(gain), 0.4, 1e-12)];
    for (name, share) in [(".1", Real::lit("0.1")), (".3", Real::lit("0.3"))] {
        let mut market = Market::new(impact, reserve, fault)?;
        market.push(reserve * share / (Real::ONE - share))?;
        let left = wide(Real::ONE - share);
        let measured = wide(exp(market.displacement())?);
        let what = format!("buying {name} of the reserve: price over that before; exact");
        rows.push(Row::within("F14", what, measured, 1.0 / (left * left), 1e-12));
    }
    let shock = Real::lit("0.000001");
    let end = settled(Shape::Product, reserve, dollar_gamma, shock, fault)?;
    let what = "the same pool: response to a small shock, 1/(1-.4)";
    rows.push(Row::within("F14", what, wide(end / shock), 1.0 / 0.6, 1e-5));
    Ok(rows)
}

/// Yσ, a day's volatility; S²Γ over a day's volume; and c, the root of where the core ends.
const Y: Real = Real::lit("0.04");
const GAMMA: Real = Real::lit("0.25");
const CORE: Real = Real::lit("0.000001");

/// F15: with impact Yσ√(Q/V), spot's move x after a shock ε solves x − b√x − ε = 0, b = Yσ√(S²Γ/V): its
/// ratio to the shock knows no bound as ε falls below b². A linear core keeps it at 1/(1 − a), a the gain
/// at rest.
fn root(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let (volume, b) = (Real::lit("1000000000"), Y * sqrt(GAMMA)?);
    let shape = Shape::Root { y: Y, core: CORE };
    let mut rows = Vec::new();
    for (name, over) in [("100", "100"), ("1", "1"), ("1/10", "0.1"), ("1/10000", "0.0001")] {
        let shock = b * b * Real::lit(over);
        let end = settled(shape, volume, GAMMA * volume, shock, fault)?;
        let side = (b + sqrt(b * b + 4 * shock)?) / 2;
        // The core takes Y·c off the impact, and the loop multiplies that.
        let slope = wide(b) / (2.0 * wide(side));
        let bias = wide(Y * CORE / shock) / (1.0 - slope);
        let theory = wide(side * side / shock);
        let what = format!("root, shock {name} of b^2: response; core {bias:.1e}");
        rows.push(Row::within("F15", what, wide(end / shock), theory, 1.01 * bias));
    }
    // y·GAMMA/(2c) = 0.5
    let shape = Shape::Root { y: Y, core: Real::lit("0.01") };
    let shock = b * b / 1_000_000_000;
    let end = settled(shape, volume, GAMMA * volume, shock, fault)?;
    let what = "root with a linear core of gain .5: response to the smallest shock";
    rows.push(Row::within("F15", what, wide(end / shock), 2.0, 1e-4));
    Ok(rows)
}
