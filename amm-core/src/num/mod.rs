//! Scalars, quantities, money and time: what every other layer counts with.
//!
//! Two kinds of number and one door between them. *Pricing* numbers are quantities over
//! [`Real`], each with a range. *Ledger* numbers, [`Cash`] and [`Size`], are exact integers.
//! [`Cash::round`] is the only way from the first to the second, and the call says which way it
//! rounds. Nothing here knows what an option is.

pub mod decimal;
mod ledger;
mod quantity;
mod time;

pub use ledger::{Cash, Rounding, Size};
pub use quantity::{Discount, OutOfRange, Price, TotalVariance, Vol};
pub use time::{Seconds, Timestamp, YEAR_S};

/// The scalar: signed fixed point with 64 integer and 64 fractional bits, one ulp is 2⁻⁶⁴.
pub type Real = fixed::types::I64F64;
