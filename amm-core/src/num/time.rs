//! Time: integer seconds, and the one year they are measured against.

use crate::num::{OutOfRange, Real};

/// Seconds in the year that volatility and rates are quoted for: 365 days.
pub const YEAR_S: u32 = 31_536_000;

/// A length of time in whole seconds, at most thirty years.
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
        if seconds <= Self::MAX.0 as u64 {
            return Ok(Self(seconds as u32));
        }
        // A Real holds less than 2⁶³, so a larger count is reported as the greatest Real.
        let got = if seconds > i64::MAX as u64 { i64::MAX } else { seconds as i64 };
        Err(OutOfRange {
            what: "time in seconds",
            got: Real::from_bits((got as i128) << 64),
            min: Real::ZERO,
            max: Real::from_bits((Self::MAX.0 as i128) << 64),
        })
    }

    /// The count.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A point in time: whole seconds since 1970-01-01T00:00:00Z.
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
