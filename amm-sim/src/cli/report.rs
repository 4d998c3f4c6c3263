//! The command that makes a run's report.

use crate::report;
use crate::tables::{Need, schema};
use std::path::PathBuf;
use std::process::ExitCode;

/// The run.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A run's directory, with `summary.json` and `tables/`.
    #[arg(value_name = "DIR", required_unless_present = "columns")]
    directory: Option<PathBuf>,
    /// Print every table that a report draws: its columns, types, units and what they mean.
    #[arg(long)]
    columns: bool,
}

impl Arguments {
    /// Writes `report.html` and says where it is.
    pub(super) fn run(&self) -> ExitCode {
        if self.columns {
            print!("{}", listing());
        }
        let Some(directory) = &self.directory else { return ExitCode::SUCCESS };
        match report::write(directory) {
            Ok(file) => {
                println!("{}", file.display());
                ExitCode::SUCCESS
            }
            Err(failure) => {
                eprintln!("{failure}\n  help: {}", failure.remedy());
                ExitCode::from(2)
            }
        }
    }
}

fn listing() -> String {
    let mut text = String::new();
    for table in schema::all().into_iter().chain([schema::sweep([])]) {
        text += &format!("{}: {}\n", table.name(), table.title());
        for column in table.columns() {
            let need = if column.need == Need::Maybe { "?" } else { "" };
            let (name, holds) = (&column.name, format!("{}{need}", column.holds.name()));
            text += &format!("  {name:16} {holds:9} {:10} {}\n", column.unit, column.meaning);
        }
        text.push('\n');
    }
    text
}

pub(super) const HELP: &str = "\
The page is one file: it works offline, in light and dark, and on paper. A figure is drawn if its
table is there, as tables/NAME.parquet or tables/NAME.csv; the page says which are not and why.
A `?` after a type in the list of --columns: a row may have no such cell. The table sweep has its
parameters' columns first.

Examples:
  amm-sim report runs/squeeze
  amm-sim report --columns | less

Exit code 2 for a file that cannot be used, named with what to do about it.";
