//! Index prices by time.

use super::cells::{Cells, Column, needed};
use super::format::Format;
use super::reader::{Mark, Row};
use amm_core::num::Price;
use amm_rows::Fault;

/// The index at one time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IndexRow {
    /// In milliseconds since 1970.
    pub time_ms: u64,
    /// `BTC`, `ETH`.
    pub underlying: String,
    /// Above zero.
    pub price: Price,
}

impl Row for IndexRow {
    const FORMAT: Format = Format::Index;
    const COLUMNS: &'static [Column] =
        &[needed("snap_ms"), needed("underlying"), needed("index_price")];
    const TIME: &'static str = "snap_ms";

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        Ok(Self { time_ms: cells.number()?, underlying: cells.text()?, price: cells.positive()? })
    }

    fn mark(&self) -> Mark<'_> {
        let (time_ms, series) = (self.time_ms, self.underlying.as_str());
        Mark { order: time_ms, time_ms, series, key: Some((series, "")), ..Mark::default() }
    }
}
