//! An engine driven by bytes, and held to its invariants after every action.
//!
//! Beside the engine stands a model that keeps the same books in the plainest way. Checks come
//! in two sizes, [`Schedule`]: what is cheap after every event, and a full one, which rebuilds the desk from
//! the state and compares all that a refused event could have touched.

mod alive;
mod amount;
mod fault;
mod model;
mod op;
mod pledge;
mod tuned;

pub use op::{Op, Pick};

use arbitrary::Unstructured;
use std::collections::BTreeMap;
use std::vec::Vec;

use self::alive::alive;
use self::model::Model;
use super::assets::what_is_left_is_enough;
use super::fixture::{Fixture, World};
use super::{Verdict, ensure};
use crate::book::AccountId;
use crate::engine::invariants::{self, Violation};
use crate::engine::{Digest, Engine, Event, Outcome, Receipt, Reject, State, Watchlist};
use crate::num::{Amount, Cash, Real, Shares, Size, Timestamp};
use crate::pricing::Kind;
use crate::risk::breaker;
use crate::skew::NodeGain;

/// How often the full check is made: after every so many events, and at the end of a run.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// 1 is after every event.
    pub full_every: u64,
    /// Whether the accepted events are replayed at the end, and a snapshot is restored.
    pub replay: bool,
}

impl Schedule {
    /// Everything after every event.
    pub const FULL: Self = Self { full_every: 1, replay: true };
}

/// Accepted and refused events by kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts(pub BTreeMap<&'static str, [u64; 2]>);

impl Counts {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        for (kind, [accepted, refused]) in &other.0 {
            let sum = self.0.entry(kind).or_default();
            sum[0] += accepted;
            sum[1] += refused;
        }
    }

    /// All events.
    pub fn total(&self) -> u64 {
        self.0.values().flatten().sum()
    }
}

/// An engine with what it is compared to.
#[derive(Debug)]
pub struct Machine {
    engine: Engine,
    start: Engine,
    world: World,
    model: Model,
    watchlist: Watchlist,
    schedule: Schedule,
    accepted: Vec<Event>,
    /// What has happened.
    pub counts: Counts,
}

impl Machine {
    /// A machine that begins with a fixture.
    pub fn new(fixture: &Fixture, schedule: Schedule) -> Self {
        let engine = fixture.engine();
        let (start, model) = (engine.clone(), Model::of(engine.state()));
        let (world, accepted, counts) = (fixture.world, Vec::new(), Counts::default());
        let watchlist = Watchlist::default();
        Self { engine, start, world, model, watchlist, schedule, accepted, counts }
    }

    /// A run: the first bytes choose the fixture and switch kinds of actions off, the rest are actions.
    ///
    /// # Errors
    ///
    /// What does not hold, and after which event.
    pub fn run(bytes: &[u8], most: u64, schedule: Schedule) -> Result<Self, std::string::String> {
        let mut u = Unstructured::new(bytes);
        let pick = u.arbitrary::<u16>().unwrap_or(0);
        // Half of all runs have every kind of action.
        let off = u.arbitrary::<u16>().unwrap_or(0) & u.arbitrary::<u16>().unwrap_or(0);
        let on = if pick & 1 == 0 { u16::MAX } else { !off };
        let fixture = Fixture::pick(u32::from(pick >> 1) % Fixture::COUNT);
        let mut machine = Self::new(&fixture, schedule);
        while machine.counts.total() < most && !u.is_empty() {
            let Ok(op) = Op::draw(&mut u, on) else { break };
            machine.act(&op).map_err(|how| {
                std::format!("{how}\nevent {}: {op:?} of {fixture:?}", machine.counts.total())
            })?;
        }
        machine.finish()?;
        Ok(machine)
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Does an action and checks what must hold after it.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub fn act(&mut self, op: &Op) -> Verdict {
        for _ in 0..op.times() {
            let event = op.event(&self.engine, &mut self.world);
            self.step(&event)?;
        }
        Ok(())
    }

    /// Gives the engine an event and checks what must hold after it.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub fn step(&mut self, event: &Event) -> Verdict {
        let full = self.counts.total().is_multiple_of(self.schedule.full_every);
        let before = full.then(|| self.engine.clone());
        let (sequence, now, pool) = marks(self.engine.state());
        let quoted = match event {
            Event::Trade(order) => Some(self.engine.quote(order)),
            _ => None,
        };
        let gains: Vec<_> = match (event, self.engine.desk()) {
            (Event::Trade(_), Some(desk)) => desk.potential.gains().collect(),
            _ => Vec::new(),
        };
        let closing = closes(self.engine.state(), event);
        let answer = self.engine.apply(event);
        self.counts.0.entry(kind(event)).or_default()[usize::from(answer.is_err())] += 1;
        if let Some(quoted) = quoted {
            let traded = answer.as_ref().map(|receipt| match &receipt.outcome {
                Outcome::Traded(traded) => Some(*traded),
                _ => None,
            });
            let same = match (&quoted, &traded) {
                (Ok(quoted), Ok(Some(traded))) => quoted == traded,
                (Err(quoted), Err(refused)) => quoted == *refused,
                _ => false,
            };
            ensure!(same, "quoted {quoted:?} and traded {traded:?}");
        }
        let state = self.engine.state();
        if closing {
            let stopped = match &answer {
                // Where the pool has stopped, a limit is what makes a closing order a bid.
                Err(Reject::Breaker(refused)) => {
                    refused.state != breaker::State::Halted || bids(event)
                }
                Err(Reject::Limit(_) | Reject::Margin(_) | Reject::Asset(_)) => true,
                _ => false,
            };
            ensure!(!stopped, "a closing trade is refused: {answer:?}");
        }
        match &answer {
            Ok(receipt) => {
                if let Some(before) = &before {
                    owed(before, &self.engine, event)?;
                }
                ensure!(state.sequence() == sequence + 1, "event {}", state.sequence());
                ensure!(state.now() >= now, "time went back to {}", state.now());
                ensure!(
                    (receipt.sequence, receipt.now) == (sequence + 1, state.now()),
                    "{receipt:?}"
                );
                self.model.take(event, receipt, state)?;
                self.watchlist.follow(event);
                limits(&self.engine, event, closing, &gains)?;
                spared(&self.engine, event)?;
                if self.schedule.replay {
                    self.accepted.push(event.clone());
                }
            }
            Err(_) => {
                ensure!(marks(state) == (sequence, now, pool), "a refused event left a trace");
                if let Some(before) = &before {
                    same(before, &self.engine, "a refused event left a trace")?;
                }
            }
        }
        let called = if full { self.watchlist.called(&self.engine) } else { Vec::new() };
        self.check(full.then_some(&called), answer.as_ref())
            .map_err(|how| std::format!("{how}\nafter {event:?}"))
    }

    /// The small check, and with what the watchlist says the full one.
    fn check(&self, full: Option<&Vec<AccountId>>, answer: Result<&Receipt, &Reject>) -> Verdict {
        let state = self.engine.state();
        let must = |holds: Result<(), Violation>| holds.map_err(|how| std::format!("{how}"));
        must(invariants::conservation(state))?;
        must(invariants::shares(state))?;
        must(invariants::debts(state))?;
        must(invariants::charges(&self.engine))?;
        let Some(called) = full else { return Ok(()) };
        must(invariants::check(&self.engine))?;
        tally(&self.engine)?;
        alive(&self.engine, called)?;
        self.model.compare(state)?;
        self.worth().map_err(|how| std::format!("{how} after {answer:?}"))
    }

    /// The pool has a worth, unless someone's money or hedge is beyond all that there is.
    fn worth(&self) -> Verdict {
        let (state, most) = (self.engine.state(), 1_i128 << 90);
        let pool = state.pool();
        let sane = |atoms: i128| atoms.unsigned_abs() < most.unsigned_abs();
        let sum = [pool.cash.atoms(), pool.owed.atoms(), pool.hedge.position.atoms()];
        let near = |price: crate::num::Price| price.get() < 1_000_000_000;
        let spot = state.market().is_some_and(|market| {
            near(market.spot) && market.feeds.iter().all(|feed| near(feed.forward))
        });
        let fixed = state.fixings().values().all(|price| near(*price));
        let large = state.inventory().chains().iter().flat_map(|chain| &chain.holdings);
        let large =
            large.flat_map(|line| [line.call, line.put]).any(|size| !sane(size.atoms() << 30));
        if large || !spot || !fixed || !sum.into_iter().all(sane) {
            return Ok(());
        }
        match self.engine.nav() {
            Ok(nav) => {
                ensure!(
                    nav.low <= nav.high,
                    "NAV of {} for leavers, {} for comers",
                    nav.low,
                    nav.high
                );
                Ok(())
            }
            Err(reject) => Err(std::format!("no NAV: {reject}")),
        }
    }

    /// The full check, the replay, and a snapshot there and back.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub fn finish(&self) -> Verdict {
        let called = self.watchlist.clone().called(&self.engine);
        self.check(Some(&called), Err(&Reject::Nothing))?;
        if !self.schedule.replay {
            return Ok(());
        }
        let mut again = self.start.clone();
        for event in &self.accepted {
            let answer = again.apply(event);
            ensure!(answer.is_ok(), "replayed, {event:?} is refused: {answer:?}");
        }
        same(&again, &self.engine, "a replay differs")?;
        let restored = Engine::restore(&self.engine.snapshot());
        let restored = restored.map_err(|error| std::format!("no way back: {error}"))?;
        same(&restored, &self.engine, "a snapshot differs")
    }

    /// The digest of the state.
    pub fn digest(&self) -> Digest {
        self.engine.digest()
    }
}

fn marks(state: &State) -> (u64, Timestamp, crate::engine::Pool) {
    (state.sequence(), state.now(), *state.pool())
}

/// Two engines are the same in their states and in all that follows from them.
fn same(one: &Engine, other: &Engine, what: &str) -> Verdict {
    ensure!(one.state() == other.state(), "{what}: in the state");
    ensure!(one.digest() == other.digest(), "{what}: in the digest");
    ensure!(one.tally() == other.tally(), "{what}: in the tally");
    ensure!(one.margins() == other.margins(), "{what}: in the margins");
    match (one.desk(), other.desk()) {
        (None, None) => {}
        (Some(one), Some(other)) => {
            ensure!(one.board == other.board, "{what}: on the board");
            let gains = one.potential.gains().eq(other.potential.gains());
            ensure!(
                gains && one.potential.value() == other.potential.value(),
                "{what}: in the skew"
            );
            let flow = (one.flow.states(), one.flow.value());
            ensure!(flow == (other.flow.states(), other.flow.value()), "{what}: in the flow");
        }
        _ => return Err(std::format!("{what}: in the desk")),
    }
    Ok(())
}

/// Nothing but paying it and selling who owes it changes what is owed in funding at a moment.
fn owed(before: &Engine, after: &Engine, event: &Event) -> Verdict {
    let (was, is) = (before.state(), after.state());
    let pays =
        matches!(event, Event::Accrue { .. } | Event::Absorb { .. } | Event::Liquidate { .. });
    if was.funding().is_none() || was.now() != is.now() || pays {
        return Ok(());
    }
    for id in was.accounts().keys() {
        let (was, is) = (before.funding_owed(*id), after.funding_owed(*id));
        ensure!(was == is, "account {id} owed {was:?} in funding, and owes {is:?} for {event:?}");
    }
    Ok(())
}

/// Whether an order names its limit.
fn bids(event: &Event) -> bool {
    matches!(event, Event::Trade(order) if order.limit.is_some())
}

/// Whether every leg of an order takes a position towards nothing, and not beyond.
fn closes(state: &State, event: &Event) -> bool {
    let Event::Trade(order) = event else { return false };
    if order.check().is_err() {
        return false;
    }
    let account = state.accounts().get(&order.account);
    order.legs.iter().all(|leg| {
        let held = account.map_or(0, |account| account.positions.get(&leg.series).atoms());
        let after = held.saturating_add(leg.signed().atoms());
        after.unsigned_abs() < held.unsigned_abs() && (after == 0 || (after < 0) == (held < 0))
    })
}

/// No order that opens does so on old inputs, against nobody's money, or takes a node further past a limit; no position is larger than positions get.
fn limits(engine: &Engine, event: &Event, closing: bool, before: &[NodeGain]) -> Verdict {
    let (Event::Trade(order), Some(desk)) = (event, engine.desk()) else { return Ok(()) };
    let state = engine.state();
    let held = &state.accounts()[&order.account].positions;
    if !closing {
        let (now, market) = (state.now().get(), state.market());
        let inputs = market.map_or([0; 3], |market| {
            [market.prices_at, market.surface_at, market.depth_at].map(Timestamp::get)
        });
        let most = u64::from(state.params().staleness.open.get());
        ensure!(
            inputs.iter().all(|at| now - at <= most),
            "opened at {now} on inputs of {inputs:?}"
        );
        ensure!(state.pool().supply > Shares::ZERO, "opened against nobody");
    }
    let gain = &state.params().gain;
    let variances: Vec<_> = desk.board.bucket_variances().collect();
    for (before, after) in before.iter().zip(desk.potential.gains()) {
        // What costs nothing has no limit.
        if gain.theta == 0 || variances[after.bucket] == 0 {
            continue;
        }
        let over = after.gain > gain.refuse_above && after.gain > before.gain;
        let under = after.gain < gain.refuse_below && after.gain < before.gain;
        ensure!(closing || !(over || under), "{before:?} went to {after:?} in {order:?}");
    }
    for leg in &order.legs {
        let most = crate::book::POSITION_MAX;
        let pool = state.inventory().position(leg.series).unwrap_or(Size::MAX);
        let fits = |size: Size| size.checked_abs().is_some_and(|size| size <= most);
        ensure!(fits(pool) && fits(held.get(&leg.series)), "{pool} of {}", leg.series);
    }
    let account = &state.accounts()[&order.account];
    ensure!(account.cash >= Cash::ZERO, "cash of {}", account.cash);
    ensure!(desk.potential.gain_max() < Real::MAX, "no greatest gain");
    Ok(())
}

/// The pool's delta and short notional from what accounts hold, to a millionth of the terms' sum.
fn tally(engine: &Engine) -> Verdict {
    let state = engine.state();
    let Some((desk, market)) = engine.desk().zip(state.market()) else { return Ok(()) };
    let mut held = BTreeMap::new();
    for (series, size) in state.accounts().values().flat_map(|a| a.positions.as_slice()) {
        *held.entry(*series).or_insert(0) += size.atoms();
    }
    let (mut delta, mut short, mut size) = (Real::ZERO, Real::ZERO, Real::ONE);
    for (series, atoms) in held {
        let Some(at) = desk.find(series.line()) else { continue };
        let (forward, value) = (desk.row(at).expiry.forward().get(), &desk.valued(at).value);
        let (slope, notional) = match series.kind {
            Kind::Call => (value.delta_call, forward),
            Kind::Put => (value.delta_put, series.strike.get()),
        };
        let Some(each) = Amount::of(Size::from_atoms(atoms), Real::ONE).map(Amount::floor) else {
            continue;
        };
        let terms = || {
            let of_spot = slope.checked_mul(forward)?.checked_div(market.spot.get())?;
            let (delta, sold) = (each.checked_mul(of_spot)?, each.max(Real::ZERO));
            Some((delta, sold.checked_mul(notional)?))
        };
        let Some((of_delta, sold)) = terms() else { return Ok(()) };
        let sums = [(&mut delta, -of_delta), (&mut short, sold), (&mut size, of_delta.abs())];
        for (sum, term) in sums {
            let Some(more) = sum.checked_add(term) else { return Ok(()) };
            *sum = more;
        }
    }
    let kept = (engine.tally().delta.floor(), engine.tally().short_notional.floor());
    let near = |one: Real, other: Real, of: Real| {
        one.abs_diff(other) <= of / 1_000_000 + Real::lit("0.001")
    };
    let held = near(kept.0, delta, size) && near(kept.1, short, short);
    ensure!(held, "delta and short notional are {delta} and {short}, and kept as {kept:?}");
    Ok(())
}

/// Whoever takes something out keeps initial margin.
fn spared(engine: &Engine, event: &Event) -> Verdict {
    match event {
        Event::Withdraw { account, .. }
        | Event::Provide { account, .. }
        | Event::Release { account, .. } => what_is_left_is_enough(engine, *account),
        _ => Ok(()),
    }
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Configure(_) => "configure",
        Event::List { .. } => "list",
        Event::Market(_) => "market",
        Event::Clock { .. } => "clock",
        Event::Deposit { .. } => "deposit",
        Event::Withdraw { .. } => "withdraw",
        Event::Trade(_) => "trade",
        Event::Hedge { .. } => "hedge",
        Event::Fix { .. } => "fix",
        Event::Settle { .. } => "settle",
        Event::Provide { .. } => "provide",
        Event::Redeem { .. } => "redeem",
        Event::Liquidate { .. } => "liquidate",
        Event::Absorb { .. } => "absorb",
        Event::Pledge { .. } => "pledge",
        Event::Release { .. } => "release",
        Event::Dispose { .. } => "dispose",
        Event::Accrue { .. } => "accrue",
    }
}
