//! Deciding: reads everything, changes nothing.

mod accounts;
mod liquidate;
mod market;
mod pledge;
mod provision;
mod settle;
mod trade;

pub(super) use liquidate::TakenOver;
pub(super) use market::{base_vol, rebuild, sound};
pub(super) use trade::trade;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::book::{Account, AccountId, Inventory, Place};
use crate::engine::funding::FundingStep;
use crate::engine::{Engine, Event, MarketUpdate, Outcome, Params, Pool, Reject, Tally, Watch};
use crate::fees::Fees;
use crate::num::{Price, Seconds, Size, Timestamp};
use crate::pricing::Kind;
use crate::quote::{Desk, Sized};
use crate::risk::margin::Margins;
use crate::risk::{HedgeError, Queue, wanted};
use crate::signals::Realised;
use crate::skew::FlowTrial;

/// The new values of what an event touches.
#[derive(Debug)]
pub(in crate::engine) struct Plan {
    pub(in crate::engine) now: Timestamp,
    pub(in crate::engine) pool: Pool,
    pub(in crate::engine) accounts: Vec<(AccountId, Account)>,
    pub(in crate::engine) change: Change,
    pub(in crate::engine) watch: Option<Box<Watch>>,
    pub(in crate::engine) funding: Option<FundingStep>,
    /// Spread and fee, where they change without the market.
    pub(in crate::engine) fees: Option<Fees>,
    pub(in crate::engine) hedge: Size,
    pub(in crate::engine) outcome: Outcome,
}

/// What changes beside pool and accounts.
#[derive(Debug)]
pub(in crate::engine) enum Change {
    None,
    Trade(Box<TradeChange>),
    TakeOver(Box<TakenOver>),
    Fade(Box<FlowTrial>),
    Renew(Box<Renewal>),
}

/// New positions of the pool and the desk after an order.
#[derive(Debug)]
pub(in crate::engine) struct TradeChange {
    pub(in crate::engine) positions: Vec<(Place, Kind, Size)>,
    pub(in crate::engine) sized: Sized,
    pub(in crate::engine) tally: Tally,
}

/// What seldom changes.
#[derive(Debug, Default)]
pub(in crate::engine) struct Renewal {
    pub(in crate::engine) params: Option<Params>,
    pub(in crate::engine) inventory: Option<Inventory>,
    pub(in crate::engine) fixings: Option<BTreeMap<Timestamp, Price>>,
    pub(in crate::engine) queue: Option<Queue>,
    pub(in crate::engine) market: Option<NewMarket>,
}

/// A market and what follows from it.
#[derive(Debug)]
pub(in crate::engine) struct NewMarket {
    pub(in crate::engine) update: MarketUpdate,
    pub(in crate::engine) realised: Realised,
    pub(in crate::engine) desk: Desk,
    pub(in crate::engine) tally: Tally,
    pub(in crate::engine) margins: Option<Margins>,
}

/// The plan for any event, in place of one that changes nothing.
pub(in crate::engine) fn plan(
    engine: &Engine,
    event: &Event,
    plan: &mut Plan,
) -> Result<(), Reject> {
    *plan = match event {
        Event::Configure(params) => market::configure(engine, params)?,
        Event::List { expiry, strikes } => market::list(engine, *expiry, strikes)?,
        Event::Market(update) => market::update(engine, update)?,
        Event::Clock { now } => market::clock(engine, *now)?,
        Event::Deposit { account, cash, base } => {
            accounts::deposit(engine, *account, *cash, *base)?
        }
        Event::Withdraw { account, cash, base } => {
            accounts::withdraw(engine, *account, *cash, *base)?
        }
        // Orders, which are most of all events, are planned where the plan is.
        Event::Trade(order) => return trade(engine, order, plan).map(drop),
        Event::Hedge { quantity, cash } => accounts::hedge(engine, *quantity, *cash)?,
        Event::Fix { expiry, price } => settle::fix(engine, *expiry, *price)?,
        Event::Settle { expiry } => settle::settle_expiry(engine, *expiry)?,
        Event::Provide { account, cash } => accounts::provide(engine, *account, *cash)?,
        Event::Redeem { account, shares } => accounts::redeem(engine, *account, *shares)?,
        Event::Liquidate { account, bidder, wanted } => {
            liquidate::liquidate(engine, *account, *bidder, *wanted)?
        }
        Event::Absorb { account } => liquidate::absorb(engine, *account)?,
        Event::Pledge { account, asset, units } => {
            pledge::pledge(engine, *account, *asset, *units)?
        }
        Event::Release { account, asset, units } => {
            pledge::release(engine, *account, *asset, *units)?
        }
        Event::Dispose { asset, units, cash } => pledge::dispose(engine, *asset, *units, *cash)?,
        Event::Accrue { account } => accounts::accrue(engine, *account)?,
    };
    Ok(())
}

impl Plan {
    /// A plan that changes nothing yet.
    pub(in crate::engine) fn of(engine: &Engine) -> Self {
        Self {
            now: engine.state.now,
            pool: engine.state.pool,
            accounts: Vec::new(),
            change: Change::None,
            watch: None,
            funding: None,
            fees: None,
            hedge: Size::ZERO,
            outcome: Outcome::Done,
        }
    }

    /// Says what the hedge's policy wants after it.
    fn hedged(&mut self, params: &Params, tally: &Tally) -> Result<(), HedgeError> {
        let elapsed = self.now.get().saturating_sub(self.pool.hedge.since.get());
        let elapsed = Seconds::new(elapsed).unwrap_or(Seconds::MAX);
        let held = self.pool.hedge.position;
        self.hedge = wanted(params.hedge, tally.hedge_target(), held, elapsed)?;
        Ok(())
    }
}
