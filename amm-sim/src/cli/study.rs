//! What a study leaves, whichever command makes it: its directory, and how far it is.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use amm_core::engine::Digest;

use super::message::Message;
use super::progress::Work;
use crate::rundir::{self, RunDir};
use crate::tables::{Source, Table};

/// What is written of a study that is done.
pub(super) struct Made<'a> {
    /// What was studied: TOML.
    pub(super) plan: &'a str,
    /// Of the first scenario.
    pub(super) seed: u64,
    /// Its results.
    pub(super) tables: &'a [Table],
    /// All of it, as JSON.
    pub(super) summary: &'a str,
    /// All of it for people, as HTML.
    pub(super) page: &'a str,
}

/// SHA-256 of a plan.
pub(super) fn digest(plan: &str) -> String {
    Digest::of_bytes(plan.as_bytes()).to_string()
}

/// Where the tables of a study come from.
pub(super) fn source(seed: u64, plan: &str) -> Source {
    Source::new(seed, digest(plan))
}

impl Made<'_> {
    /// Writes it, the summary last, and says where its page is.
    pub(super) fn write(&self, directory: &Path) -> Result<PathBuf, Message> {
        let run = RunDir::create(directory)?;
        run.put_study(self.plan)?;
        run.put_tables(self.tables, &source(self.seed, self.plan))?;
        run.put(rundir::REPORT, self.page.as_bytes())?;
        run.put(rundir::SUMMARY, self.summary.as_bytes())?;
        Ok(directory.join(rundir::REPORT))
    }
}

/// Runs with a line that says how far it is.
pub(super) fn watched<T>(run: impl FnOnce(&(dyn Fn(u64, u64) + Sync)) -> T) -> T {
    let work = Mutex::new(Work::new());
    run(&|behind, total| {
        if let Ok(mut work) = work.lock() {
            work.at(behind, total);
        }
    })
}

/// An object for programs.
pub(super) fn json(outcome: &impl serde::Serialize) -> Result<String, Message> {
    Ok(serde_json::to_string_pretty(outcome).map_err(Message::failed)? + "\n")
}
