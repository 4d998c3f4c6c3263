//! When hedgers trade.

use amm_core::num::{Real, serde_real};
use serde::{Deserialize, Serialize};

use super::LightError;
use crate::spot::within;

/// When hedgers trade. The gap is what their target is over what they hold.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Hedge {
    /// The open loop: they trade the gap at once, somewhere that does not move this spot.
    Elsewhere,
    /// A block late: they trade the gap they saw at its start, before spot moves by itself.
    Late,
    /// Hedge, spot moves, hedge again: so many times after spot's own move. What the last round
    /// moved they leave unhedged for good.
    Rounds(u32),
    /// At once: they trade until the gap is closed, their own impact counted in. It takes a gain
    /// below one (Frey and Stremme 1997).
    AtOnce,
    /// They trade a share of the gap each block: 0 to 1.
    Partly(#[serde(with = "serde_real")] Real),
    /// They trade nothing while the gap is within a half-width, else all of it at once, their own
    /// impact counted in. The half-width is over the scale: 0 to 8.
    Band(#[serde(with = "serde_real")] Real),
    /// They trade what the passing of time changes of the target, and not what spot changes
    /// (Avellaneda and Lipkin 2003).
    Decay,
}

impl Hedge {
    pub(super) fn check(&self) -> Result<(), LightError> {
        match *self {
            Self::Partly(share) => within("share of the gap", share, Real::ZERO, Real::ONE)?,
            Self::Band(half) => within("half-width", half, Real::ZERO, Real::lit("8"))?,
            Self::Elsewhere | Self::Late | Self::Rounds(_) | Self::AtOnce | Self::Decay => {}
        }
        Ok(())
    }
}
