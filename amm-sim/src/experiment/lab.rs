//! Worlds that have been run, each once.

use std::collections::{BTreeMap, BTreeSet};

use amm_core::engine::Digest;
use amm_core::num::Real;
use amm_loop::LoopError;
use amm_loop::agent::Agent;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::Setting;
use rayon::prelude::*;

use crate::experiment::Progress;
use crate::experiment::record::{Impulses, Record, run};

/// A world without its path: what differs between worlds.
#[derive(Clone, Debug)]
pub(super) struct Arm {
    /// For people: unique.
    pub(super) label: String,
    pub(super) design: Design,
    pub(super) feedback: bool,
    pub(super) leakage: Real,
    pub(super) cast: Cast,
}

/// Who trades.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cast {
    /// As in the scenario.
    All,
    /// Nobody sells gamma because it pays. All keep their numbers, so nobody's luck shifts.
    WithoutSellers,
}

/// The number of an arm in its laboratory.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct ArmId(usize);

/// Runs worlds in parallel and keeps what they left. The same calls in the same order leave the same
/// records in the same order, whatever the number of threads.
pub(super) struct Lab<'a> {
    scenario: &'a Scenario,
    quiet: Scenario,
    has_sellers: bool,
    impulses: &'a Impulses,
    progress: &'a dyn Progress,
    arms: Vec<Kept>,
    keys: BTreeMap<String, ArmId>,
}

struct Kept {
    arm: Arm,
    /// On how many of the first paths shocks are followed.
    followed: u32,
    records: Vec<Result<Record, Box<LoopError>>>,
}

/// A world that stopped.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) world: String,
    pub(super) path: u64,
    pub(super) why: Box<LoopError>,
}

impl<'a> Lab<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        impulses: &'a Impulses,
        progress: &'a dyn Progress,
    ) -> Self {
        let quiet = without_sellers(scenario);
        let has_sellers = scenario.agents.iter().any(is_seller);
        let (arms, keys) = (Vec::new(), BTreeMap::new());
        Self { scenario, quiet, has_sellers, impulses, progress, arms, keys }
    }

    /// An arm's number: that of an earlier one if nothing but its label differs.
    pub(super) fn arm(&mut self, mut arm: Arm, followed: u32) -> ArmId {
        if !self.has_sellers {
            arm.cast = Cast::All;
        }
        let nameless = Design { name: String::new(), ..arm.design.clone() };
        let quiet = arm.cast == Cast::WithoutSellers;
        // What is in memory can be written.
        let design = serde_json::to_string(&nameless).unwrap_or_else(|_| arm.label.clone());
        let key = format!("{design} {} {} {quiet}", arm.feedback, arm.leakage.to_bits());
        let id = *self.keys.entry(key).or_insert(ArmId(self.arms.len()));
        if id.0 == self.arms.len() {
            self.arms.push(Kept { arm, followed, records: Vec::new() });
        }
        id
    }

    /// What it left on the paths that were run.
    pub(super) fn records(&self, id: ArmId) -> &[Result<Record, Box<LoopError>>] {
        &self.arms[id.0].records
    }

    /// Runs arms on the first paths, those that were not run before.
    pub(super) fn run(&mut self, what: &str, ids: &[ArmId], paths: u32) {
        let ids: BTreeSet<ArmId> = ids.iter().copied().collect();
        let have = |id: &ArmId| self.arms[id.0].records.len() as u32;
        let mut jobs: Vec<(u32, ArmId)> =
            ids.iter().flat_map(|id| (have(id)..paths).map(|path| (path, *id))).collect();
        if jobs.is_empty() {
            return;
        }
        jobs.sort_unstable(); // by path, so that the worlds of a path run together
        self.progress.begin(what, jobs.len() as u64);
        let done: Vec<(ArmId, Result<Record, Box<LoopError>>)> = jobs
            .par_iter()
            .with_max_len(1)
            .map(|(path, id)| {
                let record = self.one(*id, *path);
                self.progress.tick(1);
                (*id, record)
            })
            .collect();
        self.progress.end();
        for (id, record) in done {
            self.arms[id.0].records.push(record);
        }
    }

    fn one(&self, id: ArmId, path: u32) -> Result<Record, Box<LoopError>> {
        let Kept { arm, followed, .. } = &self.arms[id.0];
        let setting =
            Setting { feedback: arm.feedback, leakage: arm.leakage, ..Setting::default() };
        let impulses = (path < *followed).then_some(self.impulses);
        run((self.cast(arm.cast), &arm.design, &setting, path.into()), impulses)
    }

    /// The scenario with those who trade.
    pub(super) fn cast(&self, cast: Cast) -> &Scenario {
        match cast {
            Cast::All => self.scenario,
            Cast::WithoutSellers => &self.quiet,
        }
    }

    /// The worlds that stopped.
    pub(super) fn failed(&self) -> Vec<Failed> {
        let of = |kept: &Kept| {
            let label = kept.arm.label.clone();
            let failed = move |(path, record): (usize, &Result<Record, Box<LoopError>>)| {
                let why = record.as_ref().err()?.clone();
                Some(Failed { world: label.clone(), path: path as u64, why })
            };
            kept.records.iter().enumerate().filter_map(failed).collect::<Vec<_>>()
        };
        self.arms.iter().flat_map(of).collect()
    }

    /// Of the first paths, those on which each of the arms ran through.
    pub(super) fn whole(&self, ids: &[ArmId], paths: u32) -> Vec<usize> {
        let ran = |id: &ArmId, path| matches!(self.records(*id).get(path), Some(Ok(_)));
        (0..paths as usize).filter(|path| ids.iter().all(|id| ran(id, *path))).collect()
    }

    /// How many worlds were run, each on one path.
    pub(super) fn worlds(&self) -> u64 {
        self.arms.iter().map(|kept| kept.records.len() as u64).sum()
    }

    /// Of all worlds' digests: by arm in the order they were asked for, then by path. A world that
    /// stopped gives the digest of its reason.
    pub(super) fn digest(&self) -> Digest {
        let mut bytes = Vec::new();
        for record in self.arms.iter().flat_map(|kept| &kept.records) {
            let digest = match record {
                Ok(record) => record.digest,
                Err(why) => Digest::of_bytes(why.to_string().as_bytes()),
            };
            bytes.extend(digest.0);
        }
        Digest::of_bytes(&bytes)
    }
}

/// Whether an agent sells gamma the more, the better it pays.
fn is_seller(agent: &Agent) -> bool {
    matches!(agent, Agent::GammaSeller(_) | Agent::SurfaceArbitrageur(_) | Agent::YieldSeller(_))
}

/// The scenario in which a dear pool attracts nobody: those who sell only when it pays sell nothing,
/// and those who would sell anyway sell as much at any price.
fn without_sellers(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    for agent in &mut scenario.agents {
        match agent {
            Agent::GammaSeller(seller) => seller.per_day = Real::ZERO,
            Agent::SurfaceArbitrageur(arbitrageur) => arbitrageur.per_day = Real::ZERO,
            Agent::YieldSeller(seller) => seller.elasticity = Real::ZERO,
            _ => {}
        }
    }
    scenario
}
