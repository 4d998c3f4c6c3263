//! Real trades of the past, one by one, as if they had come to this pool.
//!
//! The fill rule: a trade is done with the pool, at its quote for all of it, if that is at most
//! `tolerance` worse than the outside volatility; else it stays outside, with the dealer, as far as
//! the scenario leaks, and the rest of it does not happen.

use alloc::vec::Vec;

use amm_core::book::{Series, Side};
use amm_core::num::{Real, Size, Timestamp, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, within};
use crate::draw::Draws;
use crate::units::{mul, size, units};
use crate::world::Floor;

/// A trade as it was recorded.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Print {
    /// When.
    pub at: Timestamp,
    /// What.
    pub series: Series,
    /// Of the one who came to trade.
    pub side: Side,
    /// Contracts, above zero.
    pub size: Size,
}

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedFlow {
    /// In the order of time. What is older than a run comes in its first block.
    pub prints: Vec<Print>,
    /// Of every size, above 0 and to 1000; 1.
    #[serde(with = "serde_real", default = "one")]
    pub factor: Real,
    /// By how much of volatility the pool's price may be worse than fair, −1 to 10; 0.05.
    #[serde(with = "serde_real", default = "five_hundredths")]
    pub tolerance: Real,
}

/// It remembers how far it is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    /// Trades that are past.
    next: u64,
    /// Of these, trades in series that were not quoted, or that round to no size.
    missed: u64,
}

impl RecordedFlow {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        if !self.prints.is_sorted_by_key(|print| print.at) {
            return Err(LoopError::Scenario("recorded trades stand in the order of time"));
        }
        let sizes = self.prints.iter().all(|print| print.size > Size::ZERO);
        let fine = sizes
            && self.factor > 0
            && within(self.factor, 0, 1000)
            && within(self.tolerance, -1, 10);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a recorded flow's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        let now = floor.now();
        let past = usize::try_from(state.next).unwrap_or(usize::MAX);
        for print in self.prints.iter().skip(past).take_while(|print| print.at <= now) {
            state.next += 1;
            let lot = size(mul(units(print.size)?, self.factor)?)?;
            if lot <= Size::ZERO || floor.line(print.series).is_none() {
                state.missed += 1;
                continue;
            }
            floor.take(me, print.side, print.series, lot, self.tolerance)?;
        }
        Ok(())
    }
}

fn one() -> Real {
    Real::ONE
}

fn five_hundredths() -> Real {
    Real::lit("0.05")
}
