//! The laws of funding; and that each finds out a mechanism that is wrong in the way the law forbids.

mod cases;

use amm_core::num::{Cash, Real, Rounding, Size, Timestamp};
use amm_core::risk::funding::{Funding, FundingError, FundingParams, Payments, settle};
use amm_core::testing::Verdict;
use amm_core::testing::funding::{self as laws, Advance, Course, Holders};
use arbitrary::Arbitrary;
use cases::{drawn, must};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// PEERS 36 (M-13).
    #[test]
    fn pokes_are_nothing(course in drawn::<Course>()) {
        must(laws::pokes_are_nothing(Funding::after, &course))?;
    }

    #[test]
    fn rates_are_bounded(course in drawn::<Course>()) {
        must(laws::rate_is_bounded(Funding::after, &course))?;
    }

    /// PEERS 14.
    #[test]
    fn the_scale_is_fixed(course in drawn::<Course>()) {
        must(laws::the_scale_is_fixed(Funding::after, &course.params))?;
    }

    #[test]
    fn haste_costs(course in drawn::<Course>()) {
        must(laws::haste_costs(Funding::after, &course.params))?;
    }

    /// PEERS 28, 29, 32.
    #[test]
    fn payments_conserve(case in drawn::<Holders>()) {
        must(laws::payments_conserve(settle, &case))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever parameters pass the check, at the demand response they are checked for and at more.
    #[test]
    fn funding_does_not_swing(course in drawn::<Course>(), more in 1_u8..8) {
        must(laws::funding_does_not_swing(Funding::after, &course.params))?;
        let response = course.params.response * i128::from(more);
        let params = FundingParams { response, ..course.params };
        must(laws::funding_does_not_swing(Funding::after, &params))?;
    }
}

/// ζ = 1 and just above, where the delta goes furthest beyond zero.
#[test]
fn the_edge_of_damping_does_not_swing() {
    let params = FundingParams::default();
    laws::funding_does_not_swing(Funding::after, &params).unwrap();
    let free = FundingParams { limit: Real::lit("10"), ..params };
    laws::funding_does_not_swing(Funding::after, &free).unwrap();
}

/// Whether a law breaks on any of many cases.
fn is_found_out<T: for<'a> Arbitrary<'a>>(law: impl Fn(&T) -> Verdict) -> bool {
    cases::breaks(500, law)
}

fn seconds(funding: &Funding, now: Timestamp) -> i128 {
    now.get().saturating_sub(funding.at.get()).into()
}

/// The rate of the first second, for all of them.
fn euler(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    let exact = funding.after(params, now)?;
    let rate = funding.rate(params)?.total();
    Ok(Funding { share: funding.share + rate * seconds(funding, now), ..exact })
}

/// The mean of the first second's rate and the last's, for all of them: exact on one straight line,
/// and off where the limit or the end of a surge lies between.
fn trapezoid(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    let exact = funding.after(params, now)?;
    let rates = funding.rate(params)?.total() + exact.rate(params)?.total();
    Ok(Funding { share: funding.share + rates * seconds(funding, now) / 2, ..exact })
}

/// Each asking rounds what it counts to an atom.
fn rounded(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    let exact = funding.after(params, now)?;
    let paid = Cash::round(exact.share - funding.share, Rounding::Up).atoms();
    let share = Real::from_num(paid) / 1_000_000_000;
    Ok(Funding { share: funding.share + share, ..exact })
}

/// The velocity counts once for each asking.
fn by_the_call(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    let exact = funding.after(params, now)?;
    if exact.at == funding.at {
        return Ok(exact);
    }
    let one = Timestamp::new(funding.at.get() + 1);
    Ok(Funding { drift: funding.after(params, one)?.drift, ..exact })
}

/// The pool's own size is part of the scale, so that a trade moves what it is divided by.
fn by_the_book(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    let more = funding.skew.atoms().unsigned_abs() / 2;
    let scale = params.scale.atoms().saturating_add_unsigned(more);
    funding.after(&FundingParams { scale: Size::from_atoms(scale), ..*params }, now)
}

/// A pure velocity rule: the drift alone.
fn pure_velocity(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    let exact = funding.after(params, now)?;
    let proportional = funding.rate(params)?.proportional * seconds(funding, now);
    Ok(Funding { share: exact.share - proportional, ..exact })
}

/// Without the surge.
fn without_haste(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    funding.after(&FundingParams { surge: Real::ZERO, ..*params }, now)
}

/// A rate without a limit to its drift.
fn without_limit(
    funding: &Funding,
    params: &FundingParams,
    now: Timestamp,
) -> Result<Funding, FundingError> {
    let limit = params.limit.max(Real::lit("10"));
    funding.after(&FundingParams { limit, ..*params }, now)
}

#[test]
fn wrong_accrual_is_found_out() {
    let pokes = |rule: Advance| !is_found_out(|case: &Course| laws::pokes_are_nothing(rule, case));
    assert!(pokes(Funding::after));
    for wrong in [euler, trapezoid, rounded, by_the_call] {
        assert!(!pokes(wrong));
    }
    // These are wrong otherwise, and not by who asks.
    assert!(pokes(pure_velocity) && pokes(without_limit) && pokes(by_the_book));
}

#[test]
fn wrong_rates_are_found_out() {
    let bounded = |rule: Advance| !is_found_out(|case: &Course| laws::rate_is_bounded(rule, case));
    assert!(bounded(Funding::after));
    assert!(!bounded(without_limit));
    let hasty =
        |rule: Advance| !is_found_out(|case: &Course| laws::haste_costs(rule, &case.params));
    assert!(hasty(Funding::after));
    assert!(!hasty(without_haste));
    let fixed =
        |rule: Advance| !is_found_out(|case: &Course| laws::the_scale_is_fixed(rule, &case.params));
    assert!(fixed(Funding::after));
    assert!(!fixed(by_the_book));
}

#[test]
fn a_rate_that_swings_is_found_out() {
    let params = FundingParams { limit: Real::lit("10"), ..FundingParams::default() };
    let error = laws::funding_does_not_swing(pure_velocity, &params).unwrap_err();
    assert!(error.starts_with("the delta crosses zero"), "{error}");
    // Damped, and not enough: ζ = 0.2.
    let weak: Advance = |funding, params, now| {
        let exact = funding.after(params, now)?;
        let proportional = funding.rate(params)?.proportional * seconds(funding, now);
        Ok(Funding { share: exact.share - proportional * 4 / 5, ..exact })
    };
    assert!(laws::funding_does_not_swing(weak, &params).is_err());
}

#[test]
fn wrong_payments_are_found_out() {
    let conserve = |rule| !is_found_out(|case: &Holders| laws::payments_conserve(rule, case));
    assert!(conserve(settle));
    // The pool books its own sum, rounded once: aggregates that lag their parts (PEERS 32).
    assert!(!conserve(|holders, index| {
        let done = settle(holders, index)?;
        let pool = Cash::from_atoms(done.pool.atoms() - done.parts.len() as i128 / 2);
        Ok(Payments { pool, ..done })
    }));
    // Nothing is noted as paid: PEERS 28, 29.
    assert!(!conserve(|holders, index| {
        let mut done = settle(holders, index)?;
        for (holder, part) in holders.iter().zip(&mut done.parts) {
            part.2 = holder.accrued;
        }
        Ok(done)
    }));
    // Rounded for the holder.
    assert!(!conserve(|holders, index| {
        let mut done = settle(holders, index)?;
        for part in &mut done.parts {
            part.1 = Cash::from_atoms(part.1.atoms() - 1);
        }
        done.pool = Cash::from_atoms(done.pool.atoms() - done.parts.len() as i128);
        Ok(done)
    }));
}
