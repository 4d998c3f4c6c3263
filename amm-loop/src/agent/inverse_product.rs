//! A leveraged or inverse product: once a day it trades back to its leverage.
//!
//! With assets A, leverage ℓ and a day's return r it must trade A·(ℓ² − ℓ)·r, the way spot went for
//! ℓ > 1 and ℓ < 0 alike (Cheng and Madhavan 2009): a loop gain of A·(ℓ² − ℓ)/L at the close.

use amm_core::num::{Price, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, View, within};
use crate::draw::Draws;
use crate::units::{div, mul, size};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InverseProduct {
    /// A at the start in cash, 0 to 10¹².
    #[serde(with = "serde_real")]
    pub assets: Real,
    /// ℓ, −10 to 10; −1.
    #[serde(with = "serde_real", default = "minus_one")]
    pub leverage: Real,
    /// Seconds after midnight UTC at which its day closes, below 86,400; 0.
    #[serde(default)]
    pub close_s: u32,
}

/// It remembers its last close.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    last: Option<Close>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Close {
    day: u64,
    spot: Price,
    #[serde(with = "serde_real")]
    assets: Real,
}

impl InverseProduct {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let most = Real::lit("1000000000000");
        let fine = self.assets >= 0
            && self.assets <= most
            && within(self.leverage, -10, 10)
            && self.close_s < 86_400;
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("an inverse product's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        let (now, spot) = (floor.now().get(), floor.spot());
        let day = now.saturating_sub(u64::from(self.close_s)) / 86_400;
        let Some(last) = state.last else {
            state.last = Some(Close { day, spot, assets: self.assets });
            return Ok(());
        };
        if day == last.day {
            return Ok(());
        }
        let r = div(spot.get(), last.spot.get())? - Real::ONE;
        let exposure = mul(mul(self.leverage, last.assets)?, Real::ONE + r)?;
        let growth = Real::ONE + mul(self.leverage, r)?;
        // One that has lost everything closes.
        let assets = mul(last.assets, growth.max(Real::ZERO))?;
        let trade = mul(self.leverage, assets)? - exposure;
        state.last = Some(Close { day, spot, assets });
        let quantity = size(div(trade, spot.get())?)?;
        if quantity.atoms() != 0 {
            floor.force(me, quantity)?;
        }
        Ok(())
    }

    /// Cash that it would sell at its close per fall of ln spot since the last.
    pub(super) fn feedback(&self, state: &State, _: &View<'_>) -> Result<Real, LoopError> {
        let Some(last) = &state.last else { return Ok(Real::ZERO) };
        let square = mul(self.leverage, self.leverage)? - self.leverage;
        mul(last.assets, square)
    }
}

fn minus_one() -> Real {
    -Real::ONE
}
