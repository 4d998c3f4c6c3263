//! What was paid of late, and how far spot is from it.

use crate::math::sqrt;
use crate::num::{OutOfRange, Price, Real, Rounding, Seconds, Timestamp, YEAR_S, mul_div};
use crate::signals::SignalError;
use crate::signals::error::{lasts, within};
use crate::signals::fade::halved;

/// The volume-weighted average price over a window that fades, and spot's deviation from it.
///
/// A trade of age s weighs its volume times e^(−s/2w), w the window. So in a driftless market of steady volume S − VWAP has
/// the variance of the price over w, and z = (S − VWAP)/(VWAP·σ·√w) has variance one.
///
/// Trades move it and time does not, so looking at it as often as one likes changes nothing.
///
/// ```
/// use amm_core::num::{Real, Seconds, Timestamp};
/// use amm_core::signals::Vwap;
///
/// let mut vwap = Vwap::new(Seconds::new(3600)?)?;
/// for (now, price, volume) in [(0, "2000", "3"), (0, "2010", "1"), (1800, "1990", "2")] {
///     vwap = vwap.after(Timestamp::new(now), price.parse()?, volume.parse()?)?;
/// }
/// assert_eq!(format!("{:.2}", vwap.price().unwrap()), "1997.61");
/// // 64 % a year is 0.68 % an hour: spot is two of them below.
/// let z = vwap.deviation("1970".parse()?, Real::lit("0.4096"))?.unwrap();
/// assert_eq!(format!("{z:.2}"), "-2.02");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Vwap {
    /// w.
    pub(crate) window: Seconds,
    /// The time of the last trade.
    pub(crate) at: Timestamp,
    /// The volume at that time, faded.
    pub(crate) volume: Real,
    /// The average price; without meaning where there is no volume.
    pub(crate) average: Price,
}

impl Vwap {
    /// The greatest volume of a trade.
    pub const VOLUME_MAX: Real = Real::lit("1099511627776"); // 2⁴⁰

    /// No trades yet.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] unless the window has a second or more.
    pub fn new(window: Seconds) -> Result<Self, OutOfRange> {
        lasts("window of the average price in seconds", window, Seconds::new(1)?, Seconds::MAX)?;
        let (volume, average) = (Real::ZERO, Price::MIN);
        Ok(Self { window, at: Timestamp::new(0), volume, average })
    }

    /// Takes in a trade. One dated before the last comes late and counts as of the last; one of no volume, or
    /// at no price, is none.
    ///
    /// Each trade moves the average by its share of the volume, cut towards the average before it, so that
    /// it never leaves the prices that were paid.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] for a volume below zero or above [`VOLUME_MAX`](Self::VOLUME_MAX);
    /// [`SignalError::Overflow`] if the volume does not fit, which takes 2²³ of the greatest at once.
    pub fn after(&self, now: Timestamp, price: Price, volume: Real) -> Result<Self, SignalError> {
        const OVERFLOW: SignalError = SignalError::Overflow { what: "volume" };
        within("volume of a trade", volume, Real::ZERO, Self::VOLUME_MAX)?;
        if volume == 0 || price == Price::MIN {
            return Ok(*self);
        }
        let faded = self.volume_at(now);
        let total = faded.checked_add(volume).ok_or(OVERFLOW)?;
        let bits = |x: Real| x.to_bits().unsigned_abs();
        let (from, to) = (self.average.get(), price.get());
        let step = mul_div(bits(to - from), bits(volume), bits(total), Rounding::Down);
        let step = Real::from_bits(step.ok_or(OVERFLOW)? as i128); // ≤ |to − from|
        let average = match faded > 0 {
            true if to < from => Price::new(from - step)?,
            true => Price::new(from + step)?,
            false => price,
        };
        Ok(Self { at: now.max(self.at), volume: total, average, ..*self })
    }

    /// The average; `None` before there was a trade.
    pub fn price(&self) -> Option<Price> {
        (self.volume > 0).then_some(self.average)
    }

    /// z at a spot, with the annualised variance of the price: negative below the average. `None` before there
    /// was a trade, and where nothing moves.
    ///
    /// Towards zero, within 2⁻⁶⁰/(σ·√w) and 2⁻⁶² of it, with w in years.
    ///
    /// # Errors
    ///
    /// [`SignalError::Overflow`] if it does not fit.
    pub fn deviation(&self, spot: Price, variance: Real) -> Result<Option<Real>, SignalError> {
        const OVERFLOW: SignalError = SignalError::Overflow { what: "deviation from the average" };
        let window = i128::from(self.window.get());
        let variance = variance.checked_mul_int(window).ok_or(OVERFLOW)? / i128::from(YEAR_S);
        if variance <= 0 || self.volume == 0 {
            return Ok(None);
        }
        let bits = |x: Real| x.to_bits().unsigned_abs();
        let (off, average) = (spot.get() - self.average.get(), bits(self.average.get()));
        let share = mul_div(bits(off), 1 << 64, average, Rounding::Down);
        let steps = share
            .and_then(|share| mul_div(share, 1 << 64, bits(sqrt(variance).ok()?), Rounding::Down));
        let steps = steps.and_then(|steps| i128::try_from(steps).ok()).ok_or(OVERFLOW)?;
        Ok(Some(Real::from_bits(if off < 0 { -steps } else { steps })))
    }

    /// Whether trades can have led to it.
    pub fn possible(&self) -> bool {
        let rest = self.at == Timestamp::new(0) && self.average == Price::MIN;
        let traded = self.volume > 0 && self.average > Price::MIN;
        Self::new(self.window).is_ok() && (traded || self.volume == 0 && rest)
    }

    fn volume_at(&self, now: Timestamp) -> Real {
        const HALF_LOG2_E: u128 = 0xb8aa_3b29_5c17_f0bb; // 1/(2·ln 2) in Q64
        let age = u128::from(now.get().saturating_sub(self.at.get()));
        let halvings = age * HALF_LOG2_E / u128::from(self.window.get().max(1));
        Real::from_bits(halved(self.volume.to_bits(), halvings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::norm_inv_cdf;
    use proptest::prelude::*;

    fn hour() -> Vwap {
        Vwap::new(Seconds::new(3600).unwrap()).unwrap()
    }

    /// A walk of 40,000 minutes with the same volume in each: z² averages one.
    ///
    /// z² has variance two and a memory of about two hours, so of 666 hours some 333 count: their mean deviates by
    /// √(2/333) = 0.078; four of these are allowed.
    #[test]
    fn the_deviation_has_variance_one() {
        let mut draw = 11_u64;
        let (mut vwap, mut spot, mut sum) = (hour(), Real::from_num(1_000_000), Real::ZERO);
        let (variance, minutes) = (Real::lit("0.5256"), 40_000); // a thousandth a minute
        for minute in 1..=minutes {
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let step = norm_inv_cdf(Real::from_bits(i128::from(draw >> 1 | 1) << 1)).unwrap();
            spot += spot * step / 1000;
            let price = Price::new(spot).unwrap();
            vwap = vwap.after(Timestamp::new(minute * 60), price, Real::ONE).unwrap();
            let z = vwap.deviation(price, variance).unwrap().unwrap();
            sum += z * z / i128::from(minutes);
        }
        assert!(sum.abs_diff(Real::ONE) < Real::lit("0.32"), "z² averages {sum}");
        assert!(vwap.possible());
    }

    #[test]
    fn what_has_no_meaning_changes_nothing() {
        let price = |text: &str| text.parse::<Price>().unwrap();
        let one = hour().after(Timestamp::new(100), price("5"), Real::ONE).unwrap();
        assert_eq!(one.price(), Some(price("5")));
        assert_eq!(one.after(Timestamp::new(900), price("7"), Real::ZERO), Ok(one));
        assert_eq!(one.after(Timestamp::new(900), Price::MIN, Real::ONE), Ok(one));
        assert!(one.after(Timestamp::new(900), price("7"), -Real::ONE).is_err());
        assert_eq!(hour().deviation(price("5"), Real::ONE), Ok(None));
        assert_eq!(one.deviation(price("6"), Real::ZERO), Ok(None));
        assert_eq!(one.deviation(price("5"), Real::ONE), Ok(Some(Real::ZERO)));
        assert!(one.deviation(price("6"), Real::MAX).is_err());
        let late = one.after(Timestamp::new(40), price("7"), Real::ONE).unwrap();
        assert_eq!((late.price(), late.at), (Some(price("6")), one.at));
        // Long after, what was is forgotten.
        let fresh = late.after(Timestamp::new(u64::MAX), price("9"), Real::DELTA).unwrap();
        assert_eq!(fresh.price(), Some(price("9")));
    }

    proptest! {
        /// The average stays among the prices that were paid.
        #[test]
        fn it_lies_among_prices(
            trades in proptest::collection::vec((0_u64..5_000, 1_i128..1 << 80, 0_i128..1 << 104), 1..20),
        ) {
            let (mut vwap, mut now) = (hour(), 0);
            let [mut least, mut most] = [Price::MAX, Price::MIN];
            for (gap, price, volume) in trades {
                now += gap;
                let price = Price::new(Real::from_bits(price)).unwrap();
                vwap = vwap.after(Timestamp::new(now), price, Real::from_bits(volume)).unwrap();
                if volume > 0 {
                    (least, most) = (least.min(price), most.max(price));
                    let got = vwap.price().unwrap();
                    prop_assert!(least <= got && got <= most, "{} of {}..{}", got, least, most);
                }
                prop_assert!(vwap.possible());
            }
        }
    }
}
