//! All built-in scenarios under all designs: the whole of what there is to compare.

use amm_core::engine::Digest;
use amm_core::num::Cash;
use amm_loop::system::{Design, Scenario};
use serde::{Deserialize, Serialize};

use super::{BUILTIN, ExperimentError, Options, Outcome, builtin, run, worlds};

/// The loss whose spread a study measures: two million.
pub const STUDY_LOSS: Cash = Cash::from_atoms(2_000_000 * Cash::SCALE);

/// What is studied, in all scenarios that come with the program: enough to do it again.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// By name; the first is what the others are compared with.
    pub designs: Vec<String>,
    /// Of each world.
    pub paths: u32,
    /// On which intervals rest.
    pub resamples: u32,
    /// Injected in each protocol in turn.
    pub loss: Cash,
}

/// What came out of all scenarios.
#[derive(Clone, Debug, Serialize)]
pub struct Study {
    /// Of this program.
    pub version: &'static str,
    /// How many paths of each world.
    pub paths: u32,
    /// SHA-256 over the scenarios' digests, in order.
    pub digest: String,
    /// In the order of [`BUILTIN`].
    pub scenarios: Vec<Entry>,
}

impl Study {
    /// Of the first scenario.
    pub fn seed(&self) -> u64 {
        self.scenarios.first().map_or(0, |entry| entry.seed)
    }
}

/// A scenario of a study.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// By which the program knows it.
    pub name: &'static str,
    /// Its seed.
    pub seed: u64,
    /// How long it is, in hours.
    pub hours: f64,
    /// What came out.
    pub outcome: Outcome,
}

/// Runs designs through every built-in scenario; `done` hears how many of how many systems are behind.
///
/// # Errors
///
/// As [`run`].
pub fn study(
    designs: &[Design],
    options: &Options,
    done: impl Fn(u64, u64) + Sync,
) -> Result<Study, ExperimentError> {
    let each = worlds(designs, options) * u64::from(options.paths);
    let total = each * BUILTIN.len() as u64;
    let mut scenarios = Vec::new();
    for (before, (name, _)) in (0..).zip(BUILTIN) {
        let scenario: Scenario = match builtin(name) {
            Some(Ok(scenario)) => scenario,
            _ => return Err(ExperimentError::Empty("a built-in scenario can be read")),
        };
        let outcome =
            run(&scenario, designs, options, |behind, _| done(before * each + behind, total))?;
        let hours = f64::from(scenario.blocks) * f64::from(scenario.block_s) / 3600.0;
        scenarios.push(Entry { name, seed: scenario.seed, hours, outcome });
    }
    let all: Vec<&str> = scenarios.iter().map(|entry| entry.outcome.digest.as_str()).collect();
    let digest = Digest::of_bytes(all.concat().as_bytes()).to_string();
    let version = env!("CARGO_PKG_VERSION");
    Ok(Study { version, paths: options.paths, digest, scenarios })
}
