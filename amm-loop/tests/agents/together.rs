//! All agents in one world.

use amm_core::book::{Series, Side};
use amm_core::num::{Real, Timestamp};
use amm_core::pricing::Kind;
use amm_loop::agent::{Agent, Print, RecordedFlow};
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::spot::Process;
use amm_loop::world::{Setting, World};

use crate::{jump, open, quiet, real};

const ALL: &str = r#"
[[agents]]
kind = "protection_buyer"
per_day = "96"
contracts = "60"
dispersion = "0.8"
fear = "0.4"
elasticity = "4"
hours = 40
strike = "0.95"

[[agents]]
kind = "gamma_seller"
per_day = "6000"
premium = "0.03"
elasticity = "10"

[[agents]]
kind = "call_speculator"
per_day = "48"
contracts = "40"
dispersion = "0.8"
hours = 24

[[agents]]
kind = "yield_seller"
per_day = "24"
contracts = "50"
hours = 60

[[agents]]
kind = "vault"
contracts = "4000"
hours = 100

[[agents]]
kind = "surface_arbitrageur"
per_day = "3000"
latency = 2

[[agents]]
kind = "gamma_squeezer"
start = 100
budget = "2000000"
push = "4000000"
hours = 12
strike = "1.05"

[[agents]]
kind = "leveraged_trader"
units = "20000"
buffer = "0.2"
return_days = "0.5"

[[agents]]
kind = "liquidity_provider"
delay_hours = 2
return_hours = 6
drawdown = "0.02"

[[agents]]
kind = "portfolio_insurer"
wealth = "20000000"
by = { proportion = { multiple = "3", floor = "0.7" } }

[[agents]]
kind = "portfolio_insurer"
wealth = "10000000"
every = 6
by = { put = { strike = "0.95", hours = 20 } }

[[agents]]
kind = "inverse_product"
assets = "5000000"
"#;

/// Some two days in blocks of five minutes, with a fall and a Friday.
fn all() -> Scenario {
    let mut scenario = quiet(ALL);
    scenario.market.start = Timestamp::new(1_700_092_800); // Thursday, 16 November 2023
    (scenario.block_s, scenario.blocks, scenario.horizons) = (300, 500, vec![1, 12]);
    scenario.market.process = Process::Lognormal { vol: "0.65".parse().unwrap() };
    scenario.market.depth.base = real("400000000");
    (scenario.market.depth.psi, scenario.market.depth.floor) = (Real::ONE, real("0.25"));
    jump(&mut scenario, 150, "-0.06");
    let expiry = Timestamp::new(1_700_092_800 + 168 * 3600);
    let print = |number: u64| Print {
        at: Timestamp::new(1_700_092_800 + number * 700),
        series: Series { expiry, strike: "1900".parse().unwrap(), kind: Kind::Put },
        side: if number.is_multiple_of(3) { Side::Sell } else { Side::Buy },
        size: "3.5".parse().unwrap(),
    };
    let prints = (0..200).map(print).collect();
    let flow = RecordedFlow { prints, factor: real("2"), tolerance: real("0.03") };
    scenario.agents.push(Agent::RecordedFlow(flow));
    scenario
}

#[test]
fn every_kind_is_there() {
    let kinds: Vec<_> = all().agents.iter().map(Agent::kind).collect();
    assert_eq!(kinds.len(), 13);
    assert_eq!(kinds[5..8], ["surface_arbitrageur", "gamma_squeezer", "leveraged_trader"]);
}

#[test]
fn all_together_run_on_twenty_paths() {
    let (scenario, setting) = (all(), Setting::default());
    let designs = [Design::static_pool(), Design::dynamic(), Design::active()];
    let mut traded = vec![false; scenario.agents.len()];
    for path in 0..20 {
        let design = &designs[path as usize % 3];
        let mut world = World::new(&scenario, design, &setting, path).unwrap();
        world.run().unwrap_or_else(|error| panic!("path {path}, {}: {error}", design.name));
        for (index, traded) in traded.iter_mut().enumerate() {
            *traded |= world.purse(index).unwrap() != &Default::default();
        }
    }
    traded[8] = true; // providers have no purse
    assert_eq!(traded, vec![true; scenario.agents.len()]);
}

#[test]
fn all_together_are_saved_and_go_on() {
    let (scenario, setting) = (all(), Setting::default());
    for design in [Design::static_pool(), Design::active()] {
        let mut whole = World::new(&scenario, &design, &setting, 5).unwrap();
        whole.run().unwrap();
        let mut again = World::new(&scenario, &design, &setting, 5).unwrap();
        let mut at = 0;
        for stop in [0, 1, 101, 104, 107, 150, 152, 350] {
            crate::until(&mut again, stop);
            let bytes = again.save();
            again = World::restore(&scenario, &design, &setting, 5, &bytes).unwrap();
            assert_eq!(again.save(), bytes, "at {stop}");
            at = stop;
        }
        again.run().unwrap();
        assert_eq!(again.digest(), whole.digest(), "{} after {at}", design.name);
    }
}

/// Spot in an open loop is the same whatever the pool: what is not forced may move it, and does so
/// the same in all.
#[test]
fn without_feedback_nobody_s_forced_flow_moves_spot() {
    let mut scenario = all();
    scenario.agents.remove(6);
    let setting = open();
    for design in [Design::static_pool(), Design::dynamic()] {
        let mut world = World::new(&scenario, &design, &setting, 2).unwrap();
        world.run().unwrap();
        assert_eq!(world.venue().displacement(), Real::ZERO);
        assert!(world.tape().liquidated > 0);
    }
}
