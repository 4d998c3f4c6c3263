//! Where a pool's money came from and went.

use amm_core::fees::FeeSplit;
use amm_core::num::{Amount, Cash, Real, Rounding};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::Offer;
use crate::units::{cash, plus};

/// Sums over a run, in cash, from the pool's side. All but the premium come to what its providers
/// gained, up to the atoms of rounding; options and hedge are marked to market block by block.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Split {
    /// Premium at fair marks, of options sold less those bought. It is no gain.
    pub premium: Cash,
    /// Spread and fees, without the parts of others.
    pub fees: Cash,
    /// What was charged for skew, flow and by rules on top.
    pub skew_collected: Cash,
    /// What was paid to those who brought the opposite; negative.
    pub skew_paid: Cash,
    /// What the hedge lost to its own impact and to the market's spread; negative.
    pub slippage: Cash,
    /// What its options gained by new marks and paid at expiry, each from its trade on.
    pub options: Cash,
    /// What accounts could not pay, negative, and what taking them over brought.
    pub unpaid: Cash,
    /// What its hedge gained by moves of spot, its own impact included.
    pub hedge: Cash,
}

impl Split {
    pub(super) fn trade(&mut self, offer: &Offer, to_others: &FeeSplit) -> Result<(), LoopError> {
        let down = |amount: Amount| amount.round(Rounding::Down);
        let parts = &offer.parts;
        self.premium = plus(self.premium, down(parts.base))?;
        let what = LoopError::Overflow { what: "a fee" };
        let others = plus(to_others.insurance, to_others.treasury)?;
        let kept = down(parts.fee).checked_sub(others).ok_or(what)?;
        self.fees = plus(self.fees, plus(down(parts.spread), kept)?)?;
        let skew = parts.skew.checked_add(parts.flow);
        let skew = skew.ok_or(LoopError::Overflow { what: "a charge" })?;
        let skew = plus(cash(skew), offer.surcharge)?;
        match skew > Cash::ZERO {
            true => self.skew_collected = plus(self.skew_collected, skew)?,
            false => self.skew_paid = plus(self.skew_paid, skew)?,
        }
        Ok(())
    }

    /// What the providers gained, by its parts.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn gained(&self) -> Result<Cash, LoopError> {
        let charged = plus(self.fees, plus(self.skew_collected, self.skew_paid)?)?;
        let market = plus(self.options, plus(self.hedge, self.unpaid)?)?;
        plus(plus(charged, self.slippage)?, market)
    }

    /// After a trade of the hedge that cost so much more than the price before it.
    pub(crate) fn slipped(&mut self, cost: Real) -> Result<(), LoopError> {
        self.slippage = plus(self.slippage, cash(-cost))?;
        Ok(())
    }
}
