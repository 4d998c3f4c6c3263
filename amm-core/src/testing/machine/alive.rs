//! Nobody who is short of margin is overlooked, and none is out of reach.

use std::vec::Vec;

use crate::book::{Account, AccountId};
use crate::engine::{Engine, Event, MarketUpdate, Reject};
use crate::num::{Cash, Real};
use crate::testing::{Verdict, ensure};

/// Who is below maintenance margin can be liquidated: an auction opens, and one that has ended without
/// a bid leaves the account to the pool. Given inputs that are good enough to close on. And a watchlist finds
/// all of them and nobody else.
pub(super) fn alive(engine: &Engine, called: &[AccountId]) -> Verdict {
    let (state, most) = (engine.state(), u64::from(engine.state().params().staleness.close.get()));
    let old = |market: &MarketUpdate| {
        let oldest = market.prices_at.min(market.surface_at).min(market.depth_at);
        state.now().get() - oldest.get() > most
    };
    let below = |(id, held): (&AccountId, &Account)| {
        let living =
            held.positions.as_slice().iter().any(|(series, _)| series.expiry > state.now());
        let cushion = engine.standing(*id).map(|(need, funds)| need.cushion(&funds));
        let below = matches!(cushion, Ok(Ok(cushion)) if cushion < Cash::ZERO);
        (living && below).then_some(*id)
    };
    let below: Vec<_> = state.accounts().iter().filter_map(below).collect();
    let margin = state.params().risk.margin.params().is_some() && state.market().is_some();
    ensure!(!margin || below == called, "{below:?} are below margin, the list says {called:?}");
    if !margin || state.market().is_none_or(old) {
        return Ok(());
    }
    for account in below {
        let open = Event::Liquidate { account, bidder: account, wanted: Real::ZERO };
        let event = match state.watch().auctions.contains_key(&account) {
            true => Event::Absorb { account },
            false => open,
        };
        let answer = engine.clone().apply(&event);
        let waits = matches!(answer, Err(Reject::NotExhausted { .. }));
        ensure!(answer.is_ok() || waits, "account {account} cannot be liquidated: {answer:?}");
    }
    Ok(())
}
