//! What an order costs.

use arrayvec::ArrayVec;

use crate::book::Order;
use crate::fees::{Charges, Fees};
use crate::num::{Amount, Cash, Real, Rounding, Size};
use crate::pricing::Kind;
use crate::quote::{ArbitrageLimit, Desk, LinePlace};
use crate::skew::{FlowTrial, SkewError, Trial};

/// The parts of what a trader pays, exact; negative is received.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Parts {
    /// Σ d·m: sizes times values on the base surface.
    pub base: Amount,
    /// ΔF: what the change of the pool's loop gain costs.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub skew: Real,
    /// ΔΨ: what the change of the flow costs, or the rebate.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub flow: Real,
    /// Half-spread times vega.
    pub spread: Amount,
    /// Share of the base value.
    pub fee: Amount,
}

impl Parts {
    /// What is settled: the sum rounded up to an atom, and one atom more, so that nothing is free.
    ///
    /// `None` if it does not fit.
    pub fn total(&self) -> Option<Cash> {
        let skew = self.base.checked_add(self.skew.into())?.checked_add(self.flow.into())?;
        let sum = skew.checked_add(self.spread)?.checked_add(self.fee)?;
        sum.round(Rounding::Up).checked_add(Cash::from_atoms(1))
    }
}

/// A priced order, ready to be taken.
#[derive(Clone, Debug)]
pub struct Sized {
    /// What it is made of.
    pub parts: Parts,
    /// What the trader pays for all of it.
    pub total: Cash,
    /// What it does to the potential.
    pub trial: Trial,
    /// What it does to the flow.
    pub flow: FlowTrial,
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuoteError {
    /// The skew refuses.
    #[error(transparent)]
    Skew(#[from] SkewError),
    /// The quotes that the order would leave could be traded against each other.
    #[error(transparent)]
    Arbitrage(#[from] ArbitrageLimit),
    /// The amount does not fit.
    #[error("the order comes to more money than can be counted")]
    Amount,
}

impl Desk {
    /// Prices legs as one move of the potential: so many contracts of a line's call or put, positive
    /// if the trader buys. `closing` orders are not refused for the gain or the quotes they leave.
    ///
    /// # Errors
    ///
    /// [`QuoteError`].
    pub fn price(
        &self,
        legs: &[(LinePlace, Kind, Size)],
        closing: bool,
    ) -> Result<Sized, QuoteError> {
        self.price_at(&self.fees, legs, closing)
    }

    /// The same at other fees.
    pub(crate) fn price_at(
        &self,
        fees: &Fees,
        legs: &[(LinePlace, Kind, Size)],
        closing: bool,
    ) -> Result<Sized, QuoteError> {
        let (mut base, mut charges) = (Amount::ZERO, Charges::default());
        let mut moves: ArrayVec<(usize, Size), { Order::LEGS_MAX }> = ArrayVec::new();
        for &(at, kind, size) in legs {
            let value = &self.valued(at).value;
            let price = match kind {
                Kind::Call => value.prices.call,
                Kind::Put => value.prices.put,
            };
            let worth = Amount::of(size, price);
            base = worth.and_then(|worth| base.checked_add(worth)).ok_or(QuoteError::Amount)?;
            let contracts = size.checked_abs().ok_or(QuoteError::Amount)?;
            let leg = fees.leg(contracts, value.vega, price);
            charges = leg.and_then(|leg| charges.checked_add(leg)).ok_or(QuoteError::Amount)?;
            moves.try_push((at.line, size)).map_err(|_| QuoteError::Amount)?;
        }
        let trial = self.potential.trial(&moves, closing)?;
        let flow = self.flow.trial(&moves)?;
        if !closing {
            self.guard(&trial, &flow)?;
        }
        let Charges { spread, fee } = charges;
        let parts = Parts { base, skew: trial.cost, flow: flow.cost, spread, fee };
        let total = parts.total().ok_or(QuoteError::Amount)?;
        Ok(Sized { parts, total, trial, flow })
    }

    /// Takes a priced order of this state.
    pub fn take(&mut self, order: &Sized) {
        self.potential.take(&order.trial);
        self.flow.take(&order.flow);
    }
}
