//! Why margin cannot be told, or is not enough.

use crate::book::{POSITION_MAX, POSITIONS_MAX, Series};
use crate::num::{Cash, OutOfRange, Size};
use crate::risk::margin::SCENARIOS_MAX;

/// Why margin cannot be told, or is not enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MarginError {
    /// The account has less than an order would need.
    #[error("needs a margin of {needed}, has {held}")]
    Short {
        /// Initial margin after the order.
        needed: Cash,
        /// Cash, assets after their haircuts and options at their value.
        held: Cash,
    },
    /// A position has no value here. An expiry with a settlement price and not yet settled is a row
    /// of the board too: see [`RowConditions::fixed`](crate::risk::margin::RowConditions::fixed).
    #[error("series {series} is not on the grid")]
    NotOnGrid {
        /// What is held.
        series: Series,
    },
    /// Positions are not given by expiry, strike and kind, each once.
    #[error("series {series} does not come after the one before it")]
    Unordered {
        /// The one out of order.
        series: Series,
    },
    /// More positions than an account may hold.
    #[error("{got} positions, an account holds at most {POSITIONS_MAX}")]
    Positions {
        /// How many.
        got: usize,
    },
    /// A position larger than an account may hold.
    #[error("a position is at most {POSITION_MAX} long or short, not {position} of {series}")]
    Position {
        /// Of what.
        series: Series,
        /// The position.
        position: Size,
    },
    /// A quantity of the underlying that is negative, or too large to be valued.
    #[error("the underlying held is 0 to {}, not {got}", Size::from_atoms(i64::MAX as i128))]
    Base {
        /// Units.
        got: Size,
    },
    /// No scenarios, or too many.
    #[error("1 to {SCENARIOS_MAX} scenarios, not {got}")]
    Scenarios {
        /// How many.
        got: usize,
    },
    /// Conditions for another number of expiries than the board has.
    #[error("{got} conditions for {rows} expiries")]
    Rows {
        /// Conditions given.
        got: usize,
        /// Rows of the board.
        rows: usize,
    },
    /// What positions were summed up on is not this grid.
    #[error("the exposure is of another grid")]
    OtherGrid,
    /// A sum that does not fit, which sizes and prices in their ranges never come to.
    #[error("{what} does not fit")]
    Overflow {
        /// What was to be computed.
        what: &'static str,
    },
    /// A number's range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}
