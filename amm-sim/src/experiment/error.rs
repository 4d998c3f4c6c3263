//! Why there is no outcome.

use amm_loop::LoopError;

use crate::tables::RowError;

/// Why a comparison has no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A number of the experiment's.
    #[error("{reason}")]
    Options {
        /// The fact.
        reason: String,
    },
    /// Every path failed in one world or another.
    #[error("not one of {paths} paths ran through in every world; {world}, path {path}: {why}")]
    NoPath {
        /// How many were tried.
        paths: u32,
        /// The first world that failed.
        world: String,
        /// On which path.
        path: u64,
        /// Why.
        why: String,
    },
    /// A world outside statistics.
    #[error("{world}, path {path}: {why}")]
    World {
        /// Its label.
        world: String,
        /// Its luck.
        path: u64,
        /// Why.
        why: Box<LoopError>,
    },
    /// A result that does not fit its table.
    #[error(transparent)]
    Row(#[from] RowError),
}
