//! Black prices and Greeks against 40-digit reference values, by region.
#![allow(clippy::float_arithmetic, reason = "errors are exact integers until they are reported")]

mod common;

use std::collections::BTreeMap;

use amm_core::num::{Discount, Price, Real, Seconds, Vol};
use amm_core::pricing::{Expiry, PRICE_MAX_ERROR, value};
use common::{SCALE, exact, float, real, shared, table, wide};
use num_traits::Signed;

/// The worst error seen of each measure in one region.
#[derive(Default)]
struct Worst {
    price: f64,
    out_of_the_money: f64,
    delta: f64,
    gamma: f64,
    vega: f64,
    theta: f64,
}

fn measure(text: &str) -> BTreeMap<String, Worst> {
    let (header, rows) = table(text);
    let column = |name: &str| header.iter().position(|h| h == name).expect("column");
    let mut regions: BTreeMap<String, Worst> = BTreeMap::new();
    for row in &rows {
        let text = |name: &str| row[column(name)].as_str();
        let (forward, strike) = (real(text("F")), real(text("K")));
        // Prices near the top of their range, so that the unit of Real costs nothing.
        let up = forward.max(strike).leading_zeros() - 25;
        let at = |x: Real| Price::new(x << up).unwrap();
        let seconds: u64 = text("T_seconds").parse().unwrap();
        let discount = Discount::new(real(text("DF"))).unwrap();
        let expiry = Expiry::new(at(forward), Seconds::new(seconds).unwrap(), discount).unwrap();
        let got = value(&expiry, at(strike), Vol::new(real(text("sigma"))).unwrap());
        let off = |got: Real, name: &str, up: u32| {
            float(&((wide(got) - (exact(text(name)) << up)).abs())) / 2f64.powi(up as i32)
        };
        let (f, k) = (float(&wide(forward)), float(&wide(strike)));
        let (years, df) = (seconds as f64 / 31_536_000.0, float(&wide(discount.get())));
        let v = float(&wide(real(text("sigma")))) * years.sqrt();
        let (top, id) = (f.max(k), text("id"));

        let worst = regions.entry(text("region").to_owned()).or_default();
        let (call, put) = (got.prices.call, got.prices.put);
        let (call_off, put_off) = (off(call, "call", up), off(put, "put", up));
        worst.price = worst.price.max(call_off.max(put_off) / top);
        let (name, error) = if f <= k { ("call", call_off) } else { ("put", put_off) };
        let want = float(&exact(text(name)));
        if want >= 1e-12 * top {
            worst.out_of_the_money = worst.out_of_the_money.max(error / want);
        }
        let delta = off(got.delta_call, "delta_call", 0).max(off(got.delta_put, "delta_put", 0));
        worst.delta = worst.delta.max(delta);
        // gamma_forward is F·Γ
        let gamma =
            (wide(got.gamma_forward) - ((exact(text("gamma")) * wide(forward)) >> SCALE)).abs();
        worst.gamma = worst.gamma.max(float(&gamma) * v / df);
        worst.vega = worst.vega.max(off(got.vega, "vega", up) / (f * years.sqrt()));
        let theta = off(got.theta_call, "theta_call", up).max(off(got.theta_put, "theta_put", up));
        worst.theta = worst.theta.max(theta * years / f);

        let parity = wide(call) - wide(put);
        let exact_parity = ((exact(text("F")) - exact(text("K"))) * exact(text("DF"))) << up;
        let slip = ((parity << SCALE) - exact_parity).abs() >> (SCALE + SCALE - 64);
        assert!(slip <= 1.into(), "row {id}: parity off by {slip} ulp");
    }
    regions
}

fn report_and_check(regions: &BTreeMap<String, Worst>) {
    eprintln!("region      price        otm      delta      gamma       vega      theta");
    for (region, w) in regions {
        eprintln!(
            "{region:6} {:10.2e} {:10.2e} {:10.2e} {:10.2e} {:10.2e} {:10.2e}",
            w.price, w.out_of_the_money, w.delta, w.gamma, w.vega, w.theta
        );
        assert!(w.price <= 2f64.powi(PRICE_MAX_ERROR), "{region}: price off by {}", w.price);
        assert!(w.out_of_the_money <= 1e-15, "{region}: {}", w.out_of_the_money);
        for greek in [w.delta, w.gamma, w.vega] {
            assert!(greek <= 2e-16, "{region}: Greek off by {greek}");
        }
    }
}

/// The rows this project carries: every eighth of the shared reference.
#[test]
fn carried_rows_are_within_bounds() {
    report_and_check(&measure(include_str!("golden/black.csv")));
}

/// All rows of the shared reference, where it is at hand.
#[test]
fn shared_rows_are_within_bounds() {
    if let Some(text) = shared("oracle/black_oracle.csv") {
        report_and_check(&measure(&text));
    }
}
