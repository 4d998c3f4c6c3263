//! The state machine: events in, receipts out.
//!
//! [`Engine::apply`] plans an event against the state and then writes the plan down. Planning reads
//! and may refuse; writing cannot fail, so an event lands whole or not at all, and a quote is a plan
//! that nobody commits.

mod assets;
pub mod codec;
mod commit;
mod committed;
mod digest;
mod event;
mod form;
mod funding;
pub mod invariants;
pub mod log;
mod marks;
mod nav;
mod params;
mod plan;
mod receipt;
mod reject;
mod risk;
mod signals;
mod snapshot;
mod state;
mod tally;
mod watch;
mod watchlist;

pub use committed::{Committed, VerifyError, verify};
pub use digest::{Digest, ParseDigest};
pub use event::{Event, Feed, MarketUpdate};
pub use funding::FundingBook;
pub use params::{Params, ParamsError, Staleness};
pub use receipt::{
    Absorbed, Funded, Liquidated, Loss, Outcome, Receipt, Revalued, SettledExpiry, Traded,
};
pub use reject::Reject;
pub use risk::{MarginRule, RiskParams};
pub use signals::{RiskSignals, StressSignals};
pub use snapshot::SnapshotError;
pub use state::{Pool, State};
pub use tally::Tally;
pub use watch::{Anchor, Draw, Spent, Watch};
pub use watchlist::Watchlist;

use crate::book::Order;
use crate::num::Timestamp;
use crate::quote::Desk;
use crate::risk::Nav;
use crate::risk::margin::Margins;

/// An options market maker with its state.
#[derive(Clone, Debug)]
pub struct Engine {
    state: State,
    /// What follows from the state: nothing here is remembered that is not there.
    desk: Option<Desk>,
    tally: Tally,
    /// What options need under every scenario, where margin is the rule.
    margins: Option<Margins>,
}

impl Engine {
    /// An engine at a moment, with nothing listed and nobody's money.
    ///
    /// # Errors
    ///
    /// [`ParamsError`] if the parameters are out of range.
    pub fn new(params: Params, now: Timestamp) -> Result<Self, ParamsError> {
        params.check()?;
        let state = State::new(params, now);
        Ok(Self { state, desk: None, tally: Tally::default(), margins: None })
    }

    /// The state.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Prices in the present state; `None` before the first market update.
    pub const fn desk(&self) -> Option<&Desk> {
        self.desk.as_ref()
    }

    /// The pool's delta and what it is short of.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What options need, where margin is the rule and there is a market.
    pub const fn margins(&self) -> Option<&Margins> {
        self.margins.as_ref()
    }

    /// What the pool is worth to its providers, for those who leave and for those who come.
    ///
    /// # Errors
    ///
    /// [`Reject::NoMarket`], and [`Reject::Overflow`] if it does not fit.
    pub fn nav(&self) -> Result<Nav, Reject> {
        let desk = self.desk.as_ref().ok_or(Reject::NoMarket)?;
        let owed = nav::receivable(&self.state, &self.state.inventory)?;
        nav::nav(&self.state, &self.state.inventory, desk, (&self.state.pool, owed))
    }

    /// What an order would cost and leave, without doing it.
    ///
    /// # Errors
    ///
    /// [`Reject`], as applying it would.
    pub fn quote(&self, order: &Order) -> Result<Traded, Reject> {
        plan::trade(self, order, &mut plan::Plan::of(self))
    }

    /// Does what an event says, or refuses it and changes nothing.
    ///
    /// # Errors
    ///
    /// [`Reject`] says why.
    pub fn apply(&mut self, event: &Event) -> Result<Receipt, Reject> {
        let mut plan = plan::Plan::of(self);
        plan::plan(self, event, &mut plan)?;
        Ok(self.commit(plan))
    }
}
