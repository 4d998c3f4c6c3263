//! Typed rows of a file, one after another, and what is watched meanwhile.

use super::cells::{Cells, Column};
use super::findings::{Findings, Finds, Order, Times};
use super::format::Format;
use super::input::Input;
use super::table::{Places, Table};
use amm_rows::{Failure, Fault};
use std::collections::BTreeMap;
use std::path::Path;

/// A row of one format.
pub trait Row: Sized {
    /// Which.
    const FORMAT: Format;
    /// What it is made of, in the order in which [`Row::read`] takes it.
    const COLUMNS: &'static [Column];
    /// The column that puts rows in order.
    const TIME: &'static str;
    /// Whether times may fall all through the file instead of rising.
    const EITHER_WAY: bool = false;
    /// Whether one time follows another at a pace, so that gaps can be told.
    const PACED: bool = true;
    /// Whether a row that has been there is refused, rather than counted and not given again.
    const ONCE: bool = true;

    /// Reads the cells.
    ///
    /// # Errors
    ///
    /// [`Fault`] of the first that is wrong.
    fn read(cells: Cells<'_>) -> Result<Self, Fault>;

    /// What is watched of it.
    fn mark(&self) -> Mark<'_>;
}

/// What is watched of a row.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Mark<'a> {
    /// What puts it in order, in the unit of its column.
    pub order: u64,
    /// Its time in milliseconds since 1970.
    pub time_ms: u64,
    /// Of what: an underlying; nothing if the file has one series.
    pub series: &'a str,
    /// With its place in the order, what tells it from every other row, if anything does.
    pub key: Option<(&'a str, &'a str)>,
    /// What is counted without leaving a number out, and its number.
    pub sequence: Option<(&'a str, u64)>,
    /// What it is counted as.
    pub count: Option<&'static str>,
}

/// The rows of a file. Ends after the first failure.
#[derive(Debug)]
pub struct Reader<T> {
    table: Table,
    places: Places,
    watch: Watch,
    ended: bool,
    row: std::marker::PhantomData<fn() -> T>,
}

impl<T: Row> Reader<T> {
    /// Opens a file, plain or gzip; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it cannot be read or lacks a column.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::new(Input::open(path)?)
    }

    /// Reads what has been opened.
    ///
    /// # Errors
    ///
    /// As [`Reader::open`].
    pub fn new(input: Input) -> Result<Self, Failure> {
        Self::of(Table::open(input)?)
    }

    pub(super) fn of(table: Table) -> Result<Self, Failure> {
        let places = table.places(T::COLUMNS)?;
        let order = if T::EITHER_WAY { Order::either() } else { Order::default() };
        let watch = Watch { order, ..Watch::default() };
        Ok(Self { table, places, watch, ended: false, row: std::marker::PhantomData })
    }

    /// What has been found so far: of the file, once the rows have ended.
    pub fn findings(&self) -> Findings {
        self.watch.findings()
    }

    /// Whether the times fall.
    pub fn falls(&self) -> bool {
        self.watch.order.falls()
    }

    /// Bytes of the file, as it is on the disk, that have been fetched.
    pub fn bytes(&self) -> u64 {
        self.table.bytes()
    }

    /// The failure of a row of this file, found by whoever reads it.
    pub(crate) fn failure(&self, line: u64, fault: Fault) -> Failure {
        self.table.failure(line, fault)
    }

    /// The next row that `wanted` wants, by its cells, and its line.
    pub(crate) fn next_if(
        &mut self,
        wanted: impl Fn(&Cells<'_>) -> bool,
    ) -> Result<Option<(u64, T)>, Failure> {
        loop {
            let watch = &mut self.watch;
            let row = self.table.next(&self.places, |line, cells| {
                if !wanted(&cells) {
                    return Ok(None);
                }
                let row = T::read(cells)?;
                let new = watch.see::<T>(line, &row.mark())?;
                Ok(new.then_some((line, row)))
            })?;
            match row {
                None => return Ok(None),
                Some(None) => {}
                Some(row) => return Ok(row),
            }
        }
    }
}

impl<T: Row> Iterator for Reader<T> {
    type Item = Result<T, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.next_if(|_| true).map(|row| row.map(|(_, row)| row)).transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

/// What is watched while rows are read.
#[derive(Debug, Default)]
struct Watch {
    rows: u64,
    order: Order,
    times: BTreeMap<String, Times>,
    /// The place in the order that has been reached, and the keys that have been there, with their lines.
    now: u64,
    keys: BTreeMap<String, u64>,
    sequences: BTreeMap<String, u64>,
    duplicates: Finds,
    missing: Finds,
    counts: BTreeMap<&'static str, u64>,
}

impl Watch {
    /// Sees a row; false if it has been there.
    fn see<T: Row>(&mut self, line: u64, mark: &Mark<'_>) -> Result<bool, Fault> {
        self.order.admit(T::TIME, line, mark.order)?;
        self.rows += 1;
        if self.now != mark.order {
            self.now = mark.order;
            self.keys.clear();
        }
        if let Some((name, id)) = mark.key {
            let key = format!("{name} {id}");
            let what = || format!("{} {}", mark.order, key.trim()).trim_end().to_owned();
            if let Some(first) = self.keys.get(&key) {
                if T::ONCE {
                    let reason = format!("the row of line {first} again: {}", what());
                    return Err(Fault::in_column(T::TIME, reason, "keep one of them"));
                }
                self.duplicates.add(line, 1, what);
                return Ok(false);
            }
            self.keys.insert(key, line);
        }
        if let Some((name, number)) = mark.sequence {
            match self.sequences.get_mut(name) {
                None => drop(self.sequences.insert(name.to_owned(), number)),
                Some(last) => {
                    let passed = last.abs_diff(number).saturating_sub(1);
                    if passed > 0 {
                        self.missing
                            .add(line, passed, || format!("{name} from {last} to {number}"));
                    }
                    *last = number;
                }
            }
        }
        if let Some(times) = self.times.get_mut(mark.series) {
            times.add(line, mark.time_ms);
        } else {
            let mut times = if T::PACED { Times::default() } else { Times::irregular() };
            times.add(line, mark.time_ms);
            self.times.insert(mark.series.to_owned(), times);
        }
        if let Some(count) = mark.count {
            *self.counts.entry(count).or_default() += 1;
        }
        Ok(true)
    }

    fn findings(&self) -> Findings {
        Findings {
            rows: self.rows,
            spans: self.times.iter().map(|(name, times)| (name.clone(), times.span())).collect(),
            duplicates: self.duplicates.clone(),
            missing: self.missing.clone(),
            counts: self.counts.clone(),
        }
    }
}
