//! `amm-core`: from exact fixed-point inputs, with nothing kept between calls.

use amm_benches_rig::{
    exact::Exact,
    oracle::{Outputs, Row},
    rig::{Calls, Case},
};
use amm_core::{
    num::{Discount, Price, Real, Seconds, Vol},
    pricing::{self, Expiry, Prices, SecondOrder, Valuation},
};

use super::{PRICE, SECOND_ORDER, VALUE};

pub(crate) const WHO: &str = "amm-core";

/// A row as `amm-core` reads it, before any check between its numbers.
#[derive(Clone, Copy, Debug)]
struct Fixed {
    forward: Price,
    strike: Price,
    vol: Vol,
    time: Seconds,
    discount: Discount,
}

impl Fixed {
    /// The row with forward and strike times 2ⁿ; `None` outside `amm-core`'s ranges.
    fn scaled(row: &Row, n: i32) -> Option<Self> {
        Some(Self {
            forward: Price::new(row.forward.scaled(n).to_real()?).ok()?,
            strike: Price::new(row.strike.scaled(n).to_real()?).ok()?,
            vol: Vol::new(row.vol.to_real()?).ok()?,
            time: Seconds::new(row.seconds.into()).ok()?,
            discount: Discount::new(row.discount.to_real()?).ok()?,
        })
    }

    fn all(rows: &[Row]) -> Vec<Self> {
        rows.iter().map(|row| Self::scaled(row, 0).expect("rows lie in its ranges")).collect()
    }

    /// Checked and built in every call: a cold call starts from bare numbers.
    #[inline(always)]
    fn expiry(&self) -> Expiry {
        Expiry::new(self.forward, self.time, self.discount).expect("rows have sane rates")
    }
}

fn price(row: &Fixed) -> Prices {
    pricing::price(&row.expiry(), row.strike, row.vol)
}

fn value(row: &Fixed) -> Valuation {
    pricing::value(&row.expiry(), row.strike, row.vol)
}

fn second_order(row: &Fixed) -> SecondOrder {
    pricing::second_order(&row.expiry(), row.strike, row.vol)
}

/// The power of two that takes forward and strike just below the greatest price: the error is
/// then the kernel's, and not that of the unit a row happens to be in.
fn scale(row: &Row) -> i32 {
    const HIGHEST: i32 = 38; // 2³⁹ < 10¹²
    HIGHEST - row.largest().log2().expect("prices of rows are positive")
}

pub(crate) fn outputs(row: &Row) -> Option<Outputs> {
    let n = scale(row);
    let got = value(&Fixed::scaled(row, n)?);
    let plain = |x: Real| Some(Exact::from_real(x));
    let money = |x: Real| Some(Exact::from_real(x).scaled(-n));
    Some(Outputs {
        call: money(got.prices.call),
        put: money(got.prices.put),
        delta_call: plain(got.delta_call),
        delta_put: plain(got.delta_put),
        gamma_forward: plain(got.gamma_forward),
        vega: money(got.vega),
        theta_call: money(got.theta_call),
        theta_put: money(got.theta_put),
    })
}

pub(crate) fn implied_error(_row: &Row) -> Option<f64> {
    None
}

pub(crate) fn cases(rows: &[Row]) -> Vec<Box<dyn Case>> {
    let rows = Fixed::all(rows);
    vec![
        Calls::boxed(PRICE, WHO, rows.clone(), price),
        Calls::boxed(VALUE, WHO, rows.clone(), value),
        Calls::boxed(SECOND_ORDER, WHO, rows, second_order),
    ]
}
