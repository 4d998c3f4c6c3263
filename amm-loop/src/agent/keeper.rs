//! A keeper: bids for accounts that have less than their maintenance margin, and hedges what it gets.
//!
//! It sees an account at once and acts some blocks later: an oracle, a chain and a queue lie between. It
//! opens the auction, bids for as much as its capital backs once the profit at the mark is what it wants,
//! and holds what it got to the end, delta-hedged in spot beside the liquidations. What nobody bids for
//! until the end it has the pool take over, which costs it nothing.

use alloc::vec::Vec;

use amm_core::book::AccountId;
use amm_core::num::{Cash, Real, Size, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, within};
use crate::draw::Draws;
use crate::units::cash;
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Keeper {
    /// Cash that it has on account with the pool, which backs what it takes; 0 to 10¹².
    #[serde(with = "serde_real")]
    pub capital: Real,
    /// Blocks from an account's fall to what it does about it; 1.
    #[serde(default = "one")]
    pub latency: u32,
    /// The least profit of all that is for sale, in shares of the maintenance margin; 0 to 1, 0.02.
    #[serde(with = "serde_real", default = "two_hundredths")]
    pub profit: Real,
}

/// It remembers which accounts have less than their margin, and since which block.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    seen: Vec<(u64, u32)>,
}

impl Keeper {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let most = Real::lit("1000000000000");
        let fine = self.capital >= 0 && self.capital <= most && within(self.profit, 0, 1);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a keeper's numbers are out of range")),
        }
    }

    pub(super) fn brings(&self) -> (Cash, Size) {
        (cash(self.capital), Size::ZERO)
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        let (block, called) = (floor.block(), floor.short_of_margin());
        state.seen.retain(|(id, _)| called.contains(&AccountId(*id)));
        for id in called {
            if !state.seen.iter().any(|(seen, _)| *seen == id.0) {
                state.seen.push((id.0, block));
            }
        }
        for (id, since) in &state.seen {
            if block - since >= self.latency {
                floor.liquidate(me, AccountId(*id), self.profit)?;
            }
        }
        let lacks = floor.lacks(me)?;
        if lacks != Size::ZERO {
            floor.force(me, lacks)?;
        }
        Ok(())
    }
}

const fn one() -> u32 {
    1
}

fn two_hundredths() -> Real {
    Real::lit("0.02")
}
