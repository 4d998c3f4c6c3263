//! The pool's auction for gamma: what it wants of a series, and what it pays.

use amm_core::book::{Series, Side};
use amm_core::num::{Amount, Cash, Real, Size};
use amm_core::quote::LinePlace;
use amm_core::risk::buyback::{Answer, Buyback, price};

use crate::LoopError;
use crate::pool::{BuyBack, Offer};
use crate::units::{div, money, plus, size};
use crate::world::Floor;
use crate::world::state::State;

impl State {
    /// The auction begins, goes on, or is over, by the pool's loop gain now.
    pub(super) fn call_auction(&mut self, rule: Option<&BuyBack>) -> Result<(), LoopError> {
        let Some(rule) = rule else { return Ok(()) };
        let since = self.auction.unwrap_or(self.now);
        self.auction = (self.pool_gain()? > rule.above).then_some(since);
        Ok(())
    }
}

impl Floor<'_> {
    /// What the pool wants of a series by auction: as much as takes its gain down to where the auction
    /// ends, and no more than it is short of; `None` if nothing.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn wanted(&self, series: Series) -> Result<Option<Buyback>, LoopError> {
        let auction = self.design.buy_back.as_ref().zip(self.state.auction);
        let Some((rule, since)) = auction else { return Ok(None) };
        let pool = &self.state.pool;
        let inventory = pool.engine().state().inventory();
        let Some(((desk, at), place)) = pool.find(series).zip(inventory.find(series.line())) else {
            return Ok(None);
        };
        let short = -inventory.at(place).of(series.kind).atoms();
        let gamma = desk.valued(at).dollar_gamma;
        let over = self.state.pool_gain()? - rule.above;
        if short <= 0 || gamma <= 0 || over <= 0 {
            return Ok(None);
        }
        // Far from the money no number of contracts is enough.
        let cash = over.checked_mul(self.state.venue.depth());
        let contracts = cash.and_then(|cash| cash.checked_div(gamma)).map_or(Ok(Size::MAX), size);
        let wanted = contracts.unwrap_or(Size::MAX).min(Size::from_atoms(short));
        Ok((wanted > Size::ZERO).then_some(Buyback { since, wanted }))
    }

    /// What the auction pays for the next contract of a series over its mark, given the potential's
    /// marginal charge for it; `None` if it wants none.
    pub(super) fn called(&self, series: Series, marginal: Real) -> Result<Option<Real>, LoopError> {
        let wanted = self.wanted(series)?;
        let Some((rule, auction)) = self.design.buy_back.as_ref().zip(wanted) else {
            return Ok(None);
        };
        let elapsed = self.state.now.get().saturating_sub(auction.since.get());
        Ok(price(&rule.curve, Real::ZERO, marginal, elapsed))
    }

    /// What the pool pays over the mark for the next contract of a series, spread taken off: at its
    /// quote, or by auction if that is more.
    pub(super) fn bid(
        &self,
        (at, series): (LinePlace, Series),
        (skew, flow): (Real, Real),
    ) -> Result<Real, LoopError> {
        let Some(desk) = self.state.pool.desk() else { return Ok(Real::ZERO) };
        let spread = desk.valued(at).value.vega * desk.fees.half_spread_vol; // under 10¹³
        let quoted = skew + flow - spread;
        Ok(self.called(series, skew)?.map_or(quoted, |called| called.max(quoted)))
    }

    /// What whoever sells so much gets more by answering the auction than by the pool's quote; nothing
    /// if there is no auction or the quote is better.
    pub(super) fn premium(
        &self,
        auction: Option<&Buyback>,
        (side, contracts): (Side, Size),
        offer: &Offer,
    ) -> Result<Cash, LoopError> {
        let auction = self.design.buy_back.as_ref().zip(auction);
        let Some((rule, auction)) = auction.filter(|_| side == Side::Sell) else {
            return Ok(Cash::ZERO);
        };
        let what = LoopError::Overflow { what: "an answer" };
        let worth = Amount::ZERO.checked_sub(offer.parts.base).ok_or(what)?;
        let answer = Answer { size: contracts, worth, relief: Amount::from(-offer.parts.skew) };
        // An answer that is not taken is an order like any other.
        let Ok((paid, _)) = auction.answer(&rule.curve, &answer, self.state.now) else {
            return Ok(Cash::ZERO);
        };
        Ok(plus(paid, offer.total)?.max(Cash::ZERO))
    }
}

/// An offer that pays so much more.
pub(super) fn with_premium(offer: Offer, premium: Cash) -> Result<Offer, LoopError> {
    if premium == Cash::ZERO {
        return Ok(offer);
    }
    let what = LoopError::Overflow { what: "a rebate" };
    let total = plus(offer.total, premium.checked_neg().ok_or(what)?)?;
    let markup = match offer.markup == 0 {
        true => Real::ZERO,
        false => {
            let excess = money(offer.total)? - offer.fair;
            let per = div(excess, offer.markup)?;
            div(money(total)? - offer.fair, per)?
        }
    };
    Ok(Offer { total, markup, ..offer })
}
