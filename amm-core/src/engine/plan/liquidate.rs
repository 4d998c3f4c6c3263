//! Accounts that have less than their maintenance margin: bids for a share of one, and the end.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::book::{Account, AccountId, Holdings, Leg, Order, Series, Side};
use crate::engine::funding::{amount, rounded};
use crate::engine::marks::Marks;
use crate::engine::plan::trade::{fresh, touched};
use crate::engine::plan::{Change, Plan};
use crate::engine::{
    Absorbed, Engine, Liquidated, Loss, Outcome, Pool, Reject, RiskParams, Spent, Tally,
};
use crate::num::{Amount, Cash, Price, Real, Rounding, Size, mul_div};
use crate::pricing::Kind;
use crate::quote::Desk;
use crate::risk::breaker::Action;
use crate::risk::liquidation::{Auction, Backing, Bid, share_of, waterfall};
use crate::risk::margin::{Assets, Seized};

const OVERFLOW: Reject = Reject::Overflow { what: "the liquidation" };

/// The pool takes over an account: the desk after it, and the pool's positions.
#[derive(Debug)]
pub(in crate::engine) struct TakenOver {
    pub(in crate::engine) positions: Vec<(crate::book::Place, Kind, Size)>,
    pub(in crate::engine) desk: Desk,
    pub(in crate::engine) tally: Tally,
}

/// An account that may be liquidated now.
struct Called<'a> {
    account: &'a Account,
    risk: &'a RiskParams,
    marks: Marks<'a>,
}

fn called(engine: &Engine, id: AccountId) -> Result<Called<'_>, Reject> {
    let (state, risk) = (&engine.state, &engine.state.params.risk);
    if risk.margin.params().is_none() {
        return Err(Reject::FullyBacked);
    }
    let account = state.accounts.get(&id).ok_or(Reject::NoAccount { account: id })?;
    state.watch.breaker.state.admit(Action::Liquidate, true)?;
    fresh(engine, true)?;
    let marks = Marks::of(engine);
    if marks.living(account) == account.positions.len() {
        return Err(Reject::NothingToSell { account: id });
    }
    Ok(Called { account, risk, marks })
}

/// A bid for a share of an account, of which the first opens the auction. A bid for nothing does no
/// more than that.
pub(super) fn liquidate(
    engine: &Engine,
    id: AccountId,
    bidder: AccountId,
    wanted: Real,
) -> Result<Plan, Reject> {
    let (state, Called { account, risk, marks }) = (&engine.state, called(engine, id)?);
    let standing = marks.standing(account)?;
    let (mut plan, mut watch) = (Plan::of(engine), state.watch.clone());
    let known = watch.auctions.get(&id).copied();
    let auction = match known {
        Some(auction) => auction,
        None => Auction::open(&standing, state.now)?,
    };
    if wanted == 0 {
        if known.is_some() {
            return Err(Reject::Nothing);
        }
        watch.auctions.insert(id, auction);
        plan.watch = Some(Box::new(watch));
        plan.hedged(&state.params, &engine.tally)?;
        return Ok(plan);
    }
    let buyer = state.accounts.get(&bidder).ok_or(Reject::NoAccount { account: bidder })?;
    if bidder == id {
        return Err(Reject::OwnAuction { account: id });
    }
    let delta = delta(engine, &marks, account).ok_or(OVERFLOW)?;
    let left = left(engine, &marks)?;
    let cap = share_of(left, delta)?;
    let (bid, after) = auction.bid(&standing, &risk.auction, state.now, wanted, cap)?;
    let reserved = auction.at(&standing, &risk.auction, state.now).reserved;
    let mut sides = (account.clone(), buyer.clone());
    moved(&mut sides, &marks, (&bid, reserved))?;
    let (mut account, mut buyer) = sides;
    let loss = paid(&mut plan.pool, &mut account, &mut buyer, bid.paid).ok_or(OVERFLOW)?;
    if buyer.cash < Cash::ZERO {
        let held = state.accounts[&bidder].cash;
        return Err(Reject::Cash { held, needed: bid.pays });
    }
    engine.backs(None, &buyer)?;

    watch.drew(state, loss.insurance);
    watch.event(state.now, bid.share);
    let units = share_up(delta.checked_abs().ok_or(OVERFLOW)?, bid.share).ok_or(OVERFLOW)?;
    let spent = watch.spent_at(state.now).checked_add(units);
    watch.spent = Spent { at: state.now, units: spent.ok_or(OVERFLOW)? };
    match marks.is_over(&risk.auction, &after, &account) {
        true => watch.auctions.remove(&id),
        false => watch.auctions.insert(id, after),
    };
    plan.accounts.extend([(id, account), (bidder, buyer)]);
    watch.recheck(&risk.auction, &marks, &plan.accounts);
    plan.watch = Some(Box::new(watch));
    plan.outcome = Outcome::Liquidated(Liquidated { account: id, bidder, bid, units, loss });
    plan.hedged(&state.params, &engine.tally)?;
    Ok(plan)
}

/// ∂value/∂spot of an account in units of the underlying, those it holds among them.
fn delta(engine: &Engine, marks: &Marks<'_>, account: &Account) -> Option<Size> {
    let desk = engine.desk()?;
    let spot = marks.spot.get();
    let living = &account.positions.as_slice()[marks.living(account)..];
    let sum = living.iter().try_fold(Amount::ZERO, |sum, (series, position)| {
        let at = desk.find(series.line())?;
        let value = &desk.valued(at).value;
        let delta = match series.kind {
            Kind::Call => value.delta_call,
            Kind::Put => value.delta_put,
        };
        let of_spot = delta.checked_mul(desk.row(at).expiry.forward().get())?.checked_div(spot)?;
        sum.checked_add(Amount::of(*position, of_spot)?)
    });
    Size::from_atoms(sum?.round(Rounding::Up).atoms()).checked_add(account.base)
}

/// What is left of the block's budget, in units of the underlying.
fn left(engine: &Engine, marks: &Marks<'_>) -> Result<Size, Reject> {
    let state = &engine.state;
    let feeds = state.market.iter().flat_map(|market| &market.feeds);
    let near = feeds.into_iter().find(|feed| feed.expiry > state.now);
    let depth = near.map_or(Real::ZERO, |feed| feed.depth.get());
    let most = state.params.risk.budget.units(depth, marks.spot, Size::MAX)?;
    let spent = state.watch.spent_at(state.now);
    match most.checked_sub(spent) {
        Some(left) if left > Size::ZERO => Ok(left),
        _ => Err(Reject::Budget { spent, most }),
    }
}

/// A share of everything that is for sale goes from the account to the bidder, each part rounded so
/// that the account keeps the atom; and the bidder pays.
fn moved(
    (account, buyer): &mut (Account, Account),
    marks: &Marks<'_>,
    (bid, reserved): (&Bid, Cash),
) -> Result<(), Reject> {
    let (share, owed) = (bid.share, rounded(marks.owed(account)?));
    for (series, position) in account.positions.as_slice().to_vec() {
        let by = Size::from_atoms(kept(position.atoms(), share).ok_or(OVERFLOW)?);
        if let Some(dues) = marks.funding? {
            dues.enter(buyer, (&series, by))?;
            dues.enter(account, (&series, by.checked_neg().ok_or(OVERFLOW)?))?;
        }
        let after = buyer.positions.get(&series).checked_add(by).ok_or(OVERFLOW)?;
        buyer.positions.set(series, after)?;
        account.positions.set(series, position.checked_sub(by).ok_or(OVERFLOW)?)?;
    }
    let mut taken = Holdings::default();
    for (asset, units) in account.assets.as_slice().iter().enumerate() {
        taken.set(asset, Size::from_atoms(kept(units.atoms(), share).ok_or(OVERFLOW)?))?;
    }
    account.assets = account.assets.less(&taken)?;
    buyer.assets = buyer.assets.plus(&taken)?;
    let mut book = || -> Option<()> {
        let base = Size::from_atoms(kept(account.base.atoms(), share)?);
        account.base = account.base.checked_sub(base)?;
        buyer.base = buyer.base.checked_add(base)?;
        // Funding owed to the pool is a debt, owed by it an asset.
        let debt = Cash::from_atoms(kept(owed.checked_neg()?.atoms(), share)?);
        account.funding = account.funding.checked_add(amount(debt)?)?;
        buyer.funding = buyer.funding.checked_sub(amount(debt)?)?;
        let for_sale = account.cash.checked_sub(reserved)?;
        let cash = Cash::from_atoms(kept(for_sale.atoms(), share)?);
        account.cash = account.cash.checked_sub(cash)?.checked_add(bid.pays)?;
        buyer.cash = buyer.cash.checked_add(cash)?.checked_sub(bid.pays)?;
        Some(())
    };
    book().ok_or(OVERFLOW)
}

/// A share of a number, rounded down: less of an asset, more of a debt. All of it is all of it.
fn kept(atoms: i128, share: Real) -> Option<i128> {
    let way = if atoms < 0 { Rounding::Up } else { Rounding::Down };
    let part = mul_div(atoms.unsigned_abs(), share.to_bits() as u128, 1 << 64, way)?;
    Some(i128::try_from(part).ok()? * atoms.signum())
}

fn share_up(size: Size, share: Real) -> Option<Size> {
    let part = mul_div(size.atoms().unsigned_abs(), share.to_bits() as u128, 1 << 64, Rounding::Up);
    Some(Size::from_atoms(i128::try_from(part?).ok()?))
}

/// What the bidder is paid: what the pool owed the account, then the fund, then the providers; what
/// their cash does not reach for is owed.
fn paid(pool: &mut Pool, account: &mut Account, buyer: &mut Account, due: Cash) -> Option<Loss> {
    let claim = account.owed.min(due);
    account.owed = account.owed.checked_sub(claim)?;
    pool.owed = pool.owed.checked_sub(claim)?;
    let loss = lost(pool, claim, due.checked_sub(claim)?)?;
    let of_pool = due.checked_sub(loss.insurance)?;
    let now = pool.cash.min(of_pool);
    pool.cash = pool.cash.checked_sub(now)?;
    pool.insurance = pool.insurance.checked_sub(loss.insurance)?;
    let owed = of_pool.checked_sub(now)?;
    pool.owed = pool.owed.checked_add(owed)?;
    buyer.owed = buyer.owed.checked_add(owed)?;
    buyer.cash = buyer.cash.checked_add(due)?.checked_sub(owed)?;
    Some(loss)
}

/// A loss through the waterfall, of which the pool's creditors bear what its cash does not reach for:
/// they are paid in proportion, by largest remainder, as it comes in.
fn lost(pool: &Pool, claim: Cash, loss: Cash) -> Option<Loss> {
    let providers = pool.cash.checked_sub(claim.min(pool.cash))?;
    let shared = waterfall(loss, Backing { insurance: pool.insurance, providers }, &[]).ok()?;
    Some(Loss {
        claim,
        insurance: shared.insurance,
        providers: shared.providers,
        owed: shared.uncovered,
    })
}

/// The pool takes all options of an account that nobody has bid for, at its own quote, and so much of
/// the underlying as pays for that at spot, which is the hedge's, then so much of its other assets as pays
/// for the rest at what margin counts. What is missing goes through the waterfall.
pub(super) fn absorb(engine: &Engine, id: AccountId) -> Result<Plan, Reject> {
    let (state, Called { account, risk, marks }) = (&engine.state, called(engine, id)?);
    let unsold = Reject::NotExhausted { account: id };
    let auction = state.watch.auctions.get(&id).ok_or(unsold)?;
    let standing = marks.standing(account)?;
    auction.offer(&standing, &risk.auction, state.now)?;
    if !auction.at(&standing, &risk.auction, state.now).is_exhausted(&risk.auction, state.now) {
        return Err(unsold);
    }
    let living = &account.positions.as_slice()[marks.living(account)..];
    let closed = closed(engine, living)?;
    let (mut plan, mut watch, mut account) =
        (Plan::of(engine), state.watch.clone(), account.clone());
    let (pool, total, held) = (&mut plan.pool, closed.total, account.cash);
    pool.skew_paid = pool.skew_paid.checked_add(closed.skew).ok_or(OVERFLOW)?;
    pool.flow_paid = pool.flow_paid.checked_add(closed.flow).ok_or(OVERFLOW)?;
    pool.flow_reserve = pool.flow_reserve.checked_add(closed.kept).ok_or(OVERFLOW)?;
    let funding = rounded(marks.owed(&account)?);
    let mut credit = amount(funding).and_then(Amount::checked_neg).ok_or(OVERFLOW)?;
    account.funding = account.funding.checked_add(credit).ok_or(OVERFLOW)?;
    for &(series, position) in living {
        if let Some(dues) = marks.funding? {
            let closed = position.checked_neg().ok_or(OVERFLOW)?;
            let change = dues.enter(&mut account, (&series, closed))?;
            credit = credit.checked_add(change).ok_or(OVERFLOW)?;
        }
        account.positions.set(series, Size::ZERO)?;
    }
    let all = total.checked_add(funding).ok_or(OVERFLOW)?;
    let (base, missing) = charge(&mut account, all, marks.spot).ok_or(OVERFLOW)?;
    let seized = seize(pool, &mut account, marks.valued()?, missing)?;
    let missing = missing.checked_sub(seized.worth).ok_or(OVERFLOW)?;
    pool.hedge.position = pool.hedge.position.checked_add(base).ok_or(OVERFLOW)?;
    let paid = held.checked_sub(account.cash).ok_or(OVERFLOW)?;
    let loss = borne(pool, &mut account, paid, missing).ok_or(OVERFLOW)?;
    watch.drew(state, loss.insurance);
    watch.event(state.now, Real::ONE);
    watch.auctions.remove(&id);
    plan.watch = Some(Box::new(watch));
    plan.accounts.push((id, account));
    let absorbed = Absorbed { account: id, total, funding, base, seized, loss };
    plan.outcome = Outcome::Absorbed(absorbed);
    let tally = closed.over.tally;
    let skew = tally.hedge_target();
    plan.funding = marks.funding?.map(|dues| dues.step(skew, credit)).transpose()?;
    plan.change = Change::TakeOver(Box::new(closed.over));
    plan.hedged(&state.params, &tally)?;
    Ok(plan)
}

/// Options closed against the pool, and what that comes to.
struct Closed {
    over: TakenOver,
    total: Cash,
    skew: Amount,
    flow: Amount,
    /// What cut rebates keep.
    kept: Amount,
}

/// Closes positions, as many at a time as an order has legs: by path independence in any order.
fn closed(engine: &Engine, living: &[(Series, Size)]) -> Result<Closed, Reject> {
    let (market, desk) = engine.state.market.as_ref().zip(engine.desk()).ok_or(Reject::NoMarket)?;
    let (positions, zero) = (Vec::with_capacity(living.len()), Amount::ZERO);
    let over = TakenOver { positions, desk: desk.clone(), tally: engine.tally };
    let mut closed = Closed { over, total: Cash::ZERO, skew: zero, flow: zero, kept: zero };
    for chunk in living.chunks(Order::LEGS_MAX) {
        let mut moves = Vec::with_capacity(chunk.len());
        for &(series, position) in chunk {
            let side = if position > Size::ZERO { Side::Sell } else { Side::Buy };
            let size = position.checked_abs().ok_or(OVERFLOW)?;
            let leg = touched(engine, desk, &Leg { series, side, size })?;
            let tally = closed.over.tally;
            let place = (leg.at, leg.kind);
            let tally = tally.moved(desk, market.spot, place, leg.before, leg.after);
            closed.over.tally = tally.ok_or(OVERFLOW)?;
            closed.over.positions.push((leg.place, leg.kind, leg.after));
            moves.push((leg.at, leg.kind, leg.size));
        }
        let sized = closed.over.desk.price(&moves, true)?;
        closed.over.desk.take(&sized);
        let mut add = || -> Option<()> {
            closed.total = closed.total.checked_add(sized.total)?;
            closed.skew = closed.skew.checked_add(sized.parts.skew.into())?;
            closed.flow = closed.flow.checked_add(sized.parts.flow.into())?;
            let kept = sized.parts.flow - sized.flow.rise;
            closed.kept = closed.kept.checked_add(kept.into())?;
            Some(())
        };
        add().ok_or(OVERFLOW)?;
    }
    Ok(closed)
}

/// The account pays, or is paid: from its cash, then in units of the underlying at spot. Those units,
/// and what is missing then.
fn charge(account: &mut Account, total: Cash, spot: Price) -> Option<(Size, Cash)> {
    let cash = account.cash.checked_sub(total)?;
    let short = cash.min(Cash::ZERO).checked_neg()?;
    let whole = (short.atoms().unsigned_abs(), spot.get().to_bits().unsigned_abs());
    let units = mul_div(whole.0, 1 << 64, whole.1, Rounding::Up);
    // What does not fit is more than anyone holds.
    let units =
        units.and_then(|units| i128::try_from(units).ok()).map_or(Size::MAX, Size::from_atoms);
    let base = units.min(account.base);
    let cash = cash.checked_add(Amount::of(base, spot.get())?.round(Rounding::Down))?;
    account.base = account.base.checked_sub(base)?;
    account.cash = cash.max(Cash::ZERO);
    Some((base, cash.min(Cash::ZERO).checked_neg()?))
}

/// Other assets of the account become the pool's for what is missing.
fn seize(
    pool: &mut Pool,
    account: &mut Account,
    assets: &Assets,
    missing: Cash,
) -> Result<Seized, Reject> {
    let seized = assets.seize(&account.assets, missing)?;
    account.assets = account.assets.less(&seized.units)?;
    pool.seized = pool.seized.plus(&seized.units)?;
    Ok(seized)
}

/// What is still missing is set off against what the pool owes the account; the rest is the fund's, then
/// the providers'. The pool gets what the account has paid in cash, and what the fund pays.
fn borne(pool: &mut Pool, account: &mut Account, paid: Cash, missing: Cash) -> Option<Loss> {
    let claim = account.owed.min(missing);
    account.owed = account.owed.checked_sub(claim)?;
    pool.owed = pool.owed.checked_sub(claim)?;
    let loss = missing.checked_sub(claim)?;
    let insurance = pool.insurance.min(loss);
    pool.insurance = pool.insurance.checked_sub(insurance)?;
    let held = pool.cash.checked_add(paid)?.checked_add(insurance)?;
    let owed = held.min(Cash::ZERO).checked_neg()?;
    pool.cash = held.max(Cash::ZERO);
    pool.owed = pool.owed.checked_add(owed)?;
    account.cash = account.cash.checked_sub(owed)?;
    account.owed = account.owed.checked_add(owed)?;
    let providers = loss.checked_sub(insurance)?;
    Some(Loss { claim, insurance, providers, owed: Cash::ZERO })
}
