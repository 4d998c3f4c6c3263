//! The simulator's market for spot, and how its impact can be got wrong on purpose.

use super::Fault;
use amm_core::num::Real;
use amm_loop::spot::{Impact, SpotError, Venue};

/// A venue that takes flow, with the sign it should have or the other.
#[derive(Clone, Debug)]
pub(super) struct Market {
    venue: Venue,
    reversed: bool,
}

impl Market {
    pub(super) fn new(
        impact: Impact,
        scale: Real,
        fault: Option<Fault>,
    ) -> Result<Self, SpotError> {
        let reversed = fault == Some(Fault::ImpactSign);
        Ok(Self { venue: Venue::new(impact, scale)?, reversed })
    }

    /// Spends cash on spot.
    pub(super) fn push(&mut self, cash: Real) -> Result<(), SpotError> {
        self.venue.push(if self.reversed { -cash } else { cash }).map(|_| ())
    }

    pub(super) fn pass(&mut self, seconds: u32) {
        self.venue.pass(seconds);
    }

    /// Of ln spot.
    pub(super) fn displacement(&self) -> Real {
        self.venue.displacement()
    }
}
