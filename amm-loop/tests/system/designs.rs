//! What designs, keepers and oracles do to a fall.

use amm_core::num::{Cash, Real};
use amm_loop::system::{Channels, Design, MarginRule, Outage, Setting, System, SystemError};

use crate::{cash, contagion, lit, ran, shock};

#[test]
fn gradual_liquidation_sells_less_than_half_at_once() {
    let mut scenario = contagion();
    scenario.blocks = 300;
    let setting = Setting::default();
    let mut sold = [Real::ZERO; 2];
    for path in 0..6 {
        for (sum, design) in sold.iter_mut().zip([Design::baseline(), Design::gradual()]) {
            let system = ran(&scenario, &design, &setting, path);
            *sum += Real::from_num(system.tape().forced.atoms() / Cash::SCALE);
        }
    }
    assert!(sold[1] > 0 && sold[1] < sold[0] * lit("0.8"), "{sold:?}");
}

#[test]
fn an_oracle_that_lags_costs_bad_debt_and_drift() {
    let mut scenario = contagion();
    scenario.blocks = 300;
    scenario.market.shocks[0].ln = lit("-0.3");
    scenario.market.depth.base = lit("40000000000"); // the fall does not depend on who sells when
    let (design, setting) = (Design::baseline(), Setting::default());
    let run = |delay| {
        let mut scenario = scenario.clone();
        scenario.oracle.delay = delay;
        let system = ran(&scenario, &design, &setting, 1);
        let [observed, ..] = system.tape().latency().unwrap().unwrap();
        (system.tape().bad_debt, observed.p50, observed.drift)
    };
    let (quick, late) = (run(0), run(30));
    assert!(late.0 > quick.0 && late.1 >= 20 && quick.1 <= 2, "{quick:?} {late:?}");
    assert!(late.2 > quick.2);
}

#[test]
fn without_keepers_nobody_is_liquidated_and_loans_go_under_water() {
    let mut scenario = contagion();
    scenario.blocks = 200;
    scenario.market.shocks[0].ln = lit("-0.4");
    let (design, setting) = (Design::baseline(), Setting::default());
    let with = ran(&scenario, &design, &setting, 1);
    let mut down = scenario.clone();
    down.keepers.outages = vec![Outage { block: 1, blocks: 200 }];
    let down = ran(&down, &design, &setting, 1);
    assert_eq!(down.tape().liquidations, 0);
    assert!(down.tape().shut_out > 0);
    assert!(down.underwater().unwrap() > with.underwater().unwrap());
    let mut poor = scenario.clone();
    poor.keepers.capital = cash("20000");
    let poor = ran(&poor, &design, &setting, 1);
    assert!(poor.tape().no_capital > 0);
    assert!(poor.underwater().unwrap() > with.underwater().unwrap());
}

/// A crash through a thin market: the waterfall's parts are all used, and come to the bad debt.
#[test]
fn deficits_go_down_the_waterfall() {
    let mut scenario = contagion();
    scenario.blocks = 200;
    scenario.perp.fund = cash("50000");
    scenario.market.shocks[0] = shock(61, "-0.35");
    scenario.market.depth.base = lit("40000000000");
    let (design, setting) = (Design::baseline(), Setting::default());
    let system = ran(&scenario, &design, &setting, 1);
    let tape = system.tape();
    assert!(tape.insured > Cash::ZERO && tape.deleveraged > Cash::ZERO, "{tape:?}");
    assert!(tape.deleveraged_worth > tape.deleveraged);
    assert_eq!(tape.check(200), Ok(()));
    // Without anybody on the other side there is nobody to deleverage: others pay.
    let mut alone = scenario.clone();
    alone.perp.shorts = 0;
    let alone = ran(&alone, &design, &setting, 1);
    assert_eq!(alone.tape().deleveraged, Cash::ZERO);
    assert!(alone.tape().socialised > Cash::ZERO);
}

#[test]
fn dynamic_margin_rises_no_faster_than_it_may_and_its_own_calls_are_told() {
    let mut scenario = contagion();
    scenario.blocks = 300;
    let setting = Setting::default();
    // Ten deviations ask for so much that the limit binds.
    let wide = |mut design: Design| {
        if let MarginRule::Dynamic { z, .. } = &mut design.margin {
            *z = lit("10");
        }
        design
    };
    let (slow, abrupt) = (wide(Design::dynamic()), wide(Design::abrupt()));
    let (slow, abrupt) = (ran(&scenario, &slow, &setting, 1), ran(&scenario, &abrupt, &setting, 1));
    let tape = slow.tape();
    assert!(tape.margin_rise_hour > lit("0.0099") && tape.margin_rise_hour <= lit("0.0101"));
    assert!(abrupt.tape().margin_rise_hour > tape.margin_rise_hour);
    assert!(abrupt.tape().by_margin > tape.by_margin);
    let fixed = Design::baseline();
    assert_eq!(ran(&scenario, &fixed, &setting, 1).tape().by_margin, 0);
    // Cut, margin stays where it began.
    let channels = Channels { margin: false, ..Channels::ALL };
    let cut = Setting { channels, ..Setting::default() };
    let design = Design::abrupt();
    let cut = ran(&scenario, &design, &cut, 1);
    assert_eq!((cut.tape().by_margin, cut.margin().standing), (0, lit("0.05")));
}

#[test]
fn a_breaker_that_halts_stops_liquidations_and_its_twin_only_watches() {
    let mut scenario = contagion();
    scenario.blocks = 140;
    scenario.market.shocks[0] = shock(61, "-0.12");
    let setting = Setting::default();
    let (mut watched, mut acts) = (Design::baseline(), Design::breaker());
    // By moves alone: by gain it would stay shut, because nobody is sold while it is.
    for design in [&mut watched, &mut acts] {
        (design.breaker.gain, design.breaker.dwell) = (lit("100"), 30);
    }
    let (watched, acts) =
        (ran(&scenario, &watched, &setting, 1), ran(&scenario, &acts, &setting, 1));
    assert_eq!(watched.tape().hit_at, acts.tape().hit_at);
    assert!(acts.tape().near_at.is_some() && acts.tape().blocks_in[3] >= 30);
    let first = |system: &System<'_>| {
        system.tape().legs.iter().map(|leg| leg.triggered + leg.blocks.iter().sum::<u32>()).min()
    };
    assert!(first(&acts).unwrap() >= first(&watched).unwrap() + 20);
}

#[test]
fn a_given_score_raises_margin_before_the_fall() {
    let mut scenario = contagion();
    scenario.blocks = 150;
    let setting = Setting::default();
    let scores = |from: usize| {
        (0..150).map(|block| if block >= from { Real::ONE } else { Real::ZERO }).collect()
    };
    let design = |from| Design {
        stress: amm_loop::system::Stress::Given { scores: scores(from), lift: lit("1.5") },
        margin: MarginRule::Dynamic {
            z: lit("6"),
            mpor_s: 3600,
            most: lit("0.3"),
            per_hour: lit("0.02"),
        },
        ..Design::baseline()
    };
    let at = |design: &Design| {
        let mut system = System::new(&scenario, design, &setting, 1).unwrap();
        for _ in 0..60 {
            system.step().unwrap();
        }
        system.margin().standing
    };
    assert!(at(&design(10)) > at(&design(100)));
    let bad = Design {
        stress: amm_loop::system::Stress::Given { scores: vec![lit("1.1")], lift: lit("1.5") },
        ..Design::dynamic()
    };
    assert!(matches!(
        System::new(&scenario, &bad, &setting, 0).unwrap_err(),
        SystemError::OutOfRange(_)
    ));
}
