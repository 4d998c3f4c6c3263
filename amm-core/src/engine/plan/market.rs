//! New inputs, new parameters, new listings, and time.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::book::{Account, AccountId, Inventory, Line};
use crate::engine::nav::{free, nav};
use crate::engine::plan::{Change, NewMarket, Plan, Renewal};
use crate::engine::{
    Engine, Feed, MarketUpdate, Outcome, Params, Pool, Reject, Revalued, State, Tally, Watch,
};
use crate::num::{
    Cash, OutOfRange, Price, Real, Seconds, Shares, Size, Timestamp, TotalVariance, Vol,
};
use crate::pricing::Expiry;
use crate::quote::Desk;
use crate::risk::breaker::Gate;
use crate::risk::{Action, Outcome as Turn, Processed, Queue, Request, process};
use crate::signals::Realised;
use crate::skew::decayed;
use crate::surface::{Board, Row, Slice, butterfly, calendar, floor, vol};

const OVERFLOW: Reject = Reject::Overflow { what: "the revaluation" };

pub(super) fn clock(engine: &Engine, now: Timestamp) -> Result<Plan, Reject> {
    forwards(&engine.state, now)?;
    let mut plan = Plan { now, ..Plan::of(engine) };
    if let Some(desk) = engine.desk() {
        let fade = desk.flow.fade(faded(&engine.state, now).into_iter())?;
        let released = -fade.rise;
        let reserve = plan.pool.flow_reserve.checked_add(released.into());
        plan.pool.flow_reserve = reserve.ok_or(OVERFLOW)?;
        plan.change = Change::Fade(Box::new(fade));
    }
    if engine.state.params.risk.reads() {
        let mut watch = engine.state.watch.clone();
        watch.pass(&engine.state, now);
        plan.fees = Some(watch.fees(&engine.state.params)?);
        plan.watch = Some(Box::new(watch));
    }
    Ok(plan.hedged(&engine.state.params, &engine.tally)?)
}

pub(super) fn list(engine: &Engine, expiry: Timestamp, strikes: &[Price]) -> Result<Plan, Reject> {
    let now = engine.state.now;
    if expiry <= now {
        return Err(Reject::Past { expiry, now });
    }
    if strikes.is_empty() {
        return Err(Reject::Nothing);
    }
    let mut inventory = engine.state.inventory.clone();
    for &strike in strikes {
        inventory.list(Line { expiry, strike })?;
    }
    let (state, mut plan) = (&engine.state, Plan::of(engine));
    let mut renewal = Renewal::default();
    let quoted = |market: &&MarketUpdate| market.feeds.iter().any(|feed| feed.expiry == expiry);
    if let Some(market) = state.market.as_ref().filter(quoted) {
        // Lines without a position change neither F nor Ψ.
        let parts = (&state.params, &state.watch, market, &inventory, state.realised);
        renewal.market = Some(renew(engine, &mut plan, parts)?);
    }
    renewal.inventory = Some(inventory);
    plan.change = Change::Renew(Box::new(renewal));
    Ok(plan.hedged(&state.params, &engine.tally)?)
}

pub(super) fn configure(engine: &Engine, params: &Params) -> Result<Plan, Reject> {
    params.check()?;
    let (state, mut plan) = (&engine.state, Plan::of(engine));
    let mut renewal = Renewal { params: Some(*params), ..Renewal::default() };
    let mut tally = engine.tally;
    let watch = state.watch.set(params);
    if let Some(market) = &state.market {
        let parts = (params, &watch, market, &state.inventory, state.realised);
        let renewed = renew(engine, &mut plan, parts)?;
        tally = renewed.tally;
        renewal.market = Some(renewed);
    }
    plan.change = Change::Renew(Box::new(renewal));
    plan.watch = Some(Box::new(watch));
    Ok(plan.hedged(params, &tally)?)
}

pub(super) fn update(engine: &Engine, update: &MarketUpdate) -> Result<Plan, Reject> {
    let state = &engine.state;
    forwards(state, update.now)?;
    dated(update)?;
    for feed in &update.feeds {
        admit(state, update.now, feed)?;
    }
    complete(state, update)?;
    surfaces(state, update)?;
    let mut plan = Plan { now: update.now, ..Plan::of(engine) };
    let half_life = state.params.realised_half_life;
    let realised = state.realised.after(update.prices_at, update.spot, half_life);
    let mut watch = state.watch.clone();
    let before = engine.desk().map_or(Real::ZERO, |desk| desk.potential.gain_max());
    watch.foresee(update, before)?;
    let parts = (&state.params, &watch, update, &state.inventory, realised);
    let mut market = renew(engine, &mut plan, parts)?;
    watch.read(&state.params, update, (&market.desk, &market.tally), &plan.pool)?;
    market.desk.fees = watch.fees(&state.params)?;
    let (skew_released, flow_released) = released(engine, &market.desk);
    let processed = provision(state, &mut plan, &market, &watch)?;
    let turns = state.queue.as_slice().iter().copied().zip(processed.outcomes).collect();
    let supply = processed.supply;
    plan.outcome = Outcome::Revalued(Revalued { skew_released, flow_released, turns, supply });
    let tally = market.tally;
    plan.watch = Some(Box::new(watch));
    let (queue, market) = (Some(processed.queue), Some(market));
    plan.change = Change::Renew(Box::new(Renewal { queue, market, ..Renewal::default() }));
    // What a buffered hedge may trade counts from update to update: idle time is not saved up.
    let mut plan = plan.hedged(&state.params, &tally)?;
    plan.pool.hedge.since = update.now;
    Ok(plan)
}

/// Time does not run back.
fn forwards(state: &State, got: Timestamp) -> Result<(), Reject> {
    let now = state.now;
    if got < now { Err(Reject::Backwards { now, got }) } else { Ok(()) }
}

fn dated(update: &MarketUpdate) -> Result<(), Reject> {
    let now = update.now;
    let dates =
        [("prices", update.prices_at), ("surface", update.surface_at), ("depth", update.depth_at)];
    match dates.into_iter().find(|&(_, got)| got > now) {
        Some((what, got)) => Err(Reject::FromTheFuture { what, now, got }),
        None if update.spot == Price::MIN => Err(zero("spot")),
        None => Ok(()),
    }
}

fn zero(what: &'static str) -> Reject {
    let (min, max) = (Real::DELTA, Price::MAX.get());
    OutOfRange { what, got: Real::ZERO, min, max }.into()
}

fn admit(state: &State, now: Timestamp, feed: &Feed) -> Result<(), Reject> {
    let expiry = feed.expiry;
    if expiry <= now {
        return Err(Reject::Past { expiry, now });
    }
    if state.inventory.chain(expiry).is_err() {
        return Err(Reject::FeedUnlisted { expiry });
    }
    if feed.forward == Price::MIN {
        return Err(zero("forward"));
    }
    const MOST: Real = Real::lit("10");
    let got = feed.outside_gain;
    if got < -MOST || got > MOST {
        return Err(OutOfRange { what: "outside gain", got, min: -MOST, max: MOST }.into());
    }
    let last = state.market.iter().flat_map(|market| &market.feeds);
    if let Some(last) = last.clone().find(|last| last.expiry == expiry) {
        let (before, got) = (last.depth.get(), feed.depth.get());
        let step = state.params.depth_step;
        let least = before.min(got).checked_mul(step).unwrap_or(Real::MAX);
        if before.max(got) > least {
            return Err(Reject::DepthStep { expiry, before, got });
        }
    }
    Ok(())
}

/// Feeds in order, one for every expiry with positions.
fn complete(state: &State, update: &MarketUpdate) -> Result<(), Reject> {
    let pairs = update.feeds.windows(2);
    if let Some(pair) = pairs.into_iter().find(|pair| pair[0].expiry >= pair[1].expiry) {
        return Err(Reject::FeedOrder { expiry: pair[1].expiry });
    }
    let missing = state.inventory.chains().iter().find(|chain| {
        let held = |line: &crate::book::Holding| line.call != Size::ZERO || line.put != Size::ZERO;
        let fed = update.feeds.binary_search_by_key(&chain.expiry, |feed| feed.expiry).is_ok();
        chain.expiry > update.now && !fed && chain.holdings.iter().any(held)
    });
    missing.map_or(Ok(()), |chain| Err(Reject::FeedMissing { expiry: chain.expiry }))
}

/// Slices without butterfly or calendar arbitrage. Those of the last update have been checked, and so
/// have its neighbours; a flat one's total variance also changes with time.
fn surfaces(state: &State, update: &MarketUpdate) -> Result<(), Reject> {
    let last = state.market.as_ref();
    let checked = |feed: &Feed| {
        let mut old = last.into_iter().flat_map(|market| &market.feeds);
        old.position(|old| (old.expiry, old.slice) == (feed.expiry, feed.slice))
            .filter(|_| !matches!(feed.slice, Slice::Flat(_)))
    };
    let mut before: Option<(&Slice, Seconds, Option<usize>)> = None;
    for feed in &update.feeds {
        let refuse = |error| Reject::Surface { expiry: feed.expiry, error };
        let (time, old) = (update.now.until(feed.expiry)?, checked(feed));
        if old.is_none() {
            butterfly(&feed.slice).map_err(refuse)?;
        }
        let neighbours = |near: Option<usize>| old.is_some() && near.map(|near| near + 1) == old;
        if let Some((slice, near, _)) = before.filter(|&(.., near)| !neighbours(near)) {
            calendar((slice, near), (&feed.slice, time)).map_err(refuse)?;
        }
        before = Some((&feed.slice, time, old));
    }
    Ok(())
}

/// What an update was held to, of the market of a state that comes from elsewhere. Settlement may
/// have taken expiries out of the middle of those that have passed, so the calendar is looked at from
/// the next expiry on.
pub(in crate::engine) fn sound(state: &State, market: &MarketUpdate) -> Result<(), Reject> {
    dated(market)?;
    let fresh = State::new(state.params, market.now);
    let listed = State { inventory: state.inventory.clone(), ..fresh };
    for feed in &market.feeds {
        admit(&listed, market.now, feed)?;
        let refuse = |error| Reject::Surface { expiry: feed.expiry, error };
        if feed.expiry <= state.now {
            butterfly(&feed.slice).map_err(refuse)?;
        }
    }
    complete(state, market)?;
    let ahead = market.feeds.iter().filter(|feed| feed.expiry > state.now).copied();
    surfaces(&listed, &MarketUpdate { feeds: ahead.collect(), ..*market })
}

/// The flow of each of the market's expiries at a later time.
fn faded(state: &State, now: Timestamp) -> Vec<i128> {
    let passed = now.get().saturating_sub(state.flow_at.get());
    let passed = Seconds::new(passed).unwrap_or(Seconds::MAX);
    let half_life = state.params.flow.half_life;
    state.flow.iter().map(|&flow| decayed(flow, passed, half_life)).collect()
}

/// The flow for other expiries: each has its own, and a new one what is alive in it, which is the
/// flow of the next one after it.
fn carried(state: &State, now: Timestamp, update: &MarketUpdate) -> Vec<i128> {
    let (flows, old) = (faded(state, now), state.market.as_ref());
    let expiries = || old.into_iter().flat_map(|market| &market.feeds);
    let of = |feed: &Feed| {
        let place = expiries().position(|old| old.expiry >= feed.expiry);
        place.and_then(|place| flows.get(place).copied()).unwrap_or(0)
    };
    update.feeds.iter().map(of).collect()
}

/// The market of a state, as a snapshot is loaded.
pub(in crate::engine) fn rebuild(
    state: &State,
    market: &MarketUpdate,
) -> Result<(Desk, Tally), Reject> {
    let parts = (&state.params, &state.watch, market, &state.inventory, state.realised);
    desk(parts, faded(state, state.now))
}

/// What a desk is made of, beside the flow.
type Parts<'a> = (&'a Params, &'a Watch, &'a MarketUpdate, &'a Inventory, Realised);

fn desk(
    (params, watch, market, inventory, realised): Parts<'_>,
    flows: Vec<i128>,
) -> Result<(Desk, Tally), Reject> {
    let (mut board, mut depths) = (Board::default(), Vec::with_capacity(market.feeds.len()));
    let mut shorts = Vec::new();
    for feed in &market.feeds {
        let time = market.now.until(feed.expiry)?;
        let terms = Expiry::new(feed.forward, time, feed.discount)?;
        let chain = inventory.chain(feed.expiry);
        let chain = chain.map_err(|_| Reject::FeedUnlisted { expiry: feed.expiry })?;
        let holdings = &inventory.chains()[chain].holdings;
        let strikes = holdings.iter().map(|holding| holding.strike);
        let vol = |k| base_vol(&feed.slice, k, time, params.realised_share, realised);
        board.rows.push(Row::new(feed.expiry, terms, strikes, vol)?);
        depths.push((feed.depth, feed.outside_gain));
        shorts.extend(holdings.iter().map(|holding| holding.short()));
    }
    let (gain, fees) = (watch.gain(params)?, watch.fees(params)?);
    let charges = (&gain, &params.flow, &fees);
    let desk = Desk::new(board, &depths, charges, shorts.into_iter(), flows)?;
    let tally = Tally::of(inventory, &desk, market.spot).ok_or(OVERFLOW)?;
    Ok((desk, tally))
}

/// The base volatility, not below the share of realised variance.
pub(in crate::engine) fn base_vol(
    slice: &Slice,
    k: Real,
    time: Seconds,
    share: Real,
    realised: Realised,
) -> Result<Vol, Reject> {
    if share == 0 {
        return Ok(slice.vol(k, time)?);
    }
    let total: TotalVariance = slice.total_variance(k, time)?;
    Ok(vol(floor(total, realised.variance(), share, time)?, time)?)
}

/// The desk of a market, with the difference to the last one booked to the reserves.
fn renew(
    engine: &Engine,
    plan: &mut Plan,
    parts @ (_, _, update, _, realised): Parts<'_>,
) -> Result<NewMarket, Reject> {
    let flows = carried(&engine.state, plan.now, update);
    let (desk, tally) = desk(parts, flows)?;
    let (skew, flow) = released(engine, &desk);
    let pool = &mut plan.pool;
    pool.skew_reserve = pool.skew_reserve.checked_add(skew.into()).ok_or(OVERFLOW)?;
    pool.flow_reserve = pool.flow_reserve.checked_add(flow.into()).ok_or(OVERFLOW)?;
    Ok(NewMarket { update: update.clone(), realised, desk, tally })
}

/// By how much F and Ψ fall.
fn released(engine: &Engine, after: &Desk) -> (Real, Real) {
    let before = engine.desk();
    let skew = before.map_or(Real::ZERO, |desk| desk.potential.value());
    let flow = before.map_or(Real::ZERO, |desk| desk.flow.value());
    (skew - after.potential.value(), flow - after.flow.value())
}

/// Lets liquidity come and go at the new market.
fn provision(
    state: &State,
    plan: &mut Plan,
    market: &NewMarket,
    watch: &Watch,
) -> Result<Processed, Reject> {
    if state.queue.as_slice().is_empty() {
        let (supply, queue) = (state.pool.supply, state.queue.clone());
        return Ok(Processed::nothing(supply, queue));
    }
    let renewed =
        State { market: Some(market.update.clone()), ..State::new(state.params, plan.now) };
    let value = nav_at(&renewed, state, market, &plan.pool)?;
    let backing = market.tally.backing(state.params.backing_bps).ok_or(OVERFLOW)?;
    let free = free(&plan.pool, backing).ok_or(OVERFLOW)?;
    let (let_in, let_out) = gates(state, watch, Cash::ZERO);
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
    pool: &Pool,
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

/// A market without one expiry, for settlement.
pub(super) fn without(
    engine: &Engine,
    plan: &mut Plan,
    expiry: Timestamp,
    inventory: &Inventory,
) -> Result<Option<NewMarket>, Reject> {
    let state = &engine.state;
    let Some(market) = &state.market else { return Ok(None) };
    let feeds = market.feeds.iter().filter(|feed| feed.expiry != expiry).copied().collect();
    let update = MarketUpdate { feeds, ..market.clone() };
    let parts = (&state.params, &state.watch, &update, inventory, state.realised);
    renew(engine, plan, parts).map(Some)
}
