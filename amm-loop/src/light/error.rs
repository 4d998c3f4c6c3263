//! Why a light loop stops.

use amm_core::num::{OutOfRange, Real};

use crate::spot::SpotError;

/// Why a light loop cannot be set up, or stops.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LightError {
    /// A number is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// A parameter of the market is outside its range.
    #[error(transparent)]
    Spot(#[from] SpotError),
    /// A list that must say something is empty.
    #[error("{what} is empty")]
    Empty {
        /// The list.
        what: &'static str,
    },
    /// No trade at once makes the hedge fit: a loop's gain has reached one.
    #[error("block {block}: hedging at once has no end where the loop's gain is {gain}")]
    Unstable {
        /// In which block.
        block: u64,
        /// The gain there.
        gain: Real,
    },
    /// Spot has run away.
    #[error("block {block}: ln spot has gone to {log_spot}")]
    Runaway {
        /// In which block.
        block: u64,
        /// Where to, or the last that could be counted.
        log_spot: Real,
    },
}
