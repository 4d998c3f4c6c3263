//! The closed forms: the open loop, avalanches, late hedges, waiting, funding.

use amm_core::num::{Cash, Real, Size};
use amm_core::risk::funding::FundingError;
use amm_loop::system::{
    Channels, Design, FundingRule, Liquidation, Scenario, Setting, System, SystemError,
};

use crate::{bare, contagion, designs, left, lit, longs, one_of_each, ran, shock};

/// With every channel cut and no crowd, spot is what it would be if there was nobody.
#[test]
fn without_channels_there_is_no_amplification() {
    let mut scenario = contagion();
    scenario.blocks = 300;
    scenario.market.shocks[0].ln = lit("-0.25");
    scenario.crowd.scale = Real::ZERO;
    let setting = Setting { channels: Channels::NONE, samples: true, ..Setting::default() };
    let mut empty = scenario.clone();
    (empty.perp, empty.lending) = (Default::default(), Default::default());
    (empty.options, empty.stable) = (Default::default(), Default::default());
    for design in designs().into_iter().filter(|design| !design.breaker.acts) {
        let system = ran(&scenario, &design, &setting, 2);
        assert_eq!(system.displacement(), Real::ZERO);
        assert!(system.tape().forced > Cash::ZERO && system.tape().hedged > Cash::ZERO);
        let nobody = ran(&empty, &design, &setting, 2);
        assert_eq!(system.tape().path, nobody.tape().path, "{}", design.name);
        let closed = Setting { samples: true, ..Setting::default() };
        let closed = ran(&scenario, &design, &closed, 2);
        assert!(closed.tape().low < system.tape().low, "{}", design.name);
    }
}

/// Longs with a constant density of levels, each sold whole when spot is there.
fn avalanche(gain: &str) -> (Scenario, Design) {
    let mut scenario = bare(400);
    longs(&mut scenario, ("10000", 2000), ["0", "0.2"]);
    (scenario.perp.maintenance, scenario.perp.fee) = (lit("0.02"), Real::ZERO);
    // 20 million over 0.2 of ln spot: a density of 100 million.
    scenario.market.depth.base = lit("100000000") / lit(gain);
    scenario.market.shocks = vec![shock(5, "-0.01")];
    let liquidation = Liquidation::AtOnce { share: Real::ONE, deep: lit("0.95") };
    (scenario, Design { liquidation, ..Design::baseline() })
}

/// R2: a shock s to a crowd of density a·L grows to s/(1 − a).
#[test]
fn an_avalanche_grows_to_one_over_one_less_the_gain() {
    for gain in ["0.1", "0.3", "0.5", "0.7"] {
        let (scenario, design) = avalanche(gain);
        let setting = Setting::default();
        let fall = -ran(&scenario, &design, &setting, 0).tape().low;
        // What the levels that were passed have sold, each at its own price, moves spot to where it is:
        // the fixed point of f = s + a·(1 − e^−f), found by itself.
        let mut want = lit("0.01");
        for _ in 0..200 {
            let sold = Real::ONE - amm_core::math::exp(-want).unwrap();
            want = lit("0.01") + lit(gain) * sold;
        }
        let grain = lit(gain) * lit("0.2") / 2000; // what one of them moves
        let room = lit("1") / (Real::ONE - lit(gain));
        assert!(fall.abs_diff(want) <= grain * 2 * room, "{fall} and {want} at {gain}");
        let law = lit("0.01") * room;
        // Second order: prices fall while they are sold.
        assert!(fall.abs_diff(law) < law * law * 2, "{fall} and {law} at {gain}");
        let cut = Setting {
            channels: Channels { liquidation: false, ..Channels::ALL },
            ..Setting::default()
        };
        assert_eq!(ran(&scenario, &design, &cut, 0).displacement(), Real::ZERO);
    }
    // Past one there is no end but the crowd's.
    let (scenario, design) = avalanche("1.5");
    let setting = Setting::default();
    let system = ran(&scenario, &design, &setting, 0);
    let left = system.books().traders.iter().filter(|trader| trader.perps > Size::ZERO).count();
    assert_eq!(left, 0);
}

/// The hedge of a constant dollar gamma, one block late: a shock s ends at s/(1 − a), and blocks on the
/// way are s·aᵏ.
#[test]
fn a_hedge_one_block_late_answers_a_shock_by_its_gain() {
    let mut scenario = bare(60);
    scenario.market.shocks = vec![shock(2, "-0.001")];
    scenario.options.profile =
        vec![amm_loop::system::Rung { from: lit("-5"), dollar_gamma: lit("120000000") }];
    let setting = Setting { samples: true, ..Setting::default() };
    let design = Design::baseline();
    let system = ran(&scenario, &design, &setting, 0);
    let gain = lit("0.4");
    assert_eq!(system.gain().unwrap(), gain);
    let path = &system.tape().path;
    // The shock, and at the end of the same block the first hedge of it.
    let mut want = lit("-0.001");
    let mut step = want;
    for x in &path[1..40] {
        step *= gain;
        want += step;
        assert!(x.abs_diff(want) < lit("0.000002"), "{x} and {want}");
    }
    assert!(path[59].abs_diff(lit("-0.001") / (Real::ONE - gain)) < lit("0.000002"));
}

/// The least that restores the buffer restores it, and less does not.
#[test]
fn what_is_sold_gradually_restores_the_buffer_and_no_more() {
    let scenario = one_of_each(12, "10");
    let (design, setting) = (Design::gradual(), Setting::default());
    let system = ran(&scenario, &design, &setting, 0);
    assert_eq!(system.tape().liquidations, 2);
    let (margin, [held, debt]) = left(&system);
    // 1.1 times 5 %, the fee of 1 % paid.
    assert!(margin.abs_diff(lit("0.055")) < lit("0.000001"), "{margin}");
    let health = lit("0.8") * held / debt;
    assert!(health.abs_diff(lit("1.1")) < lit("0.000001"), "{health}");
}

/// R6: with a probability p of being let in, a call waits (1 − p)/p blocks.
#[test]
fn calls_wait_for_room_as_long_as_luck_says() {
    let mut scenario = bare(120);
    scenario.chain.demand = lit("400");
    longs(&mut scenario, ("1000", 1000), ["0.01", "0.02"]);
    scenario.market.depth.base = lit("1000000000000");
    scenario.market.shocks = vec![shock(3, "-0.03")];
    let liquidation = Liquidation::AtOnce { share: Real::ONE, deep: lit("0.95") };
    let design = Design { liquidation, ..Design::baseline() };
    let setting = Setting::default();
    let system = ran(&scenario, &design, &setting, 0);
    let legs = &system.tape().legs;
    assert_eq!(legs.len(), 1000);
    assert!(legs.iter().all(|leg| leg.blocks[0] == 0 && leg.blocks[2] == 0));
    let mean = Real::from_num(legs.iter().map(|leg| leg.blocks[1]).sum::<u32>()) / 1000;
    // Four standard errors of √(1 − p)/p/√1000 = 0.11.
    assert!(mean.abs_diff(lit("3")) < lit("0.44"), "{mean}");
    let late = legs.iter().filter(|leg| leg.blocks[1] > 8).count();
    // 0.75⁹ = 0.0751, four deviations of 0.0083.
    assert!((42..=108).contains(&late), "{late}");
    let [observed, included, filled] = system.tape().latency().unwrap().unwrap();
    assert_eq!((observed.p99, filled.p99), (0, 0));
    assert!((1..=3).contains(&included.p50) && (8..=13).contains(&included.p95));
}

/// By velocity alone the crowd swings for ever. Damped beyond one it passes zero once, because it starts
/// at a run, and comes back without turning again.
#[test]
fn funding_by_velocity_swings_and_damped_funding_does_not() {
    let mut scenario = bare(1440);
    scenario.block_s = 300;
    scenario.market.depth.base = lit("1000000000000");
    (scenario.crowd.units, scenario.crowd.scale) = (lit("1000"), lit("1000"));
    scenario.crowd.response = lit("40");
    let setting = Setting::default();
    let design = |funding| Design { funding, ..Design::baseline() };
    // √(βv) = 6.3 a day: five days are five periods, ten turns.
    let swinging = design(FundingRule::Velocity { velocity: Real::ONE });
    let mut system = System::new(&scenario, &swinging, &setting, 0).unwrap();
    let mut late = 0;
    while system.step().unwrap() {
        if system.blocks() > 1100 {
            late = late.max(system.books().crowd.perps.atoms());
        }
    }
    assert!((9..=11).contains(&system.tape().crowd_turns), "{}", system.tape().crowd_turns);
    let first = 1000 * Size::SCALE;
    assert!(late > first * 9 / 10 && late < first * 11 / 10, "{late}");
    // ζ = k·√β/(2√v): 1.58 at a half.
    let rule = |proportional: &str| FundingRule::Damped {
        velocity: Real::ONE,
        proportional: lit(proportional),
        limit: lit("10"),
        surge: Real::ZERO,
        surge_time: "3600".parse().unwrap(),
    };
    let damped = design(rule("0.5"));
    let system = ran(&scenario, &damped, &setting, 0);
    assert_eq!(system.tape().crowd_turns, 1);
    assert!(system.books().crowd.perps.atoms().abs() < first / 100);
    // At 0.3 it is 0.95, which the core refuses, and so does the system.
    let loose = design(rule("0.3"));
    let refused = System::new(&scenario, &loose, &setting, 0).unwrap_err();
    assert!(matches!(refused, SystemError::Funding(FundingError::Underdamped { .. })));
    scenario.crowd.scale = Real::ZERO;
    assert!(System::new(&scenario, &loose, &setting, 0).is_ok());
}
