//! Why a run stops.

use amm_core::engine::{ParamsError, Reject, invariants::Violation};
use amm_core::num::OutOfRange;

use crate::spot::SpotError;

/// Why a world cannot be made or cannot go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoopError {
    /// A number of the scenario is out of range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The venue's or the process's parameters, or a trade it cannot take.
    #[error(transparent)]
    Spot(#[from] SpotError),
    /// The pool's parameters.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The pool refused what a run cannot do without.
    #[error("the pool refused {what}: {why}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// Its answer.
        why: Reject,
    },
    /// An invariant of the engine does not hold.
    #[error("block {block}: {what}")]
    Violation {
        /// When it was seen.
        block: u32,
        /// Which.
        what: Violation,
    },
    /// A number does not fit.
    #[error("{what} does not fit")]
    Overflow {
        /// Of what.
        what: &'static str,
    },
    /// The scenario contradicts itself.
    #[error("{0}")]
    Scenario(&'static str),
    /// Bytes that are no saved world.
    #[error("these bytes are no world that was saved by this version under this scenario")]
    Saved,
}
