//! What designs, keepers and oracles do to a fall.

use amm_core::num::{Cash, Real};
use amm_core::risk::breaker::Levels;
use amm_loop::system::{
    Channels, Design, MarginRule, Outage, Setting, Stress, System, SystemError,
};

use crate::{bare, cash, contagion, left, lit, longs, one_of_each, ran, shock};

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

/// A block's budget goes to who is let in first and is then gone: nobody sells what rounding left of it.
#[test]
fn a_budget_is_kept_and_leaves_no_crumbs() {
    let mut scenario = bare(40);
    scenario.market.depth.base = lit("2000000");
    longs(&mut scenario, ("210", 4), ["0.1", "0.1"]);
    scenario.perp.maintenance = lit("0.2"); // so much that nobody is bankrupt, who would be closed whole
    scenario.market.shocks = vec![shock(3, "-0.11")];
    let (design, setting) = (Design::gradual(), Setting::default());
    let mut system = System::new(&scenario, &design, &setting, 0).unwrap();
    let (mut before, mut most, mut blocks) = (Cash::ZERO, Cash::ZERO, 0);
    while system.step().unwrap() {
        let sold = Cash::from_atoms(system.tape().forced.atoms() - before.atoms());
        blocks += u32::from(sold > Cash::ZERO);
        (before, most) = (system.tape().forced, most.max(sold));
    }
    // Half a per cent of two million. Each of the four shares one block with the next.
    assert!(most > cash("9900") && most <= cash("10000"), "{most}");
    let sales = system.tape().liquidations;
    assert!(blocks >= 6 && sales >= blocks && sales <= blocks + 4, "{sales} in {blocks}");
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
        if let MarginRule::Dynamic { scan, .. } = &mut design.margin {
            scan.z = lit("10");
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

/// By moves alone: by gain it would stay shut, because nobody is sold while it is.
fn by_moves(mut design: Design) -> Design {
    let levels = &mut design.breaker.params.triggers;
    let never = Levels {
        widen: lit("1000000"),
        reduce: lit("2000000"),
        halt: lit("3000000"),
        lower: Real::ONE,
    };
    (levels.loop_gain, levels.oracle_gap) = (never, never);
    levels.insurance_draw = never;
    design
}

#[test]
fn a_breaker_that_halts_stops_liquidations_and_its_twin_only_watches() {
    let mut scenario = contagion();
    scenario.blocks = 140;
    scenario.market.shocks[0] = shock(61, "-0.12");
    let setting = Setting::default();
    let designs = [Design::baseline(), Design::halt(), Design::breaker()].map(by_moves);
    let [watched, halts, sells] = designs.each_ref().map(|d| ran(&scenario, d, &setting, 1));
    for acts in [&halts, &sells] {
        assert_eq!(watched.tape().hit_at, acts.tape().hit_at);
        // Half an hour of halt, ten minutes of reopening.
        assert!(acts.tape().near_at.is_some() && acts.tape().blocks_in[3] >= 30);
    }
    let first = |system: &System<'_>| {
        system.tape().legs.iter().map(|leg| leg.triggered + leg.blocks.iter().sum::<u32>()).min()
    };
    assert!(first(&halts).unwrap() >= first(&watched).unwrap() + 20);
    // By auction they are sold while it halts, and nowhere else.
    assert_eq!((watched.tape().auctioned, halts.tape().auctioned), (0, 0));
    assert!(sells.tape().auctioned > 10, "{}", sells.tape().auctioned);
    assert!(first(&sells).unwrap() < first(&halts).unwrap());
}

/// A fall of 6 % is under four deviations of so wild a market, and an oracle that has not seen it is off by more
/// than halts.
#[test]
fn an_oracle_that_is_off_halts() {
    let run = |delay| {
        let mut scenario = bare(20);
        scenario.market.depth.sigma0 = "5".parse().unwrap();
        scenario.market.shocks = vec![shock(3, "-0.06")];
        scenario.oracle.delay = delay;
        let (design, setting) = (Design::breaker(), Setting::default());
        ran(&scenario, &design, &setting, 0).tape().hit_at
    };
    assert_eq!((run(0), run(10)), (None, Some(3)));
}

/// A bid leaves the account better off than the margin it lacked, and the keeper with what the curve says.
#[test]
fn an_auction_restores_the_buffer_for_what_the_curve_leaves_the_keeper() {
    let mut scenario = one_of_each(60, "50");
    scenario.keepers.profit = cash("1");
    let (design, setting) = (by_moves(Design::breaker()), Setting::default());
    let system = ran(&scenario, &design, &setting, 0);
    assert_eq!((system.tape().auctioned, system.tape().liquidations), (2, 2));
    let (margin, [held, owed]) = left(&system);
    // The auction's buffer is three tenths.
    assert!(margin.abs_diff(lit("0.065")) < lit("0.000001"), "{margin}");
    // What is bid for a loan pays debt, so a little more than the buffer is there.
    let over = (held - owed) / (owed / lit("0.8") - owed);
    assert!(over >= lit("1.3") && over < lit("2"), "{over}");
    let earned: i128 = system.books().keepers.iter().map(|keeper| keeper.cash.atoms()).sum();
    assert!(earned > 5 * scenario.keepers.capital.atoms());
}

#[test]
fn a_given_score_raises_margin_before_the_fall() {
    let mut scenario = contagion();
    scenario.blocks = 150;
    let setting = Setting::default();
    let scores = |from: usize| {
        (0..150).map(|block| if block >= from { Real::ONE } else { Real::ZERO }).collect()
    };
    let mut margin = MarginRule::limited();
    if let MarginRule::Dynamic { scan, rise_per_second } = &mut margin {
        (scan.z, *rise_per_second) = (lit("6"), lit("0.02") / 3600);
    }
    let design = |from| Design {
        stress: Stress::Given { scores: scores(from), cap: lit("1.5"), beside: None },
        margin,
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
        stress: Stress::Given { scores: vec![lit("1.1")], cap: lit("1.5"), beside: None },
        ..Design::dynamic()
    };
    assert!(matches!(
        System::new(&scenario, &bad, &setting, 0).unwrap_err(),
        SystemError::OutOfRange(_)
    ));
}

/// The predictor is calm until the fall, and then says why it is not.
#[test]
fn the_predictor_follows_the_fall_and_says_why() {
    let scenario = contagion();
    let (design, setting) = (Design::predictive(), Setting::default());
    let mut system = System::new(&scenario, &design, &setting, 1).unwrap();
    let mut most = Real::ZERO;
    while system.step().unwrap() {
        let score = system.score();
        match system.blocks() {
            ..=60 => assert!(score < lit("0.3"), "{score} at {}", system.blocks()),
            _ => most = most.max(score),
        }
    }
    assert!(most > lit("0.8"), "{most}");
    let why = system.why().unwrap();
    assert!(why.cause().is_some(), "{why:?}");
    let without = Design::dynamic();
    assert_eq!(ran(&scenario, &without, &setting, 1).why(), None);
}
