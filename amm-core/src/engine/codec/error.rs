//! Why bytes are refused.

use crate::book::{HoldingError, ListingError, PositionError};
use crate::engine::ParamsError;
use crate::num::OutOfRange;
use crate::risk::QueueFull;

/// Bytes that no value writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at byte {at}: {fault}")]
pub struct DecodeError {
    /// Where what is wrong begins.
    pub at: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// They end within a value.
    #[error("{left} bytes are left, and {needed} are needed")]
    End {
        /// How many more the value has.
        needed: u64,
        /// How many there are.
        left: u64,
    },
    /// They go on after the last value.
    #[error("{left} bytes are left over")]
    LeftOver {
        /// How many.
        left: u64,
    },
    /// They are something else.
    #[error("this is no {what}")]
    Magic {
        /// What they should have been.
        what: &'static str,
    },
    /// They are of another version of the format.
    #[error("the {what} is of version {got}, and this is version {known}")]
    Version {
        /// Of what.
        what: &'static str,
        /// Theirs.
        got: u32,
        /// The one that is read.
        known: u32,
    },
    /// An enum has no such variant.
    #[error("no {what} has the tag {got}")]
    Tag {
        /// Which enum.
        what: &'static str,
        /// The tag.
        got: u8,
    },
    /// A sequence is longer than it may be.
    #[error("{count} items of {what} are more than {most}")]
    TooMany {
        /// Which sequence.
        what: &'static str,
        /// How many it says.
        count: u32,
        /// How many there may be.
        most: u32,
    },
    /// The keys of a map do not rise.
    #[error("{what} do not come in their order")]
    Unordered {
        /// Which map.
        what: &'static str,
    },
    /// An amount's billionths are not fewer than 10⁹.
    #[error("an amount has {rest} billionths of its last unit")]
    Amount {
        /// How many it says.
        rest: u32,
    },
    /// Realised variance that no prices give.
    #[error("no prices give this realised variance")]
    Realised,
    /// Parts that nothing leads to together.
    #[error("nothing leads to this {what}")]
    Impossible {
        /// Of what they are parts.
        what: &'static str,
    },
    /// A number is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// Parameters that are no good together.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// An account's positions are not as an account keeps them.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// Units of an asset that nobody can hold.
    #[error(transparent)]
    Holding(#[from] HoldingError),
    /// The inventory is not as it is kept.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// The queue is too long.
    #[error(transparent)]
    Queue(#[from] QueueFull),
}

impl Fault {
    /// At a byte.
    pub const fn at(self, at: u64) -> DecodeError {
        DecodeError { at, fault: self }
    }
}
