//! Flow derived from two rounds of a chain: one line an instrument and step.

use super::cells::{Cells, Column, needed, optional};
use super::format::Format;
use super::reader::{Mark, Row};
use amm_core::book::{Series, Side};
use amm_core::num::{Price, Size, Timestamp, Vol};
use amm_rows::{Fault, shown};

/// What changed of one option between two rounds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FlowRow {
    /// The earlier round, in milliseconds since 1970.
    pub from_ms: u64,
    /// The later one.
    pub to_ms: u64,
    /// The exchange's name of the option.
    pub instrument: String,
    /// `BTC`, `ETH`.
    pub underlying: String,
    /// The option.
    pub series: Series,
    /// The change of open interest, in contracts.
    pub open_interest_change: Size,
    /// The change of the volume of 24 hours: new volume less what has become older than a day.
    pub volume_change: Size,
    /// The last trades' prices at the two rounds, in coin.
    pub last: [Option<Price>; 2],
    /// The side the taker is guessed to have been on, if a trade is visible.
    pub side: Option<Guess>,
    /// Best bid and ask at the earlier round, in coin; zero is none.
    pub before: [Option<Price>; 2],
    /// The exchange's prices at the two rounds, in coin.
    pub mark: [Option<Price>; 2],
    /// Its volatilities.
    pub mark_vol: [Option<Vol>; 2],
    /// The index.
    pub index: [Option<Price>; 2],
}

/// A side and what it rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Guess {
    /// The taker's.
    pub side: Side,
    /// Whether the trade was at or beyond the earlier quote; between them it is told by the earlier mark,
    /// which is less sure, and written with a question mark.
    pub sure: bool,
}

impl FlowRow {
    /// The least that must have been traded: new volume is at least the change of the day's volume, and
    /// at least the change of open interest either way.
    pub fn size(&self) -> Size {
        let opened = self.open_interest_change.checked_abs().unwrap_or(Size::MAX);
        self.volume_change.max(opened).max(Size::ZERO)
    }
}

impl Row for FlowRow {
    const FORMAT: Format = Format::Flow;
    const COLUMNS: &'static [Column] = &[
        needed("t0_ms"),
        needed("t1_ms"),
        needed("instrument"),
        needed("underlying"),
        needed("expiry_ms"),
        needed("strike"),
        needed("type"),
        needed("d_open_interest"),
        needed("d_volume_24h"),
        needed("side_guess"),
        optional("last_prev"),
        optional("last_new"),
        optional("bid_prev"),
        optional("ask_prev"),
        optional("mark_prev"),
        optional("mark_new"),
        optional("mark_iv_prev"),
        optional("mark_iv_new"),
        optional("index_prev"),
        optional("index_new"),
    ];
    const TIME: &'static str = "t1_ms";

    fn read(mut cells: Cells<'_>) -> Result<Self, Fault> {
        let (from_ms, to_ms): (u64, u64) = (cells.number()?, cells.number()?);
        if to_ms <= from_ms {
            let reason = format!("{to_ms} is not after the {from_ms} of t0_ms");
            return Err(Fault::in_column(Self::TIME, reason, ""));
        }
        let (instrument, underlying) = (cells.text()?, cells.text()?);
        let expiry = Timestamp::new(cells.number::<u64>()? / 1000);
        let series = Series { expiry, strike: cells.positive()?, kind: cells.kind()? };
        let (open_interest_change, volume_change) = (cells.number()?, cells.number()?);
        let side = guess(&cells.words())?;
        Ok(Self {
            from_ms,
            to_ms,
            instrument,
            underlying,
            series,
            open_interest_change,
            volume_change,
            side,
            last: [cells.maybe()?, cells.maybe()?],
            before: [cells.price_or_none()?, cells.price_or_none()?],
            mark: [cells.maybe()?, cells.maybe()?],
            mark_vol: [cells.percent()?, cells.percent()?],
            index: [cells.price_or_none()?, cells.price_or_none()?],
        })
    }

    fn mark(&self) -> Mark<'_> {
        let count = match self.side {
            None => "no trade visible",
            Some(_) if self.size() == Size::ZERO => "traded, size not visible",
            Some(Guess { sure: true, .. }) => "traded, side by the quotes",
            Some(Guess { sure: false, .. }) => "traded, side by the mark",
        };
        Mark {
            order: self.to_ms,
            time_ms: self.to_ms,
            series: &self.underlying,
            key: Some((&self.instrument, "")),
            count: Some(count),
            ..Mark::default()
        }
    }
}

fn guess(text: &str) -> Result<Option<Guess>, Fault> {
    let guess = |side, sure| Ok(Some(Guess { side, sure }));
    match text {
        "" => Ok(None),
        "buy" => guess(Side::Buy, true),
        "sell" => guess(Side::Sell, true),
        "buy?" => guess(Side::Buy, false),
        "sell?" => guess(Side::Sell, false),
        other => {
            let reason = format!(
                "must be buy, sell, buy?, sell? or empty, got \"{}\"",
                shown(other.as_bytes())
            );
            Err(Fault::in_column("side_guess", reason, ""))
        }
    }
}
