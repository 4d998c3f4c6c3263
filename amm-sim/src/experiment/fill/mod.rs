//! From boards to tables and the summary.

mod cells;
mod falsifiers;
mod headline;
mod loops;
mod markets;
mod notes;
mod pictures;

use amm_core::engine::Digest;

use crate::experiment::board::{Board, Quantity};
use crate::experiment::lab::{ArmId, Lab};
use crate::experiment::record::{Impulses, Record};
use crate::experiment::study::{FOLLOWED, Study};
use crate::experiment::summary::{Failure, Summary};
use crate::experiment::{ExperimentError, Outcome, Plan, Progress};
use crate::stats::Tail;

/// All that tables are made of.
struct Found<'a> {
    plan: &'a Plan,
    lab: &'a Lab<'a>,
    studies: &'a [Study],
    boards: Vec<Board>,
    /// Of the first paths, on which shocks were followed.
    shocked: Option<Board>,
    impulses: &'a Impulses,
    paths: u32,
}

/// Tables, summary and digest.
pub(super) fn outcome(
    plan: &Plan,
    lab: &Lab<'_>,
    studies: &[Study],
    (impulses, paths): (&Impulses, u32),
    progress: &dyn Progress,
) -> Result<Outcome, ExperimentError> {
    progress.begin("intervals", studies.len() as u64);
    let mut boards = Vec::new();
    for study in studies {
        boards.push(study.board(lab, plan, paths).ok_or_else(|| no_path(lab, paths))?);
        progress.tick(1);
    }
    progress.end();
    let shocked = shocked(plan, lab, studies, (impulses, paths));
    let found = Found { plan, lab, studies, boards, shocked, impulses, paths };
    let (pictures, seen) = pictures::tables(&found, progress)?;
    let rows = headline::rows(&found);
    let mut tables = vec![headline::table(&found, &rows)?, loops::gain(&found, &rows)?];
    tables.extend([loops::signature(&found)?, loops::impulse(&found)?, loops::frontier(&found)?]);
    tables.extend([loops::split(&found)?, loops::placebos(&found)?]);
    tables.extend([markets::lp(&found)?, markets::quality(&found, &rows)?]);
    tables.extend(pictures);
    let mut bytes = lab.digest().0.to_vec();
    seen.iter().for_each(|digest| bytes.extend(digest.0));
    let digest = Digest::of_bytes(&bytes);
    let summary = found.summary(rows, digest);
    Ok(Outcome { tables, summary, digest })
}

fn no_path(lab: &Lab<'_>, paths: u32) -> ExperimentError {
    match lab.failed().into_iter().next() {
        Some(failed) => ExperimentError::NoPath {
            paths,
            world: failed.world,
            path: failed.path,
            why: failed.why.to_string(),
        },
        None => ExperimentError::Options { reason: "there is no path to measure".to_owned() },
    }
}

/// The board of responses, on the paths on which shocks were followed.
fn shocked(
    plan: &Plan,
    lab: &Lab<'_>,
    studies: &[Study],
    (impulses, paths): (&Impulses, u32),
) -> Option<Board> {
    let marks = 0..impulses.marks.len();
    let mut quantities = vec![Quantity::GainAtShock];
    for shock in 0..impulses.shocks.len() {
        quantities.extend(marks.clone().map(|mark| Quantity::Response(shock, mark)));
    }
    let luck = (plan.scenario.seed, plan.experiment.resamples);
    let arms = &studies.first()?.designs;
    Board::new(lab, (arms, &quantities), paths.min(FOLLOWED), luck)
}

impl<'a> Found<'a> {
    /// Studies with their boards.
    fn each(&self) -> impl Iterator<Item = (&'a Study, &Board)> {
        self.studies.iter().zip(&self.boards)
    }

    /// The records of an arm on a board's paths.
    fn records(&self, arm: ArmId, paths: &[usize]) -> Vec<&'a Record> {
        let records = self.lab.records(arm);
        paths.iter().filter_map(|path| records.get(*path)?.as_ref().ok()).collect()
    }

    /// Providers' losses of each day.
    fn tail(&self, arm: ArmId, paths: &[usize]) -> Tail {
        let day = |pair: &[amm_core::num::Cash]| {
            crate::experiment::board::money(pair[0]) - crate::experiment::board::money(pair[1])
        };
        let records = self.records(arm, paths);
        let losses: Vec<Vec<f64>> =
            records.iter().map(|record| record.days.windows(2).map(day).collect()).collect();
        Tail::new(losses.iter().map(|days| &days[..]))
    }

    fn summary(&self, headline: headline::Rows, digest: Digest) -> Summary {
        let (scenario, options) = (&self.plan.scenario, &self.plan.experiment);
        let failure = |failed: crate::experiment::lab::Failed| Failure {
            violation: matches!(*failed.why, amm_loop::LoopError::Violation { .. }),
            world: failed.world,
            path: failed.path,
            why: failed.why.to_string(),
        };
        let failures: Vec<Failure> = self.lab.failed().into_iter().map(failure).collect();
        let widths = self.each().filter_map(|(study, board)| study.half_width(board));
        Summary {
            title: scenario.title.clone(),
            why: scenario.why.clone(),
            seed: scenario.seed,
            run_digest: digest.to_string(),
            paths: self.paths,
            worlds: self.lab.worlds(),
            blocks: scenario.blocks,
            block_s: scenario.block_s,
            baseline: self.plan.designs[0].name.clone(),
            headline_horizon: options.headline_horizon,
            resamples: options.resamples,
            half_width: widths.reduce(f64::max),
            falsifiers: self.falsifiers(&headline, &failures),
            notes: self.notes(&headline, &failures),
            headline: headline.0,
            failures,
        }
    }
}
