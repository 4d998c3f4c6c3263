//! The laws of the pool's buy-back auctions; and that they find out mechanisms that overpay.

use amm_core::num::{Amount, Cash, Real, Rounding, Size};
use amm_core::risk::buyback::{Buyback, BuybackError};
use amm_core::testing::buyback::{Pays, Pieces, never_overpays};
use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_pool_never_overpays(bytes in proptest::collection::vec(any::<u8>(), 512)) {
        let case = Pieces::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        never_overpays(Buyback::answer, &case).map_err(TestCaseError::fail)?;
    }
}

/// Whether the law breaks on any of many cases.
fn is_found_out(rule: Pays) -> bool {
    let mut state = 1_u64;
    (0..3_000).any(|_| {
        let bytes: Vec<u8> = (0..512)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                (state >> 56) as u8
            })
            .collect();
        never_overpays(rule, &Unstructured::new(&bytes).arbitrary().unwrap()).is_err()
    })
}

fn shifted(
    paid: Result<(Cash, Buyback), BuybackError>,
    by: i128,
) -> Result<(Cash, Buyback), BuybackError> {
    paid.map(|(cash, left)| (Cash::from_atoms(cash.atoms() + by), left))
}

#[test]
fn wrong_buybacks_are_found_out() {
    assert!(!is_found_out(Buyback::answer));
    // Rounded for whoever answers.
    assert!(is_found_out(|auction, curve, answer, now| {
        shifted(auction.answer(curve, answer, now), 1)
    }));
    // One price for any size: the marginal relief of the first contract for all of them.
    assert!(is_found_out(|auction, curve, answer, now| {
        let (_, left) = auction.answer(curve, answer, now)?;
        let size = Size::from_atoms(answer.size.atoms().abs());
        let flat = Amount::of(size, Real::ONE).and_then(|flat| flat.checked_add(answer.worth));
        Ok((flat.unwrap_or_default().round(Rounding::Down), left))
    }));
    // The curve read the wrong way: all of it at first.
    assert!(is_found_out(|auction, curve, answer, now| {
        let spent = curve.share(now.get() - auction.since.get());
        let relief = answer.relief.floor() * spent;
        let paid = answer.worth.checked_add(relief.into()).unwrap();
        let (_, left) = auction.answer(curve, answer, now)?;
        Ok((paid.round(Rounding::Down), left))
    }));
    // What is answered is wanted still, and can be sold again.
    assert!(is_found_out(|auction, curve, answer, now| {
        auction.answer(curve, answer, now).map(|(cash, _)| (cash, *auction))
    }));
}
