//! Rules that price on top of a static engine: peers', and the flat placebo.

use amm_core::book::{Series, Side};
use amm_core::num::{Cash, Real, Size, Timestamp, serde_real};
use amm_core::pricing::Kind;
use amm_core::quote::LinePlace;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::lyra::{self, Lyra};
use crate::pool::utilisation::{self, Utilisation};
use crate::pool::{Pool, Turned};
use crate::units::{mul, units};

/// What is added to the static engine's price of an order. The engine keeps the positions, the hedge
/// and the rest of the money; the addition is booked beside it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Markup {
    /// So much of its volatility on top for those who buy; those who sell get the static price. A
    /// placebo: it deters and attracts nobody.
    Ask {
        /// −½ to 5.
        #[serde(with = "serde_real")]
        relative: Real,
    },
    /// So much of its volatility on every option: charged to those who buy and paid to those who
    /// sell, whatever the pool holds.
    Flat {
        /// −½ to 5.
        #[serde(with = "serde_real")]
        relative: Real,
    },
    /// Volatility moved by contracts traded.
    Lyra(Lyra),
    /// A price multiplied by a function of the capital that is locked.
    Utilisation(Utilisation),
}

/// What a rule remembers.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub enum MarkupState {
    /// Nothing.
    #[default]
    Nothing,
    /// Of [`Markup::Lyra`].
    Lyra(lyra::State),
    /// Of [`Markup::Utilisation`].
    Utilisation(utilisation::State),
}

/// One leg, as a rule sees it.
#[derive(Clone, Copy, Debug)]
pub struct MarkedLeg {
    /// Its line.
    pub at: LinePlace,
    /// What it is.
    pub series: Series,
    /// The trader's.
    pub side: Side,
    /// Positive.
    pub size: Size,
}

/// A leg as a rule prices it, and what the rule would remember of it: whoever only asks drops it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marked {
    /// What the trader pays on top, or receives if negative.
    pub(super) charge: Real,
    /// What the trade would do.
    pub(super) change: Change,
}

/// What a trade does to a rule's state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Change {
    #[default]
    Nothing,
    Lyra(lyra::Change),
    Utilisation(utilisation::Change),
}

impl Markup {
    /// Checks its numbers.
    ///
    /// # Errors
    ///
    /// [`LoopError::Scenario`].
    pub fn check(&self) -> Result<(), LoopError> {
        match self {
            Self::Ask { relative } | Self::Flat { relative } => {
                const LEAST: Real = Real::lit("-0.5");
                const MOST: Real = Real::lit("5");
                match *relative >= LEAST && *relative <= MOST {
                    true => Ok(()),
                    false => Err(LoopError::Scenario("a flat mark-up is within −½ and 5")),
                }
            }
            Self::Lyra(rule) => rule.check(),
            Self::Utilisation(rule) => rule.check(),
        }
    }

    /// What it remembers before the first trade of a pool with so much capital.
    pub(super) fn begin(&self, capital: Cash) -> MarkupState {
        match self {
            Self::Ask { .. } | Self::Flat { .. } => MarkupState::Nothing,
            Self::Lyra(_) => MarkupState::Lyra(lyra::State::new(capital)),
            Self::Utilisation(_) => MarkupState::Utilisation(utilisation::State::default()),
        }
    }

    /// What the trader pays on top, or receives if negative.
    ///
    /// # Errors
    ///
    /// `Ok(Err(_))` if the rule refuses; [`LoopError::Overflow`].
    pub fn charge(&self, pool: &Pool, leg: MarkedLeg) -> Result<Result<Real, Turned>, LoopError> {
        Ok(self.plan(pool, leg)?.map(|marked| marked.charge))
    }

    /// Prices a leg in the pool's present state.
    pub(super) fn plan(
        &self,
        pool: &Pool,
        leg: MarkedLeg,
    ) -> Result<Result<Marked, Turned>, LoopError> {
        let Some(desk) = pool.desk() else { return Ok(Err(Turned::NotQuoted)) };
        match (self, &pool.markup) {
            (Self::Ask { .. }, _) if leg.side == Side::Sell => Ok(Ok(Marked::default())),
            (Self::Ask { relative } | Self::Flat { relative }, _) => {
                let line = desk.valued(leg.at);
                let points = mul(line.vol.get(), *relative)?;
                let charge = mul(mul(line.value.vega, points)?, units(leg.size)?)?;
                let charge = if leg.side == Side::Buy { charge } else { -charge };
                Ok(Ok(Marked { charge, change: Change::Nothing }))
            }
            (Self::Lyra(rule), MarkupState::Lyra(state)) => rule.plan(state, desk, leg),
            (Self::Utilisation(rule), MarkupState::Utilisation(state)) => {
                rule.plan(state, pool, desk, leg)
            }
            _ => Err(LoopError::Saved),
        }
    }

    /// After a market update of the pool.
    pub(super) fn observed(&self, pool: &mut Pool) -> Result<(), LoopError> {
        match self {
            Self::Ask { .. } | Self::Flat { .. } => Ok(()),
            Self::Lyra(_) => lyra::observed(pool),
            Self::Utilisation(_) => utilisation::observed(pool),
        }
    }
}

impl MarkupState {
    /// Remembers a trade.
    pub(super) fn take(&mut self, change: Change) {
        match (self, change) {
            (Self::Lyra(state), Change::Lyra(change)) => state.take(change),
            (Self::Utilisation(state), Change::Utilisation(change)) => state.take(change),
            _ => {}
        }
    }

    /// Forgets an expiry.
    pub(super) fn expired(&mut self, expiry: Timestamp) {
        match self {
            Self::Nothing => {}
            Self::Lyra(state) => state.expired(expiry),
            Self::Utilisation(state) => state.expired(expiry),
        }
    }
}

/// A leg's price on the outside surface.
pub(super) fn fair(line: &amm_core::surface::Valued, kind: Kind) -> Real {
    match kind {
        Kind::Call => line.value.prices.call,
        Kind::Put => line.value.prices.put,
    }
}
