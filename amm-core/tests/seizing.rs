//! The law of assets taken for what is missing; and that it finds out ways that are wrong.

use amm_core::book::Holdings;
use amm_core::num::Size;
use amm_core::risk::margin::{Assets, Seized};
use amm_core::testing::assets::{self as laws, Debt};
use proptest::prelude::*;

/// Some debt that a wrong way to seize does not pass.
#[track_caller]
fn is_rejected(seizes: laws::Seizes) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = || -> Vec<u8> {
        let byte = |_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as u8
        };
        (0..400).map(byte).collect()
    };
    let debts: Vec<_> = (0..2_000).map(|_| Debt::from_bytes(&bytes())).collect();
    let fair = debts.iter().find_map(|debt| laws::seizing_is_fair(Assets::seize, debt).err());
    assert_eq!(fair, None);
    let found = debts.iter().any(|debt| laws::seizing_is_fair(seizes, debt).is_err());
    assert!(found, "the law finds nothing wrong");
}

#[test]
fn wrong_ways_to_seize_are_found_out() {
    // At their price, without a haircut: the pool pays for what margin did not count.
    is_rejected(|assets, held, missing| {
        let price = assets.at_price(held)?;
        Ok(Seized { units: *held, worth: price.min(missing) })
    });
    // All of it, whatever is missing.
    is_rejected(|assets, held, missing| {
        Ok(Seized { units: *held, ..assets.seize(held, missing)? })
    });
    // The first asset alone: the account walks away with the others.
    is_rejected(|assets, held, missing| {
        let first = Holdings::of(0, held.get(0))?;
        assets.seize(&first, missing)
    });
    // Rounded down: a debt of atoms takes nothing.
    is_rejected(|assets, held, missing| {
        let seized = assets.seize(held, missing)?;
        let mut units = Holdings::default();
        for (asset, taken) in seized.units.as_slice().iter().enumerate() {
            units.set(asset, Size::from_atoms((taken.atoms() - 1).max(0)))?;
        }
        Ok(Seized { units, ..seized })
    });
    // Forgiven.
    is_rejected(|_, _, missing| Ok(Seized { units: Holdings::default(), worth: missing }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn seizing_is_fair(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let verdict = laws::seizing_is_fair(Assets::seize, &Debt::from_bytes(&bytes));
        prop_assert!(verdict.is_ok(), "{}", verdict.unwrap_err());
    }
}
