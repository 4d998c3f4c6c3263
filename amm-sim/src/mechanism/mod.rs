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
mod told;

pub use arms::{Arm, Of};
pub use figures::{Better, Quantity};
pub use told::told;

use amm_core::engine::Digest;
use amm_loop::LoopError;
use amm_loop::scenario::Scenario;
use rayon::prelude::*;
use serde::Serialize;

use crate::stats::Estimate;
use figures::World;

/// All arms' worlds, or the arm that stopped and why.
type OnePath = Result<Vec<World>, Box<(usize, LoopError)>>;

/// A study of one market.
#[derive(Clone, Debug, Serialize)]
pub struct Study {
    /// Of the scenario, and of the market if the study varies it.
    pub title: String,
    /// Paths of which all worlds ran to their end.
    pub paths: usize,
    /// SHA-256 over all worlds' digests, in hexadecimal.
    pub digest: String,
    /// In their order; the first is what is plain.
    pub arms: Vec<Measured>,
    /// Worlds that stopped, with the reason; their paths are left out of all arms.
    pub stopped: Vec<String>,
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

/// What a difference says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its interval holds zero, or there is none.
    #[default]
    Open,
    /// All of it lies on the good side.
    Better,
    /// All of it lies on the bad side.
    Worse,
}

/// Why a study has no result.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// No path of which all worlds ran.
    #[error("no path ran to its end in all worlds: {0}")]
    Stopped(String),
    /// Nothing to do.
    #[error("a study has a path and a resample at least")]
    Empty,
}

/// Runs a study in a scenario: one for each market that it varies. `done` hears how many of how many paths
/// are behind.
///
/// # Errors
///
/// [`StudyError`].
pub fn run(
    of: Of,
    scenario: &Scenario,
    (paths, resamples): (u32, u32),
    done: &(impl Fn(u64, u64) + Sync),
) -> Result<Vec<Study>, StudyError> {
    let markets = of.markets(scenario);
    let total = u64::from(paths) * markets.len() as u64;
    let behind = std::sync::atomic::AtomicU64::new(0);
    let tick = || {
        let count = behind.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        done(count, total);
    };
    let study = |scenario: &Scenario| one(of, scenario, (paths, resamples), &tick);
    markets.iter().map(study).collect()
}

fn one(
    of: Of,
    scenario: &Scenario,
    (paths, resamples): (u32, u32),
    tick: &(impl Fn() + Sync),
) -> Result<Study, StudyError> {
    if paths == 0 || resamples == 0 {
        return Err(StudyError::Empty);
    }
    let arms = of.arms();
    let ran: Vec<OnePath> = (0..paths)
        .into_par_iter()
        .with_max_len(1)
        .map(|path| {
            let worlds = figures::path(scenario, &arms, path.into());
            tick();
            worlds
        })
        .collect();
    let (mut whole, mut stopped, mut digests) = (Vec::new(), Vec::new(), Vec::new());
    for (path, ran) in ran.into_iter().enumerate() {
        match ran {
            Ok(worlds) => {
                digests.extend(worlds.iter().flat_map(|world| world.digest.0));
                whole.push(worlds);
            }
            Err(error) => {
                let (arm, why) = *error;
                stopped.push(format!("{} on path {path}: {why}", arms[arm].name));
            }
        }
    }
    if whole.is_empty() {
        return Err(StudyError::Stopped(stopped.first().cloned().unwrap_or_default()));
    }
    let measured = figures::measure(of, &arms, &whole, (scenario.seed, resamples));
    Ok(Study {
        title: scenario.title.clone(),
        paths: whole.len(),
        digest: Digest::of_bytes(&digests).to_string(),
        arms: measured,
        stopped,
    })
}
