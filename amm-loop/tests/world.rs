//! Worlds: same luck, same bytes, and nothing out of thin air.

use amm_core::num::Real;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};

fn scenario() -> Scenario {
    toml::from_str(include_str!("../../amm-sim/scenarios/stress.toml")).unwrap()
}

/// Half a day that begins where the stress scenario measures.
fn short() -> Scenario {
    let mut scenario = scenario();
    (scenario.warmup, scenario.blocks) = (10, 144);
    scenario.horizons = vec![1, 10];
    scenario.market.shocks[0].block = 60;
    scenario
}

#[test]
fn saved_worlds_go_on_as_if_they_had_not_stopped() {
    let (scenario, setting) = (short(), Setting { samples: true, ..Setting::default() });
    for design in [Design::static_pool(), Design::dynamic(), Design::active()] {
        let mut whole = World::new(&scenario, &design, &setting, 3).unwrap();
        whole.run().unwrap();
        for at in [0, 1, 71, 143] {
            let mut first = World::new(&scenario, &design, &setting, 3).unwrap();
            for _ in 0..at {
                first.step().unwrap();
            }
            let bytes = first.save();
            let mut second = World::restore(&scenario, &design, &setting, 3, &bytes).unwrap();
            assert_eq!(second.save(), bytes);
            second.run().unwrap();
            assert_eq!(second.digest(), whole.digest(), "{} saved at {at}", design.name);
        }
    }
}

#[test]
fn bytes_that_are_no_world_are_refused() {
    let (scenario, setting, design) = (short(), Setting::default(), Design::dynamic());
    let world = World::new(&scenario, &design, &setting, 0).unwrap();
    let bytes = world.save();
    for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert!(World::restore(&scenario, &design, &setting, 0, &bytes[..cut]).is_err());
    }
}

#[test]
fn without_feedback_spot_is_the_fundamental_whatever_the_design() {
    let scenario = short();
    let setting = Setting { feedback: false, samples: true, ..Setting::default() };
    let (one, other) = (Design::static_pool(), Design::dynamic());
    let path = |design| {
        let mut world = World::new(&scenario, design, &setting, 1).unwrap();
        world.run().unwrap();
        assert_eq!(world.venue().displacement(), Real::ZERO);
        world.tape().path.iter().map(|sample| sample.ln_spot).collect::<Vec<_>>()
    };
    assert_eq!(path(&one), path(&other));
}

#[test]
fn hedging_a_short_gamma_book_moves_spot_the_way_it_went() {
    let scenario = short();
    let run = |feedback| {
        let setting = Setting { feedback, ..Setting::default() };
        let design = Design::static_pool();
        let mut world = World::new(&scenario, &design, &setting, 1).unwrap();
        world.run().unwrap();
        assert!(world.tape().gain_max > 0);
        (world.spot(), world.tape().spans()[1].squares)
    };
    let ((open, calm), (closed, wild)) = (run(false), run(true));
    assert!(closed < open && wild > calm);
}

#[test]
fn without_a_warm_up_variance_is_measured_from_the_first_price_on() {
    let mut scenario = short();
    scenario.warmup = 0;
    let (design, setting) = (Design::static_pool(), Setting::default());
    let mut world = World::new(&scenario, &design, &setting, 1).unwrap();
    world.run().unwrap();
    let span = world.tape().spans()[0];
    assert_eq!(span.count, scenario.blocks);
    // 65 % a year for half a day and a fall of 8 %, amplified: well under the 57 of ln 2000 squared.
    assert!(span.squares > 0 && span.squares < Real::lit("0.02"), "{}", span.squares);
    assert_eq!(world.tape().opening, scenario.capital);
}

/// With options that change hands with their delta, a spot that stands still is never traded.
#[test]
fn with_deltas_exchanged_only_moves_of_spot_are_hedged() {
    let mut scenario = short();
    scenario.market.shocks.clear();
    let still = vec![Real::ZERO; 200];
    scenario.market.process = amm_loop::spot::Process::Recorded { returns: still };
    let (design, setting) = (Design::static_pool(), Setting::default());
    let hedged = [true, false].map(|exchange| {
        scenario.delta_exchange = exchange;
        let mut world = World::new(&scenario, &design, &setting, 1).unwrap();
        world.run().unwrap();
        assert!(world.tape().sold.trades > 0);
        world.venue().displacement().abs()
    });
    // What is left is delta that time moves.
    assert!(hedged[0] * 20 < hedged[1], "{hedged:?}");
}
