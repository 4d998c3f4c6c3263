//! Why assets cannot be valued.

use crate::book::HoldingError;
use crate::num::{OutOfRange, Seconds, Timestamp};

/// Why assets cannot be held or valued.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// There is no such asset, or units that nobody can hold.
    #[error(transparent)]
    Holding(#[from] HoldingError),
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
