//! Attackers against our rule and against wrong ones: what each gains beyond the market's own move.

use amm_core::engine::Params;
use amm_core::num::{Cash, Real};
use amm_core::testing::attackers::{ATTACKS, OPTIONS, all_loops, arena, driver, driving_cost};
use amm_core::testing::fixture::Fixture;
use amm_core::testing::mechanism::{Own, wrong};

fn shown(gained: Option<i128>) -> String {
    gained.map_or("refused".into(), |atoms| Cash::from_atoms(atoms).to_string())
}

/// Each loses to our rule or breaks even, and wins against a wrong one.
#[test]
fn attackers_lose_to_our_rule_and_win_against_wrong_ones() {
    let names: Vec<_> = wrong(&arena(Real::ZERO)).iter().map(|rule| rule.name()).collect();
    for (attacker, attack, half_spread) in ATTACKS {
        let fixture = arena(*half_spread);
        let ours = attack(&Own::new(&fixture));
        println!("{attacker}: {} from the engine", shown(ours));
        assert!(ours.is_some_and(|atoms| atoms <= 0), "{attacker} gains {}", shown(ours));
        let mut most = None;
        for (rule, name) in wrong(&fixture).iter().zip(&names) {
            let theirs = attack(&**rule);
            println!("{:>28} from {name}", shown(theirs));
            most = most.max(theirs);
        }
        // More than rounding could give.
        assert!(most.is_some_and(|atoms| atoms > Cash::SCALE), "{attacker} wins nowhere");
    }
}

/// Loops over all pairs of lines of nine expiries by 41 strikes.
#[test]
fn no_loop_on_a_whole_grid_pays() {
    let mut fixture = Fixture::grid();
    fixture.params.fees.half_spread_vol = Real::ZERO;
    let own = Own::new(&fixture);
    let (made, best) = all_loops(&own, 20);
    println!("{made} loops, the best gains {}", shown(best));
    assert!(made > 60_000 && best.is_some_and(|atoms| atoms < 0));
}

/// Whoever buys calls, drives spot up and sells them back pays the market for driving it, L·m²/2, and
/// that is more than the skew gives him, whatever the option, the size and the push.
#[test]
fn driving_spot_costs_more_than_the_skew_it_raises() {
    let fixture = arena(Params::dynamic().fees.half_spread_vol);
    let own = Own::new(&fixture);
    let (mut most, mut dearest) = (0, String::new());
    for permille in [1, 2, 5, 10, 20, 40, 80, 160] {
        let rise = Real::from_num(permille) / 1000;
        let cost = driving_cost(fixture.world.depth, rise);
        for option in OPTIONS {
            for size in [1, 10, 50, 100, 200, 400, 800, 1600, 3200] {
                let Some(gained) = driver(&own, option, size, rise) else { continue };
                let case = format!("{option:?} × {size}, {permille} ‰: {}", shown(Some(gained)));
                assert!(gained < cost, "{case}, and it costs {}", shown(Some(cost)));
                if gained * 1000 / cost > most {
                    (most, dearest) = (gained * 1000 / cost, case);
                }
            }
        }
    }
    println!("the most a push brings in is {most} ‰ of what it costs: {dearest}");
}
