//! F12, F13: other loops, and that all linear ones add: after a shock, agents who trade in turns in one
//! venue take spot to 1/(1 − Σ of their gains) of it.

use super::super::market::Market;
use super::super::{Effort, Family, Fault, Row};
use super::lab::{or_refusal, wide};
use amm_core::math::exp;
use amm_core::num::Real;
use amm_loop::light::LightError;
use amm_loop::spot::Impact;

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F12", "F13"], cost_ms: [5, 5], rows };

/// Cash that moves spot by 100 %.
const DEPTH: Real = Real::lit("1000000000");

/// A small one, so that returns are as good as changes of a logarithm: −2⁻²⁰.
const SHOCK: Real = Real::lit("-0.00000095367431640625");

/// What rows may be off by: the square of a shock, and what is left when turns end.
const CUT: f64 = 1e-5;

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = funds();
    rows.extend(or_refusal("F12", rebalancing(fault)));
    rows.extend(or_refusal("F13", sums(fault)));
    rows
}

/// Who trades, and how much in all, once ln spot has changed by x.
enum Agent {
    /// Net short options: S²Γ.
    Hedger { dollar_gamma: Real },
    /// A fund that keeps its exposure at `leverage` times its assets.
    Fund { assets: Real, leverage: i128 },
    /// Borrowers who are sold out as spot falls: cash per unit of ln spot.
    Liquidations { density: Real },
}

impl Agent {
    fn target(&self, x: Real) -> Result<Real, LightError> {
        Ok(match *self {
            Self::Hedger { dollar_gamma } => dollar_gamma * x,
            Self::Fund { assets, leverage } => rebalance(assets, leverage, exp(x)? - Real::ONE),
            Self::Liquidations { density } => density * x.min(Real::ZERO),
        })
    }
}

/// What a fund buys after a return: the exposure it wants, of what it then has, less what it has.
fn rebalance(assets: Real, leverage: i128, r: Real) -> Real {
    let exposure = leverage * assets;
    let (assets, exposed) = (assets + exposure * r, exposure + exposure * r);
    leverage * assets - exposed
}

/// F12: a fund of assets A and leverage ℓ buys A(ℓ² − ℓ)r (Cheng and Madhavan 2009).
fn funds() -> Vec<Row> {
    let (assets, r) = (Real::lit("3500000000"), Real::lit("-0.04"));
    [-1, 2, 3, -2]
        .into_iter()
        .map(|leverage| {
            let measured = wide(rebalance(assets, leverage, r) / (assets * r));
            let theory = (leverage * leverage - leverage) as f64;
            let what = format!("fund of leverage {leverage}: cash to rebalance over A r; exact");
            Row::within("F12", what, measured, theory, 1e-9)
        })
        .collect()
}

/// Where spot ends over the shock, when the agents have traded in turns until none has anything left.
fn response(agents: &[Agent], fault: Option<Fault>) -> Result<f64, LightError> {
    let mut market = Market::new(Impact::LINEAR, DEPTH, fault)?;
    let mut held = vec![Real::ZERO; agents.len()];
    for _ in 0..400 {
        for (agent, held) in agents.iter().zip(&mut held) {
            let flow = agent.target(SHOCK + market.displacement())? - *held;
            market.push(flow)?;
            *held += flow;
        }
    }
    Ok(wide((SHOCK + market.displacement()) / SHOCK))
}

/// F12: such a fund is a loop of gain A(ℓ² − ℓ)/L.
fn rebalancing(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let row = |(leverage, gain): (i128, f64)| {
        let agent = Agent::Fund { assets: DEPTH / 10, leverage };
        let what = format!("fund of leverage {leverage}, assets .1 L: response to a shock");
        Ok(Row::within("F12", what, response(&[agent], fault)?, 1.0 / (1.0 - gain), CUT))
    };
    [(-1, 0.2), (3, 0.6)].into_iter().map(row).collect()
}

/// F13: gains of different kinds add.
fn sums(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let hedger = || Agent::Hedger { dollar_gamma: DEPTH / 4 };
    let fund = || Agent::Fund { assets: DEPTH * 7 / 120, leverage: 3 }; // .35 L over ℓ² − ℓ
    let liquidations = Agent::Liquidations { density: DEPTH / 10 };
    let long = Agent::Hedger { dollar_gamma: -DEPTH / 5 };
    let row = |(what, agents, gain): (&str, &[Agent], f64)| {
        let what = format!("{what}: response to a fall");
        Ok(Row::within("F13", what, response(agents, fault)?, 1.0 / (1.0 - gain), CUT))
    };
    let both = [hedger(), fund()];
    let three = [hedger(), fund(), liquidations];
    let offset = [hedger(), long];
    [
        ("hedgers .25, fund .35", &both[..], 0.6),
        ("hedgers .25, fund .35, liquidations .1", &three[..], 0.7),
        ("hedgers .25, others -.2", &offset[..], 0.05),
    ]
    .into_iter()
    .map(row)
    .collect()
}
