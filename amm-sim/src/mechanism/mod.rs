//! What each mechanism around the price does, one at a time, and where it hurts.
//!
//! A study is a list of [`Arm`]s, each a design that differs in one thing from the arm it is held against.
//! All arms meet the same luck on each path, in a closed loop and in an open one; differences are paired by
//! path, with intervals from the bootstrap over paths.
#![allow(
    clippy::float_arithmetic,
    reason = "statistics over finished worlds: basic operations of IEEE 754 in a fixed order"
)]

mod arms;
mod figures;
mod run;
mod summary;
mod tables;
mod told;

pub use arms::{Arm, Of};
pub use figures::Quantity;
pub use run::{StudyError, run, study};
pub use summary::{Named, Plan, Summary, run_digest};
pub use tables::tables;
pub use told::told;

use serde::Serialize;

use crate::stats::{Estimate, Verdict};

/// A study of one market.
#[derive(Clone, Debug, Serialize)]
pub struct Study {
    /// The scenario's name, as it was asked for.
    pub scenario: String,
    /// Of the scenario, and of the market if the study varies it.
    pub title: String,
    /// What happens in the scenario and why it is worth a run.
    pub why: String,
    /// Blocks of a path.
    pub blocks: u32,
    /// Seconds of a block.
    pub block_s: u32,
    /// Paths of which all worlds ran to their end.
    pub paths: usize,
    /// SHA-256 over all worlds' digests, in hexadecimal.
    pub digest: String,
    /// In their order; the first is what is plain.
    pub arms: Vec<Measured>,
    /// Worlds that stopped, with the reason; their paths are left out of all arms.
    pub stopped: Vec<Stopped>,
}

/// A world that did not run to its end.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Stopped {
    /// Its arm.
    pub arm: &'static str,
    /// Its path.
    pub path: u32,
    /// The reason.
    pub why: String,
}

/// What was measured of an arm.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Its name.
    pub arm: &'static str,
    /// What it differs in.
    pub what: &'static str,
    /// The arm it is held against.
    pub against: Option<&'static str>,
    /// By quantity.
    pub figures: Vec<Figure>,
    /// Of spot.
    pub volatility: Volatility,
}

/// A quantity of an arm.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Which.
    pub quantity: &'static str,
    /// With its interval; `None` where it is not defined.
    pub value: Option<Estimate>,
    /// The paired difference to the arm it is held against.
    pub difference: Option<Estimate>,
    /// Whether that is better, worse, or not told apart from nothing.
    pub verdict: Verdict,
    /// The paired difference to the first arm.
    pub to_plain: Option<Estimate>,
    /// What that says.
    pub verdict_to_plain: Verdict,
}

/// Realised volatility of spot, per cent a year, over the horizon of amplification.
#[derive(Clone, Debug, Serialize)]
pub struct Volatility {
    /// With hedges that do not move spot.
    pub open: Option<Estimate>,
    /// With hedges that do.
    pub closed: Option<Estimate>,
    /// The second less the first, on the same paths.
    pub added: Option<Estimate>,
}
