//! What a trader asks for.

use alloc::vec::Vec;

use crate::book::{AccountId, POSITION_MAX, Series};
use crate::num::{Cash, Size, Timestamp};

/// The trader's side of a leg.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Side {
    /// From the pool.
    Buy,
    /// To the pool.
    Sell,
}

/// So many contracts of one series.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Leg {
    /// What.
    pub series: Series,
    /// Bought or sold by the trader.
    pub side: Side,
    /// How many contracts, above zero and at most [`POSITION_MAX`].
    pub size: Size,
}

impl Leg {
    /// What it adds to the trader's position: positive if bought. A size that [`Order::check`] admits has
    /// an opposite.
    pub const fn signed(&self) -> Size {
        match self.side {
            Side::Buy => self.size,
            Side::Sell => Size::from_atoms(self.size.atoms().saturating_neg()),
        }
    }
}

/// Legs traded as one, all or nothing, at one price.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Order {
    /// Whose.
    pub account: AccountId,
    /// Between 1 and [`Order::LEGS_MAX`], each of another series.
    pub legs: Vec<Leg>,
    /// The most the trader pays for all of it; negative: the least to be received.
    pub limit: Option<Cash>,
    /// The last moment at which it may trade.
    pub deadline: Option<Timestamp>,
}

/// An order that says nothing tradable.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// There are no legs, or too many.
    #[error("an order has 1 to {most} legs, not {legs}", most = Order::LEGS_MAX)]
    Legs {
        /// How many.
        legs: usize,
    },
    /// A leg's size is outside its range.
    #[error("a leg's size is above 0 and at most {POSITION_MAX}, not {size}")]
    Size {
        /// The size asked for.
        size: Size,
    },
    /// Two legs name one series.
    #[error("series {series} stands in two legs")]
    Twice {
        /// The series.
        series: Series,
    },
}

impl Order {
    /// So many contracts of one series, at whatever they cost.
    pub fn new(account: AccountId, side: Side, series: Series, size: Size) -> Self {
        let legs = alloc::vec![Leg { series, side, size }];
        Self { account, legs, limit: None, deadline: None }
    }

    /// The most legs of one order.
    pub const LEGS_MAX: usize = 16;

    /// Checks what can be checked without a market.
    ///
    /// # Errors
    ///
    /// [`OrderError`] for the first thing that is wrong.
    pub fn check(&self) -> Result<(), OrderError> {
        let legs = self.legs.len();
        if legs == 0 || legs > Self::LEGS_MAX {
            return Err(OrderError::Legs { legs });
        }
        for (place, leg) in self.legs.iter().enumerate() {
            let size = leg.size;
            if size <= Size::ZERO || size > POSITION_MAX {
                return Err(OrderError::Size { size });
            }
            let series = leg.series;
            if self.legs[..place].iter().any(|earlier| earlier.series == series) {
                return Err(OrderError::Twice { series });
            }
        }
        Ok(())
    }
}
