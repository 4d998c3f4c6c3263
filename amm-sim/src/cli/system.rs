//! `amm-sim system`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use amm_core::num::Cash;
use amm_loop::system::{Design, Scenario, SystemError};

use super::message::{Message, answer, say};
use super::study::{Made, digest, json, watched};
use crate::report;
use crate::rundir::RunDir;
use crate::stats::RESAMPLES;
use crate::system::{
    BUILTIN, ExperimentError, Options, Plan, STUDY_LOSS, Study, builtin, run, study, study_table,
    table, tables,
};

/// Which scenario, which designs, and how thoroughly.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A built-in scenario's name, or a TOML file.
    #[arg(value_name = "SCENARIO", required_unless_present = "all")]
    scenario: Option<String>,
    /// Every built-in scenario, with channels and a loss of 2000000, into a page and tables.
    #[arg(long, conflicts_with = "scenario")]
    all: bool,
    /// Designs, separated by commas; the first is what the others are compared with [default: all].
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    designs: Vec<String>,
    /// How many paths [default: 32, with --all 64].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    paths: Option<u32>,
    /// How many resamples intervals rest on.
    #[arg(long, value_name = "N", default_value_t = RESAMPLES, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    resamples: u32,
    /// Cut channels of feedback, all sets of them, under the first design.
    #[arg(long)]
    channels: bool,
    /// Inject a loss of this much cash in each protocol in turn, under the first design and the last.
    #[arg(long, value_name = "CASH", allow_hyphen_values = true)]
    loss: Option<String>,
    /// Where --all writes report.html and tables [default: amm-system].
    #[arg(long, value_name = "DIR", requires = "all")]
    out: Option<PathBuf>,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
}

/// Where a study goes unless it is told.
const FOLDER: &str = "amm-system";

impl Arguments {
    /// Runs the experiment and tells it.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        let (designs, loss) = (self.picked()?, self.lost()?);
        let Self { resamples, channels, .. } = *self;
        let paths = self.paths.unwrap_or(if self.all { 64 } else { 32 });
        let options = Options { paths, resamples, channels, loss };
        let text = match &self.scenario {
            None => self.study(&designs, &options)?,
            Some(name) => {
                let scenario = scenario(name)?;
                let outcome = watched(|done| run(&scenario, &designs, &options, done));
                let outcome = outcome.map_err(|error| refused(name, &error))?;
                if self.json { json(&outcome)? } else { table(&outcome) }
            }
        };
        say(&text)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Every scenario: the text, after page and tables have been written.
    fn study(&self, designs: &[Design], options: &Options) -> Result<String, Message> {
        let folder = self.out.clone().unwrap_or_else(|| PathBuf::from(FOLDER));
        let plan = Plan {
            designs: designs.iter().map(|design| design.name.clone()).collect(),
            paths: options.paths,
            resamples: options.resamples,
            loss: options.loss.unwrap_or(STUDY_LOSS),
        };
        let written = toml::to_string(&plan).map_err(Message::failed)?;
        RunDir::enter(&folder)?;
        let study = studied(&plan)?;
        let tables = tables(&study).map_err(Message::failed)?;
        let text = json(&Summary {
            kind: "system",
            command: self.typed(&plan),
            plan_digest: digest(&written),
            run_digest: &study.digest,
            study: &study,
        })?;
        let made = Made {
            plan: &written,
            seed: study.seed(),
            tables: &tables,
            summary: &text,
            page: &report::system_html(&study),
        };
        let page = made.write(&folder)?;
        match self.json {
            true => Ok(text),
            false => Ok(format!("{}\n{}\n", study_table(&study), page.display())),
        }
    }

    fn picked(&self) -> Result<Vec<Design>, Message> {
        match self.designs.as_slice() {
            [] => Ok(Design::all()),
            some => named(some),
        }
    }

    /// What was typed, without the machine's folders.
    fn typed(&self, plan: &Plan) -> String {
        let Plan { designs, paths, resamples, loss } = plan;
        let designs = match self.designs.as_slice() {
            [] => String::new(),
            _ => format!(" --designs '{}'", designs.join(",")),
        };
        format!(
            "amm-sim system --all{designs} --paths {paths} --resamples {resamples} --loss {loss}"
        )
    }

    fn lost(&self) -> Result<Option<Cash>, Message> {
        let Some(text) = &self.loss else { return Ok(None) };
        let wrong = |fact| Message::wrong(fact, "say --loss 1000000");
        match text.parse::<Cash>() {
            Ok(loss) if loss > Cash::ZERO => Ok(Some(loss)),
            Ok(loss) => Err(wrong(format!("--loss is above 0, not {loss}"))),
            Err(error) => Err(wrong(format!("--loss {text}: {error}"))),
        }
    }
}

/// `summary.json` of a study.
#[derive(serde::Serialize)]
struct Summary<'a> {
    kind: &'static str,
    command: String,
    plan_digest: String,
    run_digest: &'a str,
    #[serde(flatten)]
    study: &'a Study,
}

/// Runs what is planned.
pub(super) fn studied(plan: &Plan) -> Result<Study, Message> {
    let options = Options {
        paths: plan.paths,
        resamples: plan.resamples,
        channels: true,
        loss: Some(plan.loss),
    };
    let designs = named(&plan.designs)?;
    let study = watched(|done| study(&designs, &options, done));
    study.map_err(|error| refused("--all", &error))
}

/// Designs by their names.
fn named(names: &[String]) -> Result<Vec<Design>, Message> {
    let design = |name: &String| {
        Design::named(name).ok_or_else(|| {
            let all = Design::all();
            let known: Vec<&str> = all.iter().map(|design| design.name.as_str()).collect();
            let help = format!("there are {}", known.join(", "));
            Message::wrong(format!("there is no design {name}"), help)
        })
    };
    names.iter().map(design).collect()
}

fn refused(what: &str, error: &ExperimentError) -> Message {
    let help = match error {
        ExperimentError::System(SystemError::LossTooGreat { .. }) => "say a smaller --loss",
        _ => "the range of each number is in its key's description",
    };
    Message::wrong(format!("{what}: {error}"), help)
}

fn scenario(name: &str) -> Result<Scenario, Message> {
    let known = BUILTIN.map(|known| known.0).join(", ");
    let read = match builtin(name) {
        Some(read) => read,
        None => {
            let text = fs::read_to_string(name).map_err(|error| {
                Message::wrong(format!("{name}: {error}"), format!("built in are {known}"))
            })?;
            toml::from_str(&text)
        }
    };
    read.map_err(|error| {
        let help = format!("built in are {known}; numbers with a fraction are quoted");
        Message::wrong(format!("{name}: {}", error.to_string().trim_end()), help)
    })
}

pub(super) const HELP: &str = "\
Leveraged traders, a lending protocol, an options pool and a stablecoin share collateral and one spot
market; keepers liquidate by way of an oracle, a chain and a venue. Each design meets the same luck.

Scenarios: contagion, march-2020, may-2021, october-2025, congestion.

Designs:
  static      half of a position at once, fixed margin, no breaker, funding by velocity alone
  gradual     the least that restores a buffer, within an impact budget a block
  dynamic     margin that follows volatility and loop gain, with a speed limit for standing positions
  abrupt      the same without the limit
  breaker     a breaker on loop gain, moves, the oracle's gap and insurance; halted, liquidations go by auction
  halt        the same without the auction: halted, nobody is liquidated
  predictive  dynamic, raised ahead by a stress score; comes with its placebo, the score shuffled by the hour
  damped      funding with a proportional term
  active      gradual, predictive, breaker and damped

  x open      mean fall of ln spot over that with every channel of feedback cut
  x variance  the same of summed squared moves

  better, WORSE  the interval of 95 % of a paired difference has no zero; less is better

Examples:
  amm-sim system contagion
  amm-sim system --all --out study
  amm-sim system may-2021 --designs static,gradual,active --paths 128
  amm-sim system contagion --designs static --channels --loss 1000000 --json > contagion.json

The directory of --all gets report.html, study.toml, summary.json, and tables/ as CSV and Parquet;
`amm-sim rerun DIR` does it again.

Exit code 2 for a scenario or a design that is not there, a number out of range, or a directory that holds
something else.";
