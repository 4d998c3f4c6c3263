//! Sums as large as a settlement can make them.

use crate::num::{Amount, Cash, Real, Rounding, Size, div_rem};

/// Exact money in units of 2⁻⁶⁴·10⁻⁹, up to ±2¹²⁷ atoms.
///
/// An [`Amount`] holds as much as a [`Real`], 9·10¹⁸. One position can settle at 10⁹ contracts
/// times 10¹², and a settlement may not fail.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::risk) struct Worth {
    /// Whole atoms of cash, rounded down.
    atoms: i128,
    /// What is left, in units of 2⁻⁶⁴ of an atom.
    fraction: u64,
}

impl Worth {
    pub(in crate::risk) const ZERO: Self = Self { atoms: 0, fraction: 0 };

    /// Size times price. Every size up to 2⁶⁸ atoms, and every price of a
    /// [`Price`](crate::num::Price), fits.
    pub(in crate::risk) fn of(size: Size, price: Real) -> Option<Self> {
        const HALF: u32 = 32;
        let (size, price) = (size.atoms(), price.to_bits());
        let fraction = price as u64;
        // size·fraction in two steps, each of which leaves a size 95 bits.
        let high = size.checked_mul(i128::from(fraction >> HALF))?;
        let low = size.checked_mul(i128::from(fraction as u32))?;
        let low = low.checked_add((high & i128::from(u32::MAX)) << HALF)?;
        let whole = size.checked_mul(price >> 64)?;
        let atoms = whole.checked_add(high >> HALF)?.checked_add(low >> 64)?;
        Some(Self { atoms, fraction: low as u64 })
    }

    pub(in crate::risk) fn checked_add(self, other: Self) -> Option<Self> {
        let (fraction, carry) = self.fraction.overflowing_add(other.fraction);
        let atoms = self.atoms.checked_add(other.atoms)?.checked_add(i128::from(carry))?;
        Some(Self { atoms, fraction })
    }

    pub(in crate::risk) fn checked_neg(self) -> Option<Self> {
        match self.fraction {
            0 => Some(Self { atoms: self.atoms.checked_neg()?, fraction: 0 }),
            fraction => Some(Self { atoms: !self.atoms, fraction: fraction.wrapping_neg() }),
        }
    }

    pub(in crate::risk) fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.checked_neg()?)
    }

    pub(in crate::risk) fn round(self, rounding: Rounding) -> Option<Cash> {
        let up = matches!(rounding, Rounding::Up) && self.fraction > 0;
        self.atoms.checked_add(i128::from(up)).map(Cash::from_atoms)
    }

    /// The least size worth it at a price above zero, for what is not negative.
    pub(in crate::risk) fn size_at(self, price: Real) -> Option<Size> {
        let atoms = u128::try_from(self.atoms).ok()?;
        let (high, low) = (atoms >> 64, atoms << 64 | u128::from(self.fraction));
        let (size, rest) = div_rem(high, low, u128::try_from(price.to_bits()).ok()?)?;
        let size = size.checked_add(u128::from(rest > 0))?;
        i128::try_from(size).ok().map(Size::from_atoms)
    }

    /// The same as an [`Amount`], if it is below 2⁶³ atoms.
    pub(in crate::risk) fn amount(self) -> Option<Amount> {
        let parts = self.atoms.checked_mul(1 << 64)?.checked_add(i128::from(self.fraction))?;
        let (units, rest) = (parts.div_euclid(Size::SCALE), parts.rem_euclid(Size::SCALE));
        Amount::from_parts(units, u32::try_from(rest).ok()?)
    }
}

impl From<Cash> for Worth {
    fn from(cash: Cash) -> Self {
        Self { atoms: cash.atoms(), fraction: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;

    fn big(worth: Worth) -> BigInt {
        (BigInt::from(worth.atoms) << 64) + worth.fraction
    }

    #[test]
    fn products_and_sums_are_exact() {
        let sizes = [0, 1, -1, 1 << 68, -(1 << 68), 123_456_789_012_345_678, -987_654_321];
        let prices =
            [0, 1, u64::MAX.into(), 1 << 64, 10_i128.pow(12) << 64, 0x1234_5678_9abc << 52];
        let all = || sizes.iter().flat_map(|size| prices.map(|price| (*size, price)));
        let worth = |(size, price)| Worth::of(Size::from_atoms(size), Real::from_bits(price));
        for one in all() {
            let a = worth(one).unwrap();
            assert_eq!(big(a), BigInt::from(one.0) * one.1);
            assert_eq!(big(a.checked_neg().unwrap()), -big(a));
            let (down, up) = (a.round(Rounding::Down).unwrap(), a.round(Rounding::Up).unwrap());
            assert!(Worth::from(down) <= a && a <= Worth::from(up));
            assert_eq!(up.atoms() - down.atoms(), i128::from(a.fraction > 0));
            if let Some(amount) = a.amount() {
                let (units, rest) = amount.to_parts();
                assert_eq!(BigInt::from(units) * Size::SCALE + rest, big(a));
            }
            for other in all() {
                let b = worth(other).unwrap();
                assert_eq!(big(a.checked_add(b).unwrap()), big(a) + big(b));
                assert_eq!(big(a.checked_sub(b).unwrap()), big(a) - big(b));
                assert_eq!(a.cmp(&b), big(a).cmp(&big(b)));
            }
        }
        assert_eq!(worth((i128::MAX, 1 << 65)), None);
        assert_eq!(Worth::from(Cash::MIN).checked_neg(), None);
        assert_eq!(Worth::from(Cash::MAX).checked_add(Worth::from(Cash::from_atoms(1))), None);
    }

    #[test]
    fn a_size_is_worth_no_less() {
        let third = Real::ONE / 3; // rounded down
        let cash = |atoms| Worth::from(Cash::from_atoms(atoms));
        assert_eq!(cash(1).size_at(third), Some(Size::from_atoms(4)));
        assert_eq!(
            Worth::of(Size::from_atoms(7), third).unwrap().size_at(third),
            Some(Size::from_atoms(7))
        );
        assert_eq!(cash(0).size_at(third), Some(Size::ZERO));
        assert_eq!(cash(1).size_at(Real::ZERO), None);
        assert_eq!(cash(-1).size_at(third), None);
        assert_eq!(cash(i128::MAX).size_at(third), None);
    }
}
