//! Buys puts against a fall, the more the more spot has moved of late, and the cheaper they are.
//!
//! Demand is λ·(σ̂/σ)^ψ·e^(−η·mark-up): SCIENCE of the field puts ψ at ¼ to ½ and η at 2 to 6 for a
//! mark-up of 100 % of volatility.

use amm_core::book::Side;
use amm_core::math::{exp, ln};
use amm_core::num::{Real, serde_real};
use amm_core::pricing::Kind;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::Me;
use crate::draw::Draws;
use crate::units::{div, mul, size};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectionBuyer {
    /// Orders a day at normal volatility, 0 to 40 a block.
    #[serde(with = "serde_real")]
    pub per_day: Real,
    /// Median contracts an order.
    #[serde(with = "serde_real")]
    pub contracts: Real,
    /// Standard deviation of ln contracts, 0 to 2.
    #[serde(with = "serde_real", default)]
    pub dispersion: Real,
    /// ψ: how demand follows realised over normal volatility, 0 to 2.
    #[serde(with = "serde_real")]
    pub fear: Real,
    /// η: how demand falls with the mark-up, a share of volatility; 0 to 50.
    #[serde(with = "serde_real")]
    pub elasticity: Real,
    /// At least so many hours to run.
    pub hours: u32,
    /// Strike over spot.
    #[serde(with = "serde_real")]
    pub strike: Real,
}

/// It remembers nothing.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State;

impl ProtectionBuyer {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let within = |x: Real, max: i32| x >= 0 && x <= max;
        let fine = within(self.per_day, 1_000_000)
            && within(self.contracts, 1_000_000)
            && within(self.dispersion, 2)
            && within(self.fear, 2)
            && within(self.elasticity, 50)
            && self.strike > 0
            && within(self.strike, 10);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a protection buyer's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        _: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        draws: &mut Draws,
    ) -> Result<(), LoopError> {
        const LEAST: Real = Real::lit("0.0001");
        const MOST: Real = Real::lit("40");
        let scale = draws.normal();
        let ratio = div(floor.realised_vol(), floor.normal_vol())?.max(LEAST);
        let fear = exp(mul(self.fear, ln(ratio)?)?)?;
        let mean = mul(floor.per_block(self.per_day)?, fear)?;
        let orders = draws.poisson(mean.min(MOST));
        if orders == 0 {
            return Ok(());
        }
        let each = mul(self.contracts, exp(mul(self.dispersion, scale)?)?)?;
        let wanted = size(mul(each, Real::from_num(orders))?)?;
        let Some(series) = floor.pick(self.hours, self.strike, Kind::Put) else { return Ok(()) };
        floor.seek(me, Side::Buy, series, wanted, self.elasticity)?;
        Ok(())
    }
}
