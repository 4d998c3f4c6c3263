//! Whole option chains, many rounds in one file.

use super::cells::{Cells, Column, needed, optional};
use super::format::Format;
use super::reader::{Mark, Row};
use crate::chain::Quote;
use amm_core::num::{Price, Real, Size, Timestamp};
use amm_rows::{Fault, shown};

/// One option in one round.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainRow {
    /// When its round began, in milliseconds since 1970; when it was quoted, where there are no rounds.
    pub snap_ms: u64,
    /// When the exchange said so, in milliseconds.
    pub time_ms: u64,
    /// The exchange's name of the option.
    pub instrument: String,
    /// `BTC`, `ETH`.
    pub underlying: String,
    /// The expiry as the exchange names it: `14APR23`.
    pub date: String,
    /// The expiry.
    pub expiry: Timestamp,
    /// What was quoted.
    pub quote: Quote,
    /// Contracts bid.
    pub bid_amount: Option<Size>,
    /// Contracts offered.
    pub ask_amount: Option<Size>,
    /// The last trade's price in coin.
    pub last: Option<Price>,
    /// The exchange's delta, gamma, vega and theta, in its units.
    pub greeks: [Option<Real>; 4],
}

/// Where the first columns stand, for whoever does not want all rows.
pub(crate) const SNAP: usize = 0;
pub(crate) const UNDERLYING: usize = 3;

impl Row for ChainRow {
    const FORMAT: Format = Format::Chain;
    const COLUMNS: &'static [Column] = &[
        needed("snap_ms"),
        needed("ts_ms"),
        needed("instrument"),
        needed("underlying"),
        needed("expiry_ms"),
        needed("strike"),
        needed("type"),
        needed("bid"),
        needed("ask"),
        needed("underlying_price"),
        optional("bid_amount"),
        optional("ask_amount"),
        optional("mark"),
        optional("mark_iv"),
        optional("bid_iv"),
        optional("ask_iv"),
        optional("last"),
        optional("index_price"),
        optional("delta"),
        optional("gamma"),
        optional("vega"),
        optional("theta"),
        optional("open_interest"),
        optional("volume_24h"),
    ];
    const TIME: &'static str = "snap_ms";

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let snap_ms: u64 = cells.number()?;
        let time_ms: u64 = cells.number()?;
        let instrument = cells.text()?;
        let underlying = cells.text()?;
        let expiry = Timestamp::new(cells.number::<u64>()? / 1000);
        let time = Timestamp::new(time_ms / 1000);
        if expiry <= time {
            let reason = format!("expires at {expiry} s, quoted at {time} s");
            return Err(Fault::in_column("expiry_ms", reason, ""));
        }
        let (strike, kind) = (cells.positive()?, cells.kind()?);
        let (bid, ask): (Price, Price) = (cells.number()?, cells.number()?);
        uncrossed("ask", bid, ask)?;
        let forward = cells.positive()?;
        // BTC-14APR23-30000-C
        let date = instrument.split('-').nth(1).filter(|date| {
            !date.is_empty() && date.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        let Some(date) = date.map(str::to_owned) else {
            let reason = format!("no expiry in \"{}\"", shown(instrument.as_bytes()));
            return Err(Fault::in_column("instrument", reason, ""));
        };
        let (bid_amount, ask_amount) = (cells.maybe()?, cells.maybe()?);
        let mark = cells.maybe()?;
        let (mark_vol, bid_vol, ask_vol) = (cells.percent()?, cells.percent()?, cells.percent()?);
        let last = cells.maybe()?;
        let index = cells.price_or_none()?;
        let greeks = [cells.real()?, cells.real()?, cells.real()?, cells.real()?];
        let (open_interest, volume) = (cells.maybe()?, cells.maybe()?);
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
            index,
            open_interest,
            volume,
        };
        Ok(Self {
            snap_ms,
            time_ms,
            instrument,
            underlying,
            date,
            expiry,
            quote,
            bid_amount,
            ask_amount,
            last,
            greeks,
        })
    }

    fn mark(&self) -> Mark<'_> {
        Mark {
            order: self.snap_ms,
            time_ms: self.snap_ms,
            series: &self.underlying,
            key: Some((&self.instrument, "")),
            ..Mark::default()
        }
    }
}

/// An ask is above the bid, or there is none.
pub(super) fn uncrossed(column: &'static str, bid: Price, ask: Price) -> Result<(), Fault> {
    if ask != Price::MIN && ask < bid {
        return Err(Fault::in_column(column, format!("{ask} is below the bid of {bid}"), ""));
    }
    Ok(())
}
