//! What is seen of an engine.

use super::frame::{
    Around, Bucket, Flip, Gamma, GammaLevel, Greeks, LoopGain, Market, Reserves, StrikeGex,
};
use super::{Number, warn};
use amm_core::engine::{Engine, Reject};
use amm_core::num::{Amount, Price, Real, Timestamp};
use amm_core::quote::Desk;
use amm_core::signals::{self, Signals, ladder, loop_gain};
use amm_loop::pool::{Design, Pool};
use std::collections::BTreeMap;

/// An engine, and what is known beside it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// A simulated pool with its design, which may price by a rule on top of the engine.
    pub pool: Option<(&'a Pool, &'a Design)>,
    /// The loop gain of all hedgers.
    pub everyone: Option<Real>,
    /// Breaker, margin, liquidations and forecast, from whoever keeps them.
    pub around: Option<&'a Around>,
}

impl<'a> Seen<'a> {
    /// An engine of which nothing else is known.
    pub const fn of(engine: &'a Engine) -> Self {
        Self { engine, pool: None, everyone: None, around: None }
    }
}

/// Levels of spot on each side of a profile, and how far they reach.
const LEVELS: (u16, Real) = (30, Real::lit("0.25"));

/// Walls that are shown.
const WALLS: usize = 3;

const DAY_S: f64 = 86_400.0;
const YEAR_DAYS: f64 = 365.0;
const PER_CENT: f64 = 100.0;

/// Days from a time to a later one.
pub(super) fn days(now: Timestamp, then: Timestamp) -> Number {
    Number::of(then.get().saturating_sub(now.get()) as f64 / DAY_S)
}

/// Seconds since the prices, the surface and the depth were seen.
pub(super) fn ages(engine: &Engine) -> Option<[u64; 3]> {
    let (now, market) = (engine.state().now(), engine.state().market()?);
    let age = |then: Timestamp| now.get().saturating_sub(then.get());
    Some([age(market.prices_at), age(market.surface_at), age(market.depth_at)])
}

pub(super) fn market(engine: &Engine) -> Option<Market> {
    let market = engine.state().market()?;
    let staleness = engine.state().params().staleness;
    Some(Market {
        spot: market.spot.into(),
        depth: market.feeds.first().map(|feed| feed.depth.get().into()),
        ages_s: ages(engine)?,
        ages_most_s: [staleness.open.get().into(), staleness.close.get().into()],
    })
}

pub(super) fn greeks(engine: &Engine, signals: &Signals) -> Greeks {
    let total = &signals.exposure.total;
    Greeks {
        delta: total.delta.into(),
        hedge: engine.state().pool().hedge.position.into(),
        gex: total.gex().into(),
        vega: Number::of(Number::from(total.vega).0 / PER_CENT),
        theta: Number::of(Number::from(total.theta).0 / YEAR_DAYS),
    }
}

/// The greatest loop gain of all buckets where spot is; zero if nothing is quoted.
pub(super) fn gain_now(signals: &Signals) -> Real {
    signals.buckets.iter().map(|bucket| bucket.gain).max().unwrap_or(Real::ZERO)
}

/// The flow furthest from zero of all buckets, over the flow at which the charge bends.
pub(super) fn flow_most(signals: &Signals) -> Real {
    let flows = signals.buckets.iter().map(|bucket| bucket.flow_relative);
    flows.max_by_key(|flow| flow.saturating_abs()).unwrap_or(Real::ZERO)
}

pub(super) fn loops(seen: &Seen<'_>, signals: &Signals) -> LoopGain {
    let buckets = signals.buckets.iter().map(|bucket| Bucket {
        expiry_s: bucket.expiry.get(),
        days: days(signals.now, bucket.expiry),
        gain: bucket.gain.into(),
        vol_multiplier: bucket.vol_multiplier.map(Number::from),
        bands: bucket.band_gains.iter().copied().map(Number::from).collect(),
        flow: bucket.flow.into(),
        flow_relative: bucket.flow_relative.into(),
    });
    LoopGain {
        now: gain_now(signals).into(),
        ahead: signals.gain_max.into(),
        everyone: seen.everyone.map(Number::from),
        thresholds: warn::LOOP_GAIN.map(Number::of),
        buckets: buckets.collect(),
    }
}

/// Gamma by strike and expiry, and by level of spot.
pub(super) fn gamma(engine: &Engine, now: Timestamp) -> Result<Gamma, Reject> {
    let (desk, market) = engine.desk().zip(engine.state().market()).ok_or(Reject::NoMarket)?;
    let mut gamma = Gamma {
        days: desk.board.rows.iter().map(|row| days(now, row.stamp)).collect(),
        by_strike: by_strike(engine, desk),
        ..Gamma::default()
    };
    let profile = engine.profile(ladder(market.spot, LEVELS.1, LEVELS.0)?, WALLS)?;
    let first = market.feeds.first();
    let level = |spot: Price, of: Amount| {
        let gain = first.and_then(|feed| loop_gain(of, feed.depth.get(), feed.outside_gain));
        GammaLevel { spot: spot.into(), gex: of.percent().into(), gain: gain.map(Number::from) }
    };
    gamma.profile = profile.levels.iter().map(|at| level(at.spot, at.greeks.gamma)).collect();
    gamma.walls = profile.walls.iter().map(|at| level(at.spot, at.greeks.gamma)).collect();
    let flip = |flip: &signals::Flip| Flip { spot: flip.above.into(), long_above: flip.long_above };
    gamma.flips = profile.flips.iter().map(flip).collect();
    Ok(gamma)
}

fn by_strike(engine: &Engine, desk: &Desk) -> Vec<StrikeGex> {
    let (inventory, expiries) = (engine.state().inventory(), desk.board.rows.len());
    let mut strikes: BTreeMap<Price, Vec<Number>> = BTreeMap::new();
    for at in desk.lines() {
        let (row, line) = (desk.row(at), desk.valued(at));
        let held = inventory.chain(row.stamp).ok().and_then(|chain| {
            let holdings = &inventory.chains()[chain].holdings;
            let place = holdings.binary_search_by_key(&line.strike, |held| held.strike).ok()?;
            holdings[place].call.checked_add(holdings[place].put)
        });
        let gex = held.and_then(|held| Amount::of(held, line.dollar_gamma));
        let cells = strikes.entry(line.strike).or_insert_with(|| vec![Number::default(); expiries]);
        if let (Some(cell), Some(gex)) = (cells.get_mut(at.place.chain), gex) {
            *cell = gex.percent().into();
        }
    }
    strikes.into_iter().map(|(strike, gex)| StrikeGex { strike: strike.into(), gex }).collect()
}

pub(super) fn reserves(engine: &Engine) -> Reserves {
    let pool = engine.state().pool();
    Reserves {
        skew_paid: pool.skew_paid.into(),
        skew_reserve: pool.skew_reserve.into(),
        flow_paid: pool.flow_paid.into(),
        flow_reserve: pool.flow_reserve.into(),
        insurance: pool.insurance.into(),
        owed: pool.owed.into(),
        worth: engine.nav().ok().map(|nav| nav.low.into()),
    }
}

/// Realised volatility, annualised.
pub(super) fn realised(signals: &Signals) -> Number {
    Number::of(Number::from(signals.realised_variance).0.max(0.0).sqrt())
}
