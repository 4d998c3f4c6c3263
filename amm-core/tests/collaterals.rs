//! Several collaterals: in and out, as margin counts them, and who has them in the end.

mod held;

use amm_core::book::{AccountId, HoldingError, Holdings, Leg, Order, Series, Side};
use amm_core::engine::{
    Engine, Event, MarginRule, Outcome, Params, ParamsError, Reject, RiskParams,
};
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::risk::liquidation::Budget;
use amm_core::risk::margin::{AssetError, AssetList, MarginParams, Seized};
use amm_core::testing::assets as laws;
use amm_core::testing::fixture::{Fixture, assets, units};

use self::held::offered;

const SELLER: AccountId = AccountId(50);
const OTHER: AccountId = AccountId(51);
const KEEPER: AccountId = AccountId(60);

fn cash(text: &str) -> Cash {
    text.parse().unwrap()
}

fn size(text: &str) -> Size {
    text.parse().unwrap()
}

fn real(text: &str) -> Real {
    text.parse().unwrap()
}

/// An engine with two assets, 30,000 and 20,000 a unit, whose market moves.
#[derive(Clone)]
struct Run {
    fixture: Fixture,
    engine: Engine,
    spot: Real,
}

impl Run {
    fn new() -> Self {
        let margin = MarginRule::Margin(MarginParams::dynamic());
        let budget = Budget { move_bps: 1_000, ..Budget::default() };
        let risk = RiskParams { margin, assets: assets(), budget, ..RiskParams::default() };
        let mut params = Params { risk, ..Params::dynamic() };
        (params.fees.fee_bps, params.fees.insurance_bps) = (real("100"), 10_000);
        let fixture = Fixture { params, ..Fixture::flat() };
        let mut run = Self { engine: fixture.engine(), fixture, spot: Real::ONE };
        for (account, money) in [(SELLER, "1000"), (OTHER, "1000"), (KEEPER, "50000000")] {
            run.apply(&Event::Deposit { account, cash: cash(money), base: Size::ZERO });
        }
        run
    }

    fn offer(&mut self, event: &Event) -> Result<Outcome, Reject> {
        offered(&mut self.engine, event)
    }

    #[track_caller]
    fn apply(&mut self, event: &Event) -> Outcome {
        self.offer(event).unwrap()
    }

    fn pledge(&mut self, account: AccountId, asset: u8, units: &str) {
        self.apply(&Event::Pledge { account, asset, units: size(units) });
    }

    fn release(&mut self, account: AccountId, asset: u8, units: &str) -> Result<Outcome, Reject> {
        self.offer(&Event::Release { account, asset, units: size(units) })
    }

    fn now(&self) -> u64 {
        self.engine.state().now().get()
    }

    /// Spot goes to so much of what it was at first; prices of assets come with it, or not.
    fn market(&mut self, later: u64, spot: Real, priced: bool) {
        self.spot = spot;
        let world = self.fixture.world.moved(spot);
        let now = Timestamp::new(self.now() + later);
        let mut update = world.update(self.engine.state().inventory(), now).unwrap();
        if priced {
            update.assets = self.fixture.world.assets(2, now);
        }
        self.apply(&Event::Market(update));
    }

    fn order(&self, account: AccountId, side: Side, strike: u32, size: Size) -> Event {
        let expiry = self.engine.state().inventory().chains()[1].expiry;
        let series = Series { expiry, strike: units(strike), kind: Kind::Call };
        let legs = vec![Leg { series, side, size }];
        Event::Trade(Order { account, legs, limit: None, deadline: None })
    }

    /// Sells calls for as much as the margin allows, to a hundredth, and takes the money out.
    fn sell_all(&mut self, account: AccountId) {
        for step in [10_000, 1_000, 100, 10] {
            let size = Size::from_atoms(step * Size::SCALE / 1_000);
            while self.offer(&self.order(account, Side::Sell, 65_000, size)).is_ok() {}
        }
        let (need, funds) = self.engine.standing(account).unwrap();
        let held = self.engine.assets().unwrap().opening(&self.held(account)).unwrap();
        assert!(need.initial > Cash::ZERO && held.initial == funds.backing.initial);
    }

    fn held(&self, account: AccountId) -> Holdings {
        self.engine.state().accounts()[&account].assets
    }

    fn cushion(&self, account: AccountId) -> Cash {
        let (needs, funds) = self.engine.standing(account).unwrap();
        needs.cushion(&funds).unwrap()
    }

    fn equity(&self, account: AccountId) -> Cash {
        let (needs, _) = self.engine.standing(account).unwrap();
        self.cushion(account).checked_add(needs.maintenance).unwrap()
    }
}

/// Assets alone back what is sold, and only as far as it needs them are they held.
#[test]
fn assets_back_options_and_come_out_as_far_as_they_do_not() {
    let mut run = Run::new();
    let eight = run.order(SELLER, Side::Sell, 65_000, size("8"));
    assert!(matches!(run.offer(&eight), Err(Reject::Margin(_))));
    run.pledge(SELLER, 0, "10");
    run.pledge(SELLER, 1, "1");
    run.apply(&eight);
    let all = run.release(SELLER, 0, "10");
    assert!(matches!(all, Err(Reject::Margin(_))), "{all:?}");
    // Unit by unit until what is left is just enough.
    let mut left = 10;
    while run.release(SELLER, 0, "1").is_ok() {
        left -= 1;
        laws::what_is_left_is_enough(&run.engine, SELLER).unwrap();
    }
    assert!((1..10).contains(&left), "{left}");
    let held = size(&left.to_string());
    let more = Event::Release { account: SELLER, asset: 0, units: size("10") };
    let short = HoldingError::Short { asset: 0, held, needed: size("10") };
    assert_eq!(run.offer(&more), Err(Reject::Holding(short)));
    // Money that the assets stand for is not there to be taken out.
    let money = run.engine.state().accounts()[&SELLER].cash;
    let beyond = money.checked_add(Cash::from_atoms(1)).unwrap();
    let out = |cash| Event::Withdraw { account: SELLER, cash, base: Size::ZERO };
    assert!(matches!(run.offer(&out(beyond)), Err(Reject::Cash { .. })));
}

/// Nothing is opened or taken out on an old price; without need of the asset, or closing, all is.
#[test]
fn an_old_price_stops_what_leans_on_it() {
    let mut run = Run::new();
    run.pledge(SELLER, 0, "10");
    let one = run.order(SELLER, Side::Sell, 65_000, size("1"));
    run.apply(&one);
    run.market(61, Real::ONE, false);
    let stale = |answer: Result<Outcome, Reject>| {
        assert!(matches!(answer, Err(Reject::Asset(AssetError::Stale { asset: 0, age: 61, .. }))));
    };
    stale(run.offer(&one));
    stale(run.release(SELLER, 0, "0.1"));
    let little = Event::Withdraw { account: SELLER, cash: cash("1"), base: Size::ZERO };
    stale(run.offer(&little));
    run.apply(&run.order(SELLER, Side::Buy, 65_000, size("0.5")));
    // Another's asset without a price does not matter to who needs none of it.
    run.pledge(KEEPER, 0, "1");
    run.apply(&run.order(KEEPER, Side::Sell, 65_000, size("1")));
    run.release(KEEPER, 0, "1").unwrap();
    // It comes back.
    run.market(1, Real::ONE, true);
    run.release(SELLER, 0, "0.1").unwrap();
}

/// What stands counts an old price for ever less: by time alone an account may come to be called.
#[test]
fn a_price_that_grows_old_calls_the_account() {
    let mut run = Run::new();
    run.pledge(SELLER, 0, "10");
    run.sell_all(SELLER);
    assert!(run.cushion(SELLER) > Cash::ZERO);
    run.market(3_000, Real::ONE, false);
    let (_, funds) = run.engine.standing(SELLER).unwrap();
    assert!(run.cushion(SELLER) < Cash::ZERO && funds.backing.maintenance > Cash::ZERO);
    run.apply(&Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ZERO });
    assert_eq!(run.engine.state().watch().auctions.len(), 1);
    run.market(1, Real::ONE, true);
    assert!(run.engine.state().watch().auctions.is_empty() && run.cushion(SELLER) > Cash::ZERO);
    run.market(3_600, Real::ONE, false);
    assert_eq!(run.engine.standing(SELLER).unwrap().1.backing.maintenance, Cash::ZERO);
}

/// The later of two prices stands, whichever comes first.
#[test]
fn an_earlier_price_says_nothing_new() {
    let mut run = Run::new();
    run.market(10, Real::ONE, true);
    let known = run.engine.state().market().unwrap().assets.clone();
    let mut late = run.engine.state().market().unwrap().clone();
    let mut feed = late.assets[0].unwrap();
    feed.at = Timestamp::new(feed.at.get() - 5);
    feed.price = units(1);
    (late.now, late.assets) = (Timestamp::new(run.now() + 1), vec![Some(feed)]);
    run.apply(&Event::Market(late.clone()));
    assert_eq!(run.engine.state().market().unwrap().assets, known);
    feed.at = late.now;
    late.assets = vec![None, Some(feed)];
    run.apply(&Event::Market(late.clone()));
    assert_eq!(run.engine.state().market().unwrap().assets, [known[0], Some(feed)]);
    feed.at = Timestamp::new(late.now.get() + 1);
    late.assets = vec![Some(feed)];
    let what = "price of an asset";
    let early = Reject::FromTheFuture { what, now: late.now, got: feed.at };
    assert_eq!(run.offer(&Event::Market(late.clone())), Err(early));
    late.assets = vec![None; 3];
    let unknown = HoldingError::Unknown { asset: 2, assets: 2 };
    assert_eq!(run.offer(&Event::Market(late.clone())), Err(Reject::Holding(unknown)));
    late.assets.clear();
    late.pledged = real("1.01");
    assert!(matches!(run.offer(&Event::Market(late.clone())), Err(Reject::OutOfRange(_))));
}

/// Collateral that is pledged elsewhere widens the scan range.
#[test]
fn pledges_elsewhere_raise_margin() {
    let mut run = Run::new();
    run.pledge(SELLER, 0, "10");
    run.apply(&run.order(SELLER, Side::Sell, 65_000, size("1")));
    let mut update = run.engine.state().market().unwrap().clone();
    // Above its floor.
    update.feeds.iter_mut().for_each(|feed| {
        feed.slice = amm_core::surface::Slice::Flat("0.9".parse().unwrap());
    });
    run.apply(&Event::Market(update.clone()));
    let calm = run.engine.standing(SELLER).unwrap().0.initial;
    update.pledged = Real::ONE;
    run.apply(&Event::Market(update.clone()));
    assert_eq!(run.engine.state().watch().conditions.unwrap().pledged, Real::ONE);
    let pledged = run.engine.standing(SELLER).unwrap().0.initial;
    assert!(pledged > calm, "{pledged} after {calm}");
    // And so does a quote currency below its peg.
    (update.pledged, update.peg) = (Real::ZERO, real("0.9"));
    run.apply(&Event::Market(update));
    let depegged = run.engine.standing(SELLER).unwrap().0.initial;
    assert!(depegged > calm, "{depegged} after {calm}");
}

/// Units of one lower what another's stand for, where everyone's count.
#[test]
fn what_everyone_holds_counts() {
    let mut run = Run::new();
    for asset in [0, 1] {
        run.pledge(SELLER, asset, "10");
    }
    let backing = |run: &Run| run.engine.standing(SELLER).unwrap().1.backing;
    let before = backing(&run);
    run.pledge(OTHER, 1, "500000"); // counts by holder
    assert_eq!(backing(&run), before);
    run.pledge(OTHER, 0, "500000");
    // ½·0.5·500000/1000000 of 10 units at 30,000, and a little.
    let lost = before.maintenance.checked_sub(backing(&run).maintenance).unwrap();
    assert!(cash("37000") < lost && lost < cash("38000"), "{lost}");
    run.release(OTHER, 0, "500000").unwrap();
    assert_eq!(backing(&run), before);
}

/// A bidder gets the same share of the assets as of all else, to the atom below.
#[test]
fn a_bidder_takes_assets_too() {
    let mut run = Run::new();
    run.pledge(SELLER, 0, "10");
    run.pledge(SELLER, 1, "3");
    run.sell_all(SELLER);
    while run.cushion(SELLER) >= Cash::ZERO {
        let spot = run.spot + real("0.01");
        run.market(60, spot, true);
    }
    let (held, seller) = (run.held(SELLER), run.equity(SELLER));
    assert!(seller > Cash::ZERO);
    let bid = Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ONE };
    let Outcome::Liquidated(done) = run.apply(&bid) else { panic!() };
    assert!(Real::ZERO < done.bid.share && done.bid.share < Real::ONE);
    for asset in [0, 1] {
        let part = |units: Size| (units.atoms() * (done.bid.share.to_bits() >> 32)) >> 32;
        let got = run.held(KEEPER).get(asset).atoms();
        let off = got - part(held.get(asset));
        assert!((0..=10).contains(&off), "asset {asset}: {got}, {off} off");
    }
    assert_eq!(run.held(KEEPER).plus(&run.held(SELLER)), Ok(held));
    assert!(run.cushion(SELLER) > Cash::ZERO);
    // What the seller loses at its marks is the bidder's profit, less what a smaller holding gains where
    // the haircut widens with it.
    let lost = seller.checked_sub(run.equity(SELLER)).unwrap();
    let less = done.bid.profit.checked_sub(lost).unwrap();
    assert!((-1_000_000..20_000_000).contains(&less.atoms()), "{less} less lost than gained");
}

/// Whoever takes an insolvent account gets all its assets; only what is missing then is the fund's.
#[test]
fn assets_pay_before_the_fund() {
    let mut run = Run::new();
    run.pledge(SELLER, 0, "10");
    run.sell_all(SELLER);
    run.market(60, real("1.9"), true);
    let missing = run.equity(SELLER).checked_neg().unwrap();
    assert!(missing > Cash::ZERO);
    let bid = Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ONE };
    let Outcome::Liquidated(done) = run.apply(&bid) else { panic!() };
    assert_eq!((done.bid.share, done.bid.paid), (Real::ONE, missing));
    assert!(run.held(SELLER).is_empty() && run.held(KEEPER).get(0) == size("10"));
}

/// Nobody bids: the pool seizes assets for what is missing, and sells them elsewhere.
#[test]
fn the_pool_takes_assets_and_sells_them() {
    for crash in [false, true] {
        let mut run = Run::new();
        run.pledge(SELLER, 0, "10");
        run.pledge(SELLER, 1, "1");
        run.sell_all(SELLER);
        let money = run.engine.state().accounts()[&SELLER].cash;
        run.market(60, if crash { real("1.9") } else { real("1.09") }, true);
        assert!(run.cushion(SELLER) < Cash::ZERO);
        assert_eq!(crash, run.equity(SELLER) < Cash::ZERO);
        run.apply(&Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ZERO });
        let spot = run.spot;
        run.market(13_000, spot, true);
        let (held, fund) = (run.held(SELLER), run.engine.state().pool().insurance);
        let stands = run.engine.assets().unwrap().standing(&held).unwrap().maintenance;
        let before = run.engine.nav().unwrap();
        let Outcome::Absorbed(done) = run.apply(&Event::Absorb { account: SELLER }) else {
            panic!()
        };
        let pool = run.engine.state().pool();
        assert_eq!(pool.seized, done.seized.units);
        assert_eq!(held.less(&run.held(SELLER)), Ok(done.seized.units));
        let missing = done.total.checked_sub(money).unwrap();
        if crash {
            assert!(run.held(SELLER).is_empty());
            assert_eq!(done.seized, Seized { units: held, worth: stands });
            assert_eq!(done.loss.insurance, fund);
            let borne = fund.checked_add(done.loss.providers).unwrap();
            assert_eq!(borne, missing.checked_sub(stands).unwrap());
        } else {
            assert_eq!(done.seized.worth, missing);
            assert_eq!((done.loss.insurance, done.loss.providers), (Cash::ZERO, Cash::ZERO));
            assert!(!run.held(SELLER).is_empty() && !done.seized.units.is_empty());
            // Its providers lose nothing by it.
            assert!(run.engine.nav().unwrap().low >= before.low);
        }
        sold(&mut run);
    }
}

/// What was seized is sold in two parts: money comes in as units go out, and no more than there are.
fn sold(run: &mut Run) {
    let (seized, money) = {
        let pool = run.engine.state().pool();
        (pool.seized, pool.cash)
    };
    let low = run.engine.nav().unwrap().low;
    let stands = run.engine.assets().unwrap().standing(&seized).unwrap().maintenance;
    let all = seized.get(0);
    let half = Size::from_atoms(all.atoms() / 2);
    let sell = |units, cash| Event::Dispose { asset: 0, units, cash };
    run.apply(&sell(half, cash("1000")));
    assert_eq!(run.engine.state().pool().cash, money.checked_add(cash("1000")).unwrap());
    let held = run.engine.state().pool().seized.get(0);
    let short = Err(Reject::Holding(HoldingError::Short { asset: 0, held, needed: all }));
    assert_eq!(run.offer(&sell(all, cash("5"))), short);
    assert!(matches!(run.offer(&sell(half, cash("-1"))), Err(Reject::Negative { .. })));
    assert_eq!(run.offer(&sell(Size::ZERO, cash("1"))), Err(Reject::Nothing));
    // An asset that is held is not left out of the parameters.
    let none = RiskParams { assets: AssetList::default(), ..run.fixture.params.risk };
    let none = Event::Configure(Box::new(Params { risk: none, ..run.fixture.params }));
    assert!(matches!(run.offer(&none), Err(Reject::AssetHeld { asset: 0, .. })));
    // Sold for what they stand for, or a little more, they leave the worth for providers as it was.
    let rest = run.engine.state().pool().seized;
    run.apply(&sell(rest.get(0), stands));
    let second = Event::Dispose { asset: 1, units: rest.get(1), cash: Cash::ZERO };
    run.apply(&second);
    assert!(run.engine.state().pool().seized.is_empty());
    let gain = run.engine.nav().unwrap().low.checked_sub(low).unwrap();
    assert!((gain.atoms() - cash("1000").atoms()).abs() < 10, "{gain}");
}

/// Settlement takes assets for what cash and underlying do not reach for; the fund pays the rest.
#[test]
fn settlement_takes_assets() {
    for (price, all) in [("75000", false), ("120000", true)] {
        let mut run = Run::new();
        run.pledge(SELLER, 0, "10");
        run.sell_all(SELLER);
        let expiry = run.engine.state().inventory().chains()[1].expiry;
        let later = expiry.get() - run.now();
        run.market(later, real("1.2"), true);
        run.apply(&Event::Fix { expiry, price: price.parse::<Price>().unwrap() });
        let account = run.engine.state().accounts()[&SELLER].clone();
        let fund = run.engine.state().pool().insurance;
        let owes = account.positions.as_slice()[0].1.atoms().unsigned_abs();
        let per = (price.parse::<Real>().unwrap() - real("65000")).to_num::<u128>();
        let missing = Cash::from_atoms((owes * per) as i128 - account.cash.atoms());
        let stands = run.engine.assets().unwrap().standing(&account.assets).unwrap().maintenance;
        let Outcome::Settled(done) = run.apply(&Event::Settle { expiry }) else { panic!() };
        assert_eq!(done.seized.worth, stands.min(missing));
        assert_eq!(run.held(SELLER), account.assets.less(&done.seized.units).unwrap());
        assert_eq!(all, run.held(SELLER).is_empty());
        let unpaid = missing.checked_sub(done.seized.worth).unwrap();
        assert_eq!((done.unpaid, done.loss.insurance), (unpaid, fund.min(unpaid)));
        assert_eq!(run.engine.state().accounts()[&SELLER].cash, Cash::ZERO);
        assert_eq!(run.engine.state().pool().seized, done.seized.units);
    }
}

/// Providers who leave are paid as if seized assets were worth what margin counts; those who come pay
/// for them at their price.
#[test]
fn worth_counts_what_was_seized() {
    let mut run = Run::new();
    run.pledge(SELLER, 0, "10");
    run.sell_all(SELLER);
    run.market(60, real("1.9"), true);
    run.apply(&Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ZERO });
    run.market(13_000, real("1.9"), true);
    run.apply(&Event::Absorb { account: SELLER });
    let gap = |run: &Run| {
        let nav = run.engine.nav().unwrap();
        nav.high.checked_sub(nav.low).unwrap()
    };
    let seized = run.engine.state().pool().seized;
    let assets = run.engine.assets().unwrap();
    let [least, most] =
        [assets.standing(&seized).unwrap().maintenance, assets.at_price(&seized).unwrap()];
    assert_eq!(most, cash("300000"));
    let with = gap(&run);
    run.apply(&Event::Dispose { asset: 0, units: size("10"), cash: least });
    let haircut = with.checked_sub(gap(&run)).unwrap();
    assert_eq!(haircut, most.checked_sub(least).unwrap());
    // And the queue turns with them there.
    let account = KEEPER;
    run.apply(&Event::Provide { account, cash: cash("100") });
    let spot = run.spot;
    run.market(10, spot, true);
}

/// Assets and full collateral do not go together.
#[test]
fn full_collateral_has_no_assets() {
    let risk = RiskParams { assets: assets(), ..RiskParams::default() };
    let params = Params { risk, ..Params::dynamic() };
    assert_eq!(params.check(), Err(ParamsError::Assets { assets: 2 }));
    let mut engine = Fixture::flat().engine();
    let pledge = Event::Pledge { account: SELLER, asset: 0, units: size("1") };
    let unknown = HoldingError::Unknown { asset: 0, assets: 0 };
    assert_eq!(engine.apply(&pledge), Err(Reject::Holding(unknown)));
}
