//! Black on a forward as one writes it in f64, over the C library and over the `libm` crate.

use std::f64::consts::FRAC_1_SQRT_2;

use amm_benches_rig::{
    error::Quote,
    exact::Exact,
    oracle::{Outputs, Row},
    rig::{Calls, Case},
};

use super::{PRICE, VALUE};

/// A row as every f64 peer reads it; what only some need is worked out beforehand for all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Float {
    pub(crate) forward: f64,
    pub(crate) strike: f64,
    pub(crate) vol: f64,
    pub(crate) years: f64,
    pub(crate) discount: f64,
    /// The continuous rate.
    pub(crate) rate: f64,
    /// The spot of which `forward` is the forward if nothing is paid out: DF·F.
    pub(crate) spot: f64,
    pub(crate) call_is_otm: bool,
    /// The price out of the money before discounting.
    pub(crate) otm: f64,
}

impl Float {
    pub(crate) fn new(row: &Row) -> Self {
        let (forward, discount) = (row.forward.to_f64(), row.discount.to_f64());
        let mut float = Self {
            forward,
            strike: row.strike.to_f64(),
            vol: row.vol.to_f64(),
            years: row.years(),
            discount,
            rate: row.rate(),
            spot: forward * discount,
            call_is_otm: row.call_is_otm(),
            otm: f64::NAN,
        };
        float.otm = match Quote::undiscounted(row) {
            Some(quote) => quote.price.to_f64(),
            // Without a truth: a price to start from is as good as the true one.
            None => price::<Glibc>(&float, float.call_is_otm) / discount,
        };
        float
    }

    pub(crate) fn all(rows: &[Row]) -> Vec<Self> {
        rows.iter().map(Self::new).collect()
    }

    /// Whether the price out of the money is worth asking a volatility for.
    pub(crate) fn is_quoted(&self) -> bool {
        self.otm >= 1e-12 * self.forward.max(self.strike)
    }

    pub(crate) fn quoted(rows: &[Row]) -> Vec<Self> {
        Self::all(rows).into_iter().filter(Self::is_quoted).collect()
    }

    /// The error of the volatility `got` from [`Float::otm`]; `None` if it is not a number, or
    /// there is nothing to ask.
    pub(crate) fn implied_error(&self, row: &Row, got: f64) -> Option<f64> {
        let given = Exact::from_f64(self.otm)?;
        Some(Quote::undiscounted(row)?.error(row, &given, &Exact::from_f64(got)?))
    }
}

/// Where the functions beyond + − × ÷ √ come from.
pub(crate) trait Library {
    fn exp(x: f64) -> f64;
    fn ln(x: f64) -> f64;
    fn erfc(x: f64) -> f64;

    /// N(x).
    #[inline(always)]
    fn norm_cdf(x: f64) -> f64 {
        0.5 * Self::erfc(-x * FRAC_1_SQRT_2)
    }

    /// The normal density.
    #[inline(always)]
    fn norm_pdf(x: f64) -> f64 {
        const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7; // 1/√(2π)
        INV_SQRT_2PI * Self::exp(-0.5 * x * x)
    }
}

/// The C library, through std and one declaration of our own.
pub(crate) enum Glibc {}

impl Library for Glibc {
    #[inline(always)]
    fn exp(x: f64) -> f64 {
        x.exp()
    }

    #[inline(always)]
    fn ln(x: f64) -> f64 {
        x.ln()
    }

    #[inline(always)]
    fn erfc(x: f64) -> f64 {
        amm_benches_glibc::erfc(x)
    }
}

/// The `libm` crate: what f64 costs where there is no C library.
pub(crate) enum Libm {}

impl Library for Libm {
    #[inline(always)]
    fn exp(x: f64) -> f64 {
        libm::exp(x)
    }

    #[inline(always)]
    fn ln(x: f64) -> f64 {
        libm::log(x)
    }

    #[inline(always)]
    fn erfc(x: f64) -> f64 {
        libm::erfc(x)
    }
}

/// d₁, d₂, √T.
#[inline(always)]
fn angles<L: Library>(row: &Float) -> (f64, f64, f64) {
    let root = row.years.sqrt();
    let v = row.vol * root;
    let d1 = L::ln(row.forward / row.strike) / v + 0.5 * v;
    (d1, d1 - v, root)
}

/// The price of one side.
#[inline(always)]
fn price<L: Library>(row: &Float, call: bool) -> f64 {
    let (d1, d2, _) = angles::<L>(row);
    let sign = if call { 1.0 } else { -1.0 };
    let (asset, cash) = (L::norm_cdf(sign * d1), L::norm_cdf(sign * d2));
    row.discount * sign * (row.forward * asset - row.strike * cash)
}

/// Price, delta, Γ, vega and theta of one side.
#[inline(always)]
fn value<L: Library>(row: &Float, call: bool) -> [f64; 5] {
    let (d1, d2, root) = angles::<L>(row);
    let sign = if call { 1.0 } else { -1.0 };
    let (asset, cash) = (L::norm_cdf(sign * d1), L::norm_cdf(sign * d2));
    let price = row.discount * sign * (row.forward * asset - row.strike * cash);
    let density = row.discount * L::norm_pdf(d1);
    let vega = row.forward * density * root;
    [
        price,
        row.discount * sign * asset,
        density / (row.forward * row.vol * root),
        vega,
        -vega * row.vol / (2.0 * row.years) + row.rate * price,
    ]
}

/// What `L` answers, held exactly.
pub(crate) fn outputs<L: Library>(row: &Row) -> Option<Outputs> {
    let float = Float::new(row);
    let ([call, delta_call, gamma, vega, theta_call], [put, delta_put, _, _, theta_put]) =
        (value::<L>(&float, true), value::<L>(&float, false));
    Some(Outputs {
        call: Exact::from_f64(call),
        put: Exact::from_f64(put),
        delta_call: Exact::from_f64(delta_call),
        delta_put: Exact::from_f64(delta_put),
        gamma_forward: Exact::from_f64(gamma).map(|gamma| &gamma * &row.forward),
        vega: Exact::from_f64(vega),
        theta_call: Exact::from_f64(theta_call),
        theta_put: Exact::from_f64(theta_put),
    })
}

pub(crate) const GLIBC: &str = "f64 glibc";
pub(crate) const LIBM: &str = "f64 libm";

pub(crate) fn cases(rows: &[Row]) -> Vec<Box<dyn Case>> {
    let rows = Float::all(rows);
    vec![
        Calls::boxed(PRICE, GLIBC, rows.clone(), |row| price::<Glibc>(row, true)),
        Calls::boxed(PRICE, LIBM, rows.clone(), |row| price::<Libm>(row, true)),
        Calls::boxed(VALUE, GLIBC, rows.clone(), |row| value::<Glibc>(row, true)),
        Calls::boxed(VALUE, LIBM, rows, |row| value::<Libm>(row, true)),
    ]
}
