//! Laws of the breaker.
//!
//! Rows of research/PEERS.md, section 3: 11 and 23, liquidity passes at fresh marks without a pending
//! loss only; 12 and 16, what closes the way out is named and passes; 31, a loop gain that an outside
//! market cannot bear stops trade; 35, what reduces risk passes always, by auction at least; 36 (M-11),
//! an oracle that is pushed trips it. The users' complaint after the table: closing trades refused.

use std::format;
use std::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::between;
use super::{Verdict, ensure};
use crate::num::{Amount, Real, Seconds, Size, Timestamp};
use crate::risk::breaker::{
    Access, Action, Breaker, BreakerParams, Held, Level, LimitError, Limits, Premium, Readings,
    SpreadAuction, State, Stepped, Trigger,
};

/// How a breaker answers.
pub type Answers = fn(&Breaker, &BreakerParams, &Readings, Timestamp) -> Stepped;

/// What a breaker is shown, each some seconds after the one before.
#[derive(Clone, Debug)]
pub struct Tape {
    /// The readings.
    pub frames: Vec<(u64, Readings)>,
}

/// Near a level of its trigger, mostly, so that each is passed both ways.
fn reading(u: &mut Unstructured<'_>, trigger: Trigger) -> Result<Real> {
    let params = BreakerParams::default();
    let levels = params.triggers.of(trigger);
    let level = match u.int_in_range(0..=9)? {
        0 => levels.widen,
        1 => levels.reduce,
        2 => levels.halt,
        3 => levels.halt * 2,
        _ => return between(u, Real::ZERO, levels.widen - levels.lower),
    };
    Ok(match u.int_in_range(0..=5)? {
        0 => level - Real::DELTA,
        1 => level - levels.lower,
        2 => level - levels.lower - Real::DELTA,
        3 => level - levels.lower / 2,
        _ => level,
    })
}

impl<'a> Arbitrary<'a> for Tape {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut frames = Vec::new();
        for _ in 0..u.int_in_range(1..=24)? {
            let wait = *u.choose(&[0, 1, 60, 299, 300, 600, 899, 900, 1_800, 10_000])?;
            let mut readings = Readings { deviation: Real::ONE / 8, ..Readings::default() };
            for _ in 0..u.int_in_range(0..=2)? {
                let trigger = *u.choose(&Trigger::ALL)?;
                let got = reading(u, trigger)?;
                let either = if u.arbitrary()? { got } else { -got };
                match trigger {
                    Trigger::LoopGain => readings.loop_gain = got,
                    Trigger::SpotMove => readings.spot_return = either / 8,
                    Trigger::VolJump => readings.vol_jump = either,
                    Trigger::OracleGap => readings.oracle_gap = either,
                    Trigger::Staleness => {
                        let seconds = got.max(Real::ZERO).to_num::<u64>();
                        readings.age = Seconds::new(seconds).unwrap_or(Seconds::MAX);
                    }
                    Trigger::Utilisation => readings.utilisation = got,
                    Trigger::InsuranceDraw => readings.insurance_draw = got,
                }
            }
            frames.push((wait, readings));
        }
        Ok(Self { frames })
    }
}

/// What a trigger says, by the definition: the highest level reached, and the highest not left.
fn level(params: &BreakerParams, trigger: Trigger, readings: &Readings) -> (Level, Level) {
    let (got, scale) = match trigger {
        Trigger::LoopGain => (readings.loop_gain, Real::ONE),
        Trigger::SpotMove => (readings.spot_return.abs(), readings.deviation),
        Trigger::VolJump => (readings.vol_jump.abs(), Real::ONE),
        Trigger::OracleGap => (readings.oracle_gap.abs(), Real::ONE),
        Trigger::Staleness => (Real::from_num(readings.age.get()), Real::ONE),
        Trigger::Utilisation => (readings.utilisation, Real::ONE),
        Trigger::InsuranceDraw => (readings.insurance_draw, Real::ONE),
    };
    let levels = params.triggers.of(trigger);
    let highest = |lower: Real| {
        let reached = |level: Real| got > 0 && got >= (level - lower) * scale;
        match () {
            () if reached(levels.halt) => Level::Halt,
            () if reached(levels.reduce) => Level::Reduce,
            () if reached(levels.widen) => Level::Widen,
            () => Level::Calm,
        }
    };
    (highest(Real::ZERO), highest(levels.lower))
}

/// The worst of all triggers.
fn worst(params: &BreakerParams, readings: &Readings) -> (Level, Level) {
    let all = Trigger::ALL.map(|trigger| level(params, trigger, readings));
    let [rise, held] = [all.map(|one| one.0), all.map(|one| one.1)]
        .map(|levels| levels.into_iter().max().unwrap_or_default());
    (rise, held)
}

/// Each change is an edge of the automaton; it rises at once as far as it is called; it falls a state
/// at a time, after its dwell, and not while a reading holds it.
pub fn transitions_are_the_automaton(answers: Answers, tape: &Tape) -> Verdict {
    let params = BreakerParams::default();
    let (mut breaker, mut now) = (Breaker::default(), 0);
    for (wait, readings) in &tape.frames {
        now += wait;
        let done = answers(&breaker, &params, readings, Timestamp::new(now));
        let (rise, held) = worst(&params, readings);
        let (mut last, mut falls) = (breaker.state, 0);
        for next in done.path.as_slice() {
            ensure!(last.leads_to(*next), "{last:?} to {next:?} is no edge");
            let rises = next.level() > last.level();
            if rises {
                ensure!(rise >= next.level(), "{rise:?} calls for no {next:?}: {readings:?}");
            } else {
                falls += 1;
                let stayed = now - breaker.since.get();
                let dwell = params.dwell(last);
                ensure!(stayed >= dwell, "{last:?} is left after {stayed} s of {dwell}");
                let free = last == State::Reopening || held < last.level();
                ensure!(free, "{held:?} holds {last:?}, which is left: {readings:?}");
            }
            last = *next;
        }
        ensure!(last == done.breaker.state, "{done:?} ends elsewhere");
        ensure!(falls <= 1, "{falls} falls at once: {done:?}");
        let waits = last == State::Reopening && rise < Level::Halt;
        ensure!(waits || last.level() >= rise, "{rise:?} leaves it {last:?}");
        let moved = !done.path.as_slice().is_empty();
        let since = if moved { now } else { breaker.since.get() };
        ensure!(done.breaker.since.get() == since, "{done:?} at {now}");
        breaker = done.breaker;
    }
    Ok(())
}

/// Whatever came before, calm readings bring the breaker back to normal within the sum of its dwells;
/// and asked twice at once it does not move twice.
pub fn calm_brings_it_back(answers: Answers, tape: &Tape) -> Verdict {
    let params = BreakerParams::default();
    let (mut breaker, mut now) = (Breaker::default(), 0);
    for (wait, readings) in &tape.frames {
        now += wait;
        breaker = answers(&breaker, &params, readings, Timestamp::new(now)).breaker;
        let again = answers(&breaker, &params, readings, Timestamp::new(now));
        ensure!(again.breaker == breaker, "{breaker:?}, asked again {:?}", again.breaker);
    }
    let all: u64 = State::ALL.iter().map(|state| params.dwell(*state)).sum();
    let end = now + all;
    while now < end {
        now += 60;
        breaker = answers(&breaker, &params, &Readings::default(), Timestamp::new(now)).breaker;
    }
    ensure!(breaker.state == State::Normal, "{breaker:?} after {all} s of calm");
    Ok(())
}

/// Each trigger that calls or holds says so with its numbers, and no other does.
pub fn reasons_are_the_numbers(answers: Answers, tape: &Tape) -> Verdict {
    let params = BreakerParams::default();
    for (_, readings) in &tape.frames {
        let done = answers(&Breaker::default(), &params, readings, Timestamp::new(9));
        for trigger in Trigger::ALL {
            let (rise, held) = level(&params, trigger, readings);
            let why = done.why().find(|reason| reason.trigger == trigger);
            let Some(why) = why else {
                ensure!(held == Level::Calm, "{trigger:?} holds {held:?} without a reason");
                continue;
            };
            ensure!((why.rise, why.held) == (rise, held), "{why}: {rise:?} and {held:?}");
            ensure!(why.got >= why.limit, "{why}");
        }
    }
    Ok(())
}

/// In every state whatever reduces risk, liquidates or settles passes, by auction at least; freely
/// everywhere but where the pool has stopped; and nothing that adds risk passes where that is stopped.
pub fn reducing_passes(admits: fn(State, Action) -> Access) -> Verdict {
    for state in State::ALL {
        for action in [Action::Reduce, Action::Liquidate, Action::Settle] {
            let access = admits(state, action);
            ensure!(access != Access::Closed, "{action:?} is closed in {state:?}");
            let free = access == Access::Free || state == State::Halted;
            ensure!(free, "{action:?} is {access:?} in {state:?}");
        }
        let open = admits(state, Action::Open);
        let stopped = [State::ReduceOnly, State::Halted].contains(&state);
        ensure!((open == Access::Closed) == stopped, "opening is {open:?} in {state:?}");
    }
    Ok(())
}

/// How an auction fills: the factor on the spread, and the premium after.
pub type Fills = fn(&Premium, &BreakerParams, &Breaker, Timestamp, Size) -> (Real, Premium);

/// Orders in an auction, some seconds after the one before.
#[derive(Clone, Debug)]
pub struct Bids {
    /// How it is set.
    pub auction: SpreadAuction,
    /// In `Halted` or in `Reopening`.
    pub state: State,
    /// Seconds, and the parts of an order in atoms.
    pub orders: Vec<(u64, [i128; 3])>,
}

impl<'a> Arbitrary<'a> for Bids {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let start = between(u, Real::ONE * 3, Real::ONE * 1_000)?;
        let size = Size::from_atoms(u.int_in_range(1..=1_000 * Size::SCALE)?);
        let state = *u.choose(&[State::Halted, State::Reopening])?;
        let mut orders = Vec::new();
        for _ in 0..u.int_in_range(1..=6)? {
            let wait = *u.choose(&[0, 1, 30, 299, 600, 1_799, 1_800, 5_000])?;
            let most = size.atoms() << u.int_in_range(0..=2)?;
            let mut part = || u.int_in_range(1..=most);
            orders.push((wait, [part()?, part()?, part()?]));
        }
        Ok(Self { auction: SpreadAuction { start, size }, state, orders })
    }
}

/// An order costs in an auction what its parts cost one after the other, to the rounding, and never more; it
/// pays between the breaker's own factor and the start; and what time lowers fills raise, so that a premium
/// that nobody fills is gone after the state's shortest stay.
pub fn auctions_do_not_split(fills: Fills, bids: &Bids) -> Verdict {
    let params = BreakerParams { auction: bids.auction, ..BreakerParams::default() };
    let mut now = 1_000;
    let breaker = Breaker { state: bids.state, since: Timestamp::new(now) };
    let mut premium = Premium::whole(breaker.since);
    for (wait, parts) in &bids.orders {
        now += wait;
        let at = Timestamp::new(now);
        let whole = Size::from_atoms(parts.iter().sum());
        let (factor, after) = fills(&premium, &params, &breaker, at, whole);
        let (next, _) = fills(&premium, &params, &breaker, at, Size::ZERO);
        let range = params.spread..=params.auction.start;
        ensure!(
            range.contains(&factor) && range.contains(&next),
            "{factor} for {whole} of {bids:?}"
        );
        ensure!(factor >= next, "{whole} pay {factor}, and the first of them {next}");
        let slack = Real::DELTA * 8_000; // three units of the share, times the premium
        let (mut sum, mut one) = (Amount::ZERO, premium);
        for part in parts.map(Size::from_atoms) {
            let (factor, after) = fills(&one, &params, &breaker, at, part);
            let cost = Amount::of(part, factor).and_then(|cost| sum.checked_add(cost));
            (sum, one) = (cost.ok_or("a cost does not fit")?, after);
        }
        let [most, least] = [factor, factor + slack].map(|factor| Amount::of(whole, factor));
        ensure!(least >= Some(sum), "parts cost {sum}, and the whole {factor} for each of {whole}");
        let above = Amount::of(whole, slack).and_then(|slack| sum.checked_add(slack));
        ensure!(above >= most, "the whole costs {factor} for each of {whole}, and parts {sum}");
        ensure!(after.share.abs_diff(one.share) <= Real::DELTA * 3, "{after:?} and {one:?}");
        let dwell = params.dwell(bids.state);
        let (end, _) = fills(&after, &params, &breaker, Timestamp::new(now + dwell), Size::ZERO);
        ensure!(end == params.spread, "{end} after {dwell} s without a fill");
        premium = after;
    }
    Ok(())
}

/// How limits answer.
pub type Limiting = fn(&Limits, Held, Held) -> core::result::Result<(), LimitError>;

/// An order that brings neither position further from zero passes whatever the limits, and one that
/// passes leaves no position beyond its limit further out than it was.
pub fn limits_let_out(limiting: Limiting, limits: &Limits, series: Held, expiry: Held) -> Verdict {
    let size = |size: Size| size.atoms().unsigned_abs();
    let grows = |held: Held| size(held.after) > size(held.before);
    let beyond = |held: Held, most: Size| size(held.after) > size(most);
    let bad = grows(series) && beyond(series, limits.per_series)
        || grows(expiry) && beyond(expiry, limits.per_expiry);
    let got = limiting(limits, series, expiry);
    ensure!(got.is_err() == bad, "{got:?} for {series:?} and {expiry:?} of {limits:?}");
    match got {
        Err(error) => {
            let said = format!("{error}");
            ensure!(said.contains("pass the limit"), "{said}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
