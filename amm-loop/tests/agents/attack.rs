//! The squeezer: what it does, and against whom it pays.

use amm_core::num::{Cash, Real};
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};

use crate::{bought, dear, held, open, positions, quiet, real, static_pool, until};

const SQUEEZE: &str = r#"
[[agents]]
kind = "gamma_squeezer"
start = 4
budget = "BUDGET"
push = "PUSH"
hours = 48
strike = "1.05"
"#;

fn squeeze(push: &str, more: &str) -> Scenario {
    let text = SQUEEZE.replace("BUDGET", "1000000").replace("PUSH", push);
    quiet(&format!("{text}\n{more}"))
}

fn made(scenario: &Scenario, design: &Design) -> Cash {
    let setting = Setting::default();
    let mut world = World::new(scenario, design, &setting, 0).unwrap();
    world.run().unwrap();
    assert!(positions(&world, 0).is_empty() && bought(&world, 0) == Real::ZERO);
    assert_eq!(world.made(0).unwrap(), world.purse(0).unwrap().cash);
    world.made(0).unwrap()
}

#[test]
fn a_squeeze_goes_through_its_steps() {
    let (scenario, setting, design) = (squeeze("20000000", ""), Setting::default(), static_pool());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    until(&mut world, 3);
    assert!(positions(&world, 0).is_empty());
    let start = world.spot().get();
    let mut calls = vec![];
    for block in 4..=6 {
        until(&mut world, block);
        calls.push(held(&world, 0));
    }
    assert!(calls[0] > 0 && calls[2] > calls[1] && calls[1] > calls[0], "{calls:?}");
    let paid = world.purse(0).unwrap().cash;
    assert!(paid < Cash::ZERO && paid >= "-1000000".parse::<Cash>().unwrap(), "{paid}");
    assert_eq!(bought(&world, 0), Real::ZERO);
    until(&mut world, 9);
    assert_eq!(held(&world, 0), calls[2]);
    // Twenty million at prices of 2000 and above.
    assert!(bought(&world, 0) > real("9000") && bought(&world, 0) < real("10000"));
    // The push alone is 2 %.
    assert!(world.spot().get() > start * real("1.02"), "{} from {start}", world.spot());
    until(&mut world, 12);
    assert!(positions(&world, 0).is_empty());
    assert_eq!(bought(&world, 0), Real::ZERO);
}

#[test]
fn a_squeeze_pays_against_a_static_pool_and_more_than_against_a_dynamic_one() {
    let mut squeezes = vec![];
    for push in ["0", "10000000", "20000000", "50000000"] {
        let scenario = squeeze(push, "");
        let (fixed, dynamic) =
            (made(&scenario, &static_pool()), made(&scenario, &Design::dynamic()));
        squeezes.push((fixed, dynamic));
    }
    for (fixed, dynamic) in squeezes {
        assert!(fixed > Cash::ZERO, "{fixed}");
        assert!(dynamic < fixed, "{dynamic} {fixed}");
    }
}

/// Where a call costs half as much again, a push of nothing promises nothing.
#[test]
fn squeezers_stay_away_from_what_does_not_promise() {
    let text = SQUEEZE.replace("BUDGET", "100000").replace("PUSH", "0");
    let scenario = quiet(&text);
    let (design, setting) = (dear("0.5"), Setting::default());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    while world.step().unwrap() {
        assert!(positions(&world, 0).is_empty());
    }
    assert_eq!(world.made(0).unwrap(), Cash::ZERO);
}

#[test]
fn squeezers_have_enough_at_the_gain_they_want() {
    let gain = |limit: &str| {
        let scenario = squeeze("20000000", &format!("gain = \"{limit}\""));
        let (design, setting) = (static_pool(), Setting::default());
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        until(&mut world, 6);
        (world.gain().unwrap(), held(&world, 0))
    };
    let ((all, calls), (less, fewer)) = (gain("0.8"), gain("0.05"));
    assert!(all > real("0.1") && fewer < calls, "{all}");
    // It buys what brings the gain there; then time goes on and spot moves.
    assert!(less > real("0.04") && less < real("0.08"), "{less}");
}

/// What others buy meanwhile counts.
#[test]
fn squeezers_stop_when_others_have_brought_the_gain_there() {
    let buyers = r#"
        [[agents]]
        kind = "protection_buyer"
        per_day = "240"
        contracts = "720"
        fear = "0"
        elasticity = "0"
        hours = 48
        strike = "0.95"
    "#;
    let calls = |others: &str| {
        let scenario = squeeze("20000000", &format!("gain = \"0.3\"\n{others}"));
        let (design, setting) = (static_pool(), open());
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        [4, 5, 6].map(|block| {
            until(&mut world, block);
            held(&world, 0)
        })
    };
    let (alone, crowded) = (calls(""), calls(buyers));
    assert!(alone[0] > 0 && alone[1] > alone[0] && alone[2] > alone[1], "{alone:?}");
    assert!(crowded[0] > 0 && crowded[1] == crowded[0] && crowded[2] == crowded[0], "{crowded:?}");
}

#[test]
fn squeezers_spend_their_budget_and_no_more() {
    let text = SQUEEZE.replace("BUDGET", "300000").replace("PUSH", "20000000");
    let (scenario, design) = (quiet(&format!("{text}\ngain = \"10\"")), static_pool());
    let setting = Setting::default();
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    until(&mut world, 6);
    let paid = -crate::cash(world.purse(0).unwrap().cash);
    assert!(paid > real("200000") && paid <= real("300000"), "{paid}");
}
