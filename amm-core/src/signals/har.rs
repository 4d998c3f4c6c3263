//! Variance to come.

use crate::math::{exp, ln};
use crate::num::{OutOfRange, Real, Seconds, YEAR_S};
use crate::signals::error::within;
use crate::signals::{Bars, SignalError};

/// A window of a forecast, and what its logarithm counts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Term {
    /// How many bars back: one or more.
    pub bars: u32,
    /// −4 to 4; a window that counts nothing is not looked at.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub coefficient: Real,
}

/// A linear forecast of ln RV from ln RV over some windows (HAR, Corsi 2009, in logarithms).
///
/// RV is the mean variance per bar over a window, by Garman and Klass: per *hour* in the two published
/// for ETH, per *day* in the one for BTC. The coefficients themselves say so. Where all windows show one
/// RV that is forecast too, its logarithm is constant/(1 − Σ coefficients): −9.34 for the next day of
/// ETH, a volatility of 88 % a year if RV is an hour's variance, of 18 % if it is a day's; −7.94 for BTC,
/// 36 % a year if it is a day's, 177 % if an hour's; and far from any market if RV were a volatility, or
/// annual.
///
/// What comes out is exp of the forecast of a logarithm: a median, and so below the mean.
///
/// ```
/// use amm_core::num::Real;
/// use amm_core::signals::LogHar;
///
/// let hour = Real::lit("0.0001"); // 1 % an hour, 94 % a year
/// let next = LogHar::ETH_NEXT_DAY.forecast(|_| Some(hour))?.unwrap();
/// assert_eq!(format!("{next:.7}"), "0.0000977");
/// assert_eq!(format!("{:.4}", LogHar::ETH_NEXT_DAY.annual(next)?), "0.8555"); // 92 % a year
/// # Ok::<(), amm_core::signals::SignalError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct LogHar {
    /// How long a bar is.
    pub bar: Seconds,
    /// The forecast is of the mean over so many bars from now.
    pub ahead: u32,
    /// −64 to 64.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub constant: Real,
    /// Up to four windows.
    pub terms: [Term; 4],
}

const HOUR: Seconds = seconds(3_600);
const DAY: Seconds = seconds(86_400);

const fn seconds(count: u64) -> Seconds {
    match Seconds::new(count) {
        Ok(seconds) => seconds,
        Err(_) => Seconds::MAX,
    }
}

const fn terms(bars: [u32; 4], coefficients: [&str; 4]) -> [Term; 4] {
    let mut terms = [Term { bars: 1, coefficient: Real::ZERO }; 4];
    let mut at = 0;
    while at < 4 {
        terms[at] = Term { bars: bars[at], coefficient: Real::lit(coefficients[at]) };
        at += 1;
    }
    terms
}

impl LogHar {
    /// ETH's variance per hour over the next 24 hours from 1, 6, 24 and 168: fit to 2021 to mid-2022, R²
    /// of 0.505 over mid-2022 to 2023 where the last 24 hours' mean has 0.303.
    pub const ETH_NEXT_DAY: Self = Self {
        bar: HOUR,
        ahead: 24,
        constant: Real::lit("-1.7"),
        terms: terms([1, 6, 24, 168], ["0.076", "0.176", "0.272", "0.294"]),
    };

    /// ETH's variance over the next hour from the same windows and fit: R² of 0.489 where the last 24 hours'
    /// mean has 0.356.
    pub const ETH_NEXT_HOUR: Self = Self {
        bar: HOUR,
        ahead: 1,
        constant: Real::lit("-0.725"),
        terms: terms([1, 6, 24, 168], ["0.273", "0.235", "0.288", "0.153"]),
    };

    /// BTC's variance over the next day from 1, 7 and 30 days, 2017 to 2025: R² of 0.353.
    pub const BTC_NEXT_DAY: Self = Self {
        bar: DAY,
        ahead: 1,
        constant: Real::lit("-2.048"),
        terms: terms([1, 7, 30, 1], ["0.348", "0.25", "0.144", "0"]),
    };

    /// A volatility of 1 % a year: a window with less counts as one with it, since what stands still has no
    /// logarithm.
    pub const VARIANCE_MIN: Real = Real::lit("0.0001");

    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        Bars::new(self.bar)?;
        within("bars ahead", self.ahead.into(), Real::ONE, u32::MAX.into())?;
        const REACH: Real = Real::lit("64");
        within("constant of a forecast", self.constant, -REACH, REACH)?;
        for term in &self.terms {
            within("bars of a window", term.bars.into(), Real::ONE, u32::MAX.into())?;
            within("coefficient of a window", term.coefficient, -REACH / 16, REACH / 16)?;
        }
        Ok(())
    }

    /// The longest window that counts, in bars.
    pub fn reach(&self) -> u32 {
        let counts = self.terms.iter().filter(|term| term.coefficient != 0);
        counts.map(|term| term.bars).max().unwrap_or(0)
    }

    /// The forecast variance per bar, from the mean per bar over each window; `None` if one of them is not
    /// known yet.
    ///
    /// Within 2⁻⁵⁹ of exp(constant + Σ |coefficient|·2⁻⁶³) and an ulp: each logarithm is off by an ulp, each
    /// product cut to one.
    ///
    /// # Errors
    ///
    /// [`SignalError::Overflow`] if it does not fit, which it does for every variance of a bar at the
    /// published coefficients.
    pub fn forecast(
        &self,
        mean: impl Fn(usize) -> Option<Real>,
    ) -> Result<Option<Real>, SignalError> {
        const OVERFLOW: SignalError = SignalError::Overflow { what: "forecast variance" };
        let least = (Self::VARIANCE_MIN * i128::from(self.bar.get())) / i128::from(YEAR_S);
        let mut sum = self.constant;
        for term in self.terms.iter().filter(|term| term.coefficient != 0) {
            let Some(variance) = mean(term.bars as usize) else { return Ok(None) };
            let log = ln(variance.max(least).max(Real::DELTA))?;
            let part = term.coefficient.checked_mul(log).ok_or(OVERFLOW)?;
            sum = sum.checked_add(part).ok_or(OVERFLOW)?;
        }
        exp(sum).map(Some).map_err(|_| OVERFLOW)
    }

    /// A variance per bar by the year, rounded down.
    ///
    /// # Errors
    ///
    /// [`SignalError::Overflow`] if it does not fit.
    pub fn annual(&self, variance: Real) -> Result<Real, SignalError> {
        let product = variance.checked_mul_int(i128::from(YEAR_S));
        let annual = product.map(|product| product / i128::from(self.bar.get().max(1)));
        annual.ok_or(SignalError::Overflow { what: "annual variance" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forecast that repeats itself is the one the coefficients say, and a market's volatility.
    #[test]
    fn the_published_coefficients_rest_where_markets_are() {
        for (har, rest, vol) in [
            (LogHar::ETH_NEXT_DAY, "-9.3407", ("0.87", "0.88")),
            (LogHar::BTC_NEXT_DAY, "-7.9380", ("0.36", "0.37")),
        ] {
            har.check().unwrap();
            let mut variance = Real::lit("0.001");
            for _ in 0..200 {
                variance = har.forecast(|_| Some(variance)).unwrap().unwrap();
            }
            assert_eq!(std::format!("{:.4}", ln(variance).unwrap()), rest);
            let annual = crate::math::sqrt(har.annual(variance).unwrap()).unwrap();
            let (least, most): (Real, Real) = (vol.0.parse().unwrap(), vol.1.parse().unwrap());
            assert!(least < annual && annual < most, "{annual}");
        }
        assert_eq!(LogHar::ETH_NEXT_HOUR.check(), Ok(()));
        assert_eq!(LogHar::ETH_NEXT_DAY.reach(), 168);
        assert_eq!(LogHar::BTC_NEXT_DAY.reach(), 30);
    }

    /// One window doubled: the forecast rises by 2^coefficient.
    #[test]
    fn each_window_counts_by_its_coefficient() {
        let base = Real::lit("0.00005");
        for har in [LogHar::ETH_NEXT_DAY, LogHar::ETH_NEXT_HOUR, LogHar::BTC_NEXT_DAY] {
            let still = har.forecast(|_| Some(base)).unwrap().unwrap();
            for term in har.terms.iter().filter(|term| term.coefficient != 0) {
                let twice = |bars| Some(if bars == term.bars as usize { base * 2 } else { base });
                let got = har.forecast(twice).unwrap().unwrap();
                let want = still * exp(term.coefficient * Real::LN_2).unwrap();
                assert!(got.abs_diff(want) < Real::lit("1e-17"), "{got} for {want}");
            }
        }
    }

    /// Against forty digits by another program, with another variance over each window.
    #[test]
    fn the_published_forecasts_come_out() {
        let hours = [(1, "0.0001"), (6, "0.00005"), (24, "0.00002"), (168, "0.00001")];
        let days = [(1, "0.004"), (7, "0.001"), (30, "0.0005")];
        for (har, windows, want) in [
            (LogHar::ETH_NEXT_DAY, &hours[..], "0.000028352950544071176649"),
            (LogHar::ETH_NEXT_HOUR, &hours[..], "0.000029113276857273409213"),
            (LogHar::BTC_NEXT_DAY, &days[..], "0.0011239149773085259509"),
        ] {
            let window = |bars| windows.iter().find(|(length, _)| *length == bars);
            let mean = |bars| window(bars).map(|(_, variance)| variance.parse().unwrap());
            let got = har.forecast(mean).unwrap().unwrap();
            assert!(got.abs_diff(want.parse().unwrap()) <= Real::DELTA * 2, "{got} for {want}");
        }
        // What stands still counts as 1 % a year.
        let still = LogHar::ETH_NEXT_DAY.forecast(|_| Some(Real::ZERO)).unwrap().unwrap();
        assert!(still.abs_diff(Real::lit("0.000000058174280672")) <= Real::DELTA * 2, "{still}");
    }

    #[test]
    fn every_variance_of_a_bar_has_a_forecast() {
        for har in [LogHar::ETH_NEXT_DAY, LogHar::ETH_NEXT_HOUR, LogHar::BTC_NEXT_DAY] {
            for variance in [Real::MIN, Real::ZERO, Real::DELTA, Real::from_num(5200)] {
                let next = har.forecast(|_| Some(variance)).unwrap().unwrap();
                assert!(next > 0 && har.annual(next).unwrap() > 0, "{next}");
            }
            assert_eq!(har.forecast(|bars| (bars < 30).then_some(Real::ONE)), Ok(None));
        }
        let mut wild = LogHar::ETH_NEXT_DAY;
        wild.constant = Real::lit("63");
        assert!(wild.check().is_ok() && wild.forecast(|_| Some(Real::ONE)).is_err());
        wild.constant = Real::MAX;
        assert!(wild.check().is_err() && wild.forecast(|_| Some(Real::ONE)).is_err());
        wild.terms[2].coefficient = Real::MIN;
        assert!(wild.forecast(|_| Some(Real::MAX)).is_err());
    }
}
