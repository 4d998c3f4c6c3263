//! Attackers against our rule and against wrong ones: what each gains beyond the market's own move.

use amm_core::num::{Cash, Real};
use amm_core::testing::attackers::{ATTACKS, all_loops, arena, driver};
use amm_core::testing::fixture::Fixture;
use amm_core::testing::mechanism::{Own, Rule, Toy, wrong};

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

/// Spot driven for nothing pays any holder; ours no more than volatility that rises with gamma.
#[test]
fn a_driven_market_pays_no_more_than_the_naive_rule() {
    let fixture = arena(Real::ZERO);
    let (own, naive) = (Own::new(&fixture), Toy::new(&fixture, Rule::GammaVol));
    for (steps, size) in [(1, 100), (1, 400), (4, 100), (4, 400)] {
        let (ours, theirs) = (driver(&own, steps, size), driver(&naive, steps, size));
        println!("{steps}·4 %, {size}: {} and {}", shown(ours), shown(theirs));
        assert!(ours < theirs);
    }
}
