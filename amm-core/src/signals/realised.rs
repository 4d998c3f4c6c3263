//! The variance the underlying has shown of late.

use crate::math::{exp2_neg, ln_q96, mul_wide};
use crate::num::{Price, Real, Seconds, Timestamp, YEAR_S};

/// Realised variance: squared log returns, each fading with a half-life, annualised.
///
/// With returns r at ages s and a half-life of h seconds the variance is (ln 2·year/h)·Σ r²·2^(−s/h). A
/// steady market of volatility σ gives σ² once a few half-lives have passed; from rest it starts at
/// zero and is low by 2^(−age/h), and prices rarer than the half-life make it high, by a factor
/// 1.39 at one a half-life and 1.04 at ten.
///
/// Seeing the same price again says nothing new and changes nothing but the date, to the bit: a price may be
/// poked as often as anyone likes.
///
/// ```
/// use amm_core::num::{Seconds, Timestamp};
/// use amm_core::signals::Realised;
///
/// let hour = Seconds::new(3600)?;
/// let seen = [(0, "30000"), (60, "30100"), (120, "30050"), (180, "30000")];
/// let realised = seen.into_iter().try_fold(Realised::default(), |realised, (now, price)| {
///     Ok::<_, amm_core::num::ParseNumber>(realised.after(Timestamp::new(now), price.parse()?, hour))
/// })?;
/// assert_eq!(format!("{:.5}", realised.variance()), "0.09913"); // a volatility of 31 %
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Realised {
    /// The last price seen; zero before the first.
    pub(crate) price: Price,
    /// When it was first seen.
    pub(crate) moved: Timestamp,
    /// When it was last seen.
    pub(crate) seen: Timestamp,
    /// The half-life of what was seen, given with the last price.
    pub(crate) half_life: Seconds,
    /// The variance at `moved`, annualised, under 2³⁸.
    pub(crate) variance: Real,
}

impl Default for Realised {
    /// Nothing seen.
    fn default() -> Self {
        Self {
            price: Price::MIN,
            moved: Timestamp::new(0),
            seen: Timestamp::new(0),
            half_life: Seconds::ZERO,
            variance: Real::ZERO,
        }
    }
}

impl Realised {
    /// Takes in the price at a time, with the half-life to use from then on.
    ///
    /// A price of zero, which has no logarithm, a time not after the last, and a half-life of zero
    /// change nothing: the next price counts the whole move since the last one taken in.
    #[must_use]
    pub fn after(&self, now: Timestamp, price: Price, half_life: Seconds) -> Self {
        if price == Price::MIN || half_life == Seconds::ZERO {
            return *self;
        }
        if self.price == Price::MIN {
            return Self { price, moved: now, seen: now, half_life, variance: Real::ZERO };
        }
        if now <= self.seen {
            return *self;
        }
        if price == self.price && half_life == self.half_life {
            return Self { seen: now, ..*self };
        }
        let variance = self.at(now) + increment(self.price, price, half_life);
        Self { price, moved: now, seen: now, half_life, variance }
    }

    /// The annualised variance σ² as of the last price taken in, rounded down.
    ///
    /// Each return's part is within 2⁻⁶² of it and an ulp; each decay takes under 2⁻⁶² of the sum and an ulp.
    pub fn variance(&self) -> Real {
        self.at(self.seen)
    }

    /// Whether prices can have led to it.
    #[cfg(feature = "alloc")]
    pub(crate) fn possible(&self) -> bool {
        const MOST: Real = Real::lit("274877906944"); // 2³⁸
        if self.price == Price::MIN {
            return *self == Self::default();
        }
        let dates = self.moved <= self.seen && self.half_life > Seconds::ZERO;
        dates && Real::ZERO <= self.variance && self.variance < MOST
    }

    /// The variance faded from `moved` to `now`.
    fn at(&self, now: Timestamp) -> Real {
        let age = now.get().saturating_sub(self.moved.get()) as u128;
        if age == 0 || self.variance == 0 {
            return self.variance;
        }
        let half_lives = (age << 64) / (self.half_life.get() as u128).max(1);
        if half_lives >> 71 != 0 {
            return Real::ZERO; // 128 half-lives leave nothing of 2³⁸
        }
        let (share, halvings) = exp2_neg(half_lives);
        let faded = mul_wide(self.variance.to_bits() as u128, share) >> halvings;
        Real::from_bits(faded as i128)
    }
}

/// (ln to/from)²·ln 2·year/h in units of [`Real`].
///
/// |ln| < 73, so this is under 2³⁶·⁸/h. However often it is added to what 2^(−1/h) leaves of the sum, that
/// stays under twice the most one second can add, 2³⁷·⁸.
fn increment(from: Price, to: Price, half_life: Seconds) -> Real {
    const RATE: u64 = 0xa6c5_88be_39c8_c46c; // ln 2·year in Q39
    const { assert!(YEAR_S == 31_536_000) };
    let logs = ln_q96(to.get().to_bits() as u128) - ln_q96(from.get().to_bits() as u128);
    let fine = logs.unsigned_abs() >> 32; // Q64, < 2⁷¹
    let squared = mul_wide(fine, fine as u64) + fine * (fine >> 64); // Q64, < 2⁷⁷
    let annual = mul_wide(squared << 25, RATE);
    Real::from_bits((annual / half_life.get() as u128) as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(count: u64) -> Seconds {
        Seconds::new(count).unwrap()
    }

    fn fed(half_life: Seconds, prices: impl IntoIterator<Item = (u64, Price)>) -> Realised {
        prices.into_iter().fold(Realised::default(), |realised, (now, price)| {
            realised.after(Timestamp::new(now), price, half_life)
        })
    }

    fn price(units: u64) -> Price {
        Price::new(Real::from_num(units)).unwrap()
    }

    /// Up and down by ln(1.001) every minute: σ² is its square over a minute of a year.
    #[test]
    fn a_steady_market_gives_its_variance() {
        let prices =
            (0..6_000).map(|n| (n * 60, price(if n % 2 == 0 { 1_000_000 } else { 1_001_000 })));
        let got = fed(seconds(3600), prices).variance();
        let log = crate::math::ln(Real::lit("1.001")).unwrap();
        let want = log * log * i128::from(YEAR_S / 60);
        let high = want + want / 160; // ln 2/60/2 of it: a return counts whole when it comes
        assert!(want < got && got < high, "{want} {got} {high}");
    }

    /// One return of ln 2, seen after a half-life of an hour and again after two.
    #[test]
    fn a_return_fades_by_half_lives() {
        let hour = seconds(3600);
        let one = fed(hour, [(0, price(1)), (1, price(2))]);
        let log = Real::LN_2;
        let rate = log * log * log * 8760;
        assert!(one.variance().abs_diff(rate) < Real::lit("1e-12"), "{} {rate}", one.variance());
        let later = one.after(Timestamp::new(3601), price(2), hour).variance();
        assert!((later * 2).abs_diff(one.variance()) < Real::lit("1e-15"), "{later}");
        let much_later = one.after(Timestamp::new(u64::MAX), price(2), hour).variance();
        assert_eq!(much_later, Real::ZERO);
    }

    #[test]
    fn what_has_no_meaning_changes_nothing() {
        let hour = seconds(3600);
        let one = fed(hour, [(10, price(1)), (20, price(2))]);
        assert_eq!(one.after(Timestamp::new(30), Price::MIN, hour), one);
        assert_eq!(one.after(Timestamp::new(20), price(3), hour), one);
        assert_eq!(one.after(Timestamp::new(30), price(3), Seconds::ZERO), one);
        assert_eq!(
            Realised::default().after(Timestamp::new(1), Price::MIN, hour),
            Realised::default()
        );
        // A move that came twice in a second is counted with the next price.
        let late =
            one.after(Timestamp::new(20), price(4), hour).after(Timestamp::new(21), price(4), hour);
        assert_eq!(late, one.after(Timestamp::new(21), price(4), hour));
    }

    /// The greatest moves there are, every second, for the shortest and the longest half-life.
    #[test]
    fn the_bound_holds() {
        let least = Price::new(Real::DELTA).unwrap();
        for half_life in [1, 2, 3600, 946_080_000] {
            let swings = (0..2_000).map(|n| (n, if n % 2 == 0 { least } else { Price::MAX }));
            let most = fed(seconds(half_life), swings).variance();
            assert!(most > 0 && most < Real::from_num(1_u64 << 38), "{most}");
        }
    }

    proptest! {
        /// Any number of pokes of the last price leave the same estimate to the bit.
        #[test]
        fn pokes_do_not_matter(
            moves in proptest::collection::vec((1_u64..5_000, 1_u64..1_000_000), 1..20),
            pokes in proptest::collection::vec(1_u64..5_000, 0..20),
            half_life in 1_u64..100_000,
        ) {
            let half_life = seconds(half_life);
            let (mut plain, mut poked, mut now) = (Realised::default(), Realised::default(), 0);
            for (gap, level) in moves {
                let last = poked.price;
                for poke in pokes.iter().filter(|poke| **poke < gap) {
                    poked = poked.after(Timestamp::new(now + poke), last, half_life);
                }
                now += gap;
                plain = plain.after(Timestamp::new(now), price(level), half_life);
                poked = poked.after(Timestamp::new(now), price(level), half_life);
                prop_assert_eq!(plain.variance(), poked.variance());
            }
        }

        /// While the price stands still the estimate does not rise.
        #[test]
        fn it_only_fades(half_life in 1_u64..10_000_000, level in 2_u64..1_000_000, gaps in proptest::collection::vec(1_u64..100_000, 1..30)) {
            let half_life = seconds(half_life);
            let mut realised = fed(half_life, [(0, price(1)), (1, price(level))]);
            let mut now = 1;
            for gap in gaps {
                now += gap;
                let next = realised.after(Timestamp::new(now), price(level), half_life);
                prop_assert!(next.variance() <= realised.variance());
                realised = next;
            }
        }
    }
}
