//! The report of a run: one HTML file with everything in it, from the run's tables and summary.
//!
//! A run's directory holds `summary.json` (a [`Summary`]) and `tables/` (see [`crate::tables`]).
//! [`write()`] puts `report.html` beside them. The page needs nothing else: style, charts and data are
//! inside, and its own policy forbids every request. The same run gives the same bytes.

mod embed;
mod mechanism;
mod page;
mod replay;
mod study;
mod summary;
mod system;
mod thin;

pub use mechanism::mechanism_html;
pub use summary::{Falsifier, Summary};
pub use system::system_html;

use crate::tables;
use serde_json::{Map, Value as Json};
use std::fs;
use std::path::{Path, PathBuf};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] tables::Failure),
    /// The summary is no summary.
    #[error("{file}:{line}:{column}: {reason}")]
    Summary {
        /// As the user named it.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The fact.
        reason: String,
    },
    /// The directory is a study's.
    #[error("{file}: is of a study, whose page is written with it")]
    Study {
        /// As the user named it.
        file: String,
    },
}

impl Failure {
    /// What the user can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Table(failure) => failure.remedy(),
            Self::Summary { .. } => "do the run again: `amm-sim rerun DIR` writes the summary anew",
            Self::Study { .. } => "do the study again: its command is in summary.json",
        }
    }
}

/// Writes `report.html` into a run's directory and says where it is.
///
/// # Errors
///
/// The file that cannot be read or written, and why.
pub fn write(directory: &Path) -> Result<PathBuf, Failure> {
    let file = directory.join("report.html");
    tables::put(&file, html(directory)?.as_bytes())?;
    Ok(file)
}

/// The page of a run's directory.
///
/// # Errors
///
/// The file that cannot be read, and why.
pub fn html(directory: &Path) -> Result<String, Failure> {
    let summary = directory.join("summary.json");
    let text = fs::read_to_string(&summary)
        .map_err(|error| tables::Failure::System { file: summary.display().to_string(), error })?;
    let broken = |error: serde_json::Error| Failure::Summary {
        file: summary.display().to_string(),
        line: error.line(),
        column: error.column(),
        reason: reason(&error),
    };
    let known: Summary = serde_json::from_str(&text).map_err(broken)?;
    let all: Map<String, Json> = serde_json::from_str(&text).map_err(broken)?;
    if all.get("kind").is_some_and(|kind| kind == "mechanism" || kind == "system") {
        return Err(Failure::Study { file: summary.display().to_string() });
    }
    let found = tables::read_all(&directory.join("tables"))?;
    Ok(page::html(&known, all, &found))
}

/// What is wrong, without the place, which is said before it.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}
