//! Every case: ours and each peer's, over the same rows, prepared beforehand for whoever reads
//! them.

pub(crate) mod black_scholes;
pub(crate) mod engine;
mod engine_market;
pub(crate) mod float;
mod float_grid;
pub(crate) mod grid;
pub(crate) mod implied_vol;
pub(crate) mod jaeckel;
pub(crate) mod kernels;
pub(crate) mod light;
pub(crate) mod ours;
mod ours_grid;
pub(crate) mod risk;
mod risk_market;
pub(crate) mod solmath;
pub(crate) mod world;

use amm_benches_rig::{oracle::Row, rig::Case};

/// One call's price, everything from the bare inputs.
pub(crate) const PRICE: &str = "pricing/price/cold";
/// Price and Greeks, everything from the bare inputs.
pub(crate) const VALUE: &str = "pricing/value/cold";
/// One call's price on an expiry that is already there.
pub(crate) const PRICE_KEPT: &str = "pricing/price/kept_expiry";
/// Price and Greeks on an expiry that is already there.
pub(crate) const VALUE_KEPT: &str = "pricing/value/kept_expiry";
/// Vanna and volga, everything from the bare inputs.
pub(crate) const SECOND_ORDER: &str = "pricing/second_order/cold";
/// The volatility of a price out of the money.
pub(crate) const IMPLIED_VOL: &str = "pricing/implied_vol/otm";
/// The same on an expiry that is already there.
pub(crate) const IMPLIED_VOL_KEPT: &str = "pricing/implied_vol/kept_expiry";

/// All cases, those of one kind side by side and ours first.
pub(crate) fn all(rows: &[Row]) -> Vec<Box<dyn Case>> {
    let mut cases = kernels::all();
    let makers = [
        ours::cases(rows),
        float::cases(rows),
        implied_vol::cases(rows),
        jaeckel::cases(rows),
        black_scholes::cases(rows),
        solmath::cases(rows),
    ];
    let mut makers: Vec<_> = makers.into_iter().flatten().chain(grid::cases()).collect();
    for what in [PRICE, VALUE, PRICE_KEPT, VALUE_KEPT, SECOND_ORDER, IMPLIED_VOL] {
        cases.extend(makers.extract_if(.., |case| case.what() == what));
    }
    cases.extend(makers);
    cases.extend(engine::cases());
    cases.extend(risk::cases());
    cases.extend(light::cases());
    cases.extend(world::cases());
    cases
}
