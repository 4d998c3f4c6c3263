//! The pool's providers: they leave after a loss or when spot is wild, and come back when it is calm.
//!
//! All providers have one account; a share of them leaves at a time. One deployment made leavers wait
//! for seven days. What they ask for, the engine's queue pays at the next market update, as far as the
//! pool can spare it, and the rest when it can. With less money a pool sells less.

use amm_core::engine::Event;
use amm_core::num::{Cash, Real, Shares, Timestamp, mul_div, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, within};
use crate::draw::Draws;
use crate::pool::PROVIDERS;
use crate::units::{div, money, mul};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiquidityProvider {
    /// The share of all shares that leaves, 0 to 1; 0.5.
    #[serde(with = "serde_real", default = "half")]
    pub leaves: Real,
    /// The fall from the greatest worth at which it does, 0 to 1; 0.1.
    #[serde(with = "serde_real", default = "a_tenth")]
    pub drawdown: Real,
    /// Realised over normal volatility at which it does, 0 to 1000; 2.
    #[serde(with = "serde_real", default = "two")]
    pub volatility: Real,
    /// Hours from asking to leave to leaving; 168, a week.
    #[serde(default = "week")]
    pub delay_hours: u32,
    /// Hours after leaving in which it stays away, and longer until volatility is below the trigger;
    /// 336, two weeks.
    #[serde(default = "two_weeks")]
    pub return_hours: u32,
}

/// It remembers where it stands.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    stands: Stands,
    /// The greatest worth since it came.
    peak: Cash,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
enum Stands {
    #[default]
    Inside,
    /// Leaves then.
    Leaving(Timestamp),
    /// Comes back then at the earliest.
    Away(Timestamp),
}

impl LiquidityProvider {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let fine = within(self.leaves, 0, 1)
            && within(self.drawdown, 0, 1)
            && within(self.volatility, 0, 1000);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a liquidity provider's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        _: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        let now = floor.now();
        let after = |hours: u32| Timestamp::new(now.get() + u64::from(hours) * 3600);
        if matches!(state.stands, Stands::Inside) && self.wants_out(state, floor)? {
            state.stands = Stands::Leaving(after(self.delay_hours));
        }
        match state.stands {
            Stands::Leaving(due) if due <= now => {
                self.leave(floor)?;
                state.stands = Stands::Away(after(self.return_hours));
            }
            Stands::Away(due) if due <= now && self.calm(floor)? => {
                enter(floor)?;
                state.stands = Stands::Inside;
                state.peak = Cash::ZERO;
            }
            _ => {}
        }
        Ok(())
    }

    fn wants_out(&self, state: &mut State, floor: &Floor<'_>) -> Result<bool, LoopError> {
        let worth = floor.pool().worth(floor.spot())?;
        state.peak = state.peak.max(worth);
        let least = mul(money(state.peak)?, Real::ONE - self.drawdown)?;
        Ok(money(worth)? < least || !self.calm(floor)?)
    }

    fn calm(&self, floor: &Floor<'_>) -> Result<bool, LoopError> {
        Ok(div(floor.realised_vol(), floor.normal_vol())? <= self.volatility)
    }

    /// Asks for money for its share of all shares.
    fn leave(&self, floor: &mut Floor<'_>) -> Result<(), LoopError> {
        let all = floor.pool().shares().atoms().unsigned_abs();
        let share = self.leaves.to_bits().unsigned_abs();
        let part = mul_div(all, share, 1 << 64, amm_core::num::Rounding::Down);
        let part = part.and_then(|atoms| i128::try_from(atoms).ok());
        let shares = Shares::from_atoms(part.ok_or(LoopError::Overflow { what: "shares" })?);
        if shares > Shares::ZERO {
            floor.event("an exit", &Event::Redeem { account: PROVIDERS, shares })?;
        }
        Ok(())
    }
}

/// Brings back what the providers' account has got.
fn enter(floor: &mut Floor<'_>) -> Result<(), LoopError> {
    let cash = floor.pool().paid_out();
    if cash > Cash::ZERO {
        floor.event("an entry", &Event::Provide { account: PROVIDERS, cash })?;
    }
    Ok(())
}

fn half() -> Real {
    Real::lit("0.5")
}

fn a_tenth() -> Real {
    Real::lit("0.1")
}

fn two() -> Real {
    Real::lit("2")
}

const fn week() -> u32 {
    168
}

const fn two_weeks() -> u32 {
    336
}
