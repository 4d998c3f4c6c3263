//! Funding rates of perpetuals.

use super::cells::{Cells, Column, needed};
use super::format::Format;
use super::reader::{Mark, Row};
use amm_core::num::Real;
use amm_rows::Fault;

/// One rate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FundingRow {
    /// When it was paid, in milliseconds since 1970.
    pub time_ms: u64,
    /// `BTC`, `ETH`.
    pub underlying: String,
    /// What longs paid to shorts since the last, as a fraction of the position.
    pub rate: Real,
}

impl Row for FundingRow {
    const FORMAT: Format = Format::Funding;
    const COLUMNS: &'static [Column] =
        &[needed("ts_ms"), needed("underlying"), needed("funding_rate")];
    const TIME: &'static str = "ts_ms";

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let (time_ms, underlying) = (cells.number()?, cells.text()?);
        let missing = || Fault::in_column("funding_rate", "is empty", "");
        Ok(Self { time_ms, underlying, rate: cells.real()?.ok_or_else(missing)? })
    }

    fn mark(&self) -> Mark<'_> {
        let (time_ms, series) = (self.time_ms, self.underlying.as_str());
        Mark { order: time_ms, time_ms, series, key: Some((series, "")), ..Mark::default() }
    }
}
