//! The laws of the breaker; and that each finds out a mechanism that is wrong in the way the law
//! forbids.

mod cases;

use amm_core::num::{Real, Seconds, Size, Timestamp};
use amm_core::risk::breaker::{
    Access, Action, Breaker, BreakerParams, Held, Level, Limits, Premium, Readings, State, Stepped,
};
use amm_core::testing::Verdict;
use amm_core::testing::breaker::{self as laws, Answers, Bids, Fills, Tape};
use arbitrary::Arbitrary;
use cases::{drawn, must};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn transitions_are_the_automaton(tape in drawn::<Tape>()) {
        must(laws::transitions_are_the_automaton(Breaker::step, &tape))?;
    }

    #[test]
    fn calm_brings_it_back(tape in drawn::<Tape>()) {
        must(laws::calm_brings_it_back(Breaker::step, &tape))?;
    }

    /// PEERS 31, 36 (M-11): each trigger has its say.
    #[test]
    fn reasons_are_the_numbers(tape in drawn::<Tape>()) {
        must(laws::reasons_are_the_numbers(Breaker::step, &tape))?;
    }

    #[test]
    fn auctions_do_not_split(bids in drawn::<Bids>()) {
        must(laws::auctions_do_not_split(Premium::fill, &bids))?;
    }

    #[test]
    fn limits_let_out(
        most in (0_i128..40, 0_i128..40),
        series in (-50_i128..50, -50_i128..50),
        expiry in (-50_i128..50, -50_i128..50),
    ) {
        let size = Size::from_atoms;
        let held = |(before, after)| Held { before: size(before), after: size(after) };
        let limits = Limits { per_series: size(most.0), per_expiry: size(most.1) };
        must(laws::limits_let_out(|limits, series, expiry| limits.admit(series, expiry), &limits, held(series), held(expiry)))?;
    }
}

/// PEERS 12, 16, 35.
#[test]
fn what_reduces_risk_passes() {
    laws::reducing_passes(State::admits).unwrap();
}

const LEVELS: [Level; 4] = [Level::Calm, Level::Widen, Level::Reduce, Level::Halt];

/// All states, all levels called for and held, rested or not: what a step does is what is drawn,
///
/// ```text
/// Normal ⇄ Widened ⇄ ReduceOnly → Halted ⇄ Reopening → Normal
/// ```
#[test]
fn the_automaton_is_the_drawing() {
    use State::{Halted, Normal, ReduceOnly, Reopening, Widened};
    let mut cases = 0;
    for state in State::ALL {
        for rise in LEVELS {
            for held in LEVELS.into_iter().filter(|held| *held >= rise) {
                for rested in [false, true] {
                    let up = match state {
                        Normal if rise >= Level::Widen => Some(Widened),
                        Widened if rise >= Level::Reduce => Some(ReduceOnly),
                        ReduceOnly | Reopening if rise == Level::Halt => Some(Halted),
                        _ => None,
                    };
                    let down = match state {
                        Widened if held == Level::Calm => Some(Normal),
                        ReduceOnly if held <= Level::Widen => Some(Widened),
                        Halted if held <= Level::Reduce => Some(Reopening),
                        Reopening => Some(Normal),
                        _ => None,
                    };
                    let want = up.or(if rested { down } else { None });
                    assert_eq!(state.step(rise, held, rested), want, "{state:?} {rise:?} {held:?}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 5 * 10 * 2);
}

/// Whether a law breaks on any of many cases.
fn is_found_out<T: for<'a> Arbitrary<'a>>(law: impl Fn(&T) -> Verdict) -> bool {
    cases::breaks(3_000, law)
}

fn with(params: &BreakerParams, change: impl Fn(&mut BreakerParams)) -> BreakerParams {
    let mut params = *params;
    change(&mut params);
    params
}

/// It lets go where it came in.
fn without_hysteresis(
    breaker: &Breaker,
    params: &BreakerParams,
    readings: &Readings,
    now: Timestamp,
) -> Stepped {
    let params = with(params, |params| params.triggers.loop_gain.lower = Real::DELTA);
    breaker.step(&params, readings, now)
}

/// It falls as soon as it may.
fn without_dwell(
    breaker: &Breaker,
    params: &BreakerParams,
    readings: &Readings,
    now: Timestamp,
) -> Stepped {
    let params = with(params, |params| params.reduce_only = Seconds::ZERO);
    breaker.step(&params, readings, now)
}

/// One state up at a time too.
fn slow_to_rise(
    breaker: &Breaker,
    params: &BreakerParams,
    readings: &Readings,
    now: Timestamp,
) -> Stepped {
    let done = breaker.step(params, readings, now);
    match done.path.as_slice() {
        [first, _, ..] => {
            // A step that calls for the first only.
            let gain = if *first == State::Widened { "0.4" } else { "0" };
            let readings = Readings { loop_gain: Real::lit(gain), ..Readings::default() };
            breaker.step(params, &readings, now)
        }
        _ => done,
    }
}

/// The dwell is counted from whenever it was last asked.
fn never_rested(
    breaker: &Breaker,
    params: &BreakerParams,
    readings: &Readings,
    now: Timestamp,
) -> Stepped {
    let mut done = breaker.step(params, readings, now);
    done.breaker.since = now;
    done
}

/// An oracle that is off is not looked at: PEERS 36 (M-11).
fn blind(
    breaker: &Breaker,
    params: &BreakerParams,
    readings: &Readings,
    now: Timestamp,
) -> Stepped {
    breaker.step(params, &Readings { oracle_gap: Real::ZERO, ..*readings }, now)
}

/// Only falls of volatility and spot count as signed.
fn one_sided(
    breaker: &Breaker,
    params: &BreakerParams,
    readings: &Readings,
    now: Timestamp,
) -> Stepped {
    let spot_return = readings.spot_return.min(Real::ZERO);
    breaker.step(params, &Readings { spot_return, ..*readings }, now)
}

/// Once halted it stays so.
fn stuck(
    breaker: &Breaker,
    params: &BreakerParams,
    readings: &Readings,
    now: Timestamp,
) -> Stepped {
    match breaker.state {
        State::Halted => Stepped { breaker: *breaker, ..Stepped::default() },
        _ => breaker.step(params, readings, now),
    }
}

#[test]
fn wrong_breakers_are_found_out() {
    let automaton = |rule: Answers| {
        !is_found_out(|tape: &Tape| laws::transitions_are_the_automaton(rule, tape))
    };
    assert!(automaton(Breaker::step));
    for wrong in [without_hysteresis, without_dwell, slow_to_rise, never_rested, blind, one_sided] {
        assert!(!automaton(wrong));
    }
    let returns =
        |rule: Answers| !is_found_out(|tape: &Tape| laws::calm_brings_it_back(rule, tape));
    assert!(returns(Breaker::step));
    for wrong in [never_rested, stuck] {
        assert!(!returns(wrong));
    }
    let says =
        |rule: Answers| !is_found_out(|tape: &Tape| laws::reasons_are_the_numbers(rule, tape));
    assert!(says(Breaker::step));
    for wrong in [without_hysteresis, blind, one_sided] {
        assert!(!says(wrong));
    }
}

#[test]
fn wrong_gates_are_found_out() {
    // A halt that closes everything: nobody can leave.
    let closed = |state, action| match state {
        State::Halted => Access::Closed,
        _ => State::admits(state, action),
    };
    assert!(laws::reducing_passes(closed).is_err());
    // One that lets risk in while the pool only reduces it.
    let open = |state, action| match (state, action) {
        (State::ReduceOnly, Action::Open) => Access::ByAuction,
        _ => State::admits(state, action),
    };
    assert!(laws::reducing_passes(open).is_err());
    // Closing by auction only, where the pool trades.
    let slow = |state, action| match (state, action) {
        (State::ReduceOnly, Action::Reduce) => Access::ByAuction,
        _ => State::admits(state, action),
    };
    assert!(laws::reducing_passes(slow).is_err());
}

/// A fill at the price before it, one that brings all of the premium back, one that brings back nothing, and
/// one whose premium does not fall.
#[test]
fn wrong_auctions_are_found_out() {
    let flat: Fills = |premium, params, breaker, now, contracts| {
        let (factor, _) = premium.fill(params, breaker, now, Size::ZERO);
        (factor, premium.fill(params, breaker, now, contracts).1)
    };
    let restarted: Fills = |premium, params, breaker, now, contracts| {
        (premium.fill(params, breaker, now, contracts).0, Premium::whole(now))
    };
    let unmoved: Fills = |premium, params, breaker, now, contracts| {
        (premium.fill(params, breaker, now, contracts).0, *premium)
    };
    let frozen: Fills = |premium, params, breaker, _, contracts| {
        premium.fill(params, breaker, premium.at, contracts)
    };
    let holds = |rule: Fills| !is_found_out(|bids: &Bids| laws::auctions_do_not_split(rule, bids));
    assert!(holds(Premium::fill));
    for wrong in [flat, restarted, unmoved, frozen] {
        assert!(!holds(wrong));
    }
}

#[test]
fn wrong_limits_are_found_out() {
    let size = Size::from_atoms;
    let limits = Limits { per_series: size(5), per_expiry: size(9) };
    let held = |before, after| Held { before: size(before), after: size(after) };
    let cases = [
        (held(-9, -8), held(-9, -8)),
        (held(0, 6), held(0, 6)),
        (held(0, 5), held(-5, -10)),
        (held(4, -5), held(0, 0)),
    ];
    let keeps = |rule: laws::Limiting| {
        cases
            .iter()
            .all(|(series, expiry)| laws::limits_let_out(rule, &limits, *series, *expiry).is_ok())
    };
    assert!(keeps(|limits, series, expiry| limits.admit(series, expiry)));
    // A limit that keeps who is beyond it in: closing trades refused.
    assert!(!keeps(|limits, series, expiry| {
        let fresh = |held: Held| Held { before: Size::ZERO, ..held };
        limits.admit(fresh(series), fresh(expiry))
    }));
    // Only the series counts.
    assert!(!keeps(|limits, series, _| limits.admit(series, Held::default())));
}
