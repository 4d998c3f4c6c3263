//! The run in short: what `summary.json` holds.

use serde::Serialize;

use crate::stats::Estimate;

/// What a run was and what it found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Of the scenario.
    pub title: String,
    /// What happens in the scenario and why it is worth a run.
    pub why: String,
    /// Of the scenario.
    pub seed: u64,
    /// SHA-256 over all worlds' digests, in hexadecimal.
    pub run_digest: String,
    /// Of each design, those included that were left out.
    pub paths: u32,
    /// Worlds run to their end, each on one path.
    pub worlds: u64,
    /// Of each path.
    pub blocks: u32,
    /// Seconds.
    pub block_s: u32,
    /// The design that others are measured against.
    pub baseline: String,
    /// Blocks over which the headline's variance is measured.
    pub headline_horizon: u32,
    /// Of the bootstrap.
    pub resamples: u32,
    /// Half of the widest interval of a headline's dampening, placebos taken off; none if nothing is
    /// dampened.
    pub half_width: Option<f64>,
    /// By leakage, then design.
    pub headline: Vec<Headline>,
    /// What would prove us wrong, and whether it did.
    pub falsifiers: Vec<Falsifier>,
    /// What the figures prove and what they do not.
    pub notes: Vec<String>,
    /// Worlds that stopped; their paths are left out of all worlds.
    pub failures: Vec<Failure>,
}

/// A number with the ends of its 95 % interval, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figure {
    /// On all paths.
    pub value: Option<f64>,
    /// The interval's lower end.
    pub low: Option<f64>,
    /// The interval's upper end.
    pub high: Option<f64>,
    /// Why there is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

impl Figure {
    /// Without a number, for a reason.
    pub fn none(why: impl Into<String>) -> Self {
        Self { undefined: Some(why.into()), ..Self::default() }
    }

    /// An estimate, or why there is none.
    pub(super) fn of(estimate: Option<Estimate>, why: &str) -> Self {
        let Some(Estimate { value, interval, .. }) = estimate else { return Self::none(why) };
        let (low, high) = (interval.map(|i| i.low), interval.map(|i| i.high));
        Self { value: Some(value), low, high, undefined: None }
    }
}

/// A design at a leakage.
#[derive(Clone, Debug, Serialize)]
pub struct Headline {
    /// Its name.
    pub design: String,
    /// ℓ.
    pub leakage: f64,
    /// Of variance at the headline's horizon.
    pub amplification: Figure,
    /// Mean of S²Γ/L over hedgers, blocks and paths.
    pub gain_state: Figure,
    /// 1 − 1/√amplification.
    pub gain_variance: Figure,
    /// 1 − 1/R of the smallest shocks.
    pub gain_impulse: Figure,
    /// The state's gain in the block before those shocks: what the one by impulse is to be held
    /// against.
    pub gain_at_shock: Figure,
    /// 1 − g/g of the baseline, gains implied by variance.
    pub dampening: Figure,
    /// 1 − (𝒜 − 1)/(𝒜 of the baseline − 1).
    pub dampening_secondary: Figure,
    /// 1 − g/g of the baseline, gains of the state.
    pub dampening_of_state: Figure,
    /// What simpler rules do not explain.
    pub placebo_adjusted: Option<Claimed>,
    /// How wild its worst paths are.
    pub instability: Instability,
    /// By how much shared luck cuts the variance of squared moves less the baseline's.
    pub crn_factor: Option<f64>,
}

/// What is left of dampening.
#[derive(Clone, Debug, Serialize)]
pub struct Claimed {
    /// The least advantage over all placebos, with the interval of that least.
    pub least: Figure,
    /// The same with the interval for the placebo that is the least on the sample.
    pub fixed: Figure,
    /// That placebo and what it is matched in.
    pub placebo: String,
    /// Placebos and matchings that were matched.
    pub counted: usize,
    /// Those that no strength matches: they are left out of the least.
    pub left_out: Vec<String>,
    /// How often luck alone would give an advantage so far from 0, by the normal law.
    pub p: Option<f64>,
    /// The same after Holm's correction over all designs and leakages.
    pub p_holm: Option<f64>,
}

/// How wild the worst paths are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Instability {
    /// The share of paths on which the gain was above 1.
    pub paths_above_1: f64,
    /// The share of blocks with a gain above ½, 0.7 and 1.
    pub time_above: [f64; 3],
    /// The mean over paths of ln of amplification at the headline's horizon.
    pub mean_ln_amplification: Option<f64>,
    /// The median over paths of providers' drawdown, in cash.
    pub median_drawdown: Option<f64>,
}

/// An outcome that would prove a claim wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Falsifier {
    /// What would have to be seen.
    pub claim: String,
    /// `not seen`, `seen`, or `not tested`.
    pub state: &'static str,
    /// The figures that say so.
    pub evidence: String,
}

/// A world that stopped.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// Its label.
    pub world: String,
    /// Its path.
    pub path: u64,
    /// Whether an invariant was broken, rather than a number out of range.
    pub violation: bool,
    /// Its reason.
    pub why: String,
}
