//! `amm-sim system`.

use std::fs;
use std::process::ExitCode;
use std::sync::Mutex;

use amm_core::num::Cash;
use amm_loop::system::{Design, Scenario};

use super::message::{Message, answer, say};
use super::progress::Work;
use crate::stats::RESAMPLES;
use crate::system::{BUILTIN, Options, builtin, run, table};

/// Which scenario, which designs, and how thoroughly.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A built-in scenario's name, or a TOML file.
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// Designs, separated by commas; the first is what the others are compared with [default: all].
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    designs: Vec<String>,
    /// How many paths.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    paths: u32,
    /// How many resamples intervals rest on.
    #[arg(long, value_name = "N", default_value_t = RESAMPLES, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    resamples: u32,
    /// Cut channels of feedback, all sets of them, under the first design.
    #[arg(long)]
    channels: bool,
    /// Inject a loss of this much cash in each protocol in turn, under the first design.
    #[arg(long, value_name = "CASH")]
    loss: Option<String>,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
}

/// All designs that have a name.
const DESIGNS: [&str; 8] =
    ["static", "gradual", "dynamic", "abrupt", "breaker", "predictive", "damped", "active"];

impl Arguments {
    /// Runs the experiment and tells it.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        let scenario = self.scenario()?;
        let names: Vec<&str> = match self.designs.as_slice() {
            [] => DESIGNS.to_vec(),
            some => some.iter().map(String::as_str).collect(),
        };
        let design = |name: &&str| {
            let help = || format!("there are {}", DESIGNS.join(", "));
            Design::named(name)
                .ok_or_else(|| Message::wrong(format!("there is no design {name}"), help()))
        };
        let designs: Vec<Design> = names.iter().map(design).collect::<Result<_, _>>()?;
        let loss = match &self.loss {
            None => None,
            Some(text) => match text.parse::<Cash>() {
                Ok(loss) if loss > Cash::ZERO => Some(loss),
                Ok(loss) => {
                    let fact = format!("--loss is above 0, not {loss}");
                    return Err(Message::wrong(fact, "say --loss 1000000"));
                }
                Err(error) => {
                    return Err(Message::wrong(
                        format!("--loss {text}: {error}"),
                        "say --loss 1000000",
                    ));
                }
            },
        };
        let Self { paths, resamples, channels, .. } = *self;
        let options = Options { paths, resamples, channels, loss };
        let work = Mutex::new(Work::new());
        let outcome = run(&scenario, &designs, &options, |behind, total| {
            if let Ok(mut work) = work.lock() {
                work.at(behind, total);
            }
        });
        drop(work);
        let outcome = outcome.map_err(|error| {
            Message::wrong(
                format!("{}: {error}", self.scenario),
                "the range of each number is in its key's description",
            )
        })?;
        let text = match self.json {
            true => serde_json::to_string_pretty(&outcome).map_err(Message::failed)? + "\n",
            false => table(&outcome),
        };
        say(&text)?;
        Ok(ExitCode::SUCCESS)
    }

    fn scenario(&self) -> Result<Scenario, Message> {
        let name = &self.scenario;
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
  breaker     a breaker on loop gain and moves
  predictive  dynamic, raised ahead by a stress score; comes with its placebo, the score shuffled
  damped      funding with a proportional term
  active      gradual, predictive, breaker and damped

  x open      mean fall of ln spot over that with every channel of feedback cut
  x variance  the same of summed squared moves

Examples:
  amm-sim system contagion
  amm-sim system may-2021 --designs static,gradual,active --paths 128
  amm-sim system contagion --designs static --channels --loss 1000000 --json > contagion.json

Exit code 2 for a scenario or a design that is not there, or a number out of range.";
