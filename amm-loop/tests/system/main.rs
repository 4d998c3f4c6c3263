//! Systems of protocols: nothing from nowhere, the same bytes anywhere, and the closed forms.

mod books;
mod designs;
mod laws;
mod spread;

use amm_core::num::{Cash, Real};
use amm_loop::scenario::Shock;
use amm_loop::spot::Process;
use amm_loop::system::{Buffers, Design, Scenario, Setting, System};

fn contagion() -> Scenario {
    toml::from_str(include_str!("../../../amm-sim/scenarios/system/contagion.toml")).unwrap()
}

fn lit(text: &str) -> Real {
    Real::lit(text)
}

fn cash(text: &str) -> Cash {
    text.parse().unwrap()
}

fn designs() -> Vec<Design> {
    Design::all()
}

/// A market that stands still but for its shocks, in which everything is seen and done at once, and
/// nobody is there.
fn bare(blocks: u32) -> Scenario {
    let mut scenario = contagion();
    scenario.blocks = blocks;
    let market = &mut scenario.market;
    market.process = Process::Recorded { returns: vec![Real::ZERO; blocks as usize] };
    market.shocks.clear();
    market.impact = amm_loop::spot::Impact::LINEAR;
    market.depth.base = lit("300000000");
    (market.depth.psi, market.depth.floor) = (Real::ZERO, Real::ONE);
    market.spread_bps = Real::ZERO;
    scenario.oracle.deviation = Real::ZERO;
    scenario.oracle.delay = 0;
    scenario.chain.per_deviation = Real::ZERO;
    scenario.chain.per_call = Real::ZERO;
    scenario.keepers.capital = cash("1000000000");
    (scenario.keepers.latency, scenario.keepers.venue) = (0, 0);
    (scenario.perp.units, scenario.perp.longs, scenario.perp.shorts) = (Real::ZERO, 0, 0);
    (scenario.perp.paired, scenario.perp.top_up) = (0, Real::ZERO);
    (scenario.lending.borrowers, scenario.lending.pledged) = (0, Real::ZERO);
    scenario.options.profile.clear();
    scenario.crowd.scale = Real::ZERO;
    scenario.crowd.units = Real::ZERO;
    scenario.stable.run = Real::ZERO;
    scenario.claims.clear();
    scenario
}

fn shock(block: u32, ln: &str) -> Shock {
    Shock { block, blocks: 1, ln: lit(ln) }
}

/// Longs with so many units in all, without coins, whose buffers lie evenly between two shares.
fn longs(scenario: &mut Scenario, (units, count): (&str, u32), [least, most]: [&str; 2]) {
    let perp = &mut scenario.perp;
    (perp.units, perp.longs, perp.coins) = (lit(units), count, Real::ZERO);
    perp.buffers = Buffers::Even { least: lit(least), most: lit(most) };
}

/// A trader and a borrower with so many units and a buffer of a tenth each, who meet a fall of 11 %. The market
/// is so deep that no sale moves it.
fn one_of_each(blocks: u32, units: &str) -> Scenario {
    let mut scenario = bare(blocks);
    scenario.market.depth.base = lit("1000000000000");
    longs(&mut scenario, (units, 1), ["0.1", "0.1"]);
    let lending = &mut scenario.lending;
    (lending.units, lending.borrowers, lending.dust) = (lit(units), 1, Cash::ZERO);
    lending.buffers = scenario.perp.buffers;
    scenario.market.shocks = vec![shock(3, "-0.11")];
    scenario
}

/// Of the one trader, margin over position; of the one borrower, worth of the collateral and debt.
fn left(system: &System<'_>) -> (Real, [Real; 2]) {
    let (books, spot) = (system.books(), system.spot().get());
    let real = |atoms: i128| Real::from_num(atoms) / Cash::SCALE;
    let (trader, borrower) = (&books.traders[0], &books.borrowers[0]);
    let worth = real(trader.perps.atoms()) * spot;
    let held = real(borrower.units.atoms()) * spot;
    ((real(trader.cash.atoms()) + worth) / worth, [held, real(borrower.debt.atoms())])
}

fn ran<'a>(
    scenario: &'a Scenario,
    design: &'a Design,
    setting: &'a Setting,
    path: u64,
) -> System<'a> {
    let mut system = System::new(scenario, design, setting, path).unwrap();
    system.run().unwrap();
    system
}
