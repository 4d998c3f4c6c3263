//! What stands behind options that are sold on margin.

use amm_core::num::{Cash, Price, Real, Size, serde_real};
use amm_core::pricing::Kind;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::within;
use crate::units::{cash, mul, size};

/// Coins that a seller brings, and how many contracts it would be short of for each.
///
/// A seller of calls brings the coins, a seller of puts what they are worth at the start. Where the pool
/// asks for full collateral it sells one contract for each coin or less; where it asks for margin as many
/// as that admits, up to its leverage.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Backing {
    /// 0 to 10⁷.
    #[serde(with = "serde_real")]
    pub coins: Real,
    /// 0 to 100.
    #[serde(with = "serde_real")]
    pub leverage: Real,
}

impl Backing {
    pub(super) fn fine(&self) -> bool {
        within(self.coins, 0, 10_000_000) && within(self.leverage, 0, 100)
    }

    /// What it brings, in cash and in units of the underlying.
    pub(super) fn brings(&self, option: Kind, spot: Price) -> Result<(Cash, Size), LoopError> {
        match option {
            Kind::Call => Ok((Cash::ZERO, size(self.coins)?)),
            Kind::Put => Ok((cash(mul(self.coins, spot.get())?), Size::ZERO)),
        }
    }

    /// Contracts that it would be short of at most.
    pub(super) fn most(&self) -> Result<Size, LoopError> {
        size(mul(self.coins, self.leverage)?)
    }
}
