//! Rules that price on top of a static engine: peers', and the flat placebo.

use amm_core::book::Side;
use amm_core::num::{Real, Size, serde_real};
use amm_core::pricing::Kind;
use amm_core::quote::LinePlace;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::Pool;
use crate::units::{mul, units};

/// What is added to the static engine's price of an order. The engine keeps the positions, the hedge
/// and the rest of the money; the addition is booked beside it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Markup {
    /// So much of its volatility on every option, bought or sold: a placebo.
    Flat {
        /// −½ to 5.
        #[serde(with = "serde_real")]
        relative: Real,
    },
}

/// What a rule remembers.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub enum MarkupState {
    /// Nothing.
    #[default]
    Nothing,
}

/// One leg, as a rule sees it.
#[derive(Clone, Copy, Debug)]
pub struct MarkedLeg {
    /// Its line.
    pub at: LinePlace,
    /// Call or put.
    pub kind: Kind,
    /// The trader's.
    pub side: Side,
    /// Positive.
    pub size: Size,
}

impl Markup {
    /// What the trader pays on top, or receives if negative.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn charge(&self, pool: &Pool, leg: MarkedLeg) -> Result<Real, LoopError> {
        match self {
            Self::Flat { relative } => {
                let Some(desk) = pool.engine().desk() else { return Ok(Real::ZERO) };
                let line = desk.valued(leg.at);
                let points = mul(line.vol.get(), *relative)?;
                let charge = mul(mul(line.value.vega, points)?, units(leg.size)?)?;
                Ok(if leg.side == Side::Buy { charge } else { -charge })
            }
        }
    }

    /// What the rule remembers after a leg was traded.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn traded(
        &self,
        _pool: &Pool,
        state: MarkupState,
        _leg: MarkedLeg,
    ) -> Result<MarkupState, LoopError> {
        match self {
            Self::Flat { .. } => Ok(state),
        }
    }
}
