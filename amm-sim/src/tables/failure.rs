//! Why a row does not fit a table, and why a table's file cannot be used.

use std::io;

/// Why a row was not added.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// A name that no column has.
    #[error("table {table} has no column `{column}`; it has {known}")]
    Unknown {
        /// The table.
        table: String,
        /// The name.
        column: String,
        /// All names.
        known: String,
    },
    /// Two values for one column.
    #[error("table {table}: two values for column `{column}`")]
    Twice {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Too many or too few cells.
    #[error("table {table}: a row of {cells} cells for {columns} columns")]
    Cells {
        /// The table.
        table: String,
        /// Of the row.
        cells: usize,
        /// Of the table.
        columns: usize,
    },
    /// A cell that does not fit its column.
    #[error("table {table}, row {row}, column `{column}`: {reason}")]
    Cell {
        /// The table.
        table: String,
        /// From 0.
        row: usize,
        /// The column.
        column: String,
        /// The fact.
        reason: String,
    },
}

/// Why a table could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The system's reason.
    #[error("{file}: {error}")]
    System {
        /// As the user named it.
        file: String,
        /// The system's reason.
        error: io::Error,
    },
    /// A file that says nothing we understand.
    #[error("{file}: {reason}")]
    Content {
        /// As the user named it.
        file: String,
        /// The fact, with the line if there are lines.
        reason: String,
    },
    /// A name that no file should have.
    #[error("`{name}` is no name of a table: small letters, digits and _ only")]
    Name {
        /// The name.
        name: String,
    },
}

impl Failure {
    pub(crate) fn system(file: &std::path::Path, error: io::Error) -> Self {
        Self::System { file: file.display().to_string(), error }
    }

    pub(super) fn content(file: &std::path::Path, reason: impl ToString) -> Self {
        Self::Content { file: file.display().to_string(), reason: reason.to_string() }
    }

    /// What the user can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::System { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                "name the directory of a run: it has a folder `tables` and a file `summary.json`"
            }
            Self::System { .. } => "check the disk and the permissions",
            Self::Content { .. } => {
                "delete the file to leave its figure out, or do the run again: `amm-sim rerun DIR`"
            }
            Self::Name { .. } => "rename the table",
        }
    }
}
