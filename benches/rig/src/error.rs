//! How wrong an answer is, in units in which forwards, strikes and times do not matter.

use std::collections::BTreeMap;

use crate::{
    exact::Exact,
    oracle::{Outputs, Row},
};

/// A way to measure an error: the suggested ones of the oracle's notes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Yardstick {
    /// |error| / max(F, K), call and put.
    Price,
    /// |error| / price of the side out of the money, where that is ≥ 10⁻¹²·max(F, K).
    PriceOtm,
    /// |error|, call and put.
    Delta,
    /// |error of F·Γ| · v / DF.
    Gamma,
    /// |error| / (F·√T).
    Vega,
    /// |error| · T / F, call and put.
    Theta,
    /// Relative error of σ over max(1, d ln σ / d ln price), given the price out of the money,
    /// where that is ≥ 10⁻¹²·max(F, K).
    ImpliedVol,
}

impl Yardstick {
    /// Those of prices and Greeks.
    pub const OF_VALUES: [Self; 6] =
        [Self::Price, Self::PriceOtm, Self::Delta, Self::Gamma, Self::Vega, Self::Theta];

    /// A short name with the unit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Price => "price / max(F,K)",
            Self::PriceOtm => "OTM price, relative",
            Self::Delta => "delta",
            Self::Gamma => "gamma·F·v/DF",
            Self::Vega => "vega / (F·√T)",
            Self::Theta => "theta·T/F",
            Self::ImpliedVol => "implied vol, conditioned",
        }
    }

    /// The error of `got` for a row; `None` if either side has no such value.
    pub fn error(self, row: &Row, got: &Outputs) -> Option<f64> {
        let truth = row.truth.as_ref()?;
        let gap = |want: &Option<Exact>, got: &Option<Exact>| {
            Some((want.as_ref()? - got.as_ref()?).abs().to_f64())
        };
        let greater = |a: Option<f64>, b: Option<f64>| Some(a?.max(b?));
        let forward = row.forward.to_f64();
        match self {
            Self::Price => Some(
                greater(gap(&truth.call, &got.call), gap(&truth.put, &got.put))?
                    / row.largest().to_f64(),
            ),
            Self::PriceOtm => {
                let (want, got) = if row.call_is_otm() {
                    (&truth.call, &got.call)
                } else {
                    (&truth.put, &got.put)
                };
                worth_it(row, want.as_ref()?)
                    .then(|| Some(gap(want, got)? / want.as_ref()?.to_f64()))?
            }
            Self::Delta => greater(
                gap(&truth.delta_call, &got.delta_call),
                gap(&truth.delta_put, &got.delta_put),
            ),
            Self::Gamma => Some(
                gap(&truth.gamma_forward, &got.gamma_forward)? * row.total_vol()
                    / row.discount.to_f64(),
            ),
            Self::Vega => Some(gap(&truth.vega, &got.vega)? / (forward * row.years().sqrt())),
            Self::Theta => Some(
                greater(
                    gap(&truth.theta_call, &got.theta_call),
                    gap(&truth.theta_put, &got.theta_put),
                )? * row.years()
                    / forward,
            ),
            Self::ImpliedVol => None,
        }
    }
}

/// Whether an option out of the money is worth 10⁻¹² of the greater of forward and strike.
pub fn worth_it(row: &Row, otm: &Exact) -> bool {
    otm.to_f64() >= 1e-12 * row.largest().to_f64()
}

/// The price that implied volatility starts from: out of the money, whole or less the discount.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The price to 40 digits.
    pub price: Exact,
    /// Its slope in σ.
    pub vega: Exact,
}

impl Quote {
    /// The discounted price, if it is worth asking for.
    pub fn discounted(row: &Row) -> Option<Self> {
        let truth = row.truth.as_ref()?;
        let price = if row.call_is_otm() { &truth.call } else { &truth.put }.clone()?;
        worth_it(row, &price).then(|| Some(Self { price, vega: truth.vega.clone()? }))?
    }

    /// The price before discounting, if it is worth asking for.
    pub fn undiscounted(row: &Row) -> Option<Self> {
        let Self { price, vega } = Self::discounted(row)?;
        Some(Self { price: price.over(&row.discount), vega: vega.over(&row.discount) })
    }

    /// [`Yardstick::ImpliedVol`] for an answer `got` to the price as it was `given`.
    ///
    /// A price rounded to the asker's format has a volatility of its own, off by rounding over
    /// vega; nobody is charged for it.
    pub fn error(&self, row: &Row, given: &Exact, got: &Exact) -> f64 {
        let (price, vega, vol) = (self.price.to_f64(), self.vega.to_f64(), row.vol.to_f64());
        let owed = &row.vol + &(given - &self.price).over(&self.vega);
        (got - &owed).abs().to_f64() / vol / (price / (vol * vega)).max(1.0)
    }
}

/// The worst error by region, and overall.
#[derive(Clone, Debug, Default)]
pub struct Worst {
    /// By region of the oracle.
    pub by_region: BTreeMap<String, f64>,
    /// Rows that were judged.
    pub rows: usize,
    /// Rows that should have been answered and were not.
    pub unanswered: usize,
}

impl Worst {
    /// Takes one error into account.
    pub fn add(&mut self, region: &str, error: f64) {
        self.rows += 1;
        let worst = self.by_region.entry(region.to_owned()).or_default();
        *worst = worst.max(error);
    }

    /// The worst of all regions; `None` if nothing was judged.
    pub fn overall(&self) -> Option<f64> {
        self.by_region.values().copied().max_by(f64::total_cmp)
    }
}

/// The worst errors of what `value` answers, a yardstick each.
pub fn worst(rows: &[Row], value: impl Fn(&Row) -> Option<Outputs>) -> BTreeMap<Yardstick, Worst> {
    let mut all = BTreeMap::<Yardstick, Worst>::new();
    for row in rows {
        let got = value(row);
        for yardstick in Yardstick::OF_VALUES {
            let error = got.as_ref().map(|got| yardstick.error(row, got));
            match error {
                Some(Some(error)) => all.entry(yardstick).or_default().add(&row.region, error),
                Some(None) => {}
                None => all.entry(yardstick).or_default().unanswered += 1,
            }
        }
    }
    all
}
