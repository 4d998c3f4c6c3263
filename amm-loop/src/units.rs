//! From exact ledgers to the scalar and back.

use amm_core::num::{Amount, Cash, Real, Rounding, Size};

use crate::LoopError;

/// Atoms of 10⁻⁹ as a scalar, rounded down.
fn scalar(atoms: i128) -> Result<Real, LoopError> {
    const SCALE: u64 = Size::SCALE as u64;
    if let Ok(atoms) = i64::try_from(atoms) {
        // Two digits of 32 bits of the fraction, by divisions of 64 bits.
        let whole = atoms.div_euclid(SCALE as i64);
        let rest = atoms.rem_euclid(SCALE as i64) as u64;
        let (first, rest) = ((rest << 32) / SCALE, (rest << 32) % SCALE);
        let second = (rest << 32) / SCALE;
        let fraction = i128::from(first) << 32 | i128::from(second);
        return Ok(Real::from_bits((i128::from(whole) << 64) + fraction));
    }
    let amount = Amount::of(Size::from_atoms(atoms), Real::ONE);
    amount.map(Amount::floor).ok_or(LoopError::Overflow { what: "an amount" })
}

/// Contracts or units of the underlying, rounded down to 2⁻⁶⁴.
pub(crate) fn units(size: Size) -> Result<Real, LoopError> {
    scalar(size.atoms())
}

/// Cash, rounded down to 2⁻⁶⁴.
pub(crate) fn money(cash: Cash) -> Result<Real, LoopError> {
    scalar(cash.atoms())
}

/// What a size is worth, rounded down.
pub(crate) fn value(size: Size, price: Real) -> Result<Cash, LoopError> {
    // Of a size that fits a machine word the price's halves make two products that cannot overflow, and a shift
    // rounds down. Under 2⁹² atoms, and at a price under 2⁶¹, the long way refuses nothing either.
    if let Ok(atoms) = i64::try_from(size.atoms()) {
        let (high, low) = ((price.to_bits() >> 64) as i64, price.to_bits() as u64);
        let atoms = i128::from(atoms);
        let product = atoms * i128::from(high) + ((atoms * i128::from(low)) >> 64);
        if product.unsigned_abs() < 1 << 92 && high.unsigned_abs() < 1 << 61 {
            return Ok(Cash::from_atoms(product));
        }
    }
    let amount = Amount::of(size, price).ok_or(LoopError::Overflow { what: "a worth" })?;
    Ok(amount.round(Rounding::Down))
}

/// A size of so many units, rounded down in magnitude.
pub(crate) fn size(units: Real) -> Result<Size, LoopError> {
    let bits = units.to_bits();
    let atoms =
        amm_core::num::mul_div(bits.unsigned_abs(), Size::SCALE as u128, 1 << 64, Rounding::Down);
    let atoms = atoms.and_then(|atoms| i128::try_from(atoms).ok());
    let atoms = atoms.ok_or(LoopError::Overflow { what: "a size" })?;
    Ok(Size::from_atoms(if bits < 0 { -atoms } else { atoms }))
}

/// Cash of so much, rounded down.
pub(crate) fn cash(value: Real) -> Cash {
    Cash::round(value, Rounding::Down)
}

/// a·b.
pub(crate) fn mul(a: Real, b: Real) -> Result<Real, LoopError> {
    a.checked_mul(b).ok_or(LoopError::Overflow { what: "a product" })
}

/// a/b.
pub(crate) fn div(a: Real, b: Real) -> Result<Real, LoopError> {
    if b == 0 {
        return Err(LoopError::Overflow { what: "a quotient" });
    }
    a.checked_div(b).ok_or(LoopError::Overflow { what: "a quotient" })
}

/// a + b.
pub(crate) fn add(a: Real, b: Real) -> Result<Real, LoopError> {
    a.checked_add(b).ok_or(LoopError::Overflow { what: "a sum" })
}

/// a + b of money.
pub(crate) fn plus(a: Cash, b: Cash) -> Result<Cash, LoopError> {
    a.checked_add(b).ok_or(LoopError::Overflow { what: "an account" })
}

/// a + b of sizes.
pub(crate) fn more(a: Size, b: Size) -> Result<Size, LoopError> {
    a.checked_add(b).ok_or(LoopError::Overflow { what: "a position" })
}

/// The factor e^(−ln 2·seconds/half-life) of a decay.
pub(crate) fn fading(seconds: u32, half_life: u32) -> Result<Real, LoopError> {
    const LN_2: Real = Real::LN_2;
    let ratio = Real::from_num(seconds) / Real::from_num(half_life.max(1));
    Ok(amm_core::math::exp(-mul(LN_2, ratio)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The short ways are the long ones, to the bit.
        #[test]
        fn short_ways_are_the_long_ones(atoms in any::<i64>(), few in -(1_i128 << 62)..1 << 62) {
            let exact = |size, price| Amount::of(size, price).unwrap();
            let size = Size::from_atoms(atoms.into());
            prop_assert_eq!(units(size).unwrap(), exact(size, Real::ONE).floor());
            for price in [Real::from_bits(few), Real::from_bits(few << 16)] {
                prop_assert_eq!(value(size, price).unwrap(), exact(size, price).round(Rounding::Down));
            }
        }
    }

    #[test]
    fn ends_are_the_same_either_way() {
        for atoms in [i64::MIN, -1, 0, 1, i64::MAX] {
            let size = Size::from_atoms(atoms.into());
            let exact = Amount::of(size, Real::ONE).unwrap();
            assert_eq!(units(size).unwrap(), exact.floor());
            for price in [Real::DELTA, -Real::DELTA, Real::MAX, Real::MIN] {
                let exact = Amount::of(size, price).map(|exact| exact.round(Rounding::Down));
                assert_eq!(value(size, price).ok(), exact);
            }
        }
    }
}
