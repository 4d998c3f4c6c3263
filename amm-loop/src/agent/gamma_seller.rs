//! Sells options to the pool when it pays more than they are thought to be worth, and holds them.
//!
//! It forecasts the outside market's volatility and wants a premium over it. It does not hedge: what it
//! sells takes gamma off hedgers altogether. How strongly sellers answer the premium is the number
//! that every claim about skew depends on.

use amm_core::book::Side;
use amm_core::math::exp;
use amm_core::num::{Real, Size, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::Me;
use crate::draw::Draws;
use crate::units::{mul, size};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GammaSeller {
    /// The most contracts it sells in a day.
    #[serde(with = "serde_real")]
    pub per_day: Real,
    /// The premium it wants, a share of volatility: it sells nothing below.
    #[serde(with = "serde_real")]
    pub premium: Real,
    /// η: of its most, it sells 1 − e^(−η·(premium offered − premium wanted)); 0 is never, and 1000 at
    /// once all it can.
    #[serde(with = "serde_real")]
    pub elasticity: Real,
}

/// It remembers what it could have sold and did not: up to a day's.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    #[serde(with = "serde_real")]
    ready: Real,
}

impl GammaSeller {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let within = |x: Real, max: i32| x >= 0 && x <= max;
        let fine = within(self.per_day, 10_000_000)
            && within(self.premium, 10)
            && within(self.elasticity, 1000);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a gamma seller's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        state.ready = (state.ready + floor.per_block(self.per_day)?).min(self.per_day);
        let Some((series, offered)) = floor.richest_bid(me)? else { return Ok(()) };
        let over = offered - self.premium;
        if over <= 0 {
            return Ok(());
        }
        let share = Real::ONE - exp(-mul(self.elasticity, over)?)?;
        let mut wanted = size(mul(state.ready, share)?)?;
        // It takes what still pays the premium it wants.
        for _ in 0..6 {
            if wanted <= Size::ZERO {
                return Ok(());
            }
            let pays = match floor.ask(me, Side::Sell, series, wanted)? {
                Ok(offer) => -offer.markup >= self.premium,
                Err(_) => false,
            };
            if pays && floor.trade(me, Side::Sell, series, wanted)?.is_ok() {
                state.ready -= crate::units::units(wanted)?;
                return Ok(());
            }
            wanted = Size::from_atoms(wanted.atoms() / 2);
        }
        Ok(())
    }
}
