//! Units of assets that an account holds.

use crate::num::{OutOfRange, Seconds, Size, Timestamp};

/// The most kinds of asset.
pub const ASSETS_MAX: usize = 8;

/// The most units of one asset that all accounts together may hold: 10¹¹.
pub const HOLDING_MAX: Size = Size::from_atoms(100_000_000_000 * Size::SCALE);

/// Units of each asset that an account holds, by the asset's number. None is negative.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Holdings([Size; ASSETS_MAX]);

/// Why assets cannot be held or valued.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// There is none of this number.
    #[error("asset {asset}, there are {assets}")]
    Unknown {
        /// Its number.
        asset: usize,
        /// How many there are.
        assets: usize,
    },
    /// Less than nothing, or more than all accounts may hold.
    #[error("a holding is 0 to {HOLDING_MAX}, not {got} of asset {asset}")]
    Holding {
        /// The asset's number.
        asset: usize,
        /// Units.
        got: Size,
    },
    /// No price has been seen.
    #[error("asset {asset} has no price")]
    Absent {
        /// Its number.
        asset: usize,
    },
    /// The price is too old to open on.
    #[error("the price of asset {asset} is {age} s old, to open it may be {most}")]
    Stale {
        /// Its number.
        asset: usize,
        /// Seconds.
        age: u64,
        /// The oldest that will do.
        most: Seconds,
    },
    /// The price was seen after now.
    #[error("the price of asset {asset} is of {at}, and it is {now}")]
    FromTheFuture {
        /// Its number.
        asset: usize,
        /// When it was seen.
        at: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// All together is worth more than cash can count, which holdings and prices in their ranges are not.
    #[error("the value of the assets does not fit")]
    Overflow,
    /// A number's range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
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
    /// [`AssetError::Unknown`], [`AssetError::Holding`]; then nothing has changed.
    pub fn set(&mut self, asset: usize, units: Size) -> Result<(), AssetError> {
        let place = self.0.get_mut(asset);
        let place = place.ok_or(AssetError::Unknown { asset, assets: ASSETS_MAX })?;
        if units < Size::ZERO || units > HOLDING_MAX {
            return Err(AssetError::Holding { asset, got: units });
        }
        *place = units;
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0 == [Size::ZERO; ASSETS_MAX]
    }

    /// By number.
    pub const fn as_slice(&self) -> &[Size] {
        &self.0
    }
}

/// Of units by number.
impl TryFrom<[Size; ASSETS_MAX]> for Holdings {
    type Error = AssetError;

    fn try_from(units: [Size; ASSETS_MAX]) -> Result<Self, AssetError> {
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
