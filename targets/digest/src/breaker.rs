//! `amm_core::risk::breaker`.

use crate::book::size;
use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use amm_core::num::{Cash, Real, Seconds, Size, Timestamp};
use amm_core::risk::breaker::{
    Action, Breaker, BreakerParams, Gate, GateParams, Held, Level, Levels, Limits, Premium,
    Readings, SpreadAuction, State, Trigger,
};

fn seconds(random: &mut Random) -> Seconds {
    Seconds::new(random.magnitude(30) as u64).unwrap_or(Seconds::MAX)
}

/// At, above, below and far from a number.
fn about(random: &mut Random, near: Real) -> Real {
    match random.below(8) {
        0 => random.real(),
        1 => near,
        2 => near - Real::DELTA,
        3 => Real::ZERO,
        _ => random.between(Real::ZERO, near * 2),
    }
}

/// The usual parameters, mostly with some of them drawn.
fn params(random: &mut Random) -> BreakerParams {
    let mut params = BreakerParams::default();
    let levels = |random: &mut Random| {
        let mut above = |from: Real| from + random.between(-Real::DELTA, Real::ONE);
        let lower = above(Real::ZERO);
        let widen = above(lower);
        let reduce = above(widen);
        Levels { widen, reduce, halt: above(reduce), lower }
    };
    match random.below(6) {
        0 => params.triggers.loop_gain = levels(random),
        1 => params.triggers.spot_move = levels(random),
        2 => params.triggers.staleness = levels(random),
        3 => params.spread = random.between(Real::ZERO, Real::lit("101")),
        4 => params.widened = seconds(random),
        _ => (params.halted, params.reopening) = (seconds(random), seconds(random)),
    }
    params
}

/// About the levels of each trigger.
fn readings(random: &mut Random, params: &BreakerParams) -> Readings {
    let calm = random.below(3) == 0;
    let mut of = |trigger| {
        let Levels { widen, reduce, halt, lower } = *params.triggers.of(trigger);
        let near = random.pick([widen, reduce, halt]) - random.pick([Real::ZERO, lower]);
        let sign = if random.below(2) == 0 { Real::ONE } else { Real::NEG_ONE };
        let reading = about(random, near);
        if calm || random.below(2) == 0 { Real::ZERO } else { reading.saturating_mul(sign) }
    };
    let (loop_gain, spot_return) = (of(Trigger::LoopGain), of(Trigger::SpotMove));
    let (vol_jump, oracle_gap) = (of(Trigger::VolJump), of(Trigger::OracleGap));
    let (utilisation, insurance_draw) = (of(Trigger::Utilisation), of(Trigger::InsuranceDraw));
    let age = of(Trigger::Staleness).saturating_abs();
    let age = Seconds::new((age.to_bits() >> 64) as u64).unwrap_or(Seconds::MAX);
    let deviation = about(random, Real::ONE / 50);
    Readings {
        loop_gain,
        spot_return,
        deviation,
        vol_jump,
        oracle_gap,
        age,
        utilisation,
        insurance_draw,
    }
}

/// The automaton, its gates and its limits.
pub(crate) fn breaker(random: &mut Random, fold: &mut Fold) {
    let params = params(random);
    fold.shown(params.check());
    let mut now = random.magnitude(33) as u64;
    let mut breaker = match random.below(4) {
        0 => Breaker { state: random.pick(State::ALL), since: Timestamp::new(now) },
        _ => Breaker::default(),
    };
    for _ in 0..6 {
        let readings = readings(random, &params);
        now = (now + random.magnitude(13) as u64).saturating_sub(random.magnitude(7) as u64);
        let stepped = breaker.step(&params, &readings, Timestamp::new(now));
        fold.shown((stepped.breaker, stepped.path.as_slice()));
        stepped.why().for_each(|reason| fold.text(reason));
        fold.shown(params.triggers.reasons(&readings));
        breaker = stepped.breaker;
        fold.add(params.dwell(breaker.state));
        fold.add(params.spread(breaker.state));
        auction(random, (&params, &breaker), now, fold);
        gates(random, &readings, fold);
        let from = market::price(random);
        let elapsed = seconds(random);
        let moved =
            readings.moved(from, market::price_near(from, random), market::vol(random), elapsed);
        fold.shown(moved);
    }
    states(random, fold);
    limits(random, fold);
}

fn states(random: &mut Random, fold: &mut Fold) {
    let (one, other) = (random.pick(State::ALL), random.pick(State::ALL));
    let levels = [Level::Calm, Level::Widen, Level::Reduce, Level::Halt];
    let (rise, held, rested) = (random.pick(levels), random.pick(levels), random.below(2) == 0);
    fold.shown((one.level(), one.leads_to(other), one.step(rise, held, rested)));
    for action in [Action::Open, Action::Reduce, Action::Liquidate, Action::Settle] {
        fold.shown((one.admits(action), one.admit(action, rested)));
    }
    fold.text(random.pick(Trigger::ALL).name());
}

/// What an auction asks, and its premium after a few fills.
fn auction(
    random: &mut Random,
    (params, breaker): (&BreakerParams, &Breaker),
    now: u64,
    fold: &mut Fold,
) {
    let size = |random: &mut Random| Size::from_atoms(random.magnitude(60) as i128);
    let start = Real::from_bits(random.magnitude(72) as i128);
    let auction = SpreadAuction { start, size: size(random) };
    fold.shown(auction.check(params.spread));
    let params = BreakerParams { auction, ..*params };
    let mut premium = Premium::whole(breaker.since);
    for later in 0..3 {
        let now = Timestamp::new(now + later * random.magnitude(10) as u64);
        let (factor, after) = premium.fill(&params, breaker, now, size(random));
        fold.add(factor);
        fold.shown(after);
        premium = after;
    }
}

fn gates(random: &mut Random, readings: &Readings, fold: &mut Fold) {
    let mut params = GateParams::default();
    if random.below(2) == 0 {
        let gap = random.between(Real::ZERO, Real::ONE / 10);
        params.entry = Gate { oracle_gap: gap, age: seconds(random) };
    }
    fold.shown(params.check());
    let loss = if random.below(2) == 0 { Cash::ZERO } else { Cash::from_atoms(random.integer()) };
    fold.shown([params.entry, params.exit].map(|gate| gate.admit(readings, loss)));
}

fn limits(random: &mut Random, fold: &mut Fold) {
    let drawn = Limits { per_series: size(random), per_expiry: size(random) };
    let mut held = || Held { before: size(random), after: size(random) };
    let (series, expiry) = (held(), held());
    for limits in [drawn, Limits { per_series: drawn.per_series, ..Limits::NONE }] {
        fold.shown((limits.check(), limits.admit(series, expiry)));
    }
}
