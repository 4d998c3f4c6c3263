//! Accounts on margin: calls, auctions, and who pays what an account cannot.

mod held;

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{
    Absorbed, Engine, Event, Liquidated, MarginRule, Outcome, Params, Reject, RiskParams, Watchlist,
};
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::risk::breaker::{BreakerParams, State};
use amm_core::risk::liquidation::{Budget, Phase};
use amm_core::risk::margin::MarginParams;
use amm_core::testing::fixture::{Fixture, units};

use self::held::offered;

const SELLER: AccountId = AccountId(50);
const OTHER: AccountId = AccountId(51);
const KEEPER: AccountId = AccountId(60);

fn cash(text: &str) -> Cash {
    text.parse().unwrap()
}

fn real(text: &str) -> Real {
    text.parse().unwrap()
}

/// As much at one time as there is.
fn wide() -> RiskParams {
    let budget = Budget { move_bps: 1_000, ..Budget::default() };
    RiskParams { budget, ..RiskParams::default() }
}

/// An engine on margin, whose market moves.
#[derive(Clone)]
struct Run {
    fixture: Fixture,
    engine: Engine,
    spot: Real,
}

impl Run {
    fn new(risk: RiskParams) -> Self {
        let risk = RiskParams { margin: MarginRule::Margin(MarginParams::dynamic()), ..risk };
        let mut params = Params { risk, ..Params::dynamic() };
        (params.fees.fee_bps, params.fees.insurance_bps) = (real("100"), 10_000);
        let fixture = Fixture { params, ..Fixture::flat() };
        let mut run = Self { engine: fixture.engine(), fixture, spot: Real::ONE };
        for (account, money) in [(SELLER, "100000"), (OTHER, "100000"), (KEEPER, "50000000")] {
            let base = Size::ZERO;
            run.apply(&Event::Deposit { account, cash: cash(money), base });
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

    fn now(&self) -> u64 {
        self.engine.state().now().get()
    }

    fn market(&mut self, later: u64, spot: Real) -> Event {
        self.spot = spot;
        let world = self.fixture.world.moved(spot);
        let now = Timestamp::new(self.now() + later);
        let update = Event::Market(world.update(self.engine.state().inventory(), now).unwrap());
        self.apply(&update);
        update
    }

    fn order(&self, account: AccountId, side: Side, kind: Kind, strike: u32, size: Size) -> Event {
        let expiry = self.engine.state().inventory().chains()[1].expiry;
        let series = Series { expiry, strike: units(strike), kind };
        Event::Trade(Order {
            account,
            legs: vec![Leg { series, side, size }],
            limit: None,
            deadline: None,
        })
    }

    /// Sells calls for as much as the margin allows, to a hundredth.
    fn sell_all(&mut self, account: AccountId) -> Size {
        let mut sold = 0;
        for step in [1_000, 100, 10] {
            let size = Size::from_atoms(step * Size::SCALE / 1_000);
            while self.offer(&self.order(account, Side::Sell, Kind::Call, 65_000, size)).is_ok() {
                sold += step;
            }
        }
        Size::from_atoms(sold * Size::SCALE / 1_000)
    }

    fn cushion(&self, account: AccountId) -> Cash {
        let (needs, funds) = self.engine.standing(account).unwrap();
        needs.cushion(&funds).unwrap()
    }

    fn equity(&self, account: AccountId) -> Cash {
        let (needs, _) = self.engine.standing(account).unwrap();
        self.cushion(account).checked_add(needs.maintenance).unwrap()
    }

    /// Spot rises a per cent at a time until something has come about.
    fn rise_until(&mut self, reached: impl Fn(&Self) -> bool) {
        while !reached(self) {
            self.market(60, self.spot + real("0.01"));
        }
    }

    fn bid(&mut self, account: AccountId, wanted: &str) -> Result<Liquidated, Reject> {
        let event = Event::Liquidate { account, bidder: KEEPER, wanted: real(wanted) };
        match self.offer(&event)? {
            Outcome::Liquidated(done) => Ok(done),
            other => panic!("{other:?}"),
        }
    }

    fn cash(&self, account: AccountId) -> Cash {
        self.engine.state().accounts()[&account].cash
    }
}

/// An account that is called is sold as far as restores its buffer, and no further, at a profit that
/// is what the receipt says.
#[test]
fn a_call_is_answered_by_a_part_of_the_account() {
    let mut run = Run::new(wide());
    let sold = run.sell_all(SELLER);
    assert!(sold > Size::from_atoms(Size::SCALE), "{sold}");
    assert!(matches!(run.bid(SELLER, "1"), Err(Reject::Liquidation(_))));
    run.rise_until(|run| run.cushion(SELLER) < Cash::ZERO);
    assert!(run.equity(SELLER) > Cash::ZERO);
    let (seller, keeper) = (run.equity(SELLER), run.equity(KEEPER));
    let done = run.bid(SELLER, "1").unwrap();
    assert_eq!((done.bid.phase, done.bid.paid), (Phase::Fast, Cash::ZERO));
    assert!(Real::ZERO < done.bid.share && done.bid.share < Real::ONE, "{}", done.bid.share);
    assert!(run.cushion(SELLER) > Cash::ZERO && run.engine.state().watch().auctions.is_empty());
    // What the keeper gains at the mark the seller loses, but for the atoms that options are rounded by.
    let gained = run.equity(KEEPER).checked_sub(keeper).unwrap();
    let lost = seller.checked_sub(run.equity(SELLER)).unwrap();
    let off = |sum: Cash| sum.checked_sub(done.bid.profit).unwrap().atoms().abs();
    assert!(
        off(gained) < 1_000_000 && off(lost) < 1_000_000,
        "{gained} {lost} {}",
        done.bid.profit
    );
    assert!(done.bid.profit.atoms() * 6 < done.bid.worth.atoms(), "{:?}", done.bid);
}

/// A crash past all collateral: whoever takes the account is paid by the fund, then by the providers.
#[test]
fn what_an_account_cannot_pay_is_the_funds_and_then_the_providers() {
    let mut run = Run::new(wide());
    run.sell_all(SELLER);
    let (fund, pool) = (run.engine.state().pool().insurance, run.engine.state().pool().cash);
    assert!(fund > Cash::ZERO);
    run.market(60, real("1.9"));
    assert!(run.equity(SELLER) < fund.checked_neg().unwrap(), "{}", run.equity(SELLER));
    let missing = run.equity(SELLER).checked_neg().unwrap();
    let done = run.bid(SELLER, "1").unwrap();
    assert_eq!(
        (done.bid.phase, done.bid.share, done.bid.paid),
        (Phase::Insolvent, Real::ONE, missing)
    );
    assert_eq!(done.loss.insurance, fund);
    assert_eq!(done.loss.providers, missing.checked_sub(fund).unwrap());
    assert_eq!(run.engine.state().pool().cash, pool.checked_sub(done.loss.providers).unwrap());
    let left = &run.engine.state().accounts()[&SELLER];
    assert!(left.positions.is_empty() && left.cash == Cash::ZERO);
    // A second bid finds nothing.
    assert_eq!(run.bid(SELLER, "1"), Err(Reject::NothingToSell { account: SELLER }));
}

/// Nobody bids: the pool takes the account at its own quote, whether it is solvent or not.
#[test]
fn the_pool_takes_what_nobody_bids_for() {
    for crash in [false, true] {
        let mut run = Run::new(wide());
        run.sell_all(SELLER);
        let base: Size = "0.5".parse().unwrap();
        run.apply(&Event::Deposit { account: SELLER, cash: Cash::ZERO, base });
        match crash {
            true => drop(run.market(60, real("1.9"))),
            false => run.rise_until(|run| run.cushion(SELLER) < Cash::ZERO),
        }
        let take = Event::Absorb { account: SELLER };
        assert_eq!(run.offer(&take), Err(Reject::NotExhausted { account: SELLER }));
        let open = Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ZERO };
        assert_eq!(run.offer(&open), Ok(Outcome::Done));
        assert_eq!(run.offer(&open), Err(Reject::Nothing));
        let spot = run.spot;
        run.market(500, spot);
        assert_eq!(run.offer(&take), Err(Reject::NotExhausted { account: SELLER }));
        run.market(12_200, spot);
        let (fund, hedge) = {
            let pool = run.engine.state().pool();
            (pool.insurance, pool.hedge.position)
        };
        let Outcome::Absorbed(Absorbed { total, base: taken, loss, .. }) = run.apply(&take) else {
            panic!("not taken over");
        };
        assert!(total > Cash::ZERO);
        let left = &run.engine.state().accounts()[&SELLER];
        assert!(left.positions.is_empty());
        assert_eq!(crash, left.cash == Cash::ZERO && left.base == Size::ZERO);
        let held = run.engine.state().pool().hedge.position;
        assert_eq!(held, hedge.checked_add(taken).unwrap());
        assert_eq!(loss.insurance, if crash { fund } else { Cash::ZERO });
        assert_eq!(crash, loss.providers > Cash::ZERO);
    }
}

/// Closing needs no margin; opening, and taking money out, do.
#[test]
fn closing_is_never_refused_for_margin() {
    let mut run = Run::new(wide());
    run.sell_all(SELLER);
    let one = Size::from_atoms(Size::SCALE / 2);
    let out = Event::Withdraw { account: SELLER, cash: cash("1000"), base: Size::ZERO };
    assert!(matches!(run.offer(&out), Err(Reject::Margin(_))));
    run.rise_until(|run| run.cushion(SELLER) < Cash::ZERO);
    let sell = run.order(SELLER, Side::Sell, Kind::Call, 65_000, one);
    assert!(matches!(run.offer(&sell), Err(Reject::Margin(_))));
    let close = run.order(SELLER, Side::Buy, Kind::Call, 65_000, one);
    run.apply(&close);
    // Buying protection is opening, and relieves: it passes only once it covers maintenance.
    let hedge = run.order(SELLER, Side::Buy, Kind::Call, 70_000, Size::from_atoms(1));
    assert_eq!(run.offer(&hedge).is_ok(), run.cushion(SELLER) >= Cash::ZERO);
}

/// An auction ends with the account's own money as well as with a bid.
#[test]
fn a_deposit_ends_the_auction() {
    let mut run = Run::new(wide());
    run.sell_all(SELLER);
    run.rise_until(|run| run.cushion(SELLER) < Cash::ZERO);
    run.apply(&Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ZERO });
    let pay = |amount| Event::Deposit { account: SELLER, cash: cash(amount), base: Size::ZERO };
    run.apply(&pay("1"));
    assert_eq!(run.engine.state().watch().auctions.len(), 1);
    run.apply(&pay("100000"));
    assert_eq!(run.engine.state().watch().auctions.len(), 0);
}

/// An auction ends once the account has its buffer, which a new rule says at once.
#[test]
fn a_rule_without_a_buffer_ends_the_auction() {
    let mut run = Run::new(wide());
    run.sell_all(SELLER);
    run.rise_until(|run| run.cushion(SELLER) < Cash::ZERO);
    run.apply(&Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::ZERO });
    let short = run.cushion(SELLER).checked_neg().unwrap();
    let pay = Event::Deposit { account: SELLER, cash: short, base: Size::ZERO };
    run.apply(&pay);
    let auctions = |run: &Run| run.engine.state().watch().auctions.len();
    assert_eq!((run.cushion(SELLER), auctions(&run)), (Cash::ZERO, 1));
    let mut params = *run.engine.state().params();
    params.risk.auction.buffer_bps = 0;
    run.apply(&Event::Configure(Box::new(params)));
    assert_eq!(auctions(&run), 0);
}

/// Two accounts are called: whoever is liquidated first, both end with the same.
#[test]
fn the_order_of_liquidations_is_nothing() {
    for spot in ["1.12", "1.9"] {
        let mut run = Run::new(wide());
        run.sell_all(SELLER);
        run.sell_all(OTHER);
        run.market(60, real(spot));
        run.rise_until(|run| run.cushion(OTHER) < Cash::ZERO && run.cushion(SELLER) < Cash::ZERO);
        let mut back = run.clone();
        for (run, order) in [(&mut run, [SELLER, OTHER]), (&mut back, [OTHER, SELLER])] {
            for account in order {
                run.bid(account, "1").unwrap();
            }
        }
        let (one, other) = (run.engine.state(), back.engine.state());
        assert_eq!(one.accounts(), other.accounts());
        assert_eq!(one.pool(), other.pool());
    }
}

/// At one time no more goes than the budget lets; later more does.
#[test]
fn the_budget_bounds_what_goes_at_one_time() {
    let budget = Budget { move_bps: 1, least: Size::from_atoms(1) };
    let mut run = Run::new(RiskParams { budget, ..RiskParams::default() });
    run.fixture.world.depth /= 100; // 10⁷: a basis point is 0.017 units
    run.fixture.params.depth_step = real("1000");
    let wide = run.fixture.params;
    run.apply(&Event::Configure(Box::new(wide)));
    run.market(60, Real::ONE);
    run.sell_all(SELLER);
    run.rise_until(|run| run.cushion(SELLER) < Cash::ZERO);
    let mut gone = Size::ZERO;
    let first = run.bid(SELLER, "1").unwrap();
    assert!(!first.bid.ends);
    gone = gone.checked_add(first.units).unwrap();
    assert!(gone <= "0.017".parse().unwrap(), "{gone}");
    match run.bid(SELLER, "1") {
        Err(Reject::Budget { .. }) => {}
        Ok(more) => assert!(more.units <= Size::from_atoms(1), "{more:?}"),
        Err(other) => panic!("{other}"),
    }
    run.apply(&Event::Clock { now: Timestamp::new(run.now() + 1) });
    assert!(run.bid(SELLER, "1").unwrap().units > Size::ZERO);
}

/// Bids for next to nothing take atoms: each is rounded for the account, so that none pays.
#[test]
fn bids_for_dust_do_not_pay() {
    let mut run = Run::new(wide());
    run.sell_all(SELLER);
    let buy = run.order(SELLER, Side::Buy, Kind::Put, 55_000, Size::from_atoms(Size::SCALE / 7));
    let _ = run.offer(&buy);
    run.rise_until(|run| run.cushion(SELLER) < Cash::ZERO);
    for _ in 0..50 {
        let keeper = run.equity(KEEPER);
        let tiny = Event::Liquidate { account: SELLER, bidder: KEEPER, wanted: Real::DELTA };
        run.apply(&tiny);
        assert!(run.equity(KEEPER) <= keeper);
    }
}

/// A keeper's list finds whom a scan of all accounts finds, and asks one in ten of them.
#[test]
fn a_watchlist_asks_those_that_can_have_crossed() {
    let mut run = Run::new(wide());
    let accounts = (1_000..1_200).map(AccountId);
    for (place, account) in accounts.clone().enumerate() {
        let deposit = Event::Deposit { account, cash: cash("100000"), base: Size::ZERO };
        run.apply(&deposit);
        let size = Size::from_atoms((place as i128 + 1) * Size::SCALE / 40);
        run.apply(&run.order(account, Side::Sell, Kind::Call, 65_000, size));
    }
    let scanned = |run: &Run| -> Vec<AccountId> {
        let below = |id: &AccountId| run.cushion(*id) < Cash::ZERO;
        run.engine.state().accounts().keys().copied().filter(below).collect()
    };
    let mut list = Watchlist::default();
    let (mut asked, mut most) = (0, 0);
    assert_eq!(list.called(&run.engine), scanned(&run));
    let all = list.asked();
    assert_eq!(all, 200);
    for step in 1..=60_i32 {
        let spot = Real::ONE + Real::from_num((step % 20) * 12 + step) / 1_000;
        let update = run.market(30, spot);
        list.follow(&update);
        let called = list.called(&run.engine);
        assert_eq!(called, scanned(&run), "{step}");
        most = most.max(called.len());
        asked = list.asked() - all;
    }
    assert!(most > 10 && most < 190, "{most} are called");
    assert!(asked < 60 * all / 10 + 60 * most as u64, "{asked} of {} were asked", 60 * all);
}

/// A stopped pool trades nothing, and liquidates all the same.
#[test]
fn a_halted_pool_liquidates() {
    let breaker = Some(BreakerParams::default());
    let mut run = Run::new(RiskParams { breaker, ..wide() });
    run.sell_all(SELLER);
    run.market(60, real("1.3"));
    assert_eq!(run.engine.state().watch().breaker.state, State::Halted);
    let close = run.order(SELLER, Side::Buy, Kind::Call, 65_000, Size::from_atoms(1));
    assert!(matches!(run.offer(&close), Err(Reject::Breaker(_))));
    run.bid(SELLER, "1").unwrap();
}

/// Nobody liquidates in time: what the expiry leaves unpaid is borne in the same order.
#[test]
fn settlement_has_the_same_waterfall() {
    let mut run = Run::new(wide());
    run.sell_all(SELLER);
    let expiry = run.engine.state().inventory().chains()[1].expiry;
    let first = run.engine.state().inventory().chains()[0].expiry;
    run.market(expiry.get() - run.now(), real("2"));
    for expiry in [first, expiry] {
        let price = Price::new(real("120000")).unwrap();
        run.apply(&Event::Fix { expiry, price });
    }
    let fund = run.engine.state().pool().insurance;
    let Outcome::Settled(settled) = run.apply(&Event::Settle { expiry }) else { panic!() };
    assert!(settled.unpaid > fund);
    assert_eq!(settled.loss.insurance, fund);
    let borne = fund.checked_add(settled.loss.providers).unwrap();
    assert_eq!((borne, settled.loss.claim), (settled.unpaid, Cash::ZERO));
    assert_eq!(run.cash(SELLER), Cash::ZERO);
}

/// Expired options count as what they pay, no more and no less, until they are settled.
#[test]
fn what_has_expired_counts_as_money() {
    let mut run = Run::new(wide());
    run.sell_all(SELLER);
    let expiry = run.engine.state().inventory().chains()[1].expiry;
    run.market(expiry.get() - run.now(), real("1.1")); // 66,000: in the money by 1,000
    let (needs, funds) = run.engine.standing(SELLER).unwrap();
    let account = &run.engine.state().accounts()[&SELLER];
    let short = account.positions.as_slice()[0].1.atoms();
    assert_eq!(needs.maintenance, Cash::ZERO);
    // 1.1 is not a whole number of 2⁻⁶⁴.
    let want = account.cash.atoms() + short * 1_000;
    assert!((want - 1..=want + 1).contains(&funds.cash.atoms()), "{} for {want}", funds.cash);
    let all = Event::Withdraw { account: SELLER, cash: account.cash, base: Size::ZERO };
    assert!(matches!(run.offer(&all), Err(Reject::Margin(_))));
    let rest = Event::Withdraw { account: SELLER, cash: funds.cash, base: Size::ZERO };
    run.apply(&rest);
}

/// From margin to full collateral only where all is backed in full.
#[test]
fn the_rule_changes_only_where_all_is_backed() {
    let mut run = Run::new(wide());
    let full = Params {
        risk: RiskParams { margin: MarginRule::Full, ..run.fixture.params.risk },
        ..run.fixture.params
    };
    let full = Event::Configure(Box::new(full));
    run.sell_all(SELLER);
    assert!(matches!(run.offer(&full), Err(Reject::Collateral(_))));
    let base = "50".parse().unwrap();
    run.apply(&Event::Deposit { account: SELLER, cash: Cash::ZERO, base });
    run.apply(&full);
    assert!(run.engine.margins().is_none());
    assert!(matches!(run.bid(SELLER, "1"), Err(Reject::FullyBacked)));
}
