//! Those who come for options: speculators, overwriters, the vault, the arbitrageur, real flow.

use amm_core::book::{Series, Side};
use amm_core::math::exp;
use amm_core::num::{Cash, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_loop::agent::{Agent, Print, RecordedFlow};
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};

use crate::{dear, held, jump, near, positions, quiet, real, static_pool};

const SPECULATOR: &str = r#"
[[agents]]
kind = "call_speculator"
per_day = "40"
contracts = "10"
hours = 48
"#;

/// Contracts that ten paths hold after 12 blocks.
fn ten(scenario: &Scenario, design: &Design) -> Real {
    let setting = Setting { feedback: false, leakage: Real::ZERO, ..Setting::default() };
    (0..10)
        .map(|path| {
            let mut world = World::new(scenario, design, &setting, path).unwrap();
            crate::until(&mut world, 12);
            held(&world, 0)
        })
        .sum()
}

#[test]
fn speculators_buy_calls_after_a_rise_and_nothing_after_a_fall() {
    let after = |ln: &str| {
        let mut scenario = quiet(SPECULATOR);
        jump(&mut scenario, 2, ln);
        scenario
    };
    // A rise of one normal day, of two: 0.65/√365 = 0.0340.
    let (one, two) = (ten(&after("0.0340"), &static_pool()), ten(&after("0.0680"), &static_pool()));
    // Eleven blocks of a return that halves in six: 40·10·(1/24)·Σ2^(−k/6) = 109.6 a path; the spread
    // keeps e^(−4·0.005/0.65) of it; Poisson's error is about 2·√(110·10·10) in 1,060.
    near(one, real("1062"), "0.2");
    near(two, real("2125"), "0.15");
    // A quiet path rises by a thousandth of that.
    assert!(ten(&after("-0.0340"), &static_pool()) <= real("10"));

    let design = static_pool();
    let (scenario, setting) = (after("0.0340"), Setting::default());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    crate::until(&mut world, 4);
    assert!(!positions(&world, 0).is_empty());
    for (series, size) in positions(&world, 0) {
        let line = world.pool().find(series).map(|(desk, at)| *desk.valued(at)).unwrap();
        let delta = line.value.delta_call;
        // The nearest strikes to 0.05 and to 0.3, and two blocks of time.
        assert!(delta > real("0.02") && delta < real("0.4"), "{series}: {delta}");
        assert!(series.kind == Kind::Call && size > Size::ZERO);
    }
}

#[test]
fn speculators_answer_the_price() {
    let mut scenario = quiet(SPECULATOR);
    jump(&mut scenario, 2, "0.0680");
    let (fair, above) = (ten(&scenario, &static_pool()), ten(&scenario, &dear("0.25")));
    // Same luck: e^(−4·0.25) of the contracts.
    near(above / fair, exp(-Real::ONE).unwrap(), "0.0001");
}

#[test]
fn overwriters_sell_more_for_more() {
    let scenario = quiet(
        r#"
        [[agents]]
        kind = "yield_seller"
        per_day = "24"
        contracts = "10"
        hours = 100
        elasticity = "2"
        "#,
    );
    let (fair, above) = (ten(&scenario, &static_pool()), ten(&scenario, &dear("0.2")));
    // Half a point of spread in 65 costs e^(−2·0.005/0.65) of ten times twelve orders of ten.
    near(fair, real("-1182"), "0.2");
    near(above / fair, exp(real("0.4")).unwrap(), "0.0001");

    let design = static_pool();
    let setting = Setting::default();
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    crate::until(&mut world, 1);
    let desk = world.pool().desk().unwrap();
    for (series, _) in positions(&world, 0) {
        let row = desk.board.rows.iter().find(|row| row.stamp == series.expiry).unwrap();
        let off = |delta: Real| (delta - real("0.2")).abs();
        let best = row.lines.iter().map(|line| off(line.value.delta_call)).min().unwrap();
        let (desk, at) = world.pool().find(series).unwrap();
        assert_eq!(off(desk.valued(at).value.delta_call), best);
    }
}

const VAULT: &str = r#"
[[agents]]
kind = "vault"
contracts = "5000"
"#;

#[test]
fn vaults_sell_on_friday_mornings_in_one_auction() {
    let mut scenario = quiet(VAULT);
    scenario.blocks = 24 * 14;
    let (design, setting) = (static_pool(), Setting::default());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    // Friday 08:13:20 is 58 hours after the start.
    crate::until(&mut world, 57);
    assert!(positions(&world, 0).is_empty());
    crate::until(&mut world, 58);
    let sold = positions(&world, 0);
    assert_eq!(held(&world, 0), real("-5000"));
    assert_eq!((sold.len(), sold[0].0.kind), (1, Kind::Call));
    let (desk, at) = world.pool().find(sold[0].0).unwrap();
    let delta = desk.valued(at).value.delta_call;
    assert!(delta > real("0.05") && delta < real("0.15"), "{delta}");
    crate::until(&mut world, 58 + 24 * 7 - 1);
    assert_eq!(positions(&world, 0), sold);
    crate::until(&mut world, 58 + 24 * 7);
    assert_eq!(held(&world, 0), real("-10000"));
}

#[test]
fn vaults_have_a_floor() {
    let mut scenario = quiet(VAULT);
    scenario.blocks = 70;
    let setting = Setting::default();
    for (below, sells) in [("-0.25", "-5000"), ("-0.35", "0")] {
        let design = dear(below);
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        world.run().unwrap();
        assert_eq!(held(&world, 0), real(sells), "at {below}");
    }
}

const ARBITRAGEUR: &str = r#"
[[agents]]
kind = "surface_arbitrageur"
per_day = "2400"
latency = 3
"#;

#[test]
fn arbitrageurs_wait_for_a_gap_and_take_both_legs() {
    let (scenario, setting) = (quiet(ARBITRAGEUR), Setting::default());
    // One that is as dear as the market, one that is dear, one that is cheap.
    for (by, sign) in [("0", 0), ("0.1", -1), ("-0.1", 1)] {
        let design = dear(by);
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        crate::until(&mut world, 3);
        assert!(positions(&world, 0).is_empty(), "latency");
        crate::until(&mut world, 24);
        let count = held(&world, 0);
        assert_eq!(count.signum(), Real::from_num(sign));
        // At most a day's.
        assert!(count.abs() <= real("2400") && (sign == 0 || count.abs() > real("2000")));
        let outside = &world.purse(0).unwrap().options;
        let other: Vec<_> = outside.iter().map(|(s, n)| (*s, n.checked_neg().unwrap())).collect();
        assert_eq!(positions(&world, 0), other, "flat");
        let made = world.made(0).unwrap();
        assert!(if sign == 0 { made == Cash::ZERO } else { made > Cash::ZERO }, "{made}");
    }
}

#[test]
fn arbitrageurs_want_their_margin() {
    let setting = Setting::default();
    // Both spreads are half a point each of 65: of ten per cent 8.46 are left.
    for (margin, trades) in [("0.08", true), ("0.09", false)] {
        let scenario = quiet(&format!("{ARBITRAGEUR}\nmargin = \"{margin}\""));
        let design = dear("0.1");
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        crate::until(&mut world, 24);
        assert_eq!(!positions(&world, 0).is_empty(), trades, "for {margin}");
    }
}

/// What the pool is rid of, the dealer has: the loop's gain stays.
#[test]
fn arbitrage_moves_gamma_to_the_dealer() {
    let buyer = r#"
        [[agents]]
        kind = "protection_buyer"
        per_day = "48"
        contracts = "500"
        fear = "0"
        elasticity = "1"
        hours = 100
        strike = "0.95"
    "#;
    let (alone, both) = (quiet(buyer), quiet(&format!("{buyer}\n{ARBITRAGEUR}")));
    let (design, setting) =
        (Design::dynamic(), Setting { leakage: Real::ZERO, ..Setting::default() });
    let run = |scenario| {
        let mut world = World::new(scenario, &design, &setting, 0).unwrap();
        crate::until(&mut world, 40);
        let dealer = world.dealer().dollar_gamma(world.pool().desk().unwrap()).unwrap();
        (-world.pool().dollar_gamma().unwrap(), -dealer, world.gain().unwrap())
    };
    let ((pool, dealer, gain), (less, more, same)) = (run(&alone), run(&both));
    assert_eq!(dealer, Real::ZERO);
    assert!(less < pool * real("0.95") && more > pool * real("0.05"), "{pool}: {less} {more}");
    assert!(same > gain * real("0.95"), "{same} is less than {gain}");
}

fn prints() -> Vec<Print> {
    let expiry = Timestamp::new(1_700_000_000 + 168 * 3600);
    let series = |strike: &str| Series { expiry, strike: strike.parse().unwrap(), kind: Kind::Put };
    let print = |hour: u64, strike, side, size: &str| Print {
        at: Timestamp::new(1_700_000_000 + hour * 3600),
        series: series(strike),
        side,
        size: size.parse().unwrap(),
    };
    vec![
        print(2, "1900", Side::Buy, "10"),
        print(3, "1901", Side::Buy, "1000"), // not listed
        print(3, "1900", Side::Sell, "4"),
        print(5, "2000", Side::Buy, "2"),
        print(99, "2000", Side::Buy, "1000"), // after the end
    ]
}

#[test]
fn recorded_flow_comes_when_it_came() {
    let mut scenario = quiet("");
    let flow = |tolerance| RecordedFlow { prints: prints(), factor: real("3"), tolerance };
    scenario.agents = vec![Agent::RecordedFlow(flow(real("0.05")))];
    let (setting, design) = (Setting::default(), static_pool());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    for (block, total) in [(1, "0"), (2, "30"), (3, "18"), (4, "18"), (5, "24"), (48, "24")] {
        crate::until(&mut world, block);
        assert_eq!(held(&world, 0), real(total), "after block {block}");
    }
    assert!(world.purse(0).unwrap().options.is_empty());

    // Where the pool is 10 % dearer it gets the seller only, and half of the buyers buy outside.
    let design = dear("0.1");
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    world.run().unwrap();
    assert_eq!(held(&world, 0), real("-12"));
    let outside: Real = world.purse(0).unwrap().options.iter().map(|(_, n)| crate::count(*n)).sum();
    assert_eq!(outside, real("18"));
    let demand = &world.tape().demand;
    near(demand.displaced * 2, demand.deterred, "0.0000001");
    assert_eq!((demand.served, demand.wanted), (Real::ZERO, demand.deterred), "sellers are supply");
}

#[test]
fn recorded_flow_out_of_order_is_refused() {
    let mut scenario = quiet("");
    let mut prints = prints();
    prints.swap(0, 1);
    let flow = RecordedFlow { prints, factor: Real::ONE, tolerance: Real::ZERO };
    scenario.agents = vec![Agent::RecordedFlow(flow)];
    let (design, setting) = (static_pool(), Setting::default());
    let refused = World::new(&scenario, &design, &setting, 0).unwrap_err().to_string();
    assert_eq!(refused, "recorded trades stand in the order of time");
}
