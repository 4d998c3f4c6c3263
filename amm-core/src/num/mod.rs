//! Scalars, quantities, money and time: what every other layer counts with.
//!
//! Two kinds of number and one door between them. *Pricing* numbers are quantities over
//! [`Real`], each with a range. *Ledger* numbers, [`Cash`], [`Size`] and [`Shares`], are exact integers.
//! [`Cash::round`] is the only way from the first to the second, and the call says which way it
//! rounds; [`Amount`] is the exact product of a size and a price on its way there. Nothing here
//! knows what an option is.
//!
//! ```
//! use amm_core::num::{Cash, Price, Rounding};
//!
//! let price: Price = "1234.567_891_234_5".parse()?;
//! assert_eq!(Cash::round(price.get(), Rounding::Down).to_string(), "1234.567891234");
//! assert_eq!(Cash::round(price.get(), Rounding::Up).to_string(), "1234.567891235");
//! assert!("-1".parse::<Price>().is_err());
//! # Ok::<(), amm_core::num::ParseNumber>(())
//! ```
//!
//! A quantity is not another quantity:
//!
//! ```compile_fail,E0308
//! use amm_core::num::{Price, Vol};
//!
//! let vol: Vol = Price::MIN;
//! ```
//!
//! # Text
//!
//! All numbers print with `Display` and read with `FromStr`, and what is printed reads back as
//! the same number. [`decimal`] has the parts: longer, shorter and scaled forms for files.
//!
//! # Serde
//!
//! With the feature `serde`, formats for people (JSON, TOML) hold decimals and formats for
//! machines hold bits:
//!
//! | type | people | machines |
//! |---|---|---|
//! | [`Real`] by [`serde_real`], [`Price`], [`Vol`], [`Discount`], [`TotalVariance`] | string, the shortest decimal with the same bits: `"0.65"` | `i128`, units of 2⁻⁶⁴ |
//! | [`Cash`], [`Size`], [`Shares`] | string, the exact decimal: `"-2.5"` | `i128`, atoms of 10⁻⁹ |
//! | [`Amount`] | string, the exact decimal | `i128` and `u32`, units of 2⁻⁶⁴ and billionths of one |
//! | [`Seconds`] | integer | `u32` |
//! | [`Timestamp`] | integer | `u64` |
//! | [`Rounding`] | `"down"`, `"up"` | index of the variant: 0, 1 |
//!
//! Decimals are strings because many a reader of JSON takes its numbers for floats. Reading
//! checks the range, and the message of a refusal is that of [`ParseNumber`] or [`OutOfRange`],
//! which itself is written but not read.

mod amount;
pub mod decimal;
mod ledger;
mod parse;
mod quantity;
mod time;
mod wide;

#[cfg(feature = "serde")]
pub mod serde_real;
#[cfg(feature = "serde")]
mod serial;

pub use amount::Amount;
pub use ledger::{Cash, Rounding, Shares, Size};
pub use parse::ParseNumber;
pub use quantity::{Discount, OutOfRange, Price, TotalVariance, Vol};
pub use time::{Seconds, Timestamp, YEAR_S};
pub use wide::mul_div;
#[cfg(feature = "alloc")]
pub(crate) use wide::{div_rem, mul_div_rem};

/// The scalar: signed fixed point with 64 integer and 64 fractional bits, one ulp is 2⁻⁶⁴.
pub type Real = fixed::types::I64F64;
