//! Implied volatility against exact roots, and the law that it undoes the price.
#![allow(clippy::float_arithmetic, reason = "errors are exact integers until they are reported")]

mod common;

use std::collections::BTreeMap;

use amm_core::math::exp;
use amm_core::num::{Discount, Price, Real, Seconds, Vol};
use amm_core::pricing::{
    Expiry, IMPLIED_VOL_MAX_ERROR, ImpliedVolError, Kind, implied_vol, price, value,
};
use common::{SCALE, exact, float, real, shared, table, wide};
use num_bigint::BigInt;
use num_traits::Signed;

/// In units of 2⁻⁶⁴.
fn bits(x: Real) -> f64 {
    x.to_bits() as f64
}

/// How far apart two numbers are, in units of 2⁻⁶⁴.
fn apart(a: Real, b: Real) -> f64 {
    (a.to_bits() - b.to_bits()).abs() as f64
}

/// ⌊DF·x⌋.
fn present_value(x: Real, discount: Real) -> Real {
    let product: BigInt = (BigInt::from(x.to_bits()) * discount.to_bits()) >> 64_u32;
    Real::from_bits(product.try_into().unwrap())
}

/// The worst conditioned error seen in one region, and in how many rows.
#[derive(Default)]
struct Worst {
    error: f64,
    /// Less what the logarithms of forward and strike may cost.
    over: f64,
    rows: usize,
    unresolved: usize,
}

/// Solves every row whose out-of-the-money price has at least forty bits when forward and strike are near
/// the top of their range; then the price's own last unit can be accounted for to first order.
fn measure(text: &str) -> BTreeMap<String, Worst> {
    let (header, rows) = table(text);
    let column = |name: &str| header.iter().position(|h| h == name).expect("column");
    let mut regions: BTreeMap<String, Worst> = BTreeMap::new();
    for row in &rows {
        let text = |name: &str| row[column(name)].as_str();
        let (forward, strike) = (real(text("F")), real(text("K")));
        let up = forward.max(strike).leading_zeros() - 25;
        let (forward, strike) = (forward << up, strike << up);
        let time = Seconds::new(text("T_seconds").parse().unwrap()).unwrap();
        let discount = Discount::new(real(text("DF"))).unwrap();
        let expiry = Expiry::new(Price::new(forward).unwrap(), time, discount).unwrap();
        let (kind, name) =
            if forward <= strike { (Kind::Call, "call") } else { (Kind::Put, "put") };
        let worst = regions.entry(text("region").to_owned()).or_default();
        worst.rows += 1;

        let otm: BigInt = exact(text(name)) << up;
        let given = Real::from_bits((&otm >> (SCALE - 64)).try_into().unwrap());
        if given.to_bits() < 1 << 40 {
            worst.unresolved += 1;
            continue;
        }
        let at = Price::new(strike).unwrap();
        let solve = |kind, x| implied_vol(&expiry, at, kind, Price::new(x).unwrap());
        let implied = match solve(kind, given) {
            Ok(implied) => implied,
            // Rounded to its bound: the volatility cannot be told from infinity.
            Err(ImpliedVolError::AboveBound { bound, .. }) if given >= bound => {
                worst.unresolved += 1;
                continue;
            }
            Err(error) => panic!("row {}: {error}", text("id")),
        };
        let (sigma, vega) = (exact(text("sigma")), exact(text("vega")) << up);
        let cut = ((&otm - wide(given)) << SCALE) / &vega;
        let off = float(&(wide(implied.get()) + cut - &sigma).abs()) - 2f64.powi(-65);
        let condition = float(&otm) / (float(&sigma) * float(&vega));
        let logs = 2f64.powi(-69) / float(&sigma) / (f64::from(time.get()) / 31_536_000.0).sqrt();
        let error = off / float(&sigma) / condition.max(1.0);
        worst.error = worst.error.max(error);
        worst.over = worst.over.max(error - logs);

        // In the money by exact parity: the same bits.
        let parity = present_value(forward, discount.get()) - present_value(strike, discount.get());
        let (other, in_the_money) = match kind {
            Kind::Call => (Kind::Put, given - parity),
            Kind::Put => (Kind::Call, given + parity),
        };
        if in_the_money >= 0 {
            assert_eq!(solve(other, in_the_money), Ok(implied), "row {}", text("id"));
        }
    }
    regions
}

fn report_and_check(regions: &BTreeMap<String, Worst>) {
    eprintln!("region  conditioned error   rows  unresolved");
    for (region, w) in regions {
        eprintln!("{region:6} {:18.2e} {:6} {:11}", w.error, w.rows, w.unresolved);
        assert!(w.over <= 2f64.powi(IMPLIED_VOL_MAX_ERROR), "{region}: off by {}", w.error);
    }
}

/// The rows this project carries: every eighth of the shared reference.
#[test]
fn carried_rows_are_within_the_bound() {
    report_and_check(&measure(include_str!("golden/black.csv")));
}

/// All rows of the shared reference, where it is at hand.
#[test]
fn shared_rows_are_within_the_bound() {
    if let Some(text) = shared("oracle/black_oracle.csv") {
        report_and_check(&measure(&text));
    }
}

/// Another solver's cases, on spot with interest. Those with a meaningful root find it to what the price's
/// twelve decimals are worth; the others answer or refuse.
#[test]
fn another_solvers_cases_are_solved_or_refused() {
    let Some(text) = shared("vectors/18_solmath_implied_vol.json") else { return };
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (mut roots, mut worst) = (0, 0.0_f64);
    for case in suite["cases"].as_array().unwrap() {
        let text = |part: &str, name: &str| case[part][name].as_str().unwrap().to_owned();
        let decimal = |part: &str, name: &str| {
            let bits: BigInt = exact(&text(part, name)) >> (SCALE - 64);
            Real::from_bits(bits.try_into().unwrap())
        };
        let years = exact(&text("inputs", "t_years"));
        let seconds: BigInt = (years * 31_536_000 + (BigInt::from(1) << (SCALE - 1))) >> SCALE;
        let seconds: u64 = seconds.try_into().unwrap();
        let interest = decimal("inputs", "r") * decimal("inputs", "t_years");
        let forward = Price::new(decimal("inputs", "S") * exp(interest).unwrap()).unwrap();
        let discount = Discount::new(exp(-interest).unwrap()).unwrap();
        let expiry = Expiry::new(forward, Seconds::new(seconds).unwrap(), discount).unwrap();
        let strike = Price::new(decimal("inputs", "K")).unwrap();
        let kind = if text("inputs", "kind") == "call" { Kind::Call } else { Kind::Put };
        let given = Price::new(decimal("inputs", "price")).unwrap();
        let answer = implied_vol(&expiry, strike, kind, given);
        if case["root_tag"] != "exact_root" {
            continue;
        }
        roots += 1;
        let implied = answer.unwrap_or_else(|error| panic!("{}: {error}", case["id"]));
        let off = (wide(implied.get()) - exact(&text("expected", "sigma"))).abs();
        let vega = exact(&text("truth", "vega"));
        let slip =
            (exact(&text("inputs", "price")) - exact(&text("truth", "price_at_sigma"))).abs();
        // 100·2⁻⁶⁰ for forward and discount factor, and 2 % for the bend of the price over its slip.
        let allowed = (float(&slip) * 1.02 + 1e-16) / float(&vega) + 1e-17;
        worst = worst.max(float(&off) / allowed);
        assert!(
            float(&off) <= allowed,
            "{}: off by {}, {allowed} allowed",
            case["id"],
            float(&off)
        );
    }
    eprintln!("{roots} exact roots; worst error {worst:.3} of what the price's decimals allow");
    assert!(roots > 400);
}

/// Splitmix64: a fixed sequence, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of `low` to `high` bits, every length as likely.
    fn of_bits(&mut self, low: u32, high: u32) -> i128 {
        let length = low + (self.next() % u64::from(high - low + 1)) as u32;
        let wide = (u128::from(self.next()) << 64 | u128::from(self.next())) | 1 << 127;
        (wide >> (128 - length)) as i128
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// An option at random: most near the money for their volatility, some anywhere.
fn option(random: &mut Random) -> Option<(Expiry, Price, Vol)> {
    let forward = Real::from_bits(random.of_bits(20, 103));
    let vol = Vol::new(Real::from_bits(random.of_bits(46, 68))).ok()?;
    let time = Seconds::new(random.of_bits(1, 29) as u64).unwrap();
    let discount = match random.below(3) {
        0 => Real::ONE,
        _ => Real::from_bits((1 << 64) - random.of_bits(40, 63)),
    };
    let strike = if random.below(4) == 0 {
        Real::from_bits(random.of_bits(20, 103))
    } else {
        let years = Real::from_num(time.get()) / 31_536_000;
        let deviation = vol.get() * amm_core::math::sqrt(years).unwrap();
        let score = Real::from_bits(random.below(10 << 32) as i128 - (5 << 32)) << 32_u32;
        let log = deviation.checked_mul(score)?;
        if !(-40..=40).contains(&log) {
            return None;
        }
        forward.checked_mul(exp(log).unwrap())?
    };
    let expiry =
        Expiry::new(Price::new(forward).ok()?, time, Discount::new(discount).ok()?).ok()?;
    Some((expiry, Price::new(strike).ok()?, vol))
}

/// The volatility implied by a price is the one it was made with, to what the price's own error is worth.
#[test]
fn implied_vol_undoes_price() {
    let mut random = Random(2);
    let (mut solved, mut silent, mut refused) = (0, 0, 0);
    while solved + silent + refused < 100_000 {
        let Some((expiry, strike, vol)) = option(&mut random) else { continue };
        let valuation = value(&expiry, strike, vol);
        let kind = if random.below(2) == 0 { Kind::Call } else { Kind::Put };
        let given = match kind {
            Kind::Call => valuation.prices.call,
            Kind::Put => valuation.prices.put,
        };
        let (forward, sigma) = (expiry.forward().get(), bits(vol.get()));
        // In units of 2⁻⁶⁴: what the kernel may be off by, and what that is worth in σ.
        let slip = bits(forward.max(strike.get())) * 2f64.powi(-60) + 3.0;
        let vega = bits(valuation.vega) * 2f64.powi(-64);
        let allowed = 2.0 * slip / vega + 2.0 + sigma * 2f64.powi(-54);
        match implied_vol(&expiry, strike, kind, Price::new(given).unwrap()) {
            Ok(implied) if implied == Vol::ZERO => silent += 1, // no time value left in the price
            // Once the slip is worth a quarter of σ, only an answer is asked for.
            Ok(implied) => {
                let off = apart(implied.get(), vol.get());
                assert!(
                    off <= allowed || allowed > sigma / 4.0,
                    "{expiry:?} {strike:?} {vol:?} {kind:?}: {implied:?}, {off} > {allowed}"
                );
                solved += 1;
            }
            Err(ImpliedVolError::AboveBound { price, bound }) if price >= bound => refused += 1,
            Err(ImpliedVolError::OutOfRange(_)) if allowed > sigma / 4.0 => refused += 1,
            Err(error) => panic!("{expiry:?} {strike:?} {vol:?} {kind:?} {given}: {error}"),
        }
    }
    eprintln!("{solved} solved, {silent} without time value, {refused} at a bound");
    assert!(solved > 60_000);
}

/// The price at the volatility implied by any price is that price, within four times the price's bound.
#[test]
fn price_undoes_implied_vol() {
    let mut random = Random(3);
    let mut solved = 0;
    for _ in 0..20_000 {
        let Some((expiry, strike, _)) = option(&mut random) else { continue };
        let lesser = expiry.forward().get().min(strike.get());
        let bound = present_value(lesser, expiry.discount().get());
        let given = Real::from_bits(random.of_bits(1, 104));
        if given >= bound {
            continue;
        }
        let kind = if expiry.forward().get() < strike.get() { Kind::Call } else { Kind::Put };
        match implied_vol(&expiry, strike, kind, Price::new(given).unwrap()) {
            Ok(implied) => {
                let back = value(&expiry, strike, implied);
                let again = if kind == Kind::Call { back.prices.call } else { back.prices.put };
                let most = bits(expiry.forward().get().max(strike.get()));
                let allowed = most * 2f64.powi(-58) + 2.0 + bits(back.vega) * 2f64.powi(-64);
                let off = apart(again, given);
                assert!(
                    off <= allowed,
                    "{expiry:?} {strike:?} {given}: {again}, {off} > {allowed}"
                );
                solved += 1;
            }
            Err(ImpliedVolError::OutOfRange(error)) => {
                // The nearer end of the range is on the price's near side.
                let end = if error.got > Vol::MAX.get() { Vol::MAX } else { Vol::MIN };
                let at_end = price(&expiry, strike, end);
                let at_end = if kind == Kind::Call { at_end.call } else { at_end.put };
                let slip = bits(expiry.forward().get().max(strike.get())) * 2f64.powi(-59) + 2.0;
                let beyond = (given > at_end) == (end == Vol::MAX);
                assert!(
                    beyond || apart(given, at_end) <= slip,
                    "{expiry:?} {strike:?} {given}: {error}, {at_end} there"
                );
            }
            Err(error) => panic!("{expiry:?} {strike:?} {given}: {error}"),
        }
    }
    assert!(solved > 5_000, "{solved}");
}

/// The unit of money does not matter, to the bit.
#[test]
fn scale_does_not_matter() {
    let mut random = Random(4);
    for _ in 0..5_000 {
        let forward = Real::from_bits(random.of_bits(60, 64));
        let strike = Real::from_bits(random.of_bits(60, 64));
        let given = Real::from_bits(random.of_bits(20, 59));
        let discount = Discount::new(Real::from_bits((1 << 64) - random.of_bits(40, 60))).unwrap();
        let time = Seconds::new(random.of_bits(20, 29) as u64).unwrap();
        let kind = if forward < strike { Kind::Call } else { Kind::Put };
        let at = |up: u32| {
            let expiry = Expiry::new(Price::new(forward << up).unwrap(), time, discount).unwrap();
            let price = Price::new(given << up).unwrap();
            implied_vol(&expiry, Price::new(strike << up).unwrap(), kind, price)
        };
        assert_eq!(at(0), at(1 + random.below(38) as u32));
    }
}

fn option_at(forward: Real, seconds: u64, discount: Real) -> Expiry {
    let discount = Discount::new(discount).unwrap();
    Expiry::new(Price::new(forward).unwrap(), Seconds::new(seconds).unwrap(), discount).unwrap()
}

/// At and outside the bounds of no arbitrage every answer is defined.
#[test]
fn bounds_are_answered_by_name() {
    let half = Real::lit("0.5");
    let expiry = option_at(Real::lit("100"), 31_536_000, half);
    let at = |strike: &str, kind, given: Real| {
        implied_vol(&expiry, Price::new(real(strike)).unwrap(), kind, Price::new(given).unwrap())
    };
    let (one, ulp) = (Real::ONE, Real::DELTA);
    // A call struck at 80 is worth 10 at least and 50 at most.
    let (intrinsic, bound) = (one * 10, one * 50);
    let price = intrinsic - ulp;
    let error = at("80", Kind::Call, price).unwrap_err();
    assert_eq!(error, ImpliedVolError::BelowIntrinsic { price, intrinsic });
    let text = format!("price {price} is below the intrinsic value of 10");
    assert_eq!(error.to_string(), text);
    assert_eq!(at("80", Kind::Call, intrinsic), Ok(Vol::ZERO));
    assert_eq!(at("80", Kind::Put, Real::ZERO), Ok(Vol::ZERO));
    assert!(at("80", Kind::Call, intrinsic + ulp).unwrap() > Vol::ZERO);
    assert_eq!(at("80", Kind::Call, intrinsic + ulp), at("80", Kind::Put, ulp));
    for price in [bound, bound + ulp, one * 1_000_000] {
        let error = at("80", Kind::Call, price).unwrap_err();
        assert_eq!(error, ImpliedVolError::AboveBound { price, bound });
    }
    assert!(at("80", Kind::Call, bound - ulp).is_ok());
    // A put struck at 80 is worth 40 at most.
    let error = at("80", Kind::Put, one * 40).unwrap_err();
    assert_eq!(error, ImpliedVolError::AboveBound { price: one * 40, bound: one * 40 });

    let over = option_at(Real::lit("100"), 0, half);
    let strike = Price::new(one * 80).unwrap();
    let at_expiry = |given| implied_vol(&over, strike, Kind::Call, Price::new(given).unwrap());
    assert_eq!(at_expiry(intrinsic), Ok(Vol::ZERO));
    let price = one * 11;
    assert_eq!(at_expiry(price), Err(ImpliedVolError::NoTimeLeft { price, intrinsic }));

    // One second, a price of half the bound: far above 2,000 %.
    let second = option_at(one * 100, 1, one);
    let hundred = Price::new(one * 100).unwrap();
    let solve = |given| implied_vol(&second, hundred, Kind::Call, Price::new(given).unwrap());
    let Err(ImpliedVolError::OutOfRange(error)) = solve(one * 50) else { panic!("7,575 a year") };
    assert_eq!(error.got.int(), one * 7575);
    let Err(ImpliedVolError::OutOfRange(error)) = solve(ulp) else { panic!("far below 10⁻⁶") };
    assert!(error.got > 0 && error.got < Vol::MIN.get());
    for seconds in [1, 946_080_000] {
        let (top, expiry) = (Price::MAX, option_at(Price::MAX.get(), seconds, one));
        let error = implied_vol(&expiry, top, Kind::Call, Price::new(ulp).unwrap()).unwrap_err();
        let ImpliedVolError::OutOfRange(error) = error else { panic!("far, far below 10⁻⁶") };
        assert!(error.got > 0 && error.got < Real::lit("1e-12"), "{error}");
    }
}

/// The ends of the range of volatility come back, where the price still tells them from others.
#[test]
fn ends_of_the_range_come_back() {
    let billion = Real::lit("1e9");
    for (end, seconds) in [(Vol::MIN, 1), (Vol::MIN, 31_536_000), (Vol::MAX, 1), (Vol::MAX, 3_600)]
    {
        let expiry = option_at(billion, seconds, Real::ONE);
        for ratio in ["1", "1.0000000001", "0.9999999999"] {
            let strike = Price::new(billion * Real::lit(ratio)).unwrap();
            let call = Price::new(price(&expiry, strike, end).call).unwrap();
            let implied = implied_vol(&expiry, strike, Kind::Call, call).unwrap().get();
            assert!(
                implied.abs_diff(end.get()) <= end.get() >> 30_u32,
                "{end:?} {seconds} {ratio}"
            );
        }
    }
}

/// Corners of the whole domain: an answer or a reason, never a panic, and the answer reprices.
#[test]
fn corners_are_answered() {
    let (ulp, top) = (Real::DELTA, Price::MAX.get());
    let amounts = [Real::ZERO, ulp, ulp * 2, Real::lit("1e-8"), Real::ONE, Real::lit("1.5"), top];
    let mut answered = 0;
    for forward in amounts {
        for strike in amounts {
            for seconds in [0, 1, 86_400, 946_080_000] {
                for discount in [Real::ONE, Real::ONE - ulp, Discount::MIN.get()] {
                    let discount = Discount::new(discount).unwrap();
                    let (f, time) = (Price::new(forward).unwrap(), Seconds::new(seconds).unwrap());
                    let Ok(expiry) = Expiry::new(f, time, discount) else { continue };
                    let value_of = |x| present_value(x, discount.get());
                    let (pf, pk) = (value_of(forward), value_of(strike));
                    for (kind, intrinsic, bound) in [
                        (Kind::Call, (pf - pk).max(Real::ZERO), pf),
                        (Kind::Put, (pk - pf).max(Real::ZERO), pk),
                    ] {
                        let middle = intrinsic + (bound - intrinsic) / 2;
                        for base in [Real::ZERO, intrinsic, middle, bound, top] {
                            for given in [base - ulp, base, base + ulp] {
                                let Ok(given) = Price::new(given) else { continue };
                                let k = Price::new(strike).unwrap();
                                let answer = implied_vol(&expiry, k, kind, given);
                                let (x, timeless) = (given.get(), seconds == 0);
                                match answer {
                                    Ok(vol) if vol == Vol::ZERO => assert_eq!(x, intrinsic),
                                    Ok(vol) => {
                                        assert!(intrinsic < x && x < bound && !timeless);
                                        let back = price(&expiry, k, vol);
                                        let both = [back.call, back.put];
                                        let off = apart(both[kind as usize], x);
                                        let most = bits(forward.max(strike)) * 2f64.powi(-58);
                                        assert!(off <= most + 3.0, "{expiry:?} {k:?} {given:?}");
                                    }
                                    Err(ImpliedVolError::BelowIntrinsic { .. }) => {
                                        assert!(x < intrinsic);
                                    }
                                    Err(ImpliedVolError::AboveBound { .. }) => assert!(x >= bound),
                                    Err(ImpliedVolError::NoTimeLeft { .. }) => assert!(timeless),
                                    Err(_) => assert!(intrinsic < x && x < bound && !timeless),
                                }
                                answered += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(answered > 10_000, "{answered}");
}
