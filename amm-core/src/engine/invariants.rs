//! What holds after every event, one function each.

use alloc::collections::BTreeMap;

use crate::book::{ASSETS_MAX, Series};
use crate::engine::tally::positions;
use crate::engine::{Engine, State, Tally, form, plan};
use crate::num::{Amount, Cash, Shares, Size, Timestamp};
use crate::risk::{Action, CollateralError, covers};
use crate::skew::SkewError;

/// An invariant that does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// Money came from nowhere or went there.
    #[error("there is {held} of {what}, and {booked} came from outside")]
    Conservation {
        /// Cash or the underlying.
        what: &'static str,
        /// What is there, in atoms.
        held: i128,
        /// What should be, in atoms.
        booked: i128,
    },
    /// Positions in a series do not add up to zero.
    #[error("all positions in {series} add up to {sum}")]
    Positions {
        /// The series.
        series: Series,
        /// Their sum.
        sum: Size,
    },
    /// Shares do not add up to the supply.
    #[error("{held} shares are held and {supply} are out")]
    Shares {
        /// What accounts and the queue hold.
        held: Shares,
        /// What the pool says.
        supply: Shares,
    },
    /// A sum that is kept differs from what it is a sum of.
    #[error("{what} is kept as another number than it comes to")]
    Aggregate {
        /// Which.
        what: &'static str,
    },
    /// An account's short options are not backed, or its cash is below zero.
    #[error("account {account}: {error}")]
    Collateral {
        /// Which.
        account: u64,
        /// Why.
        error: CollateralError,
    },
    /// Something that may not be negative is.
    #[error("{what} is {cash}")]
    Negative {
        /// What.
        what: &'static str,
        /// How much.
        cash: Cash,
    },
    /// A charge paid out more than it took in.
    #[error("{what} has paid out more than it took in")]
    Subsidy {
        /// Skew or flow.
        what: &'static str,
    },
    /// The market of the state cannot be rebuilt.
    #[error(transparent)]
    Rebuild(#[from] SkewError),
    /// Something is dated after the state.
    #[error("{what} is of {at}, and the time is {now}")]
    Date {
        /// What.
        what: &'static str,
        /// Its date.
        at: Timestamp,
        /// The state's.
        now: Timestamp,
    },
    /// Not every expiry of the market has its flow.
    #[error("there are {flows} flows for {feeds} expiries of the market")]
    Flows {
        /// Flows kept.
        flows: usize,
        /// Expiries of the market.
        feeds: usize,
    },
    /// An account has a position in what is not listed.
    #[error("account {account} has a position in {series}, which is not listed")]
    Unlisted {
        /// The account.
        account: u64,
        /// The series.
        series: Series,
    },
    /// A settlement price of an expiry that is not listed.
    #[error("expiry {expiry} has a settlement price and is not listed")]
    Fixing {
        /// The expiry.
        expiry: Timestamp,
    },
    /// A request for nothing, or of nobody.
    #[error("account {account} has a request for nothing in the queue, or does not exist")]
    Request {
        /// Whose.
        account: u64,
    },
    /// What is remembered of risk is not of these parameters, or comes from no event.
    #[error("no event leads to this {what}")]
    Watch {
        /// Which part.
        what: &'static str,
    },
    /// A count of events that nobody has counted to.
    #[error("{sequence} events are more than can have been")]
    Sequence {
        /// The count.
        sequence: u64,
    },
}

/// Checks everything that must hold between events.
///
/// # Errors
///
/// The first [`Violation`].
pub fn check(engine: &Engine) -> Result<(), Violation> {
    let state = engine.state();
    form::check(state)?;
    conservation(state)?;
    net_positions(state)?;
    shares(state)?;
    debts(state)?;
    collateral(state)?;
    charges(engine)?;
    funding(state)?;
    aggregates(engine)
}

const COUNT: Violation = Violation::Aggregate { what: "a sum of all accounts" };

/// Cash, the underlying and each other asset change only by what comes in and goes out: deposits,
/// withdrawals, the hedge, and sales of what was seized.
pub fn conservation(state: &State) -> Result<(), Violation> {
    let (pool, accounts) = (&state.pool, state.accounts.values());
    let mut cash = [pool.insurance, pool.treasury, pool.waiting]
        .iter()
        .try_fold(pool.cash, |sum, part| sum.checked_add(*part))
        .ok_or(COUNT)?;
    let mut base = pool.hedge.position;
    for account in accounts {
        cash = cash.checked_add(account.cash).ok_or(COUNT)?;
        base = base.checked_add(account.base).ok_or(COUNT)?;
    }
    let same = |what, held: i128, booked: i128| match held == booked {
        true => Ok(()),
        false => Err(Violation::Conservation { what, held, booked }),
    };
    same("cash", cash.atoms(), pool.cash_from_outside.atoms())?;
    same("the underlying", base.atoms(), pool.base_from_outside.atoms())?;
    (0..ASSETS_MAX).try_for_each(|asset| {
        let mut held = state.accounts.values().map(|account| account.assets.get(asset));
        let held = held.try_fold(pool.seized.get(asset), |sum, units| sum.checked_add(units));
        same("an asset", held.ok_or(COUNT)?.atoms(), pool.assets.get(asset).atoms())
    })
}

/// The pool is the other side of every position.
pub fn net_positions(state: &State) -> Result<(), Violation> {
    let mut sums: BTreeMap<Series, Size> = BTreeMap::new();
    let mut add = |series: Series, position: Size| -> Option<()> {
        let sum = sums.entry(series).or_default();
        *sum = sum.checked_add(position)?;
        Some(())
    };
    for chain in state.inventory.chains() {
        for holding in &chain.holdings {
            for (kind, position) in positions(holding) {
                let series = Series { expiry: chain.expiry, strike: holding.strike, kind };
                add(series, position).ok_or(COUNT)?;
            }
        }
    }
    for account in state.accounts.values() {
        for &(series, position) in account.positions.as_slice() {
            add(series, position).ok_or(COUNT)?;
        }
    }
    match sums.into_iter().find(|(_, sum)| *sum != Size::ZERO) {
        Some((series, sum)) => Err(Violation::Positions { series, sum }),
        None => Ok(()),
    }
}

/// Every share is someone's, and with none out nothing is nobody's.
pub fn shares(state: &State) -> Result<(), Violation> {
    let mut held = Shares::ZERO;
    let mut waiting = Cash::ZERO;
    for account in state.accounts.values() {
        held = held.checked_add(account.shares).ok_or(COUNT)?;
    }
    for request in state.queue.as_slice() {
        match request.action {
            Action::Redeem(shares) => held = held.checked_add(shares).ok_or(COUNT)?,
            Action::Provide(cash) => waiting = waiting.checked_add(cash).ok_or(COUNT)?,
        }
    }
    let supply = state.pool.supply;
    if held != supply {
        return Err(Violation::Shares { held, supply });
    }
    if waiting != state.pool.waiting {
        return Err(Violation::Aggregate { what: "money in the queue" });
    }
    Ok(())
}

/// What the pool owes is what accounts are owed, and no fund is below zero.
pub fn debts(state: &State) -> Result<(), Violation> {
    let accounts = state.accounts.values();
    let owed = accounts.map(|account| account.owed);
    let sum = owed.clone().try_fold(Cash::ZERO, |sum, owed| sum.checked_add(owed)).ok_or(COUNT)?;
    if sum != state.pool.owed {
        return Err(Violation::Aggregate { what: "what is owed" });
    }
    let pool = &state.pool;
    let funds = [
        ("the pool's cash", pool.cash),
        ("the insurance fund", pool.insurance),
        ("the treasury", pool.treasury),
        ("money in the queue", pool.waiting),
        ("what is owed", owed.min().unwrap_or_default()),
    ];
    match funds.into_iter().find(|(_, cash)| *cash < Cash::ZERO) {
        Some((what, cash)) => Err(Violation::Negative { what, cash }),
        None => Ok(()),
    }
}

/// Every account's short options are backed in full, where that is the rule, and nobody's cash is
/// below zero where it is not.
pub fn collateral(state: &State) -> Result<(), Violation> {
    for (id, account) in &state.accounts {
        if account.cash < Cash::ZERO {
            return Err(Violation::Negative { what: "an account's cash", cash: account.cash });
        }
        if state.params.risk.margin.params().is_none() {
            covers(account).map_err(|error| Violation::Collateral { account: id.0, error })?;
        }
    }
    Ok(())
}

/// What trades paid for skew and flow is what the two charges are worth and what their reserves
/// have got: not a unit is missing.
pub fn charges(engine: &Engine) -> Result<(), Violation> {
    let (pool, desk) = (&engine.state.pool, engine.desk());
    let (skew, flow) = desk.map_or(Default::default(), |desk| {
        (Amount::from(desk.potential.value()), Amount::from(desk.flow.value()))
    });
    let all = |now: Amount, reserve: Amount| now.checked_add(reserve);
    if all(skew, pool.skew_reserve) != Some(pool.skew_paid) {
        return Err(Violation::Aggregate { what: "the skew reserve" });
    }
    if all(flow, pool.flow_reserve) != Some(pool.flow_paid) {
        return Err(Violation::Aggregate { what: "the flow reserve" });
    }
    let outside = |market: &crate::engine::MarketUpdate| {
        market.feeds.iter().any(|feed| feed.outside_gain != 0)
    };
    if skew < Amount::ZERO && !engine.state.market.as_ref().is_some_and(outside) {
        return Err(Violation::Subsidy { what: "skew" });
    }
    if flow < Amount::ZERO {
        return Err(Violation::Subsidy { what: "flow" });
    }
    Ok(())
}

/// What accounts owe in funding is what the pool's side of their positions has come to, less what they
/// have paid; and nobody owes any where there never was any.
pub fn funding(state: &State) -> Result<(), Violation> {
    let mut sum = Amount::ZERO;
    for account in state.accounts.values() {
        sum = sum.checked_add(account.funding).ok_or(COUNT)?;
    }
    let kept = state.funding.as_ref().map_or(Amount::ZERO, |book| book.credit);
    if sum != kept {
        return Err(Violation::Aggregate { what: "funding of all accounts" });
    }
    let none = state.accounts.values().all(|account| account.funding == Amount::ZERO);
    match state.funding.is_some() || none {
        true => Ok(()),
        false => Err(Violation::Aggregate { what: "funding where there is none" }),
    }
}

/// All that follows from the state is what it was made of.
pub fn aggregates(engine: &Engine) -> Result<(), Violation> {
    let Some((market, desk)) = engine.state.market.as_ref().zip(engine.desk()) else {
        return match engine.desk.is_none()
            && engine.tally == Tally::default()
            && engine.margins.is_none()
        {
            true => Ok(()),
            false => Err(Violation::Aggregate { what: "the desk" }),
        };
    };
    let rebuilt = plan::rebuild(&engine.state, market);
    let Ok((fresh, tally, margins)) = rebuilt else {
        return Err(Violation::Aggregate { what: "the market" });
    };
    let same = |what, same: bool| match same {
        true => Ok(()),
        false => Err(Violation::Aggregate { what }),
    };
    same("the tally", tally == engine.tally)?;
    same("the margins", margins == engine.margins)?;
    same("the loop gain", desk.potential.gains().eq(fresh.potential.gains()))?;
    same("the potential", desk.potential.value() == fresh.potential.value())?;
    same("the flow", desk.flow.states() == fresh.flow.states())?;
    same("the flow's charge", desk.flow.value() == fresh.flow.value())?;
    same("the board", desk.board == fresh.board)?;
    same("the spread", desk.fees == fresh.fees)
}
