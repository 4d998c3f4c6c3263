//! Each agent does what its rule says, in a world small and quiet enough to see it; and all of them
//! together run.

mod attack;
mod forced;
mod options;
mod providers;
mod ranges;
mod together;

use amm_core::book::{AccountId, Series};
use amm_core::num::{Cash, Real, Size};
use amm_loop::pool::{Design, Markup};
use amm_loop::scenario::{Scenario, Shock};
use amm_loop::world::{Setting, World};

/// A flat surface, a spot that stands still, an hour's blocks from Tuesday, 14 November 2023, 22:13:20.
const QUIET: &str = r#"
title = "Quiet"
seed = 11
block_s = 3600
blocks = 48
horizons = [1]
capital = "1000000000"

[market]
start = 1_700_000_000
spot = "2000"
realised_half_life_s = 21_600

[market.process.lognormal]
vol = "0.001"

[market.impact]
shape = "linear"
permanent = "1"
resilience_per_day = "0"

[market.depth]
base = "1000000000"
sigma0 = "0.65"
psi = "0"
floor = "0.02"
half_life = 21_600

[market.surface.implied]
vol = "0.65"
half_life_s = 86_400

[listing.grid]
hours = [60, 168, 720]
roll = true
strikes = ["0.7", "0.8", "0.85", "0.9", "0.95", "1", "1.05", "1.1", "1.15", "1.2", "1.3", "1.4"]
"#;

/// The quiet world with agents.
fn quiet(agents: &str) -> Scenario {
    toml::from_str(&format!("{QUIET}\n{agents}")).unwrap()
}

/// A move of ln spot within one block.
fn jump(scenario: &mut Scenario, block: u32, ln: &str) {
    scenario.market.shocks.push(Shock { block, blocks: 1, ln: real(ln) });
}

fn real(text: &str) -> Real {
    text.parse().unwrap()
}

fn static_pool() -> Design {
    Design::static_pool()
}

/// A static pool that pays and asks so much more.
fn dear(relative: &str) -> Design {
    Design { markup: Some(Markup::Flat { relative: real(relative) }), ..static_pool() }
}

fn open() -> Setting {
    Setting { feedback: false, ..Setting::default() }
}

/// Runs until a block has ended.
fn until(world: &mut World<'_>, block: u32) {
    while world.blocks() < block {
        assert!(world.step().unwrap());
    }
}

/// Options of an agent with the pool.
fn positions(world: &World<'_>, index: u64) -> Vec<(Series, Size)> {
    let accounts = world.pool().engine().state().accounts();
    accounts[&AccountId(index + 1)].positions.as_slice().to_vec()
}

/// Contracts, or units of the underlying.
fn count(size: Size) -> Real {
    size.to_string().parse().unwrap()
}

fn cash(amount: Cash) -> Real {
    amount.to_string().parse().unwrap()
}

/// Options of an agent with the pool, added up.
fn held(world: &World<'_>, index: u64) -> Real {
    positions(world, index).iter().map(|(_, size)| count(*size)).sum()
}

/// Units of the underlying that an agent has bought.
fn bought(world: &World<'_>, index: usize) -> Real {
    count(world.purse(index).unwrap().units)
}

/// That two numbers agree to a share of them.
#[track_caller]
fn near(got: Real, want: Real, within: &str) {
    let most = want.abs() * real(within);
    assert!(got.abs_diff(want) <= most, "{got} is not {want} to {within} of it");
}
