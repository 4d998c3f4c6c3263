//! `amm-core`: from exact fixed-point inputs, with nothing kept between calls.

use amm_benches_rig::{
    error::Quote,
    exact::Exact,
    oracle::{Outputs, Row},
    rig::{Calls, Case},
};
use amm_core::{
    num::{Discount, Price, Real, Seconds, Vol},
    pricing::{self, Expiry, ImpliedVolError, Kind, Prices, SecondOrder, Valuation, implied_vol},
};

use super::{
    IMPLIED_VOL, IMPLIED_VOL_KEPT, PRICE, PRICE_KEPT, SECOND_ORDER, VALUE, VALUE_KEPT, float::Float,
};

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

/// An option of an expiry that others share.
type OfExpiry = (Expiry, Price, Vol);

fn price_kept((expiry, strike, vol): &OfExpiry) -> Prices {
    pricing::price(expiry, *strike, *vol)
}

fn value_kept((expiry, strike, vol): &OfExpiry) -> Valuation {
    pricing::value(expiry, *strike, *vol)
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

/// A price out of the money, and whose it is.
#[derive(Clone, Copy, Debug)]
struct Quoted {
    option: Fixed,
    kind: Kind,
    price: Price,
}

impl Quoted {
    /// The row with all prices times 2ⁿ, its price rounded down to fixed point.
    fn scaled(row: &Row, n: i32) -> Option<Self> {
        let price = match Quote::discounted(row) {
            Some(quote) => quote.price,
            None => Exact::from_f64(Float::new(row).otm * row.discount.to_f64())?,
        };
        Some(Self {
            option: Fixed::scaled(row, n)?,
            kind: if row.call_is_otm() { Kind::Call } else { Kind::Put },
            price: Price::new(price.scaled(n).floor_real()?).ok()?,
        })
    }

    fn implied(&self) -> Result<Vol, ImpliedVolError> {
        implied_vol(&self.option.expiry(), self.option.strike, self.kind, self.price)
    }
}

/// A price out of the money of an expiry that others share.
type QuotedOfExpiry = (Expiry, Quoted);

fn implied_kept((expiry, quoted): &QuotedOfExpiry) -> Result<Vol, ImpliedVolError> {
    implied_vol(expiry, quoted.option.strike, quoted.kind, quoted.price)
}

/// The error of the solver for a row; `None` if it found nothing.
pub(crate) fn implied_error(row: &Row) -> Option<f64> {
    let n = scale(row);
    let quoted = Quoted::scaled(row, n)?;
    let given = Exact::from_real(quoted.price.get()).scaled(-n);
    let got = Exact::from_real(quoted.implied().ok()?.get());
    Some(Quote::discounted(row)?.error(row, &given, &got))
}

pub(crate) fn cases(rows: &[Row]) -> Vec<Box<dyn Case>> {
    let quoted = rows.iter().filter(|row| Float::new(row).is_quoted());
    let quoted = quoted.map(|row| Quoted::scaled(row, 0).expect("rows lie in its ranges"));
    let quoted: Vec<Quoted> = quoted.collect();
    let quoted_kept: Vec<QuotedOfExpiry> =
        quoted.iter().map(|quoted| (quoted.option.expiry(), *quoted)).collect();
    let rows = Fixed::all(rows);
    let kept: Vec<OfExpiry> = rows.iter().map(|row| (row.expiry(), row.strike, row.vol)).collect();
    vec![
        Calls::boxed(PRICE_KEPT, WHO, kept.clone(), price_kept),
        Calls::boxed(VALUE_KEPT, WHO, kept, value_kept),
        Calls::boxed(IMPLIED_VOL_KEPT, WHO, quoted_kept, implied_kept),
        Calls::boxed(IMPLIED_VOL, WHO, quoted, Quoted::implied),
        Calls::boxed(PRICE, WHO, rows.clone(), price),
        Calls::boxed(VALUE, WHO, rows.clone(), value),
        Calls::boxed(SECOND_ORDER, WHO, rows, second_order),
    ]
}
