//! `amm-sim validate`.

use super::progress::Work;
use crate::validate::order_book::{self, Cell};
use crate::validate::{Effort, FAMILIES, Fault, Row, run, table};
use serde::Serialize;
use std::io::{ErrorKind, Write, stdout};
use std::process::ExitCode;

/// Which statements, how thoroughly, and how to answer.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Take the paths that tight intervals need: minutes in place of seconds.
    #[arg(long)]
    full: bool,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
    /// Statements to check, separated by commas, say R3,M1 [default: all]. R11 is not one of them: see
    /// --buis.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Print only the table of market failures under hedging (R11), which decides no exit code; it is
    /// part of --full too.
    #[arg(long, conflicts_with = "only")]
    buis: bool,
    /// Make a mistake on purpose, to see which rows find it.
    #[arg(long, value_name = "MISTAKE")]
    fault: Option<Mistake>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Mistake {
    /// Every path draws the same luck.
    SharedStream,
    /// Buying lowers the price.
    ImpactSign,
    /// Impact is of the rate of trading in place of its volume.
    RateImpact,
    /// Hedgers hold half of their delta.
    HalfHedge,
    /// The pool's quotes do not move with what it holds.
    StillQuotes,
}

#[derive(Serialize)]
struct Answer<'a> {
    rows: &'a [Row],
    buis: &'a [Cell],
    effort: &'a str,
    passed: usize,
    failed: usize,
}

impl Arguments {
    /// Computes the rows and says which hold: exit code 1 if one does not.
    pub(super) fn run(&self) -> ExitCode {
        let known = || FAMILIES.iter().flat_map(|family| family.ids);
        if let Some(unknown) = self.only.iter().find(|name| !known().any(|id| id == name)) {
            eprintln!("there is no statement {unknown}");
            let all = known().copied().collect::<Vec<_>>().join(", ");
            eprintln!("  help: there are {all}; the table of R11 is printed by --buis");
            return ExitCode::from(2);
        }
        let effort = if self.full { Effort::Full } else { Effort::Fast };
        let fault = self.fault.map(|mistake| match mistake {
            Mistake::SharedStream => Fault::SharedStream,
            Mistake::ImpactSign => Fault::ImpactSign,
            Mistake::RateImpact => Fault::RateImpact,
            Mistake::HalfHedge => Fault::HalfHedge,
            Mistake::StillQuotes => Fault::StillQuotes,
        });
        let mut work = Work::new();
        let rows = match self.buis {
            true => Vec::new(),
            false => run(effort, fault, &self.only, |behind, total| work.at(behind, total)),
        };
        drop(work);
        let mut cells = Vec::new();
        if self.buis || (self.full && self.only.is_empty()) {
            let mut work = Work::new();
            cells = order_book::cells(fault, |behind, total| work.at(behind, total));
        }
        let passed = rows.iter().filter(|row| row.passes()).count();
        let failed = rows.len() - passed;
        let text = if self.json {
            let effort = if self.full { "full" } else { "fast" };
            let answer = Answer { rows: &rows, buis: &cells, effort, passed, failed };
            match serde_json::to_string_pretty(&answer) {
                Ok(text) => text + "\n",
                Err(_) => return ExitCode::FAILURE,
            }
        } else {
            let mut text = String::new();
            if !self.buis {
                text += &format!("{}\n{passed} of {} rows pass\n", table(&rows), rows.len());
            }
            if !cells.is_empty() {
                text += &format!("\n{}", order_book::table(&cells));
            }
            text
        };
        match stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::FAILURE,
            _ if failed > 0 => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        }
    }
}

pub(super) const HELP: &str = "\
Each row holds one measured number to an interval around its closed form. Monte Carlo rows allow four
standard errors and the bias they state. The numbers are the same on any machine and any number of
threads.

  id        the statement: F feedback of hedging, I impact and execution, R reflexivity and
            contagion, M market making
  what      what is measured, from how many paths
  interval  what `measured` may be

Examples:
  amm-sim validate
  amm-sim validate --only R3,I3
  amm-sim validate --full --json > rows.json
  amm-sim validate --buis
  amm-sim validate --fault impact-sign || echo found

Exit code 1 if a row fails, 2 for an unknown statement.";
