//! `amm-sim compare`, its relatives `frontier` and `stress`, and what the bare command does.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amm_core::engine::Digest;
use serde_json::{Map, Value as Json};

use super::headline;
use super::message::{Message, answer, say};
use super::scenario::{Changes, Choice, list};
use super::watch::Watch;
use crate::experiment::{self, Outcome, Plan};
use crate::report;
use crate::rundir::{self, RunDir};
use crate::scenario::{BUILTIN, Source, written_plan};
use crate::tables;

/// What is compared, and where it goes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    more: More,
    /// List the built-in scenarios.
    #[arg(long)]
    list: bool,
}

/// How thoroughly, and where it goes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct More {
    /// Paths, in place of those of the scenario.
    #[arg(long, value_name = "N")]
    pub(super) paths: Option<u32>,
    /// Where the run is written [default: runs/TITLE-DIGEST].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Write the summary as one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// The scenarios of `stress`, and where they go.
#[derive(Debug, clap::Args)]
pub(super) struct All {
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    more: More,
}

/// What makes the bare command a matter of a minute on two cores.
const QUICK: [&str; 3] =
    ["experiment.paths=64", "experiment.paths_max=64", "experiment.calibration_paths=12"];

/// The bare command writes here.
const BARE: &str = "amm-run";

impl Arguments {
    /// Compares, or lists.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer(&[]))
    }

    /// Draws the frontier only.
    pub(super) fn frontier(&self) -> ExitCode {
        answer(self.answer(&["experiment.placebos=false", "experiment.shocks=[]"]))
    }

    fn answer(&self, changes: &[&str]) -> Result<ExitCode, Message> {
        if self.list {
            say(&list())?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut source = self.choice.source(None)?;
        for change in changes {
            source.set(change)?;
        }
        let command = match (changes, &self.choice.scenario) {
            ([], Some(name)) => format!("compare {name}"),
            (_, Some(name)) => format!("frontier {name}"),
            (_, None) => String::new(),
        };
        let directory = self.more.out.as_deref();
        compare(source, &self.choice.changes, &self.more, (directory, &command))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl All {
    /// Compares in every built-in scenario.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        for known in BUILTIN {
            let mut source = Source::read(known.text, &format!("{} (built in)", known.name))?;
            self.changes.apply(&mut source)?;
            let directory = self.more.out.as_ref().map(|out| out.join(known.name));
            let command = format!("compare {}", known.name);
            compare(source, &self.changes, &self.more, (directory.as_deref(), &command))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The stress scenario, into a directory of its own.
pub(super) fn bare() -> ExitCode {
    let run = || {
        let stress = &BUILTIN[0];
        let mut source = Source::read(stress.text, &format!("{} (built in)", stress.name))?;
        for change in QUICK {
            source.set(change)?;
        }
        let more = More { out: Some(PathBuf::from(BARE)), ..More::default() };
        compare(source, &Changes::default(), &more, (more.out.as_deref(), ""))?;
        Ok(ExitCode::SUCCESS)
    };
    answer(run())
}

/// Runs a comparison, writes it, and says what came out.
fn compare(
    mut source: Source,
    changes: &Changes,
    more: &More,
    (directory, command): (Option<&Path>, &str),
) -> Result<(), Message> {
    if let Some(paths) = more.paths {
        source.set(&format!("experiment.paths={paths}"))?;
        source.set(&format!("experiment.paths_max={paths}"))?;
    }
    let (plan, given) = (source.plan()?, source.text());
    compared(&plan, given, changes, (directory, command), more)
}

/// Runs a plan that is resolved, writes it, and says what came out.
pub(super) fn compared(
    plan: &Plan,
    given: &str,
    changes: &Changes,
    (directory, command): (Option<&Path>, &str),
    more: &More,
) -> Result<(), Message> {
    let resolved = written_plan(plan).map_err(Message::failed)?;
    let digest = Digest::of_bytes(resolved.as_bytes()).to_string();
    let directory = match directory {
        Some(directory) => directory.to_owned(),
        None => rundir::default_path(&plan.scenario.title, &digest),
    };
    RunDir::enter(&directory)?;
    let outcome = outcome(plan, changes)?;
    let run = RunDir::create(&directory)?;
    run.put_scenario(given, &resolved)?;
    run.put_tables(&outcome.tables, &tables::Source::new(plan.scenario.seed, digest.clone()))?;
    let typed = format!("amm-sim {command}{}", options(changes, more));
    let summary = summary(&outcome, typed.trim(), &digest)?;
    run.put(rundir::SUMMARY, summary.as_bytes())?;
    let page = report::write(&directory).map_err(|error| Message::wrong(&error, error.remedy()))?;
    match more.json {
        true => say(&format!("{summary}\n")),
        false => say(&format!("{}\n{}\n", told(plan, &outcome), page.display())),
    }
}

/// Runs a plan.
pub(super) fn outcome(plan: &Plan, changes: &Changes) -> Result<Outcome, Message> {
    let watch = Watch::new();
    let outcome = changes.spread(|| experiment::compare(plan, &watch))?;
    outcome.map_err(Message::failed)
}

/// What was typed beside the scenario, without the machine's folders.
fn options(changes: &Changes, more: &More) -> String {
    let mut text = changes.typed();
    if let Some(paths) = more.paths {
        text += &format!(" --paths {paths}");
    }
    text
}

/// `summary.json` of a comparison.
fn summary(outcome: &Outcome, command: &str, digest: &str) -> Result<String, Message> {
    let mut summary = Map::new();
    for (key, value) in [
        ("kind", "compare"),
        ("command", command),
        ("version", env!("CARGO_PKG_VERSION")),
        ("scenario_digest", digest),
    ] {
        summary.insert(key.to_owned(), Json::from(value));
    }
    if let Json::Object(more) = serde_json::to_value(&outcome.summary).map_err(Message::failed)? {
        summary.extend(more);
    }
    summary.insert("run_digest".to_owned(), Json::from(outcome.digest.to_string()));
    serde_json::to_string_pretty(&summary).map_err(Message::failed)
}

/// A comparison for people.
fn told(plan: &Plan, outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    let scenario = &plan.scenario;
    let mut text = format!(
        "{}: {} paths of {} blocks, seed {}, leakage {}; intervals are 95 %\n\n",
        scenario.title,
        summary.paths,
        scenario.blocks,
        scenario.seed,
        plan.experiment.leakages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    );
    let named = |name: &str| outcome.tables.iter().find(|table| table.name() == name);
    if let Some(table) = named("headline") {
        text += &headline::headline(table);
    }
    if !plan.experiment.placebos
        && let Some(table) = named("frontier").filter(|table| !table.rows().is_empty())
    {
        text += &format!("\n{}", headline::frontier(table));
    }
    for falsifier in summary.falsifiers.iter().filter(|falsifier| falsifier.state == "seen") {
        text += &format!("\nseen: {}\n  {}\n", falsifier.claim, falsifier.evidence);
    }
    if !summary.failures.is_empty() {
        text += &format!("\n{} worlds stopped: see summary.json\n", summary.failures.len());
    }
    format!("{text}\ndigest {}", outcome.digest)
}

pub(super) const HELP: &str = "\
SCENARIO is a file or the name of a built-in scenario (--list). Every design meets the same luck; the
first is the baseline. The run's directory gets scenario.toml (all defaults in place), summary.json,
tables/ as CSV and Parquet, and report.html.

  amplification      realised variance, closed loop over open loop
  loop gain          cash hedgers trade when spot moves by 100 % over cash that moves it so, mean
  dampening          1 - loop gain over the baseline's, both implied by variance
  less placebos      the least advantage in dampening over simpler rules that are matched to the design
  served             protection bought from the pool over wanted at the fair price

Examples:
  amm-sim compare --list
  amm-sim compare stress --paths 64
  amm-sim compare mine.toml --set designs.dynamic.params.gain.theta=0.5 --out half
  amm-sim compare stress --json | jq '.headline[] | {design, dampening}'

Exit code 2 for a scenario that cannot be used, as file:line:column: key: reason.";

pub(super) const FRONTIER_HELP: &str = "\
A comparison without placebos and shocks: amplification against served demand as each design's strength
goes through experiment.frontier.

Examples:
  amm-sim frontier stress
  amm-sim frontier stress --set 'experiment.frontier=[0, 0.5, 1, 2, 3]' --paths 64";
