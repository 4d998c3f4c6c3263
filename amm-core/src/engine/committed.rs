//! A step between two digests, and its check by someone else.

use crate::engine::codec::{Decode, DecodeError, Encode, Sink, Source, fields};
use crate::engine::{Digest, Engine, Event, Receipt, Reject, SnapshotError};

/// What an event did, between the states before and after it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Committed {
    /// What it did.
    pub receipt: Receipt,
    /// The digest before it.
    pub before: Digest,
    /// The digest after it.
    pub after: Digest,
}

fields! { Committed { receipt, before, after } }

impl Engine {
    /// As [`Engine::apply`], with the digests before and after.
    ///
    /// # Errors
    ///
    /// [`Reject`] says why.
    pub fn apply_committed(&mut self, event: &Event) -> Result<Committed, Reject> {
        let before = self.digest();
        let receipt = self.apply(event)?;
        Ok(Committed { receipt, before, after: self.digest() })
    }
}

/// Why a step is not what it is said to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The step is said to begin at another state.
    #[error("the snapshot's digest is {found}, and the step begins at {stated}")]
    Before {
        /// The step's.
        stated: Digest,
        /// The snapshot's.
        found: Digest,
    },
    /// There is no engine to begin with.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The event is refused.
    #[error("the event is refused: {0}")]
    Refused(Reject),
    /// The event did something else.
    #[error("the event has another receipt")]
    Receipt,
    /// The step leads to another state.
    #[error("the step ends at {found}, and is said to end at {stated}")]
    After {
        /// The step's.
        stated: Digest,
        /// What the event leads to.
        found: Digest,
    },
}

/// Whether an event leads from a snapshot to where it is said to: done again from the bytes alone, by
/// anyone, on any machine.
///
/// # Errors
///
/// [`VerifyError`] says what differs first.
pub fn verify(snapshot: &[u8], event: &Event, step: &Committed) -> Result<(), VerifyError> {
    let found = Digest::of_bytes(snapshot);
    if found != step.before {
        return Err(VerifyError::Before { stated: step.before, found });
    }
    let mut engine = Engine::restore(snapshot)?;
    let receipt = engine.apply(event).map_err(VerifyError::Refused)?;
    if receipt != step.receipt {
        return Err(VerifyError::Receipt);
    }
    let found = engine.digest();
    if found != step.after {
        return Err(VerifyError::After { stated: step.after, found });
    }
    Ok(())
}
