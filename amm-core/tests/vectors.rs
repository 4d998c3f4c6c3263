//! Cases published by other projects, read in place: ours against 50-digit recomputations of them, and
//! beside it how far off the figure is that the other project asserts.
//!
//! A case is left out only where there is nothing of ours to hold to it, and is counted then. The cases of
//! implied volatility are in `tests/implied.rs`.
//!
//! Bounds are those of a price and its Greeks, or the kernel's own, with nothing on top: inputs are moved
//! to a unit of money in which the greater of forward and strike has 103 bits, and the rounding of
//! volatility and discount factor to 2⁻⁶⁵ costs at most 2⁻⁶³ of max(F, K), and less of the other bounds.
#![allow(clippy::float_arithmetic, reason = "errors are exact integers until they are reported")]

mod common;

use std::collections::BTreeMap;

use amm_core::math;
use amm_core::num::{Discount, Price, Real, Seconds, Vol, YEAR_S};
use amm_core::pricing::{Expiry, Kind, PRICE_MAX_ERROR, Valuation, price, value};
use amm_core::surface::{Slice, Svi, butterfly, log_moneyness};
use common::{SCALE, exact, float, shared, wide};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use serde_json::Value;

/// A `Real`'s unit in units of 2^−SCALE, as a shift.
const BITS: u64 = SCALE as u64 - 64;

/// What an error is measured in, and the most it may be.
struct Yardstick {
    name: &'static str,
    bound: f64,
}

/// |error| / max(F, K).
const PRICE: Yardstick =
    Yardstick { name: "price", bound: 1.0 / (1_u64 << -PRICE_MAX_ERROR) as f64 };
/// |error| / price, out of the money and at least 1e-12 of max(F, K).
const OUT_OF_THE_MONEY: Yardstick = Yardstick { name: "out of the money", bound: 1e-15 };
/// Free of scale: delta; F·Γ·v/DF; vega/(F·√T); theta·T/F, rho/(F·T) and what else is made of these.
const GREEK: Yardstick = Yardstick { name: "Greek", bound: 2e-16 };
/// |error| · φ(d): what a quantile's error is worth in probability, and so in delta.
const QUANTILE: Yardstick = Yardstick { name: "d1, d2", bound: 2e-16 };
/// |error| / σ, of a volatility read off a smile.
const SMILE: Yardstick = Yardstick { name: "smile", bound: 1e-15 };
/// |ours − the published figure|, which has four decimals.
const PRINTED: Yardstick = Yardstick { name: "as printed", bound: 1e-4 };

/// The worst case by one yardstick.
struct Worst {
    figures: usize,
    error: f64,
    id: String,
    theirs: f64,
    bound: f64,
}

/// What became of the cases of one file.
#[derive(Default)]
struct Verdict {
    worst: BTreeMap<&'static str, Worst>,
    judged: usize,
    left_out: BTreeMap<&'static str, usize>,
}

impl Verdict {
    fn hold(&mut self, to: &Yardstick, case: &Value, error: f64, theirs: f64) {
        let first =
            Worst { figures: 0, error: -1.0, id: String::new(), theirs: 0.0, bound: to.bound };
        let worst = self.worst.entry(to.name).or_insert(first);
        worst.figures += 1;
        worst.theirs = worst.theirs.max(theirs);
        if error > worst.error {
            (worst.error, worst.id) = (error, case["id"].as_str().unwrap().to_owned());
        }
    }

    /// `ours` against the figure of that name, both in units of 2^−SCALE, with one of it worth `unit`.
    fn figure(&mut self, to: &Yardstick, case: &Value, name: &str, ours: &BigInt, unit: f64) {
        let want = exact(text(case, "truth", name));
        let theirs = exact(text(case, "expected", name));
        let off = |x: &BigInt| float(&(x - &want).abs()) * unit;
        self.hold(to, case, off(ours), off(&theirs));
    }

    fn leave_out(&mut self, why: &'static str) {
        *self.left_out.entry(why).or_default() += 1;
    }

    fn report_and_check(&self, file: &str, cases: usize) {
        eprintln!("{file}: {cases} cases, {} judged", self.judged);
        for (why, count) in &self.left_out {
            eprintln!("  {count:3} left out: {why}");
        }
        eprintln!("  figures  yardstick              worst      bound     theirs  worst at");
        for (name, w) in &self.worst {
            eprintln!(
                "  {:7}  {name:18} {:9.2e}  {:9.2e}  {:9.2e}  {}",
                w.figures, w.error, w.bound, w.theirs, w.id
            );
        }
        for (name, w) in &self.worst {
            assert!(w.error <= w.bound, "{file}: {name} off by {} at {}", w.error, w.id);
        }
        assert!(self.judged > 0, "{file}: nothing judged");
        assert_eq!(self.judged + self.left_out.values().sum::<usize>(), cases, "{file}");
    }
}

/// Judges every case of a file, if it is at hand.
fn read(file: &str, judge: impl Fn(&mut Verdict, &Value)) -> Option<Verdict> {
    let json = shared(&format!("vectors/{file}"))?;
    let suite: Value = serde_json::from_str(&json).expect("a suite");
    let cases = suite["cases"].as_array().expect("cases");
    let mut verdict = Verdict::default();
    for case in cases {
        let before = verdict.left_out.values().sum::<usize>();
        judge(&mut verdict, case);
        verdict.judged += usize::from(verdict.left_out.values().sum::<usize>() == before);
    }
    verdict.report_and_check(file, cases.len());
    Some(verdict)
}

fn text<'a>(case: &'a Value, part: &str, name: &str) -> &'a str {
    case[part][name].as_str().unwrap_or_else(|| panic!("{}: no {part}.{name}", case["id"]))
}

/// An input, zero if it is not there.
fn input(case: &Value, name: &str) -> BigInt {
    case["inputs"][name].as_str().map_or_else(BigInt::zero, exact)
}

/// Products and quotients of numbers in units of 2^−SCALE.
fn times(a: &BigInt, b: &BigInt) -> BigInt {
    (a * b) >> SCALE
}
fn over(a: &BigInt, b: &BigInt) -> BigInt {
    (a << SCALE) / b
}

/// e^x by its series, for |x| < 1.
fn exp(x: &BigInt) -> BigInt {
    assert!(x.bits() <= u64::from(SCALE), "the series is for small x");
    let (mut sum, mut term, mut n) = (BigInt::zero(), BigInt::one() << SCALE, 1);
    while !term.is_zero() {
        sum += &term;
        term = times(&term, x) / n;
        n += 1;
    }
    sum
}

/// The nearest [`Real`] to x·2^−down in units of 2⁻⁶⁴.
fn nearest(x: &BigInt, down: u64) -> Real {
    let half = BigInt::one() << (down - 1);
    Real::from_bits(((x + half) >> down).try_into().expect("fits in a Real"))
}

/// An option as published, in units of 2^−SCALE, and ours for it.
struct Contract {
    forward: BigInt,
    strike: BigInt,
    discount: BigInt,
    years: BigInt,
    vol: BigInt,
}

impl Contract {
    /// On spot, with interest `r` and yield `q`.
    fn on_spot(case: &Value) -> Self {
        let (spot, years) = (input(case, "S"), input(case, "t_years"));
        let (interest, drift) = (input(case, "r"), input(case, "r") - input(case, "q"));
        Self {
            forward: times(&spot, &exp(&times(&drift, &years))),
            strike: input(case, "K"),
            discount: exp(&-times(&interest, &years)),
            vol: input(case, "sigma"),
            years,
        }
    }

    fn greater(&self) -> &BigInt {
        (&self.forward).max(&self.strike)
    }

    /// By what a price is shifted from here to a `Real` in our unit of money: the greater of forward and
    /// strike is then in [2³⁸, 2³⁹).
    fn down(&self) -> u64 {
        self.greater().bits() - 103
    }

    /// One unit of money, over the greater of forward and strike.
    fn unit(&self) -> f64 {
        1.0 / float(self.greater())
    }

    /// A price of ours in the case's unit of money.
    fn money(&self, x: Real) -> BigInt {
        BigInt::from(x.to_bits()) << self.down()
    }

    /// Our valuation, and whether the time is whole seconds (to the case's digits). Price and delta depend
    /// on σ²T alone: where the time is not whole, or σ is beyond our range, σ²T is kept and split anew.
    fn value(&self) -> (Valuation, bool) {
        let exact_seconds = &self.years * YEAR_S;
        let mut seconds = (&exact_seconds + (BigInt::one() << (SCALE - 1))) >> SCALE;
        let whole = ((&seconds << SCALE) - &exact_seconds).abs() < BigInt::one() << (SCALE - 60);
        let vol = loop {
            let variance = times(&times(&self.vol, &self.vol), &exact_seconds) / &seconds;
            let vol = nearest(&(variance << SCALE).sqrt(), BITS);
            match Vol::new(vol) {
                Ok(vol) => break vol,
                Err(_) => seconds *= 4,
            }
        };
        let real = |x: &BigInt| Price::new(nearest(x, self.down())).unwrap();
        let discount = Discount::new(nearest(&self.discount, BITS)).unwrap();
        let seconds = Seconds::new(seconds.try_into().unwrap()).unwrap();
        let expiry = Expiry::new(real(&self.forward), seconds, discount).unwrap();
        let got = value(&expiry, real(&self.strike), vol);
        assert_eq!(got.prices, price(&expiry, real(&self.strike), vol));
        (got, whole && vol.get() == nearest(&self.vol, BITS))
    }

    /// Holds a price of ours to the figure `name`.
    fn hold(&self, verdict: &mut Verdict, case: &Value, name: &str, kind: Kind, got: &Valuation) {
        let (ours, out) = match kind {
            Kind::Call => (self.money(got.prices.call), self.forward <= self.strike),
            Kind::Put => (self.money(got.prices.put), self.strike <= self.forward),
        };
        verdict.figure(&PRICE, case, name, &ours, self.unit());
        let want = float(&exact(text(case, "truth", name)));
        if out && want * self.unit() >= 1e-12 {
            verdict.figure(&OUT_OF_THE_MONEY, case, name, &ours, 1.0 / want);
        }
    }
}

fn kind(case: &Value) -> Kind {
    match text(case, "inputs", "kind") {
        "call" => Kind::Call,
        "put" => Kind::Put,
        other => panic!("no kind {other}"),
    }
}

/// A textbook's prices and Greeks on spot.
#[test]
fn textbook_prices_and_greeks() {
    read("02_quantlib_haug_european.json", |verdict, case| {
        let contract = Contract::on_spot(case);
        let (got, whole) = contract.value();
        let printed = |verdict: &mut Verdict, name: &str, ours: &BigInt| {
            let off = (ours - exact(text(case, "expected", name))).abs();
            verdict.hold(&PRINTED, case, float(&off), 0.0);
        };
        let Some(name) = case["inputs"]["greek"].as_str() else {
            // Their forward and discount factor are what ours are derived from.
            for (given, derived) in
                [("forward", &contract.forward), ("discount", &contract.discount)]
            {
                assert!(float(&(input(case, given) - derived).abs()) < 1e-24, "{}", case["id"]);
            }
            let kind = kind(case);
            contract.hold(verdict, case, "price", kind, &got);
            let ours = if kind == Kind::Call { got.prices.call } else { got.prices.put };
            printed(verdict, "price", &contract.money(ours));
            return;
        };
        assert!(whole, "{}: these depend on time itself", case["id"]);
        let (ours, unit) = spot_greek(case, name, &contract, &got);
        verdict.figure(&GREEK, case, name, &ours, unit);
        printed(verdict, name, &ours);
    });
}

/// A Greek of an option on spot from those on the forward F = S·e^((r−q)T), and what one of it is worth in
/// its yardstick.
fn spot_greek(case: &Value, name: &str, of: &Contract, got: &Valuation) -> (BigInt, f64) {
    let spot = input(case, "S");
    let drift = input(case, "r") - input(case, "q");
    let growth = over(&of.forward, &spot);
    let years = float(&of.years);
    let (call, put) = (of.money(got.prices.call), of.money(got.prices.put));
    // F·delta, in money.
    let [forward_call, forward_put] =
        [got.delta_call, got.delta_put].map(|delta| times(&wide(delta), &of.forward));
    let theta_put = of.money(got.theta_put) - times(&drift, &forward_put);
    match name {
        "delta_call" => (times(&wide(got.delta_call), &growth), 1.0 / float(&growth)),
        "delta_put" => (times(&wide(got.delta_put), &growth), 1.0 / float(&growth)),
        // ∂²V/∂S² = F·Γ·e^((r−q)T)/S
        "gamma" => {
            let v = float(&of.vol) * years.sqrt();
            let unit = float(&spot) / float(&growth) * v / float(&of.discount);
            (over(&times(&wide(got.gamma_forward), &growth), &spot), unit)
        }
        "vega" => (of.money(got.vega), of.unit() / years.sqrt()),
        "theta_put" => (theta_put, of.unit() * years),
        "theta_put_per_day" => (theta_put / 365, of.unit() * years * 365.0),
        "rho_call" => (times(&(forward_call - call), &of.years), of.unit() / years),
        "divrho_put" => (-times(&forward_put, &of.years), of.unit() / years),
        "elasticity_put" => (over(&forward_put, &put), of.unit() * float(&put)),
        other => panic!("no Greek {other}"),
    }
}

/// A deployed protocol's Black prices and fixed-point primitives.
#[test]
fn protocol_prices_and_primitives() {
    read("03_lyra_utils_black76_svi_fixedpoint.json", |verdict, case| {
        let id = case["id"].as_str().unwrap();
        match id.split('-').next().unwrap() {
            "black76" => {
                let contract = Contract {
                    forward: input(case, "forward"),
                    strike: input(case, "strike"),
                    discount: input(case, "discount"),
                    years: input(case, "seconds_to_expiry") / YEAR_S,
                    vol: input(case, "sigma"),
                };
                let (got, _) = contract.value();
                contract.hold(verdict, case, "call", Kind::Call, &got);
                contract.hold(verdict, case, "put", Kind::Put, &got);
                let delta = over(&wide(got.delta_call), &contract.discount);
                verdict.figure(&GREEK, case, "call_delta_undiscounted", &delta, 1.0);
            }
            "fixed" => kernel(verdict, case, text(case, "inputs", "fn")),
            "annualise" => {
                assert_eq!(text(case, "inputs", "seconds_per_year"), YEAR_S.to_string());
                verdict.leave_out("time stays in whole seconds, of the same year");
            }
            "svi" => smile(verdict, case),
            "pow" => verdict.leave_out("a power: no kernel of ours"),
            other => panic!("no group {other}"),
        }
    });
}

/// A volatility read off a raw SVI slice at a strike; where the peer clamps log-moneyness, at what it
/// clamps it to, which we do not.
fn smile(verdict: &mut Verdict, case: &Value) {
    let real = |name: &str| nearest(&input(case, name), BITS);
    let slice = Svi::new(real("a"), real("b"), real("rho"), real("m"), real("sigma")).unwrap();
    let price = |name: &str| Price::new(real(name)).unwrap();
    let clamped = exact(text(case, "truth", "k_clamped"));
    let own = log_moneyness(price("strike"), price("forward")).unwrap();
    let near = (wide(own) - &clamped).abs() < BigInt::one() << (SCALE - 60);
    let k = if near { own } else { nearest(&clamped, BITS) };
    let tau = input(case, "tau");
    let mut seconds = (&tau * YEAR_S + (BigInt::one() << (SCALE - 1))) >> SCALE;
    let whole = (&seconds << SCALE) - &tau * YEAR_S;
    if whole.abs() > BigInt::one() << (SCALE - 30) {
        seconds = BigInt::from(YEAR_S); // not whole: any time will do, total variance is of its own
    }
    let w = Slice::Svi(slice).total_variance(k, Seconds::ZERO).unwrap();
    let seconds = Seconds::new(seconds.try_into().unwrap()).unwrap();
    let vol = Slice::Svi(slice).vol(k, seconds).unwrap();
    assert_eq!(vol, amm_core::surface::vol(w, seconds).unwrap());
    // σ²·tau against w, and the volatility that was read against the one at its own time.
    let truth = exact(text(case, "truth", "vol"));
    let due = times(&times(&truth, &truth), &tau);
    let relative = |off: BigInt, of: &BigInt| float(&off.abs()) / float(of);
    let square = times(&wide(vol.get()), &wide(vol.get())) * seconds.get() / YEAR_S;
    let error = relative(wide(w.get()) - &due, &due).max(relative(square - &due, &due)) / 2.0;
    let theirs =
        case["expected"]["vol"].as_str().map_or(0.0, |vol| relative(exact(vol) - &truth, &truth));
    verdict.hold(&SMILE, case, error, theirs);
}

/// Published raw slices: total variance at the centre is a + bσ. Two have butterflies: Vogt's, published for
/// it, and the one a pricing library tests its smile section with, for 0.31 < k < 1.12.
#[test]
fn published_slices() {
    let Some(csv) = shared("data/ref_svi_params.csv") else { return };
    let mut seen = 0;
    for line in csv.lines().skip(1) {
        // Quoted fields come before or after the numbers; the numbers are the only five in a row.
        let fields: Vec<&str> = line.split(',').collect();
        let numbers = |at: usize| -> Option<Vec<Real>> {
            fields.get(at..at + 5)?.iter().map(|text| text.parse().ok()).collect()
        };
        let parts = (2..fields.len()).find_map(numbers).expect("five parameters");
        let slice = Svi::new(parts[0], parts[1], parts[2], parts[3], parts[4]).unwrap();
        let centre = parts[0] + parts[1] * parts[4];
        let slice = Slice::Svi(slice);
        let w = slice.total_variance(parts[3], Seconds::ZERO).unwrap();
        assert!(w.get().abs_diff(centre) <= Real::DELTA * 4, "{line}");
        assert_eq!(
            butterfly(&slice).is_err(),
            ["vogt", "quantlib_svismilesection"].contains(&fields[0])
        );
        seen += 1;
    }
    assert_eq!(seen, 4);
    eprintln!("ref_svi_params.csv: {seen} slices");
}

/// Another protocol's prices, d1 and d2, deltas and normal probabilities. The last are approximations of its
/// own, which this yardstick tells from true ones.
#[test]
fn approximate_prices_and_deltas() {
    let verdict = read("04_premia_option_math.json", |verdict, case| {
        if let Some(name) = case["inputs"]["fn"].as_str() {
            return kernel(verdict, case, name);
        }
        let contract = Contract::on_spot(case);
        let (got, _) = contract.value();
        if case["truth"]["price"].is_string() {
            contract.hold(verdict, case, "price", kind(case), &got);
        } else if case["truth"]["d1"].is_string() {
            quantiles(verdict, case, &contract, &got);
        } else {
            assert!(input(case, "r").is_zero(), "spot is the forward");
            verdict.figure(&GREEK, case, "delta_call", &wide(got.delta_call), 1.0);
            verdict.figure(&GREEK, case, "delta_put", &wide(got.delta_put), 1.0);
        }
    });
    if let Some(verdict) = verdict {
        for name in [PRICE.name, GREEK.name, "norm_cdf, ulp"] {
            let worst = &verdict.worst[name];
            assert!(worst.theirs > 1e6 * worst.bound, "{name} accepts an approximation");
        }
    }
}

/// d1 from N(d1) = delta/DF, and d2 from K·N(d2) = F·N(d1) − call/DF.
fn quantiles(verdict: &mut Verdict, case: &Value, contract: &Contract, got: &Valuation) {
    let first = over(&wide(got.delta_call), &contract.discount);
    let call = over(&contract.money(got.prices.call), &contract.discount);
    let second = over(&(times(&contract.forward, &first) - call), &contract.strike);
    let worth_of_strike = float(&contract.strike) * contract.unit();
    for (name, probability, unit) in [("d1", first, 1.0), ("d2", second, worth_of_strike)] {
        let d = math::norm_inv_cdf(nearest(&probability, BITS)).unwrap();
        let density = float(&wide(math::norm_pdf(d)));
        verdict.figure(&QUANTILE, case, name, &wide(d), density * unit);
    }
}

/// Normal probabilities and quantiles, and the probabilities that have none.
#[test]
fn normal_probabilities_and_quantiles() {
    read("15_primitive_normal.json", |verdict, case| {
        kernel(verdict, case, text(case, "inputs", "fn"));
    });
}

/// Holds a kernel to its own bound; where its answer does not exist or does not fit, to its refusal.
fn kernel(verdict: &mut Verdict, case: &Value, name: &str) {
    let quantile = name == "norm_inv_cdf";
    let (given, result) = if quantile { (input(case, "p"), "x") } else { (input(case, "x"), "y") };
    let ulps = |name, ulps: u32| Yardstick { name, bound: ulps.into() };
    if given.bits() > u64::from(SCALE + 63) {
        // Beyond `Real`; whole numbers have a root of their own.
        assert_eq!(name, "sqrt", "{}", case["id"]);
        let root = math::isqrt((given >> SCALE).try_into().unwrap());
        let ours = BigInt::from(root) << SCALE;
        return verdict.figure(&ulps("sqrt, ulp", 1), case, result, &ours, 2f64.powi(64));
    }
    let x = nearest(&given, BITS);
    let (to, ours) = match name {
        "exp" => (Yardstick { name: "exp, of bound", bound: 1.0 }, math::exp(x)),
        "ln" => (ulps("ln, ulp", math::LN_MAX_ULP), math::ln(x)),
        "sqrt" => (ulps("sqrt, ulp", 1), math::sqrt(x)),
        "norm_cdf" => (ulps("norm_cdf, ulp", math::NORM_CDF_MAX_ULP), Ok(math::norm_cdf(x))),
        "norm_pdf" => (ulps("norm_pdf, ulp", math::NORM_PDF_MAX_ULP), Ok(math::norm_pdf(x))),
        "norm_inv_cdf" => {
            (ulps("norm_inv_cdf, ulp", math::NORM_INV_CDF_MAX_ULP), math::norm_inv_cdf(x))
        }
        other => panic!("no kernel for {other}"),
    };
    let truth = case["truth"][result].as_str().filter(|&truth| truth != "-inf").map(exact);
    let Some(truth) = truth.filter(|truth| truth.bits() <= u64::from(SCALE + 63)) else {
        let error = ours.expect_err("no such value, or none that fits");
        assert_eq!(error.got, x, "{}", case["id"]);
        return verdict.hold(&Yardstick { name: "refused", bound: 0.0 }, case, 0.0, 0.0);
    };
    let ours = wide(ours.unwrap());
    // What rounding the input moved, to first order: the second is under 2⁻¹¹⁵ here.
    let rounded = wide(x) - &given;
    let moved = match name {
        _ if rounded.is_zero() => rounded,
        "norm_cdf" => times(&rounded, &wide(math::norm_pdf(x))),
        "norm_inv_cdf" => over(&rounded, &wide(math::norm_pdf(nearest(&truth, BITS)))),
        _ => panic!("{}: not on the grid of Real", case["id"]),
    };
    let unit = match name {
        "exp" => 1.0 / (2f64.powi(-64) + float(&truth) * 2f64.powi(math::EXP_MAX_RELATIVE)),
        _ => 2f64.powi(64),
    };
    verdict.figure(&to, case, result, &(ours - moved), unit);
}
