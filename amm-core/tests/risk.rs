//! What reacts when the market turns: the breaker, the limits, the gates, the stress.

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{
    Engine, Event, MarketUpdate, Outcome, Params, Receipt, Reject, RiskParams, Traded, invariants,
};
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::risk::breaker::{BreakerParams, GateParams, LimitError, Limits, State, Trigger};
use amm_core::signals::{Cause, PredictorParams};
use amm_core::testing::fixture::{Fixture, units};

/// A trader of the fixture, who is not the provider.
fn trader(engine: &Engine) -> AccountId {
    *engine.state().accounts().keys().nth(1).unwrap()
}

fn leg(engine: &Engine, chain: usize, strike: u32, side: Side, size: &str) -> Leg {
    let expiry = engine.state().inventory().chains()[chain].expiry;
    let series = Series { expiry, strike: units(strike), kind: Kind::Call };
    Leg { series, side, size: size.parse().unwrap() }
}

fn trade(engine: &mut Engine, legs: &[(usize, u32, Side, &str)]) -> Result<Receipt, Reject> {
    offer(engine, legs, None)
}

/// An order that takes any price: a bid, where there is an auction.
fn bid(engine: &mut Engine, legs: &[(usize, u32, Side, &str)]) -> Result<Traded, Reject> {
    match offer(engine, legs, Some(Cash::MAX))?.outcome {
        Outcome::Traded(traded) => Ok(traded),
        other => panic!("{other:?}"),
    }
}

fn offer(
    engine: &mut Engine,
    legs: &[(usize, u32, Side, &str)],
    limit: Option<Cash>,
) -> Result<Receipt, Reject> {
    let legs =
        legs.iter().map(|&(chain, strike, side, size)| leg(engine, chain, strike, side, size));
    let (account, legs) = (trader(engine), legs.collect());
    engine.apply(&Event::Trade(Order { account, legs, limit, deadline: None }))
}

/// Discounts that leave room for a charge raised by half.
fn params(risk: RiskParams) -> Params {
    let mut params = Params { risk, ..Params::dynamic() };
    params.gain.min = Real::lit("-0.03");
    params
}

/// A fixture's market later, with spot and volatility times something.
struct Run {
    fixture: Fixture,
    engine: Engine,
    seconds: u64,
}

impl Run {
    fn new(risk: RiskParams) -> Self {
        let fixture = Fixture { params: params(risk), ..Fixture::flat() };
        let mut run = Self { engine: fixture.engine(), fixture, seconds: 0 };
        run.market(0, "1", "1");
        run
    }

    #[track_caller]
    fn apply(&mut self, event: &Event) -> Receipt {
        let receipt = self.engine.apply(event).unwrap();
        invariants::check(&self.engine).unwrap();
        let again = Engine::restore(&self.engine.snapshot()).unwrap();
        assert_eq!(again.digest(), self.engine.digest());
        assert_eq!(again.desk().map(|desk| desk.fees), self.engine.desk().map(|desk| desk.fees));
        receipt
    }

    /// So many seconds later.
    #[track_caller]
    fn market(&mut self, later: u64, spot: &str, vol: &str) -> Receipt {
        let [spot, vol] = [spot, vol].map(|text| text.parse::<Real>().unwrap());
        let mut world = self.fixture.world.moved(spot);
        world.vol *= vol;
        self.seconds += later;
        let now = Timestamp::new(self.engine.state().now().get() + later);
        let update = world.update(self.engine.state().inventory(), now).unwrap();
        self.apply(&Event::Market(update))
    }

    /// The next update, at once, with something else in it.
    fn seen(&self, change: impl Fn(&mut MarketUpdate)) -> Event {
        let state = self.engine.state();
        let mut update = self.fixture.world.update(state.inventory(), state.now()).unwrap();
        change(&mut update);
        Event::Market(update)
    }

    fn clock(&mut self, later: u64) {
        let now = Timestamp::new(self.engine.state().now().get() + later);
        self.apply(&Event::Clock { now });
    }

    fn state(&self) -> State {
        self.engine.state().watch().breaker.state
    }

    fn half_spread(&self) -> Real {
        self.engine.desk().unwrap().fees.half_spread_vol
    }
}

fn stopping() -> RiskParams {
    RiskParams { breaker: Some(BreakerParams::default()), ..RiskParams::default() }
}

/// 65 % is 0.2 % in five minutes: a fall of 2 % is ten deviations and stops the pool; then it comes
/// back step by step, each after its dwell.
#[test]
fn a_crash_stops_the_pool_and_time_brings_it_back() {
    let mut run = Run::new(stopping());
    let calm = run.half_spread();
    trade(&mut run.engine, &[(0, 60_000, Side::Buy, "5")]).unwrap();
    run.market(60, "0.98", "1");
    assert_eq!(run.state(), State::Halted);
    let signals = run.engine.risk_signals().unwrap();
    assert_eq!(signals.reasons[0].trigger, Trigger::SpotMove);
    assert_eq!(run.half_spread(), calm * 2);
    let error = trade(&mut run.engine, &[(0, 60_000, Side::Sell, "5")]).unwrap_err();
    assert!(matches!(error, Reject::Breaker(refused) if refused.state == State::Halted), "{error}");
    run.market(600, "0.98", "1"); // a new anchor
    run.market(1_200, "0.98", "1");
    assert_eq!(run.state(), State::Reopening);
    // Back in positions, not into new ones.
    let error = trade(&mut run.engine, &[(0, 60_000, Side::Buy, "1")]).unwrap_err();
    assert!(matches!(error, Reject::Breaker(_)), "{error}");
    trade(&mut run.engine, &[(0, 60_000, Side::Sell, "5")]).unwrap();
    run.market(600, "0.98", "1");
    assert_eq!((run.state(), run.half_spread()), (State::Normal, calm));
    trade(&mut run.engine, &[(0, 60_000, Side::Buy, "1")]).unwrap();
}

/// Volatility up by 30 % widens; at 60 % only what closes passes.
#[test]
fn jumps_of_volatility_widen_and_then_close() {
    let mut run = Run::new(stopping());
    let calm = run.half_spread();
    let cost = |run: &mut Run| match trade(&mut run.engine, &[(1, 60_000, Side::Buy, "1")]) {
        Ok(Receipt { outcome: Outcome::Traded(traded), .. }) => Ok(traded.parts.spread),
        other => Err(other.unwrap_err()),
    };
    let narrow = cost(&mut run).unwrap();
    run.market(10, "1", "1.3");
    assert_eq!((run.state(), run.half_spread()), (State::Widened, calm * 2));
    let wide = cost(&mut run).unwrap();
    assert!(
        wide > narrow.checked_add(narrow).unwrap().checked_sub(wide).unwrap(),
        "{wide} {narrow}"
    );
    run.market(10, "1", "1.6");
    assert_eq!(run.state(), State::ReduceOnly);
    assert!(matches!(cost(&mut run), Err(Reject::Breaker(_))));
    trade(&mut run.engine, &[(1, 60_000, Side::Sell, "2")]).unwrap();
}

/// Inputs that nobody renews stop the pool by the clock alone.
#[test]
fn stale_inputs_stop_the_pool() {
    let mut run = Run::new(stopping());
    for (later, state) in [(59, State::Normal), (1, State::Widened), (3_540, State::Halted)] {
        run.clock(later);
        assert_eq!(run.state(), state);
    }
}

#[test]
fn limits_hold_for_series_and_expiries_and_never_for_closing() {
    let [per_series, per_expiry] = ["10", "12"].map(|text| text.parse().unwrap());
    let limits = Some(Limits { per_series, per_expiry });
    let mut run = Run::new(RiskParams { limits, ..RiskParams::default() });
    trade(&mut run.engine, &[(0, 60_000, Side::Buy, "10")]).unwrap();
    let error = trade(&mut run.engine, &[(0, 60_000, Side::Buy, "0.1")]).unwrap_err();
    assert!(matches!(error, Reject::Limit(LimitError::Series { .. })), "{error}");
    let error = trade(&mut run.engine, &[(0, 65_000, Side::Buy, "2.1")]).unwrap_err();
    assert!(matches!(error, Reject::Limit(LimitError::Expiry { .. })), "{error}");
    // Another leg of the same order makes room, and another expiry has its own.
    let spread = [(0, 65_000, Side::Buy, "4"), (0, 60_000, Side::Sell, "3")];
    trade(&mut run.engine, &spread).unwrap();
    trade(&mut run.engine, &[(1, 60_000, Side::Buy, "10")]).unwrap();
    let none = Some(Limits { per_series: Size::ZERO, per_expiry: Size::ZERO });
    let risk = RiskParams { limits: none, ..RiskParams::default() };
    run.apply(&Event::Configure(Box::new(params(risk))));
    trade(&mut run.engine, &[(0, 60_000, Side::Sell, "7")]).unwrap();
    assert!(trade(&mut run.engine, &[(0, 60_000, Side::Sell, "1")]).is_err());
}

/// At old marks nobody comes; whoever asked before waits.
#[test]
fn liquidity_neither_comes_nor_goes_at_old_marks() {
    let risk = RiskParams { gates: Some(GateParams::default()), ..RiskParams::default() };
    let mut run = Run::new(risk);
    let provide = Event::Provide { account: trader(&run.engine), cash: Cash::from_atoms(1 << 40) };
    run.apply(&provide);
    let now = Timestamp::new(run.engine.state().now().get() + 700);
    let mut old = run.fixture.world.update(run.engine.state().inventory(), now).unwrap();
    old.surface_at = Timestamp::new(now.get() - 61);
    run.apply(&Event::Market(old.clone()));
    assert_eq!(run.engine.state().queue().as_slice().len(), 1);
    assert!(matches!(run.engine.apply(&provide), Err(Reject::Gate(_))));
    old.surface_at = now;
    run.apply(&Event::Market(old));
    assert_eq!(run.engine.state().queue().as_slice().len(), 0);
    run.apply(&provide);
}

/// Spot far from what was paid raises the charge for loop gain and the spread at the update, at
/// once, and lets them go slowly; trades between updates change neither.
#[test]
fn stress_raises_what_is_charged_at_market_updates() {
    let prediction = Some(PredictorParams::default());
    let mut run = Run::new(RiskParams { prediction, ..RiskParams::default() });
    let calm = run.half_spread();
    let fill = Event::Hedge { quantity: "1".parse().unwrap(), cash: "-60000".parse().unwrap() };
    run.apply(&fill);
    run.market(60, "1", "1");
    assert_eq!(run.half_spread(), calm);
    trade(&mut run.engine, &[(0, 60_000, Side::Buy, "50")]).unwrap();
    let before = run.engine.desk().unwrap().potential.value();
    run.market(60, "0.97", "1"); // four deviations of an hour
    let outlook = run.engine.risk_signals().unwrap().outlook.unwrap();
    assert_eq!(outlook.score.cause(), Some(Cause::Deviation));
    let raised = run.half_spread();
    assert!(raised > calm && raised <= calm * 3 / 2, "{raised}");
    let mut plain = Run::new(RiskParams::default());
    plain.market(60, "1", "1");
    trade(&mut plain.engine, &[(0, 60_000, Side::Buy, "50")]).unwrap();
    assert_eq!(before, plain.engine.desk().unwrap().potential.value());
    plain.market(60, "0.97", "1");
    let value = |run: &Run| run.engine.desk().unwrap().potential.value();
    assert!(value(&run) > value(&plain), "{} {}", value(&run), value(&plain));
    trade(&mut run.engine, &[(0, 60_000, Side::Sell, "1")]).unwrap();
    assert_eq!(run.half_spread(), raised);
    run.market(21_600, "1", "1");
    assert!(calm < run.half_spread() && run.half_spread() < raised);
}

/// Stress that would take the charges out of the region without arbitrage is refused when set.
#[test]
fn parameters_hold_at_the_highest_stress_also() {
    let mut prediction = PredictorParams::default();
    let risk = RiskParams { prediction: Some(prediction), ..RiskParams::default() };
    params(risk).check().unwrap();
    Params { risk, ..Params::dynamic() }.check().unwrap();
    prediction.stress.theta_cap = Real::lit("1.08");
    let raised = RiskParams { prediction: Some(prediction), ..risk };
    assert!(Params { risk: raised, ..Params::dynamic() }.check().is_err());
    prediction.stress.theta_cap = Real::lit("4");
    let risk = RiskParams { prediction: Some(prediction), ..risk };
    assert!(params(risk).check().is_err());
}

/// While the pool has stopped, an order that names its limit closes by auction: at ten times the spread to
/// begin with, at twice in the end, and each fill brings that back up by what it took.
#[test]
fn a_stopped_pool_lets_out_by_auction() {
    let mut run = Run::new(stopping());
    trade(&mut run.engine, &[(1, 60_000, Side::Buy, "50")]).unwrap();
    let calm = |run: &Run, size: i128| {
        let desk = run.engine.desk().unwrap();
        let line = leg(&run.engine, 1, 60_000, Side::Sell, "1").series.line();
        let spread = run.fixture.params.fees.half_spread_vol;
        let per = desk.valued(desk.find(line).unwrap()).value.vega * spread;
        per * size
    };
    run.market(60, "0.98", "1");
    assert_eq!(run.state(), State::Halted);
    let sell = |size| [(1, 60_000, Side::Sell, size)];
    let refused = trade(&mut run.engine, &sell("10")).unwrap_err().to_string();
    assert!(refused.contains("by auction, where a limit is the bid"), "{refused}");
    let open = bid(&mut run.engine, &[(1, 60_000, Side::Buy, "1")]).unwrap_err();
    assert!(matches!(open, Reject::Breaker(_)), "{open}");
    let times = |run: &Run, paid: Traded, size| paid.parts.spread.floor() / calm(run, size);
    let asked = |run: &Run| run.engine.risk_signals().unwrap().auction;
    let near = |got: Real, want: &str| {
        let want: Real = want.parse().unwrap();
        assert!(got.abs_diff(want) < Real::lit("0.000001"), "{got} for {want}");
    };
    near(asked(&run), "10");
    let first = bid(&mut run.engine, &sell("10")).unwrap();
    near(times(&run, first, 10), "10");
    run.market(900, "0.98", "1");
    assert_eq!(run.state(), State::Halted);
    near(asked(&run), "6");
    // Ten contracts of a hundred raise it by a tenth of the way, and pay half of that on average.
    let second = bid(&mut run.engine, &sell("10")).unwrap();
    near(times(&run, second, 10), "6.4");
    near(asked(&run), "6.8");
    let again = Engine::restore(&run.engine.snapshot()).unwrap();
    assert_eq!(again.risk_signals().unwrap().auction, asked(&run));
    let third = bid(&mut run.engine, &sell("1")).unwrap();
    near(times(&run, third, 1), "6.84");
}

/// While it reopens, what closes trades as ever, and what opens does by auction.
#[test]
fn a_pool_reopens_by_auction() {
    let mut run = Run::new(stopping());
    trade(&mut run.engine, &[(1, 60_000, Side::Buy, "5")]).unwrap();
    run.market(60, "0.98", "1");
    run.market(600, "0.98", "1");
    run.market(1_200, "0.98", "1");
    assert_eq!(run.state(), State::Reopening);
    let spread = |traded: Traded| traded.parts.spread.floor();
    let closed = bid(&mut run.engine, &[(1, 60_000, Side::Sell, "1")]).unwrap();
    assert!(trade(&mut run.engine, &[(1, 60_000, Side::Buy, "1")]).is_err());
    let opened = bid(&mut run.engine, &[(1, 60_000, Side::Buy, "1")]).unwrap();
    let times = spread(opened) / spread(closed);
    assert!(times > Real::lit("4.9") && times <= 5, "{times}"); // ten over two
    assert_eq!(run.half_spread(), run.fixture.params.fees.half_spread_vol * 2);
}

/// Whoever sells the pool what it is short of takes risk from it, and passes while it only reduces risk; more
/// than that does not, nor what it is not short of.
#[test]
fn the_pool_buys_back_what_it_is_short_of() {
    let mut run = Run::new(stopping());
    trade(&mut run.engine, &[(1, 60_000, Side::Buy, "5")]).unwrap();
    let buyer = trader(&run.engine);
    let seller = AccountId(77);
    let (cash, base) = ("1000000".parse().unwrap(), "100".parse().unwrap());
    run.apply(&Event::Deposit { account: seller, cash, base });
    run.market(10, "1", "1.6");
    assert_eq!(run.state(), State::ReduceOnly);
    let sell = |run: &mut Run, strike, size| {
        let legs = vec![leg(&run.engine, 1, strike, Side::Sell, size)];
        let order = Order { account: seller, legs, limit: None, deadline: None };
        run.engine.apply(&Event::Trade(order))
    };
    for (strike, size) in [(65_000, "1"), (60_000, "5.000000001")] {
        let error = sell(&mut run, strike, size).unwrap_err();
        assert!(matches!(error, Reject::Breaker(_)), "{error}");
    }
    let gain = |run: &Run| run.engine.desk().unwrap().potential.gain_max();
    let before = gain(&run);
    sell(&mut run, 60_000, "3").unwrap();
    assert!(gain(&run) < before);
    sell(&mut run, 60_000, "2").unwrap();
    assert!(sell(&mut run, 60_000, "0.1").is_err());
    // Who is long of it gets out all the same.
    assert_ne!(buyer, seller);
    trade(&mut run.engine, &[(1, 60_000, Side::Sell, "5")]).unwrap();
}

/// A second source of spot's price trips the breaker and closes the gates; without one nothing is compared.
#[test]
fn a_spot_that_is_elsewhere_trips_the_breaker() {
    let gates = Some(GateParams::default());
    let mut run = Run::new(RiskParams { gates, ..stopping() });
    let gap = |run: &Run| run.engine.state().watch().readings.oracle_gap;
    let off = |update: &mut MarketUpdate, by: &str| {
        let by: Real = by.parse().unwrap();
        update.traded = Some(Price::new(update.spot.get() * by).unwrap());
    };
    let near = run.seen(|update| off(update, "1.005"));
    run.apply(&near);
    assert_eq!(run.state(), State::Normal);
    let cash = Cash::from_atoms(1 << 40);
    let provide = Event::Provide { account: trader(&run.engine), cash };
    run.apply(&provide);
    for (by, state) in
        [("0.99", State::Widened), ("1.02", State::ReduceOnly), ("0.9", State::Halted)]
    {
        let seen = run.seen(|update| off(update, by));
        run.apply(&seen);
        assert_eq!(run.state(), state);
        let seen = gap(&run) * by.parse::<Real>().unwrap();
        assert!(seen.abs_diff(Real::ONE - by.parse::<Real>().unwrap()) < Real::lit("0.000001"));
        assert_eq!(run.engine.state().queue().as_slice().len(), 1);
    }
    let alone = run.seen(|_| {});
    run.apply(&alone);
    assert_eq!((gap(&run), run.engine.state().queue().as_slice().len()), (Real::ZERO, 0));
    let digest = run.engine.digest();
    for wrong in [
        run.seen(|update| update.traded = Some(Price::MIN)),
        run.seen(|update| update.peg = Real::lit("0.0624")),
        run.seen(|update| update.peg = Real::lit("4.1")),
    ] {
        assert!(matches!(run.engine.apply(&wrong), Err(Reject::OutOfRange(_))));
        assert_eq!(run.engine.digest(), digest);
    }
}
