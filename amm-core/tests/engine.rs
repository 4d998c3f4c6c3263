//! The engine through a life: money, market, trades, settlement, exit.

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{Engine, Event, Feed, MarketUpdate, Outcome, Params, Reject, invariants};
use amm_core::num::{Cash, Discount, Price, Real, Shares, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::skew::{Depth, SkewError};
use amm_core::surface::Slice;

const NOW: u64 = 1_700_000_000;
const DAY: u64 = 86_400;
const PROVIDER: AccountId = AccountId(1);
const TRADER: AccountId = AccountId(2);

fn price(units: u32) -> Price {
    Price::new(Real::from_num(units)).unwrap()
}

fn market(now: u64) -> MarketUpdate {
    let feed = |days: u64| Feed {
        expiry: Timestamp::new(NOW + days * DAY),
        forward: price(60_000),
        discount: Discount::MAX,
        slice: Slice::Flat("0.65".parse().unwrap()),
        depth: Depth::new(Real::from_num(1_000_000_000)).unwrap(),
        outside_gain: Real::ZERO,
    };
    let at = Timestamp::new(now);
    let feeds = [7, 30, 90].into_iter().filter(|days| NOW + days * DAY > now).map(feed).collect();
    let spot = price(60_000);
    MarketUpdate::new(at, spot, feeds)
}

/// An engine with three expiries, a provider's ten million and a trader's.
fn engine() -> Engine {
    let mut engine = Engine::new(Params::dynamic(), Timestamp::new(NOW)).unwrap();
    let money: Cash = "50000000".parse().unwrap();
    for days in [7, 30, 90] {
        let strikes = (40..=80).map(|thousand| price(thousand * 1000)).collect();
        let expiry = Timestamp::new(NOW + days * DAY);
        engine.apply(&Event::List { expiry, strikes }).unwrap();
    }
    for account in [PROVIDER, TRADER] {
        engine.apply(&Event::Deposit { account, cash: money, base: Size::ZERO }).unwrap();
    }
    engine.apply(&Event::Market(market(NOW))).unwrap();
    engine.apply(&Event::Provide { account: PROVIDER, cash: money }).unwrap();
    engine.apply(&Event::Market(market(NOW))).unwrap();
    invariants::check(&engine).unwrap();
    engine
}

fn series(days: u64, strike: u32, kind: Kind) -> Series {
    Series { expiry: Timestamp::new(NOW + days * DAY), strike: price(strike), kind }
}

fn order(side: Side, days: u64, strike: u32, size: &str) -> Event {
    let leg = Leg { series: series(days, strike, Kind::Call), side, size: size.parse().unwrap() };
    Event::Trade(Order { account: TRADER, legs: vec![leg], limit: None, deadline: None })
}

#[test]
fn selling_back_restores_the_pool_and_never_pays() {
    let mut engine = engine();
    let before = (engine.desk().unwrap().potential.value(), *engine.tally());
    let cash = engine.state().accounts()[&TRADER].cash;
    let gains: Vec<_> = engine.desk().unwrap().potential.gains().collect();
    for (side, days, strike) in [
        (Side::Buy, 7, 60_000),
        (Side::Buy, 90, 70_000),
        (Side::Sell, 7, 60_000),
        (Side::Sell, 90, 70_000),
    ] {
        let receipt = engine.apply(&order(side, days, strike, "100")).unwrap();
        assert!(matches!(receipt.outcome, Outcome::Traded(_)));
        invariants::check(&engine).unwrap();
    }
    assert_eq!((engine.desk().unwrap().potential.value(), *engine.tally()), before);
    assert!(engine.desk().unwrap().potential.gains().eq(gains));
    assert!(engine.state().accounts()[&TRADER].cash < cash);
    assert!(engine.state().accounts()[&TRADER].positions.is_empty());
}

#[test]
fn a_refused_order_says_what_was_too_much() {
    let mut engine = engine();
    let refusal = engine.apply(&order(Side::Buy, 7, 60_000, "20000")).unwrap_err();
    let Reject::Quote(amm_core::quote::QuoteError::Skew(SkewError::Limit { gain, limit, .. })) =
        refusal
    else {
        panic!("{refusal}");
    };
    assert!(gain > limit);
    let short = engine.apply(&order(Side::Sell, 7, 60_000, "1")).unwrap_err();
    assert!(matches!(short, Reject::Collateral(_)), "{short}");
}

#[test]
fn a_static_pool_quotes_its_base_whatever_its_book() {
    let mut engine = engine();
    engine.apply(&Event::Configure(Box::new(Params::static_pool()))).unwrap();
    let Outcome::Traded(first) =
        engine.apply(&order(Side::Buy, 7, 60_000, "5000")).unwrap().outcome
    else {
        panic!();
    };
    assert_eq!((first.parts.skew, first.parts.flow), (Real::ZERO, Real::ZERO));
    assert!(first.gain_max > Real::lit("0.5")); // seen, and free of charge
    invariants::check(&engine).unwrap();
}

#[test]
fn settlement_pays_everyone_and_the_last_provider_leaves_nothing() {
    let mut engine = engine();
    engine.apply(&order(Side::Buy, 7, 60_000, "10")).unwrap();
    engine.apply(&order(Side::Buy, 30, 60_000, "10")).unwrap();
    let expiry = Timestamp::new(NOW + 7 * DAY);
    let later = NOW + 8 * DAY;
    assert!(engine.apply(&Event::Fix { expiry, price: price(61_000) }).is_err());
    engine.apply(&Event::Market(market(later))).unwrap();
    assert!(matches!(engine.apply(&Event::Settle { expiry }), Err(Reject::NotFixed { .. })));
    engine.apply(&Event::Fix { expiry, price: price(61_000) }).unwrap();
    invariants::check(&engine).unwrap();
    let receipt = engine.apply(&Event::Settle { expiry }).unwrap();
    let Outcome::Settled(settled) = receipt.outcome else { panic!("{receipt:?}") };
    assert_eq!(settled.paid.to_string(), "10000");
    invariants::check(&engine).unwrap();
    let again = engine.apply(&Event::Settle { expiry }).unwrap();
    assert_eq!(again.outcome, Outcome::Settled(Default::default()));
    engine.apply(&order(Side::Sell, 30, 60_000, "10")).unwrap();
    let shares: Shares = engine.state().accounts()[&PROVIDER].shares;
    engine.apply(&Event::Redeem { account: PROVIDER, shares }).unwrap();
    engine.apply(&Event::Market(market(later + DAY))).unwrap();
    invariants::check(&engine).unwrap();
    assert_eq!(engine.state().pool().supply, Shares::ZERO);
    assert_eq!(engine.state().pool().cash, Cash::ZERO);
    assert!(engine.state().accounts()[&PROVIDER].cash > "50000000".parse().unwrap());
}
