//! Everything that is listed, quoted.

use super::session::Session;
use amm_core::num::{Amount, Discount, Price, Real, Seconds, Size, Vol, serde_real};
use amm_core::pricing::Kind;
use amm_core::quote::{Desk, LinePlace, Marginal, Marginals};
use serde::{Serialize, Serializer};
use std::fmt::Display;

/// Two-sided quotes of every listed option and what the pool's book comes to.
///
/// As JSON its decimals are strings and its keys stand in the order of the fields.
#[derive(Clone, Debug, Serialize)]
pub struct Grid {
    /// Now, in seconds since 1970.
    pub time_s: u64,
    /// What the hedge trades at.
    pub spot: Price,
    /// The pool's delta, in units of the underlying.
    #[serde(serialize_with = "plain")]
    pub net_delta: Amount,
    /// What hedgers of the pool's options buy when spot rises by 1 %, in cash; the sign is the pool's:
    /// below zero it is short gamma and buys.
    #[serde(serialize_with = "serde_real::serialize")]
    pub gex: Real,
    /// F: what trades have paid for loop gain and would get back by undoing it.
    #[serde(serialize_with = "serde_real::serialize")]
    pub skew_value: Real,
    /// Ψ: the same of the flow.
    #[serde(serialize_with = "serde_real::serialize")]
    pub flow_value: Real,
    /// The greatest loop gain of all nodes.
    #[serde(serialize_with = "serde_real::serialize")]
    pub max_loop_gain: Real,
    /// By bucket, which its expiry names, and band of spot.
    pub loop_gain: Vec<LoopGain>,
    /// Nearest first.
    pub expiries: Vec<ExpiryGrid>,
}

/// The loop gains of the time up to an expiry since the one before.
#[derive(Clone, Debug, Serialize)]
pub struct LoopGain {
    /// The expiry's name.
    pub expiry: String,
    /// From the lowest band of spot to the highest.
    #[serde(serialize_with = "reals")]
    pub bands: Vec<Real>,
}

/// One expiry of the grid.
#[derive(Clone, Debug, Serialize)]
pub struct ExpiryGrid {
    /// As the market file has it.
    pub name: String,
    /// Time left, as the market file has it.
    pub t_seconds: Seconds,
    /// What the underlying is worth then.
    pub forward: Price,
    /// What one unit paid then is worth now.
    pub discount: Discount,
    /// Its share of [`Grid::gex`].
    #[serde(serialize_with = "serde_real::serialize")]
    pub gex: Real,
    /// By strike, the call before the put.
    pub options: Vec<OptionRow>,
}

/// One option's marginal quotes.
#[derive(Clone, Debug, Serialize)]
pub struct OptionRow {
    /// Above zero.
    pub strike: Price,
    /// Call or put.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Of the bid; `None` for a price that no volatility gives.
    pub iv_bid: Option<Vol>,
    /// Of the mid.
    pub iv_mid: Option<Vol>,
    /// Of the ask.
    pub iv_ask: Option<Vol>,
    /// Of the base surface.
    pub iv_base: Vol,
    /// Prices and what they are made of.
    #[serde(flatten)]
    pub price: Marginal,
    /// d(price)/d(forward) on the base surface.
    #[serde(serialize_with = "serde_real::serialize")]
    pub delta: Real,
    /// d²(price)/d(forward)².
    #[serde(serialize_with = "serde_real::serialize")]
    pub gamma: Real,
    /// d(price)/d(volatility), for 1.00 of volatility.
    #[serde(serialize_with = "serde_real::serialize")]
    pub vega: Real,
    /// The pool's, in contracts: above zero it is long.
    pub position: Size,
    /// The position's share of [`Grid::gex`].
    #[serde(serialize_with = "serde_real::serialize")]
    pub gex: Real,
}

impl Grid {
    /// The grid of a session as it is now; `None` if a number of it is beyond what can be counted.
    pub fn of(session: &Session) -> Option<Self> {
        let (engine, expiries) = (session.engine(), session.expiries());
        let (desk, market) = engine.desk().zip(engine.state().market())?;
        let marginals = desk.marginals();
        let name = |row: usize| expiries.get(row).map_or("", |listed| &listed.name).to_owned();
        let mut rows: Vec<ExpiryGrid> = Vec::with_capacity(expiries.len());
        for at in desk.lines() {
            let row = desk.row(at);
            if rows.len() == at.place.chain {
                let (forward, discount) = (row.expiry.forward(), row.expiry.discount());
                let (name, t_seconds) = (name(at.place.chain), row.expiry.time());
                let (gex, options) = (Real::ZERO, Vec::new());
                rows.push(ExpiryGrid { name, t_seconds, forward, discount, gex, options });
            }
            let holding = engine.state().inventory().at(at.place);
            let expiry = rows.last_mut()?;
            for kind in [Kind::Call, Kind::Put] {
                let option = option(desk, &marginals, at, (kind, holding.of(kind)))?;
                expiry.gex = expiry.gex.checked_add(option.gex)?;
                expiry.options.push(option);
            }
        }
        let mut loop_gain: Vec<LoopGain> = Vec::new();
        for node in desk.potential.gains() {
            if loop_gain.len() == node.bucket {
                loop_gain.push(LoopGain { expiry: name(node.bucket), bands: Vec::new() });
            }
            loop_gain.last_mut()?.bands.push(node.gain);
        }
        Some(Self {
            time_s: engine.state().now().get(),
            spot: market.spot,
            net_delta: engine.tally().delta,
            gex: rows.iter().try_fold(Real::ZERO, |sum, row| sum.checked_add(row.gex))?,
            skew_value: desk.potential.value(),
            flow_value: desk.flow.value(),
            max_loop_gain: desk.potential.gain_max(),
            loop_gain,
            expiries: rows,
        })
    }
}

fn option(
    desk: &Desk,
    marginals: &Marginals<'_>,
    at: LinePlace,
    (kind, position): (Kind, Size),
) -> Option<OptionRow> {
    const PER_CENT: i128 = 100;
    let (line, price) = (desk.valued(at), marginals.quote(at, kind)?);
    let vol = |price| marginals.vol(at, kind, price).ok();
    let value = &line.value;
    Some(OptionRow {
        strike: line.strike,
        kind,
        iv_bid: vol(price.bid),
        iv_mid: vol(price.mid),
        iv_ask: vol(price.ask),
        iv_base: line.vol,
        price,
        delta: match kind {
            Kind::Call => value.delta_call,
            Kind::Put => value.delta_put,
        },
        gamma: value.gamma_forward.checked_div(desk.row(at).expiry.forward().get())?,
        vega: value.vega,
        position,
        gex: Amount::of(position, line.dollar_gamma)?.floor() / PER_CENT,
    })
}

fn plain<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn reals<S: Serializer>(values: &[Real], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        values.iter().map(|value| amm_core::num::decimal::shortest(*value).to_string()),
    )
}
