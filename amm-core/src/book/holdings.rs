//! Units of assets beside cash and the underlying.

use crate::num::Size;

/// The most kinds of asset.
pub const ASSETS_MAX: usize = 8;

/// The most units of one asset that there may be, all accounts and the pool together: 10¹¹.
pub const HOLDING_MAX: Size = Size::from_atoms(100_000_000_000 * Size::SCALE);

/// Units of each asset that someone holds, by the asset's number. None is negative.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Holdings([Size; ASSETS_MAX]);

/// Why assets cannot be held.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HoldingError {
    /// There is none of this number.
    #[error("asset {asset}, there are {assets}")]
    Unknown {
        /// Its number.
        asset: usize,
        /// How many there are.
        assets: usize,
    },
    /// Less than nothing, or more than there may be.
    #[error("a holding is 0 to {HOLDING_MAX}, not {got} of asset {asset}")]
    Units {
        /// The asset's number.
        asset: usize,
        /// Units.
        got: Size,
    },
    /// More is to be given than there is.
    #[error("has {held} of asset {asset} and is to give {needed}")]
    Short {
        /// The asset's number.
        asset: usize,
        /// What there is.
        held: Size,
        /// What is needed.
        needed: Size,
    },
}

impl Holdings {
    /// Units of an asset, none if there is no such asset.
    pub fn get(&self, asset: usize) -> Size {
        self.0.get(asset).copied().unwrap_or(Size::ZERO)
    }

    /// Makes it the units of an asset.
    ///
    /// # Errors
    ///
    /// [`HoldingError::Unknown`], [`HoldingError::Units`]; then nothing has changed.
    pub fn set(&mut self, asset: usize, units: Size) -> Result<(), HoldingError> {
        let place = self.0.get_mut(asset);
        let place = place.ok_or(HoldingError::Unknown { asset, assets: ASSETS_MAX })?;
        if units < Size::ZERO || units > HOLDING_MAX {
            return Err(HoldingError::Units { asset, got: units });
        }
        *place = units;
        Ok(())
    }

    /// With another's units on top.
    ///
    /// # Errors
    ///
    /// [`HoldingError::Units`] for the first asset of which that would be too much.
    pub fn plus(&self, other: &Self) -> Result<Self, HoldingError> {
        let mut sum = *self;
        for (asset, more) in other.0.into_iter().enumerate() {
            let units = self.0[asset].checked_add(more).unwrap_or(Size::MAX);
            sum.set(asset, units)?;
        }
        Ok(sum)
    }

    /// Without another's units.
    ///
    /// # Errors
    ///
    /// [`HoldingError::Short`] for the first asset of which there are fewer.
    pub fn less(&self, other: &Self) -> Result<Self, HoldingError> {
        let mut rest = *self;
        for (asset, needed) in other.0.into_iter().enumerate() {
            let held = self.0[asset];
            if held < needed {
                return Err(HoldingError::Short { asset, held, needed });
            }
            rest.set(asset, Size::from_atoms(held.atoms() - needed.atoms()))?;
        }
        Ok(rest)
    }

    /// So many units of one asset.
    ///
    /// # Errors
    ///
    /// Those of [`Holdings::set`].
    pub fn of(asset: usize, units: Size) -> Result<Self, HoldingError> {
        let mut only = Self::default();
        only.set(asset, units)?;
        Ok(only)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0 == [Size::ZERO; ASSETS_MAX]
    }

    /// Whether there are none of the assets from a number on.
    pub fn is_empty_from(&self, asset: usize) -> bool {
        self.0.iter().skip(asset).all(|units| *units == Size::ZERO)
    }

    /// By number.
    pub const fn as_slice(&self) -> &[Size] {
        &self.0
    }
}

/// Of units by number.
impl TryFrom<[Size; ASSETS_MAX]> for Holdings {
    type Error = HoldingError;

    fn try_from(units: [Size; ASSETS_MAX]) -> Result<Self, HoldingError> {
        let mut holdings = Self::default();
        for (asset, units) in units.into_iter().enumerate() {
            holdings.set(asset, units)?;
        }
        Ok(holdings)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Holdings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let units = <[Size; ASSETS_MAX]>::deserialize(deserializer)?;
        units.try_into().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_holding_is_refused() {
        let mut held = Holdings::default();
        let more = Size::from_atoms(HOLDING_MAX.atoms() + 1);
        for got in [Size::from_atoms(-1), more] {
            assert_eq!(held.set(3, got), Err(HoldingError::Units { asset: 3, got }));
        }
        let unknown = HoldingError::Unknown { asset: 8, assets: ASSETS_MAX };
        assert_eq!(held.set(8, Size::ZERO), Err(unknown));
        held.set(3, HOLDING_MAX).unwrap();
        let json = serde_json::to_string(&held).unwrap();
        assert_eq!(serde_json::from_str::<Holdings>(&json).unwrap(), held);
        assert!(serde_json::from_str::<Holdings>(&json.replace("100000000000", "-1")).is_err());
    }

    #[test]
    fn sums_and_rests_are_exact_or_refused() {
        let of = |asset, atoms| Holdings::of(asset, Size::from_atoms(atoms)).unwrap();
        let both = of(1, 5).plus(&of(7, 2)).unwrap();
        assert_eq!((both.get(1).atoms(), both.get(7).atoms(), both.get(0).atoms()), (5, 2, 0));
        assert_eq!(both.less(&of(7, 2)), Ok(of(1, 5)));
        let (held, needed) = (Size::from_atoms(5), Size::from_atoms(6));
        assert_eq!(both.less(&of(1, 6)), Err(HoldingError::Short { asset: 1, held, needed }));
        let full = Holdings::of(2, HOLDING_MAX).unwrap();
        assert!(matches!(full.plus(&of(2, 1)), Err(HoldingError::Units { asset: 2, .. })));
        assert!(!both.is_empty() && both.is_empty_from(8) && !both.is_empty_from(7));
    }
}
