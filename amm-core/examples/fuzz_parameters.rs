//! One's own parameters against the engine's laws: `cargo run -p amm-core --example fuzz_parameters`
//!
//! Change [`mine`] and see. Parameters out of range are refused with the number; what is in range is
//! driven by random events, hostile ones among them, and held to every invariant after each: money
//! conserved, charges that never pay out more than they took in, refusals that leave no trace, replay.

use amm_core::engine::Params;
use amm_core::num::Real;
use amm_core::skew::Bands;
use amm_core::testing::fixture::Fixture;
use amm_core::testing::machine::{Counts, Machine, Op, Schedule};
use arbitrary::Unstructured;

/// Parameters to try.
fn mine() -> Vec<(&'static str, Params)> {
    let with = |change: fn(&mut Params)| {
        let mut params = Params::dynamic();
        change(&mut params);
        params
    };
    vec![
        ("the defaults", Params::dynamic()),
        ("static", Params::static_pool()),
        ("one band", with(|params| params.gain.bands = Bands::One)),
        ("above break-even", with(|params| params.gain.theta = Real::lit("1.05"))),
        ("too far above it", with(|params| params.gain.theta = Real::lit("1.2"))),
        ("half the rebate", with(|params| params.flow.rebate = Real::lit("0.5"))),
        ("too deep a discount", with(|params| params.gain.min = Real::lit("-0.2"))),
        ("a rebate of more than all", with(|params| params.flow.rebate = Real::lit("1.1"))),
    ]
}

const RUNS: u64 = 4;
const EVENTS: u64 = 250;

fn main() -> Result<(), String> {
    for (name, params) in mine() {
        if let Err(refusal) = params.check() {
            println!("{name:<26} refused: {refusal}");
            continue;
        }
        let mut counts = Counts::default();
        for run in 0..RUNS {
            let fixture = Fixture { params, ..Fixture::flat() };
            let mut machine = Machine::new(&fixture, Schedule { full_every: 16, replay: true });
            let bytes = bytes(run);
            let mut u = Unstructured::new(&bytes);
            while machine.counts.total() < EVENTS && !u.is_empty() {
                let op = Op::draw(&mut u, u16::MAX).map_err(|error| error.to_string())?;
                if matches!(op, Op::Configure { .. }) {
                    continue; // it would try other parameters than these
                }
                machine.act(&op).map_err(|how| format!("{name}, run {run}: {how} at {op:?}"))?;
            }
            assert_eq!(*machine.engine().state().params(), params);
            machine.finish().map_err(|how| format!("{name}, run {run}: {how}"))?;
            counts.add(&machine.counts);
        }
        let [done, refused] =
            counts.0.values().fold([0, 0], |sum, n| [sum[0] + n[0], sum[1] + n[1]]);
        println!("{name:<26} holds: {done} events, {refused} refusals");
    }
    Ok(())
}

/// A run's bytes, by SplitMix64: the same number gives the same run on any machine.
fn bytes(run: u64) -> Vec<u8> {
    let word = |n: u64| {
        let z = (run << 32 | n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).to_le_bytes()
    };
    (1..=EVENTS * 4).flat_map(word).collect()
}

#[test]
fn it_runs() {
    main().unwrap();
}
