//! Real market data: files in, typed rows out, and what was found on the way.
//!
//! A [`Reader`] gives the rows of one format; [`Description`] tells which format a file has and reads it
//! from end to end. Files are CSV with a header, in any order of columns, or JSON of an exchange's
//! answers, plain or gzip; they are read as a stream. Decimals are read without a float in between.
//! A bad row ends the reading with file, line, column and reason. Times that go backwards are bad;
//! gaps, rows that stand twice and numbers that were passed over are [`Findings`].
//!
//! [`recorded`] makes one input of a run of chains, flow and an index; [`path`] makes returns of prices.
//!
//! ```
//! use amm_sim::data::{Candle, Input, Reader};
//!
//! let text = "ts_ms,open,high,low,close\n0,10,12,9,11\n60000,11,11,11,11\n240000,11,12,11,12\n";
//! let mut candles = Reader::<Candle>::new(Input::new(text.as_bytes(), "c.csv")?)?;
//! let closes: Vec<_> = candles.by_ref().map(|candle| candle.map(|candle| candle.close)).collect::<Result<_, _>>()?;
//! assert_eq!(closes[2], "12".parse()?);
//! let span = &candles.findings().spans[""];
//! assert_eq!((span.gaps, span.gaps_missing), (1, 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod candles;
mod cells;
mod chain_row;
mod deribit;
mod findings;
mod flow;
mod format;
mod funding;
mod index;
mod input;
mod instrument;
pub mod path;
mod pool_flow;
mod reader;
pub mod recorded;
mod scan;
mod table;
mod tardis;

pub use candles::Candle;
pub use cells::{Cells, Column};
pub use chain_row::ChainRow;
pub(crate) use chain_row::{SNAP, UNDERLYING};
pub use deribit::{BookSummary, DeribitTrade};
pub use findings::{Find, Findings, Finds, Gap, PLACES_MAX, Span};
pub use flow::{FlowRow, Guess};
pub use format::{Description, Format};
pub use funding::FundingRow;
pub use index::IndexRow;
pub use input::Input;
pub use path::{Path, PathError, Point};
pub use pool_flow::{PoolRow, Ticks};
pub use reader::{Mark, Reader, Row};
pub use tardis::{TardisQuote, TardisTrade};
