//! How thick events come.

use crate::num::{OutOfRange, Real, Rounding, Seconds, Timestamp, mul_div};
use crate::signals::SignalError;
use crate::signals::error::{lasts, within};
use crate::signals::fade::fade;

/// What an event does to the rate of later ones.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Kernel {
    /// n: how many events one causes in the end; 0 to under 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub branching: Real,
    /// ln 2/β: how fast it fades; one second or more.
    pub half_life: Seconds,
}

/// A self-exciting process of two exponential kernels (Hawkes 1971).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct HawkesParams {
    /// Soon over.
    pub fast: Kernel,
    /// Long remembered.
    pub slow: Kernel,
    /// μ/(1 − n): the weight of events a day in the long run; 2⁻²⁰ to 2⁴⁰.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub mean_per_day: Real,
}

impl Default for HawkesParams {
    /// Each event causes 0.3 within minutes and 0.3 within hours, and a unit of weight comes every minute.
    ///
    /// 0.6 is a market's own branching at middling horizons: estimates run from 0.3 in calm times to near one (Filimonov
    /// and Sornette 2012; Hardiman, Bercot and Bouchaud 2013).
    fn default() -> Self {
        const SHARE: Real = Real::lit("0.3");
        let kernel = |half_life| Kernel {
            branching: SHARE,
            half_life: Seconds::new(half_life).unwrap_or(Seconds::MAX),
        };
        Self { fast: kernel(300), slow: kernel(7_200), mean_per_day: Real::lit("1440") }
    }
}

impl HawkesParams {
    /// Checks the ranges, and that each event causes fewer than one.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        const BELOW_ONE: Real = Real::from_bits((1 << 64) - 1);
        for kernel in [&self.fast, &self.slow] {
            within("branching of a kernel", kernel.branching, Real::ZERO, BELOW_ONE)?;
            let second = Seconds::new(1)?;
            lasts("half-life of a kernel in seconds", kernel.half_life, second, Seconds::MAX)?;
        }
        within("branching ratio", self.branching(), Real::ZERO, BELOW_ONE)?;
        const LEAST: Real = Real::from_bits(1 << 44);
        const MOST: Real = Real::from_bits(1 << 104);
        within("events a day", self.mean_per_day, LEAST, MOST)
    }

    /// n: how many events one causes, directly.
    pub fn branching(&self) -> Real {
        self.fast.branching.saturating_add(self.slow.branching)
    }
}

/// The rate of events against its mean in the long run, and how that follows from the events.
///
/// With events of weight w at ages s and kernels (n, β) the rate over its mean is
/// 1 − n₁ − n₂ + Σ n·β·w·e^(−βs)/mean: one on average, 1 − n when nothing has come for long, and n·β/mean
/// more for each unit that came just now. Ages count from the events, so looking at it as often as
/// one likes changes nothing.
///
/// ```
/// use amm_core::num::{Real, Timestamp};
/// use amm_core::signals::{Hawkes, HawkesParams};
///
/// let mut flow = Hawkes::new(HawkesParams::default())?; // one a minute on average
/// assert_eq!(format!("{:.2}", flow.ratio(Timestamp::new(0))?), "0.40");
/// for _ in 0..10 {
///     flow = flow.after(Timestamp::new(60), Real::ONE)?; // ten at once
/// }
/// assert_eq!(format!("{:.2}", flow.ratio(Timestamp::new(60))?), "0.83");
/// assert_eq!(format!("{:.2}", flow.ratio(Timestamp::new(3660))?), "0.41");
/// # Ok::<(), amm_core::signals::SignalError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Hawkes {
    /// The kernels.
    pub(crate) params: HawkesParams,
    /// The time of the last event.
    pub(crate) at: Timestamp,
    /// Σ w·2^(−age/half-life) at that time for the fast and the slow kernel.
    pub(crate) sums: [Real; 2],
}

impl Hawkes {
    /// The greatest weight of an event.
    pub const WEIGHT_MAX: Real = Real::lit("1099511627776"); // 2⁴⁰

    /// No events yet.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] as [`HawkesParams::check`] says.
    pub fn new(params: HawkesParams) -> Result<Self, OutOfRange> {
        params.check()?;
        Ok(Self { params, at: Timestamp::new(0), sums: [Real::ZERO; 2] })
    }

    /// Takes in an event. One dated before the last comes late and counts as of the last; one of no weight
    /// is none.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] for a weight below zero or above [`WEIGHT_MAX`](Self::WEIGHT_MAX);
    /// [`SignalError::Overflow`] if the sum does not fit, which takes 2²³ of the greatest at once.
    pub fn after(&self, now: Timestamp, weight: Real) -> Result<Self, SignalError> {
        within("weight of an event", weight, Real::ZERO, Self::WEIGHT_MAX)?;
        if weight == 0 {
            return Ok(*self);
        }
        let [fast, slow] = self.sums_at(now);
        let add = |sum: Real| {
            sum.checked_add(weight).ok_or(SignalError::Overflow { what: "intensity of events" })
        };
        Ok(Self { at: now.max(self.at), sums: [add(fast)?, add(slow)?], ..*self })
    }

    /// The rate over its mean, from 1 − n up: rounded down, each kernel's part within 2⁻⁶¹ of it, two ulps
    /// and 2⁻⁸⁰ of Σ over the mean.
    ///
    /// # Errors
    ///
    /// [`SignalError::Overflow`] if it does not fit.
    pub fn ratio(&self, now: Timestamp) -> Result<Real, SignalError> {
        let sums = self.sums_at(now);
        let mut ratio = Real::ONE - self.params.branching();
        for (sum, kernel) in sums.into_iter().zip([self.params.fast, self.params.slow]) {
            let part = self.part(sum, &kernel);
            let total = part.and_then(|part| ratio.checked_add(part));
            ratio = total.ok_or(SignalError::Overflow { what: "intensity of events" })?;
        }
        Ok(ratio)
    }

    /// Whether events can have led to it.
    pub fn possible(&self) -> bool {
        let sums = self.sums.iter().all(|sum| *sum >= 0);
        let rest = self.at == Timestamp::new(0) || self.sums.iter().all(|sum| *sum > 0);
        self.params.check().is_ok() && sums && rest
    }

    /// n·ln 2·86400·Σ/(half-life·mean).
    fn part(&self, sum: Real, kernel: &Kernel) -> Option<Real> {
        const RATE: u128 = 0xe9ef_ea99_371b_06e7; // 86400·ln 2 in Q48
        let bits = |x: Real| x.to_bits().unsigned_abs();
        let rate = bits(kernel.branching) * RATE / u128::from(kernel.half_life.get().max(1)); // Q112
        let part = mul_div(bits(sum), rate >> 32, bits(self.params.mean_per_day), Rounding::Down)?;
        i128::try_from(part >> 16).ok().map(Real::from_bits)
    }

    fn sums_at(&self, now: Timestamp) -> [Real; 2] {
        let age = now.get().saturating_sub(self.at.get());
        let kernels = [self.params.fast, self.params.slow];
        let faded = |at: usize| fade(self.sums[at].to_bits(), age, kernels[at].half_life);
        [Real::from_bits(faded(0)), Real::from_bits(faded(1))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds in which a number below the rate is drawn have an event: the ratio is one on average.
    ///
    /// The count's deviation is √(count)/(1 − n) for a branching of n; four of them are allowed.
    #[test]
    fn the_ratio_averages_one() {
        const SECONDS: u64 = 1_000_000;
        let mut flow = Hawkes::new(HawkesParams::default()).unwrap();
        let (mut draw, mut sum, mut count) = (7_u64, Real::ZERO, 0_u64);
        for second in 1..=SECONDS {
            let ratio = flow.ratio(Timestamp::new(second)).unwrap();
            sum += ratio / i128::from(SECONDS);
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            if Real::from_bits(i128::from(draw)) * 60 < ratio {
                flow = flow.after(Timestamp::new(second), Real::ONE).unwrap();
                count += 1;
            }
        }
        assert!(flow.possible());
        let expected = SECONDS / 60;
        let bound = 4 * 130 * 5 / 2; // 4·√16,667/0.4
        assert!(count.abs_diff(expected) < bound, "{count} events for {expected}");
        let off = sum.abs_diff(Real::ONE);
        assert!(off * u128::from(expected) < u128::from(bound), "a mean ratio of {sum}");
        // Twice as many as the parameters say are told from it.
        assert!((2 * count).abs_diff(expected) > bound);
    }

    #[test]
    fn events_add_up_in_any_order_and_looking_changes_nothing() {
        let start = Hawkes::new(HawkesParams::default()).unwrap();
        let [one, two] = [Real::ONE, Real::ONE * 2];
        let at = Timestamp::new(50);
        let ab = start.after(at, one).unwrap().after(at, two).unwrap();
        let ba = start.after(at, two).unwrap().after(at, one).unwrap();
        assert_eq!(ab, ba);
        assert_eq!(ab.after(Timestamp::new(70), Real::ZERO), Ok(ab));
        let late = ab.after(Timestamp::new(20), one).unwrap();
        assert_eq!(late, ab.after(at, one).unwrap());
        let after = ab.ratio(Timestamp::new(u64::MAX)).unwrap();
        assert_eq!(after, Real::ONE - ab.params.branching());
    }

    #[test]
    fn a_process_that_feeds_on_itself_is_refused() {
        let mut params = HawkesParams::default();
        params.fast.branching = Real::lit("0.7");
        let error = params.check().unwrap_err();
        assert_eq!(
            (error.what, error.got),
            ("branching ratio", Real::lit("0.7") + Real::lit("0.3"))
        );
        assert!(Hawkes::new(params).is_err());
        params.fast.branching = Real::lit("0.7") - Real::DELTA;
        assert_eq!(params.check(), Ok(()));
        params.slow.half_life = Seconds::ZERO;
        assert!(params.check().is_err());
    }

    #[test]
    fn the_greatest_weights_overflow_with_an_error() {
        let mut flow = Hawkes::new(HawkesParams::default()).unwrap();
        assert!(flow.after(Timestamp::new(0), Hawkes::WEIGHT_MAX + Real::DELTA).is_err());
        assert!(flow.after(Timestamp::new(0), -Real::DELTA).is_err());
        flow.sums = [Real::MAX; 2];
        assert!(flow.after(Timestamp::new(0), Real::ONE).is_err());
        flow.params.mean_per_day = Real::from_bits(1 << 44);
        assert!(flow.ratio(Timestamp::new(0)).is_err());
    }
}
