//! The laws of margin; and that each finds out a rule that is wrong in the way the law forbids.

use amm_core::book::{HOLDING_MAX, Holdings, Series};
use amm_core::num::{Cash, Price, Real, Seconds, Size, Timestamp, Vol};
use amm_core::pricing::Kind;
use amm_core::risk::margin::{
    AssetError, AssetFeed, AssetParams, Assets, Backing, Crowd, Exposure, MarginError,
    MarginParams, Margins, Requirement, Rule, Shift, Watch,
};
use amm_core::testing::Verdict;
use amm_core::testing::margin::{self as laws, Case, Measure};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn case() -> impl Strategy<Value = Case> {
    proptest::collection::vec(any::<u8>(), 1_500).prop_map(|bytes| Case::from_bytes(&bytes))
}

/// A case of portfolio margin.
fn portfolio() -> impl Strategy<Value = Case> {
    case().prop_filter("standard margin", |case| matches!(case.params.rule, Rule::Portfolio(_)))
}

fn own(
    margins: &Margins,
    positions: &[(Series, Size)],
    base: Size,
) -> Result<Requirement, MarginError> {
    margins.requirement(positions, base)
}

fn holds(verdict: Verdict) -> Result<(), TestCaseError> {
    verdict.map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_floor_is_needed(case in case()) {
        holds(laws::needs_its_floor(own, &case))?;
    }

    #[test]
    fn holding_takes_no_more(case in case()) {
        holds(laws::holding_takes_no_more_than_opening(own, &case))?;
    }

    #[test]
    fn together_no_more(case in portfolio()) {
        holds(laws::together_they_need_no_more(own, &case))?;
    }

    #[test]
    fn in_proportion(case in portfolio()) {
        holds(laws::size_counts_in_proportion(own, &case))?;
    }

    #[test]
    fn the_underlying_never_hurts(case in case()) {
        holds(laws::more_of_the_underlying_never_hurts(own, &case))?;
    }

    #[test]
    fn the_worst_is_as_stated(case in portfolio()) {
        holds(laws::the_worst_is_as_stated(own, &case))?;
    }

    #[test]
    fn what_if_is_what_is(case in case()) {
        holds(laws::what_if_is_what_is(Exposure::what_if, &case))?;
    }

    #[test]
    fn watch_is_never_late(case in case()) {
        holds(laws::watch_is_never_late(Shift::after, &case))?;
    }
}

fn asset() -> impl Strategy<Value = (AssetParams, AssetFeed, Size, u64)> {
    let share = || (0_u64..=1_000).prop_map(|thousandths| Real::from_num(thousandths) / 1_000);
    let size = || (1_i128..=HOLDING_MAX.atoms(), 0_u32..60);
    let size = move || size().prop_map(|(atoms, less)| Size::from_atoms((atoms >> less).max(1)));
    let crowding = prop_oneof![
        Just(Real::ZERO),
        (1_u64..=3_000_000).prop_map(|parts| Real::from_num(parts) / 1_000_000)
    ];
    let vol = (0_u64..=4_000).prop_map(|parts| Vol::new(Real::from_num(parts) / 1_000).unwrap());
    let price =
        (1_u64..=100_000_000).prop_map(|parts| Price::new(Real::from_num(parts) / 1_000).unwrap());
    let parts = (share(), share(), share(), any::<bool>(), size(), crowding);
    (parts, vol, price, size(), 0_u64..2_000).prop_map(|(parts, vol, price, everyone, age)| {
        let (one, two, vol_slope, holder, capacity, crowding) = parts;
        let params = AssetParams {
            haircut: one.min(two),
            haircut_initial: one.max(two),
            vol_calm: "0.5".parse().unwrap(),
            vol_slope,
            crowd: if holder { Crowd::Holder } else { Crowd::Everyone },
            capacity,
            crowding,
            fresh: Seconds::new(60).unwrap(),
            dead: Seconds::new(1_000).unwrap(),
        };
        (params, AssetFeed { price, at: Timestamp::new(5_000 - age), vol }, everyone, age)
    })
}

fn assets(params: AssetParams, feed: AssetFeed, everyone: Size) -> Assets {
    let mut all = Holdings::default();
    all.set(0, everyone).unwrap();
    Assets::new(&[params], &[Some(feed)], &all, Timestamp::new(5_000)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the haircut, and at any age; opening needs a price that is fresh.
    #[test]
    fn more_of_an_asset_is_never_worth_less(
        (params, feed, everyone, age) in asset(),
        (part, whole) in (0_i128..=1_000, 0_i128..=HOLDING_MAX.atoms()),
        near in any::<bool>(),
    ) {
        let more = Size::from_atoms(whole);
        let less = Size::from_atoms(if near { (whole - 1).max(0) } else { whole / 1_000 * part });
        let assets = assets(params, feed, everyone);
        let most = (Real::ONE - params.haircut) * feed.price.get() + Real::DELTA;
        let most = if age >= 1_000 { Real::ZERO } else { most };
        holds(laws::more_is_never_worth_less(Assets::standing, &assets, (0, less, more), most))?;
        let mut held = Holdings::default();
        held.set(0, more).unwrap();
        let stale = AssetError::Stale { asset: 0, age, most: params.fresh };
        let want = if age > 60 && more > Size::ZERO { Err(stale) } else { assets.standing(&held) };
        prop_assert_eq!(assets.opening(&held), want);
    }
}

/// Some case that a wrong rule does not pass.
#[track_caller]
fn is_rejected(law: impl Fn(&Case) -> Verdict, standard: bool) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = || -> Vec<u8> {
        let byte = |_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as u8
        };
        (0..1_500).map(byte).collect()
    };
    let cases = (0..400).map(|_| Case::from_bytes(&bytes()));
    let kind = |case: &Case| matches!(case.params.rule, Rule::Standard(_)) == standard;
    assert!(cases.filter(kind).any(|case| law(&case).is_err()), "the law finds nothing wrong");
}

/// Atoms of one need.
fn changed(
    margins: &Margins,
    (positions, base): (&[(Series, Size)], Size),
    change: impl Fn(&mut Requirement),
) -> Result<Requirement, MarginError> {
    let mut need = margins.requirement(positions, base)?;
    change(&mut need);
    Ok(need)
}

#[test]
fn a_need_without_its_floor_is_found_out() {
    let scenarios_only: Measure = |margins, positions, base| {
        changed(margins, (positions, base), |need| {
            let left = need.maintenance.checked_sub(need.floor).unwrap();
            (need.maintenance, need.floor) = (left, Cash::ZERO);
        })
    };
    is_rejected(|case| laws::needs_its_floor(scenarios_only, case), false);
}

#[test]
fn holding_that_takes_more_is_found_out() {
    let swapped: Measure = |margins, positions, base| {
        changed(margins, (positions, base), |need| {
            (need.initial, need.maintenance) = (need.maintenance, need.initial);
        })
    };
    is_rejected(|case| laws::holding_takes_no_more_than_opening(swapped, case), false);
}

/// Standard margin is one: an expiry takes the less of two measures as a whole.
#[test]
fn needing_more_together_is_found_out() {
    is_rejected(|case| laws::together_they_need_no_more(own, case), true);
    // Another: what is long against what is short is charged twice.
    let gross: Measure = |margins, positions, base| {
        let (long, short): (Vec<_>, Vec<_>) =
            positions.iter().copied().partition(|(_, size)| *size > Size::ZERO);
        let (one, two) = (margins.requirement(&long, base)?, margins.requirement(&short, base)?);
        let sum = |a: Cash, b: Cash| Cash::from_atoms(a.atoms() + b.atoms());
        let initial = sum(one.initial, two.initial);
        Ok(Requirement { initial, maintenance: sum(one.maintenance, two.maintenance), ..one })
    };
    is_rejected(|case| laws::the_worst_is_as_stated(gross, case), false);
}

#[test]
fn a_need_out_of_proportion_is_found_out() {
    let squared: Measure = |margins, positions, base| {
        changed(margins, (positions, base), |need| {
            let gross: i128 = positions.iter().map(|(_, size)| size.atoms().abs()).sum();
            let more = need.initial.atoms() + gross / 1_000_000_000 * gross;
            need.initial = Cash::from_atoms(more);
        })
    };
    is_rejected(|case| laws::size_counts_in_proportion(squared, case), false);
}

#[test]
fn an_underlying_that_costs_more_than_it_is_worth_is_found_out() {
    let dear: Measure = |margins, positions, base| {
        changed(margins, (positions, base), |need| {
            let more = need.maintenance.atoms() + 100_000 * base.atoms();
            need.maintenance = Cash::from_atoms(more);
        })
    };
    is_rejected(|case| laws::more_of_the_underlying_never_hurts(dear, case), false);
}

#[test]
fn a_scenario_left_out_is_found_out() {
    let most: Measure = |margins, positions, base| {
        changed(margins, (positions, base), |need| {
            need.maintenance = Cash::from_atoms(need.maintenance.atoms() * 99 / 100);
        })
    };
    is_rejected(|case| laws::the_worst_is_as_stated(most, case), false);
}

#[test]
fn an_order_priced_alone_is_found_out() {
    let alone: laws::WhatIf = |exposure, margins, positions, legs, base| {
        let first = &legs[..legs.len().min(1)];
        exposure.what_if(margins, positions, first, base)
    };
    is_rejected(|case| laws::what_if_is_what_is(alone, case), false);
}

#[test]
fn a_watch_that_sleeps_is_found_out() {
    let asleep: laws::Keep = |_, watch| *watch;
    is_rejected(|case| laws::watch_is_never_late(asleep, case), false);
    is_rejected(|case| laws::watch_is_never_late(asleep, case), true);
    // What a whole move takes is not what half of it does.
    let half: laws::Keep = |shift, watch| {
        let after: Watch = shift.after(watch);
        let spare = (after.spare().atoms() + watch.spare().atoms()) / 2;
        if after.spare().atoms() < spare { *watch } else { after }
    };
    is_rejected(|case| laws::watch_is_never_late(half, case), false);
}

/// A haircut that widens for all units at once: past a point more units are worth less.
#[test]
fn a_haircut_of_the_last_unit_for_all_is_found_out() {
    let last: laws::Value = |_, held| {
        let units = held.get(0).atoms();
        let kept = (1_000 - units / 1_000_000_000).max(0);
        let worth = Cash::from_atoms(units * kept / 1_000);
        Ok(Backing { initial: worth, maintenance: worth })
    };
    let sizes = ["400", "700"].map(|text| text.parse::<Size>().unwrap());
    let none = Assets::default();
    let verdict = laws::more_is_never_worth_less(last, &none, (0, sizes[0], sizes[1]), Real::ONE);
    assert!(verdict.is_err());
}

/// Closing one leg of a hedge raises what is needed: it is admitted by rule, not by margin.
#[test]
fn closing_may_need_more() {
    let mut case = Case::from_bytes(&[]);
    case.params = MarginParams::dynamic();
    case.world.confidence = Real::ONE;
    let series = |place: usize| Series {
        expiry: Timestamp::new(1_700_000_000 + 30 * 86_400),
        strike: case.strikes[place],
        kind: Kind::Call,
    };
    let size = |text: &str| text.parse::<Size>().unwrap();
    let margins = case.margins(&case.world).unwrap();
    let spread = [(series(2), size("-5")), (series(3), size("5"))];
    let hedged = margins.requirement(&spread, Size::ZERO).unwrap();
    let naked = margins.requirement(&spread[..1], Size::ZERO).unwrap();
    assert!(naked.initial > hedged.initial && naked.maintenance > hedged.maintenance);
}

/// Of one option alone the bound of a watch is what it loses: nothing of it can be left out.
#[test]
fn a_watch_of_one_option_is_tight() {
    let mut case = Case::from_bytes(&[]);
    case.params = MarginParams::derive_portfolio_21();
    let at = |units: u64| Price::new(Real::from_num(units)).unwrap();
    case.world = laws::World {
        second: 0,
        spot: at(2_000),
        vol: Real::lit("0.6"),
        rate: Real::ZERO,
        gain: Real::ZERO,
        confidence: Real::ONE,
    };
    for (strike, kind, spot) in [(2_600, Kind::Call, 2_100), (1_500, Kind::Put, 1_900)] {
        let expiry = Timestamp::new(1_700_000_000 + 180 * 86_400);
        case.strikes = vec![at(strike)];
        case.one = vec![(Series { expiry, strike: at(strike), kind }, "-1".parse().unwrap())];
        case.base = [Size::ZERO; 2];
        case.next = laws::World { spot: at(spot), ..case.world };
        laws::watch_is_never_late(Shift::after, &case).unwrap();
        let (before, after) =
            (case.margins(&case.world).unwrap(), case.margins(&case.next).unwrap());
        let watch = |margins: &Margins| margins.watch(&case.one, Size::ZERO).unwrap().1;
        let (was, is) = (watch(&before), watch(&after));
        let kept = before.shift(&after).unwrap().after(&was);
        let lost = was.spare().atoms() - is.spare().atoms();
        let bound = was.spare().atoms() - kept.spare().atoms();
        // Another scenario may have moved further than the worst, and a put's floor falls with spot.
        assert!(lost > 0 && lost <= bound && bound <= lost + lost / 5, "{lost} of {bound}");
    }
}
