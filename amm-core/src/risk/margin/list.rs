//! What may stand as collateral, by number.

use crate::book::{ASSETS_MAX, HoldingError};
use crate::num::{Real, Seconds, Size, Vol};
use crate::risk::margin::{AssetError, AssetParams, Crowd};

/// How up to [`ASSETS_MAX`] assets count, by number.
///
/// ```
/// use amm_core::num::{Real, Seconds};
/// use amm_core::risk::margin::{AssetList, AssetParams, Crowd};
///
/// let staked = AssetParams {
///     haircut: Real::lit("0.15"),
///     haircut_initial: Real::lit("0.25"),
///     vol_calm: "0.6".parse()?,
///     vol_slope: Real::lit("0.25"),
///     crowd: Crowd::Everyone,
///     capacity: "100000".parse()?,
///     crowding: Real::lit("0.5"),
///     fresh: Seconds::new(60)?,
///     dead: Seconds::new(3600)?,
/// };
/// let assets = AssetList::new(&[staked])?;
/// assert_eq!(assets.as_slice(), [staked]);
/// assert!(AssetList::new(&[AssetParams { haircut: Real::lit("1.5"), ..staked }]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "alloc::vec::Vec<AssetParams>"))]
#[cfg_attr(feature = "serde", serde(into = "alloc::vec::Vec<AssetParams>"))]
pub struct AssetList {
    len: u8,
    /// Beyond `len` all [`NOTHING`].
    list: [AssetParams; ASSETS_MAX],
}

/// What counts for nothing.
const NOTHING: AssetParams = AssetParams {
    haircut: Real::ONE,
    haircut_initial: Real::ONE,
    vol_calm: Vol::MIN,
    vol_slope: Real::ZERO,
    crowd: Crowd::Holder,
    capacity: Size::ZERO,
    crowding: Real::ZERO,
    fresh: Seconds::ZERO,
    dead: Seconds::ZERO,
};

impl AssetList {
    /// These assets.
    ///
    /// # Errors
    ///
    /// [`HoldingError::Unknown`] for too many, and those of [`AssetParams::check`].
    pub fn new(assets: &[AssetParams]) -> Result<Self, AssetError> {
        let mut all = Self::default();
        if assets.len() > ASSETS_MAX {
            return Err(HoldingError::Unknown { asset: ASSETS_MAX, assets: ASSETS_MAX }.into());
        }
        for (place, asset) in all.list.iter_mut().zip(assets) {
            asset.check()?;
            *place = *asset;
            all.len += 1; // at most eight
        }
        Ok(all)
    }

    /// By number.
    pub fn as_slice(&self) -> &[AssetParams] {
        &self.list[..usize::from(self.len)]
    }

    /// How many.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Default for AssetList {
    /// None.
    fn default() -> Self {
        Self { len: 0, list: [NOTHING; ASSETS_MAX] }
    }
}

impl core::fmt::Debug for AssetList {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl TryFrom<alloc::vec::Vec<AssetParams>> for AssetList {
    type Error = AssetError;

    fn try_from(assets: alloc::vec::Vec<AssetParams>) -> Result<Self, AssetError> {
        Self::new(&assets)
    }
}

impl From<AssetList> for alloc::vec::Vec<AssetParams> {
    fn from(assets: AssetList) -> Self {
        assets.as_slice().to_vec()
    }
}
