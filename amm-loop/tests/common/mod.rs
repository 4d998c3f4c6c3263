//! What every world is held to: all money is somebody's, and what a pool gained is the sum of its parts.

use amm_core::num::{Amount, Cash, Real, Rounding, Size};
use amm_loop::scenario::Scenario;
use amm_loop::world::World;

/// Atoms of cash, rounded down.
pub(crate) fn cash(value: Real) -> i128 {
    Cash::round(value, Rounding::Down).atoms()
}

/// Atoms of cash that units are worth, rounded down.
pub(crate) fn worth(size: Size, price: Real) -> i128 {
    cash(Amount::of(size, price).unwrap().floor())
}

/// What the providers have made, in atoms.
pub(crate) fn gained(scenario: &Scenario, world: &World<'_>) -> i128 {
    world.worth().unwrap().atoms() - scenario.capital.atoms()
}

/// Holds what agents, pool, its fund and treasury, the dealer and the rest of the market for the underlying
/// have made at the same marks to nothing but roundings: some tens of atoms a block.
#[track_caller]
pub(crate) fn all_is_somebodys(scenario: &Scenario, world: &World<'_>, name: &str) {
    let (own, spot) = (world.pool().engine().state().pool(), world.spot());
    let agents: i128 =
        (0..scenario.agents.len()).map(|index| world.made(index).unwrap().atoms()).sum();
    let pool = gained(scenario, world) + own.insurance.atoms() + own.treasury.atoms();
    let dealer = world.pool().desk().map(|desk| world.dealer().worth(desk, spot).unwrap());
    let street = world.street().cash.atoms() + worth(world.street().units, spot.get());
    let sum = agents + pool + cash(dealer.unwrap()) + street;
    let most = 200 * i128::from(world.blocks());
    assert!(sum.abs() <= most, "{name}: {sum} atoms at {}", world.blocks());
}

/// Holds what the pool gained to the sum of its parts, to the same.
#[track_caller]
pub(crate) fn parts_add_up(scenario: &Scenario, world: &World<'_>, name: &str) {
    let off = gained(scenario, world) - world.pool().split.gained().unwrap().atoms();
    let most = 300 * i128::from(world.blocks());
    assert!(off.abs() <= most, "{name}: {off} atoms at {} between the parts", world.blocks());
}
