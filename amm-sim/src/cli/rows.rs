//! Commands that answer a table row by row.

use super::progress::Progress;
use amm_rows::{Failure, Format, Manner, Question, Summary, run, run_on};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;

/// Where the rows come from and how they go out.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// CSV with a header; `-`, or nothing, is standard input.
    file: Option<PathBuf>,
    /// Write a bad row's reason in a last column `error`, and go on.
    #[arg(long)]
    keep_going: bool,
    /// Write JSON lines, all values as strings, instead of CSV.
    #[arg(long)]
    json: bool,
    /// Threads that compute [default: one a core]. The output does not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

impl Arguments {
    /// Asks the question of every row and reports how it went.
    pub(super) fn run(&self, question: impl Question) -> ExitCode {
        let result = match self.file.as_ref().filter(|path| path.as_os_str() != "-") {
            None => self.answer(question, io::stdin(), "<stdin>", None),
            Some(path) => {
                let name = path.display().to_string();
                match File::open(path) {
                    Ok(file) => {
                        let size = file.metadata().ok().map(|metadata| metadata.len());
                        self.answer(question, file, &name, size)
                    }
                    Err(error) => Err(Failure::Read { file: name, error }),
                }
            }
        };
        match result {
            Ok(summary) => {
                if summary.bad_rows > 0 {
                    eprintln!(
                        "{} of {} rows are bad: see column error",
                        summary.bad_rows, summary.rows
                    );
                }
                ExitCode::SUCCESS
            }
            // Whoever read the output has seen enough.
            Err(Failure::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {
                ExitCode::SUCCESS
            }
            Err(failure) => super::report(&failure),
        }
    }

    fn answer(
        &self,
        question: impl Question,
        input: impl Read + Send + 'static,
        file: &str,
        size: Option<u64>,
    ) -> Result<Summary, Failure> {
        let format = if self.json { Format::Json } else { Format::Csv };
        let manner = Manner { format, keep_going: self.keep_going };
        let threads = self.threads.or(available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        let mut progress = Progress::new(size);
        let mut output = io::stdout().lock();
        if threads == NonZeroUsize::MIN {
            run(question, input, file, manner, &mut output, |summary| progress.show(summary))
        } else {
            run_on(threads, question, input, file, manner, &mut output, |summary| {
                progress.show(summary)
            })
        }
    }
}
