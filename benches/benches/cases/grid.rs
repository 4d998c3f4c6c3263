//! Nine expiries with 41 strikes each, all of them repriced when the market moves.
//!
//! Each expiry lists strikes of its own, as exchanges do: out to five deviations or 0.8 in the
//! logarithm, like the oracle's region `grid`.

use std::{array, fmt::Debug};

use amm_benches_rig::rig::{Case, Moves};
use amm_core::num::YEAR_S;

use super::{black_scholes, float::Float, float_grid, implied_vol, jaeckel, ours_grid, solmath};

pub(crate) const EXPIRIES: usize = 9;
pub(crate) const STRIKES: usize = 41;
pub(crate) const CELLS: usize = EXPIRIES * STRIKES;

/// Prices after the forward moved.
pub(crate) const PRICE_FORWARD: &str = "pricing/grid/price_forward";
/// Prices and Greeks after the forward moved.
pub(crate) const VALUE_FORWARD: &str = "pricing/grid/value_forward";
/// Prices after forward and volatilities moved.
pub(crate) const PRICE_ALL: &str = "pricing/grid/price_forward_vol";
/// Prices and Greeks after forward and volatilities moved.
pub(crate) const VALUE_ALL: &str = "pricing/grid/value_forward_vol";

/// Forwards, strikes and volatilities, worked out beforehand.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub(crate) forwards: [f64; EXPIRIES],
    pub(crate) strikes: [[f64; STRIKES]; EXPIRIES],
    pub(crate) vols: [[f64; STRIKES]; EXPIRIES],
}

impl Market {
    /// The two states a case moves between: spot at 60,000 or 0.5 % above, and if they move too,
    /// volatilities as they were or a point up.
    pub(crate) fn two(what: &'static str) -> [Self; 2] {
        let vol_up = if moves_vols(what) { 0.01 } else { 0.0 };
        [Self::new(60_000.0, 0.0), Self::new(60_300.0, vol_up)]
    }

    /// Forwards 5 % a year above spot; a smile that flattens with the expiry, 139 % to 58 %.
    fn new(spot: f64, vol_up: f64) -> Self {
        let at_the_money = |e| 0.58 + 0.5 * (-4.0 * years(e)).exp();
        let wing = |k| (k as f64 - 20.0) / 20.0;
        let strike = |e, k| {
            let widest = (5.0 * at_the_money(e) * years(e).sqrt()).min(0.8);
            (60_000.0 * (widest * wing(k)).exp()).round()
        };
        let vol = |e, k| {
            let smile = 0.31 * wing(k) * wing(k) * (-8.0 * years(e)).exp();
            dyadic(at_the_money(e) + smile + vol_up)
        };
        Self {
            forwards: array::from_fn(|e| dyadic(spot * (0.05 * years(e)).exp())),
            strikes: array::from_fn(|e| array::from_fn(|k| strike(e, k))),
            vols: array::from_fn(|e| array::from_fn(|k| vol(e, k))),
        }
    }
}

/// Whether volatilities move as well in a case.
pub(crate) fn moves_vols(what: &'static str) -> bool {
    matches!(what, PRICE_ALL | VALUE_ALL)
}

/// From an hour to half a year.
pub(crate) const SECONDS: [u32; EXPIRIES] = {
    const HOUR: u32 = 3_600;
    const DAY: u32 = 24 * HOUR;
    [HOUR, 8 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY, 182 * DAY]
};

/// Discount factor to an expiry, at 5 % a year.
pub(crate) fn discount(e: usize) -> f64 {
    dyadic((-0.05 * years(e)).exp())
}

pub(crate) fn years(e: usize) -> f64 {
    f64::from(SECONDS[e]) / f64::from(YEAR_S)
}

/// Down to a multiple of 2⁻³², exact in every format.
fn dyadic(x: f64) -> f64 {
    (x * 4_294_967_296.0).floor() / 4_294_967_296.0
}

/// The cells of a market, by expiry and then strike.
pub(crate) fn cells(market: &Market) -> Vec<Float> {
    let cell = |e: usize, k: usize| {
        let (forward, strike, discount) = (market.forwards[e], market.strikes[e][k], discount(e));
        Float {
            forward,
            strike,
            vol: market.vols[e][k],
            years: years(e),
            discount,
            rate: -discount.ln() / years(e),
            spot: forward * discount,
            call_is_otm: strike >= forward,
            otm: f64::NAN,
        }
    };
    (0..CELLS).map(|i| cell(i / STRIKES, i % STRIKES)).collect()
}

pub(crate) fn cases() -> Vec<Box<dyn Case>> {
    let fixed = |row: &Float| solmath::Fixed::new(row);
    let mut all = Vec::new();
    for what in [PRICE_FORWARD, VALUE_FORWARD, PRICE_ALL, VALUE_ALL] {
        let float = |row: &Float| *row;
        if matches!(what, PRICE_FORWARD | PRICE_ALL) {
            all.push(ours_grid::prices(what));
            all.push(float_grid::prices(what));
            all.push(one_by_one(what, implied_vol::WHO, float, implied_vol::call));
            all.push(one_by_one(what, jaeckel::WHO, float, jaeckel::call));
            all.push(one_by_one(what, black_scholes::WHO, float, black_scholes::call));
            all.push(one_by_one(what, solmath::WHO, fixed, solmath::price));
        } else {
            all.push(ours_grid::values(what));
            all.push(float_grid::values(what));
            all.push(one_by_one(what, black_scholes::WHO, float, black_scholes::value));
            all.push(one_by_one(what, solmath::WHO, fixed, solmath::value));
        }
    }
    all
}

/// A library without grids: one call a cell.
struct OneByOne<R, O> {
    rows: [Vec<R>; 2],
    call: fn(&R) -> O,
    out: Vec<O>,
}

fn one_by_one<R: 'static, O: Debug + PartialEq + 'static>(
    what: &'static str,
    who: &'static str,
    row: impl Fn(&Float) -> R,
    call: fn(&R) -> O,
) -> Box<dyn Case> {
    let rows = Market::two(what).map(|market| cells(&market).iter().map(&row).collect::<Vec<R>>());
    let out = rows[0].iter().map(call).collect();
    Box::new(Moves {
        what,
        who,
        state: OneByOne { rows, call, out },
        cells: CELLS,
        step: |state, i| {
            for (row, out) in state.rows[i].iter().zip(&mut state.out) {
                *out = (state.call)(row);
            }
        },
        check: |state, i| {
            for (row, out) in state.rows[i].iter().zip(&state.out) {
                assert_eq!(*out, (state.call)(row));
            }
        },
        moves: 0,
    })
}
