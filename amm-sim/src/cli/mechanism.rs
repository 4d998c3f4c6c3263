//! `amm-sim mechanism`.

use std::process::ExitCode;
use std::sync::Mutex;

use super::message::{Message, answer, say};
use super::progress::Work;
use super::scenario::{Changes, Choice};
use crate::mechanism::{Of, Study, run, told};
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
    /// Write one JSON list.
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

impl Arguments {
    /// Runs the studies and tells them.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        let (of, known): (Of, &[&str]) = match self.of {
            Kind::Hedging => (Of::Hedging, &["stress"]),
            Kind::Margin => (Of::Margin, &["vault-auction", "call-squeeze", "stress"]),
        };
        let names: Vec<String> = match self.scenarios.as_slice() {
            [] => known.iter().map(|name| (*name).to_owned()).collect(),
            some => some.to_vec(),
        };
        let mut studies: Vec<Study> = Vec::new();
        for name in names {
            let choice = Choice { scenario: Some(name), changes: self.changes.clone() };
            let scenario = choice.source(None)?.scenario()?;
            let work = Mutex::new(Work::new());
            let heard = |behind, total| {
                if let Ok(mut work) = work.lock() {
                    work.at(behind, total);
                }
            };
            let of_this =
                self.changes.spread(|| run(of, &scenario, (self.paths, self.resamples), &heard))?;
            drop(work);
            let of_this = of_this.map_err(Message::failed)?;
            if !self.json {
                for study in &of_this {
                    say(&format!("{}\n", told(study)))?;
                }
            }
            studies.extend(of_this);
        }
        if self.json {
            say(&(serde_json::to_string_pretty(&studies).map_err(Message::failed)? + "\n"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) const HELP: &str = "\
Each mechanism alone, on the same luck in a closed loop and an open one, held against the design without
it: paired differences with intervals of 95 %, + where it is better, - where it is worse.

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
  amm-sim mechanism margin call-squeeze --paths 128 --json";
