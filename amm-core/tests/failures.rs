//! Failures of others, each with the reason that it cannot be one here. Numbers are those of the catalogue
//! in research/PEERS.md, section 3; most of its rows are named where their law stands.
//!
//! Row 8, arguments in the wrong order, does not compile: the documentation of [`amm_core::num`] has the
//! example. Rows 13 and 21 are in the tests of shares and in every law's wrong mechanism.

use amm_core::book::{AccountId, Series};
use amm_core::engine::codec::{from_slice, to_vec};
use amm_core::engine::{Digest, Engine, Event, Outcome, Params, Reject};
use amm_core::num::{Amount, Cash, Price, Real, Rounding, Shares, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::testing::history::{self, PROVIDER, START, TRADERS};

const DAY: u64 = 86_400;

fn price(units: u32) -> Price {
    Price::new(Real::from_num(units)).unwrap()
}

fn call(contracts: i128) -> Event {
    history::order(amm_core::book::Side::Buy, 1, 1000, Kind::Call, contracts * Size::SCALE)
}

/// With calls of the first expiry, after it, at another spot.
fn expired(spot: u32) -> Engine {
    let mut engine = history::opened(Params::dynamic());
    engine.apply(&call(5)).unwrap();
    let later = Timestamp::new(START + 2 * DAY);
    let update = history::market(engine.state(), later, price(spot));
    engine.apply(&Event::Market(update)).unwrap();
    engine
}

/// Row 10: a late settlement used a later price. Here its price is said once, of the expiry, and the market
/// that has gone on since is nothing to it.
#[test]
fn a_late_settlement_is_the_same() {
    let expiry = history::expiry(1);
    let settled = |spot: u32| {
        let mut engine = expired(spot);
        let before = engine.state().accounts()[&TRADERS[0]].cash;
        engine.apply(&Event::Fix { expiry, price: price(1030) }).unwrap();
        let later = Event::Fix { expiry, price: price(spot) };
        assert!(matches!(engine.apply(&later), Err(Reject::Fixed { .. })));
        engine.apply(&Event::Settle { expiry }).unwrap();
        engine.state().accounts()[&TRADERS[0]].cash.checked_sub(before).unwrap()
    };
    assert_eq!(settled(1030), "150".parse().unwrap());
    assert_eq!(settled(900), settled(1030));
    assert_eq!(settled(1500), settled(1030));
}

/// Row 15: settling did not reduce liabilities until the next feed. Here what the pool is worth is counted
/// from its positions whenever it is asked, and settling at a price that is known changes it by no more
/// than the atoms it is rounded by.
#[test]
fn settling_changes_no_worth() {
    let expiry = history::expiry(1);
    let mut engine = expired(1010);
    engine.apply(&Event::Fix { expiry, price: price(1030) }).unwrap();
    let (before, receipt) =
        (engine.nav().unwrap(), engine.apply(&Event::Settle { expiry }).unwrap());
    assert!(matches!(receipt.outcome, Outcome::Settled(_)));
    let after = engine.nav().unwrap();
    for (before, after) in [(before.low, after.low), (before.high, after.high)] {
        let moved = after.checked_sub(before).unwrap().atoms();
        assert!((0..=4).contains(&moved), "{before} {after}");
    }
    let counted = Engine::restore(&engine.snapshot()).unwrap();
    assert_eq!(counted.nav(), engine.nav());
}

/// Row 34: positions were committed to by an exclusive or of their parts, which cancel. Here the digest is
/// SHA-256 of all of them in order, and bytes that repeat one or turn two round are no account.
#[test]
fn positions_are_committed_whole() {
    let series = |strike, kind| Series { expiry: history::expiry(7), strike: price(strike), kind };
    let mut digests = std::collections::BTreeSet::new();
    let engine = history::opened(Params::dynamic());
    let account = engine.state().accounts()[&TRADERS[0]].clone();
    let all = [(950, Kind::Call), (950, Kind::Put), (1000, Kind::Call), (1000, Kind::Put)];
    // Every way of giving four series none, one or two contracts.
    for way in 0..81_u32 {
        let mut account = account.clone();
        for (place, (strike, kind)) in all.into_iter().enumerate() {
            let contracts = i128::from(way / 3_u32.pow(place as u32) % 3);
            let size = Size::from_atoms(contracts * Size::SCALE);
            account.positions.set(series(strike, kind), size).unwrap();
        }
        assert!(digests.insert(Digest::of(&account)));
    }
    let twice = vec![(series(950, Kind::Put), Size::from_atoms(1)); 2];
    let turned = vec![(series(1000, Kind::Call), Size::from_atoms(1)), twice[0]];
    for forged in [twice, turned] {
        let bytes = to_vec(&forged);
        let read = from_slice::<amm_core::book::Positions>(&bytes);
        assert!(read.unwrap_err().to_string().contains("does not come after"));
    }
}

/// Row 36, M-15: liquidity that came for one trade took its commission. Here it comes at the high worth and
/// goes at the low one, with all that the trade was charged for risk still held against that risk: around a
/// trade of any size, in no time, it gains nothing.
#[test]
fn liquidity_for_one_trade_gains_nothing() {
    const GUEST: AccountId = AccountId(77);
    for contracts in [-3, 1, 5, 50, 500] {
        let mut engine = history::opened(Params::dynamic());
        let (now, cash) = (engine.state().now(), "900000000".parse().unwrap());
        engine.apply(&Event::Deposit { account: GUEST, cash, base: Size::ZERO }).unwrap();
        engine.apply(&Event::Provide { account: GUEST, cash }).unwrap();
        let update = || Event::Market(history::market(engine.state(), now, price(1000)));
        let update = update();
        engine.apply(&update).unwrap();
        let side =
            if contracts < 0 { amm_core::book::Side::Sell } else { amm_core::book::Side::Buy };
        let atoms = i128::abs(contracts) * Size::SCALE;
        engine.apply(&history::order(side, 30, 1000, Kind::Call, atoms)).unwrap();
        let shares = engine.state().accounts()[&GUEST].shares;
        assert!(shares > Shares::ZERO);
        engine.apply(&Event::Redeem { account: GUEST, shares }).unwrap();
        engine.apply(&update).unwrap();
        let left = &engine.state().accounts()[&GUEST];
        assert_eq!(left.shares, Shares::ZERO);
        assert!(left.cash <= cash, "{} of {cash} around {contracts}", left.cash);
        // It was there: a tenth of a per cent would show.
        let most = Amount::of(Size::from_atoms(cash.atoms()), Real::lit("0.001")).unwrap();
        let lost = cash.checked_sub(left.cash).unwrap();
        assert!(lost < most.round(Rounding::Down) && lost >= Cash::ZERO, "{lost}");
        assert!(engine.state().accounts()[&PROVIDER].shares > Shares::ZERO);
    }
}
