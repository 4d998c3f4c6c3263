//! What a state looks like whatever has happened: its parts fit together.
//!
//! Checked before anything is computed from a state that comes from elsewhere, and by
//! [`invariants`](crate::engine::invariants) after every event.

use crate::book::{AccountId, Series};
use crate::engine::invariants::Violation;
use crate::engine::{Anchor, Draw, MarketUpdate, Spent, State};
use crate::num::{Cash, Price, Shares, Size, Timestamp};
use crate::risk::Action;
use crate::risk::breaker::{Breaker, Premium, Readings};
use crate::risk::liquidation::Auction;
use crate::risk::margin::StandingRange;

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
    watch(state)?;
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
    let watch = &state.watch;
    let risk = [
        ("the breaker", watch.breaker.since),
        ("the premium of its auction", watch.premium.at),
        ("a draw on the fund", watch.draw.since),
    ];
    let anchor = watch.anchor.iter().map(|anchor| ("what moves are measured from", anchor.at));
    let stress = watch.predictor.iter().flat_map(|predictor| {
        let of = "a prediction";
        [(of, predictor.flow.at), (of, predictor.vwap.at), (of, predictor.stress.seen)]
    });
    let auctions = watch.auctions.values().map(|auction| ("an auction", auction.since));
    let margin =
        [("a liquidation", watch.spent.at), ("the scan range in force", watch.standing.at())];
    let risk = risk.into_iter().chain(margin).chain(auctions);
    let kept = kept.into_iter().chain(risk).chain(anchor).chain(stress);
    let market = state.market.iter().map(|market| ("the market", market.now));
    let fixings = state.fixings.keys().map(|&expiry| ("a settlement price", expiry));
    match kept.chain(market).chain(fixings).find(|&(_, at)| at > now) {
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

/// What is remembered of risk is of the parameters.
fn watch(state: &State) -> Result<(), Violation> {
    let (watch, risk) = (&state.watch, &state.params.risk);
    let known = |what, holds: bool| if holds { Ok(()) } else { Err(Violation::Watch { what }) };
    let set = watch.predictor.as_ref().map(|predictor| *predictor.params());
    known("prediction", set == risk.prediction)?;
    let idle = watch.breaker == Breaker::default() && watch.premium == Premium::default();
    known("breaker", risk.breaker.is_some() || idle)?;
    known("premium", watch.premium.share >= 0 && watch.premium.share <= 1)?;
    let silent = watch.readings == Readings::default() && watch.anchor.is_none();
    known("reading", risk.reads() || silent)?;
    let sane =
        |anchor: &Anchor| anchor.spot > Price::MIN && anchor.variance >= 0 && anchor.forecast >= 0;
    known("anchor", watch.anchor.iter().all(sane))?;
    margin(state)?;
    known("funding", funding(state))?;
    let Draw { fund, paid, .. } = watch.draw;
    let drawn = Cash::ZERO < paid && paid <= fund;
    known("draw on the fund", drawn || watch.draw == Draw::default())
}

/// Funding is there if the parameters have it, at a rate they allow, of series that are listed; and one
/// that has been is still there.
fn funding(state: &State) -> bool {
    let Some(book) = &state.funding else { return state.params.risk.funding.is_none() };
    let possible = match &state.params.risk.funding {
        Some(params) => book.rate.is_possible(params),
        None => book.indices.values().all(|index| index.weight == 0),
    };
    let listed = |series: &Series| state.inventory.find(series.line()).is_some();
    possible && book.rate.at <= state.now && book.indices.keys().all(listed)
}

/// Margin and auctions are of the rule, and of accounts there are.
fn margin(state: &State) -> Result<(), Violation> {
    let (watch, rule) = (&state.watch, state.params.risk.margin.params());
    let known = |what, holds: bool| if holds { Ok(()) } else { Err(Violation::Watch { what }) };
    let quoted = state.market.as_ref().is_some_and(|market| !market.feeds.is_empty());
    let (conditions, spent) = (watch.conditions.as_ref(), watch.spent);
    known("margin", conditions.is_none_or(|conditions| conditions.check().is_ok()))?;
    known("margin", conditions.is_none() || rule.is_some() && state.market.is_some())?;
    known("margin", conditions.is_some() || rule.is_none() || !quoted)?;
    let seen = |market: &MarketUpdate| {
        let said = (market.spot, market.pledged, market.peg);
        conditions.is_none_or(|seen| (seen.spot, seen.pledged, seen.peg) == said)
    };
    known("margin", state.market.iter().all(seen))?;
    let assets = state.params.risk.assets.len();
    let fed = |market: &MarketUpdate| market.assets.len() == assets;
    known("list of assets", state.market.iter().all(fed))?;
    known("asset", state.pool.assets.is_empty_from(assets))?;
    known("scan range in force", rule.is_some() || watch.standing == StandingRange::default())?;
    let begun = watch.standing.range() > 0;
    known("scan range in force", conditions.is_none() || begun)?;
    known(
        "liquidation",
        spent.units >= Size::ZERO && (rule.is_some() || spent == Spent::default()),
    )?;
    let sane = |(id, auction): (&AccountId, &Auction)| {
        let account = state.accounts.get(id);
        account.is_some_and(|account| !account.positions.is_empty())
            && auction.reserved >= Cash::ZERO
            && !(auction.insolvent && auction.reserved > Cash::ZERO)
    };
    known(
        "auction",
        (rule.is_some() || watch.auctions.is_empty()) && watch.auctions.iter().all(sane),
    )
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
