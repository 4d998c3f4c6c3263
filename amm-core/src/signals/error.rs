//! Why there is no signal.

use crate::num::{OutOfRange, Price};

/// Why a signal cannot be given.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// A sum, or a part of it, does not fit.
    #[error("{what} comes to more than can be counted")]
    Overflow {
        /// Which.
        what: &'static str,
    },
    /// Levels of spot ascend.
    #[error("a level of {level} does not come after one of {before}")]
    Levels {
        /// The level.
        level: Price,
        /// The one before it.
        before: Price,
    },
    /// A number is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}
