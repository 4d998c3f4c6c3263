//! How much is expected to go wrong, in one number.

use crate::num::{OutOfRange, Real, Rounding, Seconds, Timestamp, mul_div};
use crate::signals::error::{lasts, within};
use crate::signals::fade::fade;

/// What a signal adds to the score: so many points for each unit by which it is above its usual level.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Rule {
    /// The level up to which it adds nothing: 0 to 1000.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub above: Real,
    /// Points a unit above it, up to 2²⁰; 0 leaves the signal out.
    pub points: u32,
}

/// The score's rules, and what it moves.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct StressParams {
    /// Of the forecast variance over the surface's.
    pub forecast: Rule,
    /// Of the size of spot's deviation from its average price, in standard deviations.
    pub deviation: Rule,
    /// Of the rate of events over its mean.
    pub intensity: Rule,
    /// Of the mean correlation of collaterals.
    pub correlation: Rule,
    /// Of the loop gain.
    pub gain: Rule,
    /// How fast the score falls once the signals have: a second or more.
    pub half_life: Seconds,
    /// What margin is multiplied by at a score of one: 1 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub margin_cap: Real,
    /// What the half-spread is multiplied by at a score of one: 1 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub spread_cap: Real,
    /// What θ is multiplied by at a score of one: 1 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub theta_cap: Real,
}

impl Default for StressParams {
    /// Each signal alone brings the score to one half: a forecast of one and a half times what the surface has, a deviation of
    /// three, events at four times their mean, a mean correlation of one, a loop gain of 0.4. Half is
    /// gone after six hours; margin and spread are multiplied by at most one and a half, θ by 1.05.
    ///
    /// The default potential has room for a θ of 1.07 below: with x⁻ = −0.05 and a flow of 3 % more would
    /// take discounts past its taper, and parameters that say so are refused. x⁻ = −0.03 has room for 1.5.
    fn default() -> Self {
        const ABOVE: [Real; 5] =
            [Real::ONE, Real::lit("2"), Real::lit("2"), Real::lit("0.75"), Real::lit("0.2")];
        const CAP: Real = Real::lit("1.5");
        const THETA: Real = Real::lit("1.05");
        let rule = |at: usize, points| Rule { above: ABOVE[at], points };
        Self {
            forecast: rule(0, 128),
            deviation: rule(1, 64),
            intensity: rule(2, 32),
            correlation: rule(3, 256),
            gain: rule(4, 320),
            half_life: Seconds::new(21_600).unwrap_or(Seconds::MAX),
            margin_cap: CAP,
            spread_cap: CAP,
            theta_cap: THETA,
        }
    }
}

/// The signals a score is made of; each zero by default, which is below every usual level.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct StressInputs {
    /// Forecast variance over the surface's.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub forecast: Real,
    /// Spot's deviation from its average price, in standard deviations, of either sign.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub deviation: Real,
    /// The rate of events over its mean.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub intensity: Real,
    /// The mean correlation of collaterals.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub correlation: Real,
    /// The greatest loop gain.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gain: Real,
}

/// Which signal.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Cause {
    /// Variance is forecast above what the surface has.
    Forecast,
    /// Spot is far from what was paid of late.
    Deviation,
    /// Events come thick.
    Intensity,
    /// Collaterals move as one.
    Correlation,
    /// Hedging feeds on itself.
    Gain,
}

/// A score with its parts in points.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Score {
    /// For the forecast.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub forecast: Real,
    /// For the deviation.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub deviation: Real,
    /// For the intensity.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub intensity: Real,
    /// For the correlation.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub correlation: Real,
    /// For the loop gain.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gain: Real,
    /// The score u they come to: 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub score: Real,
}

impl Score {
    /// The signal with the most points, the first of equals; `None` if none has any.
    pub fn cause(&self) -> Option<Cause> {
        let parts = [
            (Cause::Forecast, self.forecast),
            (Cause::Deviation, self.deviation),
            (Cause::Intensity, self.intensity),
            (Cause::Correlation, self.correlation),
            (Cause::Gain, self.gain),
        ];
        let most = parts.into_iter().rev().max_by_key(|(_, points)| *points);
        most.filter(|(_, points)| *points > 0).map(|(cause, _)| cause)
    }
}

impl StressParams {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        const ABOVE: Real = Real::lit("1000");
        const POINTS: Real = Real::lit("1048576");
        for rule in [self.forecast, self.deviation, self.intensity, self.correlation, self.gain] {
            within("usual level of a signal", rule.above, Real::ZERO, ABOVE)?;
            within("points of a signal", rule.points.into(), Real::ZERO, POINTS)?;
        }
        lasts("half-life of stress in seconds", self.half_life, Seconds::new(1)?, Seconds::MAX)?;
        for cap in [self.margin_cap, self.spread_cap, self.theta_cap] {
            within("cap of a multiplier", cap, Real::ONE, CAP_MAX)?;
        }
        Ok(())
    }

    /// The score of these signals: P points in all make u = P²/(64² + P²), which is 0 for none, ½ for
    /// 64 and 0.8 for 128, and rises with every signal.
    ///
    /// Points are exact; past what a number holds they are the most it does, which a score of one has long before.
    /// u is rounded down, within 2⁻⁶¹.
    pub fn score(&self, inputs: &StressInputs) -> Score {
        let forecast = points(self.forecast, inputs.forecast);
        let deviation = points(self.deviation, inputs.deviation.saturating_abs());
        let intensity = points(self.intensity, inputs.intensity);
        let correlation = points(self.correlation, inputs.correlation);
        let gain = points(self.gain, inputs.gain);
        let parts = [forecast, deviation, intensity, correlation, gain];
        let all = parts.into_iter().fold(Real::ZERO, |sum, part| sum.saturating_add(part));
        Score { forecast, deviation, intensity, correlation, gain, score: sigmoid(all) }
    }
}

/// The most that anything is multiplied by at a score of one.
const CAP_MAX: Real = Real::lit("4");

/// What a signal adds.
fn points(rule: Rule, signal: Real) -> Real {
    let excess = signal.saturating_sub(rule.above).max(Real::ZERO);
    excess.saturating_mul_int(rule.points.into())
}

/// P²/(64² + P²) for P ≥ 0.
///
/// Up to ½ as t²/(1 + t²) with t = P/64, above it as 1/(1 + s²) with s = 64/P. Every step is a floor of something
/// monotone, and both are ½ where they meet, so the score never falls as P rises.
fn sigmoid(points: Real) -> Real {
    let half = Real::from_num(HALF_POINTS);
    let ratio = |a: Real, b: Real| {
        mul_div(a.to_bits() as u128, 1 << 64, b.to_bits() as u128, Rounding::Down).unwrap_or(0)
    };
    let square = |t: u128| mul_div(t, t, 1 << 64, Rounding::Down).unwrap_or(0); // t ≤ 2⁶⁴
    let bits = if points <= half {
        let square = square(ratio(points, half));
        mul_div(square, 1 << 64, (1 << 64) + square, Rounding::Down)
    } else {
        mul_div(1 << 64, 1 << 64, (1 << 64) + square(ratio(half, points)), Rounding::Down)
    };
    Real::from_bits(bits.unwrap_or(0) as i128)
}

/// Points at which the score is one half.
const HALF_POINTS: u32 = 64;

/// The score in force: it rises at once and falls with a half-life.
///
/// It is the greatest of all scores that news brought, each halved for every half-life since: a law of when
/// they came and not of how often anyone looked.
///
/// ```
/// use amm_core::num::{Real, Seconds, Timestamp};
/// use amm_core::signals::Stress;
///
/// let calm = Stress::new(Seconds::new(21_600)?);
/// let stressed = calm.after(Timestamp::new(0), Real::lit("0.8"))?;
/// assert_eq!(stressed.score(), Real::lit("0.8"));
/// let later = stressed.after(Timestamp::new(21_600), Real::ZERO)?;
/// assert_eq!(format!("{:.6}", later.score()), "0.400000");
/// assert_eq!(format!("{:.6}", later.multiplier(Real::lit("1.5"))?), "1.200000");
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Stress {
    /// How fast it falls.
    pub(crate) half_life: Seconds,
    /// The score that rules: 0 to 1.
    pub(crate) peak: Real,
    /// When it came.
    pub(crate) at: Timestamp,
    /// When it was last looked at.
    pub(crate) seen: Timestamp,
}

impl Stress {
    /// No stress. A half-life of zero counts as a second.
    pub const fn new(half_life: Seconds) -> Self {
        let start = Timestamp::new(0);
        Self { half_life, peak: Real::ZERO, at: start, seen: start }
    }

    /// Takes in a score that news brought at a time. A time before the last counts as the last.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] unless the score is from 0 to 1.
    pub fn after(&self, now: Timestamp, score: Real) -> Result<Self, OutOfRange> {
        within("stress score", score, Real::ZERO, Real::ONE)?;
        let next = self.at(now);
        if score < next.score() {
            return Ok(next);
        }
        Ok(Self { peak: score, at: next.seen, ..next })
    }

    /// The same at a later time, without news.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self { seen: now.max(self.seen), ..*self }
    }

    /// The score in force, 0 to 1: rounded down, within 2⁻⁶² of it and an ulp.
    pub fn score(&self) -> Real {
        let age = self.seen.get().saturating_sub(self.at.get());
        Real::from_bits(fade(self.peak.to_bits(), age, self.half_life))
    }

    /// 1 + u·(cap − 1), rounded up: what margin, spread and θ are multiplied by.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] unless the cap is from 1 to 4.
    pub fn multiplier(&self, cap: Real) -> Result<Real, OutOfRange> {
        within("cap of a multiplier", cap, Real::ONE, CAP_MAX)?;
        let (score, rest) = (self.score().to_bits() as u128, (cap - Real::ONE).to_bits() as u128);
        let more = mul_div(score, rest, 1 << 64, Rounding::Up).unwrap_or(rest);
        Ok(Real::ONE + Real::from_bits(more as i128))
    }

    /// Whether scores can have led to it.
    pub fn possible(&self) -> bool {
        Real::ZERO <= self.peak && self.peak <= Real::ONE && self.at <= self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(count: u64) -> Timestamp {
        Timestamp::new(count * 3600)
    }

    /// Each default rule at the level its doc names, and far beyond all numbers.
    #[test]
    fn each_signal_alone_brings_one_half() {
        let params = StressParams::default();
        params.check().unwrap();
        let none = StressInputs::default();
        assert_eq!(params.score(&none), Score::default());
        assert_eq!(params.score(&none).cause(), None);
        let real = |text: &str| text.parse::<Real>().unwrap();
        for (inputs, cause) in [
            (StressInputs { forecast: real("1.5"), ..none }, Cause::Forecast),
            (StressInputs { deviation: real("-3"), ..none }, Cause::Deviation),
            (StressInputs { intensity: real("4"), ..none }, Cause::Intensity),
            (StressInputs { correlation: real("1"), ..none }, Cause::Correlation),
            (StressInputs { gain: real("0.4"), ..none }, Cause::Gain),
        ] {
            let score = params.score(&inputs);
            assert!(score.score.abs_diff(real("0.5")) < real("1e-17"), "{score:?}");
            assert_eq!(score.cause(), Some(cause));
        }
        let most = StressInputs {
            forecast: Real::MAX,
            deviation: Real::MIN,
            intensity: Real::MAX,
            correlation: Real::MAX,
            gain: Real::MAX,
        };
        assert_eq!(params.score(&most).score, Real::ONE);
    }

    /// P²/(64² + P²) by hand, on both sides of the seam and at it.
    #[test]
    fn the_score_is_its_formula() {
        for (points, numerator, denominator) in
            [(16, 1, 17), (32, 1, 5), (64, 1, 2), (128, 4, 5), (640, 100, 101)]
        {
            let got = sigmoid(Real::from_num(points));
            let want = Real::from_num(numerator) / denominator;
            assert!(got.abs_diff(want) <= Real::DELTA * 8, "{points} points: {got} for {want}");
        }
        let seam = Real::from_num(64);
        let around = (-50_i128..50).map(|ulps| sigmoid(seam + Real::from_bits(ulps)));
        let steps: std::vec::Vec<Real> = around.collect();
        assert!(steps.windows(2).all(|pair| pair[0] <= pair[1]), "{steps:?}");
    }

    #[test]
    fn the_greatest_of_what_came_and_faded_rules() {
        let six = Seconds::new(21_600).unwrap();
        let first = Stress::new(six).after(hours(0), Real::lit("0.8")).unwrap();
        // Less than what is left leaves it, more takes over.
        let less = first.after(hours(6), Real::lit("0.39")).unwrap();
        assert!(less.score().abs_diff(Real::lit("0.4")) < Real::lit("1e-17"));
        assert_eq!(less.at(hours(12)).score(), first.at(hours(12)).score());
        let more = first.after(hours(6), Real::lit("0.41")).unwrap();
        assert_eq!(more.score(), Real::lit("0.41"));
        assert!(more.possible() && more.at(hours(5)) == more);
        assert!(more.after(hours(7), Real::ONE + Real::DELTA).is_err());
        assert!(more.after(hours(7), -Real::DELTA).is_err());
    }

    #[test]
    fn multipliers_reach_their_caps_and_no_further() {
        let six = Seconds::new(21_600).unwrap();
        let whole = Stress::new(six).after(hours(0), Real::ONE).unwrap();
        for cap in ["1", "1.5", "4"] {
            let cap = cap.parse().unwrap();
            assert_eq!(whole.multiplier(cap), Ok(cap));
            assert_eq!(Stress::new(six).multiplier(cap), Ok(Real::ONE));
        }
        assert!(whole.multiplier(Real::lit("0.99")).is_err());
        assert!(whole.multiplier(Real::lit("4.01")).is_err());
    }
}
