//! Exact integers for money and contracts, and the one door into them.

use crate::num::{Real, decimal};
use core::fmt;

/// Which way a number that is not whole goes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
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
            /// Atoms in one unit.
            pub const SCALE: i128 = 1_000_000_000;

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
        }

        /// The exact decimal.
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                decimal::scaled(self.0, 9).fmt(f)
            }
        }
    )+};
}

ledger! {
    /// Money in the quote currency, in atoms of 10⁻⁹.
    Cash;
    /// Contracts, in atoms of 10⁻⁹.
    Size;
}

impl Cash {
    /// Money for a pricing number: the one door from prices to cash.
    ///
    /// Total: every [`Real`] fits, since 2⁶³·10⁹ < 2¹²⁷.
    pub const fn round(value: Real, rounding: Rounding) -> Self {
        let bits = value.to_bits();
        // Whole and fraction apart, so that nothing overflows: bits = whole·2⁶⁴ + fraction.
        let (whole, fraction) = (bits >> 64, bits & ((1 << 64) - 1));
        let scaled = fraction * Self::SCALE; // < 2⁶⁴·2³⁰
        let carry = match rounding {
            Rounding::Down => scaled >> 64,
            Rounding::Up => (scaled + ((1 << 64) - 1)) >> 64,
        };
        Self(whole * Self::SCALE + carry)
    }
}
