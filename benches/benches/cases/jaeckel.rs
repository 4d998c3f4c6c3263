//! `jaeckel`: Let's Be Rational as its author wrote it, in Rust. Vega and volga, no other Greeks.

use amm_benches_rig::{
    exact::Exact,
    oracle::{Outputs, Row},
    rig::{Calls, Case},
};
use jaeckel::{black, implied_black_volatility};

use super::{IMPLIED_VOL, PRICE, float::Float};

pub(crate) const WHO: &str = "jaeckel";

fn price(row: &Float, sign: f64) -> f64 {
    row.discount * black(row.forward, row.strike, row.vol, row.years, sign)
}

/// One call's price, for grids.
pub(crate) fn call(row: &Float) -> f64 {
    price(row, 1.0)
}

fn implied(row: &Float) -> f64 {
    let sign = if row.call_is_otm { 1.0 } else { -1.0 };
    implied_black_volatility(row.otm, row.forward, row.strike, row.years, sign)
}

pub(crate) fn outputs(row: &Row) -> Option<Outputs> {
    let float = Float::new(row);
    Some(Outputs {
        call: Exact::from_f64(price(&float, 1.0)),
        put: Exact::from_f64(price(&float, -1.0)),
        ..Outputs::default()
    })
}

/// The error of its solver for a row; `None` if it found nothing.
pub(crate) fn implied_error(row: &Row) -> Option<f64> {
    let float = Float::new(row);
    let got = implied(&float);
    // Its signal for a price out of bounds is the greatest f64, of either sign.
    (got.abs() < f64::MAX).then(|| float.implied_error(row, got))?
}

pub(crate) fn cases(rows: &[Row]) -> Vec<Box<dyn Case>> {
    vec![
        Calls::boxed(PRICE, WHO, Float::all(rows), call),
        Calls::boxed(IMPLIED_VOL, WHO, Float::quoted(rows), implied),
    ]
}
