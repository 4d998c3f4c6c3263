//! What can end a run, and what can be wrong with one row.

use std::fmt;
use std::io;

/// Why a run ended before its input did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The input as a whole cannot be used, or one of its rows cannot be answered.
    #[error("{file}:{line}: {fault}")]
    Input {
        /// The file as the user named it, or `<stdin>`.
        file: String,
        /// Its line, counted from 1.
        line: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The input could not be read.
    #[error("{file}: {error}")]
    Read {
        /// The file as the user named it, or `<stdin>`.
        file: String,
        /// The system's reason.
        error: io::Error,
    },
    /// The output could not be written.
    #[error("cannot write the output: {0}")]
    Write(io::Error),
}

/// What is wrong with a row, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The column at fault, if it is one.
    pub column: Option<&'static str>,
    /// The fact, with its numbers.
    pub reason: String,
    /// What the user can do; may be empty.
    pub remedy: &'static str,
}

impl Fault {
    /// A fault of one column.
    pub fn in_column(
        column: &'static str,
        reason: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self { column: Some(column), reason: reason.into(), remedy }
    }

    /// A fault of the whole line.
    pub fn of_line(reason: impl Into<String>, remedy: &'static str) -> Self {
        Self { column: None, reason: reason.into(), remedy }
    }
}

/// The fact on one line; the remedy is for the command line to add.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = self.column {
            write!(f, "column {column}: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl Failure {
    /// What the user can do about it, if anything is known.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Input { fault, .. } if !fault.remedy.is_empty() => Some(fault.remedy),
            _ => None,
        }
    }
}

/// User's text for a message: as typed, cut if long, with nothing that could upset a terminal.
pub fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 80;
    let text = String::from_utf8_lossy(text);
    let short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() { format!("{short}…") } else { short }
}
