//! Providers who leave and come back.

use amm_core::num::{Cash, Shares};
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};

use crate::{jump, quiet, static_pool, until};

fn providers(rule: &str) -> Scenario {
    quiet(&format!(
        r#"
        [[agents]]
        kind = "liquidity_provider"
        leaves = "0.25"
        delay_hours = 10
        return_hours = 20
        {rule}
        "#
    ))
}

fn shares(world: &World<'_>) -> i128 {
    world.pool().shares().atoms() / Shares::SCALE
}

#[test]
fn providers_leave_when_spot_is_wild_and_come_back_when_it_is_calm() {
    let mut scenario = providers("drawdown = \"1\"");
    jump(&mut scenario, 5, "-0.1");
    let (design, setting) = (static_pool(), Setting::default());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    let all = shares(&world);
    until(&mut world, 14);
    assert_eq!(shares(&world), all);
    until(&mut world, 15);
    assert_eq!(shares(&world), all / 4 * 3);
    assert_eq!(world.pool().paid_out(), Cash::ZERO, "the market update pays");
    until(&mut world, 16);
    let paid = world.pool().paid_out().atoms() / Cash::SCALE;
    assert!((249_999_990..=250_000_000).contains(&paid), "{paid}");
    until(&mut world, 34);
    assert_eq!(shares(&world), all / 4 * 3);
    until(&mut world, 36);
    assert!((all - 10..=all).contains(&shares(&world)), "{}", shares(&world));
    assert_eq!(world.pool().paid_out(), Cash::ZERO);
    world.run().unwrap();
    // What they took with them is theirs still, so nothing has been lost on the way.
    let worth = world.worth().unwrap().atoms() / Cash::SCALE;
    assert!((999_999_990..=1_000_000_000).contains(&worth), "{worth}");
    let drawdown = world.tape().drawdown.atoms() / Cash::SCALE;
    assert!(drawdown <= 10, "{drawdown}");
}

#[test]
fn providers_stay_away_while_spot_is_wild() {
    let mut scenario = providers("drawdown = \"1\"");
    jump(&mut scenario, 5, "-0.1");
    jump(&mut scenario, 34, "0.1");
    let (design, setting) = (static_pool(), Setting::default());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    let all = shares(&world);
    until(&mut world, 42);
    assert_eq!(shares(&world), all / 4 * 3);
}

#[test]
fn providers_leave_after_a_loss() {
    // A pool short a million's worth of puts, whose volatility rises as spot falls.
    let buyer = r#"
        [[agents]]
        kind = "protection_buyer"
        per_day = "240"
        contracts = "500"
        fear = "0"
        elasticity = "0"
        hours = 100
        strike = "1"
    "#;
    let leaves = |drawdown: &str| {
        let rule = format!("volatility = \"1000\"\ndrawdown = \"{drawdown}\"\n{buyer}");
        let mut scenario = providers(&rule);
        jump(&mut scenario, 10, "-0.1");
        let (design, setting) = (static_pool(), Setting::default());
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        let all = shares(&world);
        until(&mut world, 19);
        assert_eq!(shares(&world), all);
        until(&mut world, 20);
        shares(&world) < all
    };
    assert!(leaves("0.001"));
    assert!(!leaves("0.5"));
}

/// Nearly all of the money leaves a pool with a book: it hedges what it can pay for, and the run
/// goes on.
#[test]
fn a_pool_that_its_providers_left_goes_on() {
    let rule = r#"
        drawdown = "1"
        [[agents]]
        kind = "protection_buyer"
        per_day = "240"
        contracts = "2000"
        fear = "0"
        elasticity = "0"
        hours = 20
        strike = "1"
        [[agents]]
        kind = "call_speculator"
        per_day = "4000"
        contracts = "2000"
        hours = 20
        elasticity = "0"
        delta_most = "0.5"
    "#;
    let mut scenario = providers(rule);
    if let amm_loop::agent::Agent::LiquidityProvider(rule) = &mut scenario.agents[0] {
        (rule.leaves, rule.delay_hours) = (amm_core::num::Real::ONE, 1);
    }
    jump(&mut scenario, 5, "0.1");
    jump(&mut scenario, 9, "0.25");
    let (design, setting) = (static_pool(), Setting { feedback: false, ..Setting::default() });
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    world.run().unwrap();
    assert!(world.tape().short_of_cash > 0);
}
