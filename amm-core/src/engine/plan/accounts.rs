//! Money in and out of accounts, requests of providers, fills of the hedge.

use crate::book::{Account, AccountId};
use crate::engine::funding::{Dues, amount, rounded};
use crate::engine::marks::Marks;
use crate::engine::plan::{Change, Plan, Renewal};
use crate::engine::{Engine, Funded, Outcome, Reject, State};
use crate::num::{Amount, Cash, Shares, Size};
use crate::risk::{Action, Hedge, Request};

use alloc::boxed::Box;

const OVERFLOW: Reject = Reject::Overflow { what: "the account" };

fn known(engine: &Engine, id: AccountId) -> Result<Account, Reject> {
    let account = engine.state.accounts.get(&id).cloned();
    account.ok_or(Reject::NoAccount { account: id })
}

/// Amounts of which none is negative and one is not zero.
fn admit(cash: Cash, base: Size) -> Result<(), Reject> {
    for (what, got) in [("cash", cash), ("base", Cash::from_atoms(base.atoms()))] {
        if got < Cash::ZERO {
            return Err(Reject::Negative { what, got });
        }
    }
    if cash == Cash::ZERO && base == Size::ZERO { Err(Reject::Nothing) } else { Ok(()) }
}

fn finish(
    engine: &Engine,
    mut plan: Plan,
    id: AccountId,
    account: Account,
) -> Result<Plan, Reject> {
    plan.accounts.push((id, account));
    plan.watch = engine.rechecked(&plan.accounts);
    plan.hedged(&engine.state.params, &engine.tally)?;
    Ok(plan)
}

pub(super) fn deposit(
    engine: &Engine,
    id: AccountId,
    cash: Cash,
    base: Size,
) -> Result<Plan, Reject> {
    admit(cash, base)?;
    let known = engine.state.accounts.get(&id).cloned();
    if known.is_none() && engine.state.accounts.len() == State::ACCOUNTS_MAX {
        return Err(Reject::Accounts);
    }
    let (mut plan, mut account) = (Plan::of(engine), known.unwrap_or_default());
    let pool = &mut plan.pool;
    account.cash = account.cash.checked_add(cash).ok_or(OVERFLOW)?;
    pool.cash_from_outside = pool.cash_from_outside.checked_add(cash).ok_or(OVERFLOW)?;
    account.base = account.base.checked_add(base).ok_or(OVERFLOW)?;
    pool.base_from_outside = pool.base_from_outside.checked_add(base).ok_or(OVERFLOW)?;
    finish(engine, plan, id, account)
}

pub(super) fn withdraw(
    engine: &Engine,
    id: AccountId,
    cash: Cash,
    base: Size,
) -> Result<Plan, Reject> {
    admit(cash, base)?;
    let (mut plan, mut account) = (Plan::of(engine), known(engine, id)?);
    if account.cash < cash {
        return Err(Reject::Cash { held: account.cash, needed: cash });
    }
    if account.base < base {
        return Err(Reject::Base { held: account.base, needed: base });
    }
    let pool = &mut plan.pool;
    account.cash = account.cash.checked_sub(cash).ok_or(OVERFLOW)?;
    account.base = account.base.checked_sub(base).ok_or(OVERFLOW)?;
    engine.backs(None, &account)?;
    pool.cash_from_outside = pool.cash_from_outside.checked_sub(cash).ok_or(OVERFLOW)?;
    pool.base_from_outside = pool.base_from_outside.checked_sub(base).ok_or(OVERFLOW)?;
    finish(engine, plan, id, account)
}

pub(super) fn provide(engine: &Engine, id: AccountId, cash: Cash) -> Result<Plan, Reject> {
    admit(cash, Size::ZERO)?;
    let (mut plan, mut account) = (Plan::of(engine), known(engine, id)?);
    if let Some(gates) = &engine.state.params.risk.gates {
        let pending = Engine::pending_loss(&engine.state, &Marks::of(engine))?;
        gates.entry.admit(&engine.state.watch.readings, pending)?;
    }
    if account.cash < cash {
        return Err(Reject::Cash { held: account.cash, needed: cash });
    }
    account.cash = account.cash.checked_sub(cash).ok_or(OVERFLOW)?;
    engine.backs(None, &account)?;
    plan.pool.waiting = plan.pool.waiting.checked_add(cash).ok_or(OVERFLOW)?;
    plan.change = queued(engine, id, Action::Provide(cash))?;
    finish(engine, plan, id, account)
}

pub(super) fn redeem(engine: &Engine, id: AccountId, shares: Shares) -> Result<Plan, Reject> {
    let (mut plan, mut account) = (Plan::of(engine), known(engine, id)?);
    if shares <= Shares::ZERO {
        return Err(Reject::Nothing);
    }
    if account.shares < shares {
        return Err(Reject::Shares { held: account.shares, needed: shares });
    }
    account.shares = account.shares.checked_sub(shares).ok_or(OVERFLOW)?;
    plan.change = queued(engine, id, Action::Redeem(shares))?;
    finish(engine, plan, id, account)
}

/// Funding changes hands, as far as whoever owes it has the cash.
pub(super) fn accrue(engine: &Engine, id: AccountId) -> Result<Plan, Reject> {
    let (state, mut plan, mut account) = (&engine.state, Plan::of(engine), known(engine, id)?);
    let (dues, book) = Dues::of(state)?.zip(state.funding.as_ref()).ok_or(Reject::Nothing)?;
    let owed = rounded(dues.owed(&account)?);
    let pool = &mut plan.pool;
    let paid = owed.min(account.cash).max(pool.cash.checked_neg().ok_or(OVERFLOW)?);
    account.cash = account.cash.checked_sub(paid).ok_or(OVERFLOW)?;
    pool.cash = pool.cash.checked_add(paid).ok_or(OVERFLOW)?;
    let credit = amount(paid).and_then(Amount::checked_neg).ok_or(OVERFLOW)?;
    account.funding = account.funding.checked_add(credit).ok_or(OVERFLOW)?;
    plan.funding = Some(dues.step(book.rate.skew, credit)?);
    let owed = owed.checked_sub(paid).ok_or(OVERFLOW)?;
    plan.outcome = Outcome::Funded(Funded { account: id, paid, owed });
    finish(engine, plan, id, account)
}

fn queued(engine: &Engine, account: AccountId, action: Action) -> Result<Change, Reject> {
    let mut queue = engine.state.queue.clone();
    queue.push(Request { account, action })?;
    Ok(Change::Renew(Box::new(Renewal { queue: Some(queue), ..Renewal::default() })))
}

pub(super) fn hedge(engine: &Engine, quantity: Size, cash: Cash) -> Result<Plan, Reject> {
    if quantity == Size::ZERO && cash == Cash::ZERO {
        return Err(Reject::Nothing);
    }
    let mut plan = Plan::of(engine);
    let pool = &mut plan.pool;
    let held = pool.cash;
    let filled = pool.hedge.fill(quantity, cash)?;
    pool.hedge = Hedge { since: plan.now, ..filled };
    pool.cash = pool.cash.checked_add(cash).ok_or(OVERFLOW)?;
    if pool.cash < Cash::ZERO && cash < Cash::ZERO {
        return Err(Reject::PoolCash { held, needed: cash.checked_neg().ok_or(OVERFLOW)? });
    }
    pool.cash_from_outside = pool.cash_from_outside.checked_add(cash).ok_or(OVERFLOW)?;
    pool.base_from_outside = pool.base_from_outside.checked_add(quantity).ok_or(OVERFLOW)?;
    plan.watch = engine.state.watch.filled(plan.now, quantity, cash).map(Box::new);
    plan.hedged(&engine.state.params, &engine.tally)?;
    Ok(plan)
}
