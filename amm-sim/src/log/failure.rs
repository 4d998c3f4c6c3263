//! Why a log does not replay.

use amm_core::engine::log::LogError;
use std::io;

/// Why a log does not replay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// It could not be read.
    #[error("{file}: {error}")]
    Read {
        /// The file as the user named it, or `<stdin>`.
        file: String,
        /// The system's reason.
        error: io::Error,
    },
    /// A line says nothing that is understood.
    #[error("{file}:{line}: {reason}")]
    Line {
        /// The file.
        file: String,
        /// Its line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A binary log is no log, or leads elsewhere.
    #[error("{file}: {error}")]
    Binary {
        /// The file.
        file: String,
        /// What is wrong, with the events before it.
        error: Box<LogError>,
    },
}
