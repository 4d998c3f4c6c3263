//! Why a system stops.

use alloc::boxed::Box;

use amm_core::num::{Cash, OutOfRange};
use amm_core::risk::breaker::LevelError;
use amm_core::risk::funding::FundingError;
use amm_core::risk::liquidation::{LiquidationError, WaterfallError};
use amm_core::risk::margin::MarginError;
use amm_core::signals::SignalError;

use crate::LoopError;
use crate::spot::SpotError;
use crate::system::Protocol;

/// Why a system cannot be made, cannot go on, or a question about it has no answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SystemError {
    /// A number is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The venue's or the process's parameters, or a trade the venue cannot take.
    #[error(transparent)]
    Spot(#[from] SpotError),
    /// A number does not fit.
    #[error(transparent)]
    Loop(Box<LoopError>),
    /// A level of the breaker that makes no automaton.
    #[error(transparent)]
    Breaker(#[from] LevelError),
    /// A margin's parameters, or what it depends on.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// A liquidation's parameters, or a sum it cannot have.
    #[error(transparent)]
    Liquidation(#[from] LiquidationError),
    /// A loss that cannot be shared.
    #[error(transparent)]
    Waterfall(#[from] WaterfallError),
    /// Funding that would swing, or a rate out of range.
    #[error(transparent)]
    Funding(#[from] FundingError),
    /// A prediction's inputs.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// The scenario contradicts itself.
    #[error("{0}")]
    Scenario(&'static str),
    /// Something has come from nowhere, or has gone there.
    #[error("block {block}: {what} is off by {atoms} atoms")]
    NotConserved {
        /// When it was seen.
        block: u32,
        /// What does not add up.
        what: &'static str,
        /// By how much there is too much.
        atoms: i128,
    },
    /// A loss that a protocol has not got.
    #[error("a loss of {loss} is more than the {held} that {protocol} holds")]
    LossTooGreat {
        /// Where it was to fall.
        protocol: Protocol,
        /// How much it was.
        loss: Cash,
        /// How much there is.
        held: Cash,
    },
    /// Rows of a matrix, or lists that go with it, whose lengths differ, or nothing at all.
    #[error("{what} has {got} entries, not {want}")]
    Shape {
        /// Which.
        what: &'static str,
        /// How many entries it has.
        got: usize,
        /// How many it must have.
        want: usize,
    },
    /// A matrix without an inverse.
    #[error("the matrix has no inverse: column {column} depends on those before it")]
    Singular {
        /// The first column that has no pivot.
        column: usize,
    },
    /// Payments that have not come to rest.
    #[error("payments still move by {left} after {rounds} rounds")]
    NotCleared {
        /// The last change.
        left: Cash,
        /// How many rounds there were.
        rounds: u32,
    },
    /// Bytes that are no saved system.
    #[error("these bytes are no system that was saved by this version under this scenario")]
    Saved,
}

impl From<LoopError> for SystemError {
    fn from(error: LoopError) -> Self {
        Self::Loop(Box::new(error))
    }
}
