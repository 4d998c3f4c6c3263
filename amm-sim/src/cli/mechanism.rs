//! `amm-sim mechanism`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::message::{Message, answer, say};
use super::scenario::{Changes, Choice};
use super::study::{Made, digest, json, watched};
use crate::mechanism::{Named, Of, Plan, Study, StudyError, Summary, study, tables, told};
use crate::report;
use crate::rundir::{self, RunDir};
use crate::stats::RESAMPLES;

/// What is studied, where, and how thoroughly.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What is studied.
    #[arg(value_enum)]
    of: Kind,
    /// Scenario files, or names of built-in ones [default: stress for hedging; vault-auction, call-squeeze
    /// and stress for margin].
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    #[command(flatten)]
    changes: Changes,
    /// How many paths.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    paths: u32,
    /// How many resamples intervals rest on.
    #[arg(long, value_name = "N", default_value_t = RESAMPLES, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    resamples: u32,
    /// Where the study is written [default: runs/mechanism-OF-DIGEST].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the summary as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// How the pool follows its delta and its gamma.
    Hedging,
    /// What stands behind options that others are short of.
    Margin,
}

impl Kind {
    const fn of(self) -> Of {
        match self {
            Self::Hedging => Of::Hedging,
            Self::Margin => Of::Margin,
        }
    }

    const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Hedging => &["stress"],
            Self::Margin => &["vault-auction", "call-squeeze", "stress"],
        }
    }
}

impl Arguments {
    /// Runs the studies, writes them, and tells them.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        let plan = self.plan()?;
        let written = toml::to_string(&plan).map_err(Message::failed)?;
        let directory = self.out.clone().unwrap_or_else(|| {
            rundir::default_path(&format!("mechanism {}", plan.of.name()), &digest(&written))
        });
        RunDir::enter(&directory)?;
        let studies = studied(&plan, &self.changes)?;
        let tables = tables(plan.of, &studies).map_err(Message::failed)?;
        let summary = Summary::new(&plan, digest(&written), self.typed(&plan), studies);
        let text = json(&summary)?;
        let made = Made {
            plan: &written,
            seed: plan.seed(),
            tables: &tables,
            summary: &text,
            page: &report::mechanism_html(&summary),
        };
        let page = made.write(&directory)?;
        match self.json {
            true => say(&text)?,
            false => {
                let each = summary.studies.iter().map(|study| told(summary.of, study) + "\n");
                say(&format!("{}{}\n", each.collect::<String>(), page.display()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What is to be run, every scenario read before any is run.
    fn plan(&self) -> Result<Plan, Message> {
        let names: Vec<String> = match self.scenarios.as_slice() {
            [] => self.of.known().iter().map(|name| (*name).to_owned()).collect(),
            some => some.to_vec(),
        };
        let read = |typed: String| {
            let file = Path::new(&typed).file_name().and_then(|name| name.to_str());
            let name = file.unwrap_or(&typed).to_owned();
            let choice = Choice { scenario: Some(typed), changes: self.changes.clone() };
            Ok(Named { name, scenario: choice.source(None)?.scenario()? })
        };
        let scenarios = names.into_iter().map(read).collect::<Result<_, Message>>()?;
        Ok(Plan { of: self.of.of(), paths: self.paths, resamples: self.resamples, scenarios })
    }

    /// What was typed, without the machine's folders.
    fn typed(&self, plan: &Plan) -> String {
        let mut text = format!("amm-sim mechanism {}", plan.of.name());
        if !self.scenarios.is_empty() {
            text.extend(plan.scenarios.iter().map(|named| format!(" {}", named.name)));
        }
        let Plan { paths, resamples, .. } = plan;
        text + &self.changes.typed() + &format!(" --paths {paths} --resamples {resamples}")
    }
}

/// Runs what is planned.
pub(super) fn studied(plan: &Plan, changes: &Changes) -> Result<Vec<Study>, Message> {
    let studies = watched(|done| changes.spread(|| study(plan, &done)))?;
    studies.map_err(|error| match error {
        StudyError::Stopped { .. } => {
            Message::wrong(error, "more --paths, or a calmer scenario: see --set")
        }
        StudyError::Empty => Message::failed(error),
    })
}

pub(super) const HELP: &str = "\
Each mechanism alone, on the same luck in a closed loop and an open one, held against the design without
it: paired differences with intervals of 95 %, + where it is better, - where it is worse. The study's
directory gets report.html, study.toml (all defaults in place), summary.json, and tables/ as CSV and
Parquet; `amm-sim rerun DIR` does it again.

hedging, under permanent and under transient impact:
  none      static quotes, the whole gap hedged in every block
  band      no hedge within 100 units of the target
  governor  speed held to a peak gain of 0.2
  buffer    at most a tenth of a unit a second
  netting   liquidations and hedges meet before spot
  skew      dynamic skew
  buy-back  skew, and gamma bought by Dutch auction above a gain of 0.02
  all       skew, buy-back, governor and netting

margin, in the scenario and with its shocks tripled, with sellers of calls and puts that bring a fifth of
full collateral, vaults a quarter, and a keeper:
  full      static quotes, full collateral
  fixed     margin of a fixed range, gradual liquidation
  range     margin that follows volatility and loop gain
  at once   range, all of an account liquidated at once
  breaker   range, and a breaker
  skew      range, and dynamic skew
  ahead     skew, and a stress score that raises margin, spread and theta
  shuffled  the placebo of ahead: the same score a day later
  all       ahead, and a breaker

  amplification  realised variance, closed loop over open loop
  gain           cash hedgers trade when spot moves by 100 % over cash that moves it so
  liquidated     the delta of what keepers took, in cash; bad debt, what accounts could not pay

Examples:
  amm-sim mechanism hedging
  amm-sim mechanism margin call-squeeze --paths 128 --out squeeze
  amm-sim mechanism margin --json | jq '.studies[].arms[] | {arm, figures}'

Exit code 2 for a scenario that cannot be used, as file:line:column: key: reason, and for a directory that
holds something else.";
