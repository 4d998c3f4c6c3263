//! Orders.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::book::{Account, Leg, ListingError, Order, POSITION_MAX, Place};
use crate::engine::funding::Dues;
use crate::engine::plan::{Change, Plan, TradeChange};
use crate::engine::{Engine, Outcome, Reject, Tally, Traded};
use crate::fees::Fees;
use crate::num::{Amount, Cash, Price, Rounding, Seconds, Size};
use crate::pricing::Kind;
use crate::quote::{Desk, LinePlace, Sized};
use crate::risk::breaker::{Access, Action, Held, Premium, State};

const OVERFLOW: Reject = Reject::Overflow { what: "the order" };

/// A leg with everything that it touches.
pub(super) struct Touched {
    pub(super) place: Place,
    pub(super) at: LinePlace,
    pub(super) kind: Kind,
    /// What the trader's position rises by.
    pub(super) size: Size,
    /// The pool's position before and after.
    pub(super) before: Size,
    pub(super) after: Size,
}

pub(in crate::engine) fn trade(
    engine: &Engine,
    order: &Order,
    plan: &mut Plan,
) -> Result<Traded, Reject> {
    order.check()?;
    let state = &engine.state;
    if let Some(deadline) = order.deadline.filter(|&deadline| deadline < state.now) {
        return Err(Reject::Late { deadline, now: state.now });
    }
    let (market, desk) = state.market.as_ref().zip(engine.desk()).ok_or(Reject::NoMarket)?;
    let unknown = Reject::NoAccount { account: order.account };
    let account = state.accounts.get(&order.account).ok_or(unknown)?;
    let closing = closes(account, order);
    fresh(engine, closing)?;
    let mut legs = Vec::with_capacity(order.legs.len());
    for leg in &order.legs {
        legs.push(touched(engine, desk, leg)?);
    }
    let bid = admitted(engine, order, (&legs, closing))?;
    if !closing {
        limits(engine, &legs)?;
    }
    let moves: Vec<_> = legs.iter().map(|leg| (leg.at, leg.kind, leg.size)).collect();
    let sized =
        desk.price_at(bid.as_ref().map_or(&desk.fees, |(fees, _)| fees), &moves, closing)?;
    if let Some(limit) = order.limit.filter(|&limit| sized.total > limit) {
        return Err(Reject::AboveLimit { cost: sized.total, limit });
    }
    let tally = tally(&engine.tally, desk, market.spot, &legs).ok_or(OVERFLOW)?;

    let positions = account.positions.with_room(order.legs.len());
    let mut account = Account { positions, ..*account };
    let cash = account.cash.checked_sub(sized.total).ok_or(OVERFLOW)?;
    account.cash = cash;
    let (dues, mut credit) = (Dues::of(state)?, Amount::ZERO);
    for leg in &order.legs {
        if let Some(dues) = &dues {
            let change = dues.enter(&mut account, (&leg.series, leg.signed()))?;
            credit = credit.checked_add(change).ok_or(OVERFLOW)?;
        }
        let position = account.positions.get(&leg.series).checked_add(leg.signed());
        account.positions.set(leg.series, position.ok_or(OVERFLOW)?)?;
    }
    let owed = settle_cash(engine, plan, &sized).ok_or(OVERFLOW)?;
    if owed > Cash::ZERO {
        if !closing {
            let needed = sized.total.checked_neg().ok_or(OVERFLOW)?;
            return Err(Reject::PoolCash { held: state.pool.cash, needed });
        }
        account.cash = account.cash.checked_sub(owed).ok_or(OVERFLOW)?;
        account.owed = account.owed.checked_add(owed).ok_or(OVERFLOW)?;
    }
    if account.cash < Cash::ZERO {
        let held = state.accounts[&order.account].cash;
        return Err(Reject::Cash { held, needed: sized.total });
    }
    if !(closing && state.params.risk.margin.params().is_some()) {
        engine.backs(state.accounts.get(&order.account), &account)?;
    }
    if !closing {
        backed(engine, plan, &tally)?;
    }
    let traded = Traded {
        account: order.account,
        parts: sized.parts,
        total: sized.total,
        owed,
        gain_max: desk.potential.gain_max_after(&sized.trial),
    };
    let positions = legs.iter().map(|leg| (leg.place, leg.kind, leg.after)).collect();
    plan.accounts = alloc::vec![(order.account, account)];
    plan.watch = engine.rechecked(&plan.accounts);
    if let Some((_, premium)) = bid {
        plan.watch.get_or_insert_with(|| Box::new(state.watch.clone())).premium = premium;
    }
    plan.funding = dues.map(|dues| dues.step(tally.hedge_target(), credit)).transpose()?;
    plan.outcome = Outcome::Traded(traded);
    plan.change = Change::Trade(Box::new(TradeChange { positions, sized, tally }));
    plan.hedged(&state.params, &tally)?;
    Ok(traded)
}

/// Whether the breaker lets an order pass; if by auction only, what it is to pay there and the premium
/// after it. A limit is the bid.
fn admitted(
    engine: &Engine,
    order: &Order,
    (legs, closing): (&[Touched], bool),
) -> Result<Option<(Fees, Premium)>, Reject> {
    let (state, watch) = (&engine.state, &engine.state.watch);
    let breaker = watch.breaker.state;
    if breaker == State::Normal {
        return Ok(None);
    }
    // Buying back what it is short of takes risk from the pool, whatever it does to the trader.
    let bought_back = |leg: &Touched| leg.size < Size::ZERO && leg.after <= Size::ZERO;
    let reduces = closing || legs.iter().all(bought_back);
    let action = if reduces { Action::Reduce } else { Action::Open };
    breaker.admit(action, order.limit.is_some())?;
    if breaker.admits(action) == Access::Free {
        return Ok(None);
    }
    let sizes = order.legs.iter().try_fold(Size::ZERO, |sum, leg| sum.checked_add(leg.size));
    watch.auctioned(&state.params, state.now, sizes.ok_or(OVERFLOW)?).map(Some)
}

/// Whether every leg takes the trader's position towards zero, and not past it.
fn closes(account: &Account, order: &Order) -> bool {
    order.legs.iter().all(|leg| {
        let (held, by) = (account.positions.get(&leg.series).atoms(), leg.signed().atoms());
        held.signum() == -by.signum() && by.abs() <= held.abs()
    })
}

/// Whether the market's inputs are recent enough.
pub(super) fn fresh(engine: &Engine, closing: bool) -> Result<(), Reject> {
    let state = &engine.state;
    let market = state.market.as_ref().ok_or(Reject::NoMarket)?;
    let limits = &state.params.staleness;
    let most: Seconds = if closing { limits.close } else { limits.open };
    let inputs =
        [("prices", market.prices_at), ("surface", market.surface_at), ("depth", market.depth_at)];
    for (what, at) in inputs {
        let age = state.now.get().saturating_sub(at.get());
        if age > u64::from(most.get()) {
            return Err(Reject::Stale { what, age, most });
        }
    }
    Ok(())
}

/// A leg, with the pool's positions before and after.
pub(super) fn touched(engine: &Engine, desk: &Desk, leg: &Leg) -> Result<Touched, Reject> {
    let (inventory, now) = (&engine.state.inventory, engine.state.now);
    let series = leg.series;
    let place = inventory.find(series.line()).ok_or(ListingError::NotListed { series })?;
    if series.expiry <= now {
        return Err(Reject::Expired { series, now });
    }
    let at = desk.find(series.line()).ok_or(Reject::NotQuoted { series })?;
    let size = leg.signed();
    let before = inventory.at(place).of(series.kind);
    let after = before.checked_sub(size).ok_or(OVERFLOW)?;
    if after.checked_abs().is_none_or(|size| size > POSITION_MAX) {
        return Err(ListingError::Position { series, position: after }.into());
    }
    Ok(Touched { place, at, kind: series.kind, size, before, after })
}

/// Whether the pool keeps its limits: each leg's with all legs done.
fn limits(engine: &Engine, legs: &[Touched]) -> Result<(), Reject> {
    let Some(limits) = &engine.state.params.risk.limits else { return Ok(()) };
    let chains = engine.state.inventory.chains();
    for leg in legs {
        let holdings = chains[leg.place.chain].holdings.iter();
        let mut held = holdings.flat_map(|line| [line.call, line.put]);
        let before = held.try_fold(Size::ZERO, |sum, size| sum.checked_add(size));
        let mut same = legs.iter().filter(|other| other.place.chain == leg.place.chain);
        let by = same.try_fold(Size::ZERO, |sum, other| sum.checked_add(other.size));
        let (before, by) = before.zip(by).ok_or(OVERFLOW)?;
        let after = before.checked_sub(by).ok_or(OVERFLOW)?;
        let series = Held { before: leg.before, after: leg.after };
        limits.admit(series, Held { before, after })?;
    }
    Ok(())
}

fn tally(tally: &Tally, desk: &Desk, spot: Price, legs: &[Touched]) -> Option<Tally> {
    legs.iter().try_fold(*tally, |tally, leg| {
        tally.moved(desk, spot, (leg.at, leg.kind), leg.before, leg.after)
    })
}

/// The pool's side of the payment. What its cash does not reach for is returned.
fn settle_cash(engine: &Engine, plan: &mut Plan, sized: &Sized) -> Option<Cash> {
    let pool = &mut plan.pool;
    let split = engine.state.params.fees.split(sized.parts.fee);
    pool.insurance = pool.insurance.checked_add(split.insurance)?;
    pool.treasury = pool.treasury.checked_add(split.treasury)?;
    let taken = split.insurance.checked_add(split.treasury)?;
    let cash = pool.cash.checked_add(sized.total)?.checked_sub(taken)?;
    let owed = cash.min(Cash::ZERO).checked_neg()?;
    pool.cash = cash.max(Cash::ZERO);
    pool.owed = pool.owed.checked_add(owed)?;
    pool.skew_paid = pool.skew_paid.checked_add(sized.parts.skew.into())?;
    pool.flow_paid = pool.flow_paid.checked_add(sized.parts.flow.into())?;
    // With a cut rebate the trade keeps less than Ψ falls.
    let kept = sized.parts.flow - sized.flow.rise;
    pool.flow_reserve = pool.flow_reserve.checked_add(kept.into())?;
    Some(owed)
}

/// Whether the pool has the cash to be short of more.
fn backed(engine: &Engine, plan: &Plan, tally: &Tally) -> Result<(), Reject> {
    let state = &engine.state;
    if state.pool.supply == crate::num::Shares::ZERO {
        return Err(Reject::NoProviders);
    }
    if tally.short_notional <= engine.tally.short_notional {
        return Ok(());
    }
    let needed = tally.backing(state.params.backing_bps).ok_or(OVERFLOW)?.round(Rounding::Up);
    let held = plan.pool.cash;
    if held < needed { Err(Reject::Backing { held, needed }) } else { Ok(()) }
}
