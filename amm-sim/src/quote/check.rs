//! What must hold after each step of a session.

use super::session::{Action, Answer};
use amm_core::engine::{Engine, Reject, State, Traded, invariants};

/// Something that must hold and does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// An invariant of the engine.
    #[error(transparent)]
    Invariant(#[from] invariants::Violation),
    /// A trade came to something else than its quote.
    #[error("the quote just before the trade was not what the trade came to")]
    Plan,
    /// A total is not what its parts come to.
    #[error("the total is not the sum of its parts, rounded up, and one atom")]
    Parts,
    /// What should not have touched the state did.
    #[error("{what} has changed the state")]
    Touched {
        /// A quote or a refused event.
        what: &'static str,
    },
}

/// Holds a step to what must be so: from `before` to `engine` by `action`, with the quote that was
/// asked for before a trade.
pub(super) fn step(
    action: &Action,
    (before, engine): (&State, &Engine),
    planned: Option<Result<Traded, Reject>>,
    answer: &Result<Answer, Reject>,
) -> Result<(), Violation> {
    let same = engine.state() == before;
    let touched = match (answer, action) {
        (Err(_), _) => Some("a refused event"),
        (Ok(_), Action::Quote(_)) => Some("a quote"),
        _ => None,
    };
    if let Some(what) = touched.filter(|_| !same) {
        return Err(Violation::Touched { what });
    }
    let done = answer.map(|answer| answer.priced.map(|priced| priced.traded));
    if let Some(planned) = planned
        && planned.map(Some) != done
    {
        return Err(Violation::Plan);
    }
    if let Ok(Some(traded)) = done
        && traded.parts.total() != Some(traded.total)
    {
        return Err(Violation::Parts);
    }
    Ok(invariants::check(engine)?)
}
