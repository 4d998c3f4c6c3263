//! Rows in, rows out: CSV tables answered row by row, in order and in constant memory.
//!
//! [`price`] and [`iv`] ask the two questions of one thread, from bytes to bytes; no input makes
//! them panic. [`run_on`] asks any [`Question`] over threads. The parts: [`record`] and [`block`] cut
//! bytes into rows, `sheet` understands the header, `cells` writes CSV or JSON, `stream` keeps
//! the order; `terms` reads what an option is, `scaled` prints numbers.
//!
//! ```
//! use amm_rows::Manner;
//!
//! let mut out = Vec::new();
//! amm_rows::price(&b"F,K,sigma,T_seconds,DF\n105,100,0,3600,0.99\n"[..], "a.csv", Manner::default(), &mut out)?;
//! let out = String::from_utf8(out)?;
//! assert!(out.lines().nth(1).unwrap().starts_with("105,100,0,3600,0.99,4.95,0,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod block;
mod cells;
mod failure;
mod implied;
mod price;
pub mod record;
mod scaled;
mod sheet;
mod stream;
mod terms;

pub use cells::{Cells, Format, json_text};
pub use failure::{Failure, Fault, shown};
pub use implied::Implied;
pub use price::Price;
pub use scaled::{PLACES_MAX, Scaled};
pub use sheet::{Manner, Question, READS_MAX};
pub use stream::{Summary, run, run_on};

use std::io::{Read, Write};

/// Prices every row of `input`, which messages call `file`: see [`Price`].
///
/// # Errors
///
/// [`Failure`]; the rows before it have been written.
pub fn price(
    input: impl Read,
    file: &str,
    manner: Manner,
    output: &mut impl Write,
) -> Result<Summary, Failure> {
    run(Price, input, file, manner, output, |_| ())
}

/// Finds the implied volatility of every row of `input`, which messages call `file`: see
/// [`Implied`].
///
/// # Errors
///
/// [`Failure`]; the rows before it have been written.
pub fn iv(
    input: impl Read,
    file: &str,
    manner: Manner,
    output: &mut impl Write,
) -> Result<Summary, Failure> {
    run(Implied, input, file, manner, output, |_| ())
}
