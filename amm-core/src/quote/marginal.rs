//! Quotes for the next contract.

use alloc::vec::Vec;

use crate::num::{Price, Real, Vol};
use crate::pricing::{ImpliedVolError, Kind, implied_vol};
use crate::quote::{Desk, LinePlace};
use crate::skew::{FlowTrial, Trial};

/// Two-sided prices of the next contract of a series, and what they are made of, in cash.
///
/// ask = base + skew + `flow_ask` + spread + fee, bid = base + skew + `flow_bid` − spread − fee. A bid
/// under zero is what the pool wants for taking a contract that is worth less than the charges.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Marginal {
    /// Value on the base surface.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub base: Real,
    /// ∂F/∂q.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub skew: Real,
    /// ∂Ψ/∂q for a contract that the pool sells.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub flow_ask: Real,
    /// ∂Ψ/∂q for a contract that the pool buys.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub flow_bid: Real,
    /// Half-spread times vega.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub spread: Real,
    /// Share of the base value.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub fee: Real,
    /// What the pool pays.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub bid: Real,
    /// Base, skew and flow without charges or a cut in the rebate.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub mid: Real,
    /// What the pool asks.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub ask: Real,
}

/// What the next unit of gain and of flow costs in a desk's present state: enough for every quote.
#[derive(Clone, Debug)]
pub struct Marginals<'a> {
    desk: &'a Desk,
    gains: Vec<i64>,
    /// Sums of the flow's slopes up to each bucket.
    flows: Vec<Real>,
    /// Whether none of all these is anything but zero, so that nothing is added to any line.
    still: bool,
}

/// Sums of the first so many.
fn sums(mut slopes: Vec<Real>) -> Vec<Real> {
    let mut sum = Real::ZERO;
    for slope in &mut slopes {
        sum += *slope;
        *slope = sum;
    }
    slopes
}

impl Desk {
    /// The marginal prices of this state.
    pub fn marginals(&self) -> Marginals<'_> {
        Marginals::new(self, self.potential.prices(), self.flow.slopes())
    }

    /// The marginal prices at other slopes of the nodes and of the flow.
    #[cfg(feature = "testing")]
    pub(crate) fn marginals_at(&self, gains: Vec<i64>, flows: Vec<Real>) -> Marginals<'_> {
        Marginals::new(self, gains, flows)
    }

    /// The marginal prices that a trade of this state would leave.
    pub fn marginals_after(&self, trial: &Trial, flow: &FlowTrial) -> Marginals<'_> {
        let gains = self.potential.prices_after(trial);
        Marginals::new(self, gains, self.flow.slopes_after(flow))
    }
}

impl<'a> Marginals<'a> {
    fn new(desk: &'a Desk, gains: Vec<i64>, slopes: Vec<Real>) -> Self {
        let flows = sums(slopes);
        let still = gains.iter().all(|&gain| gain == 0) && flows.iter().all(|&flow| flow == 0);
        Marginals { desk, gains, flows, still }
    }

    /// Skew and flow of a line's next contract, for a pool that sells and that buys, in cash.
    pub fn shifts(&self, at: LinePlace) -> (Real, Real, Real) {
        if self.still {
            return (Real::ZERO, Real::ZERO, Real::ZERO);
        }
        let skew = self.desk.potential.marginal(at.line, &self.gains);
        let (ask, bid) = self.desk.flow.marginal(at.line, &self.flows);
        (skew, ask, bid)
    }

    /// Base, skew and flow of a series, as [`Marginal::mid`].
    pub fn mid(&self, at: LinePlace, kind: Kind) -> Real {
        let prices = self.desk.valued(at).value.prices;
        let base = if kind == Kind::Call { prices.call } else { prices.put };
        let (skew, ask, bid) = self.shifts(at);
        base.saturating_add(skew).saturating_add(if ask > 0 { ask } else { bid })
    }

    /// The quote for a series; `None` if its charges do not fit.
    pub fn quote(&self, at: LinePlace, kind: Kind) -> Option<Marginal> {
        let spread = self.desk.fees.spread_of(self.desk.valued(at).value.vega)?;
        self.with(at, kind, self.shifts(at), spread)
    }

    /// The quotes for a line's call and put: what is charged for its gamma is the same for both.
    pub fn pair(&self, at: LinePlace) -> Option<[Marginal; 2]> {
        let shifts = self.shifts(at);
        let spread = self.desk.fees.spread_of(self.desk.valued(at).value.vega)?;
        let quote = |kind| self.with(at, kind, shifts, spread);
        Some([quote(Kind::Call)?, quote(Kind::Put)?])
    }

    #[inline]
    fn with(
        &self,
        at: LinePlace,
        kind: Kind,
        (skew, flow_ask, flow_bid): (Real, Real, Real),
        spread: Real,
    ) -> Option<Marginal> {
        let prices = &self.desk.valued(at).value.prices;
        let base = match kind {
            Kind::Call => prices.call,
            Kind::Put => prices.put,
        };
        let fee = self.desk.fees.fee_of(base)?;
        let skewed = base.checked_add(skew)?;
        let charges = spread.checked_add(fee)?;
        let full = if flow_ask > 0 { flow_ask } else { flow_bid };
        let ask = skewed.checked_add(flow_ask)?.checked_add(charges)?;
        let bid = skewed.checked_add(flow_bid)?.checked_sub(charges)?;
        let mid = skewed.checked_add(full)?;
        Some(Marginal { base, skew, flow_ask, flow_bid, spread, fee, bid, mid, ask })
    }

    /// The volatility that a price of a series stands for.
    ///
    /// # Errors
    ///
    /// [`ImpliedVolError`] for a price outside its bounds.
    pub fn vol(&self, at: LinePlace, kind: Kind, price: Real) -> Result<Vol, ImpliedVolError> {
        let strike = self.desk.valued(at).strike;
        implied_vol(&self.desk.row(at).expiry, strike, kind, Price::new(price)?)
    }
}
