//! Slices against 40-digit values, their checks against known cases, their laws, and their form in files.

mod common;

use amm_core::num::{Real, Seconds, TotalVariance, Vol};
use amm_core::surface::{
    LOG_MONEYNESS_MAX, Slice, Ssvi, SurfaceError, Svi, Wing, butterfly, calendar, density,
};
use amm_core::testing::catalogue::{SURFACE, hold};
use amm_core::testing::surface::{self as laws, Case};
use common::{SCALE, exact, float, table, wide};
use num_bigint::BigInt;
use num_traits::Signed;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn svi(a: &str, b: &str, rho: &str, m: &str, sigma: &str) -> Svi {
    let [a, b, rho, m, sigma] = [a, b, rho, m, sigma].map(|text| text.parse().unwrap());
    Svi::new(a, b, rho, m, sigma).unwrap()
}

fn year() -> Seconds {
    Seconds::new(31_536_000).unwrap()
}

fn vogt() -> Slice {
    Slice::Svi(svi("-0.0410", "0.1331", "0.3060", "0.3586", "0.4153"))
}

/// Total variance is within 1 + b(2 + 12R) ulps, and the density within its bound.
#[test]
#[allow(clippy::float_arithmetic, reason = "errors are exact integers until they are reported")]
fn slices_meet_their_bounds() {
    let (_, rows) = table(include_str!("golden/svi.csv"));
    let (mut worst, mut worst_density) = ((0.0, 0), (0.0, 0));
    for (line, row) in rows.iter().enumerate() {
        let parts: Vec<Real> =
            row[1..7].iter().map(|bits| Real::from_bits(bits.parse().unwrap())).collect();
        let [a, b, rho, m, sigma, k] = parts[..] else { panic!("six inputs") };
        let slice = Slice::Svi(Svi::new(a, b, rho, m, sigma).unwrap());
        let want = exact(&row[7]);
        let got = slice.total_variance(k, year());
        if want > wide(TotalVariance::MAX.get()) {
            assert!(got.is_err(), "row {line} is out of range");
        } else {
            let ulps = float(&(wide(got.unwrap().get()) - &want).abs()) * 2f64.powi(64);
            let (x, s) = (float(&wide(k - m)), float(&wide(sigma)));
            let bound = 1.0 + float(&wide(b)) * (2.0 + 12.0 * (x * x + s * s).sqrt());
            assert!(ulps <= bound, "row {line}: {ulps} ulps, bound {bound}");
            worst = if ulps / bound > worst.0 { (ulps / bound, line) } else { worst };
        }
        let (want_g, w) = (exact(&row[8]), float(&want));
        if w < 1e-12 {
            assert!(matches!(density(&slice, k), Err(SurfaceError::Vanishing { .. })));
            continue;
        }
        let got = density(&slice, k).unwrap();
        if float(&want_g) > 1e18 {
            assert!(got > Real::lit("1e18"), "row {line}");
            continue;
        }
        let (b, k, s) = (float(&wide(b)), float(&wide(k)).abs(), float(&wide(sigma)));
        let r = float(&wide(parts[5] - m)).hypot(s);
        let epsilon = 2f64.powi(-58) + (3.0 + b * (2.0 + 12.0 * (r + 1.0))) * 2f64.powi(-64) / w;
        let bound = 8.0 * epsilon * ((1.0 + k * b / w).powi(2) + b * b / w + b * b + b / s);
        let error = float(&(wide(got) - &want_g).abs());
        assert!(error <= bound, "row {line}: density off by {error}, bound {bound}");
        let part = error / bound;
        worst_density = if part > worst_density.0 { (part, line) } else { worst_density };
    }
    eprintln!("worst total variance, of bound: {worst:?}; density: {worst_density:?}");
}

/// SSVI is its formula.
#[test]
fn ssvi_is_its_formula() {
    let cases = [
        ("0.04", "4", "-0.3", "0.1"),
        ("0.000123", "90", "0.7", "-0.02"),
        ("2.5", "0.4", "-0.95", "3"),
        ("0.3", "1.5", "0", "-11"),
    ];
    for (theta, phi, rho, k) in cases {
        let [theta, phi, rho, k] = [theta, phi, rho, k].map(|text| text.parse::<Real>().unwrap());
        let slice = Slice::Ssvi(Ssvi::new(theta, phi, rho).unwrap());
        let got = wide(slice.total_variance(k, year()).unwrap().get());
        let times = |a: &BigInt, b: &BigInt| (a * b) >> SCALE;
        let one = wide(Real::ONE);
        let (t, r) = (wide(theta), wide(rho));
        let y = times(&wide(phi), &wide(k));
        let x = &y + &r;
        let square: BigInt = times(&x, &x) + &one - times(&r, &r);
        let root = (square << SCALE).sqrt();
        let want: BigInt = times(&t, &(&one + times(&r, &y) + root)) / 2;
        let off: BigInt = (got - want).abs() >> (SCALE - 64);
        assert!(off <= BigInt::from(60), "{theta} {phi} {rho} {k}: {off} ulps");
        butterfly(&slice).unwrap();
    }
}

/// A. Vogt's parameters (Gatheral and Jacquier 2014, example 3.1): positive total variance, and a
/// negative density for 0.65 ≤ k ≤ 1.25.
#[test]
fn the_classical_butterfly_is_refused() {
    let Err(SurfaceError::Butterfly { k, density: worst }) = butterfly(&vogt()) else {
        panic!("accepted");
    };
    assert!(Real::lit("0.65") <= k && k <= Real::lit("1.25") && worst < 0, "{k} {worst}");
    assert!(density(&vogt(), Real::lit("0.6")).unwrap() > 0);
    assert!(density(&vogt(), Real::lit("0.7")).unwrap() < 0);
    assert!(density(&vogt(), Real::lit("1.3")).unwrap() > 0);
}

#[test]
fn wings_are_held_to_lees_bound() {
    butterfly(&Slice::Svi(svi("4", "1.6", "0.25", "0", "1"))).unwrap();
    let error = butterfly(&Slice::Svi(svi("4", "1.6000001", "0.25", "0", "1"))).unwrap_err();
    assert!(matches!(error, SurfaceError::Steep { wing: Wing::Right, .. }), "{error}");
    let error = butterfly(&Slice::Svi(svi("4", "1.7", "-0.25", "0", "1"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the left wing rises by 2.125000000 per unit of log-moneyness, above 2"
    );
}

#[test]
fn a_slice_that_touches_zero_has_no_density() {
    // Least at k = m: a + bσ√(1 − ρ²) = 0.
    let touching = Slice::Svi(svi("-0.01", "0.1", "0", "0.2", "0.1"));
    let error = butterfly(&touching).unwrap_err();
    assert!(matches!(error, SurfaceError::Vanishing { .. } | SurfaceError::Butterfly { .. }));
    assert!(matches!(
        density(&touching, Real::lit("0.2")),
        Err(SurfaceError::Vanishing { k, .. }) if k == Real::lit("0.2")
    ));
}

#[test]
fn parameters_keep_their_ranges() {
    let good = ["0.1", "0.2", "0.3", "0.4", "0.5"];
    let make = |parts: [&str; 5]| {
        let [a, b, rho, m, sigma] = parts.map(|text| text.parse().unwrap());
        Svi::new(a, b, rho, m, sigma)
    };
    assert!(make(good).is_ok());
    let bad = [
        (0, "12000.1"),
        (0, "-12000.1"),
        (1, "-0.0001"),
        (1, "4.0001"),
        (2, "1"),
        (2, "-1"),
        (3, "64.1"),
        (3, "-64.1"),
        (4, "0"),
        (4, "-1"),
        (4, "64.1"),
        (0, "-0.0954"), // the least total variance is 0.0954 above a
    ];
    for (place, text) in bad {
        let mut parts = good;
        parts[place] = text;
        assert!(make(parts).is_err(), "{parts:?}");
    }
    let huge = [Real::MIN, Real::MAX];
    for x in huge {
        assert!(Svi::new(x, x, x, x, x).is_err() && Ssvi::new(x, x, x).is_err());
        assert!(vogt().total_variance(x, year()).is_err() && density(&vogt(), x).is_err());
    }
    let end = vogt().total_variance(LOG_MONEYNESS_MAX, year());
    assert!(end.is_ok());
}

/// All corners of the ranges at once: no panic, and within the bound of a plain evaluation.
#[test]
fn corners_are_total() {
    for b in ["0", "4"] {
        for rho in ["-0.9999", "0.9999"] {
            for m in ["-64", "64"] {
                for sigma in ["0.000001", "64"] {
                    let slice = Slice::Svi(svi("12", b, rho, m, sigma));
                    for k in [-LOG_MONEYNESS_MAX, Real::ZERO, LOG_MONEYNESS_MAX] {
                        assert!(slice.total_variance(k, Seconds::ZERO).is_ok());
                        assert_eq!(slice.vol(k, Seconds::ZERO), Ok(Vol::ZERO));
                        assert!(density(&slice, k).is_ok());
                    }
                    let _ = butterfly(&slice);
                }
            }
        }
    }
}

#[test]
fn a_flat_slice_is_its_volatility() {
    let flat = Slice::Flat("0.8".parse().unwrap());
    assert_eq!(flat.vol(Real::ONE, Seconds::ZERO), Ok("0.8".parse().unwrap()));
    assert_eq!(flat.total_variance(Real::ONE, year()).unwrap().to_string(), "0.64");
    assert_eq!(flat.total_variance(Real::ONE, Seconds::ZERO).unwrap(), TotalVariance::MIN);
    assert_eq!(
        Slice::Flat(Vol::MAX).total_variance(Real::ONE, Seconds::MAX),
        Ok(TotalVariance::MAX)
    );
    butterfly(&flat).unwrap();
    butterfly(&Slice::Flat(Vol::ZERO)).unwrap();
}

#[test]
fn a_falling_calendar_is_refused_where_it_falls() {
    let (day, week) = (Seconds::new(86_400).unwrap(), Seconds::new(604_800).unwrap());
    let near = Slice::Svi(svi("0.001", "0.01", "-0.2", "0.01", "0.05"));
    let far = Slice::Svi(svi("0.004", "0.02", "-0.2", "0.01", "0.08"));
    calendar((&near, day), (&near, week)).unwrap();
    calendar((&near, day), (&far, week)).unwrap();
    let error = calendar((&far, day), (&near, week)).unwrap_err();
    assert!(matches!(error, SurfaceError::Crossing { wing: Wing::Left, .. }), "{error}");
    // Same wings, and a dip that is deeper only around its centre.
    let dip = Slice::Svi(svi("0.00145", "0.02", "-0.2", "0.01", "0.002"));
    let Err(SurfaceError::Calendar { k, near, far }) = calendar((&near, day), (&dip, week)) else {
        panic!("accepted");
    };
    assert!(far < near && k.abs_diff(Real::lit("0.01")) < Real::lit("0.05"), "{k} {near} {far}");
    // Flat slices compare at their times.
    let flat = Slice::Flat("0.5".parse().unwrap());
    calendar((&flat, day), (&flat, week)).unwrap();
    let error = calendar((&flat, week), (&flat, day)).unwrap_err();
    assert!(matches!(error, SurfaceError::Calendar { .. }), "{error}");
    // A wing that rises crosses any flat one.
    assert!(matches!(
        calendar((&near_of(day), day), (&flat, week)),
        Err(SurfaceError::Crossing { .. })
    ));
}

fn near_of(_: Seconds) -> Slice {
    Slice::Svi(svi("0.0001", "0.001", "-0.2", "0.01", "0.05"))
}

fn case() -> impl Strategy<Value = Case> {
    proptest::collection::vec(any::<u8>(), 512).prop_map(|bytes| Case::from_bytes(&bytes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Convex smiles; volatilities that come back; no arbitrage in what passes the checks.
    #[test]
    fn slices_keep_their_laws(case in case()) {
        hold(SURFACE, &case).map_err(TestCaseError::fail)?;
    }
}

fn drawn(seed: u64) -> Case {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let bytes: Vec<u8> = (0..512)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect();
    Case::from_bytes(&bytes)
}

/// The generator makes slices that pass, slices that fail, and pairs of both kinds.
#[test]
fn draws_cover_both_verdicts() {
    let cases: Vec<Case> = (0..2_000).map(drawn).collect();
    let count = |found: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| found(case)).count();
    let passed = count(&|case| butterfly(&case.near).is_ok());
    assert!((200..1_800).contains(&passed), "{passed} slices pass");
    let pair = |case: &Case| calendar((&case.near, case.time), (&case.far, case.time)).is_ok();
    let passed = count(&pair);
    assert!((200..1_800).contains(&passed), "{passed} pairs pass");
}

/// Each law finds out a mechanism that is wrong in the way it forbids.
#[test]
fn laws_reject_wrong_mechanisms() {
    let rejects = |law: &dyn Fn(&Case) -> Result<(), String>| {
        (0..4_000).map(drawn).any(|case| law(&case).is_err())
    };
    // A deployed peer's clamp of log-moneyness: the smile stops rising, with a kink.
    assert!(rejects(&|case| laws::convex(
        |slice, k, time| slice.total_variance(k.clamp(Real::lit("-0.4"), Real::lit("0.4")), time),
        case
    )));
    // Half the year's length.
    assert!(rejects(&|case| laws::vol_round_trip(
        amm_core::surface::total_variance,
        |w, time| amm_core::surface::vol(w, Seconds::new(u64::from(time.get()) / 2 + 1)?),
        case
    )));
    // A check that looks at the money only.
    let at_the_money = |slice: &Slice| match density(slice, Real::ZERO)? {
        g if g < 0 => Err(SurfaceError::Butterfly { k: Real::ZERO, density: g }),
        _ => Ok(()),
    };
    assert!(rejects(&|case| laws::accepted_is_convex(at_the_money, case)));
    // The same of a calendar.
    assert!(rejects(&|case| laws::accepted_does_not_fall(
        |(near, near_time), (far, far_time)| {
            let near = near.total_variance(Real::ZERO, near_time)?.get();
            let far = far.total_variance(Real::ZERO, far_time)?.get();
            if far < near {
                return Err(SurfaceError::Calendar { k: Real::ZERO, near, far });
            }
            Ok(())
        },
        case
    )));
}

#[test]
fn the_form_in_files_is_pinned() {
    let text = r#"{"svi":{"a":"-0.041","b":"0.1331","rho":"0.306","m":"0.3586","sigma":"0.4153"}}"#;
    assert_eq!(serde_json::to_string(&vogt()).unwrap(), text);
    assert_eq!(serde_json::from_str::<Slice>(text).unwrap(), vogt());
    let [theta, phi, rho] = ["0.04", "4", "-0.3"].map(|text| text.parse().unwrap());
    let ssvi = Slice::Ssvi(Ssvi::new(theta, phi, rho).unwrap());
    let flat = Slice::Flat("0.65".parse().unwrap());
    let json = |slice: &Slice| serde_json::to_string(slice).unwrap();
    assert_eq!(json(&ssvi), r#"{"ssvi":{"theta":"0.04","phi":"4","rho":"-0.3"}}"#);
    assert_eq!(json(&flat), r#"{"flat":"0.65"}"#);
    for slice in [vogt(), ssvi, flat] {
        assert_eq!(serde_json::from_str::<Slice>(&json(&slice)).unwrap(), slice);
        let bytes = postcard::to_allocvec(&slice).unwrap();
        assert_eq!(postcard::from_bytes::<Slice>(&bytes).unwrap(), slice);
    }
    let refused = [
        r#"{"svi":{"a":"-0.2","b":"0.1331","rho":"0.306","m":"0.3586","sigma":"0.4153"}}"#,
        r#"{"svi":{"a":"0","b":"0.1331","rho":"0.306","m":"0.3586","sigma":"0.4","eta":"1"}}"#,
        r#"{"ssvi":{"theta":"0","phi":"4","rho":"-0.3"}}"#,
    ];
    for text in refused {
        assert!(serde_json::from_str::<Slice>(text).is_err(), "{text}");
    }
}
