//! The queue's turn at a market update.

use alloc::vec::Vec;

use crate::book::{Account, AccountId};
use crate::engine::funding::Dues;
use crate::engine::nav::{free, nav};
use crate::engine::plan::market::marks;
use crate::engine::plan::{NewMarket, Plan};
use crate::engine::{Engine, Pool, Reject, State, Watch};
use crate::num::{Amount, Cash, Shares};
use crate::risk::breaker::Gate;
use crate::risk::{Action, Outcome as Turn, Processed, Queue, Request, process};

const OVERFLOW: Reject = Reject::Overflow { what: "the revaluation" };

/// Lets liquidity come and go at the new market.
pub(super) fn provision(
    state: &State,
    plan: &mut Plan,
    market: &NewMarket,
    (watch, dues): (&Watch, Option<Dues<'_>>),
) -> Result<Processed, Reject> {
    if state.queue.as_slice().is_empty() {
        let (supply, queue) = (state.pool.supply, state.queue.clone());
        return Ok(Processed::nothing(supply, queue));
    }
    let renewed =
        State { market: Some(market.update.clone()), ..State::new(state.params, plan.now) };
    let owed = dues.map(|dues| dues.receivable(&state.inventory)).transpose()?;
    let owed = owed.unwrap_or(Amount::ZERO);
    let value = nav_at(&renewed, state, market, (&plan.pool, owed))?;
    let backing = market.tally.backing(state.params.backing_bps).ok_or(OVERFLOW)?;
    let free = free(&plan.pool, backing, owed).ok_or(OVERFLOW)?;
    let marks = marks((&state.params, state), market, (plan.now, dues));
    let pending = Engine::pending_loss(state, &marks)?;
    let (let_in, let_out) = gates(state, watch, pending);
    let passes = |request: &Request| match request.action {
        Action::Provide(_) => let_in,
        Action::Redeem(_) => let_out,
    };
    let served: Vec<_> = state.queue.as_slice().iter().copied().filter(passes).collect();
    let processed = process(&Queue::try_from(served)?, value, plan.pool.supply, free)?;
    let processed = with_waiting(&state.queue, passes, processed)?;
    let accounts = turned(state, &mut plan.pool, &processed).ok_or(OVERFLOW)?;
    plan.accounts = accounts;
    Ok(processed)
}

/// Whether liquidity may come and whether it may go.
fn gates(state: &State, watch: &Watch, pending_loss: Cash) -> (bool, bool) {
    let Some(gates) = &state.params.risk.gates else { return (true, true) };
    let open = |gate: &Gate| gate.admit(&watch.readings, pending_loss).is_ok();
    (open(&gates.entry), open(&gates.exit))
}

/// What has become of those who passed, put back among those who wait as they are.
fn with_waiting(
    queue: &Queue,
    passes: impl Fn(&Request) -> bool,
    processed: Processed,
) -> Result<Processed, Reject> {
    let (mut outcomes, mut stays) = (Vec::new(), Queue::default());
    let mut served = processed.outcomes.iter().copied();
    for request in queue.as_slice() {
        let outcome = if passes(request) { served.next() } else { None }.unwrap_or(Turn::Waits);
        let left = match outcome {
            Turn::Waits => Some(request.action),
            Turn::Paid { left, .. } if left > Shares::ZERO => Some(Action::Redeem(left)),
            _ => None,
        };
        if let Some(action) = left {
            stays.push(Request { action, ..*request })?;
        }
        outcomes.push(outcome);
    }
    Ok(Processed { outcomes, queue: stays, ..processed })
}

fn nav_at(
    renewed: &State,
    state: &State,
    market: &NewMarket,
    pool: (&Pool, Amount),
) -> Result<crate::risk::Nav, Reject> {
    let with_fixings = State { fixings: state.fixings.clone(), ..renewed.clone() };
    nav(&with_fixings, &state.inventory, &market.desk, pool)
}

/// Accounts and pool after the queue's turn.
fn turned(
    state: &State,
    pool: &mut Pool,
    processed: &Processed,
) -> Option<Vec<(AccountId, Account)>> {
    let mut accounts: Vec<(AccountId, Account)> = Vec::new();
    pool.supply = processed.supply;
    pool.treasury = pool.treasury.checked_add(processed.unattributed)?;
    pool.cash = pool.cash.checked_add(processed.cash_in)?.checked_sub(processed.cash_out)?;
    pool.cash = pool.cash.checked_sub(processed.unattributed)?;
    for (request, outcome) in state.queue.as_slice().iter().zip(&processed.outcomes) {
        let id = request.account;
        let known = accounts.iter().position(|(other, _)| *other == id);
        let place = known.unwrap_or_else(|| {
            let account = state.accounts.get(&id).cloned().unwrap_or_default();
            accounts.push((id, account));
            accounts.len() - 1
        });
        let account = &mut accounts[place].1;
        match (outcome, request.action) {
            (Turn::Minted { shares }, Action::Provide(cash)) => {
                account.shares = account.shares.checked_add(*shares)?;
                pool.waiting = pool.waiting.checked_sub(cash)?;
            }
            (Turn::Paid { cash, .. }, _) => account.cash = account.cash.checked_add(*cash)?,
            (Turn::Refused(_), Action::Provide(cash)) => {
                account.cash = account.cash.checked_add(cash)?;
                pool.waiting = pool.waiting.checked_sub(cash)?;
            }
            (Turn::Refused(_), Action::Redeem(shares)) => {
                account.shares = account.shares.checked_add(shares)?;
            }
            _ => {}
        }
    }
    Some(accounts)
}
