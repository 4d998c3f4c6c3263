//! Where a pool's money came from and went.

use amm_core::num::{Amount, Cash, Real, Rounding};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::Offer;
use crate::units::{cash, plus};

/// Sums over a run, in cash, from the pool's side. What the pool gained in all, less these, is what
/// its options and its hedge lost or won at fair marks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Split {
    /// Premium at fair marks, of options sold less those bought. It is no gain.
    pub premium: Cash,
    /// Spread and fees.
    pub fees: Cash,
    /// What was charged for skew, flow and by rules on top.
    pub skew_collected: Cash,
    /// What was paid to those who brought the opposite; negative.
    pub skew_paid: Cash,
    /// What the hedge lost to its own impact and to the market's spread; negative.
    pub slippage: Cash,
}

impl Split {
    pub(super) fn trade(&mut self, offer: &Offer) -> Result<(), LoopError> {
        let down = |amount: Amount| amount.round(Rounding::Down);
        let parts = &offer.parts;
        self.premium = plus(self.premium, down(parts.base))?;
        self.fees = plus(self.fees, plus(down(parts.spread), down(parts.fee))?)?;
        let skew = parts.skew.checked_add(parts.flow);
        let skew = skew.ok_or(LoopError::Overflow { what: "a charge" })?;
        let skew = plus(cash(skew), offer.surcharge)?;
        match skew > Cash::ZERO {
            true => self.skew_collected = plus(self.skew_collected, skew)?,
            false => self.skew_paid = plus(self.skew_paid, skew)?,
        }
        Ok(())
    }

    /// After a trade of the hedge that cost so much more than the price before it.
    pub(crate) fn slipped(&mut self, cost: Real) -> Result<(), LoopError> {
        self.slippage = plus(self.slippage, cash(-cost))?;
        Ok(())
    }
}
