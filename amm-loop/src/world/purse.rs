//! What an agent has, beside its account with the pool.

use alloc::vec::Vec;

use amm_core::book::{Series, Side};
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::risk::payoff;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::Offer;
use crate::units::{cash, more, mul, plus, units};

/// Cash from all its trades, wherever, and what it holds elsewhere than with the pool. It may go below
/// zero: agents have credit.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Purse {
    /// From all trades and settlements.
    pub cash: Cash,
    /// Of the underlying.
    pub units: Size,
    /// Options of the outside dealer.
    pub options: Vec<(Series, Size)>,
}

impl Purse {
    pub(super) fn pool(&mut self, offer: &Offer) -> Result<(), LoopError> {
        self.pay(offer.total)
    }

    fn pay(&mut self, total: Cash) -> Result<(), LoopError> {
        let paid = total.checked_neg().ok_or(LoopError::Overflow { what: "a payment" })?;
        self.cash = plus(self.cash, paid)?;
        Ok(())
    }

    pub(super) fn receive(&mut self, amount: Cash) -> Result<(), LoopError> {
        self.cash = plus(self.cash, amount)?;
        Ok(())
    }

    pub(super) fn outside(
        &mut self,
        side: Side,
        series: Series,
        contracts: Size,
        total: Cash,
    ) -> Result<(), LoopError> {
        self.pay(total)?;
        let signed = match side {
            Side::Buy => contracts,
            Side::Sell => contracts.checked_neg().ok_or(LoopError::Overflow { what: "a size" })?,
        };
        match self.options.binary_search_by_key(&series, |(series, _)| *series) {
            Ok(at) => self.options[at].1 = more(self.options[at].1, signed)?,
            Err(at) => self.options.insert(at, (series, signed)),
        }
        Ok(())
    }

    pub(super) fn spot(&mut self, quantity: Size, cost: Real) -> Result<(), LoopError> {
        self.units = more(self.units, quantity)?;
        self.pay(cash(cost))
    }

    /// Pays out what it holds of the outside dealer.
    pub(super) fn settle(&mut self, expiry: Timestamp, price: Price) -> Result<(), LoopError> {
        for (series, held) in &self.options {
            if series.expiry == expiry {
                let paid = mul(units(*held)?, payoff(series, price))?;
                self.cash = plus(self.cash, cash(paid))?;
            }
        }
        self.options.retain(|(series, _)| series.expiry != expiry);
        Ok(())
    }
}
