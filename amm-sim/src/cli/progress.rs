//! A line on the terminal for work that takes long.

use amm_rows::Summary;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr, stdout};
use std::time::{Duration, Instant};

/// Shows how far the rows are, on a terminal that shows nothing else, after [`PATIENCE`].
pub(super) struct Progress {
    started: Instant,
    size: Option<u64>,
    wanted: bool,
    bar: Option<ProgressBar>,
}

/// Work shorter than this needs no progress.
const PATIENCE: Duration = Duration::from_secs(2);

impl Progress {
    /// Progress through an input of so many bytes, if that is known.
    pub(super) fn new(size: Option<u64>) -> Self {
        let wanted = stderr().is_terminal() && !stdout().is_terminal();
        Self { started: Instant::now(), size, wanted, bar: None }
    }

    /// Brings the line up to date.
    pub(super) fn show(&mut self, summary: Summary) {
        self.at(summary.rows, "rows", summary.bytes);
    }

    /// Brings the line up to so many of what is counted, and so many bytes.
    pub(super) fn at(&mut self, count: u64, what: &str, bytes: u64) {
        if !self.wanted || (self.bar.is_none() && self.started.elapsed() < PATIENCE) {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| match self.size {
            Some(size) => ProgressBar::new(size).with_style(style(
                "{bar:40} {percent:>3} %  {bytes}/{total_bytes}  {msg}  {eta} left",
            )),
            None => {
                ProgressBar::no_length().with_style(style("{spinner} {bytes}  {msg}  {elapsed}"))
            }
        });
        bar.set_message(format!("{count} {what}"));
        bar.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows how much of a known amount of work is done, and the time left, on a terminal.
pub(super) struct Work {
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Work {
    /// Nothing is shown before [`Work::at`].
    pub(super) fn new() -> Self {
        Self { wanted: stderr().is_terminal(), bar: None }
    }

    /// Brings the line up to so much done of so much in all.
    pub(super) fn at(&mut self, done: u64, total: u64) {
        if !self.wanted {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = style("{bar:40} {percent:>3} %  {elapsed} gone  {eta} left");
            let bar = ProgressBar::new(total).with_style(style);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        bar.set_position(done);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are right")
}
