//! Deribit's answers: `public/get_last_trades_by_currency` and its kin, and
//! `public/get_book_summary_by_currency`.
//!
//! The keys are those of <https://docs.deribit.com>, version 2.1.1. An answer may be whole, its `result`
//! alone, or the array of its rows; a file may hold many, one after another.

use super::cells::{Cells, Column, needed, optional};
use super::chain_row::{ChainRow, uncrossed};
use super::format::Format;
use super::instrument::{Named, underlying};
use super::reader::{Mark, Row};
use crate::chain::Quote;
use amm_core::book::{Series, Side};
use amm_core::num::{Price, Real, Size, Timestamp, Vol};
use amm_rows::{Fault, shown};

/// One trade of an option, a future or a combination.
///
/// Times rise or fall through a file, as the exchange was asked for. A trade that two pages hold is
/// counted and given once. Trades of one instrument are numbered, so those that lack are found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeribitTrade {
    /// In milliseconds since 1970.
    pub time_ms: u64,
    /// Of one currency's trades, this one.
    pub id: String,
    /// Of the instrument's trades, this one.
    pub sequence: u64,
    /// The exchange's name of what was traded.
    pub instrument: String,
    /// The option, if it is one.
    pub series: Option<Series>,
    /// The taker's side.
    pub side: Side,
    /// In coin for options; a combination's may be negative.
    pub price: Real,
    /// Contracts of one coin; dollars for futures on coin.
    pub amount: Size,
    /// The volatility that the price implies.
    pub vol: Option<Vol>,
    /// The index then.
    pub index: Option<Price>,
    /// The exchange's price then; negative for some combinations.
    pub mark: Option<Real>,
}

impl DeribitTrade {
    /// `BTC`.
    pub fn underlying(&self) -> &str {
        underlying(&self.instrument)
    }
}

impl Row for DeribitTrade {
    const FORMAT: Format = Format::DeribitTrades;
    const COLUMNS: &'static [Column] = &[
        needed("timestamp"),
        needed("trade_id"),
        needed("trade_seq"),
        needed("instrument_name"),
        needed("direction"),
        needed("price"),
        needed("amount"),
        optional("iv"),
        optional("index_price"),
        optional("mark_price"),
    ];
    const TIME: &'static str = "timestamp";
    const EITHER_WAY: bool = true;
    const PACED: bool = false;
    const ONCE: bool = false;

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let (time_ms, id, sequence) = (cells.number()?, cells.text()?, cells.number()?);
        let instrument = cells.text()?;
        let empty = |name| Fault::in_column(name, "is empty", "");
        let side = cells.side()?.ok_or_else(|| empty("direction"))?;
        let price = cells.real()?.ok_or_else(|| empty("price"))?;
        let amount: Size = cells.number()?;
        if amount <= Size::ZERO {
            return Err(Fault::in_column("amount", format!("must be above 0, got {amount}"), ""));
        }
        let series = Named::parse(&instrument).map(|named| named.series);
        let (vol, index, mark) = (cells.percent()?, cells.price_or_none()?, cells.real()?);
        Ok(Self {
            time_ms,
            id,
            sequence,
            instrument,
            series,
            side,
            price,
            amount,
            vol,
            index,
            mark,
        })
    }

    fn mark(&self) -> Mark<'_> {
        Mark {
            order: self.time_ms,
            time_ms: self.time_ms,
            series: self.underlying(),
            key: Some(("", &self.id)),
            sequence: Some((&self.instrument, self.sequence)),
            count: Some(if self.series.is_some() { "options" } else { "not options" }),
        }
    }
}

/// One instrument in one book summary. All rows of one answer have its time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BookSummary {
    /// When the summary was made, in milliseconds since 1970.
    pub time_ms: u64,
    /// The exchange's name of the instrument.
    pub instrument: String,
    /// What it says of an option priced in coin that has not expired.
    pub option: Option<ChainRow>,
}

impl Row for BookSummary {
    const FORMAT: Format = Format::DeribitBookSummary;
    const COLUMNS: &'static [Column] = &[
        needed("creation_timestamp"),
        needed("instrument_name"),
        needed("bid_price"),
        needed("ask_price"),
        needed("mark_price"),
        optional("last"),
        optional("mark_iv"),
        optional("underlying_price"),
        optional("estimated_delivery_price"),
        optional("open_interest"),
        optional("volume"),
    ];
    const TIME: &'static str = "creation_timestamp";

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let (time_ms, instrument): (u64, _) = (cells.number()?, cells.text()?);
        let time = Timestamp::new(time_ms / 1000);
        let named = Named::in_coin("instrument_name", &instrument).ok();
        let Some(named) = named.filter(|named| named.series.expiry > time) else {
            return Ok(Self { time_ms, instrument, option: None });
        };
        let none = Price::MIN;
        let (bid, ask) =
            (cells.maybe::<Price>()?.unwrap_or(none), cells.maybe::<Price>()?.unwrap_or(none));
        uncrossed("ask_price", bid, ask)?;
        let (mark, last, mark_vol) = (cells.maybe()?, cells.maybe()?, cells.percent()?);
        let missing = || {
            let reason = format!("is missing of the option {}", shown(instrument.as_bytes()));
            Fault::in_column("underlying_price", reason, "")
        };
        let forward = cells.price_or_none()?.ok_or_else(missing)?;
        // The index while the option lives; "expired" after that.
        let index = match cells.words().as_str() {
            "" | "expired" => None,
            text => text.parse().ok().filter(|price| *price != none),
        };
        let (open_interest, volume) = (cells.maybe()?, cells.maybe()?);
        let Series { expiry, strike, kind } = named.series;
        let quote = Quote {
            time,
            forward,
            strike,
            kind,
            bid,
            ask,
            mark,
            bid_vol: None,
            ask_vol: None,
            mark_vol,
            index,
            open_interest,
            volume,
        };
        let option = ChainRow {
            snap_ms: time_ms,
            time_ms,
            underlying: named.underlying.to_owned(),
            date: named.date.to_owned(),
            instrument: instrument.clone(),
            expiry,
            quote,
            bid_amount: None,
            ask_amount: None,
            last,
            greeks: [None; 4],
        };
        Ok(Self { time_ms, instrument, option: Some(option) })
    }

    fn mark(&self) -> Mark<'_> {
        Mark {
            order: self.time_ms,
            time_ms: self.time_ms,
            series: underlying(&self.instrument),
            key: Some((&self.instrument, "")),
            count: Some(if self.option.is_some() { "options" } else { "not options in coin" }),
            ..Mark::default()
        }
    }
}
