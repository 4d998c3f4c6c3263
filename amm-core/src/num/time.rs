//! Time: integer seconds, and the one year they are measured against.

use crate::num::decimal::{Decimal, ParseDecimal, Unfit};
use crate::num::{OutOfRange, ParseNumber, Real};
use core::fmt;
use core::str::FromStr;

/// Seconds in the year that volatility and rates are quoted for: 365 days.
pub const YEAR_S: u32 = 31_536_000;

/// A length of time in whole seconds, at most thirty years.
///
/// ```
/// use amm_core::num::{Seconds, YEAR_S};
///
/// let week: Seconds = "604_800".parse()?;
/// assert_eq!(week.get(), 7 * 24 * 3600);
/// assert_eq!(Seconds::MAX.get(), 30 * YEAR_S);
/// let error = "-1".parse::<Seconds>().unwrap_err();
/// assert_eq!(error.to_string(), "time in seconds must lie in 0..=946080000, got -1");
/// # Ok::<(), amm_core::num::ParseNumber>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Seconds(u32);

impl Seconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Thirty years.
    pub const MAX: Self = Self(30 * YEAR_S);

    /// Admits at most [`Seconds::MAX`].
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub const fn new(seconds: u64) -> Result<Self, OutOfRange> {
        Self::admit(seconds as i128)
    }

    const fn admit(seconds: i128) -> Result<Self, OutOfRange> {
        if 0 <= seconds && seconds <= Self::MAX.0 as i128 {
            return Ok(Self(seconds as u32));
        }
        // A larger count than a Real holds is reported as the nearest one it does.
        const LEAST: i128 = i64::MIN as i128;
        const MOST: i128 = i64::MAX as i128;
        let got = match seconds {
            ..=LEAST => LEAST,
            MOST.. => MOST,
            _ => seconds,
        };
        Err(OutOfRange {
            what: "time in seconds",
            got: Real::from_bits(got << 64),
            min: Real::ZERO,
            max: Real::from_bits((Self::MAX.0 as i128) << 64),
        })
    }

    /// The count.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The count of seconds.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A decimal that is whole: `3600`, `3600.0` and `3.6e3` are one hour.
impl FromStr for Seconds {
    type Err = ParseNumber;

    fn from_str(text: &str) -> Result<Self, ParseNumber> {
        Ok(Self::admit(Decimal::parse(text)?.to_integer(0)?)?)
    }
}

/// A point in time: whole seconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use amm_core::num::Timestamp;
///
/// let expiry: Timestamp = "1681459200".parse()?;
/// let now = Timestamp::new(1_681_455_600);
/// assert_eq!(now.until(expiry)?.to_string(), "3600");
/// # Ok::<(), amm_core::num::ParseNumber>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `seconds` after the epoch.
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// How long until `later`; zero if it has passed.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] if that is more than [`Seconds::MAX`].
    pub const fn until(self, later: Self) -> Result<Seconds, OutOfRange> {
        Seconds::new(later.0.saturating_sub(self.0))
    }
}

/// Seconds since the epoch.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Seconds since the epoch, a whole decimal without a minus.
impl FromStr for Timestamp {
    type Err = ParseNumber;

    fn from_str(text: &str) -> Result<Self, ParseNumber> {
        let decimal = Decimal::parse(text)?;
        if decimal.is_negative() {
            return Err(ParseDecimal::Unexpected { at: 0, found: b'-' }.into());
        }
        let exponent = decimal.leading_exponent().unwrap_or(0);
        let seconds = u64::try_from(decimal.to_integer(0)?);
        Ok(Self(seconds.map_err(|_| Unfit::TooLarge { exponent })?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn seconds_keep_their_range() {
        let most = u64::from(Seconds::MAX.get());
        assert_eq!(Seconds::new(most), Ok(Seconds::MAX));
        assert_eq!(Seconds::new(most + 1).unwrap_err().got, Real::from_num(most + 1));
        assert_eq!(Seconds::new(u64::MAX).unwrap_err().got, Real::from_num(i64::MAX));
        for (text, got) in [("946080001", 946_080_001), ("-1", -1), ("-1e30", i64::MIN)] {
            let Err(ParseNumber::OutOfRange(error)) = text.parse::<Seconds>() else {
                panic!("{text} is out of range");
            };
            assert_eq!(error.got, Real::from_num(got));
        }
    }

    #[test]
    fn seconds_are_whole() {
        for text in ["3600", "3600.000", "3.6e3", "+36e2", "3_600"] {
            assert_eq!(text.parse::<Seconds>().unwrap().get(), 3600);
        }
        let too_fine = ParseNumber::Unfit(Unfit::TooFine { place: 0 });
        assert_eq!("0.5".parse::<Seconds>(), Err(too_fine));
        assert_eq!("-0".parse::<Seconds>(), Ok(Seconds::ZERO));
    }

    #[test]
    fn timestamps_read_what_they_print() {
        for seconds in [0, 1, 1_681_459_200, u64::MAX] {
            let timestamp = Timestamp::new(seconds);
            assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
        }
        let too_large = ParseNumber::Unfit(Unfit::TooLarge { exponent: 19 });
        assert_eq!("18446744073709551616".parse::<Timestamp>(), Err(too_large));
        let minus = ParseNumber::Text(ParseDecimal::Unexpected { at: 0, found: b'-' });
        assert_eq!("-5".parse::<Timestamp>(), Err(minus));
    }

    #[test]
    fn what_has_passed_takes_no_time() {
        let (early, late) = (Timestamp::new(10), Timestamp::new(25));
        assert_eq!(early.until(late), Seconds::new(15));
        assert_eq!(late.until(early), Ok(Seconds::ZERO));
        assert!(Timestamp::new(0).until(Timestamp::new(u64::MAX)).is_err());
    }
}
