//! How wrong each implementation is over all the oracle's rows.

use std::collections::BTreeMap;

use ::implied_vol::solver::{Experimental, Hybrid};
use amm_benches_rig::{
    error::{self, Quote, Worst, Yardstick},
    oracle::{Outputs, Point, Row},
};

use crate::cases::{
    IMPLIED_VOL, IMPLIED_VOL_KEPT, PRICE, PRICE_KEPT, VALUE, VALUE_KEPT, black_scholes,
    float::{self, GLIBC, Glibc, LIBM, Libm},
    grid, implied_vol, jaeckel,
    kernels::KERNELS,
    ours, solmath,
};

/// Prices and Greeks of a row, if it can be priced.
type Value = fn(&Row) -> Option<Outputs>;
/// The error of the volatility of a row, if one is found.
type Implied = fn(&Row) -> Option<f64>;

const VALUES: [(&str, Value); 7] = [
    (ours::WHO, ours::outputs),
    (GLIBC, float::outputs::<Glibc>),
    (LIBM, float::outputs::<Libm>),
    (implied_vol::WHO, implied_vol::outputs),
    (jaeckel::WHO, jaeckel::outputs),
    (black_scholes::WHO, black_scholes::outputs),
    (solmath::WHO, solmath::outputs),
];

const IMPLIED: [(&str, Implied); 6] = [
    (ours::WHO, ours::implied_error),
    (implied_vol::WHO, implied_vol::implied_error::<Hybrid>),
    (implied_vol::EXPERIMENTAL, implied_vol::implied_error::<Experimental>),
    (jaeckel::WHO, jaeckel::implied_error),
    (black_scholes::WHO, black_scholes::implied_error),
    (solmath::WHO, solmath::implied_error),
];

/// The worst errors: of kernels by name, of prices, Greeks and volatilities by yardstick.
pub(crate) struct Errors {
    kernels: BTreeMap<(&'static str, &'static str), f64>,
    pub(crate) values: Vec<(&'static str, BTreeMap<Yardstick, Worst>)>,
}

impl Errors {
    pub(crate) fn of(rows: &[Row], points: Vec<Point>) -> Self {
        let kernels = KERNELS.iter().flat_map(|kernel| {
            let worst = kernel.worst(&points).into_iter();
            worst.filter_map(|(who, error)| Some(((kernel.what, who), error?)))
        });
        let mut values: Vec<_> =
            VALUES.iter().map(|&(who, value)| (who, error::worst(rows, value))).collect();
        for (who, implied) in IMPLIED {
            let mut worst = Worst::default();
            for row in rows.iter().filter(|row| Quote::discounted(row).is_some()) {
                match implied(row) {
                    Some(error) => worst.add(&row.region, error),
                    None => worst.unanswered += 1,
                }
            }
            match values.iter_mut().find(|(name, _)| *name == who) {
                Some((_, all)) => _ = all.insert(Yardstick::ImpliedVol, worst),
                None => values.push((who, [(Yardstick::ImpliedVol, worst)].into())),
            }
        }
        Self { kernels: kernels.collect(), values }
    }

    /// The worst over all regions by one yardstick.
    pub(crate) fn overall(&self, who: &str, yardstick: Yardstick) -> Option<f64> {
        let (_, all) = self.values.iter().find(|(name, _)| *name == who)?;
        all.get(&yardstick)?.overall()
    }

    /// The error to quote beside a time.
    pub(crate) fn of_case(&self, what: &str, who: &str) -> Option<f64> {
        match what {
            PRICE | PRICE_KEPT | grid::PRICE_FORWARD | grid::PRICE_ALL => {
                self.overall(who, Yardstick::Price)
            }
            VALUE | VALUE_KEPT | grid::VALUE_FORWARD | grid::VALUE_ALL => self.greeks(who),
            IMPLIED_VOL | IMPLIED_VOL_KEPT => self.overall(who, Yardstick::ImpliedVol),
            _ => {
                let named = |&(&(kernel, name), _): &(_, _)| kernel == what && name == who;
                self.kernels.iter().find(named).map(|(_, &error)| error)
            }
        }
    }

    /// The worst of delta, gamma and vega.
    pub(crate) fn greeks(&self, who: &str) -> Option<f64> {
        [Yardstick::Delta, Yardstick::Gamma, Yardstick::Vega]
            .into_iter()
            .filter_map(|yardstick| self.overall(who, yardstick))
            .max_by(f64::total_cmp)
    }
}
