//! The laws of kernels, prices, Greeks, grids and implied volatility; and that each finds out a
//! mechanism that is wrong in the way the law forbids.

mod inversion;
mod kernels;

use std::fmt::Debug;

use amm_core::math;
use amm_core::num::{OutOfRange, Price, Real, Vol};
use amm_core::pricing::grid::FixedGrid;
use amm_core::pricing::{
    self, Expiry, ImpliedVolError, Kind, Prices, SecondOrder, Valuation, implied_vol, second_order,
    value,
};
use amm_core::testing::Verdict;
use amm_core::testing::catalogue::{BLACK, IMPLIED, KERNELS, Law, grids, hold};
use amm_core::testing::draw::{Case, Terms};
use amm_core::testing::kernels::{self as kernel_laws, Args};
use amm_core::testing::{greeks, grid, implied, price as laws};
use arbitrary::Unstructured;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 256)
}

fn case() -> impl Strategy<Value = Case> {
    bytes().prop_map(|bytes| Case::from_bytes(&bytes))
}

fn args() -> impl Strategy<Value = Args> {
    bytes().prop_map(|bytes| Args::from_bytes(&bytes))
}

fn must<T: Debug>(list: &[Law<T>], case: &T) -> Result<(), TestCaseError> {
    hold(list, case).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Parity, bounds, order, convexity, scale; Greeks' signs, slopes and scale.
    #[test]
    fn prices_and_greeks_keep_their_laws(case in case()) {
        must(BLACK, &case)?;
    }

    /// Every price has an answer, and a volatility's price has one that prices the same.
    #[test]
    fn implied_volatility_keeps_its_laws(case in case()) {
        must(IMPLIED, &case)?;
    }

    /// Order, symmetry, inverses, exact floors.
    #[test]
    fn kernels_keep_their_laws(args in args()) {
        must(KERNELS, &args)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A cell is a cold call to the bit, whatever was done to its grid.
    #[test]
    fn grids_keep_their_law(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        grids(&bytes).map_err(TestCaseError::fail)?;
    }
}

/// The generator reaches what it is for: every shape, and no end of bytes stops it.
#[test]
fn draws_cover_the_domain() {
    assert_eq!(Case::from_bytes(&[]), Case::from_bytes(&[]));
    let cases: Vec<_> = (0..4_000).map(drawn).collect();
    let some = |what: &str, found: &dyn Fn(&Case) -> bool| {
        assert!(cases.iter().filter(|case| found(case)).count() >= 20, "{what}");
    };
    let forward = |case: &Case| case.terms.expiry.forward();
    some("at the money", &|case| forward(case) == case.terms.strike);
    some("no volatility", &|case| case.terms.vol == Vol::ZERO);
    some("no time", &|case| case.terms.expiry.time().get() == 0);
    some("no forward", &|case| forward(case) == Price::MIN);
    some("no strike", &|case| case.terms.strike == Price::MIN);
    some("the greatest forward", &|case| forward(case) == Price::MAX);
    some("a dust forward", &|case| {
        forward(case) > Price::MIN && forward(case).get() < Real::lit("1e-15")
    });
    some("a strike 2^20 times the forward", &|case| {
        let bits = forward(case).get().to_bits();
        bits > 0 && case.terms.strike.get().to_bits() >> 20 > bits
    });
    some("a price between its bounds", &|case| {
        let Terms { expiry, strike, .. } = case.terms;
        implied_vol(&expiry, strike, case.kind, case.price).is_ok_and(|vol| vol != Vol::ZERO)
    });
}

/// The drawn case of this number.
fn drawn(number: u64) -> Case {
    Case::from_bytes(&seeded(number))
}

fn drawn_args(number: u64) -> Args {
    Args::from_bytes(&seeded(number))
}

/// Bytes by a multiplicative generator.
fn seeded(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state >> 29;
        state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (state >> 32) as u8
    };
    (0..256).map(|_| next()).collect()
}

/// Holds the right mechanism to a law in thousands of cases, in none of which it may fail, and a wrong one, which must.
#[track_caller]
fn found_out<T: Debug>(
    draw: fn(u64) -> T,
    right: impl Fn(&T) -> Verdict,
    wrong: impl Fn(&T) -> Verdict,
) {
    let cases: Vec<T> = (0..3_000).map(draw).collect();
    for case in &cases {
        assert_eq!(right(case), Ok(()), "{case:?}");
    }
    assert!(cases.iter().any(|case| wrong(case).is_err()), "the wrong mechanism passes");
}

/// Half an ulp of a price kept to so many bits.
fn rounded(x: Real, bits: u32) -> Real {
    let unit = 1_i128 << (64 - bits);
    Real::from_bits((x.to_bits() + unit / 2).div_euclid(unit) * unit)
}

fn ulp(count: i128) -> Real {
    Real::from_bits(count)
}

fn next(price: Price, fineness: u32) -> Price {
    let bits = price.get().to_bits();
    Price::new(ulp(bits + (bits >> fineness).max(1))).unwrap_or(price)
}

/// A put of its own rounding: to 2⁻³⁰, as a price kept in nano units would be.
fn rounded_apart(expiry: &Expiry, strike: Price, vol: Vol) -> Prices {
    let Prices { call, put } = pricing::price(expiry, strike, vol);
    Prices { call: rounded(call, 30), put: rounded(put, 30) }
}

#[test]
fn parity_finds_out_two_roundings() {
    found_out(
        drawn,
        |case| laws::parity(pricing::price, &case.terms),
        |case| laws::parity(rounded_apart, &case.terms),
    );
}

#[test]
fn parity_finds_out_call_and_put_swapped() {
    let swapped = |expiry: &Expiry, strike, vol| {
        let Prices { call, put } = pricing::price(expiry, strike, vol);
        Prices { call: put, put: call }
    };
    found_out(
        drawn,
        |case| laws::parity(pricing::price, &case.terms),
        |case| laws::parity(swapped, &case.terms),
    );
}

#[test]
fn bounds_find_out_a_price_an_ulp_below_nothing() {
    // Exact parity throughout: only the bound can tell.
    let lower = |expiry: &Expiry, strike, vol| {
        let Prices { call, put } = pricing::price(expiry, strike, vol);
        Prices { call: call - ulp(1), put: put - ulp(1) }
    };
    let right = |case: &Case| laws::bounds(pricing::price, &case.terms);
    found_out(drawn, right, |case| laws::bounds(lower, &case.terms));
}

#[test]
fn bounds_find_out_a_price_without_discount() {
    let undiscounted = |expiry: &Expiry, strike, vol| {
        let one = amm_core::num::Discount::MAX;
        let expiry = Expiry::new(expiry.forward(), expiry.time(), one).unwrap();
        pricing::price(&expiry, strike, vol)
    };
    let right = |case: &Case| laws::bounds(pricing::price, &case.terms);
    found_out(drawn, right, |case| laws::bounds(undiscounted, &case.terms));
}

/// Noise of 2⁻⁵³ of the price, as of a kernel in f64, with exact parity.
fn noisy(expiry: &Expiry, strike: Price, vol: Vol) -> Prices {
    let Prices { call, put } = pricing::price(expiry, strike, vol);
    let bits = strike.get().to_bits() ^ vol.get().to_bits() ^ expiry.forward().get().to_bits();
    let jitter = (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) & 1;
    let otm = call.min(put);
    let noise = (otm >> 34) * Real::from_num(jitter);
    Prices { call: call + noise, put: put + noise }
}

#[test]
fn order_in_strike_finds_out_noise() {
    let law = |price: fn(&Expiry, Price, Vol) -> Prices| {
        move |case: &Case| {
            let terms = case.terms;
            laws::falls_with_strike(price, &terms, next(terms.strike, case.fineness))
        }
    };
    found_out(drawn, law(pricing::price), law(noisy));
}

#[test]
fn order_in_forward_finds_out_noise() {
    let law = |price: fn(&Expiry, Price, Vol) -> Prices| {
        move |case: &Case| {
            let terms = case.terms;
            let other = next(terms.expiry.forward(), case.fineness);
            laws::rises_with_forward(price, &terms, other)
        }
    };
    found_out(drawn, law(pricing::price), law(noisy));
}

fn more_vol(case: &Case) -> Vol {
    let vol = case.terms.vol.get();
    Vol::new(vol + (vol >> case.fineness)).unwrap_or(Vol::MAX)
}

#[test]
fn order_in_volatility_finds_out_noise() {
    let law = |price: fn(&Expiry, Price, Vol) -> Prices| {
        move |case: &Case| laws::rises_with_vol(price, &case.terms, more_vol(case))
    };
    found_out(drawn, law(pricing::price), law(noisy));
}

/// Volatility taken the wrong way round.
fn inverted(expiry: &Expiry, strike: Price, vol: Vol) -> Prices {
    let other = Vol::new(Vol::MAX.get() - vol.get()).unwrap_or(Vol::MIN);
    pricing::price(expiry, strike, other)
}

#[test]
fn order_in_volatility_finds_out_its_inverse() {
    let law = |price: fn(&Expiry, Price, Vol) -> Prices| {
        move |case: &Case| laws::rises_with_vol(price, &case.terms, more_vol(case))
    };
    found_out(drawn, law(pricing::price), law(inverted));
}

#[test]
fn order_in_time_finds_out_a_year_that_wraps() {
    let wrapped = |expiry: &Expiry, strike, vol| {
        let time = amm_core::num::Seconds::new(u64::from(expiry.time().get() % (1 << 24))).unwrap();
        match Expiry::new(expiry.forward(), time, expiry.discount()) {
            Ok(expiry) => pricing::price(&expiry, strike, vol),
            Err(_) => pricing::price(expiry, strike, vol),
        }
    };
    let later = |case: &Case| {
        let time = u64::from(case.terms.expiry.time().get());
        amm_core::num::Seconds::new(time + time / 8 + 1).unwrap_or(amm_core::num::Seconds::MAX)
    };
    found_out(
        drawn,
        |case| laws::rises_with_time(pricing::price, &case.terms, later(case)),
        |case| laws::rises_with_time(wrapped, &case.terms, later(case)),
    );
}

#[test]
fn convexity_finds_out_a_clamped_price() {
    // Never under a thousandth of the forward, in parity.
    let clamped = |expiry: &Expiry, strike: Price, vol| {
        let Prices { call, put } = pricing::price(expiry, strike, vol);
        let least = call.min(put).min(expiry.forward().get() >> 10);
        Prices { call: call - least, put: put - least }
    };
    let bent = |expiry: &Expiry, strike: Price, vol| {
        let Prices { call, put } = clamped(expiry, strike, vol);
        Prices { call: call.min(expiry.forward().get() >> 4), put }
    };
    let wing = |case: &Case| Price::new(case.terms.strike.get() >> 3).unwrap();
    found_out(
        drawn,
        |case| laws::convex_in_strike(pricing::price, &case.terms, wing(case)),
        |case| laws::convex_in_strike(bent, &case.terms, wing(case)),
    );
}

#[test]
fn convexity_finds_out_a_price_of_30_bits() {
    let wing = |case: &Case| Price::new(case.terms.strike.get() >> 20).unwrap();
    found_out(
        drawn,
        |case| laws::convex_in_strike(pricing::price, &case.terms, wing(case)),
        |case| laws::convex_in_strike(rounded_apart, &case.terms, wing(case)),
    );
}

#[test]
fn scale_finds_out_rounding_in_the_unit() {
    found_out(
        drawn,
        |case| laws::scales(pricing::price, &case.terms, case.fineness),
        |case| laws::scales(rounded_apart, &case.terms, case.fineness),
    );
}

/// A valuation with one thing wrong.
fn wrong(change: impl Fn(&mut Valuation, &Expiry)) -> impl Fn(&Expiry, Price, Vol) -> Valuation {
    move |expiry, strike, vol| {
        let mut valuation = value(expiry, strike, vol);
        change(&mut valuation, expiry);
        valuation
    }
}

#[test]
fn agreement_finds_out_a_price_of_its_own() {
    let own = wrong(|v, _| v.prices.call += ulp(1));
    found_out(
        drawn,
        |case| greeks::prices_agree(pricing::price, value, &case.terms),
        |case| greeks::prices_agree(pricing::price, &own, &case.terms),
    );
}

#[test]
fn ranges_find_out_each_greek() {
    let right = |case: &Case| greeks::ranges(value, &case.terms);
    let changes: [fn(&mut Valuation, &Expiry); 6] = [
        |v, _| v.delta_call += ulp(1), // not DF apart from the put's any more
        |v, expiry| {
            (v.delta_call, v.delta_put) = (expiry.discount().get() + v.delta_call, v.delta_call)
        },
        |v, _| v.delta_put = -v.delta_put,
        |v, _| v.gamma_forward -= ulp(1),
        |v, _| v.vega = -v.vega,
        |v, _| v.theta_call = -v.theta_call,
    ];
    for change in changes {
        let wrong = wrong(change);
        found_out(drawn, right, |case| greeks::ranges(&wrong, &case.terms));
    }
}

#[test]
fn scale_finds_out_greeks_that_lose_bits() {
    let right = |case: &Case| greeks::scale(value, &case.terms, case.fineness);
    let changes: [fn(&mut Valuation, &Expiry); 3] = [
        |v, expiry| v.delta_call += ulp(expiry.forward().get().to_bits() & 1),
        |v, expiry| v.gamma_forward += ulp(expiry.forward().get().to_bits() & 1),
        |v, _| v.vega = rounded(v.vega, 30),
    ];
    for change in changes {
        let wrong = wrong(change);
        found_out(drawn, right, |case| greeks::scale(&wrong, &case.terms, case.fineness));
    }
}

#[test]
fn slopes_find_out_each_greek() {
    let step = |case: &Case| Price::new(case.terms.expiry.forward().get() >> 12).unwrap();
    // Spot delta of a share that pays: off by less than a thousandth.
    let delta = wrong(|v, _| v.delta_call += v.delta_call >> 10);
    found_out(
        drawn,
        |case| greeks::delta_is_a_slope(value, &case.terms, step(case)),
        |case| greeks::delta_is_a_slope(&delta, &case.terms, step(case)),
    );
    let gamma = wrong(|v, _| v.gamma_forward += v.gamma_forward >> 4);
    found_out(
        drawn,
        |case| greeks::gamma_is_a_slope(value, &case.terms),
        |case| greeks::gamma_is_a_slope(&gamma, &case.terms),
    );
    // Per percent of volatility.
    let vega = wrong(|v, _| v.vega /= 100);
    found_out(
        drawn,
        |case| greeks::vega_is_a_slope(value, &case.terms),
        |case| greeks::vega_is_a_slope(&vega, &case.terms),
    );
    let theta = wrong(|v, _| v.theta_call += v.theta_call >> 20);
    found_out(
        drawn,
        |case| greeks::theta_is_decay(value, &case.terms),
        |case| greeks::theta_is_decay(&theta, &case.terms),
    );
}

#[test]
fn slopes_find_out_second_order() {
    let right = |case: &Case| greeks::second_order_are_slopes(value, second_order, &case.terms);
    let changes: [fn(&mut SecondOrder); 3] =
        [|got| got.vanna = -got.vanna, |got| got.volga = -got.volga, |got| got.volga = Real::ZERO];
    for change in changes {
        let wrong = |expiry: &Expiry, strike, vol| {
            let mut got = second_order(expiry, strike, vol);
            change(&mut got);
            got
        };
        found_out(drawn, right, |case| greeks::second_order_are_slopes(value, wrong, &case.terms));
    }
}

#[test]
fn grids_find_out_a_cold_call_of_another_kernel() {
    let ops = |number: u64| {
        let bytes: Vec<u8> = (0_u64..8).flat_map(|part| seeded(number * 8 + part)).collect();
        let mut source = Unstructured::new(&bytes);
        (0..24).flat_map(|_| source.arbitrary::<grid::Op>()).collect::<Vec<_>>()
    };
    let hold = |ops: &[grid::Op], price: fn(&Expiry, Price, Vol) -> Prices| {
        grid::cells_are_cold_calls(FixedGrid::<3, 4>::new(), ops, price, value)
    };
    let all: Vec<_> = (0..200).map(ops).collect();
    for ops in &all {
        assert_eq!(hold(ops, pricing::price), Ok(()));
    }
    assert!(all.iter().any(|ops| hold(ops, noisy).is_err()), "the wrong mechanism passes");
}

/// Steps of a millionth in the strike and of 10⁻⁹ in the volatility of a week on 60,000, as peers
/// are held to: a hundred thousand of each, and none the wrong way.
#[test]
fn fine_steps_never_go_the_wrong_way() {
    let price = |x: u64| Price::new(Real::from_num(x)).unwrap();
    let week = amm_core::num::Seconds::new(604_800).unwrap();
    let expiry = Expiry::new(price(60_000), week, amm_core::num::Discount::MAX).unwrap();
    let (millionth, sigma) = (Real::lit("0.000001"), Real::lit("0.6"));
    for strike in (0..200).map(|n| Real::from_num(20_000 + 804 * n)) {
        let prices = |steps_of_strike: i128, steps_of_vol: i128| {
            let strike = Price::new(strike + millionth * Real::from_num(steps_of_strike));
            let vol = Vol::new(sigma + Real::lit("1e-9") * Real::from_num(steps_of_vol));
            pricing::price(&expiry, strike.unwrap(), vol.unwrap())
        };
        for step in 0..499 {
            let (here, next, more) = (prices(step, 0), prices(step + 1, 0), prices(0, step + 1));
            assert!(next.call <= here.call && here.put <= next.put, "strike {strike} + {step}e-6");
            let less = prices(0, step);
            assert!(less.call <= more.call && less.put <= more.put, "{strike}: sigma + {step}e-9");
        }
    }
}
