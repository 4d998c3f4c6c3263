//! Funding in the engine: who pays whom, when, and that asking changes nothing.

mod held;

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{
    Engine, Event, Funded, MarginRule, Outcome, Params, ParamsError, Reject, RiskParams,
};
use amm_core::num::{Amount, Cash, Real, Rounding, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::risk::funding::{Funding, FundingParams};
use amm_core::risk::margin::MarginParams;
use amm_core::testing::fixture::{Fixture, units};
use proptest::prelude::*;

use self::held::offered;

const LONG: AccountId = AccountId(50);
const SHORT: AccountId = AccountId(51);
const KEEPER: AccountId = AccountId(60);
const DAY: u64 = 86_400;

fn size(text: &str) -> Size {
    text.parse().unwrap()
}

/// Full scale at ten units.
fn rule() -> FundingParams {
    FundingParams { scale: size("10"), ..FundingParams::default() }
}

fn risk(funding: Option<FundingParams>) -> RiskParams {
    let margin = MarginRule::Margin(MarginParams::dynamic());
    RiskParams { margin, funding, ..RiskParams::default() }
}

struct Run {
    fixture: Fixture,
    engine: Engine,
}

impl Run {
    fn new(funding: Option<FundingParams>) -> Self {
        let params = Params { risk: risk(funding), ..Params::dynamic() };
        let fixture = Fixture { params, ..Fixture::flat() };
        let mut run = Self { engine: fixture.engine(), fixture };
        for (account, cash) in [(LONG, "60000"), (SHORT, "60000"), (KEEPER, "50000000")] {
            let cash = cash.parse().unwrap();
            run.apply(&Event::Deposit { account, cash, base: Size::ZERO });
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

    fn clock(&mut self, later: u64) {
        self.apply(&Event::Clock { now: Timestamp::new(self.now() + later) });
    }

    fn market(&mut self, later: u64, spot: &str) {
        let world = self.fixture.world.moved(spot.parse().unwrap());
        let now = Timestamp::new(self.now() + later);
        let update = world.update(self.engine.state().inventory(), now).unwrap();
        self.apply(&Event::Market(update));
    }

    fn series(&self, chain: usize) -> Series {
        let expiry = self.engine.state().inventory().chains()[chain].expiry;
        Series { expiry, strike: units(65_000), kind: Kind::Call }
    }

    #[track_caller]
    fn trade(&mut self, account: AccountId, chain: usize, side: Side, contracts: &str) {
        let series = self.series(chain);
        let legs = vec![Leg { series, side, size: size(contracts) }];
        self.apply(&Event::Trade(Order { account, legs, limit: None, deadline: None }));
    }

    #[track_caller]
    fn accrue(&mut self, account: AccountId) -> Funded {
        match self.apply(&Event::Accrue { account }) {
            Outcome::Funded(funded) => funded,
            other => panic!("{other:?}"),
        }
    }

    fn owed(&self, account: AccountId) -> Cash {
        self.engine.funding_owed(account).unwrap()
    }

    fn cash(&self, account: AccountId) -> Cash {
        self.engine.state().accounts()[&account].cash
    }

    fn cushion(&self, account: AccountId) -> Cash {
        let (needs, funds) = self.engine.standing(account).unwrap();
        needs.cushion(&funds).unwrap()
    }

    /// Dollar delta of a contract.
    fn weight(&self, series: Series) -> Real {
        let desk = self.engine.desk().unwrap();
        let at = desk.find(series.line()).unwrap();
        let forward = desk.row(at).expiry.forward().get();
        desk.valued(at).value.delta_call.checked_mul(forward).unwrap()
    }
}

/// What a position owes is its dollar delta times what the rate has come to, by the traders' delta.
#[test]
fn the_crowded_side_pays_its_dollar_delta() {
    let mut run = Run::new(Some(rule()));
    run.trade(LONG, 1, Side::Buy, "3");
    run.trade(SHORT, 1, Side::Sell, "1");
    let (series, skew) = (run.series(1), run.engine.tally().hedge_target());
    assert!(skew > Size::ZERO && run.owed(LONG) == Cash::ZERO);
    let weight = run.weight(series);
    run.clock(3_600);
    // By the rule alone, in one step.
    let begun = Funding { skew, ..Funding::new(Timestamp::new(run.now() - 3_600)) };
    let share = begun.after(&rule(), Timestamp::new(run.now())).unwrap().share;
    let each = share.checked_mul(weight).unwrap();
    let of = |contracts: &str| Amount::of(size(contracts), each).unwrap().round(Rounding::Up);
    assert_eq!((run.owed(LONG), run.owed(SHORT)), (of("3"), of("-1")));
    let long = run.accrue(LONG);
    assert_eq!((long.paid, long.owed, run.owed(LONG)), (of("3"), Cash::ZERO, Cash::ZERO));
    let (before, pool) = (run.cash(SHORT), run.engine.state().pool().cash);
    let short = run.accrue(SHORT);
    assert!(short.paid < Cash::ZERO, "{short:?}");
    assert_eq!(run.cash(SHORT), before.checked_sub(short.paid).unwrap());
    assert_eq!(run.engine.state().pool().cash, pool.checked_add(short.paid).unwrap());
    assert!(run.engine.funding_rate().unwrap().unwrap().per_day() > 0);
}

/// A trade changes what is owed by nothing, however large it is.
#[test]
fn a_trade_carries_what_is_owed_along() {
    let mut run = Run::new(Some(rule()));
    run.trade(LONG, 1, Side::Buy, "3");
    run.market(3_600, "1.01");
    let owed = run.owed(LONG);
    assert!(owed > Cash::ZERO);
    run.trade(LONG, 1, Side::Buy, "2");
    run.trade(LONG, 0, Side::Buy, "1");
    run.trade(LONG, 1, Side::Sell, "5");
    assert_eq!(run.owed(LONG), owed);
    run.clock(60);
    run.market(60, "0.99");
    run.trade(LONG, 0, Side::Sell, "1");
    let owed = run.owed(LONG);
    run.market(DAY, "1");
    assert_eq!(run.owed(LONG), owed);
    assert_eq!(run.accrue(LONG).paid, owed);
}

/// Options that have expired owe up to their expiry, whenever that is noticed.
#[test]
fn what_has_expired_owes_no_more() {
    let mut run = Run::new(Some(rule()));
    run.trade(LONG, 0, Side::Buy, "3");
    let expiry = run.series(0).expiry.get();
    let left = expiry - run.now();
    run.clock(left);
    let owed = run.owed(LONG);
    assert!(owed > Cash::ZERO);
    run.clock(5 * 3_600);
    assert_eq!(run.owed(LONG), owed);
    run.market(60, "1");
    run.apply(&Event::Fix { expiry: Timestamp::new(expiry), price: units(1_000) });
    run.apply(&Event::Settle { expiry: Timestamp::new(expiry) });
    assert_eq!(run.owed(LONG), owed);
    assert_eq!(run.accrue(LONG).paid, owed);
    assert_eq!(run.owed(LONG), Cash::ZERO);
}

/// What is owed counts in margin before it is paid, and paying it changes no one's solvency.
#[test]
fn what_is_owed_counts_in_margin() {
    let mut with = Run::new(Some(rule()));
    let mut without = Run::new(None);
    for run in [&mut with, &mut without] {
        run.trade(KEEPER, 1, Side::Buy, "10");
        run.trade(LONG, 1, Side::Buy, "3");
        run.market(2 * DAY, "1");
    }
    let owed = with.owed(LONG);
    let less = without.cushion(LONG).checked_sub(with.cushion(LONG)).unwrap();
    assert_eq!(less, owed);
    let before = with.cushion(LONG);
    with.accrue(LONG);
    assert_eq!(with.cushion(LONG), before);
}

/// An account without cash pays by being taken over: bidders take its debt with the rest of it.
#[test]
fn a_bidder_takes_the_debt_along() {
    let quick = FundingParams {
        velocity: Real::lit("1"),
        proportional: Real::lit("1"),
        limit: Real::lit("1"),
        ..rule()
    };
    let mut run = Run::new(Some(quick));
    run.trade(KEEPER, 1, Side::Buy, "10");
    run.trade(SHORT, 1, Side::Sell, "1");
    run.trade(LONG, 1, Side::Buy, "10");
    let cash = run.cash(LONG);
    // No more cash than covers premiums; funding eats what the options are worth.
    let mut days = 0;
    while run.cushion(LONG) >= Cash::ZERO {
        run.market(DAY / 8, "0.98");
        days += 1;
        assert!(days < 200, "{} of {cash}", run.cushion(LONG));
    }
    let owed = run.accrue(LONG).owed;
    assert!(owed > Cash::ZERO && run.cash(LONG) == Cash::ZERO);
    let before = (run.owed(LONG), run.owed(KEEPER));
    let bid = Event::Liquidate { account: LONG, bidder: KEEPER, wanted: Real::ONE };
    let outcome = run.apply(&bid);
    assert!(matches!(outcome, Outcome::Liquidated(_)), "{outcome:?}");
    let after = (run.owed(LONG), run.owed(KEEPER));
    assert!(after.0 < before.0 && after.1 > before.1, "{before:?} {after:?}");
    let sum = |pair: (Cash, Cash)| pair.0.checked_add(pair.1).unwrap().atoms();
    assert!((sum(after) - sum(before)).abs() <= 2, "{before:?} {after:?}");
}

/// Funding that is switched off stops; what is owed by then stays owed, also under full collateral.
#[test]
fn switched_off_it_stops() {
    let mut run = Run::new(Some(rule()));
    run.trade(LONG, 1, Side::Buy, "3");
    run.market(3_600, "1");
    let owed = run.owed(LONG);
    let off = Params { risk: RiskParams::default(), ..run.fixture.params };
    run.apply(&Event::Configure(Box::new(off)));
    run.clock(DAY);
    assert_eq!(run.owed(LONG), owed);
    assert_eq!(run.engine.funding_rate(), Ok(None));
    let cash = run.cash(LONG);
    let all = Event::Withdraw { account: LONG, cash, base: Size::ZERO };
    assert!(run.offer(&all).is_err(), "left with a debt");
    assert_eq!(run.accrue(LONG).paid, owed);
    let cash = run.cash(LONG);
    run.apply(&Event::Withdraw { account: LONG, cash, base: Size::ZERO });
    // And on again, from nothing.
    run.apply(&Event::Configure(Box::new(run.fixture.params)));
    assert_eq!(run.owed(LONG), Cash::ZERO);
    run.clock(DAY);
    assert!(run.owed(LONG) > Cash::ZERO);
}

#[test]
fn it_asks_for_margin_and_for_damping() {
    let full = RiskParams { funding: Some(rule()), ..RiskParams::default() };
    assert!(matches!(full.check(), Err(ParamsError::Rule { .. })), "{:?}", full.check());
    let pure = FundingParams { proportional: Real::ZERO, surge: Real::ZERO, ..rule() };
    let error = risk(Some(pure)).check();
    assert!(matches!(error, Err(ParamsError::Underdamped { .. })));
    let mut run = Run::new(None);
    assert_eq!(run.offer(&Event::Accrue { account: LONG }), Err(Reject::Nothing));
}

/// Trades, markets and time, with someone asking for funding at the times given on top.
fn life(pokes: &[u64]) -> Vec<(Cash, Cash, Cash)> {
    let mut run = Run::new(Some(rule()));
    let start = run.now();
    let mut pokes = pokes.to_vec();
    pokes.sort_unstable();
    let mut pokes = pokes.into_iter().peekable();
    let steps: [(u64, AccountId, Side, &str, &str); 6] = [
        (0, LONG, Side::Buy, "3", "1"),
        (600, SHORT, Side::Sell, "1.5", "1.01"),
        (7_200, KEEPER, Side::Buy, "7", "1.03"),
        (20_000, LONG, Side::Sell, "1", "0.97"),
        (90_000, SHORT, Side::Buy, "0.5", "0.99"),
        (170_000, KEEPER, Side::Sell, "4", "1.02"),
    ];
    for (at, account, side, contracts, spot) in steps {
        while let Some(poke) = pokes.next_if(|&poke| poke < at) {
            let later = start + poke - run.now();
            run.clock(later);
            for account in [LONG, SHORT, KEEPER] {
                run.accrue(account);
            }
        }
        let later = start + at - run.now();
        run.market(later, spot);
        run.trade(account, 1, side, contracts);
    }
    let later = start + 200_000 - run.now();
    run.clock(later);
    let all = [LONG, SHORT, KEEPER];
    for id in all {
        run.accrue(id);
    }
    let pool = run.engine.state().pool().cash;
    all.map(|id| (run.cash(id), run.owed(id), pool)).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However often anyone asks, everyone pays and gets the same, to the atom.
    #[test]
    fn asking_changes_nothing(pokes in proptest::collection::vec(0_u64..170_000, 0..12)) {
        prop_assert_eq!(life(&pokes), life(&[]));
    }
}
