//! Protocols that pull each other down, under one design and another.
//!
//! Every world of a path has the path's luck: designs, cut channels and losses from outside differ in what
//! they change and in nothing else, so differences are resampled by path, all worlds together. A system
//! that cannot go on, because spot has left what its market can show, is measured as it stands and
//! counted. Results are the same bytes on any number of threads.
//!
//! ```no_run
//! use amm_loop::system::Design;
//! use amm_sim::system::{Options, builtin, run};
//!
//! let options = Options { paths: 16, ..Options::default() };
//! let designs = [Design::baseline(), Design::gradual()];
//! let outcome = run(&builtin("may-2021").unwrap()?, &designs, &options, |_, _| {})?;
//! println!("{}", amm_sim::system::table(&outcome));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(
    clippy::float_arithmetic,
    reason = "statistics of finished runs: basic operations of IEEE 754 in a fixed order"
)]

mod channels;
mod compare;
mod contagion;
mod contrast;
mod figures;
mod shuffled;
mod study;
mod table;
mod tables;

pub use channels::{Channel, Loops};
pub use compare::{Compared, Magnet, Procyclicality, RUSH};
pub use contagion::Contagion;
pub use contrast::{Contrast, Difference, JUDGED};
pub use figures::{FIGURES, Figure};
pub use shuffled::Shuffled;
pub use study::{Entry, Plan, STUDY_LOSS, Study, study};
pub use table::{table, tables as study_table};
pub use tables::tables;

use amm_core::engine::Digest;
use amm_core::num::Cash;
use amm_loop::system::{Design, Scenario, SystemError};
use serde::Serialize;

use crate::stats::RESAMPLES;

/// How thoroughly.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many paths, at least 1.
    pub paths: u32,
    /// How many resamples intervals rest on.
    pub resamples: u32,
    /// Whether channels are cut, all sets of them, under the first design.
    pub channels: bool,
    /// A loss that is injected in each protocol in turn, under the first design and the last.
    pub loss: Option<Cash>,
}

impl Default for Options {
    fn default() -> Self {
        Self { paths: 32, resamples: RESAMPLES, channels: false, loss: None }
    }
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The scenario's.
    pub title: String,
    /// What it is to show.
    pub why: String,
    /// How many paths.
    pub paths: u32,
    /// SHA-256 over the digests of all systems, in order.
    pub digest: String,
    /// One a design, the first is what the others are compared with.
    pub designs: Vec<Compared>,
    /// One design less another, for all pairs of which there are both.
    pub contrasts: Vec<Contrast>,
    /// How the scores of placebos were shuffled.
    pub shuffled: Vec<Shuffled>,
    /// What each channel does, if asked.
    pub loops: Option<Loops>,
    /// What a loss in one protocol costs the others, if asked: under the first design, and under the last if
    /// that is another.
    pub contagion: Vec<Contagion>,
}

/// Why an experiment has no result.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// A system could not be made.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Nothing to do.
    #[error("{0}")]
    Empty(&'static str),
}

macro_rules! builtin {
    ($($name:literal,)+) => {
        /// The scenarios that come with the program: name and TOML.
        pub const BUILTIN: [(&str, &str); [$($name),+].len()] = [
            $(($name, include_str!(concat!("../../scenarios/system/", $name, ".toml"))),)+
        ];
    };
}

builtin! {
    "contagion",
    "march-2020",
    "may-2021",
    "october-2025",
    "congestion",
}

/// The scenario of a name.
pub fn builtin(name: &str) -> Option<Result<Scenario, toml::de::Error>> {
    BUILTIN.iter().find(|known| known.0 == name).map(|known| toml::from_str(known.1))
}

/// Runs designs through a scenario; `done` hears how many of how many systems are behind.
///
/// # Errors
///
/// [`ExperimentError`] for a number out of range, and without paths or designs.
pub fn run(
    scenario: &Scenario,
    designs: &[Design],
    options: &Options,
    done: impl Fn(u64, u64) + Sync,
) -> Result<Outcome, ExperimentError> {
    if designs.is_empty() || options.paths == 0 || options.resamples == 0 {
        return Err(ExperimentError::Empty("there is a path, a resample and a design at least"));
    }
    let lab = figures::Lab::new(scenario, options, &done, designs);
    let found = compare::compare(&lab, designs)?;
    let first = &lab.designs[0];
    let loops = if options.channels { Some(channels::loops(&lab, first)?) } else { None };
    let mut contagion = Vec::new();
    if let Some(loss) = options.loss {
        for design in outer(designs) {
            contagion.push(contagion::contagion(&lab, design, loss)?);
        }
    }
    let digest = Digest::of_bytes(&lab.digests()).to_string();
    let (title, why) = (scenario.title.clone(), scenario.why.clone());
    let compare::Found { designs, contrasts, shuffled } = found;
    let paths = options.paths;
    Ok(Outcome { title, why, paths, digest, designs, contrasts, shuffled, loops, contagion })
}

/// The first design, and the last if that is another.
fn outer(designs: &[Design]) -> impl Iterator<Item = &Design> {
    designs.iter().take(1).chain(designs.iter().skip(1).last())
}

/// How many worlds an experiment asks for, for each path.
fn worlds(designs: &[Design], options: &Options) -> u64 {
    let channels = if options.channels { 1 << amm_loop::system::Channels::NAMES.len() } else { 0 };
    let loss = if options.loss.is_some() { 5 * outer(designs).count() as u64 } else { 0 };
    compare::worlds(designs) + channels + loss
}
