//! Accounts on margin in the loop: what leverage admits, that calls end, and that all money is somebody's.

mod common;

use amm_core::engine::MarginRule;
use amm_core::num::{Cash, Real, Size};
use amm_core::risk::liquidation::{AuctionParams, Budget};
use amm_core::risk::margin::MarginParams;
use amm_core::signals::PredictorParams;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, Stressed, World};
use common::{all_is_somebodys, parts_add_up};

const MARKET: &str = r#"
title = "Margin"
seed = 29
block_s = 300
blocks = 400
horizons = [1, 12]
capital = "400000000"
delta_exchange = true

[market]
start = 1_700_000_000
spot = "2000"
realised_half_life_s = 21_600
spread_bps = "2"

[market.process.lognormal]
vol = "0.7"

[[market.shocks]]
block = 120
blocks = 24
ln = "SHOCK"

[market.impact]
shape = "linear"
permanent = "0.5"
resilience_per_day = "24"

[market.depth]
base = "400000000"
sigma0 = "0.7"
psi = "1"
floor = "0.2"
half_life = 21_600

[market.surface.implied]
vol = "0.7"
down = "2"
up = "0.3"
half_life_s = 86_400

[listing.grid]
hours = [48, 168]
roll = true
strikes = ["0.8", "0.85", "0.9", "0.95", "1", "1.05", "1.1", "1.15", "1.2"]

[[agents]]
kind = "yield_seller"
per_day = "200"
contracts = "200"
hours = 96
delta = "0.3"
margin = { coins = "2000", leverage = "6" }

[[agents]]
kind = "yield_seller"
per_day = "200"
contracts = "200"
hours = 40
delta = "0.3"
option = "put"
margin = { coins = "2000", leverage = "6" }

[[agents]]
kind = "protection_buyer"
per_day = "96"
contracts = "60"
fear = "0.4"
elasticity = "4"
hours = 72
strike = "0.95"

[[agents]]
kind = "keeper"
capital = "KEEPER"
latency = 2
"#;

fn scenario(shock: &str, keeper: &str) -> Scenario {
    toml::from_str(&MARKET.replace("SHOCK", shock).replace("KEEPER", keeper)).unwrap()
}

/// A pool with a fee for its fund.
fn pool(margin: Option<MarginParams>) -> Design {
    let mut design = Design::static_pool();
    design.params.fees.fee_bps = Real::lit("100");
    design.params.fees.insurance_bps = 2_000;
    if let Some(margin) = margin {
        design.params.risk.margin = MarginRule::Margin(margin);
    }
    design
}

fn at_once(mut design: Design) -> Design {
    let risk = &mut design.params.risk;
    risk.auction = AuctionParams { buffer_bps: 100_000, ..risk.auction };
    risk.budget = Budget { move_bps: 1_000, least: "1000000000".parse().unwrap() };
    design
}

fn designs() -> [Design; 4] {
    let dynamic = pool(Some(MarginParams::dynamic()));
    let mut foresees = dynamic.clone();
    foresees.params.risk.prediction = Some(PredictorParams::default());
    [pool(None), dynamic.clone(), at_once(dynamic), foresees]
}

fn short(world: &World<'_>, index: u64) -> i128 {
    let id = amm_core::book::AccountId(index + 1);
    let held = &world.pool().engine().state().accounts()[&id].positions;
    -held.as_slice().iter().map(|(_, size)| size.atoms()).sum::<i128>()
}

#[test]
fn margin_admits_what_full_collateral_does_not() {
    let (scenario, setting) = (scenario("0", "0"), Setting::default());
    let most = |design: &Design| {
        let mut world = World::new(&scenario, design, &setting, 1).unwrap();
        let mut most = 0;
        while world.step().unwrap() {
            most = most.max(short(&world, 0));
        }
        most
    };
    let [full, dynamic, ..] = designs();
    let (full, dynamic) = (most(&full), most(&dynamic));
    let coins = 2_000 * Size::SCALE;
    assert!(coins / 2 < full && full <= coins, "{full}");
    assert!(2 * coins < dynamic && dynamic <= 6 * coins, "{dynamic}");
}

/// Sellers are called by a rally and by a fall, and none stays below its margin for long; nobody is
/// where all is backed in full.
#[test]
fn calls_come_and_end() {
    for shock in ["0.15", "-0.15"] {
        let (scenario, setting) = (scenario(shock, "50000000"), Setting::default());
        for (number, design) in designs().iter().enumerate() {
            let mut world = World::new(&scenario, design, &setting, 1).unwrap();
            let (mut longest, mut run) = (0, 0);
            while world.step().unwrap() {
                let waits = !world.pool().engine().state().watch().auctions.is_empty();
                run = if waits { run + 1 } else { 0 };
                longest = longest.max(run);
            }
            let calls = world.tape().margin;
            assert_eq!(calls.bids > 0, number > 0, "{shock}, design {number}: {calls:?}");
            // An auction and its insolvent phase last 12,600 s, and the market may call again.
            assert!(longest <= 100, "{shock}, design {number}: {longest} blocks");
        }
    }
}

/// Without anybody to bid the pool takes accounts over, once their auctions are exhausted.
#[test]
fn what_nobody_bids_for_the_pool_takes_over() {
    let (scenario, setting) = (scenario("0.15", "0"), Setting::default());
    let [_, dynamic, ..] = designs();
    let mut world = World::new(&scenario, &dynamic, &setting, 1).unwrap();
    world.run().unwrap();
    let calls = world.tape().margin;
    assert_eq!(calls.bids, 0);
    assert!(calls.absorbed > 0, "{calls:?}");
}

/// What everybody has made comes to nothing, bad debt, fund, keeper and accounts taken over included; and
/// what the pool gained is the sum of its parts.
#[test]
fn all_money_is_somebodys() {
    let (mut lost, mut drawn) = (0, 0);
    for (shock, keeper) in [("0.2", "50000000"), ("0.3", "0"), ("-0.25", "3000000")] {
        let (scenario, setting) = (scenario(shock, keeper), Setting::default());
        for (number, design) in designs().iter().enumerate() {
            let mut world = World::new(&scenario, design, &setting, 2).unwrap();
            let name = format!("{shock}, design {number}");
            while world.step().unwrap() {
                all_is_somebodys(&scenario, &world, &name);
                parts_add_up(&scenario, &world, &name);
            }
            let calls = world.tape().margin;
            let borne = [calls.insurance, calls.providers, calls.owed];
            let borne: i128 = borne.iter().map(|part| part.atoms()).sum();
            assert!(calls.bad_debt.atoms() >= borne, "{name}: {calls:?}");
            lost += calls.bad_debt.atoms();
            drawn += calls.insurance.atoms();
        }
    }
    assert!(lost > drawn && drawn > 0, "{lost} {drawn}");
}

/// The engine's own scores, put in from outside, do what its prediction does; others do something else.
#[test]
fn scores_from_outside_do_what_the_engines_do() {
    let scenario = scenario("0.15", "50000000");
    let [_, dynamic, _, foresees] = designs();
    let run = |design: &Design, stress: Option<Stressed>| {
        let setting = Setting { stress, ..Setting::default() };
        let mut world = World::new(&scenario, design, &setting, 1).unwrap();
        world.run().unwrap();
        (world.worth().unwrap(), world.tape().clone())
    };
    let (own, tape) = run(&foresees, None);
    assert!(tape.scores.iter().any(|score| *score > Real::lit("0.3")));
    let caps = PredictorParams::default().stress;
    let stressed = |scores: Vec<Real>| Stressed {
        scores,
        theta_cap: caps.theta_cap,
        spread_cap: caps.spread_cap,
        margin_cap: caps.margin_cap,
    };
    let (same, _) = run(&dynamic, Some(stressed(tape.scores.clone())));
    let mut shifted = tape.scores.clone();
    shifted.rotate_right(200);
    let (other, _) = run(&dynamic, Some(stressed(shifted)));
    let (none, _) = run(&dynamic, None);
    let off = |one: Cash, other: Cash| (one.atoms() - other.atoms()).abs();
    assert!(off(own, same) < Cash::SCALE, "{own} {same}");
    assert!(off(own, none) > 1_000 * Cash::SCALE, "{own} {none}");
    assert!(off(own, other) > 1_000 * Cash::SCALE, "{own} {other}");
}
