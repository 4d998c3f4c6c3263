//! How much may be held of one series and of one expiry.

use crate::num::Size;

/// The most contracts that the pool may be short or long, whichever way.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Limits {
    /// Of one series: zero or more.
    pub per_series: Size,
    /// Of all series of one expiry, their net position: zero or more.
    pub per_expiry: Size,
}

/// A position before and after an order, with all that is pending counted as done.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Held {
    /// Before it.
    pub before: Size,
    /// After it.
    pub after: Size,
}

/// What a limit refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// Of one series.
    #[error("{after} contracts of one series pass the limit of {most}")]
    Series {
        /// What would be held.
        after: Size,
        /// The most.
        most: Size,
    },
    /// Of one expiry.
    #[error("{after} contracts of one expiry pass the limit of {most}")]
    Expiry {
        /// What would be held.
        after: Size,
        /// The most.
        most: Size,
    },
    /// The limit itself is below zero.
    #[error("a limit is 0 or more, not {got}")]
    Negative {
        /// The limit.
        got: Size,
    },
}

impl Held {
    /// Within a limit, or no further from zero than before.
    fn keeps(self, most: Size) -> bool {
        let [before, after] = [self.before, self.after].map(|size| size.atoms().unsigned_abs());
        after <= most.atoms().unsigned_abs() || after <= before
    }
}

impl Limits {
    /// No limits.
    pub const NONE: Self = Self { per_series: Size::MAX, per_expiry: Size::MAX };

    /// Checks that neither is below zero.
    ///
    /// # Errors
    ///
    /// [`LimitError::Negative`].
    pub fn check(&self) -> Result<(), LimitError> {
        let mut limits = [self.per_series, self.per_expiry].into_iter();
        match limits.find(|limit| *limit < Size::ZERO) {
            Some(got) => Err(LimitError::Negative { got }),
            None => Ok(()),
        }
    }

    /// Whether an order keeps the limits. What brings a position no further from zero passes always,
    /// also beyond a limit that was lowered under it.
    ///
    /// ```
    /// use amm_core::risk::breaker::{Held, Limits};
    ///
    /// let limits = Limits { per_series: "10".parse()?, per_expiry: "15".parse()? };
    /// let held = |before: &str, after: &str| Held {
    ///     before: before.parse().unwrap(),
    ///     after: after.parse().unwrap(),
    /// };
    /// let error = limits.admit(held("-9", "-11"), held("-9", "-11")).unwrap_err();
    /// assert_eq!(error.to_string(), "-11 contracts of one series pass the limit of 10");
    /// assert_eq!(limits.admit(held("-40", "-30"), held("-60", "-50")), Ok(()));
    /// # Ok::<(), amm_core::num::ParseNumber>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LimitError::Series`] or [`LimitError::Expiry`], and those of [`Limits::check`].
    pub fn admit(&self, series: Held, expiry: Held) -> Result<(), LimitError> {
        self.check()?;
        let (Held { after, .. }, most) = (series, self.per_series);
        if !series.keeps(most) {
            return Err(LimitError::Series { after, most });
        }
        let (Held { after, .. }, most) = (expiry, self.per_expiry);
        if !expiry.keeps(most) {
            return Err(LimitError::Expiry { after, most });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(before: i128, after: i128) -> Held {
        Held { before: Size::from_atoms(before), after: Size::from_atoms(after) }
    }

    #[test]
    fn either_limit_refuses() {
        let [per_series, per_expiry] = [5, 8].map(Size::from_atoms);
        let limits = Limits { per_series, per_expiry };
        assert_eq!(limits.admit(held(0, -5), held(0, 8)), Ok(()));
        assert!(matches!(limits.admit(held(0, 6), held(0, 6)), Err(LimitError::Series { .. })));
        assert!(matches!(limits.admit(held(0, 5), held(4, -9)), Err(LimitError::Expiry { .. })));
        // Across zero counts what is left on the other side.
        assert_eq!(limits.admit(held(9, -9), held(9, -9)), Ok(()));
        assert!(limits.admit(held(9, -10), held(9, -9)).is_err());
    }

    #[test]
    fn ends_of_the_range() {
        let all = held(i128::MIN, i128::MAX);
        assert_eq!(Limits::NONE.admit(all, all), Ok(()));
        let growing = held(i128::MAX, i128::MIN);
        assert!(Limits::NONE.admit(growing, all).is_err());
        let got = Size::from_atoms(-1);
        let wrong = Limits { per_series: got, ..Limits::NONE };
        assert_eq!(wrong.admit(all, all), Err(LimitError::Negative { got }));
    }
}
