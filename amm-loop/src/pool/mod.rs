//! The pool in the loop: an engine, a rule on top of it if the design has one, and the books of what
//! its trades brought in.

mod design;
pub mod lyra;
mod markup;
mod saved;
mod split;
pub mod utilisation;

pub use design::{BuyBack, Design, HedgeRule, TurnAway};
pub use lyra::Lyra;
pub use markup::{MarkedLeg, Markup, MarkupState};
pub use split::Split;
pub use utilisation::Utilisation;

use alloc::vec::Vec;

use amm_core::book::{AccountId, Order, Series, Side};
use amm_core::engine::{Engine, Event, Loss, MarketUpdate, Outcome, Receipt, Reject, invariants};
use amm_core::num::{Amount, Cash, Price, Real, Rounding, Shares, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::quote::{Desk, LinePlace, Parts};
use amm_core::risk::payoff;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::markup::Marked;
use crate::units::{add, cash, div, money, mul, plus, units};

/// The providers' account, as one.
pub const PROVIDERS: AccountId = AccountId(0);

/// A pool with its state.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Pool {
    #[serde(with = "saved")]
    engine: Engine,
    markup: MarkupState,
    /// What rules on top of the engine brought in.
    pub surcharge: Cash,
    /// Where its money came from and went.
    pub split: Split,
    /// Market updates that it refused.
    pub stale: u32,
}

/// What an order would cost.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// What the trader pays for all of it, or receives if negative.
    pub total: Cash,
    /// Its worth on the outside surface, with the trader's sign.
    pub fair: Real,
    /// The vega of all of it, in cash for a volatility of 1.
    pub vega: Real,
    /// (total − fair) over vega and volatility: by what share of its volatility the price is worse
    /// for the trader than fair.
    pub markup: Real,
    /// What the engine's price is made of.
    pub parts: Parts,
    /// What the rule on top adds.
    pub surcharge: Cash,
}

/// Why a trader gets nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Turned {
    /// The engine refuses.
    Refused(Reject),
    /// The rule on top refuses.
    Limit,
    /// The design turns it away.
    Away,
    /// It waits, by the design.
    Waits,
    /// Nothing like it is quoted.
    NotQuoted,
}

impl Pool {
    /// A pool with its providers' capital, before its first market update.
    ///
    /// # Errors
    ///
    /// [`LoopError::Params`], [`LoopError::Refused`].
    pub fn new(design: &Design, now: Timestamp, capital: Cash) -> Result<Self, LoopError> {
        let engine = Engine::new(design.params, now)?;
        let mut pool = Self {
            engine,
            markup: design.markup.as_ref().map(|rule| rule.begin(capital)).unwrap_or_default(),
            surcharge: Cash::ZERO,
            split: Split::default(),
            stale: 0,
        };
        let deposit = Event::Deposit { account: PROVIDERS, cash: capital, base: Size::ZERO };
        pool.must("a deposit", &deposit)?;
        Ok(pool)
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the rule on top remembers.
    pub const fn markup(&self) -> &MarkupState {
        &self.markup
    }

    /// Prices, once the market is known.
    pub fn desk(&self) -> Option<&Desk> {
        self.engine.desk()
    }

    /// An event that the run cannot do without.
    pub(crate) fn must(&mut self, what: &'static str, event: &Event) -> Result<(), LoopError> {
        match self.engine.apply(event) {
            Ok(_) => Ok(()),
            Err(why) => Err(LoopError::Refused { what, why }),
        }
    }

    /// An event that may be refused.
    pub(crate) fn apply(&mut self, event: &Event) -> Option<Outcome> {
        self.engine.apply(event).ok().map(|receipt| receipt.outcome)
    }

    /// A new market; a refused one is counted, and the old quotes stay until they are stale.
    pub(crate) fn observe(
        &mut self,
        design: &Design,
        update: MarketUpdate,
    ) -> Result<(), LoopError> {
        let now = update.now;
        if self.engine.apply(&Event::Market(update)).is_err() {
            self.stale += 1;
            self.must("the time", &Event::Clock { now })?;
        }
        design.markup.as_ref().map_or(Ok(()), |rule| rule.observed(self))
    }

    /// The price of an order in a line of a desk.
    ///
    /// # Errors
    ///
    /// `Ok(Err(_))` if it is refused; [`LoopError::Overflow`].
    pub fn ask(
        &self,
        design: &Design,
        account: AccountId,
        side: Side,
        series: Series,
        size: Size,
    ) -> Result<Result<Offer, Turned>, LoopError> {
        let Some((desk, at)) = self.find(series) else { return Ok(Err(Turned::NotQuoted)) };
        let traded = match self.engine.quote(&any_price(account, side, series, size)) {
            Ok(traded) => traded,
            Err(why) => return Ok(Err(Turned::Refused(why))),
        };
        let marked = match self.marked(design, MarkedLeg { at, series, side, size })? {
            Ok(marked) => marked,
            Err(turned) => return Ok(Err(turned)),
        };
        let surcharge = Cash::round(marked.charge, Rounding::Up);
        offer(desk, at, (side, series.kind, size), (traded.total, surcharge), traded.parts).map(Ok)
    }

    fn marked(&self, design: &Design, leg: MarkedLeg) -> Result<Result<Marked, Turned>, LoopError> {
        match &design.markup {
            Some(rule) => rule.plan(self, leg),
            None => Ok(Ok(Marked::default())),
        }
    }

    /// Trades what was asked for.
    ///
    /// # Errors
    ///
    /// As [`Pool::ask`].
    pub fn trade(
        &mut self,
        design: &Design,
        account: AccountId,
        side: Side,
        series: Series,
        size: Size,
    ) -> Result<Result<Offer, Turned>, LoopError> {
        let Some((_, at)) = self.find(series) else { return Ok(Err(Turned::NotQuoted)) };
        let marked = match self.marked(design, MarkedLeg { at, series, side, size })? {
            Ok(marked) => marked,
            Err(turned) => return Ok(Err(turned)),
        };
        let event = Event::Trade(any_price(account, side, series, size));
        let traded = match self.engine.apply(&event) {
            Ok(Receipt { outcome: Outcome::Traded(traded), .. }) => traded,
            Ok(_) => return Ok(Err(Turned::NotQuoted)),
            Err(why) => return Ok(Err(Turned::Refused(why))),
        };
        self.markup.take(marked.change);
        let surcharge = Cash::round(marked.charge, Rounding::Up);
        let Some(desk) = self.engine.desk() else { return Ok(Err(Turned::NotQuoted)) };
        let price = (traded.total, surcharge);
        let offer = offer(desk, at, (side, series.kind, size), price, traded.parts)?;
        self.surcharge = plus(self.surcharge, offer.surcharge)?;
        let to_others = self.engine.state().params().fees.split(traded.parts.fee);
        self.split.trade(&offer, &to_others)?;
        Ok(Ok(offer))
    }

    /// Pays those who answer its auction so much more than its quote.
    pub(crate) fn rebate(&mut self, back: Cash) -> Result<(), LoopError> {
        self.surcharge = plus(self.surcharge, negative(back)?)?;
        self.split.fees = plus(self.split.fees, negative(back)?)?;
        Ok(())
    }

    /// Where a series is quoted.
    pub fn find(&self, series: Series) -> Option<(&Desk, LinePlace)> {
        let desk = self.engine.desk()?;
        desk.find(series.line()).map(|at| (desk, at))
    }

    /// Net dollar gamma at the outside surface, S²Γ, negative if short; in cash.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn dollar_gamma(&self) -> Result<Real, LoopError> {
        self.sum(|desk, at, held| {
            Amount::of(held.call.checked_add(held.put)?, desk.valued(at).dollar_gamma)
        })
    }

    /// Net vega, in cash for a volatility of 1.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn vega(&self) -> Result<Real, LoopError> {
        self.sum(|desk, at, held| {
            Amount::of(held.call.checked_add(held.put)?, desk.valued(at).value.vega)
        })
    }

    /// What its options are worth on the outside surface.
    pub(crate) fn options(&self) -> Result<Real, LoopError> {
        self.sum(|desk, at, held| {
            let prices = &desk.valued(at).value.prices;
            Amount::of(held.call, prices.call)?.checked_add(Amount::of(held.put, prices.put)?)
        })
    }

    /// What the providers' money has become: cash, hedge and options at fair marks, surcharges, less
    /// what is still owed; and what those who left were paid, or those who come have brought.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn worth(&self, spot: Price) -> Result<Cash, LoopError> {
        let inside = plus(self.backed(spot)?, cash(self.options()?))?;
        plus(inside, plus(self.paid_out(), self.engine.state().pool().waiting)?)
    }

    /// Cash, hedge and surcharges, less what is still owed: what it has without its options.
    pub(super) fn backed(&self, spot: Price) -> Result<Cash, LoopError> {
        let own = self.engine.state().pool();
        let hedge = Amount::of(own.hedge.position, spot.get()).map(Amount::floor);
        let hedge = hedge.ok_or(LoopError::Overflow { what: "a hedge" })?;
        let owed = own.owed.checked_neg().ok_or(LoopError::Overflow { what: "a debt" })?;
        plus(plus(plus(own.cash, cash(hedge))?, self.surcharge)?, owed)
    }

    /// Cash that providers have got back.
    pub fn paid_out(&self) -> Cash {
        self.engine.state().accounts().get(&PROVIDERS).map_or(Cash::ZERO, |held| held.cash)
    }

    fn sum(
        &self,
        of: impl Fn(&Desk, LinePlace, &amm_core::book::Holding) -> Option<Amount>,
    ) -> Result<Real, LoopError> {
        let what = LoopError::Overflow { what: "a sum over the book" };
        let Some(desk) = self.engine.desk() else { return Ok(Real::ZERO) };
        let mut sum = Amount::ZERO;
        for chain in self.engine.state().inventory().chains() {
            for holding in &chain.holdings {
                if holding.call == Size::ZERO && holding.put == Size::ZERO {
                    continue;
                }
                let line = amm_core::book::Line { expiry: chain.expiry, strike: holding.strike };
                let Some(at) = desk.find(line) else { continue };
                let part = of(desk, at, holding);
                sum = part.and_then(|part| sum.checked_add(part)).ok_or(what.clone())?;
            }
        }
        Ok(sum.floor())
    }

    /// Settles what has expired at a price, and says who bore what accounts could not pay.
    pub(crate) fn settle(&mut self, expiry: Timestamp, price: Price) -> Result<Loss, LoopError> {
        let mut paid = Real::ZERO;
        let inventory = self.engine.state().inventory();
        for chain in inventory.chains().iter().filter(|chain| chain.expiry == expiry) {
            for held in &chain.holdings {
                for (kind, position) in [(Kind::Call, held.call), (Kind::Put, held.put)] {
                    let series = Series { expiry, strike: held.strike, kind };
                    paid = add(paid, mul(units(position)?, payoff(&series, price))?)?;
                }
            }
        }
        self.split.options = plus(self.split.options, cash(paid))?;
        self.markup.expired(expiry);
        self.must("a fixing", &Event::Fix { expiry, price })?;
        match self.engine.apply(&Event::Settle { expiry }) {
            Ok(Receipt { outcome: Outcome::Settled(settled), .. }) => {
                let lost = negative(settled.loss.providers)?;
                self.split.unpaid = plus(self.split.unpaid, lost)?;
                Ok(settled.loss)
            }
            Ok(_) => Ok(Loss::default()),
            Err(why) => Err(LoopError::Refused { what: "a settlement", why }),
        }
    }

    /// Every invariant of the engine.
    pub(crate) fn audit(&self, block: u32) -> Result<(), LoopError> {
        invariants::check(&self.engine).map_err(|what| LoopError::Violation { block, what })
    }

    /// Conservation of money, positions and shares: what can be checked in every block.
    pub(crate) fn audit_money(&self, block: u32) -> Result<(), LoopError> {
        let state = self.engine.state();
        let checks = [invariants::conservation, invariants::shares, invariants::debts];
        for check in checks {
            check(state).map_err(|what| LoopError::Violation { block, what })?;
        }
        Ok(())
    }

    /// Shares of the providers.
    pub fn shares(&self) -> Shares {
        self.engine.state().accounts().get(&PROVIDERS).map_or(Shares::ZERO, |held| held.shares)
    }

    /// The volatility at which the next contract of a line is sold or bought, rule included; `None`
    /// where there is none.
    pub fn quoted_vols(&self, design: &Design) -> Vec<QuotedVol> {
        let Some(desk) = self.engine.desk() else { return Vec::new() };
        let marginals = desk.marginals();
        let mut vols = Vec::new();
        for at in desk.lines() {
            let (row, line) = (desk.row(at), desk.valued(at));
            let kind = if line.strike >= row.expiry.forward() { Kind::Call } else { Kind::Put };
            let Some(quote) = marginals.quote(at, kind) else { continue };
            let extra = design.markup.as_ref().and_then(|rule| {
                let size = Size::from_atoms(Size::SCALE);
                let series = Series { expiry: row.stamp, strike: line.strike, kind };
                rule.charge(self, MarkedLeg { at, series, side: Side::Buy, size }).ok()?.ok()
            });
            let mid = quote.mid.checked_add(extra.unwrap_or(Real::ZERO));
            let vol = mid.and_then(|mid| marginals.vol(at, kind, mid).ok());
            vols.push(QuotedVol {
                expiry: row.stamp,
                strike: line.strike,
                base: line.vol.get(),
                quoted: vol.map(|vol| vol.get()),
            });
        }
        vols
    }
}

/// A line's volatilities.
#[derive(Clone, Copy, Debug)]
pub struct QuotedVol {
    /// Of the line.
    pub expiry: Timestamp,
    /// Of the line.
    pub strike: Price,
    /// On the outside surface.
    pub base: Real,
    /// Of the pool's middle; `None` where its price has none.
    pub quoted: Option<Real>,
}

fn negative(amount: Cash) -> Result<Cash, LoopError> {
    amount.checked_neg().ok_or(LoopError::Overflow { what: "a payment" })
}

/// An offer from the engine's total and the rule's charge.
fn offer(
    desk: &Desk,
    at: LinePlace,
    (side, kind, size): (Side, Kind, Size),
    (total, surcharge): (Cash, Cash),
    parts: Parts,
) -> Result<Offer, LoopError> {
    let line = desk.valued(at);
    let price = match kind {
        Kind::Call => line.value.prices.call,
        Kind::Put => line.value.prices.put,
    };
    let count = units(size)?;
    let worth = mul(count, price)?;
    let fair = if side == Side::Buy { worth } else { -worth };
    let vega = mul(count, line.value.vega)?;
    let total = plus(total, surcharge)?;
    let excess = money(total)? - fair;
    let per = mul(vega, line.vol.get())?;
    // Far from the money a vega is nothing, and a mark-up in volatility says nothing.
    let markup = if per > 0 { div(excess, per).unwrap_or(Real::ZERO) } else { Real::ZERO };
    Ok(Offer { total, fair, vega, markup, parts, surcharge })
}

/// An order at any price: whoever trades has asked, and where the pool trades by auction only it is a bid.
fn any_price(account: AccountId, side: Side, series: Series, size: Size) -> Order {
    Order { limit: Some(Cash::MAX), ..Order::new(account, side, series, size) }
}

#[cfg(test)]
mod tests;
