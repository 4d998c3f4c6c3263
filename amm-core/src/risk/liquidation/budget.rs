//! How much may be liquidated in one block.

use alloc::vec::Vec;

use crate::book::AccountId;
use crate::num::{Cash, OutOfRange, Price, Real, Rounding, Size, mul_div};
use crate::risk::liquidation::LiquidationError;
use crate::risk::within::{BPS, whole};
use crate::risk::{DebtOverflow, pay_down};

/// The impact that a block's liquidations may have on spot.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Budget {
    /// How far all liquidations of a block together may move spot, in hundredths of a per cent: 1 to
    /// 1,000.
    pub move_bps: u32,
    /// Units that may go even where the market is too shallow for them; at least an atom, so that a
    /// liquidation always ends.
    pub least: Size,
}

impl Default for Budget {
    /// A tenth of a per cent, and a hundredth of a unit.
    fn default() -> Self {
        Self { move_bps: 10, least: Size::from_atoms(Size::SCALE / 100) }
    }
}

impl Budget {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`LiquidationError::OutOfRange`] or [`LiquidationError::Money`] with the number.
    pub fn check(&self) -> Result<(), LiquidationError> {
        whole("move budgeted for liquidations in bps", self.move_bps, 1, BPS / 10)?;
        if self.least < Size::from_atoms(1) {
            let [got, min, max] = [self.least.atoms(), 1, i128::MAX].map(Cash::from_atoms);
            return Err(LiquidationError::Money { what: "least units of a block", got, min, max });
        }
        Ok(())
    }

    /// Units of the underlying that the block's liquidations may come to, rounded down.
    ///
    /// In a market that `depth` of cash moves by 100 %, linearly, that is depth·move/spot, and no more
    /// than the hedge-speed governor lets go: `governed` is its
    /// [`release`](crate::risk::governor::release) for the block. [`Budget::least`] stands in for a
    /// depth that is all but gone, never for the governor; of the governor's nothing an atom is left,
    /// so that a liquidation ends whatever the rounding.
    ///
    /// ```
    /// use amm_core::num::{Real, Size};
    /// use amm_core::risk::liquidation::Budget;
    ///
    /// let (budget, depth) = (Budget::default(), Real::lit("40000000"));
    /// let units = budget.units(depth, "2000".parse()?, Size::MAX)?;
    /// assert_eq!(units.to_string(), "20"); // 40,000 of cash move spot by 0.1 %
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Budget::check`], and [`LiquidationError::OutOfRange`] for a depth below zero.
    pub fn units(
        &self,
        depth: Real,
        spot: Price,
        governed: Size,
    ) -> Result<Size, LiquidationError> {
        self.check()?;
        let range = OutOfRange { what: "depth", got: depth, min: Real::ZERO, max: Real::MAX };
        let depth = u128::try_from(depth.to_bits()).map_err(|_| range)?;
        // 10⁹ atoms a unit over 10⁴ hundredths of a per cent.
        const ATOMS: u128 = Size::SCALE as u128 / BPS as u128;
        let by = u128::from(self.move_bps) * ATOMS;
        // Where spot is zero, or the quotient beyond all sizes, there is no limit.
        let units = mul_div(depth, by, spot.get().to_bits() as u128, Rounding::Down);
        let units = units.and_then(|units| i128::try_from(units).ok()).unwrap_or(i128::MAX);
        let units = Size::from_atoms(units).max(self.least);
        Ok(units.min(governed.max(Size::from_atoms(1))))
    }
}

/// The share of a portfolio of that delta which so many units of it are, rounded down but for the last
/// 2⁻⁶⁴: all of it where there is no more, or no delta.
///
/// # Errors
///
/// [`LiquidationError::Share`] unless there are units to go.
pub fn share_of(units: Size, delta: Size) -> Result<Real, LiquidationError> {
    let size = delta.atoms().unsigned_abs();
    match u128::try_from(units.atoms()) {
        Err(_) | Ok(0) => Err(LiquidationError::Share { got: Real::ZERO }),
        Ok(units) if units >= size => Ok(Real::ONE),
        // Below one.
        Ok(units) => {
            let bits = mul_div(units, 1 << 64, size, Rounding::Down).unwrap_or(0);
            Ok(Real::from_bits(bits.max(1) as i128))
        }
    }
}

/// A block's units over the accounts that are liquidated in it, in proportion to their deltas: exact,
/// by largest remainder, of equal ones to the lowest account.
///
/// Each gets what it would have got in any other order of the list, and no more than its delta; one
/// without a delta needs none. Accounts are given once each.
///
/// # Errors
///
/// [`DebtOverflow`] if the deltas' sizes sum to more than a [`Size`] holds.
pub fn allocate(
    units: Size,
    deltas: &[(AccountId, Size)],
) -> Result<Vec<(AccountId, Size)>, DebtOverflow> {
    let sizes = deltas.iter().map(|(account, delta)| {
        let size = delta.checked_abs().ok_or(DebtOverflow)?;
        Ok((*account, Cash::from_atoms(size.atoms())))
    });
    let sizes: Vec<_> = sizes.collect::<Result<_, DebtOverflow>>()?;
    let parts = pay_down(sizes, Cash::from_atoms(units.atoms()))?;
    Ok(parts.into_iter().map(|(id, part)| (id, Size::from_atoms(part.atoms()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> Size {
        text.parse().unwrap()
    }

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn the_tightest_limit_counts() {
        let budget = Budget { move_bps: 50, least: size("2") };
        let units = |depth: &str, spot: &str, governed: &str| {
            let depth = depth.parse().unwrap();
            budget.units(depth, price(spot), size(governed)).unwrap()
        };
        assert_eq!(units("4000000", "2000", "100"), size("10"));
        assert_eq!(units("4000000", "2000", "7"), size("7"));
        assert_eq!(units("4000", "2000", "100"), size("2"));
        assert_eq!(units("0", "2000", "1.5"), size("1.5"));
        assert_eq!(units("0", "2000", "0"), Size::from_atoms(1));
        assert_eq!(units("4000000", "0", "100"), size("100"));
        assert_eq!(units("9e18", "0.000000000000000001", "100"), size("100"));
        let error = budget.units(Real::NEG_ONE, price("1"), Size::MAX).unwrap_err();
        assert!(matches!(error, LiquidationError::OutOfRange(_)));
    }

    #[test]
    fn budgets_have_ranges() {
        assert!(Budget { move_bps: 0, ..Budget::default() }.check().is_err());
        assert!(Budget { move_bps: 1_001, ..Budget::default() }.check().is_err());
        assert!(Budget { least: Size::ZERO, ..Budget::default() }.check().is_err());
        assert_eq!(Budget::default().check(), Ok(()));
    }

    #[test]
    fn a_share_never_passes_its_units() {
        assert_eq!(share_of(size("1"), size("-3")), Ok(Real::ONE / 3));
        assert_eq!(share_of(size("3"), size("3")), Ok(Real::ONE));
        assert_eq!(share_of(size("3"), Size::ZERO), Ok(Real::ONE));
        assert_eq!(share_of(Size::from_atoms(1), Size::MIN), Ok(Real::DELTA));
        assert!(share_of(Size::ZERO, size("3")).is_err());
        assert!(share_of(size("-1"), size("3")).is_err());
    }

    #[test]
    fn units_are_shared_by_delta() {
        let deltas = [(3, "-1"), (1, "1"), (2, "2"), (9, "0")];
        let deltas = deltas.map(|(id, delta)| (AccountId(id), size(delta)));
        let parts = allocate(Size::from_atoms(1_000_000_002), &deltas).unwrap();
        let parts: Vec<_> = parts.iter().map(|(id, part)| (id.0, part.atoms())).collect();
        assert_eq!(parts, [(3, 250_000_000), (1, 250_000_001), (2, 500_000_001)]);
        assert_eq!(allocate(size("9"), &deltas).unwrap().len(), 3);
        assert!(allocate(size("1"), &[(AccountId(1), Size::MIN)]).is_err());
    }
}
