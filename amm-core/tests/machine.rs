//! Random events, hostile ones among them: the engine's invariants after each, and the same books
//! kept once more beside it.

use amm_core::testing::machine::{Machine, Schedule};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Invariants hold, a quote is the trade, a refused event leaves no trace, a replay is the same.
    #[test]
    fn any_events_keep_the_invariants(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let ran = Machine::run(&bytes, 400, Schedule::FULL);
        prop_assert!(ran.is_ok(), "{}", ran.unwrap_err());
    }
}

/// The generator reaches what it is for: every kind of event is accepted often, and refused.
#[test]
fn every_kind_of_event_is_taken_and_refused() {
    let mut counts = amm_core::testing::machine::Counts::default();
    for run in 0..280_u64 {
        let mut state = run;
        let bytes = std::iter::repeat_with(|| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed >> 56) as u8
        });
        let bytes: Vec<_> = bytes.take(2_000).collect();
        let rare = Schedule { full_every: 64, replay: false };
        let ran = Machine::run(&bytes, 300, rare).unwrap_or_else(|how| panic!("run {run}: {how}"));
        counts.add(&ran.counts);
    }
    println!("{counts:#?}");
    assert_eq!(counts.0.len(), 18);
    for (kind, [accepted, refused]) in counts.0 {
        assert!(accepted >= 50 && refused >= 20, "{kind}: {accepted} taken, {refused} refused");
    }
}
