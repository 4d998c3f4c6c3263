//! What must hold after each step of a session.

use super::session::{Action, Answer};
use amm_core::engine::{Engine, Reject, State, Traded, invariants};
use amm_core::num::Real;
use amm_core::quote::{Family, Worst};

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
    /// A trade that limits apply to has left quotes that can be traded against each other, or more so
    /// than before.
    #[error("the mids break {family} by {shortfall}")]
    Arbitrage {
        /// What is broken.
        family: Family,
        /// By how much cash.
        shortfall: Real,
    },
}

/// What a step is held against.
pub(super) struct Before {
    state: State,
    worst: Option<Worst>,
}

impl Before {
    /// As it is now.
    pub(super) fn of(engine: &Engine) -> Self {
        let worst = engine.desk().and_then(|desk| desk.worst());
        Self { state: engine.state().clone(), worst }
    }

    /// Holds a step from here to `engine` to what must be so, with the quote that was asked for before a
    /// trade.
    pub(super) fn step(
        &self,
        action: &Action,
        engine: &Engine,
        planned: Option<Result<Traded, Reject>>,
        answer: &Result<Answer, Reject>,
    ) -> Result<(), Violation> {
        let touched = match (answer, action) {
            (Err(_), _) => Some("a refused event"),
            (Ok(_), Action::Quote(_)) => Some("a quote"),
            _ => None,
        };
        if let Some(what) = touched.filter(|_| *engine.state() != self.state) {
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

    /// Holds the mids that a trade has left to what no book may bend them into.
    pub(super) fn quotes(&self, engine: &Engine) -> Result<(), Violation> {
        let margin = |worst: &Worst| worst.value.saturating_add(worst.tolerance);
        let worst = engine.desk().and_then(|desk| desk.worst());
        let broken = worst.filter(|worst| {
            worst.is_broken()
                && self.worst.as_ref().is_none_or(|before| margin(worst) < margin(before))
        });
        match broken {
            Some(Worst { constraint, value, .. }) => {
                Err(Violation::Arbitrage { family: constraint.family, shortfall: -value })
            }
            None => Ok(()),
        }
    }
}
