//! The rate as time and the traders' delta move it.

use crate::num::{Real, Rounding, Size, Timestamp, mul_div};
use crate::risk::funding::{DAY_S, FundingError, FundingParams, PerSecond};

/// Funding's state: the rate's parts, and all that it has come to.
///
/// Rates are per second here, shares of notional in units of 2⁻⁶⁴. Only time and the traders' net delta
/// move it, and time as much in one step as in any number of steps, to the unit.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Funding {
    /// Up to when.
    pub at: Timestamp,
    /// The traders' net delta since: positive is long.
    pub skew: Size,
    /// I: what the velocity has brought the rate to, within ±M.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub drift: Real,
    /// Where the follower of the delta is, as the rate u·s it stands for, within ±u.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub followed: Real,
    /// What a long has paid in all since the beginning, as a share of its notional.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub share: Real,
}

/// The rate of a second in its parts: shares of notional that longs pay.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Rate {
    /// I.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub drift: Real,
    /// k·s.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub proportional: Real,
    /// u·g: of the sign of s, or nothing.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub surge: Real,
}

impl Rate {
    /// The sum, per second. In checked parameters it is below 2⁻¹⁰.
    pub fn total(&self) -> Real {
        self.drift.saturating_add(self.proportional).saturating_add(self.surge)
    }

    /// The sum per day, or the most a number holds.
    pub fn per_day(&self) -> Real {
        self.total().saturating_mul_int(DAY_S.into())
    }
}

/// What a delta drives: V·s, K·s and U·s.
#[derive(Clone, Copy)]
struct Drive {
    velocity: i128,
    proportional: i128,
    surge: i128,
}

impl Drive {
    fn of(params: &FundingParams, rates: &PerSecond, skew: Size) -> Self {
        let scale = params.scale.atoms().max(1).unsigned_abs();
        let size = skew.atoms().unsigned_abs().min(scale);
        // A share of a rate, rounded towards zero: no more than the rate.
        let part = |rate| mul_div(rate, size, scale, Rounding::Down).unwrap_or(0) as i128;
        let sign = skew.atoms().signum();
        Self {
            velocity: part(rates.velocity) * sign,
            proportional: part(rates.proportional) * sign,
            surge: part(rates.surge) * sign,
        }
    }
}

impl Funding {
    /// Begins at a time with a delta, and at a rate without drift or surge.
    pub fn new(at: Timestamp) -> Self {
        Self { at, ..Self::default() }
    }

    /// After the seconds up to `now`; a time before the last changes nothing.
    ///
    /// ```
    /// use amm_core::num::{Size, Timestamp};
    /// use amm_core::risk::funding::{Funding, FundingParams};
    ///
    /// let params = FundingParams::default();
    /// let at = Timestamp::new;
    /// let long = Funding::new(at(0)).skewed(&params, at(0), "250".parse()?)?;
    /// let once = long.after(&params, at(100_000))?;
    /// let often = (1..=1_000).try_fold(long, |funding, n| funding.after(&params, at(n * 100)))?;
    /// assert_eq!(once, often);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What [`FundingParams::check`] finds, and [`FundingError::Overflow`], which no 10⁷ years of
    /// checked rates come to.
    pub fn after(&self, params: &FundingParams, now: Timestamp) -> Result<Self, FundingError> {
        params.check()?;
        let rates = params.per_second();
        let seconds = u128::from(now.get().saturating_sub(self.at.get()));
        if seconds == 0 {
            return Ok(*self);
        }
        let drive = Drive::of(params, &rates, self.skew);
        let (drift, drifted) = drift(self.drift.to_bits(), drive.velocity, rates.limit, seconds);
        let (followed, surged) = follow(self.followed.to_bits(), drive.surge, &rates, seconds);
        // Rates are below 2⁵⁵ each and seconds below 2⁶⁴.
        let paid = drifted + drive.proportional * seconds as i128 + surged;
        let share = self.share.checked_add(Real::from_bits(paid));
        Ok(Self {
            at: now,
            skew: self.skew,
            drift: Real::from_bits(drift),
            followed: Real::from_bits(followed),
            share: share.ok_or(FundingError::Overflow { what: "funding since the beginning" })?,
        })
    }

    /// The same, and from then on another net delta of the traders. The last delta of a second is the
    /// one that counts for it.
    ///
    /// # Errors
    ///
    /// Those of [`Funding::after`].
    pub fn skewed(
        &self,
        params: &FundingParams,
        now: Timestamp,
        skew: Size,
    ) -> Result<Self, FundingError> {
        Ok(Self { skew, ..self.after(params, now)? })
    }

    /// The rate of the second that begins at [`Funding::at`].
    ///
    /// # Errors
    ///
    /// What [`FundingParams::check`] finds.
    pub fn rate(&self, params: &FundingParams) -> Result<Rate, FundingError> {
        params.check()?;
        let rates = params.per_second();
        let drive = Drive::of(params, &rates, self.skew);
        let (_, drift) = drift(self.drift.to_bits(), drive.velocity, rates.limit, 1);
        let (_, surge) = follow(self.followed.to_bits(), drive.surge, &rates, 1);
        let [drift, proportional, surge] = [drift, drive.proportional, surge].map(Real::from_bits);
        Ok(Rate { drift, proportional, surge })
    }

    /// As other parameters take it on: a drift or a follower that is beyond them is at their limit.
    pub fn under(&self, params: &FundingParams) -> Self {
        let rates = params.per_second();
        let within = |part: Real, most: u128| {
            let most = Real::from_bits(most as i128); // < 2⁵⁵
            part.clamp(-most, most)
        };
        let (drift, followed) =
            (within(self.drift, rates.limit), within(self.followed, rates.surge));
        Self { drift, followed, ..*self }
    }

    /// Whether parameters can have led to it.
    pub fn is_possible(&self, params: &FundingParams) -> bool {
        let rates = params.per_second();
        let drift = self.drift.to_bits().unsigned_abs() <= rates.limit;
        drift && self.followed.to_bits().unsigned_abs() <= rates.surge
    }
}

/// The drift after some seconds, above none, and its sum over them: it moves by `step` a second and
/// stops at ±`limit`.
///
/// A drift beyond the limit, as of parameters before, is at the limit.
fn drift(from: i128, step: i128, limit: u128, seconds: u128) -> (i128, i128) {
    let limit = limit as i128; // < 2⁵⁵
    let from = from.clamp(-limit, limit);
    let n = seconds as i128; // < 2⁶⁴
    if step == 0 {
        return (from, from * n);
    }
    let end = limit * step.signum();
    let whole = (end - from) / step; // whole steps before the limit is in the way, ≥ 0
    if n <= whole {
        return (from + step * n, series(from, step, n));
    }
    // Seconds 0 to `whole` are on the line, those after are at the end.
    let line = whole + 1;
    (end, series(from, step, line) + end * (n - line))
}

/// The follower after some seconds, and the sum of the surges: by how much the drive is ahead of it on
/// the side of its sign.
fn follow(from: i128, drive: i128, rates: &PerSecond, seconds: u128) -> (i128, i128) {
    let most = rates.surge as i128; // < 2⁵⁵
    let gap = drive - from.clamp(-most, most);
    let step = rates.follow as i128;
    if gap == 0 || step == 0 {
        return (drive, 0);
    }
    let size = gap.abs();
    let lasts = (size + step - 1) / step; // seconds that begin with a gap, < 2⁵⁶
    let n = (seconds as i128).min(lasts);
    let left = (size - step * n).max(0);
    let counts = gap.signum() == drive.signum();
    let sum = if counts { series(size, -step, n) * gap.signum() } else { 0 };
    (drive - left * gap.signum(), sum)
}

/// first + (first + step) + … of `terms` terms.
///
/// Terms stay below 2⁵⁶ and there are fewer than 2⁶⁴ of them: `step`·`terms`² < 2¹²² at most.
fn series(first: i128, step: i128, terms: i128) -> i128 {
    // One of two neighbours is even.
    let pairs = if terms % 2 == 0 { terms / 2 * (terms - 1) } else { (terms - 1) / 2 * terms };
    first * terms + step * pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Seconds;

    fn size(text: &str) -> Size {
        text.parse().unwrap()
    }

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::new(seconds)
    }

    /// A second at a time, by the definition.
    fn slowly(params: &FundingParams, funding: Funding, seconds: u64) -> Funding {
        let rates = params.per_second();
        let drive = Drive::of(params, &rates, funding.skew);
        let (limit, step) = (rates.limit as i128, rates.follow as i128);
        let mut state = funding;
        for _ in 0..seconds {
            let (drift, followed) = (state.drift.to_bits(), state.followed.to_bits());
            let gap = drive.surge - followed;
            let surge = if gap.signum() == drive.surge.signum() { gap } else { 0 };
            let rate = drift + drive.proportional + surge;
            state.share += Real::from_bits(rate);
            state.drift = Real::from_bits((drift + drive.velocity).clamp(-limit, limit));
            state.followed = Real::from_bits(followed + gap.clamp(-step, step));
            state.at = at(state.at.get() + 1);
        }
        state
    }

    #[test]
    fn the_closed_form_is_the_sum() {
        let good = FundingParams::default();
        // A drift that reaches its limit in the middle, and one that has nowhere to go.
        let quick = FundingParams {
            velocity: real("1000"),
            proportional: real("10"),
            response: real("1000"),
            limit: real("0.001"),
            surge_time: Seconds::new(7).unwrap(),
            ..good
        };
        let stuck = FundingParams { limit: Real::ZERO, surge: Real::ZERO, ..good };
        let slow = FundingParams { surge_time: Seconds::MAX, surge: real("0.0001"), ..good };
        for params in [good, quick, stuck, slow] {
            assert_eq!(params.check(), Ok(()));
            let mut funding = Funding::new(at(3));
            for skew in ["250", "-1", "0", "-4000", "0.000000001", "999.999999999", "-1000", "3"] {
                funding.skew = size(skew);
                for seconds in [1, 2, 3, 50, 331] {
                    let quickly = funding.after(&params, at(funding.at.get() + seconds)).unwrap();
                    let slowly = slowly(&params, funding, seconds);
                    assert_eq!(quickly, slowly, "{skew} for {seconds} s");
                    let rate = funding.rate(&params).unwrap().total();
                    let one = super::super::state::tests::slowly(&params, funding, 1);
                    assert_eq!(rate, one.share - funding.share);
                    funding = quickly;
                }
                assert!(funding.is_possible(&params));
            }
        }
    }

    #[test]
    fn the_rate_drifts_jumps_and_surges() {
        let params = FundingParams { velocity: real("0.08"), ..FundingParams::default() };
        let day = 86_400;
        let half = Funding::new(at(0)).skewed(&params, at(0), size("500")).unwrap();
        let rate = half.rate(&params).unwrap();
        let near = |got: Real, want: &str| got.abs_diff(real(want)) < real("0.00000001");
        // k/2 + u/2 at once.
        assert!(near(rate.per_day(), "0.08005"), "{}", rate.per_day());
        let later = half.after(&params, at(day)).unwrap();
        let rate = later.rate(&params).unwrap();
        // v/2 in a day, and no surge any more.
        assert!(near(rate.per_day(), "0.07005"), "{}", rate.per_day());
        assert_eq!(rate.surge, Real::ZERO);
        // 0.02 of drift on average, 0.03005 at once, and a surge of 0.05 that fades over two hours.
        let paid = real("0.02") + real("0.03005") + real("0.05") / 24;
        assert!(later.share.abs_diff(paid) < real("0.000005"), "{}", later.share);
        // The delta falls: no surge, and no rebate for it either.
        let less = later.skewed(&params, at(day), size("100")).unwrap();
        assert_eq!(less.rate(&params).unwrap().surge, Real::ZERO);
        // It turns: the whole way counts.
        let turned = later.skewed(&params, at(day), size("-500")).unwrap();
        let rate = turned.rate(&params).unwrap();
        assert!(near(rate.surge * i128::from(day), "-0.1"), "{}", rate.surge);
    }

    #[test]
    fn leverage_built_slowly_is_no_surge() {
        let params = FundingParams::default();
        let build = |every: u64| {
            let mut funding = Funding::new(at(0));
            let mut surge = Real::ZERO;
            for n in 1..=100_u64 {
                let skew = Size::from_atoms(i128::from(n) * 10 * Size::SCALE);
                funding = funding.skewed(&params, at(n * every), skew).unwrap();
                surge = surge.max(funding.rate(&params).unwrap().surge);
            }
            surge
        };
        // The follower takes four hours for the scale: 144 s for each hundredth of it.
        let (slow, fast) = (build(145), build(10));
        assert!(slow * 86_400 < real("0.00101"), "{slow}");
        assert!(fast * 86_400 > real("0.09"), "{fast}");
    }

    #[test]
    fn the_ends_of_time_and_size() {
        let params = FundingParams {
            velocity: real("1000"),
            proportional: real("10"),
            limit: real("10"),
            surge: real("10"),
            response: real("1000000000"),
            ..FundingParams::default()
        };
        for skew in [Size::MIN, Size::MAX, Size::ZERO] {
            let funding = Funding { skew, ..Funding::default() };
            let end = funding.after(&params, at(u64::MAX)).unwrap();
            let most = Real::from_bits(params.per_second().limit as i128);
            assert_eq!(end.drift.abs(), if skew == Size::ZERO { Real::ZERO } else { most });
            assert_eq!(end.after(&params, at(5)), Ok(end));
        }
        let full = Funding { share: Real::MAX, skew: Size::MAX, ..Funding::default() };
        let error = full.after(&params, at(1)).unwrap_err();
        assert_eq!(error, FundingError::Overflow { what: "funding since the beginning" });
        // A state of other parameters begins at their limits.
        let far = Funding { drift: Real::MAX, followed: Real::MIN, ..Funding::default() };
        assert!(!far.is_possible(&params));
        assert!(far.after(&params, at(1)).unwrap().is_possible(&params));
        assert!(far.under(&params).is_possible(&params));
        assert_eq!(far.under(&params).after(&params, at(9)), far.after(&params, at(9)));
    }
}
