//! Tables of results: typed columns that say their unit and meaning, written as CSV and Parquet.
//!
//! [`schema`] lists every table the report knows. A row that does not fit its table is an error where
//! it is pushed; the same rows give the same bytes.
//!
//! ```
//! use amm_sim::tables::schema;
//!
//! let mut table = schema::impulse();
//! let row = [("design", "static".into()), ("shock", 1.0.into()), ("block", 10.into())];
//! assert!(table.push(row).is_err()); // no response
//! let row = row_of(1.51);
//! table.push(row)?;
//! assert_eq!(table.rows().len(), 1);
//!
//! fn row_of(response: f64) -> [(&'static str, amm_sim::tables::Value); 4] {
//!     [
//!         ("design", "static".into()),
//!         ("shock", 1.0.into()),
//!         ("block", 10.into()),
//!         ("response", response.into()),
//!     ]
//! }
//! # Ok::<(), amm_sim::tables::RowError>(())
//! ```

mod aligned;
mod comma;
pub(crate) mod estimate;
mod failure;
mod folder;
mod pack;
pub mod schema;
mod value;

pub(crate) use aligned::aligned;
pub use failure::{Failure, RowError};
pub(crate) use folder::put;
pub use folder::{Found, read, read_all, write};
pub use value::{Column, Holds, Need, Value};

use std::borrow::Cow;

/// Columns with their units, and rows that fit them.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    name: Cow<'static, str>,
    title: Cow<'static, str>,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

/// What a run's tables come from: enough to know which run to do again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The scenario's seed.
    pub seed: u64,
    /// SHA-256 of the scenario, in hexadecimal.
    pub scenario_digest: String,
    /// Of this program.
    pub version: String,
}

impl Source {
    /// A source with this program's own version.
    pub fn new(seed: u64, scenario_digest: impl Into<String>) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { seed, scenario_digest: scenario_digest.into(), version }
    }
}

impl Table {
    /// A table without rows. `name` is the file's: small letters, digits and `_`.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        columns: Vec<Column>,
    ) -> Self {
        Self { name: name.into(), title: title.into(), columns, rows: Vec::new() }
    }

    /// What the files are called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One line for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// In the order of the cells.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// In the order pushed, each as long as [`columns`](Self::columns).
    pub fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// The same table with some rows of it.
    pub(crate) fn with_rows(&self, rows: Vec<Vec<Value>>) -> Self {
        let (name, title, columns) = (self.name.clone(), self.title.clone(), self.columns.clone());
        Self { name, title, columns, rows }
    }

    /// Where a column stands.
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// Adds a row by its columns' names, in any order. Columns that may be empty may be left out.
    ///
    /// # Errors
    ///
    /// An unknown, repeated or missing column, a value of another type, a number that is not finite.
    /// The table is as it was.
    pub fn push<'a>(
        &mut self,
        cells: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<(), RowError> {
        let mut row = vec![None; self.columns.len()];
        for (column, value) in cells {
            let Some(place) = self.place(column) else {
                return Err(RowError::Unknown {
                    table: self.name.to_string(),
                    column: column.to_owned(),
                    known: self.columns.iter().map(|c| &*c.name).collect::<Vec<_>>().join(", "),
                });
            };
            if row[place].replace(value).is_some() {
                let (table, column) = (self.name.to_string(), column.to_owned());
                return Err(RowError::Twice { table, column });
            }
        }
        self.push_row(row.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Adds a row of cells in the columns' order.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn push_row(&mut self, mut row: Vec<Value>) -> Result<(), RowError> {
        let table = || self.name.to_string();
        if row.len() != self.columns.len() {
            let (cells, columns) = (row.len(), self.columns.len());
            return Err(RowError::Cells { table: table(), cells, columns });
        }
        for (column, value) in self.columns.iter().zip(&mut row) {
            if let Err(reason) = column.admit(value) {
                return Err(RowError::Cell {
                    table: table(),
                    row: self.rows.len(),
                    column: column.name.to_string(),
                    reason,
                });
            }
        }
        self.rows.push(row);
        Ok(())
    }
}
