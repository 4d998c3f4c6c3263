//! Net flow and price of a pool of concentrated liquidity, by the minute.

use super::cells::{Cells, Column, needed, optional};
use super::format::Format;
use super::reader::{Mark, Row};
use amm_core::num::Price;
use amm_rows::Fault;

/// One minute of the pool. Amounts are in the tokens' least units.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PoolRow {
    /// When it begins, in milliseconds since 1970.
    pub time_ms: u64,
    /// Where the price was. Of some minutes the least and the greatest leave out the first or the last:
    /// that is counted, not refused.
    pub ticks: Ticks,
    /// What the pool has gained of USDC, in millionths.
    pub net_usdc: i128,
    /// What it has gained of WETH, in 10⁻¹⁸.
    pub net_weth: i128,
    /// USDC paid in by traders.
    pub in_usdc: u128,
    /// WETH paid in by traders.
    pub in_weth: u128,
    /// Liquidity at the tick.
    pub liquidity: u128,
    /// The price at the last tick, USDC for one WETH.
    pub close: Price,
    /// The price that the source gives.
    pub price: Option<Price>,
}

/// Ticks of the pool's price.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ticks {
    /// The first.
    pub open: i32,
    /// The last.
    pub close: i32,
    /// The least.
    pub low: i32,
    /// The greatest.
    pub high: i32,
}

impl Row for PoolRow {
    const FORMAT: Format = Format::PoolFlow;
    const COLUMNS: &'static [Column] = &[
        needed("ts_ms"),
        needed("open_tick"),
        needed("close_tick"),
        needed("low_tick"),
        needed("high_tick"),
        needed("net_usdc_raw"),
        needed("net_weth_raw"),
        needed("in_usdc_raw"),
        needed("in_weth_raw"),
        needed("liquidity"),
        needed("close_price_usdc"),
        optional("price_usdc"),
    ];
    const TIME: &'static str = "ts_ms";

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let time_ms = cells.number()?;
        let ticks = Ticks {
            open: cells.number()?,
            close: cells.number()?,
            low: cells.number()?,
            high: cells.number()?,
        };
        if ticks.low > ticks.high {
            let reason = format!("{} is above the high tick {}", ticks.low, ticks.high);
            return Err(Fault::in_column("low_tick", reason, ""));
        }
        Ok(Self {
            time_ms,
            ticks,
            net_usdc: cells.number()?,
            net_weth: cells.number()?,
            in_usdc: cells.number()?,
            in_weth: cells.number()?,
            liquidity: cells.number()?,
            close: cells.positive()?,
            price: cells.price_or_none()?,
        })
    }

    fn mark(&self) -> Mark<'_> {
        let Ticks { open, close, low, high } = self.ticks;
        let outside = open.min(close) < low || open.max(close) > high;
        Mark {
            order: self.time_ms,
            time_ms: self.time_ms,
            key: Some(("", "")),
            count: outside.then_some("open or close outside low to high"),
            ..Mark::default()
        }
    }
}
