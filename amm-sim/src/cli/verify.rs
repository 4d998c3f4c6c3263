//! `amm-sim verify`.

use super::progress::Progress;
use crate::log::{Failure, replay};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::PathBuf;
use std::process::ExitCode;

/// Which log, and how to answer.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Binary or JSON lines; `-` is standard input.
    log: PathBuf,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Replays the log and says where it has led.
    pub(super) fn run(&self) -> ExitCode {
        if self.log.as_os_str() == "-" {
            return self.verify(io::stdin().lock(), "<stdin>", None);
        }
        let name = self.log.display().to_string();
        match File::open(&self.log) {
            Ok(file) => {
                let size = file.metadata().ok().map(|metadata| metadata.len());
                self.verify(BufReader::with_capacity(1 << 16, file), &name, size)
            }
            Err(error) => report(&Failure::Read { file: name, error }),
        }
    }

    fn verify(&self, input: impl BufRead, file: &str, size: Option<u64>) -> ExitCode {
        let mut progress = Progress::new(size);
        let replayed = replay(input, file, |now, bytes| progress.at(now.events, "events", bytes));
        drop(progress);
        let replayed = match replayed {
            Ok(replayed) => replayed,
            Err(failure) => return report(&failure),
        };
        let now = replayed.progress;
        if self.json {
            match serde_json::to_string(&replayed) {
                Ok(text) => println!("{text}"),
                Err(_) => return ExitCode::FAILURE,
            }
        } else {
            println!("events    {}", now.events);
            println!("accepted  {}", now.accepted);
            println!("digests   {} compared, all equal", now.checked);
            println!("digest    {}", replayed.digest);
        }
        if now.unchecked > 0 {
            eprintln!("no digest follows the last {} events: they are not checked", now.unchecked);
        }
        ExitCode::SUCCESS
    }
}

fn report(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    match failure {
        Failure::Read { error, .. } if error.kind() != ErrorKind::NotFound => ExitCode::FAILURE,
        _ => ExitCode::from(2),
    }
}

/// What the long help says at its end.
pub(super) const HELP: &str = "\
A log is a first state, then events with digests of the state after them: binary, or JSON lines
  {\"log\":1,\"params\":{...},\"now\":1700000000}    or \"snapshot\":\"<hex>\" for an engine with a past
  {\"event\":{...},\"digest\":\"<sha256>\"}
An event that the engine refuses changes nothing and may stand in a log.

Examples:
  amm-sim verify run.log
  amm-sim verify --json run.jsonl | jq -r .digest

Exit code 2 if a digest differs, with the events before it, or file:line for JSON lines.";
