//! Laws of the pool's prices, and that each finds out rules that are wrong.

use amm_core::num::Real;
use amm_core::testing::engine_laws::{Case, LAWS, Law};
use amm_core::testing::fixture::Fixture;
use amm_core::testing::mechanism::{Mechanism, Own, wrong};
use proptest::prelude::*;

/// Cases out of which a wrong rule must be found out.
const CASES: u64 = 60;
/// By more than a thousandth of a unit of cash, on orders of millions.
const SLACK: Real = Real::lit("0.001");

fn case() -> impl Strategy<Value = Case> {
    proptest::collection::vec(any::<u8>(), 0..160).prop_map(|bytes| Case::from_bytes(&bytes))
}

fn numbered(number: u64) -> Case {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bytes = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) >> 56) as u8
    });
    Case::from_bytes(&bytes.take(160).collect::<Vec<_>>())
}

/// Fixtures whose parts give everything back, so that cycles are free.
fn fixtures() -> [Fixture; 4] {
    let mut one_band = Fixture::flat();
    one_band.params.gain.bands = 1.try_into().unwrap();
    one_band.params.fees.half_spread_vol = Real::ZERO;
    let mut dear = Fixture::smile();
    dear.params.gain.theta = Real::lit("1.25");
    dear.params.gain.taper = Real::lit("0.17");
    [Fixture::flat(), Fixture::smile(), one_band, dear]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// All laws, of the engine.
    #[test]
    fn the_engine_keeps_every_law(case in case(), which in 0_usize..4) {
        let own = Own::new(&fixtures()[which]);
        for (name, law) in LAWS {
            let verdict = law(&own, &case);
            prop_assert!(verdict.is_ok(), "{name}: {} in {case:?}", verdict.unwrap_err());
        }
    }

    /// With the rebate cut, cycles and pieces may cost more; all laws hold.
    #[test]
    fn a_cut_rebate_only_costs(case in case(), half in any::<bool>()) {
        let mut fixture = Fixture::flat();
        fixture.params.flow.rebate = if half { Real::lit("0.5") } else { Real::ZERO };
        let own = Own::new(&fixture);
        for (name, law) in LAWS {
            let verdict = law(&own, &case);
            prop_assert!(verdict.is_ok(), "{name}: {} in {case:?}", verdict.unwrap_err());
        }
    }
}

/// The first of some cases that breaks a law, and how.
fn broken(law: Law, rule: &dyn Mechanism, slack: Real) -> Option<String> {
    let case = |number| Case { slack, ..numbered(number) };
    (0..CASES).find_map(|number| law(rule, &case(number)).err())
}

/// Every wrong rule breaks a law, every law is broken by a wrong rule, and ours keeps them all.
#[test]
fn every_wrong_rule_is_found_out() {
    let mut fixture = Fixture::flat();
    fixture.params.fees.half_spread_vol = Real::ZERO; // which would hide how a rule rounds
    let own = Own::new(&fixture);
    let mut rules = wrong(&fixture);
    rules.push(own.fork());
    println!(
        "{:<26}{}",
        "",
        (b'a'..).take(LAWS.len()).map(|c| format!(" {}", c as char)).collect::<String>()
    );
    let mut caught = vec![0; LAWS.len()];
    for rule in &rules {
        let ours = rule.name() == own.name();
        let slack = if ours { Real::ZERO } else { SLACK };
        let verdicts: Vec<_> = LAWS.iter().map(|(_, law)| broken(*law, &**rule, slack)).collect();
        let marks: String =
            verdicts.iter().map(|v| if v.is_some() { " ×" } else { " ·" }).collect();
        println!("{:<26}{marks}", rule.name());
        for (law, how) in LAWS.iter().zip(&verdicts).filter(|_| ours) {
            assert!(how.is_none(), "{}: {}", law.0, how.as_ref().unwrap());
        }
        assert!(ours || verdicts.iter().any(Option::is_some), "{} passes", rule.name());
        for (count, verdict) in caught.iter_mut().zip(&verdicts) {
            *count += usize::from(verdict.is_some());
        }
        for (law, how) in LAWS.iter().zip(&verdicts) {
            if let Some(how) = how {
                println!("    {}: {}", law.0, how.chars().take(150).collect::<String>());
            }
        }
    }
    for ((name, _), caught) in LAWS.iter().zip(caught) {
        println!("{caught} rules break: {name}");
        assert!(caught > 0, "no rule breaks: {name}");
    }
}
