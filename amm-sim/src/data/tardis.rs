//! Tardis' downloadable CSV: `options_chain` and `trades`.
//!
//! The columns are those of <https://docs.tardis.dev/downloadable-csv-files>: times in microseconds, an
//! empty cell where the exchange said nothing, rows in the order in which they arrived.

use super::cells::{Cells, Column, needed, optional};
use super::chain_row::{ChainRow, uncrossed};
use super::format::Format;
use super::instrument::underlying;
use super::reader::{Mark, Row};
use crate::chain::Quote;
use amm_core::book::{Series, Side};
use amm_core::num::{Price, Real, Size, Timestamp};
use amm_rows::Fault;

/// One change of one option's ticker.
///
/// A row that repeats the same option at the same arrival is counted and given once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TardisQuote {
    /// When it arrived, in microseconds since 1970.
    pub arrival_us: u64,
    /// The exchange's name of the option.
    pub symbol: String,
    /// What it says, unless the option has expired, has no forward or is not priced in coin.
    pub option: Option<ChainRow>,
}

impl Row for TardisQuote {
    const FORMAT: Format = Format::TardisOptionsChain;
    const COLUMNS: &'static [Column] = &[
        needed("symbol"),
        needed("timestamp"),
        needed("local_timestamp"),
        needed("type"),
        needed("strike_price"),
        needed("expiration"),
        needed("bid_price"),
        needed("ask_price"),
        needed("underlying_price"),
        optional("open_interest"),
        optional("last_price"),
        optional("bid_amount"),
        optional("bid_iv"),
        optional("ask_amount"),
        optional("ask_iv"),
        optional("mark_price"),
        optional("mark_iv"),
        optional("delta"),
        optional("gamma"),
        optional("vega"),
        optional("theta"),
    ];
    const TIME: &'static str = "local_timestamp";
    const PACED: bool = false;
    const ONCE: bool = false;

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let symbol = cells.text()?;
        let (time_us, arrival_us): (u64, u64) = (cells.number()?, cells.number()?);
        let (kind, strike) = (cells.kind()?, cells.positive()?);
        let expiry = Timestamp::new(cells.number::<u64>()? / 1_000_000);
        let price = |price: Option<Price>| price.unwrap_or(Price::MIN);
        let (bid, ask) = (price(cells.maybe()?), price(cells.maybe()?));
        let forward = cells.price_or_none()?;
        let time = Timestamp::new(time_us / 1_000_000);
        let (open_interest, last, bid_amount) = (cells.maybe()?, cells.maybe()?, cells.maybe()?);
        let (bid_vol, ask_amount, ask_vol) = (cells.percent()?, cells.maybe()?, cells.percent()?);
        let (mark, mark_vol) = (cells.maybe()?, cells.percent()?);
        let greeks = [cells.real()?, cells.real()?, cells.real()?, cells.real()?];
        let Some(forward) = forward.filter(|_| expiry > time && in_coin(&symbol)) else {
            return Ok(Self { arrival_us, symbol, option: None });
        };
        uncrossed("ask_price", bid, ask)?;
        let quote = Quote {
            time,
            forward,
            strike,
            kind,
            bid,
            ask,
            mark,
            bid_vol,
            ask_vol,
            mark_vol,
            index: None,
            open_interest,
            volume: None,
        };
        // OKX names the currency of the price as well: BTC-USD-200605-8000-C.
        let date = symbol.rsplit('-').nth(2).unwrap_or_default().to_owned();
        let option = ChainRow {
            snap_ms: time_us / 1000,
            time_ms: time_us / 1000,
            underlying: underlying(&symbol).to_owned(),
            date,
            instrument: symbol.clone(),
            expiry,
            quote,
            bid_amount,
            ask_amount,
            last,
            greeks,
        };
        Ok(Self { arrival_us, symbol, option: Some(option) })
    }

    fn mark(&self) -> Mark<'_> {
        Mark {
            order: self.arrival_us,
            time_ms: self.arrival_us / 1000,
            series: underlying(&self.symbol),
            key: Some((&self.symbol, "")),
            count: Some(match self.option {
                Some(_) => "quotes",
                None if !in_coin(&self.symbol) => "not priced in coin",
                None => "expired or no forward",
            }),
            ..Mark::default()
        }
    }
}

/// Deribit's options priced in a currency name it: `BTC_USDC-14APR23-30000-C`.
fn in_coin(symbol: &str) -> bool {
    !underlying(symbol).contains('_')
}

/// One trade of any instrument.
///
/// A row with the number of another at the same arrival is counted and given once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TardisTrade {
    /// When it was done by the exchange's clock, in microseconds since 1970.
    pub time_us: u64,
    /// When it arrived, which is what puts rows in order.
    pub arrival_us: u64,
    /// The exchange's name of what was traded.
    pub symbol: String,
    /// The option, if it is named as Deribit names them.
    pub series: Option<Series>,
    /// The exchange's number of the trade; some give none.
    pub id: String,
    /// The taker's side, if it is known.
    pub side: Option<Side>,
    /// In the instrument's unit; a combination's may be negative.
    pub price: Real,
    /// In the instrument's unit.
    pub amount: Size,
}

impl TardisTrade {
    /// `BTC`.
    pub fn underlying(&self) -> &str {
        underlying(&self.symbol)
    }
}

impl Row for TardisTrade {
    const FORMAT: Format = Format::TardisTrades;
    const COLUMNS: &'static [Column] = &[
        needed("symbol"),
        needed("timestamp"),
        needed("local_timestamp"),
        needed("id"),
        needed("side"),
        needed("price"),
        needed("amount"),
    ];
    const TIME: &'static str = "local_timestamp";
    const PACED: bool = false;
    const ONCE: bool = false;

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let symbol = cells.text()?;
        let (time_us, arrival_us) = (cells.number()?, cells.number()?);
        let (id, side) = (cells.words(), cells.side()?);
        let price = cells.real()?.ok_or_else(|| Fault::in_column("price", "is empty", ""))?;
        let amount: Size = cells.number()?;
        if amount < Size::ZERO {
            return Err(Fault::in_column(
                "amount",
                format!("must not be below 0, got {amount}"),
                "",
            ));
        }
        let series = super::instrument::Named::parse(&symbol).map(|named| named.series);
        Ok(Self { time_us, arrival_us, symbol, series, id, side, price, amount })
    }

    fn mark(&self) -> Mark<'_> {
        Mark {
            order: self.arrival_us,
            time_ms: self.arrival_us / 1000,
            series: self.underlying(),
            key: Some((self.symbol.as_str(), self.id.as_str())).filter(|(_, id)| !id.is_empty()),
            count: Some(if self.series.is_some() { "options" } else { "not options" }),
            ..Mark::default()
        }
    }
}
