//! How a Dutch auction's price falls with time.

use crate::num::{Cash, OutOfRange, Real, Rounding, Seconds, mul_div};
use crate::risk::within::{BPS, whole};

/// Two straight lines down: fast from the start to the cut-off, then slowly to nothing.
///
/// A pure function of the whole seconds since the auction began, so whoever looks when, all see the
/// same price. The form is that of derivexyz/v2-core, DutchAuction.sol, `_getDiscountPercentage`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Curve {
    /// The share of the mark bid at first, in hundredths of a per cent: at most 10,000.
    pub start_bps: u32,
    /// The share when the fast phase ends: not more.
    pub cutoff_bps: u32,
    /// How long the fast phase takes.
    pub fast: Seconds,
    /// How long the slow phase takes.
    pub slow: Seconds,
}

/// A share of the mark, exact: `part` of `whole`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::risk) struct Ratio {
    pub(in crate::risk) part: u128,
    pub(in crate::risk) whole: u128,
}

impl Default for Curve {
    /// From 95 % to 70 % of the mark in 20 minutes, then to nothing in 3 hours: the defaults of
    /// derivexyz/v2-core, scripts/config.sol, as of 2024.
    fn default() -> Self {
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        Self { start_bps: 9_500, cutoff_bps: 7_000, fast: seconds(1_200), slow: seconds(10_800) }
    }
}

impl Curve {
    /// Checks the shares, and that the auction takes a second at least.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        whole("share bid at the start in bps", self.start_bps, 0, BPS)?;
        whole("share bid at the cut-off in bps", self.cutoff_bps, 0, self.start_bps)?;
        let most = Seconds::MAX.get();
        let length = self.length() as u32; // ≤ 60 years
        whole("length of an auction in seconds", length, 1, 2 * most).map(|_| ())
    }

    /// Seconds until nothing is bid.
    pub fn length(&self) -> u64 {
        u64::from(self.fast.get()) + u64::from(self.slow.get())
    }

    /// The share bid after so many seconds, rounded down.
    pub fn share(&self, elapsed_s: u64) -> Real {
        let Ratio { part, whole } = self.ratio(elapsed_s);
        Real::from_bits(((part << 64) / whole) as i128) // part < 2⁴⁵
    }

    /// What is bid for something of that worth, rounded down.
    ///
    /// ```
    /// use amm_core::risk::liquidation::Curve;
    ///
    /// let curve = Curve::default();
    /// let bid = |seconds| curve.bid("1000".parse().unwrap(), seconds).to_string();
    /// assert_eq!([bid(0), bid(600), bid(1_200), bid(6_600), bid(12_000)], ["950", "825", "700", "350", "0"]);
    /// ```
    pub fn bid(&self, worth: Cash, elapsed_s: u64) -> Cash {
        let Ratio { part, whole } = self.ratio(elapsed_s);
        let size = mul_div(worth.atoms().unsigned_abs(), part, whole, self.way(worth)).unwrap_or(0);
        // part ≤ whole, so it is no more than the worth; the least i128 alone has no opposite.
        let atoms =
            if worth < Cash::ZERO { 0_i128.wrapping_sub_unsigned(size) } else { size as i128 };
        Cash::from_atoms(atoms)
    }

    /// The rounding of a size that makes a worth of that sign round down.
    const fn way(&self, worth: Cash) -> Rounding {
        if worth.atoms() < 0 { Rounding::Up } else { Rounding::Down }
    }

    /// The share bid after so many seconds: `part` ≤ `whole` and `whole` > 0 whatever the parameters.
    pub(in crate::risk) fn ratio(&self, elapsed_s: u64) -> Ratio {
        // Shares above one, which `check` refuses, count as one.
        let [start, cutoff, one] =
            [self.start_bps, self.cutoff_bps, BPS].map(|bps| u128::from(bps.min(BPS)));
        let [fast, slow] = [self.fast, self.slow].map(|length| u128::from(length.get()));
        let elapsed = u128::from(elapsed_s);
        if elapsed < fast {
            let fall = start.saturating_sub(cutoff) * elapsed;
            return Ratio { part: start * fast - fall, whole: one * fast };
        }
        match (elapsed - fast) < slow {
            true => Ratio { part: cutoff * (fast + slow - elapsed), whole: one * slow },
            false => Ratio { part: 0, whole: one },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Seconds {
        Seconds::new(count).unwrap()
    }

    fn curve(start_bps: u32, cutoff_bps: u32, fast: u64, slow: u64) -> Curve {
        Curve { start_bps, cutoff_bps, fast: seconds(fast), slow: seconds(slow) }
    }

    #[test]
    fn it_falls_without_a_jump_but_at_its_ends() {
        let curve = curve(9_800, 8_000, 100, 7_200);
        let mut last = curve.share(0);
        assert!(last.abs_diff(Real::lit("0.98")) <= Real::DELTA);
        for second in 1..=7_300 {
            let share = curve.share(second);
            assert!(share < last, "second {second}");
            let most = if second <= 100 { Real::lit("0.0018") } else { Real::lit("0.000112") };
            assert!(last - share <= most, "second {second}: {last} to {share}");
            last = share;
        }
        assert_eq!(last, Real::ZERO);
        assert_eq!(curve.share(u64::MAX), Real::ZERO);
    }

    #[test]
    fn a_phase_may_be_missing() {
        let slow = curve(10_000, 10_000, 0, 10);
        assert_eq!((slow.share(0), slow.share(5)), (Real::ONE, Real::lit("0.5")));
        let fast = curve(10_000, 0, 10, 0);
        assert_eq!((fast.share(5), fast.share(10)), (Real::lit("0.5"), Real::ZERO));
        assert!(curve(10_000, 0, 0, 0).check().is_err());
        assert_eq!(curve(10_000, 0, 0, 0).share(0), Real::ZERO);
    }

    #[test]
    fn shares_must_fall() {
        assert_eq!(Curve::default().check(), Ok(()));
        assert_eq!(curve(10_001, 0, 1, 1).check().unwrap_err().got, Real::lit("10001"));
        assert_eq!(curve(9_000, 9_001, 1, 1).check().unwrap_err().max, Real::lit("9000"));
        let most = Seconds::MAX.get().into();
        assert_eq!(curve(10_000, 0, most, most).check(), Ok(()));
    }

    #[test]
    fn bids_are_rounded_down() {
        let curve = curve(3_333, 0, 10, 0);
        let bid = |atoms| curve.bid(Cash::from_atoms(atoms), 0).atoms();
        assert_eq!([bid(10), bid(-10), bid(0)], [3, -4, 0]);
        let all = Curve { start_bps: 10_000, ..curve };
        for cash in [Cash::MIN, Cash::MAX] {
            assert_eq!(all.bid(cash, 0), cash);
        }
    }
}
