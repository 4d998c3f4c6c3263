//! Buys short-dated out-of-the-money calls after spot has risen: momentum, levered.
//!
//! Demand is λ·max(0, R/σ_day)·e^(−η·mark-up) with R the sum of past moves of ln spot, each faded by
//! its age. Buyers of this kind take calls of 5 to 30 delta; each time another one, drawn evenly.

use amm_core::book::Side;
use amm_core::math::exp;
use amm_core::num::{Real, serde_real};
use amm_core::pricing::Kind;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, within};
use crate::draw::Draws;
use crate::units::{add, div, fading, mul, size};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallSpeculator {
    /// Orders a day when the trailing return is a normal day's standard deviation; 0 to 1,000,000.
    #[serde(with = "serde_real")]
    pub per_day: Real,
    /// Median contracts an order, 0 to 1,000,000.
    #[serde(with = "serde_real")]
    pub contracts: Real,
    /// Standard deviation of ln contracts, 0 to 2.
    #[serde(with = "serde_real", default)]
    pub dispersion: Real,
    /// Half-life of the trailing return, at least 1; six hours.
    #[serde(default = "six_hours")]
    pub half_life_s: u32,
    /// η: how demand falls with the mark-up, a share of volatility; 0 to 50, 4.
    #[serde(with = "serde_real", default = "four")]
    pub elasticity: Real,
    /// At least so many hours to run.
    pub hours: u32,
    /// The least delta, 0 to 1; 0.05.
    #[serde(with = "serde_real", default = "five_hundredths")]
    pub delta_least: Real,
    /// The greatest delta, from the least to 1; 0.3.
    #[serde(with = "serde_real", default = "three_tenths")]
    pub delta_most: Real,
}

/// It remembers the trailing return.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    #[serde(with = "serde_real")]
    trailing: Real,
}

impl CallSpeculator {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let fine = within(self.per_day, 0, 1_000_000)
            && within(self.contracts, 0, 1_000_000)
            && within(self.dispersion, 0, 2)
            && self.half_life_s > 0
            && within(self.elasticity, 0, 50)
            && within(self.delta_least, 0, 1)
            && within(self.delta_most, 0, 1)
            && self.delta_least <= self.delta_most;
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a call speculator's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        draws: &mut Draws,
    ) -> Result<(), LoopError> {
        let (scale, which) = (draws.normal(), draws.uniform());
        let kept = mul(state.trailing, fading(floor.block_s(), self.half_life_s)?)?;
        state.trailing = add(kept, floor.last_move())?;
        let strength = div(state.trailing.max(Real::ZERO), floor.normal_day()?)?;
        let mean = mul(floor.per_block(self.per_day)?, strength)?;
        let orders = draws.poisson(mean.min(Real::lit("40")));
        if orders == 0 {
            return Ok(());
        }
        let each = mul(self.contracts, exp(mul(self.dispersion, scale)?)?)?;
        let wanted = size(mul(each, Real::from_num(orders))?)?;
        let delta = self.delta_least + mul(self.delta_most - self.delta_least, which)?;
        let Some(series) = floor.by_delta(self.hours, delta, Kind::Call) else { return Ok(()) };
        floor.seek(me, Side::Buy, series, wanted, self.elasticity)?;
        Ok(())
    }
}

const fn six_hours() -> u32 {
    21_600
}

fn four() -> Real {
    Real::lit("4")
}

fn five_hundredths() -> Real {
    Real::lit("0.05")
}

fn three_tenths() -> Real {
    Real::lit("0.3")
}
