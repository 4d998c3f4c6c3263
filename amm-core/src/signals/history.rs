//! Variance bar by bar, as far back as a forecast looks.

use crate::num::{OutOfRange, Price, Real, Seconds, Timestamp};
use crate::signals::{Bar, Bars};

/// Garman and Klass's variance of each of the last N bars, so that means over any of them are exact sums.
///
/// Each is kept in units of 2⁻⁵¹, rounded down. Bars in which nothing moves have none, and what is
/// kept does not depend on how often a price is poked.
///
/// ```
/// use amm_core::num::{Seconds, Timestamp};
/// use amm_core::signals::History;
///
/// let mut hours = History::<168>::new(Seconds::new(3600)?)?;
/// for (hour, price) in ["2000", "2010", "2000", "2000"].into_iter().enumerate() {
///     hours = hours.after(Timestamp::new(3600 * hour as u64), price.parse()?);
/// }
/// assert_eq!(hours.bars(), 2); // the first is not whole, the last is not over
/// let mean = hours.mean(2).unwrap(); // each is ½ − (2·ln 2 − 1) of ln²(2010/2000)
/// assert_eq!(format!("{mean:.10}"), "0.0000028285");
/// assert_eq!(hours.mean(3), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct History<const N: usize> {
    /// The bars.
    pub(crate) building: Bars,
    /// The variance of bar i at i mod N, in units of 2⁻⁵¹; zero where there is no bar.
    pub(crate) ring: [u64; N],
}

/// Bits of [`Real`] below those that are kept.
const CUT: u32 = 13;

impl<const N: usize> History<N> {
    /// No bars yet.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] unless a bar has a second to a week.
    pub fn new(bar: Seconds) -> Result<Self, OutOfRange> {
        Ok(Self { building: Bars::new(bar)?, ring: [0; N] })
    }

    /// Takes in the price at a time; what [`Bars::after`] does not take in changes nothing.
    #[must_use]
    pub fn after(&self, now: Timestamp, price: Price) -> Self {
        let (building, told) = self.building.after(now, price);
        let mut next = Self { building, ..*self };
        let (Some(before), Some(current)) = (self.building.current(), building.current()) else {
            return next;
        };
        if let Some(bar) = told {
            next.put(bar.index, kept(&bar));
        }
        let flat = before.index.saturating_add(1)..current.index;
        let old = current.index.saturating_sub(N as u64);
        for index in flat.start.max(old)..flat.end {
            next.put(index, 0);
        }
        next
    }

    fn put(&mut self, index: u64, variance: u64) {
        if let Some(slot) = index.checked_rem(N as u64).and_then(|i| self.ring.get_mut(i as usize))
        {
            *slot = variance;
        }
    }

    /// How many whole bars it knows, N at most.
    pub fn bars(&self) -> usize {
        self.building.whole().min(N as u64) as usize
    }

    /// How long a bar is.
    pub const fn bar(&self) -> Seconds {
        self.building.length()
    }

    /// The mean variance per bar of the last `bars` whole bars, rounded down; `None` of none, and before there are
    /// as many.
    pub fn mean(&self, bars: usize) -> Option<Real> {
        if bars == 0 || self.bars() < bars {
            return None;
        }
        let end = self.building.current()?.index;
        let slots = (1..=bars as u64).map(|back| ((end - back) % N as u64) as usize);
        let sum: u128 = slots.map(|slot| u128::from(self.ring[slot])).sum();
        Some(Real::from_bits(((sum << CUT) / bars as u128) as i128))
    }

    /// Whether prices can have led to it.
    pub fn possible(&self) -> bool {
        let end = self.building.current().map_or(0, |bar| bar.index);
        let known = self.bars() as u64;
        let blank = (known..N as u64).all(|back| {
            // What lies further back than the bars that are known: no bar, and nothing there.
            let slot = (end % N as u64 + 2 * N as u64 - 1 - back) % N as u64;
            self.ring[slot as usize] == 0
        });
        self.building.possible() && blank && self.ring.iter().all(|kept| *kept < 1 << 63)
    }
}

/// A bar's variance in units of 2⁻⁵¹: under 2¹²·2⁵¹.
fn kept(bar: &Bar) -> u64 {
    (bar.garman_klass().to_bits() >> CUT) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(prices: &[(u64, u32)]) -> History<4> {
        let start = History::new(Seconds::new(10).unwrap()).unwrap();
        prices.iter().fold(start, |history, &(now, price)| {
            history.after(Timestamp::new(now), Price::new(Real::from_num(price)).unwrap())
        })
    }

    #[test]
    fn the_oldest_bar_gives_way() {
        let mut prices = std::vec![(0, 100)];
        prices.extend((1..8).map(|bar| (bar * 10, 100 + bar as u32)));
        let history = fed(&prices);
        assert_eq!(history.bars(), 4);
        let of = |bars: core::ops::Range<u32>| {
            let square = |n: u32| {
                let log = crate::math::ln(Real::from_num(100 + n)).unwrap()
                    - crate::math::ln(Real::from_num(99 + n)).unwrap();
                log * log * (Real::lit("1.5") - Real::LN_2 * 2)
            };
            bars.clone().map(square).fold(Real::ZERO, |sum, each| sum + each)
                / i128::from(bars.len() as u64)
        };
        assert!(history.mean(4).unwrap().abs_diff(of(3..7)) < Real::lit("1e-15"));
        assert!(history.mean(1).unwrap().abs_diff(of(6..7)) < Real::lit("1e-15"));
        assert_eq!((history.mean(0), history.mean(5)), (None, None));
        assert!(history.possible());
    }

    #[test]
    fn what_stands_still_runs_out() {
        let moved = [(0, 100), (10, 120), (20, 100)];
        for (later, bars, whole) in [(29, 1, 1), (31, 2, 2), (50, 4, 4), (59, 4, 4)] {
            let history = fed(&[&moved[..], &[(later, 100)]].concat());
            assert_eq!(history.bars(), bars);
            assert!(history.mean(whole).unwrap() > 0 && history.possible(), "{history:?}");
        }
        for later in [60, 61, 1000, u64::MAX] {
            let history = fed(&[&moved[..], &[(later, 100)]].concat());
            let last = history.mean(4).unwrap();
            assert_eq!(last > 0, later < 70, "{later}: {last}");
            assert!(history.possible());
        }
    }

    #[test]
    fn a_bar_that_was_never_seen_is_not_possible() {
        let mut history = fed(&[(0, 100), (10, 120), (20, 100)]);
        assert!(history.possible());
        history.ring[3] = 1;
        assert!(!history.possible());
    }
}
