//! `implied-vol`: Let's Be Rational in Rust, with two solvers of its own. No Greeks.

use amm_benches_rig::{
    exact::Exact,
    oracle::{Outputs, Row},
    rig::{Calls, Case},
};
use implied_vol::{
    DefaultSpecialFn, ImpliedBlackVolatility, PriceBlackScholes,
    solver::{BlackSolver, Experimental, Hybrid},
};

use super::{IMPLIED_VOL, PRICE, float::Float};

pub(crate) const WHO: &str = "implied-vol";
pub(crate) const EXPERIMENTAL: &str = "implied-vol experimental";

fn price(row: &Float, is_call: bool) -> f64 {
    let option = PriceBlackScholes::builder()
        .forward(row.forward)
        .strike(row.strike)
        .volatility(row.vol)
        .expiry(row.years)
        .is_call(is_call)
        .build()
        .expect("rows lie in its domain");
    row.discount * option.calculate::<DefaultSpecialFn>()
}

/// One call's price, for grids.
pub(crate) fn call(row: &Float) -> f64 {
    price(row, true)
}

fn implied<S: BlackSolver>(row: &Float) -> Option<f64> {
    ImpliedBlackVolatility::builder()
        .option_price(row.otm)
        .forward(row.forward)
        .strike(row.strike)
        .expiry(row.years)
        .is_call(row.call_is_otm)
        .build()?
        .calculate_with::<S>()
}

pub(crate) fn outputs(row: &Row) -> Option<Outputs> {
    let float = Float::new(row);
    Some(Outputs {
        call: Exact::from_f64(price(&float, true)),
        put: Exact::from_f64(price(&float, false)),
        ..Outputs::default()
    })
}

/// The error of a solver for a row; `None` if it found nothing.
pub(crate) fn implied_error<S: BlackSolver>(row: &Row) -> Option<f64> {
    let float = Float::new(row);
    float.implied_error(row, implied::<S>(&float)?)
}

pub(crate) fn cases(rows: &[Row]) -> Vec<Box<dyn Case>> {
    let (rows, quoted) = (Float::all(rows), Float::quoted(rows));
    vec![
        Calls::boxed(PRICE, WHO, rows, call),
        Calls::boxed(IMPLIED_VOL, WHO, quoted.clone(), implied::<Hybrid>),
        Calls::boxed(IMPLIED_VOL, EXPERIMENTAL, quoted, implied::<Experimental>),
    ]
}
