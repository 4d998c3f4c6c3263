//! Whole worlds, block by block: spot, an engine with its quotes, agents who trade, hedges and a
//! dealer.
//!
//! A round is a day of ten-minute blocks from the same state. How its cost grows with what there is of
//! agents, lines and paths is told by cases of several sizes; an agent's turn costs what ten agents
//! cost beyond none, by ten.

use std::fmt::Write;

use amm_benches_rig::rig::{Case, Moves};
use amm_core::engine::Digest;
use amm_loop::{
    pool::Design,
    scenario::Scenario,
    world::{Setting, World},
};

/// A block by number of agents, with 27 lines and a static pool.
pub(crate) const AGENTS: &str = "loop/world/agents";
/// The same with a dynamic pool.
pub(crate) const SKEWED: &str = "loop/world/agents_dynamic";
/// A block by number of lines, with ten agents and a dynamic pool.
pub(crate) const LINES: &str = "loop/world/lines";
/// A block of so many paths, with ten agents and 27 lines.
pub(crate) const PATHS: &str = "loop/world/paths";

/// Sizes, as the figures are by.
pub(crate) const OF_AGENTS: [(&str, usize); 4] =
    [("no agents", 0), ("10 agents", 10), ("20 agents", 20), ("40 agents", 40)];
pub(crate) const OF_LINES: [(&str, usize); 4] =
    [("9 lines", 3), ("27 lines", 9), ("54 lines", 18), ("108 lines", 36)];
pub(crate) const OF_PATHS: [(&str, u64); 4] =
    [("1 path", 1), ("2 paths", 2), ("4 paths", 4), ("8 paths", 8)];

/// Blocks of a round.
const BLOCKS: u32 = 144;

const MARKET: &str = r#"
title = "Bench"
seed = 7
block_s = 600
blocks = 288
horizons = [1, 12]
capital = "500000000"
market.start = 1_700_000_000
market.spot = "2000"
market.realised_half_life_s = 21_600
market.spread_bps = "1"
market.process.lognormal = { vol = "0.65" }
market.impact = { shape = "linear", permanent = "0.5", resilience_per_day = "24" }
market.depth = { base = "1600000000", sigma0 = "0.65", psi = "1", floor = "0.1", half_life = 21_600 }
market.surface.implied = { vol = "0.65", down = "2.6", half_life_s = 86_400 }
"#;

const BUYER: &str = r#"
[[agents]]
kind = "protection_buyer"
per_day = "144"
contracts = "8"
dispersion = "0.8"
fear = "0.4"
elasticity = "4"
hours = 72
strike = "0.95"
"#;

const SELLER: &str = r#"
[[agents]]
kind = "gamma_seller"
per_day = "1200"
premium = "0.03"
elasticity = "10"
"#;

fn scenario(agents: usize, strikes: usize) -> Scenario {
    let mut text = MARKET.to_owned();
    // From 0.8 of spot to 1.2.
    let strike = |at: usize| 800 + at * 400 / (strikes - 1);
    let decimal = |count: usize| format!("\"{}.{:03}\"", count / 1000, count % 1000);
    let grid = (0..strikes).map(strike).map(decimal).collect::<Vec<_>>().join(", ");
    _ = writeln!(
        text,
        "listing.grid = {{ hours = [72, 168, 720], roll = true, strikes = [{grid}] }}"
    );
    for agent in 0..agents {
        text.push_str([BUYER, SELLER][agent % 2]);
    }
    toml::from_str(&text).expect("a scenario")
}

pub(crate) fn cases() -> Vec<Box<dyn Case>> {
    let mut cases = Vec::new();
    for (what, design) in [(AGENTS, Design::static_pool()), (SKEWED, Design::dynamic())] {
        for (who, count) in OF_AGENTS {
            cases.push(worlds(what, who, scenario(count, 9), design.clone(), 1));
        }
    }
    for (who, strikes) in OF_LINES {
        cases.push(worlds(LINES, who, scenario(10, strikes), Design::dynamic(), 1));
    }
    for (who, paths) in OF_PATHS {
        cases.push(worlds(PATHS, who, scenario(10, 9), Design::dynamic(), paths));
    }
    cases
}

/// Worlds half-way, and what they come to.
struct Worlds {
    /// Of either set of paths.
    start: [Vec<World<'static>>; 2],
    end: Vec<Digest>,
    want: [Vec<Digest>; 2],
}

fn worlds(
    what: &'static str,
    who: &'static str,
    scenario: Scenario,
    design: Design,
    paths: u64,
) -> Box<dyn Case> {
    let (scenario, design) = (&*Box::leak(Box::new(scenario)), &*Box::leak(Box::new(design)));
    let setting = &*Box::leak(Box::new(Setting::default()));
    let start = |path| {
        let mut world = World::new(scenario, design, setting, path).expect("a world");
        for _ in 0..scenario.blocks - BLOCKS {
            world.step().expect("a block");
        }
        world
    };
    let start = [0, 1].map(|set| (set * paths..(set + 1) * paths).map(start).collect());
    let mut state = Worlds { start, end: Vec::new(), want: [Vec::new(), Vec::new()] };
    for set in 0..2 {
        run(&mut state, set);
        state.want[set] = state.end.clone();
    }
    assert_ne!(state.want[0], state.want[1], "paths differ");
    let check = |state: &Worlds, set: usize| assert_eq!(state.end, state.want[set]);
    Box::new(Moves { what, who, state, cells: BLOCKS as usize, step: run, check, moves: 0 })
}

fn run(state: &mut Worlds, set: usize) {
    let Worlds { start, end, .. } = state;
    let ended = start[set].iter().map(|world| {
        let mut world = world.clone();
        for _ in 0..BLOCKS {
            world.step().expect("a block");
        }
        world.digest()
    });
    *end = ended.collect();
}
