//! What prices did in stretches of time of one length.

use crate::math::{ln_q96, mul_wide};
use crate::num::{OutOfRange, Price, Real, Seconds, Timestamp};
use crate::signals::error::lasts;

/// Open, high, low and close of a stretch of time, all above zero.
///
/// It opens at the last price before it, so that what happens between bars is lost to none.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bar {
    /// The number of the stretch: its time since 1970 over its length.
    pub(crate) index: u64,
    /// The last price before it.
    pub(crate) open: Price,
    /// The greatest.
    pub(crate) high: Price,
    /// The least.
    pub(crate) low: Price,
    /// The last.
    pub(crate) close: Price,
}

impl Bar {
    /// A bar in which nothing moves.
    pub(crate) const fn flat(index: u64, price: Price) -> Self {
        Self { index, open: price, high: price, low: price, close: price }
    }

    /// The number of the stretch: its time since 1970 over its length.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The last price before it.
    pub const fn open(&self) -> Price {
        self.open
    }

    /// The greatest price.
    pub const fn high(&self) -> Price {
        self.high
    }

    /// The least price.
    pub const fn low(&self) -> Price {
        self.low
    }

    /// The last price.
    pub const fn close(&self) -> Price {
        self.close
    }

    /// The variance of the bar by its range alone: (h − l)²/(4·ln 2) in logarithms (Parkinson 1980).
    ///
    /// Without bias for a price that is watched all the time and has no drift, with 0.41 σ⁴ of
    /// sampling variance where the squared return has 2 σ⁴. Prices watched now and then have narrower
    /// ranges.
    ///
    /// # Error
    ///
    /// Each of the three estimators is rounded down and within (h − l)·2⁻⁶¹ + 2⁻⁶²: logarithms are cut to
    /// Q64 and so off by under 2⁻⁶³·⁵, products of them by that times both factors and a unit, and
    /// factors are under one.
    pub fn parkinson(&self) -> Real {
        const QUARTER_LOG2_E: u64 = 0x5c55_1d94_ae0b_f85d; // 1/(4·ln 2) in Q64
        let range = log_ratio(self.high, self.low);
        Real::from_bits(mul_wide(product(range, range), QUARTER_LOG2_E) as i128)
    }

    /// The variance by range and return: (h − l)²/2 − (2·ln 2 − 1)·(c − o)² (Garman and Klass 1980).
    ///
    /// Sampling variance of 0.27 σ⁴; bias and error as for [`parkinson`](Self::parkinson). Never
    /// negative, since the range is not less than the return.
    pub fn garman_klass(&self) -> Real {
        const SHARE: u64 = 0x62e4_2fef_a39e_f357; // 2·ln 2 − 1 in Q64, rounded down
        let range = log_ratio(self.high, self.low);
        let (above, below) = (self.close.max(self.open), self.close.min(self.open));
        let step = log_ratio(above, below).min(range);
        let got = product(range, range) / 2 - mul_wide(product(step, step), SHARE);
        Real::from_bits(got as i128)
    }

    /// The variance by range and return, whatever the drift: (h − o)(h − c) + (o − l)(c − l) (Rogers and
    /// Satchell 1991).
    ///
    /// Sampling variance of 0.33 σ⁴; error as for [`parkinson`](Self::parkinson).
    pub fn rogers_satchell(&self) -> Real {
        let up = product(log_ratio(self.high, self.open), log_ratio(self.high, self.close));
        let down = product(log_ratio(self.open, self.low), log_ratio(self.close, self.low));
        Real::from_bits((up + down) as i128)
    }

    /// Whether prices can have made it.
    pub(crate) fn possible(&self) -> bool {
        let ends = [self.open, self.close];
        Price::MIN < self.low && ends.iter().all(|price| self.low <= *price && *price <= self.high)
    }

    /// The bar with another price.
    fn with(self, price: Price) -> Self {
        Self { high: self.high.max(price), low: self.low.min(price), close: price, ..self }
    }
}

/// ln of above over below in Q64, under 2⁷¹, for above ≥ below > 0; rounded down.
fn log_ratio(above: Price, below: Price) -> u128 {
    let wide = ln_q96(above.get().to_bits() as u128) - ln_q96(below.get().to_bits() as u128);
    wide.max(0) as u128 >> 32
}

/// A product in Q64 of two numbers in Q64 below 2⁷¹, rounded down.
fn product(a: u128, b: u128) -> u128 {
    mul_wide(a, b as u64) + a * (b >> 64)
}

/// Bars of one length out of prices at times, of which the last is not over yet.
///
/// The bar in which the first price comes is not whole and is not told; it opens the next. A price
/// seen again in its bar changes nothing, and one seen again later ends bars in which nothing moved:
/// what bars are told does not depend on how often a price is poked.
///
/// ```
/// use amm_core::num::{Seconds, Timestamp};
/// use amm_core::signals::Bars;
///
/// let mut bars = Bars::new(Seconds::new(60)?)?;
/// let mut told = None;
/// for (now, price) in [(50, "100"), (70, "104"), (90, "99"), (130, "101")] {
///     (bars, told) = bars.after(Timestamp::new(now), price.parse()?);
/// }
/// let bar = told.unwrap(); // the minute from 60 to 120
/// assert_eq!([bar.open(), bar.high(), bar.low(), bar.close()].map(|price| price.to_string()),
///            ["100", "104", "99", "99"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Bars {
    /// How long one is.
    pub(crate) length: Seconds,
    /// The bar of the first price; zero before it.
    pub(crate) first: u64,
    /// The bar that is not over; `None` before the first price.
    pub(crate) current: Option<Bar>,
}

impl Bars {
    /// The longest bar: a week.
    pub const LENGTH_MAX: Seconds = match Seconds::new(604_800) {
        Ok(week) => week,
        Err(_) => Seconds::MAX,
    };
    /// The shortest: a second.
    pub const LENGTH_MIN: Seconds = match Seconds::new(1) {
        Ok(second) => second,
        Err(_) => Seconds::MAX,
    };

    /// No prices yet.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] unless a bar has a second to a week.
    pub fn new(length: Seconds) -> Result<Self, OutOfRange> {
        lasts("length of a bar in seconds", length, Self::LENGTH_MIN, Self::LENGTH_MAX)?;
        Ok(Self { length, first: 0, current: None })
    }

    /// Takes in the price at a time, and tells the bar that it ended, if that was whole. Between that
    /// bar and the new current one nothing moved.
    ///
    /// A price of zero, which has no logarithm, and a time before the current bar change nothing.
    #[must_use]
    pub fn after(&self, now: Timestamp, price: Price) -> (Self, Option<Bar>) {
        if price == Price::MIN {
            return (*self, None);
        }
        let index = now.get() / u64::from(self.length.get().max(1));
        let Some(bar) = self.current else {
            return (Self { first: index, current: Some(Bar::flat(index, price)), ..*self }, None);
        };
        if index < bar.index {
            return (*self, None);
        }
        if index == bar.index {
            return (Self { current: Some(bar.with(price)), ..*self }, None);
        }
        let next = Bar::flat(index, bar.close).with(price);
        (Self { current: Some(next), ..*self }, Some(bar).filter(|bar| bar.index > self.first))
    }

    /// How long a bar is.
    pub const fn length(&self) -> Seconds {
        self.length
    }

    /// The bar that is not over; `None` before the first price.
    pub const fn current(&self) -> Option<Bar> {
        self.current
    }

    /// How many whole bars are over.
    pub const fn whole(&self) -> u64 {
        match self.current {
            Some(bar) => bar.index.saturating_sub(self.first).saturating_sub(1),
            None => 0,
        }
    }

    /// Whether prices can have led to it.
    pub fn possible(&self) -> bool {
        let current = self.current.is_none_or(|bar| bar.possible() && self.first <= bar.index);
        let rest = self.current.is_some() || self.first == 0;
        let last = self
            .current
            .is_none_or(|bar| bar.index <= u64::MAX / u64::from(self.length.get().max(1)));
        Self::new(self.length).is_ok() && current && rest && last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn bar(open: &str, high: &str, low: &str, close: &str) -> Bar {
        let [open, high, low, close] = [open, high, low, close].map(price);
        Bar { index: 1, open, high, low, close }
    }

    /// Ranges and returns of whole powers of two: all three by hand.
    #[test]
    fn the_estimators_are_their_formulas() {
        let bar = bar("2", "8", "1", "4"); // in ln 2: h 2, l −1, c 1 from the open
        let square = Real::LN_2 * Real::LN_2;
        let near = |got: Real, want: Real| {
            assert!(got.abs_diff(want) <= Real::lit("1e-17"), "{got} {want}")
        };
        near(bar.parkinson(), square * 9 / 4 / Real::LN_2);
        near(bar.garman_klass(), square * Real::lit("4.5") - (Real::LN_2 * 2 - Real::ONE) * square);
        near(bar.rogers_satchell(), square * 4); // 2·1 + 1·2
    }

    #[test]
    fn nothing_moves_in_a_flat_bar() {
        let flat = Bar::flat(7, price("3.7"));
        for got in [flat.parkinson(), flat.garman_klass(), flat.rogers_satchell()] {
            assert_eq!(got, Real::ZERO);
        }
    }

    /// The widest bars there are, up, down and back: no estimator wraps or is negative.
    #[test]
    fn the_widest_bar_fits() {
        let (least, most) = (Price::new(Real::DELTA).unwrap(), Price::MAX);
        for (open, close) in [(least, most), (most, least), (least, least), (most, most)] {
            let bar = Bar { index: 1, open, high: most, low: least, close };
            for got in [bar.parkinson(), bar.garman_klass(), bar.rogers_satchell()] {
                assert!(Real::ZERO <= got && got < 5200, "{got} of {bar:?}");
            }
        }
    }

    #[test]
    fn a_bar_opens_where_the_last_closed() {
        let start = Bars::new(Seconds::new(60).unwrap()).unwrap();
        let (bars, told) = start.after(Timestamp::new(119), price("10"));
        assert_eq!((told, bars.whole()), (None, 0));
        let (bars, told) = bars.after(Timestamp::new(120), price("12"));
        assert_eq!((told, bars.whole()), (None, 0)); // the first was not whole
        let (bars, told) = bars.after(Timestamp::new(300), price("9"));
        assert_eq!(
            (told.map(|bar| (bar.open, bar.close)), bars.whole()),
            (Some((price("10"), price("12"))), 3)
        );
        let current = bars.current().unwrap();
        assert_eq!(
            (current.open, current.high, current.low),
            (price("12"), price("12"), price("9"))
        );
        assert_eq!(bars.after(Timestamp::new(299), price("1")), (bars, None));
        assert_eq!(bars.after(Timestamp::new(301), Price::MIN), (bars, None));
        assert!(bars.possible() && Bars::new(Seconds::ZERO).is_err());
    }
}
