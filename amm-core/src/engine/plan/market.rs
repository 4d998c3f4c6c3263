//! New inputs, new parameters, new listings, and time.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::book::{Inventory, Line};
use crate::engine::assets::{self, valued};
use crate::engine::funding::{Dues, FundingStep};
use crate::engine::marks::{Marks, covered};
use crate::engine::plan::provision::provision;
use crate::engine::plan::{Change, NewMarket, Plan, Renewal};
use crate::engine::{
    Engine, Feed, FundingBook, MarketUpdate, Outcome, Params, Reject, Revalued, State, Tally, Watch,
};
use crate::num::{OutOfRange, Price, Real, Seconds, Size, Timestamp, TotalVariance, Vol};
use crate::pricing::Expiry;
use crate::quote::Desk;
use crate::risk::margin::{Margins, RowConditions, admit_peg};
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
    plan.hedged(&engine.state.params, &engine.tally)?;
    Ok(plan)
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
        let mut renewed = renew(engine, &mut plan, parts)?;
        renewed.margins = margins(&state.params, &state.watch, market, &renewed.desk)?;
        renewal.market = Some(renewed);
    }
    renewal.inventory = Some(inventory);
    plan.change = Change::Renew(Box::new(renewal));
    plan.hedged(&state.params, &engine.tally)?;
    Ok(plan)
}

pub(super) fn configure(engine: &Engine, params: &Params) -> Result<Plan, Reject> {
    params.check()?;
    let (state, mut plan) = (&engine.state, Plan::of(engine));
    let mut renewal = Renewal { params: Some(*params), ..Renewal::default() };
    let mut tally = engine.tally;
    let mut watch = state.watch.set(params);
    if params.risk.margin.params().is_none() && state.params.risk.margin.params().is_some() {
        state.accounts.values().try_for_each(|account| covered(state, account))?;
    }
    kept(state, params)?;
    let mut book = FundingBook::configured(state, params, None)?;
    if let Some(market) = &state.market {
        let assets = assets::standing(params, Some(market), &[]);
        let market = &MarketUpdate { assets, ..market.clone() };
        let parts = (params, &watch, market, &state.inventory, state.realised);
        let mut renewed = renew(engine, &mut plan, parts)?;
        let vol = near(params, market, state.realised)?;
        watch.measure(params, (market, state.now), &renewed.desk, vol)?;
        renewed.margins = margins(params, &watch, market, &renewed.desk)?;
        tally = renewed.tally;
        let quoted = Some((&renewed.desk, tally.hedge_target()));
        book = FundingBook::configured(state, params, quoted)?;
        let dues = Dues::new(params, book.as_ref(), state.now)?;
        let marks = marks((params, state), &renewed, (state.now, dues));
        watch.recheck_all((&params.risk.auction, state), &marks, &[]);
        renewal.market = Some(renewed);
    }
    plan.change = Change::Renew(Box::new(renewal));
    plan.watch = Some(Box::new(watch));
    plan.funding = book.map(FundingStep::Whole);
    plan.hedged(params, &tally)?;
    Ok(plan)
}

/// No asset that anyone holds is left out.
fn kept(state: &State, params: &Params) -> Result<(), Reject> {
    let (held, assets) = (state.pool.assets.as_slice(), params.risk.assets.len());
    let mut left_out = held.iter().enumerate().skip(assets);
    match left_out.find(|(_, units)| **units > Size::ZERO) {
        Some((asset, &units)) => Err(Reject::AssetHeld { asset, units, assets }),
        None => Ok(()),
    }
}

pub(super) fn update(engine: &Engine, update: &MarketUpdate) -> Result<Plan, Reject> {
    let state = &engine.state;
    forwards(state, update.now)?;
    dated(update)?;
    assets::admit(&state.params, update)?;
    beside(update)?;
    if state.params.risk.assets.is_empty() {
        return revalued(engine, update);
    }
    let assets = assets::standing(&state.params, state.market.as_ref(), &update.assets);
    revalued(engine, &MarketUpdate { assets, ..update.clone() })
}

/// An update with what is said of every asset.
fn revalued(engine: &Engine, update: &MarketUpdate) -> Result<Plan, Reject> {
    let state = &engine.state;
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
    let vol = near(&state.params, update, realised)?;
    watch.measure(&state.params, (update, update.now), &market.desk, vol)?;
    market.margins = margins(&state.params, &watch, update, &market.desk)?;
    let (skew_released, flow_released) = released(engine, &market.desk);
    let traded = (&market.desk, market.tally.hedge_target());
    let book = state.funding.as_ref();
    let book = book.map(|book| book.updated(&state.params, update.now, traded)).transpose()?;
    let dues = Dues::new(&state.params, book.as_ref(), update.now)?;
    let processed = provision(state, &mut plan, &market, (&watch, dues))?;
    let turns = state.queue.as_slice().iter().copied().zip(processed.outcomes).collect();
    let supply = processed.supply;
    plan.outcome = Outcome::Revalued(Revalued { skew_released, flow_released, turns, supply });
    let tally = market.tally;
    let marks = marks((&state.params, state), &market, (update.now, dues));
    watch.recheck_all((&state.params.risk.auction, state), &marks, &plan.accounts);
    plan.funding = book.map(FundingStep::Whole);
    plan.watch = Some(Box::new(watch));
    let (queue, market) = (Some(processed.queue), Some(market));
    plan.change = Change::Renew(Box::new(Renewal { queue, market, ..Renewal::default() }));
    // What a buffered hedge may trade counts from update to update: idle time is not saved up.
    plan.hedged(&state.params, &tally)?;
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

/// What an update says of spot and of the quote currency is possible.
fn beside(update: &MarketUpdate) -> Result<(), Reject> {
    if update.traded == Some(Price::MIN) {
        return Err(zero("price that the underlying trades at"));
    }
    admit_peg(update.peg)?;
    Ok(())
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
    assets::admit(&state.params, market)?;
    beside(market)?;
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
    surfaces(&listed, &MarketUpdate { feeds: ahead.collect(), ..market.clone() })
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
) -> Result<(Desk, Tally, Option<Margins>), Reject> {
    let parts = (&state.params, &state.watch, market, &state.inventory, state.realised);
    let (desk, tally) = desk(parts, faded(state, state.now))?;
    let margins = margins(&state.params, &state.watch, market, &desk)?;
    Ok((desk, tally, margins))
}

/// The volatility at the money of the expiry nearest to a day away: about as long as a position takes
/// to close.
fn near(params: &Params, market: &MarketUpdate, realised: Realised) -> Result<Option<Vol>, Reject> {
    const DAY_S: u64 = 86_400;
    let day = market.now.get().saturating_add(DAY_S);
    let near = market.feeds.iter().min_by_key(|feed| feed.expiry.get().abs_diff(day));
    let vol = |feed: &Feed| {
        let time = market.now.until(feed.expiry)?;
        base_vol(&feed.slice, Real::ZERO, time, params.realised_share, realised)
    };
    near.filter(|_| params.risk.margin.params().is_some()).map(vol).transpose()
}

/// What options need in a market, where margin is the rule.
fn margins(
    params: &Params,
    watch: &Watch,
    market: &MarketUpdate,
    desk: &Desk,
) -> Result<Option<Margins>, Reject> {
    let Some((rule, conditions)) = params.risk.margin.params().zip(watch.conditions.as_ref())
    else {
        return Ok(None);
    };
    let age = market.now.get().saturating_sub(market.surface_at.get());
    let confidence = rule.doubt.of_age(age);
    let row = |row| RowConditions { confidence, ..RowConditions::of(row) };
    let rows: Vec<_> = desk.board.rows.iter().map(row).collect();
    Ok(Some(Margins::new(rule, conditions, &watch.standing, &desk.board, &rows)?))
}

/// What accounts are valued at in a new market, by parameters that may be new too.
pub(super) fn marks<'a>(
    (params, state): (&Params, &'a State),
    market: &'a NewMarket,
    (now, dues): (Timestamp, Option<Dues<'a>>),
) -> Marks<'a> {
    let (margins, fixings, update) = (market.margins.as_ref(), &state.fixings, &market.update);
    let assets = valued(params, Some(update), &state.pool.assets, now);
    Marks { margins, fixings, spot: update.spot, now, assets, funding: Ok(dues) }
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

/// The desk of a market, with the difference to the last one booked to the reserves. What margin
/// depends on is the caller's to say.
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
    Ok(NewMarket { update: update.clone(), realised, desk, tally, margins: None })
}

/// By how much F and Ψ fall.
fn released(engine: &Engine, after: &Desk) -> (Real, Real) {
    let before = engine.desk();
    let skew = before.map_or(Real::ZERO, |desk| desk.potential.value());
    let flow = before.map_or(Real::ZERO, |desk| desk.flow.value());
    (skew - after.potential.value(), flow - after.flow.value())
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
    let mut renewed = renew(engine, plan, parts)?;
    renewed.margins = margins(&state.params, &state.watch, &update, &renewed.desk)?;
    Ok(Some(renewed))
}
