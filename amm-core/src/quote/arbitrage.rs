//! The guard against static arbitrage in the quotes.
//!
//! Nothing is looked at that no book can break; of the rest a trade is refused that would leave a
//! constraint broken and worse than it is. So a state that a market update has broken takes trades
//! that mend it, and no others that touch what is broken.

use crate::num::{Price, Real, Timestamp};
use crate::quote::{Constraint, Desk, Family, Marginals};
use crate::skew::{FlowTrial, Trial};

/// A trade would leave quotes that could be traded against each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("quotes would break {family} at strike {strike} of {expiry} by {shortfall}")]
pub struct ArbitrageLimit {
    /// What would be broken.
    pub family: Family,
    /// The expiry, of a calendar spread the earlier.
    pub expiry: Timestamp,
    /// The strike, of a butterfly the middle one.
    pub strike: Price,
    /// What the portfolio that may not be worth less than nothing would fall short by, in cash, for at
    /// most one contract of each option.
    pub shortfall: Real,
}

/// The constraint that is nearest to being broken, or the most broken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Worst {
    /// It.
    pub constraint: Constraint,
    /// What it is worth at the mids, in cash.
    pub value: Real,
    /// How far below nothing that may be, the error of its evaluation.
    pub tolerance: Real,
}

impl Worst {
    /// Whether it is broken by more than its tolerance.
    pub fn is_broken(&self) -> bool {
        self.value < -self.tolerance
    }
}

impl Desk {
    /// The constraint that the present mids come nearest to breaking, in cash beyond its tolerance;
    /// `None` for an empty board.
    pub fn worst(&self) -> Option<Worst> {
        self.worst_at(&self.marginals())
    }

    /// [`Desk::worst`] at other mids of this market state.
    pub fn worst_at(&self, marginals: &Marginals<'_>) -> Option<Worst> {
        let mut worst: Option<Worst> = None;
        self.constraints().each(|constraint| {
            let value = constraint.value(marginals);
            let tolerance = constraint.tolerance(self);
            let margin = |value: Real, tolerance| value.saturating_add(tolerance);
            let least = worst.as_ref().map(|worst| margin(worst.value, worst.tolerance));
            if least.is_none_or(|least| margin(value, tolerance) < least) {
                worst = Some(Worst { constraint, value, tolerance });
            }
        });
        worst
    }

    /// What breaking a constraint by `value` is called.
    fn limit(&self, constraint: &Constraint, value: Real) -> ArbitrageLimit {
        let at = constraint.legs[0].at;
        ArbitrageLimit {
            family: constraint.family,
            expiry: self.row(at).stamp,
            strike: self.valued(at).strike,
            shortfall: -value,
        }
    }

    /// Refuses what a trade would leave if it breaks an open constraint or breaks it further.
    pub(super) fn guard(&self, trial: &Trial, flow: &FlowTrial) -> Result<(), ArbitrageLimit> {
        if self.certificate.open().is_empty() {
            return Ok(());
        }
        let (before, after) = (self.marginals(), self.marginals_after(trial, flow));
        for constraint in self.certificate.open() {
            let value = constraint.value(&after);
            if value < -constraint.tolerance(self) && value < constraint.value(&before) {
                return Err(self.limit(constraint, value));
            }
        }
        Ok(())
    }
}
