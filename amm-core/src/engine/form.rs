//! What a state looks like whatever has happened: its parts fit together.
//!
//! Checked before anything is computed from a state that comes from elsewhere, and by
//! [`invariants`](crate::engine::invariants) after every event.

use crate::engine::State;
use crate::engine::invariants::Violation;
use crate::num::{Cash, Shares, Timestamp};
use crate::risk::Action;

/// The most events: at one a nanosecond it takes 292 years to count so far, and adding one more to
/// it does not overflow.
const SEQUENCE_MAX: u64 = 1 << 63;

pub(super) fn check(state: &State) -> Result<(), Violation> {
    if state.sequence > SEQUENCE_MAX {
        return Err(Violation::Sequence { sequence: state.sequence });
    }
    dates(state)?;
    let (flows, feeds) = (state.flow.len(), state.market.as_ref().map_or(0, |m| m.feeds.len()));
    if flows != feeds {
        return Err(Violation::Flows { flows, feeds });
    }
    accounts(state)?;
    queue(state)?;
    let listed = |expiry: &Timestamp| state.inventory.chain(*expiry).is_ok();
    match state.fixings.keys().find(|expiry| !listed(expiry)) {
        Some(&expiry) => Err(Violation::Fixing { expiry }),
        None => Ok(()),
    }
}

/// Nothing is from the future.
fn dates(state: &State) -> Result<(), Violation> {
    let now = state.now;
    let kept = [
        ("the flow", state.flow_at),
        ("realised variance", state.realised.seen),
        ("the hedge", state.pool.hedge.since),
    ];
    let market = state.market.iter().map(|market| ("the market", market.now));
    let fixings = state.fixings.keys().map(|&expiry| ("a settlement price", expiry));
    match kept.into_iter().chain(market).chain(fixings).find(|&(_, at)| at > now) {
        Some((what, at)) => Err(Violation::Date { what, at, now }),
        None => Ok(()),
    }
}

/// Nobody has less than nothing, and positions are in what is listed, so that they will be settled.
fn accounts(state: &State) -> Result<(), Violation> {
    for (id, account) in &state.accounts {
        let (base, shares) = (account.base.atoms(), account.shares.atoms());
        for (what, atoms) in [("an account's base", base), ("an account's shares", shares)] {
            if atoms < 0 {
                return Err(Violation::Negative { what, cash: Cash::from_atoms(atoms) });
            }
        }
        let positions = account.positions.as_slice().iter();
        let unlisted =
            positions.map(|(series, _)| *series).find(|s| state.inventory.find(s.line()).is_none());
        if let Some(series) = unlisted {
            return Err(Violation::Unlisted { account: id.0, series });
        }
    }
    Ok(())
}

/// Every request is somebody's, and for something.
fn queue(state: &State) -> Result<(), Violation> {
    let wrong = state.queue.as_slice().iter().find(|request| {
        let something = match request.action {
            Action::Provide(cash) => cash > Cash::ZERO,
            Action::Redeem(shares) => shares > Shares::ZERO,
        };
        !something || !state.accounts.contains_key(&request.account)
    });
    wrong.map_or(Ok(()), |request| Err(Violation::Request { account: request.account.0 }))
}
