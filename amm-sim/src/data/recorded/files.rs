//! Files to a recording.

use super::build::Parts;
use super::{Choice, ChoiceError, LeftOut, Print, Recorded, Report, Source, Spot};
use crate::chain::{Rounds, Sampler};
use crate::data::format::Format;
use crate::data::table::Table;
use crate::data::{
    BookSummary, ChainRow, DeribitTrade, FlowRow, IndexRow, Input, Reader, Row, TardisQuote,
    TardisTrade,
};
use amm_core::book::{Series, Side};
use amm_core::num::{Size, Timestamp};
use amm_rows::{Failure, Fault};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The files of a recording.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Files {
    /// Chains: a file of rounds, Deribit's book summaries, or Tardis' options_chain.
    pub chain: PathBuf,
    /// Trades: derived flow, or a tape of Deribit's or Tardis'.
    pub flow: Option<PathBuf>,
    /// Index prices; without it the chain's own, or the nearest forward.
    pub index: Option<PathBuf>,
    /// `BTC`, `ETH`.
    pub underlying: String,
    /// Seconds from one snapshot of a feed to the next; rounds come as they are.
    pub step_s: u32,
}

/// What is being done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// A file is being read: rows, and bytes as they are on the disk.
    Reading {
        /// Rows so far.
        rows: u64,
        /// Bytes so far.
        bytes: u64,
        /// Of how many, if that is known.
        of: Option<u64>,
    },
    /// Snapshots are being fitted.
    Fitting {
        /// How many have been.
        done: usize,
        /// Of how many.
        of: usize,
    },
}

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] Failure),
    /// The choice is beyond the engine's limits.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
}

impl Recorded {
    /// Makes a recording of files, and the report of how. `tell` hears of the progress.
    ///
    /// # Errors
    ///
    /// [`RecordError`]: a bad file, one of the wrong format, or one without what was asked for.
    pub fn make(
        files: &Files,
        choice: Choice,
        tell: impl Fn(Stage) + Sync,
    ) -> Result<(Self, Report), RecordError> {
        choice.check()?;
        let mut report = Report::default();
        let mut parts = Parts { underlying: files.underlying.clone(), ..Parts::default() };
        read_chain(files, &mut parts, &mut report, &tell)?;
        if let Some(path) = &files.flow {
            read_trades(path, &mut parts, &mut report, &tell)?;
        }
        if let Some(path) = &files.index {
            let underlying = files.underlying.as_str();
            let index = &mut parts.index;
            each::<IndexRow>(open(path)?, path, &mut report, &tell, |row| {
                if row.underlying == underlying {
                    index.push(Spot { time: seconds(row.time_ms), price: row.price });
                }
            })?;
        }
        let mut recorded = Self::new(parts, choice, &mut report, |done, of| {
            tell(Stage::Fitting { done, of });
        });
        if recorded.moments.is_empty() {
            let reason = format!(
                "no moment of {}: of {} snapshots none could be fitted",
                files.underlying, report.snapshots
            );
            return Err(about(&files.chain, reason).into());
        }
        let all = [Some(&files.chain), files.flow.as_ref(), files.index.as_ref()];
        for path in all.into_iter().flatten() {
            recorded.sources.push(source(path)?);
        }
        Ok((recorded, report))
    }
}

fn seconds(ms: u64) -> Timestamp {
    Timestamp::new(ms / 1000)
}

fn open(path: &Path) -> Result<(Table, Option<u64>), Failure> {
    let input = Input::open(path)?;
    let size = input.size;
    Ok((Table::open(input)?, size))
}

/// A fault of a file as a whole.
fn about(path: &Path, reason: String) -> Failure {
    let fault = Fault::of_line(reason, "see `amm-sim data` for what the file holds");
    Failure::Input { file: path.display().to_string(), line: 1, fault }
}

/// Rows between two reports of progress.
const REPORT: u64 = 4096;

/// Reads all rows and keeps what was found.
fn each<T: Row>(
    (table, of): (Table, Option<u64>),
    path: &Path,
    report: &mut Report,
    tell: &impl Fn(Stage),
    mut take: impl FnMut(T),
) -> Result<(), Failure> {
    let mut reader = Reader::<T>::of(table)?;
    let mut rows = 0_u64;
    while let Some(row) = reader.next().transpose()? {
        take(row);
        rows += 1;
        if rows.is_multiple_of(REPORT) {
            tell(Stage::Reading { rows, bytes: reader.bytes(), of });
        }
    }
    report.files.insert(name(path), reader.findings());
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn read_chain(
    files: &Files,
    parts: &mut Parts,
    report: &mut Report,
    tell: &impl Fn(Stage),
) -> Result<(), Failure> {
    let path = &files.chain;
    let table = open(path)?;
    let format = Format::found(&table.0)?;
    let snapshots = &mut parts.snapshots;
    let mut rounds = Rounds::new(&files.underlying);
    match format {
        Format::Chain => {
            each::<ChainRow>(table, path, report, tell, |row| snapshots.extend(rounds.push(row)))?;
        }
        Format::DeribitBookSummary => each::<BookSummary>(table, path, report, tell, |row| {
            snapshots.extend(row.option.and_then(|option| rounds.push(option)));
        })?,
        Format::TardisOptionsChain => {
            let mut sampler = Sampler::new(&files.underlying, files.step_s);
            each::<TardisQuote>(table, path, report, tell, |row| {
                let arrival = row.arrival_us / 1_000_000;
                snapshots.extend(row.option.and_then(|option| sampler.push(arrival, option)));
            })?;
        }
        other => return Err(about(path, format!("holds {other}, not option chains"))),
    }
    snapshots.extend(rounds.finish());
    if snapshots.is_empty() {
        return Err(about(path, format!("has no snapshot of {}", files.underlying)));
    }
    // Two rounds of one second would be one moment: the later one says more.
    snapshots.reverse();
    snapshots.dedup_by_key(|snapshot| snapshot.time);
    snapshots.reverse();
    Ok(())
}

fn read_trades(
    path: &Path,
    parts: &mut Parts,
    report: &mut Report,
    tell: &impl Fn(Stage),
) -> Result<(), Failure> {
    let table = open(path)?;
    let format = Format::found(&table.0)?;
    let underlying = parts.underlying.as_str();
    let (trades, mut left_out) = (&mut parts.trades, LeftOut::default());
    let tape = |time_ms: u64, of: &str, series: Option<Series>, side: Option<Side>, size: Size| {
        let time = seconds(time_ms);
        let series = series.filter(|_| of == underlying).ok_or(false)?;
        let size = signed(side.ok_or(true)?, size);
        Ok(Print { time, since: time, series, size, sure: true })
    };
    let mut keep = |print: Result<Print, bool>| match print {
        Ok(print) if print.size == Size::ZERO => left_out.flow_without_size += 1,
        Ok(print) => trades.push(print),
        Err(true) => left_out.flow_without_side += 1,
        Err(false) => left_out.trades_other += 1,
    };
    match format {
        Format::Flow => each::<FlowRow>(table, path, report, tell, |row| {
            let size = row.size();
            let other = row.underlying != underlying;
            keep(row.side.ok_or(!other).and_then(|guess| {
                let (time, since) = (seconds(row.to_ms), seconds(row.from_ms));
                let size = signed(guess.side, size);
                let print = Print { time, since, series: row.series, size, sure: guess.sure };
                if other { Err(false) } else { Ok(print) }
            }));
        })?,
        Format::DeribitTrades => each::<DeribitTrade>(table, path, report, tell, |row| {
            keep(tape(row.time_ms, row.underlying(), row.series, Some(row.side), row.amount));
        })?,
        Format::TardisTrades => each::<TardisTrade>(table, path, report, tell, |row| {
            keep(tape(row.time_us / 1000, row.underlying(), row.series, row.side, row.amount));
        })?,
        other => return Err(about(path, format!("holds {other}, not trades"))),
    }
    // A tape may fall, and a feed's own clock may step back between arrivals.
    trades.sort_by_key(|trade| trade.time);
    let LeftOut { flow_without_side, flow_without_size, trades_other, .. } = left_out;
    report.left_out =
        LeftOut { flow_without_side, flow_without_size, trades_other, ..LeftOut::default() };
    Ok(())
}

fn signed(side: Side, size: Size) -> Size {
    match side {
        Side::Buy => size,
        Side::Sell => Size::from_atoms(size.atoms().saturating_neg()),
    }
}

/// A file's name and digest.
fn source(path: &Path) -> Result<Source, Failure> {
    let unreadable = |error| Failure::Read { file: path.display().to_string(), error };
    let mut hash = Sha256::new();
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(unreadable)?);
    loop {
        let bytes = file.fill_buf().map_err(unreadable)?;
        if bytes.is_empty() {
            break;
        }
        hash.update(bytes);
        let count = bytes.len();
        file.consume(count);
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Source { file: name(path), sha256 })
}
