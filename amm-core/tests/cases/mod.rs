//! What tests of laws share: drawn cases, and whether a law breaks on any of many.

use amm_core::testing::Verdict;
use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// Bytes a case is drawn from; what they lack reads as zeros.
const BYTES: usize = 1024;

/// Any case.
pub(crate) fn drawn<T: for<'a> Arbitrary<'a> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    let bytes = proptest::collection::vec(any::<u8>(), BYTES);
    bytes.prop_map(|bytes| Unstructured::new(&bytes).arbitrary().unwrap())
}

pub(crate) fn must(verdict: Verdict) -> Result<(), TestCaseError> {
    verdict.map_err(TestCaseError::fail)
}

/// Whether a law breaks on one of so many cases, the same every time.
pub(crate) fn breaks<T: for<'a> Arbitrary<'a>>(cases: u32, law: impl Fn(&T) -> Verdict) -> bool {
    let mut state = 1_u64;
    (0..cases).any(|_| {
        let bytes: Vec<u8> = (0..BYTES)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                (state >> 56) as u8
            })
            .collect();
        law(&Unstructured::new(&bytes).arbitrary().unwrap()).is_err()
    })
}
