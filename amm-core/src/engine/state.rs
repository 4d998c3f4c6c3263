//! All that an engine remembers.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::book::{Account, AccountId, Holdings, Inventory};
use crate::engine::{FundingBook, MarketUpdate, Params, Watch};
use crate::num::{Amount, Cash, Price, Shares, Size, Timestamp};
use crate::risk::{Hedge, Queue};
use crate::signals::Realised;

/// What belongs to the pool and to nobody's account.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Pool {
    /// Money of the providers, what is owed from settlements included.
    pub cash: Cash,
    /// The hedge; its cash is in `cash`.
    pub hedge: Hedge,
    /// Shares there are.
    pub supply: Shares,
    /// The insurance fund.
    pub insurance: Cash,
    /// The treasury.
    pub treasury: Cash,
    /// What is still owed to accounts from settlements.
    pub owed: Cash,
    /// Money that waits in the queue with those who want to provide.
    pub waiting: Cash,
    /// Σ ΔF of all trades so far: what they paid for loop gain.
    pub skew_paid: Amount,
    /// What revaluations have released from F so far: `skew_paid` less F now.
    pub skew_reserve: Amount,
    /// Σ of what trades paid for flow so far, less rebates.
    pub flow_paid: Amount,
    /// What time, revaluations and cut rebates have released from Ψ so far.
    pub flow_reserve: Amount,
    /// Money that came in from outside less what went out: deposits and the hedge's trades.
    pub cash_from_outside: Cash,
    /// The underlying that came in from outside less what went out.
    pub base_from_outside: Size,
    /// Assets taken from accounts that could not pay, until they are sold elsewhere.
    pub seized: Holdings,
    /// Assets that came in from outside less what went out: all that accounts and the pool hold, which is
    /// what haircuts that widen with everyone's units count.
    pub assets: Holdings,
}

/// The state of an engine: what its digest is of. All else follows from it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct State {
    pub(in crate::engine) params: Params,
    pub(in crate::engine) now: Timestamp,
    /// Events so far.
    pub(in crate::engine) sequence: u64,
    /// The last update.
    pub(in crate::engine) market: Option<MarketUpdate>,
    pub(in crate::engine) inventory: Inventory,
    /// I of each of the market's expiries, as of `flow_at`, in units of 2⁻⁴⁸·10⁻⁹ of cash.
    pub(in crate::engine) flow: Vec<i128>,
    /// When a trade last changed the flow.
    pub(in crate::engine) flow_at: Timestamp,
    pub(in crate::engine) realised: Realised,
    /// Settlement prices of listed expiries.
    pub(in crate::engine) fixings: BTreeMap<Timestamp, Price>,
    pub(in crate::engine) accounts: BTreeMap<AccountId, Account>,
    pub(in crate::engine) pool: Pool,
    pub(in crate::engine) queue: Queue,
    pub(in crate::engine) watch: Watch,
    /// Once there has been funding.
    pub(in crate::engine) funding: Option<FundingBook>,
}

impl State {
    /// The most accounts.
    pub const ACCOUNTS_MAX: usize = 1 << 20;

    pub(in crate::engine) fn new(params: Params, now: Timestamp) -> Self {
        Self {
            params,
            now,
            sequence: 0,
            market: None,
            inventory: Inventory::default(),
            flow: Vec::new(),
            flow_at: now,
            realised: Realised::default(),
            fixings: BTreeMap::new(),
            accounts: BTreeMap::new(),
            pool: Pool { hedge: Hedge { since: now, ..Hedge::default() }, ..Pool::default() },
            queue: Queue::default(),
            watch: Watch::new(&params),
            funding: FundingBook::begun(&params, now),
        }
    }

    /// The parameters.
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// The time of the last event that had one.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Events so far.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The last market update.
    pub const fn market(&self) -> Option<&MarketUpdate> {
        self.market.as_ref()
    }

    /// What is listed and held by the pool.
    pub const fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Realised variance of spot.
    pub const fn realised(&self) -> &Realised {
        &self.realised
    }

    /// Settlement prices that are fixed and not settled.
    pub const fn fixings(&self) -> &BTreeMap<Timestamp, Price> {
        &self.fixings
    }

    /// All accounts.
    pub const fn accounts(&self) -> &BTreeMap<AccountId, Account> {
        &self.accounts
    }

    /// What belongs to the pool.
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Requests that wait for the next market update.
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// What is remembered of risk.
    pub const fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Funding as of the last event that moved it; `None` if there never was any.
    pub const fn funding(&self) -> Option<&FundingBook> {
        self.funding.as_ref()
    }
}
