//! One engine and what is done with it.

use super::check::{Before, Violation};
use crate::market::{Listed, Market};
use amm_core::book::{Leg, Order, Series, Side};
use amm_core::engine::{Engine, Event, Outcome, Reject, Traded};
use amm_core::num::{Cash, Price, Real, Rounding, Seconds, Size, Timestamp, Vol, mul_div};
use amm_core::pricing::Kind;
use amm_core::quote::{Desk, LinePlace, Marginals};

/// A market and what has been traded in it.
#[derive(Clone, Debug)]
pub struct Session {
    expiries: Vec<Listed>,
    engine: Engine,
    events: Vec<Event>,
}

/// So many contracts of a series, above zero if the trader buys them from the pool.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deal {
    /// What.
    pub series: Series,
    /// How many; not zero.
    pub size: Size,
}

/// One step of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Does it.
    Trade(Deal),
    /// Says what doing it would cost and leave, and does nothing.
    Quote(Deal),
    /// Lets time pass: the flow fades, and nothing else changes.
    Wait(Seconds),
}

/// What a step did, or for a quote what it would do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Answer {
    /// Of a trade and of a quote.
    pub priced: Option<Priced>,
    /// The greatest loop gain of all nodes after it.
    pub gain_max: Real,
}

/// The price of a deal and what it does to the volatility of its line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Priced {
    /// What it is made of and what it comes to.
    pub traded: Traded,
    /// Of the base surface.
    pub base: Vol,
    /// Of the marginal mid before; `None` for a price that no volatility gives.
    pub before: Option<Vol>,
    /// Of the marginal mid after.
    pub after: Option<Vol>,
    /// Of what is paid or received for one contract.
    pub paid: Option<Vol>,
}

impl Session {
    /// A session in a market.
    pub fn new(market: &Market) -> Self {
        let (expiries, engine) = (market.expiries().to_vec(), market.engine().clone());
        Self { expiries, engine, events: Vec::new() }
    }

    /// What has happened in it, from the market's own state on: the events that the engine took.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The engine as it is now.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What is listed, nearest first.
    pub fn expiries(&self) -> &[Listed] {
        &self.expiries
    }

    /// The greatest loop gain of all nodes now.
    pub fn gain_max(&self) -> Real {
        self.engine.desk().map(|desk| desk.potential.gain_max()).unwrap_or_default()
    }

    /// Does a step.
    ///
    /// # Errors
    ///
    /// [`Reject`] if the engine refuses; then nothing has changed.
    pub fn act(&mut self, action: &Action) -> Result<Answer, Reject> {
        match action {
            Action::Trade(deal) => self.trade(deal),
            Action::Quote(deal) => self.quote(deal),
            Action::Wait(time) => {
                let now = self.engine.state().now().get().checked_add(time.get().into());
                let now = now.ok_or(Reject::Overflow { what: "the time" })?;
                self.apply(Event::Clock { now: Timestamp::new(now) })?;
                Ok(Answer { priced: None, gain_max: self.gain_max() })
            }
        }
    }

    /// Does a step, and holds it to all that must be so.
    ///
    /// # Errors
    ///
    /// [`Violation`] if something is not; a refusal of the engine's is an answer.
    pub fn act_checked(&mut self, action: &Action) -> Result<Result<Answer, Reject>, Violation> {
        let before = Before::of(&self.engine);
        let (planned, guarded) = match action {
            Action::Trade(deal) => {
                let planned = self.order(deal).and_then(|order| self.engine.quote(&order));
                (Some(planned), !self.closes(deal))
            }
            _ => (None, false),
        };
        let answer = self.act(action);
        before.step(action, &self.engine, planned, &answer)?;
        if guarded {
            before.quotes(&self.engine)?;
        }
        Ok(answer)
    }

    fn apply(&mut self, event: Event) -> Result<Outcome, Reject> {
        let receipt = self.engine.apply(&event)?;
        self.events.push(event);
        Ok(receipt.outcome)
    }

    fn desk(&self) -> Result<&Desk, Reject> {
        self.engine.desk().ok_or(Reject::NoMarket)
    }

    fn find(&self, series: Series) -> Result<LinePlace, Reject> {
        self.desk()?.find(series.line()).ok_or(Reject::NotQuoted { series })
    }

    fn order(&self, deal: &Deal) -> Result<Order, Reject> {
        let at = self.find(deal.series)?;
        let side = if deal.size < Size::ZERO { Side::Sell } else { Side::Buy };
        let size = deal.size.checked_abs().ok_or(Reject::Overflow { what: "the order" })?;
        let legs = vec![Leg { series: deal.series, side, size }];
        Ok(Order { account: Market::trader(at.line), legs, limit: None, deadline: None })
    }

    fn trade(&mut self, deal: &Deal) -> Result<Answer, Reject> {
        let (order, at) = (self.order(deal)?, self.find(deal.series)?);
        let kind = deal.series.kind;
        let before = mid(&self.desk()?.marginals(), at, kind);
        let outcome = self.apply(Event::Trade(order))?;
        let Outcome::Traded(traded) = outcome else { return Err(Reject::Nothing) };
        let desk = self.desk()?;
        let priced = priced(desk, at, deal, (traded, before, mid(&desk.marginals(), at, kind)));
        Ok(Answer { priced: Some(priced), gain_max: desk.potential.gain_max() })
    }

    fn quote(&self, deal: &Deal) -> Result<Answer, Reject> {
        let (order, at) = (self.order(deal)?, self.find(deal.series)?);
        let kind = deal.series.kind;
        let traded = self.engine.quote(&order)?;
        let desk = self.desk()?;
        // The engine has admitted the order, so nothing is left to refuse.
        let sized = desk.price(&[(at, kind, deal.size)], true)?;
        let after = mid(&desk.marginals_after(&sized.trial, &sized.flow), at, kind);
        let before = mid(&desk.marginals(), at, kind);
        let priced = priced(desk, at, deal, (traded, before, after));
        Ok(Answer { priced: Some(priced), gain_max: traded.gain_max })
    }

    /// Whether a deal takes the trader's position towards zero and not past it, so that limits let it
    /// pass.
    fn closes(&self, deal: &Deal) -> bool {
        let account = self.find(deal.series).ok().map(|at| Market::trader(at.line));
        let account = account.and_then(|id| self.engine.state().accounts().get(&id));
        let held = account.map_or(0, |account| account.positions.get(&deal.series).atoms());
        let by = deal.size.atoms();
        held.signum() == -by.signum() && by.unsigned_abs() <= held.unsigned_abs()
    }
}

/// The volatility of the marginal mid.
fn mid(marginals: &Marginals<'_>, at: LinePlace, kind: Kind) -> Option<Vol> {
    marginals.vol(at, kind, marginals.mid(at, kind)).ok()
}

fn priced(
    desk: &Desk,
    at: LinePlace,
    deal: &Deal,
    (traded, before, after): (Traded, Option<Vol>, Option<Vol>),
) -> Priced {
    let each = each(traded.total, deal.size);
    let paid = each.and_then(|each| {
        amm_core::pricing::implied_vol(
            &desk.row(at).expiry,
            deal.series.strike,
            deal.series.kind,
            each,
        )
        .ok()
    });
    Priced { traded, base: desk.valued(at).vol, before, after, paid }
}

/// The price of one contract; `None` if the money goes the other way.
fn each(total: Cash, size: Size) -> Option<Price> {
    let (cash, count) = (total.atoms(), size.atoms());
    if cash.signum() * count.signum() < 0 {
        return None;
    }
    let (cash, count) = (cash.unsigned_abs(), count.unsigned_abs());
    let bits = mul_div(cash, 1 << 64, count, Rounding::Down)?;
    Price::new(Real::from_bits(bits.try_into().ok()?)).ok()
}
