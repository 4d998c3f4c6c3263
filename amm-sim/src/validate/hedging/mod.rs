//! F16 to F18: what it costs to hedge an option now and then, or at a price.
//!
//! A call struck where spot begins, at [`START`], is short; spot is lognormal without drift and does
//! not feel the hedge. Prices and Greeks are the core's.

pub(super) mod band;
pub(super) mod cost;
pub(super) mod discrete;

use super::Fault;
use amm_core::math::{exp, sqrt};
use amm_core::num::{Discount, OutOfRange, Price, Real, Seconds, Vol, YEAR_S};
use amm_core::pricing::{Expiry, Valuation};
use amm_loop::draw::Draws;

/// Spot at first, and the strike.
const START: Real = Real::lit("100");

/// Spot by itself.
#[derive(Clone, Copy, Debug)]
struct Walk {
    spot: Real,
    log: Real,
    /// σ√Δ.
    deviation: Real,
}

impl Walk {
    fn new(vol: Vol, step_s: u32) -> Result<Self, OutOfRange> {
        Ok(Self { spot: START, log: Real::ZERO, deviation: vol.get() * sqrt(years(step_s))? })
    }

    fn step(&mut self, draws: &mut Draws) -> Result<(), OutOfRange> {
        self.log += self.deviation * (draws.normal() - self.deviation / 2);
        self.spot = START * exp(self.log)?;
        Ok(())
    }
}

/// So many seconds, in years.
fn years(seconds: u32) -> Real {
    Real::from(seconds) / i128::from(YEAR_S)
}

/// The call at a spot, with so much of its life left.
fn value(spot: Real, left_s: u32, vol: Vol) -> Result<Valuation, OutOfRange> {
    let expiry = Expiry::new(Price::new(spot)?, Seconds::new(left_s.into())?, Discount::MAX)?;
    Ok(amm_core::pricing::value(&expiry, Price::new(START)?, vol))
}

/// What the call pays.
fn payoff(spot: Real) -> Real {
    (spot - START).max(Real::ZERO)
}

/// What of its delta a hedger holds.
pub(super) fn hedged(fault: Option<Fault>) -> Real {
    match fault {
        Some(Fault::HalfHedge) => Real::lit("0.5"),
        _ => Real::ONE,
    }
}
