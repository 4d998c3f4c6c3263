//! The formats that are understood, and which of them a table has.

use super::cells::Column;
use super::findings::Findings;
use super::input::Input;
use super::reader::{Reader, Row};
use super::table::Table;
use super::{
    BookSummary, Candle, ChainRow, DeribitTrade, FlowRow, FundingRow, IndexRow, PoolRow,
    TardisQuote, TardisTrade,
};
use amm_rows::{Failure, Fault, shown};
use serde::Serialize;
use std::fmt;
use std::sync::LazyLock;

/// What a file may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// [`ChainRow`].
    Chain,
    /// [`FlowRow`].
    Flow,
    /// [`IndexRow`].
    Index,
    /// [`Candle`].
    Candles,
    /// [`PoolRow`].
    PoolFlow,
    /// [`FundingRow`].
    Funding,
    /// [`DeribitTrade`].
    DeribitTrades,
    /// [`BookSummary`].
    DeribitBookSummary,
    /// [`TardisQuote`].
    TardisOptionsChain,
    /// [`TardisTrade`].
    TardisTrades,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Chain,
        Self::Flow,
        Self::Index,
        Self::Candles,
        Self::PoolFlow,
        Self::Funding,
        Self::DeribitTrades,
        Self::DeribitBookSummary,
        Self::TardisOptionsChain,
        Self::TardisTrades,
    ];

    /// Its columns, or the keys of its rows.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Chain => ChainRow::COLUMNS,
            Self::Flow => FlowRow::COLUMNS,
            Self::Index => IndexRow::COLUMNS,
            Self::Candles => Candle::COLUMNS,
            Self::PoolFlow => PoolRow::COLUMNS,
            Self::Funding => FundingRow::COLUMNS,
            Self::DeribitTrades => DeribitTrade::COLUMNS,
            Self::DeribitBookSummary => BookSummary::COLUMNS,
            Self::TardisOptionsChain => TardisQuote::COLUMNS,
            Self::TardisTrades => TardisTrade::COLUMNS,
        }
    }

    /// The format of which all needed columns are among `names`; of several, that with the most.
    pub fn of<S: AsRef<str>>(names: &[S]) -> Option<Self> {
        let fits = |format: &Self| format.lacks(names).is_empty();
        let needed = |format: &Self| format.needed().count();
        Self::ALL.into_iter().filter(fits).max_by_key(needed)
    }

    fn needed(self) -> impl Iterator<Item = &'static str> {
        self.columns().iter().filter(|column| column.needed).map(|column| column.name)
    }

    fn lacks<S: AsRef<str>>(self, names: &[S]) -> Vec<&'static str> {
        self.needed().filter(|needed| !names.iter().any(|name| name.as_ref() == *needed)).collect()
    }

    /// The format of a table, or what is understood.
    pub(super) fn found(table: &Table) -> Result<Self, Failure> {
        if let Some(format) = Self::of(&table.names) {
            return Ok(format);
        }
        let reason = if table.is_empty() {
            "has no rows to tell its format by".to_owned()
        } else {
            let found = shown(table.names.join(",").as_bytes());
            // What shares half its columns with a format may have been meant as it.
            let has = |format: &Self| format.needed().count() - format.lacks(&table.names).len();
            let near = |format: &Self| 2 * has(format) >= format.needed().count();
            let nearest = Self::ALL.into_iter().filter(near).max_by_key(has);
            let nearest = nearest.map_or(String::new(), |format| {
                format!("; {format} lacks {}", format.lacks(&table.names).join(", "))
            });
            format!("is no format that is understood: found {found}{nearest}")
        };
        Err(table.failure(1, Fault::of_line(reason, &UNDERSTOOD)))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chain => "option chains",
            Self::Flow => "derived option flow",
            Self::Index => "index prices",
            Self::Candles => "candles",
            Self::PoolFlow => "flow of a pool",
            Self::Funding => "funding rates",
            Self::DeribitTrades => "Deribit trades",
            Self::DeribitBookSummary => "Deribit book summary",
            Self::TardisOptionsChain => "Tardis options_chain",
            Self::TardisTrades => "Tardis trades",
        })
    }
}

/// What can be read, for whoever brings something else.
static UNDERSTOOD: LazyLock<String> = LazyLock::new(|| {
    let line = |format: Format| {
        let needed: Vec<&str> = format.needed().collect();
        format!("\n    {format}: {}", needed.join(","))
    };
    let all: String = Format::ALL.into_iter().map(line).collect();
    format!("CSV with a header or JSON, plain or gzip, with at least the columns or keys of{all}")
});

/// What a file is and what was found in it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Description {
    /// As the user named it.
    pub file: String,
    /// What it holds.
    pub format: Format,
    /// What was found.
    #[serde(flatten)]
    pub findings: Findings,
}

impl Description {
    /// Reads a file from end to end. `tell` hears of the rows and of the bytes fetched.
    ///
    /// # Errors
    ///
    /// [`Failure`] of the first row that is wrong, or if the format is unknown.
    pub fn read(input: Input, tell: impl FnMut(u64, u64)) -> Result<Self, Failure> {
        let table = Table::open(input)?;
        let (format, file) = (Format::found(&table)?, table.file.clone());
        let findings = match format {
            Format::Chain => exhaust::<ChainRow>(table, tell),
            Format::Flow => exhaust::<FlowRow>(table, tell),
            Format::Index => exhaust::<IndexRow>(table, tell),
            Format::Candles => exhaust::<Candle>(table, tell),
            Format::PoolFlow => exhaust::<PoolRow>(table, tell),
            Format::Funding => exhaust::<FundingRow>(table, tell),
            Format::DeribitTrades => exhaust::<DeribitTrade>(table, tell),
            Format::DeribitBookSummary => exhaust::<BookSummary>(table, tell),
            Format::TardisOptionsChain => exhaust::<TardisQuote>(table, tell),
            Format::TardisTrades => exhaust::<TardisTrade>(table, tell),
        };
        Ok(Self { file, format, findings: findings? })
    }
}

/// Rows between two reports of progress.
const REPORT: u64 = 4096;

fn exhaust<T: Row>(table: Table, mut tell: impl FnMut(u64, u64)) -> Result<Findings, Failure> {
    let mut reader = Reader::<T>::of(table)?;
    let mut rows = 0_u64;
    while reader.next().transpose()?.is_some() {
        rows += 1;
        if rows.is_multiple_of(REPORT) {
            tell(rows, reader.bytes());
        }
    }
    Ok(reader.findings())
}
