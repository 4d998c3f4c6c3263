//! `black_scholes`: prices, and a Black-76 call that returns eighteen numbers.

use std::hint::black_box;

use amm_benches_rig::{
    exact::Exact,
    oracle::{Outputs, Row},
    rig::{Calls, Case},
};
use black_scholes::{
    PricesAndGreeks, black76, call as spot_call, call_iv, put as spot_put, put_iv,
};

use super::{IMPLIED_VOL, PRICE, VALUE, float::Float};

pub(crate) const WHO: &str = "black_scholes";

/// One call's price, for grids. Its Black-76 function returns everything, so this asks the spot
/// model for the spot DF·F.
pub(crate) fn call(row: &Float) -> f64 {
    spot_call(row.spot, row.strike, row.rate, row.vol, row.years)
}

fn everything(row: &Float) -> PricesAndGreeks {
    black76(row.forward, row.strike, row.rate, row.vol, row.years)
}

/// Price and first Greeks, for grids: kept from being thinned out by the optimiser.
pub(crate) fn value(row: &Float) -> [f64; 5] {
    let all = black_box(everything(row));
    [all.call_price, all.call_delta, all.call_gamma, all.call_vega, all.call_theta]
}

fn implied(row: &Float) -> Result<f64, f64> {
    let price = row.otm * row.discount;
    let solve = if row.call_is_otm { call_iv } else { put_iv };
    solve(price, row.spot, row.strike, row.rate, row.years)
}

pub(crate) fn outputs(row: &Row) -> Option<Outputs> {
    let float = Float::new(row);
    let all = everything(&float);
    let put = spot_put(float.spot, float.strike, float.rate, float.vol, float.years);
    Some(Outputs {
        call: Exact::from_f64(call(&float)),
        put: Exact::from_f64(put),
        delta_call: Exact::from_f64(all.call_delta),
        delta_put: Exact::from_f64(all.put_delta),
        gamma_forward: Exact::from_f64(all.call_gamma).map(|gamma| &gamma * &row.forward),
        vega: Exact::from_f64(all.call_vega),
        theta_call: Exact::from_f64(all.call_theta),
        theta_put: Exact::from_f64(all.put_theta),
    })
}

/// The error of its solver for a row; `None` if it found nothing.
pub(crate) fn implied_error(row: &Row) -> Option<f64> {
    let float = Float::new(row);
    float.implied_error(row, implied(&float).ok()?)
}

pub(crate) fn cases(rows: &[Row]) -> Vec<Box<dyn Case>> {
    let (rows, quoted) = (Float::all(rows), Float::quoted(rows));
    vec![
        Calls::boxed(PRICE, WHO, rows.clone(), call),
        Calls::boxed(VALUE, WHO, rows, value),
        Calls::boxed(IMPLIED_VOL, WHO, quoted, implied),
    ]
}
