//! Decimals for people: exact text to numbers and back, without a float in between.
//!
//! Reading: [`Decimal::parse`] checks a text, and its methods turn it into a number. None loses
//! anything silently: [`Decimal::to_real`] is the nearest [`Real`](crate::num::Real), however many
//! digits were written, and [`Decimal::to_integer`] refuses what is not whole. Printing: [`text`]
//! lays a `Real` out as an exact, a rounded or a cut decimal, [`shortest`] as one that reads back.
//!
//! Both take a `shift10`, the power of ten between the number people see and the one that is
//! kept. A price of a token near 10⁻⁸ has few bits in a `Real`; read and printed with
//! `shift10 = ±10` it has as many as a price near 100.
//!
//! ```
//! use amm_core::num::decimal::{Decimal, Digits, text};
//!
//! let scaled = Decimal::parse("0.0000000123456789")?.to_real(10)?;
//! assert_eq!(text(scaled, 0, Digits::Significant(9)).as_str(), "123.456789");
//! assert_eq!(text(scaled, -10, Digits::Significant(9)).as_str(), "1.23456789e-8");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod print;
mod read;

pub use print::{Digits, Text, shortest, text};
pub use read::{Decimal, ParseDecimal, Unfit};

pub(super) use print::scaled;

/// Decimal digits that always fit in a `u64`.
const CHUNK: usize = 19;

/// 10⁰ to 10¹⁹.
const POW10: [u64; CHUNK + 1] = {
    let mut powers = [1; CHUNK + 1];
    let mut i = 1;
    while i <= CHUNK {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};
