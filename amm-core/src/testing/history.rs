//! Histories of an engine: one that is always the same, and any number made of bytes.

use std::vec;
use std::vec::Vec;

use arbitrary::{Result, Unstructured};

use super::draw::magnitude;
use super::fixture::assets;
use crate::book::{AccountId, Leg, Order, Series, Side};
use crate::engine::{Engine, Event, Feed, MarginRule, MarketUpdate, Params, State, invariants};
use crate::num::{Cash, Discount, Price, Real, Shares, Size, Timestamp, Vol};
use crate::pricing::Kind;
use crate::risk::HedgePolicy;
use crate::risk::funding::FundingParams;
use crate::risk::margin::{AssetFeed, MarginParams};
use crate::skew::Depth;
use crate::surface::{Slice, Ssvi, Svi};

/// When every history begins.
pub const START: u64 = 1_700_000_000;
const DAY: u64 = 86_400;

/// Who provides.
pub const PROVIDER: AccountId = AccountId(1);
/// Who trades.
pub const TRADERS: [AccountId; 2] = [AccountId(2), AccountId(7)];

fn ok<T, E: core::fmt::Display>(made: core::result::Result<T, E>) -> T {
    made.unwrap_or_else(|error| panic!("a history's own number is refused: {error}"))
}

fn price(units: u32) -> Price {
    ok(Price::new(Real::from_num(units)))
}

/// So many days after [`START`].
pub fn expiry(days: u64) -> Timestamp {
    Timestamp::new(START + days * DAY)
}

/// The slice of an expiry: one of each form, total variance rising with time.
fn slice(expiry: Timestamp) -> Slice {
    let lit = Real::lit;
    match (expiry.get() - START) / DAY {
        ..=1 => Slice::Flat(ok(Vol::new(lit("0.5")))),
        2..=7 => {
            Slice::Svi(ok(Svi::new(lit("0.006"), lit("0.01"), lit("-0.2"), lit("0"), lit("0.1"))))
        }
        days => Slice::Ssvi(ok(Ssvi::new(Real::from_num(days) / 1000, lit("2"), lit("-0.2")))),
    }
}

/// The market at a time, with every listed expiry that is still to come.
pub fn market(state: &State, now: Timestamp, spot: Price) -> MarketUpdate {
    let ahead = state.inventory().chains().iter().filter(|chain| chain.expiry > now);
    let feed = |expiry| Feed {
        expiry,
        forward: spot,
        discount: Discount::MAX,
        slice: slice(expiry),
        depth: ok(Depth::new(Real::from_num(1_000_000_000))),
        outside_gain: Real::ZERO,
    };
    let feeds = ahead.map(|chain| feed(chain.expiry)).collect();
    MarketUpdate::new(now, spot, feeds)
}

/// An engine on which `tell` says what happens.
fn engine(params: Params, mut tell: impl FnMut(&Event)) -> Engine {
    let mut engine = ok(Engine::new(params, Timestamp::new(START)));
    let mut happen = |event: Event| {
        ok(engine.apply(&event));
        tell(&event);
        market(engine.state(), Timestamp::new(START), price(1000))
    };
    for days in [1, 7, 30] {
        let strikes = [800, 950, 1000, 1050, 1250].map(price).to_vec();
        happen(Event::List { expiry: expiry(days), strikes });
    }
    let cash = Cash::from_atoms(5_000_000 * Cash::SCALE);
    let base = Size::from_atoms(100 * Size::SCALE);
    let mut now = None;
    for account in [PROVIDER, TRADERS[0], TRADERS[1]] {
        now = Some(happen(Event::Deposit { account, cash, base }));
    }
    happen(Event::Provide { account: PROVIDER, cash });
    if let Some(market) = now {
        happen(Event::Market(market));
    }
    engine
}

/// Three expiries with slices of every form, a provider and two traders.
pub fn opened(params: Params) -> Engine {
    engine(params, |_| ())
}

/// The events that [`opened`] has taken.
pub fn opening(params: Params) -> Vec<Event> {
    let mut events = Vec::new();
    engine(params, |event| events.push(event.clone()));
    events
}

/// An order for one series, from the first trader.
pub fn order(side: Side, days: u64, strike: u32, kind: Kind, atoms: i128) -> Event {
    let series = Series { expiry: expiry(days), strike: price(strike), kind };
    let legs = vec![Leg { series, side, size: Size::from_atoms(atoms) }];
    Event::Trade(Order { account: TRADERS[0], legs, limit: None, deadline: None })
}

/// A life with something of everything, after [`opening`].
pub fn life(engine: &Engine) -> Vec<Event> {
    let at = |seconds| Timestamp::new(START + seconds);
    let moved = market(engine.state(), at(3600), price(1020));
    let later = MarketUpdate {
        feeds: moved.feeds[1..].to_vec(),
        ..market(engine.state(), at(2 * DAY), price(990))
    };
    let unit = Size::SCALE;
    vec![
        order(Side::Buy, 7, 1000, Kind::Call, 5 * unit),
        order(Side::Buy, 1, 950, Kind::Put, 7 * unit),
        order(Side::Sell, 30, 1250, Kind::Call, 3 * unit),
        Event::Hedge {
            quantity: Size::from_atoms(2 * unit),
            cash: Cash::from_atoms(-2000 * Cash::SCALE),
        },
        Event::Clock { now: at(60) },
        order(Side::Buy, 30, 1050, Kind::Put, 1),
        order(Side::Sell, 30, 1250, Kind::Call, 1_000_000 * unit), // refused: not backed
        Event::Market(moved),
        Event::Redeem { account: PROVIDER, shares: Shares::from_atoms(1_000 * Shares::SCALE) },
        Event::Configure(std::boxed::Box::new(Params {
            hedge: HedgePolicy::Band { width: Size::from_atoms(unit) },
            ..Params::dynamic()
        })),
        Event::List { expiry: expiry(7), strikes: vec![price(1100)] },
        order(Side::Buy, 7, 1100, Kind::Call, unit),
        Event::Market(later),
        Event::Fix { expiry: expiry(1), price: price(930) },
        Event::Provide { account: TRADERS[1], cash: Cash::from_atoms(9 * Cash::SCALE) },
    ]
}

/// An engine on margin, and what happens to it: an account sells on two assets' worth, cannot pay at the
/// settlement, and the pool seizes the assets and sells some.
pub fn pledged() -> (Engine, Vec<Event>) {
    let mut params = Params::dynamic();
    params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
    params.risk.assets = assets();
    let engine = opened(params);
    let (account, unit) = (AccountId(9), Size::SCALE);
    let feed = |now, units| {
        let vol = ok(Vol::new(Real::lit("0.7")));
        Some(AssetFeed { price: price(units), at: now, vol })
    };
    let at = |seconds| Timestamp::new(START + seconds);
    let shown = |seconds, spot, feeds: [u32; 2]| {
        let now = at(seconds);
        let assets = feeds.map(|units| feed(now, units)).to_vec();
        let pledged = Real::ONE / 4;
        Event::Market(MarketUpdate { assets, pledged, ..market(engine.state(), now, price(spot)) })
    };
    let units = |count| Size::from_atoms(count * unit);
    let series = Series { expiry: expiry(1), strike: price(1050), kind: Kind::Call };
    let legs = vec![Leg { series, side: Side::Sell, size: units(10) }];
    let one = |asset, count| Event::Pledge { account, asset, units: units(count) };
    let events = vec![
        one(0, 30),
        one(1, 20),
        shown(60, 1000, [500, 300]),
        Event::Trade(Order { account, legs, limit: None, deadline: None }),
        Event::Release { account, asset: 1, units: units(3) },
        shown(DAY, 1400, [400, 200]),
        Event::Fix { expiry: expiry(1), price: price(1400) },
        Event::Settle { expiry: expiry(1) },
        Event::Dispose { asset: 0, units: units(1), cash: Cash::from_atoms(390 * Cash::SCALE) },
    ];
    (engine, events)
}

/// The engine at the end of a [`life`].
pub fn lived(params: Params) -> Engine {
    let mut engine = opened(params);
    for event in life(&engine) {
        let _ = engine.apply(&event); // one is refused
    }
    engine
}

/// Bytes are refused as a snapshot, or are that of an engine that is as an engine must be.
///
/// # Panics
///
/// If they are not.
pub fn refused_or_sound(bytes: &[u8]) {
    let Ok(mut engine) = Engine::restore(bytes) else { return };
    ok(invariants::check(&engine));
    assert!(engine.snapshot() == bytes, "one state has two snapshots");
    let now = Timestamp::new(engine.state().now().get().saturating_add(60));
    for event in [Event::Clock { now }, order(Side::Buy, 7, 1000, Kind::Call, Size::SCALE)] {
        let before = engine.digest();
        match engine.apply(&event) {
            Ok(_) => ok(invariants::check(&engine)),
            Err(_) => assert_eq!(engine.digest(), before, "a refused event leaves a trace"),
        }
    }
}

/// What oracles say of the assets there are, if anything.
fn seen(u: &mut Unstructured<'_>, state: &State, now: Timestamp) -> Result<Vec<Option<AssetFeed>>> {
    let mut feed = |_| {
        let price = price(u.int_in_range(0..=2000)?);
        let at = Timestamp::new(now.get() - u.int_in_range(0..=100)?);
        let vol = ok(Vol::new(Real::ONE / 2));
        Ok(if u.ratio(1, 4)? { None } else { Some(AssetFeed { price, at, vol }) })
    };
    (0..state.params().risk.assets.len()).map(&mut feed).collect()
}

/// The next event of a history that bytes tell; most are taken, some refused. Where they end, zeros
/// follow.
///
/// # Errors
///
/// Those of the bytes' reader.
pub fn event(u: &mut Unstructured<'_>, state: &State) -> Result<Event> {
    let atoms = |u: &mut Unstructured<'_>, bits| magnitude(u, bits).map(|atoms| atoms as i128);
    let account = *u.choose(&[PROVIDER, TRADERS[0], TRADERS[0], TRADERS[1], AccountId(9)])?;
    let later = |u: &mut Unstructured<'_>| {
        let seconds = magnitude(u, 18)? as u64;
        Ok(Timestamp::new(state.now().get() + seconds))
    };
    let chains = state.inventory().chains();
    let listed = |u: &mut Unstructured<'_>| match chains {
        [] => Ok(expiry(1)),
        chains => Ok(u.choose(chains)?.expiry),
    };
    Ok(match u.int_in_range(0..=24)? {
        0 => Event::Clock { now: later(u)? },
        1..=3 => {
            let now = later(u)?;
            let spot = u.int_in_range(900..=1100)?;
            let mut update = market(state, now, price(spot));
            update.assets = seen(u, state, now)?;
            Event::Market(update)
        }
        4 => {
            let (cash, base) = (Cash::from_atoms(atoms(u, 50)?), Size::from_atoms(atoms(u, 40)?));
            Event::Deposit { account, cash, base }
        }
        5 => {
            let (cash, base) = (Cash::from_atoms(atoms(u, 50)?), Size::from_atoms(atoms(u, 40)?));
            Event::Withdraw { account, cash, base }
        }
        6 => {
            let quantity = Size::from_atoms(atoms(u, 34)?);
            Event::Hedge { quantity, cash: Cash::from_atoms(-atoms(u, 44)?) }
        }
        7 => Event::Fix { expiry: listed(u)?, price: price(u.int_in_range(0..=2000)?) },
        8 => Event::Settle { expiry: listed(u)? },
        9 => Event::Provide { account, cash: Cash::from_atoms(atoms(u, 50)?) },
        10 => Event::Redeem { account, shares: Shares::from_atoms(atoms(u, 50)?) },
        11 => {
            let rate = Size::from_atoms(atoms(u, 34)?);
            let mut params = [Params::dynamic(), Params::static_pool(), Params::active(rate)]
                [u.choose_index(3)?];
            if u.arbitrary()? {
                params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
                if u.arbitrary()? {
                    params.risk.assets = assets();
                }
                params.risk.funding = u.arbitrary::<bool>()?.then(FundingParams::default);
            }
            Event::Configure(std::boxed::Box::new(params))
        }
        12 => {
            let days = *u.choose(&[1, 7, 14, 30, 60])?;
            let strikes = vec![price(u.int_in_range(700..=1300)?)];
            Event::List { expiry: expiry(days), strikes }
        }
        13 => {
            let bidder = *u.choose(&TRADERS)?;
            Event::Liquidate { account, bidder, wanted: Real::from_num(u.int_in_range(0..=5)?) / 4 }
        }
        14 => Event::Absorb { account },
        22 | 23 => {
            let (asset, units) = (u.int_in_range(0..=2)?, Size::from_atoms(atoms(u, 45)?));
            match u.arbitrary()? {
                true => Event::Pledge { account, asset, units },
                false => Event::Release { account, asset, units },
            }
        }
        24 => {
            let (asset, units) = (u.int_in_range(0..=2)?, Size::from_atoms(atoms(u, 45)?));
            Event::Dispose { asset, units, cash: Cash::from_atoms(atoms(u, 45)?) }
        }
        15 => Event::Accrue { account },
        _ => {
            let mut legs = Vec::new();
            for _ in 0..u.int_in_range(1..=3)? {
                if chains.is_empty() {
                    break;
                }
                let chain = u.choose(chains)?;
                let strike = u.choose(&chain.holdings)?.strike;
                let kind = *u.choose(&[Kind::Call, Kind::Put])?;
                let series = Series { expiry: chain.expiry, strike, kind };
                let side = *u.choose(&[Side::Buy, Side::Sell])?;
                legs.push(Leg { series, side, size: Size::from_atoms(atoms(u, 36)?) });
            }
            let limit = if u.ratio(1, 8)? { Some(Cash::from_atoms(atoms(u, 45)?)) } else { None };
            let deadline = if u.ratio(1, 8)? { Some(later(u)?) } else { None };
            Event::Trade(Order { account, legs, limit, deadline })
        }
    })
}
