//! The other side of every trade in the underlying.

use amm_core::num::{Cash, Real, Size};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::units::{cash, more, plus};

/// What everybody else in the market for the underlying has taken and given since the start, so that
/// all money and all units of a world are somebody's.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Street {
    /// Paid to it by hedgers and agents.
    pub cash: Cash,
    /// Units that it has bought from them; negative if it has sold.
    pub units: Size,
}

impl Street {
    /// After somebody has bought so much for this cost.
    pub(super) fn sold(&mut self, quantity: Size, cost: Real) -> Result<(), LoopError> {
        let given = quantity.checked_neg().ok_or(LoopError::Overflow { what: "a trade" })?;
        self.cash = plus(self.cash, cash(cost))?;
        self.units = more(self.units, given)?;
        Ok(())
    }
}
