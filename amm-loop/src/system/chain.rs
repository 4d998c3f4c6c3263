//! Room in blocks: who pays what to be let in, and with what luck.

use amm_core::num::{Cash, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::SystemError;
use crate::units::{add, cash, div, fading, mul};

/// How full blocks are. Stress fills them: demand for room is
/// `demand` + `per_deviation`·x + `per_call`·(calls that wait), where x is the greatest move of a block
/// lately, in normal ones, fading by `half_life_s`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChainRule {
    /// What a block has room for, above 0 and to 10⁹.
    #[serde(with = "serde_real")]
    pub capacity: Real,
    /// Normal demand, above 0 and to 10⁹.
    #[serde(with = "serde_real")]
    pub demand: Real,
    /// Demand that a normal move of spot adds, 0 to 10⁹.
    #[serde(with = "serde_real")]
    pub per_deviation: Real,
    /// Demand that a margin call which waits adds, 0 to 10⁹.
    #[serde(with = "serde_real", default)]
    pub per_call: Real,
    /// Seconds in which the memory of a move halves, at least 1.
    pub half_life_s: u32,
    /// The least probability of being let in, above 0 and to 1.
    #[serde(with = "serde_real")]
    pub least: Real,
    /// What a call costs where there is room; it rises with demand over capacity.
    pub gas: Cash,
}

impl ChainRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let (some, most) = (Real::lit("0.000001"), Real::lit("1000000000"));
        within("room in a block", self.capacity, some, most)?;
        within("normal demand for room", self.demand, some, most)?;
        within("demand by a move", self.per_deviation, Real::ZERO, most)?;
        within("demand by a call", self.per_call, Real::ZERO, most)?;
        within("least inclusion", self.least, some, Real::ONE)?;
        if self.half_life_s == 0 {
            return Err(SystemError::Scenario(
                "the memory of moves takes at least a second to halve",
            ));
        }
        if self.gas < Cash::ZERO {
            return Err(SystemError::Scenario("gas is not below zero"));
        }
        Ok(())
    }
}

/// How full blocks are now.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Chain {
    /// The greatest move lately, in normal ones.
    #[serde(with = "serde_real")]
    felt: Real,
    /// The probability that a call is let in.
    #[serde(with = "serde_real")]
    pub(super) inclusion: Real,
    /// What a call costs.
    pub(super) gas: Cash,
}

impl Chain {
    pub(super) const fn new(rule: &ChainRule) -> Self {
        Self { felt: Real::ZERO, inclusion: Real::ONE, gas: rule.gas }
    }

    pub(super) fn step(
        &mut self,
        rule: &ChainRule,
        seconds: u32,
        deviations: Real,
        waiting: u32,
    ) -> Result<(), SystemError> {
        let kept = mul(self.felt, fading(seconds, rule.half_life_s)?)?;
        self.felt = kept.max(deviations.abs());
        let by_moves = mul(rule.per_deviation, self.felt)?;
        let by_calls = mul(rule.per_call, Real::from_num(waiting))?;
        let demand = add(add(rule.demand, by_moves)?, by_calls)?;
        self.inclusion = div(rule.capacity, demand)?.clamp(rule.least, Real::ONE);
        let times = div(demand, rule.capacity)?.max(Real::ONE);
        self.gas = cash(mul(crate::units::money(rule.gas)?, times)?);
        Ok(())
    }
}
