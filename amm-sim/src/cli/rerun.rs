//! `amm-sim rerun`.

use std::path::PathBuf;
use std::process::ExitCode;

use amm_core::engine::Digest;
use amm_loop::pool::Design;
use serde_json::Value as Json;

use super::message::{Message, answer, say};
use super::scenario::Changes;
use super::{compare, mechanism, replay, run, study, sweep, system};
use crate::rundir::{self, Differs, RunDir};
use crate::scenario::Source;
use crate::sweep::Folder;
use crate::tables::{self, Table};

/// Which run.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A run's directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Threads [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Arguments {
    /// Runs it again and says what differs.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        let run = RunDir::open(&self.directory)?;
        let file = self.directory.join(rundir::SUMMARY);
        let broken = |why: String| {
            Message::wrong(
                format!("{}: {why}", file.display()),
                "do the run anew: scenario.toml is what it was made from",
            )
        };
        let text = run
            .get(rundir::SUMMARY)
            .map_err(|_| broken("is not there: the run did not end".to_owned()))?;
        let summary: Json =
            serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let word = |key: &str| {
            summary[key].as_str().map(str::to_owned).ok_or_else(|| broken(format!("has no {key}")))
        };
        let (was, version) = (word("run_digest")?, word("version")?);
        let changes = Changes { threads: self.threads, ..Changes::default() };
        let kind = word("kind")?;
        if let Some(study) = Again::study(&run, &kind, &changes)? {
            return study.told(&run, (&was, &version));
        }
        let name = self.directory.join(rundir::SCENARIO).display().to_string();
        let source = Source::read(&run.get(rundir::SCENARIO)?, &name)?;
        let plan = source.plan()?;
        let resolved = crate::scenario::written_plan(&plan).map_err(Message::failed)?;
        let digest = Digest::of_bytes(resolved.as_bytes()).to_string();
        let (tables, run_digest) = match kind.as_str() {
            "compare" => {
                let outcome = compare::outcome(&plan, &changes)?;
                (outcome.tables, outcome.digest.to_string())
            }
            "run" => {
                let (name, path) = (word("design")?, summary["path"].as_u64().unwrap_or(0));
                let listed = plan.designs.iter().find(|design| design.name == name).cloned();
                let design = listed.or_else(|| Design::by_name(&name));
                let design = design.ok_or_else(|| broken(format!("there is no design {name}")))?;
                let ran = run::world(&plan.scenario, &design, path, None, None)?;
                (vec![ran.series], ran.came.digest)
            }
            "sweep" => {
                let folder = Folder::open(&self.directory).map_err(sweep::message)?;
                let merged = sweep::again(&source, folder.grid(), &changes)?;
                (vec![merged.table], merged.digest)
            }
            "replay" => {
                let done = replay::again(&self.directory, &changes)?;
                (done.tables, done.digest.to_string())
            }
            other => return Err(broken(format!("is of a run of kind {other}"))),
        };
        let source = tables::Source::new(plan.scenario.seed, digest);
        Again { tables, run_digest, source }.told(&run, (&was, &version))
    }
}

/// What came out this time.
struct Again {
    tables: Vec<Table>,
    run_digest: String,
    source: tables::Source,
}

impl Again {
    /// Of a study; none if that is no kind of one.
    fn study(run: &RunDir, kind: &str, changes: &Changes) -> Result<Option<Self>, Message> {
        if !["mechanism", "system"].contains(&kind) {
            return Ok(None);
        }
        let text = run.get(rundir::STUDY)?;
        let broken = |error: toml::de::Error| {
            let file = run.path().join(rundir::STUDY);
            let text = format!("{}: {}", file.display(), error.to_string().trim_end());
            Message::wrong(text, "do the study anew: summary.json has its command")
        };
        let (tables, run_digest, source) = if kind == "mechanism" {
            let plan = toml::from_str(&text).map_err(broken)?;
            let studies = mechanism::studied(&plan, changes)?;
            let tables = crate::mechanism::tables(plan.of, &studies).map_err(Message::failed)?;
            let written = toml::to_string(&plan).map_err(Message::failed)?;
            let source = study::source(plan.seed(), &written);
            (tables, crate::mechanism::run_digest(&studies), source)
        } else {
            let plan = toml::from_str(&text).map_err(broken)?;
            let done = changes.spread(|| system::studied(&plan))??;
            let tables = crate::system::tables(&done).map_err(Message::failed)?;
            let written = toml::to_string(&plan).map_err(Message::failed)?;
            (tables, done.digest.clone(), study::source(done.seed(), &written))
        };
        Ok(Some(Self { tables, run_digest, source }))
    }

    /// Says what differs from what is there.
    fn told(&self, run: &RunDir, (was, version): (&str, &str)) -> Result<ExitCode, Message> {
        let Self { tables, run_digest: again, source } = self;
        let differing = run.differing(tables, source)?;
        let here = env!("CARGO_PKG_VERSION");
        if was == again && differing.is_empty() {
            say(&format!("the same: {again}, {} tables\n", tables.len()))?;
            return Ok(ExitCode::SUCCESS);
        }
        if was != again {
            say(&format!("digest {again}, and it was {was}\n"))?;
        }
        for Differs { table, what } in &differing {
            say(&format!("tables/{table} {what}\n"))?;
        }
        if version != here {
            say(&format!("it was written by version {version}, and this is {here}\n"))?;
        }
        Ok(ExitCode::FAILURE)
    }
}

pub(super) const HELP: &str = "\
Reads scenario.toml of the directory, or study.toml, which has every default and override in place, runs
it, and compares the digest over all worlds and every table with what is there. Nothing is written.

Examples:
  amm-sim rerun amm-run
  amm-sim rerun runs/spot-shock-1a2b3c4d --threads 1

Exit code 1 if anything differs.";
