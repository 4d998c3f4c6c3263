//! Sells calls on coins it has, for their yield: overwriting, day in, day out.
//!
//! Supply is λ·e^(η·premium): the more the pool pays over fair, the more is sold. It holds what it has
//! sold to the end and does not hedge, its coins being its hedge; they are not counted as its own. One
//! that sells on margin brings what its [`Backing`] says and stops at its leverage; it sells nothing
//! elsewhere.

use amm_core::book::Side;
use amm_core::math::exp;
use amm_core::num::{Cash, Price, Real, Size, serde_real};
use amm_core::pricing::Kind;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Backing, Me, within};
use crate::draw::Draws;
use crate::units::{mul, size};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct YieldSeller {
    /// Orders a day, 0 to 1,000,000; at most 40 a block.
    #[serde(with = "serde_real")]
    pub per_day: Real,
    /// Median contracts an order, 0 to 1,000,000.
    #[serde(with = "serde_real")]
    pub contracts: Real,
    /// Standard deviation of ln contracts, 0 to 2.
    #[serde(with = "serde_real", default)]
    pub dispersion: Real,
    /// η: how supply falls with what the pool pays too little, a share of volatility; 0 to 50, 4.
    #[serde(with = "serde_real", default = "four")]
    pub elasticity: Real,
    /// At least so many hours to run.
    pub hours: u32,
    /// The option's delta in size, 0 to 1; 0.2.
    #[serde(with = "serde_real", default = "a_fifth")]
    pub delta: Real,
    /// Calls, or puts.
    #[serde(default = "call")]
    pub option: Kind,
    /// What it sells on margin with; without it, it brings more than full collateral.
    #[serde(default)]
    pub margin: Option<Backing>,
}

/// It remembers nothing.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State;

impl YieldSeller {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let fine = within(self.per_day, 0, 1_000_000)
            && within(self.contracts, 0, 1_000_000)
            && within(self.dispersion, 0, 2)
            && within(self.elasticity, 0, 50)
            && within(self.delta, 0, 1)
            && self.margin.iter().all(Backing::fine);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a yield seller's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        _: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        draws: &mut Draws,
    ) -> Result<(), LoopError> {
        let scale = draws.normal();
        let orders = draws.poisson(floor.per_block(self.per_day)?.min(Real::lit("40")));
        if orders == 0 {
            return Ok(());
        }
        let each = mul(self.contracts, exp(mul(self.dispersion, scale)?)?)?;
        let wanted = size(mul(each, Real::from_num(orders))?)?;
        let Some(series) = floor.by_delta(self.hours, self.delta, self.option) else {
            return Ok(());
        };
        if let Some(backing) = &self.margin {
            return floor.sell_backed(me, series, (wanted, backing.most()?), self.elasticity);
        }
        floor.seek(me, Side::Sell, series, wanted, self.elasticity)?;
        Ok(())
    }
}

impl YieldSeller {
    pub(super) fn brings(&self, spot: Price) -> Result<Option<(Cash, Size)>, LoopError> {
        self.margin.map(|backing| backing.brings(self.option, spot)).transpose()
    }
}

const fn call() -> Kind {
    Kind::Call
}

fn four() -> Real {
    Real::lit("4")
}

fn a_fifth() -> Real {
    Real::lit("0.2")
}
