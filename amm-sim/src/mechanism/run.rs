//! Runs studies: all arms on all paths, over threads, in order.

use std::sync::atomic::{AtomicU64, Ordering};

use amm_core::engine::Digest;
use amm_loop::LoopError;
use amm_loop::scenario::Scenario;
use rayon::prelude::*;

use super::figures::{self, World};
use super::{Named, Of, Plan, Stopped, Study};

/// All arms' worlds, or the arm that stopped and why.
pub(super) type OnePath = Result<Vec<World>, Box<(usize, LoopError)>>;

/// Why a study has no result.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// No path of which all worlds ran.
    #[error("{title}: no path ran to its end in all worlds: {first}")]
    Stopped {
        /// Of the market.
        title: String,
        /// What stopped first.
        first: String,
    },
    /// Nothing to do.
    #[error("a study has a scenario, a path and a resample at least")]
    Empty,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on path {}: {}", self.arm, self.path, self.why)
    }
}

/// Runs all that is planned; `done` hears how many of how many paths are behind.
///
/// # Errors
///
/// [`StudyError`].
pub fn study(plan: &Plan, done: &(impl Fn(u64, u64) + Sync)) -> Result<Vec<Study>, StudyError> {
    let markets = |named: &Named| plan.of.markets(&named.scenario).len() as u64;
    let each = u64::from(plan.paths);
    let total: u64 = plan.scenarios.iter().map(|named| markets(named) * each).sum();
    let (mut studies, mut before) = (Vec::new(), 0);
    for named in &plan.scenarios {
        let tick = |behind, _| done(before + behind, total);
        let mut of_this = run(plan.of, &named.scenario, (plan.paths, plan.resamples), &tick)?;
        of_this.iter_mut().for_each(|study| study.scenario.clone_from(&named.name));
        studies.extend(of_this);
        before += markets(named) * each;
    }
    if studies.is_empty() { Err(StudyError::Empty) } else { Ok(studies) }
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
    let behind = AtomicU64::new(0);
    let tick = || done(behind.fetch_add(1, Ordering::Relaxed) + 1, total);
    let study = |market: &Scenario| one(of, scenario, market, (paths, resamples), &tick);
    markets.iter().map(study).collect()
}

fn one(
    of: Of,
    known: &Scenario,
    market: &Scenario,
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
            let worlds = figures::path(market, &arms, path.into());
            tick();
            worlds
        })
        .collect();
    let (mut whole, mut stopped, mut digests) = (Vec::new(), Vec::new(), Vec::new());
    for (path, ran) in (0..).zip(ran) {
        match ran {
            Ok(worlds) => {
                digests.extend(worlds.iter().flat_map(|world| world.digest.0));
                whole.push(worlds);
            }
            Err(error) => {
                let (arm, why) = *error;
                stopped.push(Stopped { arm: arms[arm].name, path, why: why.to_string() });
            }
        }
    }
    if whole.is_empty() {
        let first = stopped.first().map(ToString::to_string).unwrap_or_default();
        return Err(StudyError::Stopped { title: market.title.clone(), first });
    }
    Ok(Study {
        scenario: known.title.clone(),
        title: market.title.clone(),
        why: known.why.clone(),
        blocks: market.blocks,
        block_s: market.block_s,
        paths: whole.len(),
        digest: Digest::of_bytes(&digests).to_string(),
        arms: figures::measure(of, &arms, &whole, (market.seed, resamples)),
        stopped,
    })
}
