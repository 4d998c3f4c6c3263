//! Exact integers for money, contracts and shares, and the one door into them.

use crate::num::decimal::{self, Decimal};
use crate::num::{ParseNumber, Real};
use core::fmt;
use core::str::FromStr;

/// Which way a number that is not whole goes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Rounding {
    /// Towards −∞.
    Down,
    /// Towards +∞.
    Up,
}

macro_rules! ledger {
    ($($(#[$doc:meta])* $Name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $Name(i128);

        impl $Name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// The least there is; it alone has no opposite.
            pub const MIN: Self = Self(i128::MIN);
            /// The most there is.
            pub const MAX: Self = Self(i128::MAX);
            /// Atoms in one unit.
            pub const SCALE: i128 = 10_i128.pow(DECIMALS);

            /// So many atoms of 10⁻⁹.
            pub const fn from_atoms(atoms: i128) -> Self {
                Self(atoms)
            }

            /// The number of atoms.
            pub const fn atoms(self) -> i128 {
                self.0
            }

            /// The sum, or `None` if it does not fit.
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(atoms) => Some(Self(atoms)),
                    None => None,
                }
            }

            /// The difference, or `None` if it does not fit.
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(atoms) => Some(Self(atoms)),
                    None => None,
                }
            }

            /// The opposite, or `None` for [`MIN`](Self::MIN).
            pub const fn checked_neg(self) -> Option<Self> {
                match self.0.checked_neg() {
                    Some(atoms) => Some(Self(atoms)),
                    None => None,
                }
            }

            /// The size without the sign, or `None` for [`MIN`](Self::MIN).
            pub const fn checked_abs(self) -> Option<Self> {
                match self.0.checked_abs() {
                    Some(atoms) => Some(Self(atoms)),
                    None => None,
                }
            }
        }

        /// The exact decimal, without zeros at its end.
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                decimal::scaled(self.0, DECIMALS).fmt(f)
            }
        }

        /// Exact: what has more than nine decimals is refused, not rounded.
        impl FromStr for $Name {
            type Err = ParseNumber;

            fn from_str(text: &str) -> Result<Self, ParseNumber> {
                Ok(Self(Decimal::parse(text)?.to_atoms()?))
            }
        }
    )+};
}

ledger! {
    /// Money in the quote currency, in atoms of 10⁻⁹, up to ±1.7·10²⁹.
    ///
    /// Arithmetic is checked and exact; nothing here rounds but [`Cash::round`].
    ///
    /// ```
    /// use amm_core::num::Cash;
    ///
    /// let premium: Cash = "12.5".parse()?;
    /// let fee = Cash::from_atoms(1);
    /// assert_eq!(premium.checked_add(fee).unwrap().to_string(), "12.500000001");
    /// let error = "0.0000000001".parse::<Cash>().unwrap_err();
    /// assert_eq!(error.to_string(), "too fine to keep: it has digits below 10^-9");
    /// # Ok::<(), amm_core::num::ParseNumber>(())
    /// ```
    Cash;
    /// Contracts, in atoms of 10⁻⁹, up to ±1.7·10²⁹; the sign is a position's.
    ///
    /// ```
    /// use amm_core::num::Size;
    ///
    /// let sold: Size = "-3".parse()?;
    /// let left = sold.checked_add("0.5".parse()?).unwrap();
    /// assert_eq!(left.to_string(), "-2.5");
    /// assert_eq!(left.checked_abs(), Some(Size::from_atoms(2_500_000_000)));
    /// # Ok::<(), amm_core::num::ParseNumber>(())
    /// ```
    Size;
    /// Shares of the pool's liquidity, in atoms of 10⁻⁹, up to ±1.7·10²⁹.
    ///
    /// ```
    /// use amm_core::num::Shares;
    ///
    /// let held: Shares = "100".parse()?;
    /// assert_eq!(held.checked_sub("0.25".parse()?).unwrap().to_string(), "99.75");
    /// # Ok::<(), amm_core::num::ParseNumber>(())
    /// ```
    Shares;
}

/// Decimals of an atom.
pub(in crate::num) const DECIMALS: u32 = 9;

impl Cash {
    /// Money for a pricing number: the one door from prices to cash.
    ///
    /// The greatest number of atoms that is not more than `value`, or the least that is not less.
    /// Whoever calls says who gets the difference, which is below one atom.
    ///
    /// ```
    /// use amm_core::num::{Cash, Real, Rounding};
    ///
    /// let third = Real::ONE / 3;
    /// assert_eq!(Cash::round(third, Rounding::Down).to_string(), "0.333333333");
    /// assert_eq!(Cash::round(third, Rounding::Up).to_string(), "0.333333334");
    /// assert_eq!(Cash::round(-third, Rounding::Down).to_string(), "-0.333333334");
    /// assert_eq!(Cash::round(-third, Rounding::Up).to_string(), "-0.333333333");
    /// ```
    ///
    /// Total: every [`Real`] fits, since 2⁶³·10⁹ < 2¹²⁷.
    pub const fn round(value: Real, rounding: Rounding) -> Self {
        let bits = value.to_bits();
        // Whole and fraction apart, so that nothing overflows: bits = whole·2⁶⁴ + fraction, where
        // 0 ≤ fraction < 2⁶⁴ for either sign.
        let (whole, fraction) = (bits >> 64, bits & ((1 << 64) - 1));
        let scaled = fraction * Self::SCALE; // < 2⁶⁴·2³⁰
        let carry = match rounding {
            Rounding::Down => scaled >> 64,
            Rounding::Up => (scaled + ((1 << 64) - 1)) >> 64,
        };
        Self(whole * Self::SCALE + carry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::decimal::{ParseDecimal, Unfit};
    use std::format;
    use std::string::ToString;

    #[test]
    fn round_goes_the_way_it_is_told() {
        let both = |value| {
            let round = |way| Cash::round(value, way).atoms();
            (round(Rounding::Down), round(Rounding::Up))
        };
        assert_eq!(both(Real::ZERO), (0, 0));
        assert_eq!(both(Real::DELTA), (0, 1));
        assert_eq!(both(-Real::DELTA), (-1, 0));
        assert_eq!(both(Real::lit("2.5")), (2_500_000_000, 2_500_000_000));
        assert_eq!(both(Real::lit("-2.5")), (-2_500_000_000, -2_500_000_000));
        assert_eq!(both(Real::ONE - Real::DELTA), (999_999_999, 1_000_000_000));
        let bound = (1 << 63) * Cash::SCALE;
        assert_eq!(both(Real::MIN), (-bound, -bound));
        assert_eq!(both(Real::MAX), (bound - 1, bound));
    }

    #[test]
    fn the_least_amount_is_whole_but_has_no_opposite() {
        let least = "-170141183460469231731687303715.884105728";
        assert_eq!(Cash::MIN.to_string(), least);
        assert_eq!(least.parse(), Ok(Cash::MIN));
        assert_eq!(Cash::MAX.to_string().parse(), Ok(Cash::MAX));
        assert_eq!((Cash::MIN.checked_neg(), Cash::MIN.checked_abs()), (None, None));
        assert_eq!(Cash::MAX.checked_neg().unwrap().checked_neg(), Some(Cash::MAX));
        assert_eq!(Cash::MIN.checked_sub(Cash::from_atoms(1)), None);
        assert_eq!(Cash::MAX.checked_add(Cash::from_atoms(1)), None);
    }

    #[test]
    fn text_is_exact_or_refused() {
        let too_large = Unfit::TooLarge { exponent: 29 };
        let beyond = "170141183460469231731687303715.884105728";
        assert_eq!(beyond.parse::<Size>(), Err(ParseNumber::Unfit(too_large)));
        assert!("1e999999999999999999999".parse::<Size>().is_err());
        assert_eq!("1_000.000_000_001_000".parse(), Ok(Size::from_atoms(1_000_000_000_001)));
        let too_fine = Unfit::TooFine { place: -9 };
        assert_eq!("1.0000000001".parse::<Size>(), Err(ParseNumber::Unfit(too_fine)));
        let blank = ParseDecimal::Unexpected { at: 0, found: b' ' };
        assert_eq!(" 1".parse::<Size>(), Err(ParseNumber::Text(blank)));
    }

    #[test]
    fn display_keeps_to_the_column() {
        let size: Size = "-1.25".parse().unwrap();
        assert_eq!(
            format!("[{size:>8}] [{size:<8}] [{size:08}] [{size:.1}]"),
            "[   -1.25] [-1.25   ] [-0001.25] [-1.25]"
        );
        assert_eq!(Size::ZERO.to_string(), "0");
    }
}
