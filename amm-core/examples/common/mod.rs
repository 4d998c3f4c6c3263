//! A small market for the examples: four expiries, one volatility, a lender and a trader.
#![allow(dead_code, reason = "every example compiles this module whole and uses its part")]

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{Engine, Event, Feed, MarketUpdate, Params};
use amm_core::num::{Cash, Discount, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::skew::Depth;
use amm_core::surface::Slice;

pub(crate) type Failure = Box<dyn std::error::Error>;

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const DAYS: [u64; 4] = [2, 7, 30, 180];
pub(crate) const LENDER: AccountId = AccountId(1);
pub(crate) const TRADER: AccountId = AccountId(2);

pub(crate) fn expiry(days: u64) -> Timestamp {
    Timestamp::new(NOW + days * 86_400)
}

/// Spot and all forwards at one price, 65 % volatility, two billions of depth.
pub(crate) fn market(now: u64, spot: Price) -> Result<MarketUpdate, Failure> {
    let (slice, depth) = (Slice::Flat("0.65".parse()?), Depth::new("2000000000".parse()?)?);
    let (discount, outside_gain) = (Discount::MAX, Real::ZERO);
    let feed =
        |days| Feed { expiry: expiry(days), forward: spot, discount, slice, depth, outside_gain };
    let (at, feeds) = (Timestamp::new(now), DAYS.map(feed).to_vec());
    Ok(MarketUpdate::new(at, spot, feeds))
}

/// What leads from nothing to a pool that trades.
pub(crate) fn opening() -> Result<Vec<Event>, Failure> {
    let cash: Cash = "100000000".parse()?;
    let strikes: Vec<Price> = (48..=76)
        .step_by(4)
        .map(|thousand| Price::new(Real::from_num(thousand * 1000)))
        .collect::<Result<_, _>>()?;
    let list = |days| Event::List { expiry: expiry(days), strikes: strikes.clone() };
    let mut events = DAYS.map(list).to_vec();
    events.extend([LENDER, TRADER].map(|account| Event::Deposit {
        account,
        cash,
        base: Size::ZERO,
    }));
    events.push(Event::Provide { account: LENDER, cash });
    events.push(Event::Market(market(NOW, "60000".parse()?)?));
    Ok(events)
}

/// The engine after those events.
pub(crate) fn engine() -> Result<Engine, Failure> {
    let mut engine = Engine::new(Params::dynamic(), Timestamp::new(NOW))?;
    for event in opening()? {
        engine.apply(&event)?;
    }
    Ok(engine)
}

/// The trader's order for calls.
pub(crate) fn calls(side: Side, days: u64, strike: &str, size: &str) -> Result<Order, Failure> {
    let series = Series { expiry: expiry(days), strike: strike.parse()?, kind: Kind::Call };
    let legs = vec![Leg { series, side, size: size.parse()? }];
    Ok(Order { account: TRADER, legs, limit: None, deadline: None })
}
