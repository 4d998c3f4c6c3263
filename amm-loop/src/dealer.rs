//! The outside dealer: takes what the pool does not get, and hedges in the same spot.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use amm_core::book::{Series, Side};
use amm_core::num::{Amount, Cash, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::quote::Desk;
use amm_core::risk::payoff;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::scenario::DealerRule;
use crate::units::{cash, money, more, mul, plus, size, units};

/// Its book: it quotes the outside surface and its spread, whatever it holds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Dealer {
    positions: BTreeMap<Series, Size>,
    /// Units of the underlying.
    hedge: Size,
    cash: Cash,
}

impl DealerRule {
    /// What a trader would pay, or receive if negative; `None` if the series is not quoted.
    pub(crate) fn ask(
        &self,
        desk: &Desk,
        (side, series, contracts): (Side, Series, Size),
    ) -> Result<Option<Cash>, LoopError> {
        let Some(at) = desk.find(series.line()) else { return Ok(None) };
        let value = &desk.valued(at).value;
        let fair = match series.kind {
            Kind::Call => value.prices.call,
            Kind::Put => value.prices.put,
        };
        let spread = mul(value.vega, self.half_spread_vol.get())?;
        let price = if side == Side::Buy { fair + spread } else { (fair - spread).max(Real::ZERO) };
        Ok(Some(cash(mul(units(signed(side, contracts)?)?, price)?)))
    }
}

fn signed(side: Side, contracts: Size) -> Result<Size, LoopError> {
    match side {
        Side::Buy => Ok(contracts),
        Side::Sell => contracts.checked_neg().ok_or(LoopError::Overflow { what: "an order" }),
    }
}

impl Dealer {
    /// What a trader pays, or receives if negative; the dealer takes the other side.
    pub(crate) fn trade(
        &mut self,
        rule: &DealerRule,
        desk: &Desk,
        (side, series, contracts): (Side, Series, Size),
    ) -> Result<Option<Cash>, LoopError> {
        let Some(total) = rule.ask(desk, (side, series, contracts))? else { return Ok(None) };
        let signed = signed(side, contracts)?;
        let held = self.positions.entry(series).or_default();
        *held = held
            .checked_sub(signed)
            .ok_or(LoopError::Overflow { what: "the dealer's position" })?;
        if *held == Size::ZERO {
            self.positions.remove(&series);
        }
        self.cash = plus(self.cash, total)?;
        Ok(Some(total))
    }

    /// Units of the underlying that it holds.
    pub const fn hedge(&self) -> Size {
        self.hedge
    }

    /// Units of the underlying that it lacks, at the outside surface's deltas.
    pub(crate) fn wanted(&self, desk: &Desk) -> Result<Size, LoopError> {
        let mut delta = Real::ZERO;
        for (series, held) in &self.positions {
            let Some(at) = desk.find(series.line()) else { continue };
            let value = &desk.valued(at).value;
            let each = if series.kind == Kind::Call { value.delta_call } else { value.delta_put };
            delta += mul(units(*held)?, each)?;
        }
        let held = self.hedge.checked_neg().ok_or(LoopError::Overflow { what: "a hedge" })?;
        more(size(-delta)?, held)
    }

    /// After a trade of its hedge, which cost so much.
    pub(crate) fn hedged(&mut self, bought: Size, cost: Real) -> Result<(), LoopError> {
        self.hedge = more(self.hedge, bought)?;
        self.cash = plus(self.cash, cash(-cost))?;
        Ok(())
    }

    /// Pays an expiry out.
    pub(crate) fn settle(&mut self, expiry: Timestamp, price: Price) -> Result<(), LoopError> {
        let expired: Vec<Series> =
            self.positions.keys().filter(|series| series.expiry == expiry).copied().collect();
        for series in expired {
            let held = self.positions.remove(&series).unwrap_or(Size::ZERO);
            let paid = mul(units(held)?, payoff(&series, price))?;
            self.cash = plus(self.cash, cash(paid))?;
        }
        Ok(())
    }

    /// Net dollar gamma, negative if short.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn dollar_gamma(&self, desk: &Desk) -> Result<Real, LoopError> {
        let mut sum = Amount::ZERO;
        for (series, held) in &self.positions {
            let Some(at) = desk.find(series.line()) else { continue };
            let part = Amount::of(*held, desk.valued(at).dollar_gamma);
            let what = LoopError::Overflow { what: "the dealer's gamma" };
            sum = part.and_then(|part| sum.checked_add(part)).ok_or(what)?;
        }
        Ok(sum.floor())
    }

    /// What it has made, at fair marks.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn worth(&self, desk: &Desk, spot: Price) -> Result<Real, LoopError> {
        let mut sum = money(self.cash)? + mul(units(self.hedge)?, spot.get())?;
        for (series, held) in &self.positions {
            let Some(at) = desk.find(series.line()) else { continue };
            let prices = &desk.valued(at).value.prices;
            let each = if series.kind == Kind::Call { prices.call } else { prices.put };
            sum += mul(units(*held)?, each)?;
        }
        Ok(sum)
    }
}
