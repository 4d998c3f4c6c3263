//! What is studied, and what came out: the two files that say all of a study.

use amm_core::engine::Digest;
use amm_loop::scenario::Scenario;
use serde::{Deserialize, Serialize};

use super::{Of, Quantity, Study};

/// What is studied, with every default and override in place: enough to do it again.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What is studied.
    pub of: Of,
    /// Of each world.
    pub paths: u32,
    /// On which intervals rest.
    pub resamples: u32,
    /// In which market.
    pub scenarios: Vec<Named>,
}

impl Plan {
    /// Of the first scenario.
    pub fn seed(&self) -> u64 {
        self.scenarios.first().map_or(0, |named| named.scenario.seed)
    }
}

/// A scenario and how it was asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// A built-in scenario's name, or a file's without its folder.
    pub name: String,
    /// As it is run, before the study varies it.
    pub scenario: Scenario,
}

/// What was run and what came out.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// `mechanism`.
    pub kind: &'static str,
    /// What was studied.
    pub of: Of,
    /// What was typed, without the machine's folders.
    pub command: String,
    /// Of this program.
    pub version: &'static str,
    /// Asked for of each world.
    pub paths: u32,
    /// On which intervals rest.
    pub resamples: u32,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan_digest: String,
    /// SHA-256 over the studies' digests, in order.
    pub run_digest: String,
    /// What is measured of every arm.
    pub quantities: Vec<Quantity>,
    /// A market each.
    pub studies: Vec<Study>,
}

impl Summary {
    /// Of a plan, whose file has this digest, and its studies.
    pub fn new(plan: &Plan, plan_digest: String, command: String, studies: Vec<Study>) -> Self {
        Self {
            kind: "mechanism",
            of: plan.of,
            command,
            version: env!("CARGO_PKG_VERSION"),
            paths: plan.paths,
            resamples: plan.resamples,
            plan_digest,
            run_digest: run_digest(&studies),
            quantities: plan.of.quantities(),
            studies,
        }
    }
}

/// SHA-256 over the studies' digests, in order, in hexadecimal.
pub fn run_digest(studies: &[Study]) -> String {
    let digests: Vec<&str> = studies.iter().map(|study| study.digest.as_str()).collect();
    Digest::of_bytes(digests.concat().as_bytes()).to_string()
}
