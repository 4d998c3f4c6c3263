//! Bars of a price.

use super::cells::{Cells, Column, needed, optional};
use super::format::Format;
use super::reader::{Mark, Row};
use amm_core::num::{Price, Real};
use amm_rows::Fault;

/// One bar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Candle {
    /// When it begins, in milliseconds since 1970.
    pub time_ms: u64,
    /// The first price.
    pub open: Price,
    /// The greatest.
    pub high: Price,
    /// The least.
    pub low: Price,
    /// The last.
    pub close: Price,
    /// What was traded, in cash, to the nearest 2⁻⁶⁴.
    pub volume: Option<Real>,
}

impl Row for Candle {
    const FORMAT: Format = Format::Candles;
    const COLUMNS: &'static [Column] = &[
        needed("ts_ms"),
        needed("open"),
        needed("high"),
        needed("low"),
        needed("close"),
        optional("volume_usd"),
    ];
    const TIME: &'static str = "ts_ms";

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let time_ms = cells.number()?;
        let (open, high) = (cells.positive()?, cells.positive()?);
        let (low, close) = (cells.positive()?, cells.positive()?);
        for (name, price) in [("open", open), ("close", close), ("low", low)] {
            if !(low..=high).contains(&price) {
                let reason = format!("{price} is outside the bar's {low} to {high}");
                return Err(Fault::in_column(name, reason, ""));
            }
        }
        let volume = cells.real()?;
        if let Some(volume) = volume.filter(|volume| *volume < 0) {
            let reason = format!("must not be below 0, got {volume}");
            return Err(Fault::in_column("volume_usd", reason, ""));
        }
        Ok(Self { time_ms, open, high, low, close, volume })
    }

    fn mark(&self) -> Mark<'_> {
        Mark { order: self.time_ms, time_ms: self.time_ms, key: Some(("", "")), ..Mark::default() }
    }
}
