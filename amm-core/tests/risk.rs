//! What reacts when the market turns: the breaker, the limits, the gates, the stress.

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{Engine, Event, Outcome, Params, Receipt, Reject, RiskParams, invariants};
use amm_core::num::{Cash, Real, Size, Timestamp};
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
    let legs =
        legs.iter().map(|&(chain, strike, side, size)| leg(engine, chain, strike, side, size));
    let (account, legs) = (trader(engine), legs.collect());
    engine.apply(&Event::Trade(Order { account, legs, limit: None, deadline: None }))
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
