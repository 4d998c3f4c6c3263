//! Signals: every aggregate is what the positions come to, and what is wrong is found out.

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{Engine, Event, Feed, MarketUpdate, Params, Reject, invariants};
use amm_core::num::{Amount, Cash, Discount, Price, Real, Size, Timestamp};
use amm_core::pricing::{Expiry, Kind};
use amm_core::signals::{Exposure, Greeks, Level, Profile, SignalError, Signals, ladder};
use amm_core::skew::{Bands, Depth};
use amm_core::surface::{Row, Slice, Svi};
use amm_core::testing::Verdict;
use amm_core::testing::signals::{self as laws, Case, Signalled};
use num_bigint::BigInt;
use num_traits::Zero;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn case() -> impl Strategy<Value = Case> {
    proptest::collection::vec(any::<u8>(), 2048).prop_map(|bytes| Case::from_bytes(&bytes))
}

fn hold(verdict: Verdict) -> Result<(), TestCaseError> {
    verdict.map_err(TestCaseError::fail)
}

fn exposure(case: &Case) -> Signalled<Exposure> {
    case.book().exposure()
}

fn greeks_at(case: &Case, level: Price) -> Signalled<Greeks> {
    case.book().greeks_at(level, |row, k| case.vol(row, k))
}

fn profile(case: &Case, reach: &str, walls: usize) -> Signalled<Profile> {
    let levels = ladder(case.spot, reach.parse().unwrap(), 12)?;
    case.book().profile(levels, walls, |row, k| case.vol(row, k))
}

/// An amount in units of 2⁻⁶⁴·10⁻⁹.
fn wide(amount: Amount) -> BigInt {
    let (units, rest) = amount.to_parts();
    BigInt::from(units) * BigInt::from(Size::SCALE) + rest
}

/// All four Greeks by arithmetic without bounds. Each contract's delta F·δ/S is exact there, so the
/// sum may differ by two units a contract.
fn reference(case: &Case) -> ([BigInt; 4], BigInt) {
    let (mut sums, mut slack) = ([const { BigInt::ZERO }; 4], BigInt::zero());
    for row in &case.board.rows {
        for line in &row.lines {
            for kind in [Kind::Call, Kind::Put] {
                let series = Series { expiry: row.stamp, strike: line.strike, kind };
                let position = case.inventory.position(series).map_or(0, Size::atoms);
                let value = line.value;
                let (delta, theta) = match kind {
                    Kind::Call => (value.delta_call, value.theta_call),
                    Kind::Put => (value.delta_put, value.theta_put),
                };
                let bits = |x: Real| BigInt::from(x.to_bits());
                let whole = BigInt::from(position) * bits(row.expiry.forward().get()) * bits(delta);
                sums[0] += whole / bits(case.spot.get());
                slack += BigInt::from(position.abs()) * 2 + 1;
                for (sum, each) in sums[1..].iter_mut().zip([line.dollar_gamma, value.vega, theta])
                {
                    *sum += BigInt::from(position) * bits(each);
                }
            }
        }
    }
    (sums, slack)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn sums_are_what_positions_come_to(case in case()) {
        hold(laws::exposure_is_the_sum(exposure, &case))?;
        hold(laws::parts_add_up(exposure, &case))?;
        if let Ok(exposure) = exposure(&case) {
            let (want, slack) = reference(&case);
            let Greeks { delta, gamma, vega, theta } = exposure.total;
            let off = (wide(delta) - &want[0]).magnitude().clone();
            prop_assert!(off <= *slack.magnitude(), "{delta} is off by {off}");
            let got = [gamma, vega, theta].map(wide);
            prop_assert_eq!(&got[..], &want[1..]);
        }
    }

    #[test]
    fn the_profile_at_spot_is_the_exposure(case in case()) {
        hold(laws::profile_meets_exposure(greeks_at, &case))?;
    }

    #[test]
    fn flips_and_walls_are_where_gamma_says(case in case(), walls in 0_usize..5) {
        if let Ok(profile) = profile(&case, "0.6", walls) {
            hold(laws::flips_change_sign(&profile, &case))?;
            hold(laws::walls_stand_out(&profile, walls))?;
        }
    }
}

/// Cases by number, enough for any wrong mechanism to meet one that shows it.
fn cases() -> impl Iterator<Item = Case> {
    (0_u64..60).map(|number| {
        let mut state = number;
        let bytes: Vec<u8> = (0..2048)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        Case::from_bytes(&bytes)
    })
}

#[track_caller]
fn is_found_out(law: impl Fn(&Case) -> Verdict) {
    assert!(cases().any(|case| law(&case).is_err()), "the law takes a wrong mechanism for right");
}

fn zero_if(kind: Kind, wrong: Kind, size: Size) -> Size {
    if kind == wrong { Size::ZERO } else { size }
}

#[test]
fn wrong_sums_are_found_out() {
    let absolute = |case: &Case| exposure(&case.with(|_, size| size.checked_abs().unwrap()));
    is_found_out(|case| laws::exposure_is_the_sum(absolute, case));
    let no_puts = |case: &Case| exposure(&case.with(|kind, size| zero_if(kind, Kind::Put, size)));
    is_found_out(|case| laws::exposure_is_the_sum(no_puts, case));
    let traders = |case: &Case| exposure(&case.with(|_, size| size.checked_neg().unwrap()));
    is_found_out(|case| laws::exposure_is_the_sum(traders, case));
    let refuses = |_: &Case| Err(SignalError::Overflow { what: "anything" });
    is_found_out(|case| laws::exposure_is_the_sum(refuses, case));
    let last_expiry = |case: &Case| {
        let mut exposure = exposure(case)?;
        exposure.by_expiry.iter().rev().take(1).for_each(|part| exposure.total = part.greeks);
        Ok(exposure)
    };
    is_found_out(|case| laws::parts_add_up(last_expiry, case));
    let one_strike_lost = |case: &Case| {
        let mut exposure = exposure(case)?;
        exposure.by_strike.pop();
        Ok(exposure)
    };
    is_found_out(|case| laws::parts_add_up(one_strike_lost, case));
    is_found_out(|case| laws::exposure_is_the_sum(rounded, case));
}

/// Each sum rounded to whole cash, as a sum of floats would be in effect.
fn rounded(case: &Case) -> Signalled<Exposure> {
    let mut exposure = exposure(case)?;
    let cash = exposure.total.gamma.round(amm_core::num::Rounding::Down);
    exposure.total.gamma = Amount::of(Size::from_atoms(cash.atoms()), Real::ONE).unwrap();
    Ok(exposure)
}

#[test]
fn wrong_profiles_are_found_out() {
    let undiscounted = |case: &Case, level: Price| {
        let mut other = case.clone();
        for row in &mut other.board.rows {
            let whole = Expiry::new(row.expiry.forward(), row.expiry.time(), Discount::MAX);
            row.expiry = whole.unwrap();
        }
        greeks_at(&other, level)
    };
    is_found_out(|case| laws::profile_meets_exposure(undiscounted, case));
    let with_flips = |change: fn(&mut Profile)| {
        move |case: &Case| {
            let Ok(mut profile) = profile(case, "0.6", 3) else { return Ok(()) };
            change(&mut profile);
            laws::flips_change_sign(&profile, case)?;
            laws::walls_stand_out(&profile, 3)
        }
    };
    is_found_out(with_flips(|profile| profile.flips.clear()));
    is_found_out(with_flips(|profile| {
        profile.flips.iter_mut().for_each(|flip| flip.long_above ^= true);
    }));
    is_found_out(with_flips(|profile| {
        profile.flips.iter_mut().for_each(|flip| flip.below = profile.levels[0].spot);
    }));
    is_found_out(with_flips(|profile| {
        let least = Real::lit("0.9999");
        for flip in &mut profile.flips {
            flip.below = Price::new(flip.below.get() * least).unwrap();
            flip.above = Price::new(flip.above.get() * least).unwrap();
        }
    }));
    is_found_out(with_flips(|profile| profile.walls.extend(profile.levels.last())));
    is_found_out(with_flips(|profile| profile.walls.reverse()));
}

const NOW: u64 = 1_700_000_000;
const DAY: u64 = 86_400;
const PROVIDER: AccountId = AccountId(1);
const TRADER: AccountId = AccountId(2);
const DAYS: [u64; 3] = [7, 30, 90];

fn price(units: u32) -> Price {
    Price::new(Real::from_num(units)).unwrap()
}

fn smile(days: u64) -> Slice {
    let (a, b) = match days {
        7 => ("0.004", "0.02"),
        30 => ("0.02", "0.05"),
        _ => ("0.06", "0.1"),
    };
    let [a, b, rho, m, sigma] = [a, b, "-0.2", "0", "0.1"].map(|text| text.parse().unwrap());
    Slice::Svi(Svi::new(a, b, rho, m, sigma).unwrap())
}

/// Spot and forwards so many hundredths of what they were.
fn market(now: u64, hundredths: u32) -> MarketUpdate {
    let spot = Price::new(price(60_000).get() / 100 * i128::from(hundredths)).unwrap();
    let feed = |days: u64| Feed {
        expiry: Timestamp::new(NOW + days * DAY),
        forward: Price::new((spot.get() / 100) * i128::from(100 + days / 10)).unwrap(),
        discount: "0.99".parse().unwrap(),
        slice: smile(days),
        depth: Depth::new(Real::from_num(1_000_000_000)).unwrap(),
        outside_gain: Real::lit("0.05"),
    };
    let at = Timestamp::new(now);
    let feeds = DAYS.into_iter().map(feed).collect();
    MarketUpdate::new(at, spot, feeds)
}

fn engine(params: Params) -> Engine {
    let mut engine = Engine::new(params, Timestamp::new(NOW)).unwrap();
    assert_eq!(engine.signals(), Err(Reject::NoMarket));
    let money: Cash = "50000000".parse().unwrap();
    for days in DAYS {
        let strikes = (10..=24).map(|step| price(step * 4000)).collect();
        engine.apply(&Event::List { expiry: Timestamp::new(NOW + days * DAY), strikes }).unwrap();
    }
    for account in [PROVIDER, TRADER] {
        let base = "1000".parse().unwrap();
        engine.apply(&Event::Deposit { account, cash: money, base }).unwrap();
    }
    engine.apply(&Event::Market(market(NOW, 100))).unwrap();
    engine.apply(&Event::Provide { account: PROVIDER, cash: money }).unwrap();
    engine.apply(&Event::Market(market(NOW, 100))).unwrap();
    engine
}

fn trade(side: Side, days: u64, strike: u32, kind: Kind, size: Size) -> Event {
    let series = Series { expiry: Timestamp::new(NOW + days * DAY), strike: price(strike), kind };
    let legs = vec![Leg { series, side, size }];
    Event::Trade(Order { account: TRADER, legs, limit: None, deadline: None })
}

/// An order of the trader's, perhaps refused, and a wait.
fn step() -> impl Strategy<Value = (Event, u64)> {
    let side = prop_oneof![2 => Just(Side::Buy), 1 => Just(Side::Sell)];
    let kind = prop_oneof![Just(Kind::Call), Just(Kind::Put)];
    let size = (1_i128..200_000_000_000).prop_map(Size::from_atoms);
    (side, 0_usize..3, 10_u32..25, kind, size, 0_u64..30).prop_map(
        |(side, expiry, strike, kind, size, wait)| {
            (trade(side, DAYS[expiry], strike * 4000, kind, size), wait)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn signals_say_what_the_state_says(steps in proptest::collection::vec(step(), 0..8)) {
        let mut engine = engine(Params::dynamic());
        let mut now = NOW;
        for (order, wait) in steps {
            let _ = engine.apply(&order);
            now += wait;
            engine.apply(&Event::Clock { now: Timestamp::new(now) }).unwrap();
            hold(laws::signals_follow_the_state(&engine.signals().unwrap(), &engine))?;
        }
        invariants::check(&engine).unwrap();
        // A move of prices and nothing else takes the pool where its profile said.
        let at = Timestamp::new(now);
        for hundredths in [80, 97, 100, 123] {
            let moved = market(now, hundredths);
            let told = engine.profile([moved.spot], 0).unwrap().levels[0].greeks;
            let mut there = engine.clone();
            let here = MarketUpdate { spot: engine.state().market().unwrap().spot, ..market(now, 100) };
            there.apply(&Event::Market(here)).unwrap();
            let told_now = there.profile([moved.spot], 0).unwrap().levels[0].greeks;
            there.apply(&Event::Market(moved)).unwrap();
            prop_assert_eq!(told_now, there.signals().unwrap().exposure.total);
            prop_assert!(now != NOW || told == told_now, "at {}", at);
        }
    }
}

fn sold() -> Engine {
    let mut engine = engine(Params::dynamic());
    for (days, strike, kind, size) in [
        (7, 60_000, Kind::Call, "300"),
        (30, 80_000, Kind::Call, "100"),
        (30, 48_000, Kind::Put, "200"),
        (90, 60_000, Kind::Put, "50"),
    ] {
        engine.apply(&trade(Side::Buy, days, strike, kind, size.parse().unwrap())).unwrap();
    }
    engine
}

#[test]
fn wrong_signals_are_found_out() {
    let engine = sold();
    let right = engine.signals().unwrap();
    laws::signals_follow_the_state(&right, &engine).unwrap();
    let wrong = |what: &str, change: &dyn Fn(&mut Signals)| {
        let mut signals = right.clone();
        change(&mut signals);
        assert!(laws::signals_follow_the_state(&signals, &engine).is_err(), "{what}");
    };
    wrong("only the bucket's own expiry counts", &|signals| {
        let own = signals.exposure.by_expiry[0].greeks.gamma.floor();
        let bucket = &mut signals.buckets[0];
        bucket.gain = Real::lit("0.05") - own / bucket.depth;
    });
    wrong("nobody else hedges", &|signals| signals.buckets[1].gain -= Real::lit("0.05"));
    wrong("the flow of traders' sales", &|signals| {
        signals.buckets[0].flow = signals.buckets[0].flow.checked_neg().unwrap();
    });
    wrong("volatility falls", &|signals| {
        signals.buckets[0].vol_multiplier = Some(Real::ONE - signals.buckets[0].gain);
    });
    wrong("variance counted from the start", &|signals| {
        signals.buckets[1].forward_variance = signals.buckets[1].variance;
    });
    wrong("a reserve that is not booked", &|signals| {
        signals.skew_reserve = signals.skew_reserve.checked_add(Real::DELTA.into()).unwrap();
    });
}

/// The uniform gain is what the skew sees with one band, but for the taper far out.
#[test]
fn one_band_sees_the_uniform_gain() {
    let mut params = Params::dynamic();
    params.gain.bands = Bands::One;
    let mut engine = engine(params);
    let size = "200".parse().unwrap();
    engine.apply(&trade(Side::Buy, 30, 60_000, Kind::Call, size)).unwrap();
    let signals = engine.signals().unwrap();
    for bucket in &signals.buckets {
        let off = bucket.gain.abs_diff(bucket.band_gains[0]);
        assert!(off < Real::lit("0.000000001"), "{bucket:?}");
    }
    let [short, _, none] = &signals.buckets[..] else { panic!("{signals:?}") };
    assert!(short.gain > none.gain && none.gain == Real::lit("0.05"), "{signals:?}");
    assert!(short.vol_multiplier > none.vol_multiplier, "{signals:?}");
    assert!(short.flow > Amount::ZERO && none.flow == Amount::ZERO, "{signals:?}");
}

/// Short calls above and long puts below make one flip between them.
#[test]
fn a_risk_reversal_flips_between_its_strikes() {
    let mut engine = engine(Params::dynamic());
    engine.apply(&trade(Side::Buy, 30, 72_000, Kind::Call, "100".parse().unwrap())).unwrap();
    engine.apply(&trade(Side::Sell, 30, 48_000, Kind::Put, "100".parse().unwrap())).unwrap();
    let levels: Vec<Price> = ladder(price(60_000), Real::lit("0.5"), 50).unwrap().collect();
    let profile = engine.profile(levels, 3).unwrap();
    let [flip] = profile.flips[..] else { panic!("{:?}", profile.flips) };
    assert!(
        !flip.long_above && price(54_000) < flip.below && flip.above < price(64_000),
        "{flip:?}"
    );
    let walls: Vec<String> = profile.walls.iter().map(|wall| wall.spot.to_string()).collect();
    assert_eq!(walls.len(), 2, "{walls:?}");
    let near = |wall: &Level, strike| wall.spot.get().abs_diff(price(strike).get()) < 6_000;
    assert!(near(&profile.walls[0], 72_000) && near(&profile.walls[1], 48_000), "{walls:?}");
    let backwards = engine.profile([price(2), price(1)], 0);
    assert!(matches!(backwards, Err(Reject::Signal(SignalError::Levels { .. }))));
    assert!(matches!(engine.profile([Price::MIN], 0), Err(Reject::OutOfRange(_))));
    assert!(matches!(engine.profile([Price::MAX], 0), Err(Reject::OutOfRange(_))));
}

/// GEX by strike over all expiries and by expiry, in decimals, for monitors.
#[test]
fn signals_are_written_as_decimals() {
    let signals = serde_json::to_value(sold().signals().unwrap()).unwrap();
    assert!(signals["exposure"]["total"]["gamma"].as_str().unwrap().starts_with('-'));
    assert_eq!(signals["buckets"][0]["depth"], "1000000000");
    assert_eq!(signals["buckets"][0]["band_gains"].as_array().unwrap().len(), 5);
    let multiplier = signals["buckets"][0]["vol_multiplier"].as_str().unwrap();
    assert!(multiplier.starts_with("1."), "{multiplier}");
    assert_eq!(signals["exposure"]["by_strike"].as_array().unwrap().len(), 3);
}

/// A row of the board is what the profile values at the same spot.
#[test]
fn rows_are_the_same_bits() {
    for case in cases() {
        for (place, row) in case.board.rows.iter().enumerate() {
            let strikes = row.lines.iter().map(|line| line.strike);
            let again: Signalled<Row> =
                Row::new(row.stamp, row.expiry, strikes, |k| case.vol(place, k));
            assert_eq!(again.as_ref(), Ok(row));
        }
    }
}
