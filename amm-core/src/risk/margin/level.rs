//! How far scenarios reach, now and for positions that stand.

use crate::math::sqrt;
use crate::num::{Real, Seconds, Timestamp, YEAR_S};
use crate::risk::margin::{Conditions, MarginError, MarginParams, Rule};
use crate::risk::within::within;

/// What a scenario's move of one is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Scan {
    /// 100 %: moves are given as they are, whatever the market does.
    Fixed,
    /// A range that the market sets.
    Dynamic(ScanRange),
}

/// The range in which spot is expected while a position is closed:
///
/// `z`·σ·√`period`/(1 − min(max(a, 0), ½)) · (1 + `pledged`·share pledged elsewhere) · stress,
///
/// and at least `floor`, at most `most`. σ is the quoted volatility and a the loop gain of
/// [`Conditions`]: hedging with a gain of a multiplies volatility by 1/(1 − a). The bounds are part of
/// the formula: ½ keeps it finite, `floor` is the range that holds through the cycle, so that margin
/// does not fall so far in calm times that it must rise much in others, and at `most` scenarios reach
/// as far as they ever do.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct ScanRange {
    /// Standard deviations covered, 0 to 20.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub z: Real,
    /// The margin period of risk, at most thirty days.
    pub period: Seconds,
    /// The least range, above 0 to `most`.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub floor: Real,
    /// The greatest, at most 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub most: Real,
    /// What collateral that is all pledged elsewhere adds, relative; 0 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub pledged: Real,
}

impl Scan {
    /// The range in a market.
    pub(super) fn range(&self, conditions: &Conditions) -> Result<Real, MarginError> {
        match self {
            Self::Fixed => Ok(Real::ONE),
            Self::Dynamic(range) => range.range(conditions),
        }
    }

    /// The greatest range there can be.
    pub(super) const fn most(&self) -> Real {
        match self {
            Self::Fixed => Real::ONE,
            Self::Dynamic(range) => range.most,
        }
    }

    pub(super) fn check(&self) -> Result<(), MarginError> {
        let Self::Dynamic(range) = self else { return Ok(()) };
        const TWENTY: Real = Real::lit("20");
        const MONTH: Real = Real::lit("2592000");
        const FOUR: Real = Real::lit("4");
        within("deviations of the scan range", range.z, Real::ZERO, TWENTY)?;
        within("margin period", Real::from_num(range.period.get()), Real::ONE, MONTH)?;
        within("greatest scan range", range.most, Real::DELTA, Real::ONE)?;
        within("least scan range", range.floor, Real::DELTA, range.most)?;
        within("factor of pledged collateral", range.pledged, Real::ZERO, FOUR)?;
        Ok(())
    }
}

impl ScanRange {
    /// The range in a market, off by under 2⁻⁵⁰.
    ///
    /// ```
    /// use amm_core::num::Real;
    /// use amm_core::risk::margin::{Conditions, MarginParams, Rule, Scan};
    ///
    /// let Rule::Portfolio(rule) = MarginParams::dynamic().rule else { unreachable!() };
    /// let Scan::Dynamic(scan) = rule.scan else { unreachable!() };
    /// let calm = Conditions::calm("60000".parse()?, "0.9".parse()?); // z = 3.5, one day, floor 0.12
    /// assert_eq!(format!("{:.4}", scan.range(&calm)?), "0.1649");
    /// let looping = Conditions { gain: Real::lit("0.4"), ..calm };
    /// assert_eq!(format!("{:.4}", scan.range(&looping)?), "0.2748");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MarginError::OutOfRange`] if the conditions are.
    pub fn range(&self, conditions: &Conditions) -> Result<Real, MarginError> {
        conditions.check()?;
        const HALF: Real = Real::lit("0.5");
        let years = Real::from_bits((i128::from(self.period.get()) << 64) / i128::from(YEAR_S));
        // z ≤ 20, σ ≤ 20, √years < 0.3, 1/(1 − a) ≤ 2, pledged ≤ 5, stress ≤ 4: under 2¹³.
        let move_ = self.z * conditions.vol.get() * sqrt(years)?;
        let gain = conditions.gain.max(Real::ZERO).min(HALF);
        let pledged = Real::ONE + self.pledged * conditions.pledged;
        let range = move_ / (Real::ONE - gain) * pledged * conditions.stress;
        Ok(range.max(self.floor).min(self.most))
    }
}

impl MarginParams {
    /// The scan range that a new position pays at once: one where scenarios are fixed or there are none.
    ///
    /// # Errors
    ///
    /// [`MarginError::OutOfRange`] if the conditions are.
    pub fn range(&self, conditions: &Conditions) -> Result<Real, MarginError> {
        match &self.rule {
            Rule::Portfolio(portfolio) => portfolio.scan.range(conditions),
            Rule::Standard(_) => Ok(Real::ONE),
        }
    }
}

/// The scan range in force for positions that stand.
///
/// It moves at market updates. It falls at once with the market's range and rises no faster than a
/// rate, so that maintenance margin is not what forces positions closed in the move that raises it:
/// margin itself does not close the loop. Orders that open pay the market's range at once. Two steps
/// come to the same as one of both lengths, to the bit, while the market's range is above it.
///
/// ```
/// use amm_core::num::{Real, Timestamp};
/// use amm_core::risk::margin::StandingRange;
///
/// let rise = Real::lit("0.00001"); // 3.6 points an hour
/// let calm = StandingRange::default().after(Timestamp::new(0), Real::lit("0.12"), rise);
/// let later = calm.after(Timestamp::new(3600), Real::lit("0.30"), rise);
/// assert_eq!(format!("{:.4}", later.range()), "0.1560");
/// let over = later.after(Timestamp::new(3601), Real::lit("0.12"), rise);
/// assert_eq!(over.range(), Real::lit("0.12"));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct StandingRange {
    /// Zero before the first market update, then at most one.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub(crate) range: Real,
    /// When it was last moved.
    pub(crate) at: Timestamp,
}

impl StandingRange {
    /// The range in force.
    pub const fn range(&self) -> Real {
        self.range
    }

    /// When it was last moved.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// At a market update whose range is `target`. The first there is takes the range at once. A time
    /// before the last is no time.
    #[must_use]
    pub fn after(&self, now: Timestamp, target: Real, rise_per_second: Real) -> Self {
        let elapsed = now.get().saturating_sub(self.at.get());
        let at = self.at.max(now);
        if self.range == 0 || target <= self.range {
            return Self { range: target, at };
        }
        let rise = (rise_per_second.to_bits().max(0) as u128).saturating_mul(elapsed.into());
        let gap = (target - self.range).to_bits() as u128;
        let range = self.range + Real::from_bits(rise.min(gap) as i128);
        Self { range, at }
    }

    /// Whether market updates can have led to it.
    pub fn possible(&self) -> bool {
        let begun = self.range > 0 || self.at == Timestamp::default();
        begun && Real::ZERO <= self.range && self.range <= Real::ONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan() -> ScanRange {
        let Rule::Portfolio(portfolio) = MarginParams::dynamic().rule else { panic!("scenarios") };
        let Scan::Dynamic(scan) = portfolio.scan else { panic!("dynamic") };
        scan
    }

    fn calm(vol: &str) -> Conditions {
        Conditions::calm("2000".parse().unwrap(), vol.parse().unwrap())
    }

    #[test]
    fn the_range_is_the_formula() {
        let scan = ScanRange { floor: Real::DELTA, most: Real::ONE, ..scan() };
        let near = |got: Real, want: &str| {
            let want: Real = want.parse().unwrap();
            assert!(got.abs_diff(want) < Real::lit("0.000000000000001"), "{got} for {want}");
        };
        // 3.5·0.6·√(1/365)
        near(scan.range(&calm("0.6")).unwrap(), "0.1099190237439449");
        let loops = |gain| Conditions { gain, ..calm("0.6") };
        near(scan.range(&loops(Real::lit("0.25"))).unwrap(), "0.1465586983252598");
        near(scan.range(&loops(Real::lit("0.5"))).unwrap(), "0.2198380474878897");
        // A gain past a half counts as a half, one below zero not at all.
        near(scan.range(&loops(Real::lit("3"))).unwrap(), "0.2198380474878897");
        near(scan.range(&loops(Real::lit("-3"))).unwrap(), "0.1099190237439449");
        let pledged = Conditions { pledged: Real::ONE, stress: Real::lit("1.5"), ..calm("0.6") };
        near(scan.range(&pledged).unwrap(), "0.2473178034238759"); // ·1.5·1.5
        assert_eq!(self::scan().range(&calm("0.1")).unwrap(), self::scan().floor);
        assert_eq!(self::scan().range(&calm("19")).unwrap(), self::scan().most);
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for wrong in [
            Conditions { pledged: Real::lit("1.01"), ..calm("0.6") },
            Conditions { gain: Real::lit("11"), ..calm("0.6") },
            Conditions { stress: Real::lit("0.9"), ..calm("0.6") },
            Conditions { peg: Real::ZERO, ..calm("0.6") },
            Conditions { confidence: Real::lit("1.1"), ..calm("0.6") },
        ] {
            assert!(matches!(scan().range(&wrong), Err(MarginError::OutOfRange(_))), "{wrong:?}");
        }
    }

    proptest! {
        /// However often it is moved, the range in force never passes the market's, and rises no
        /// faster than its rate; and in steps it comes to the same as at once.
        #[test]
        fn it_rises_no_faster(
            steps in proptest::collection::vec((0_u64..5_000, 1_i128..1 << 64), 1..20),
            rise in 0_i128..1 << 50,
        ) {
            let rise = Real::from_bits(rise);
            let mut standing = StandingRange::default();
            let mut now = 7;
            for (gap, target) in steps {
                now += gap;
                let target = Real::from_bits(target);
                let next = standing.after(Timestamp::new(now), target, rise);
                prop_assert!(next.range() <= target && next.possible());
                if standing.range() > 0 && next.range() > standing.range() {
                    let most = rise.to_bits() * i128::from(now - standing.at().get());
                    prop_assert!((next.range() - standing.range()).to_bits() <= most);
                    let half = Timestamp::new(now - gap / 2);
                    let twice = standing.after(half, target, rise);
                    prop_assert_eq!(twice.after(Timestamp::new(now), target, rise), next);
                }
                standing = next;
            }
        }
    }
}
