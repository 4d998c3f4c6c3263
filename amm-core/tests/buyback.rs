//! The laws of the pool's buy-back auctions; and that they find out mechanisms that overpay.

mod cases;

use amm_core::num::{Amount, Cash, Real, Rounding, Size};
use amm_core::risk::buyback::{Buyback, BuybackError};
use amm_core::testing::buyback::{Pays, Pieces, never_overpays};
use cases::{drawn, must};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_pool_never_overpays(case in drawn::<Pieces>()) {
        must(never_overpays(Buyback::answer, &case))?;
    }
}

fn is_found_out(rule: Pays) -> bool {
    cases::breaks(3_000, |case: &Pieces| never_overpays(rule, case))
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
