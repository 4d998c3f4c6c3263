//! What a run says of itself: `summary.json`.

use serde::{Deserialize, Serialize};

/// What a run was, for the head and the foot of its report. Other keys may stand beside these: of
/// `headline` (why a figure is undefined, how wild the worst paths are) and `failures` the page speaks.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Summary {
    /// Of the scenario.
    pub title: String,
    /// What happens in the scenario and why it is worth a run.
    pub why: String,
    /// What was typed, without the machine's folders.
    pub command: String,
    /// Of the scenario.
    pub seed: u64,
    /// SHA-256 of the scenario, in hexadecimal.
    pub scenario_digest: String,
    /// SHA-256 of the run's results, in hexadecimal.
    pub run_digest: String,
    /// Of this program.
    pub version: String,
    /// Simulated, of each design.
    pub paths: u64,
    /// Of each path.
    pub blocks: u64,
    /// Seconds.
    pub block_s: u64,
    /// The design that others are measured against.
    pub baseline: String,
    /// What the figures prove and what they do not, a sentence or a short paragraph each.
    pub notes: Vec<String>,
    /// What would prove us wrong, and whether it did.
    pub falsifiers: Vec<Falsifier>,
    /// Numbers made up to show the page: it says so in large letters.
    pub sample: bool,
}

/// An outcome that would prove a claim wrong.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Falsifier {
    /// What would have to be seen.
    pub claim: String,
    /// `not seen`, `seen`, or `not tested`.
    pub state: String,
    /// The figures that say so.
    pub evidence: String,
}
