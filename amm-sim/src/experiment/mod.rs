//! Designs compared in the same worlds: how much each dampens the loop, and what of that simpler rules
//! would have done too.
//!
//! Every world of a path has the path's luck, so differences between worlds are known far better than
//! the worlds. Runs are spread over threads and collected in order: an [`Outcome`] is the same bytes
//! on any number of them. Definitions stand beside what computes them: gains and dampening in
//! `gains`, placebos in `placebo` and `tune`, what is left and what it is made of in `claim`.
//!
//! ```no_run
//! use amm_loop::pool::Design;
//! use amm_sim::experiment::{Options, Plan, Silent, compare};
//!
//! let plan = Plan {
//!     scenario: toml::from_str(&std::fs::read_to_string("stress.toml")?)?,
//!     designs: vec![Design::static_pool(), Design::dynamic()],
//!     experiment: Options { paths: 32, paths_max: 32, ..Options::default() },
//! };
//! let outcome = compare(&plan, &Silent)?;
//! println!("{} {:?}", outcome.digest, outcome.summary.headline[1].dampening);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(
    clippy::float_arithmetic,
    reason = "statistics of finished runs: basic operations of IEEE 754 in a fixed order"
)]

mod board;
mod claim;
mod error;
mod fill;
mod frontier;
mod gains;
mod lab;
mod options;
mod picture;
mod placebo;
mod progress;
mod record;
mod study;
mod summary;
mod tune;

pub use error::ExperimentError;
pub use options::{Matching, Options};
pub use progress::{Progress, Silent};
pub use summary::{Claimed, Failure, Falsifier, Figure, Headline, Summary};

use amm_core::engine::Digest;
use amm_core::num::Real;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;

use crate::tables::Table;
use lab::Lab;
use record::Impulses;
use study::Study;

/// What is compared, and how thoroughly.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What happens.
    pub scenario: Scenario,
    /// The first is the baseline: what all others are measured against, and what placebos are built
    /// on.
    pub designs: Vec<Design>,
    /// How thoroughly.
    pub experiment: Options,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Those of [`tables::schema`](crate::tables::schema) that a comparison has figures for.
    pub tables: Vec<Table>,
    /// The run in short.
    pub summary: Summary,
    /// Of all worlds' digests, in the order they were asked for.
    pub digest: Digest,
}

impl Plan {
    /// Checks what its parts do not check themselves.
    ///
    /// # Errors
    ///
    /// [`ExperimentError::Options`] with the reason.
    pub fn check(&self) -> Result<(), ExperimentError> {
        let wrong = |reason: String| Err(ExperimentError::Options { reason });
        self.experiment.check(&self.scenario)?;
        let Some(baseline) = self.designs.first() else {
            return wrong("at least one design, the baseline, is compared".to_owned());
        };
        if self.experiment.placebos && (baseline.markup.is_some() || baseline.turn_away.is_some()) {
            return wrong(format!(
                "placebos are rules over the baseline, and {} has one already",
                baseline.name
            ));
        }
        let mut names: Vec<&str> = self.designs.iter().map(|design| &*design.name).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => wrong(format!("two designs are called {}", pair[0])),
            None => Ok(()),
        }
    }

    /// The shocks to follow.
    fn impulses(&self) -> Impulses {
        const MARKS: [u32; 11] = [0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 24];
        let block = self.experiment.impulse_at(&self.scenario);
        let span = self.experiment.headline_horizon;
        let mut marks: Vec<u32> =
            MARKS.into_iter().chain([span]).map(|after| block + after).collect();
        marks.retain(|mark| *mark <= self.scenario.blocks);
        marks.sort_unstable();
        marks.dedup();
        let settled = marks.partition_point(|mark| *mark <= block + span) - 1;
        // A day's standard deviation: σ₀/√365.
        let daily = self.scenario.market.depth.sigma0.get() / Real::lit("19.1049731745428");
        let ln = |shock: &Real| *shock * daily; // at most 10·20/19
        let shocks = self.experiment.shocks.iter().map(ln).collect();
        Impulses { block, shocks, marks, settled }
    }
}

/// Compares the designs of a plan.
///
/// # Errors
///
/// [`ExperimentError`] if the plan is out of range, if no path runs through in every world, or if a
/// result does not fit its table. A world that stops on some paths is no error: those paths are left
/// out of all worlds and listed in the summary.
pub fn compare(plan: &Plan, progress: &dyn Progress) -> Result<Outcome, ExperimentError> {
    plan.check()?;
    let (options, impulses) = (&plan.experiment, plan.impulses());
    let mut lab = Lab::new(&plan.scenario, &impulses, progress);
    let leakages = options.leakages.iter().enumerate();
    let mut studies: Vec<Study> =
        leakages.map(|(at, leakage)| Study::new(&mut lab, plan, *leakage, at == 0)).collect();
    let mut paths = options.paths;
    let arms = |studies: &[Study]| studies.iter().flat_map(Study::arms).collect::<Vec<_>>();
    lab.run("designs", &arms(&studies), paths);
    if options.placebos {
        for study in &mut studies {
            study.tune(&mut lab, plan);
        }
        lab.run("placebos", &arms(&studies), paths);
    }
    if let Some(wanted) = options.half_width {
        let wanted = board::real(wanted);
        while paths < options.paths_max {
            let width = |study: &Study| {
                study.outline(&lab, plan, paths).and_then(|board| study.half_width(&board))
            };
            // Without a number there is nothing to know better.
            if studies.iter().filter_map(width).fold(0.0, f64::max) <= wanted {
                break;
            }
            paths = paths.saturating_mul(2).min(options.paths_max);
            lab.run(&format!("{paths} paths for narrower intervals"), &arms(&studies), paths);
        }
    }
    for study in &mut studies {
        study.correct(&mut lab, plan, paths);
    }
    if let Some(study) = studies.first_mut() {
        study.sweep(&mut lab, plan);
    }
    fill::outcome(plan, &lab, &studies, (&impulses, paths), progress)
}
