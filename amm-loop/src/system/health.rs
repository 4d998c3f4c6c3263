//! Whether a position has its margin and a loan its collateral: asked of everybody, twice a block.
//!
//! Both are comparisons of scalars that are rounded on the way. Most of those asked are far from the line, which
//! whole atoms and one product show; only the others are worked out.

use amm_core::num::{Cash, Real, Size};

use crate::system::SystemError;
use crate::units::{money, mul, units};

/// Atoms by which something is clear: more than all roundings of the exact comparison come to.
const CLEAR: i128 = 4;

/// share·worth in atoms, rounded down; `None` unless the share is within 0 and 1, and the worth within 2⁶⁴ atoms.
fn part(share: Real, worth: Cash) -> Option<i128> {
    let share = u64::try_from(share.to_bits()).ok()?;
    let worth = u64::try_from(worth.atoms().unsigned_abs()).ok()?;
    i128::try_from((u128::from(share) * u128::from(worth)) >> 64).ok()
}

/// equity ≥ margin·|perps|·price, where `value` is perps·price rounded down.
///
/// Under a price of 2³² the scalar of the position is over its exact worth by no more than 2⁻³² units of cash,
/// a quarter of an atom, and |value| under it by no more than one.
pub(super) fn has_margin(
    equity: Cash,
    perps: Size,
    value: Cash,
    price: Real,
    margin: Real,
) -> Result<bool, SystemError> {
    const PRICE: Real = Real::from_bits(1 << 96);
    if price < PRICE && part(margin, value).is_some_and(|asked| equity.atoms() > asked + CLEAR) {
        return Ok(true);
    }
    Ok(money(equity)? >= mul(margin, mul(units(perps)?.abs(), price)?)?)
}

/// threshold·collateral ≥ debt.
pub(super) fn bears_debt(
    collateral: Cash,
    threshold: Real,
    debt: Cash,
) -> Result<bool, SystemError> {
    let clear = |counts: i128| collateral >= Cash::ZERO && counts > debt.atoms() + CLEAR;
    if part(threshold, collateral).is_some_and(clear) {
        return Ok(true);
    }
    Ok(mul(threshold, money(collateral)?)? >= money(debt)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::books::worth;
    use proptest::prelude::*;

    proptest! {
        /// The short way says what the long one says, on the line and at any distance from it. Worths of all
        /// sizes are as likely, so that it is taken.
        #[test]
        fn the_short_way_is_the_long_one(
            atoms in -(1_i128 << 59)..1 << 59, bits in 1_i128..1 << 97, share in 0_i128..1 << 64,
            fewer in 0_u32..59, cheaper in 0_u32..60,
            near in -9_i128..10, far in -(1_i128 << 70)..1 << 70, on_the_line: bool,
        ) {
            let (size, price) = (Size::from_atoms(atoms >> fewer), Real::from_bits(bits >> cheaper));
            let share = Real::from_bits(share);
            let value = worth(size, price).unwrap();
            let off = if on_the_line { near } else { far };
            if let Ok(asked) = mul(share, mul(units(size).unwrap().abs(), price).unwrap()) {
                let equity = Cash::from_atoms(crate::units::cash(asked).atoms() + off);
                let exact = money(equity).unwrap() >= asked;
                prop_assert_eq!(has_margin(equity, size, value, price, share).unwrap(), exact);
            }
            let counts = mul(share, money(value).unwrap()).unwrap();
            let debt = Cash::from_atoms((crate::units::cash(counts).atoms() + off).max(0));
            let exact = counts >= money(debt).unwrap();
            prop_assert_eq!(bears_debt(value, share, debt).unwrap(), exact);
        }
    }
}
