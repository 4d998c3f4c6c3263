//! Real chains, real flow and a real index against every design.
//!
//! The outside market is the exchange as it was: its index moves the fundamental, its chain is fitted
//! at every snapshot and is what the pool's base surface follows, and its trades come to the pool, in
//! their order and at the time before which they had not been seen. **The fill rule**: a trade is done
//! with the pool at its own quote for all of it if that is at most `tolerance` of volatility worse than
//! the outside surface; else the leakage's share of it goes to the outside dealer, who hedges in the
//! same spot, and the rest does not happen. The pool starts without a position and hedges in a market
//! of stated depth: the index of the record is taken as what spot would have done without it.
//!
//! # What it proves and what it does not
//!
//! One stretch of history is one path. Intervals are by a bootstrap over blocks of time, paired between
//! the designs; they say how the figure hangs on which hours there were, not how another week would
//! have been. Traders of the record answered the exchange's prices, not the pool's.

#![allow(
    clippy::float_arithmetic,
    reason = "statistics of finished runs: basic operations of IEEE 754 in a fixed order"
)]

mod figures;
mod quotes;
mod scenario;
mod tell;

pub use scenario::scenario;

use amm_core::engine::Digest;
use amm_core::num::{Real, serde_real};
use amm_loop::LoopError;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};
use rayon::prelude::*;

use crate::data::path::PathError;
use crate::data::recorded::Recorded;
use crate::tables::{RowError, Table};

/// How a recording is replayed.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The first is the baseline.
    pub designs: Vec<Design>,
    /// ℓ, each 0 to 1.
    #[serde(with = "list")]
    pub leakages: Vec<Real>,
    /// L: cash that moves spot by 100 %.
    #[serde(with = "serde_real")]
    pub depth: Real,
    /// Of every recorded size.
    #[serde(with = "serde_real")]
    pub factor: Real,
    /// By what share of volatility the pool's price may be worse than the outside surface.
    #[serde(with = "serde_real")]
    pub tolerance: Real,
    /// Whether trades whose side is a guess by the mark alone count.
    pub guesses: bool,
    /// Whether options change hands without their delta, so that the hedge of every new one reaches the
    /// market too.
    pub naked: bool,
    /// Seconds a block.
    pub block_s: u32,
    /// Blocks of the headline's horizon.
    pub horizon: u32,
    /// Seconds of the pieces of time that the bootstrap draws.
    pub piece_s: u32,
    /// Of the bootstrap.
    pub resamples: u32,
    /// Of the bootstrap.
    pub seed: u64,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Those of [`tables::schema`](crate::tables::schema) that a replay has figures for.
    pub tables: Vec<Table>,
    /// By leakage, then design.
    pub lines: Vec<Line>,
    /// What was found out about the replay itself.
    pub notes: Vec<String>,
    /// Blocks.
    pub blocks: u32,
    /// Of all worlds' digests in their order.
    pub digest: Digest,
}

/// A design at a leakage.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    /// Its name.
    pub design: String,
    /// ℓ.
    pub leakage: f64,
    /// Realised variance at the horizon over that of the open loop.
    pub amplification: Between,
    /// Mean of S²Γ/L over hedgers and blocks.
    pub gain: f64,
    /// Its greatest.
    pub gain_max: f64,
    /// 1 − g/g of the baseline, gains implied by variance; none if the baseline's is not above zero.
    pub dampening: Option<Between>,
    /// The providers' profit at fair marks.
    pub profit: f64,
    /// Largest fall from a peak.
    pub drawdown: f64,
    /// Done by the pool, of what came, in vega.
    pub served: f64,
    /// Done by the outside dealer, of what came, in vega.
    pub displaced: f64,
    /// Share of quotes whose middle is inside the exchange's bid and ask, of those it has both of.
    pub inside: Option<f64>,
    /// Root mean square of quoted less exchange volatility.
    pub rms: Option<f64>,
}

/// A number with its interval, if it has one.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Between {
    /// On the record.
    pub value: f64,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Why there is no replay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The index is no path.
    #[error("the index: {0}")]
    Path(#[from] PathError),
    /// A world stopped.
    #[error("{design}, leakage {leakage}: {why}")]
    World {
        /// Of the design.
        design: String,
        /// ℓ.
        leakage: Real,
        /// Why.
        why: Box<LoopError>,
    },
    /// What was asked for makes no sense.
    #[error("{0}")]
    Terms(&'static str),
    /// A result is no number.
    #[error(transparent)]
    Row(#[from] RowError),
}

/// One finished world.
struct Done<'a> {
    design: &'a Design,
    leakage: Real,
    world: World<'a>,
    quotes: quotes::Quotes,
}

/// Replays a recording against every design at every leakage. `tick` hears of every finished world.
///
/// # Errors
///
/// [`ReplayError`].
pub fn replay(
    recorded: &Recorded,
    terms: &Terms,
    tick: &(impl Fn() + Sync),
) -> Result<Replayed, ReplayError> {
    if terms.designs.is_empty() || terms.leakages.is_empty() {
        return Err(ReplayError::Terms("a replay has at least one design and one leakage"));
    }
    let (scenario, mut notes) = scenario::scenario(recorded, terms)?;

    let open = Setting { feedback: false, ..setting(terms.leakages[0]) };
    let closed: Vec<(usize, Setting)> = terms
        .leakages
        .iter()
        .flat_map(|leakage| (0..terms.designs.len()).map(|at| (at, setting(*leakage))))
        .collect();
    let mut jobs = vec![(0, &open)];
    jobs.extend(closed.iter().map(|(at, setting)| (*at, setting)));
    let done: Vec<Result<Done<'_>, ReplayError>> = jobs
        .into_par_iter()
        .map(|(at, setting)| {
            let done = run(recorded, &scenario, &terms.designs[at], setting);
            tick();
            done
        })
        .collect();
    let mut worlds = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    let digests: Vec<u8> = worlds.iter().flat_map(|done| done.world.digest().0).collect();
    let open = worlds.remove(0);
    for done in &worlds {
        let stale = done.world.pool().stale;
        if stale > 0 {
            let (name, leakage) = (&done.design.name, done.leakage);
            notes.push(format!("{name} at leakage {leakage} refused {stale} market updates"));
        }
    }
    let (tables, lines) = figures::figures(recorded, terms, &scenario, &open, &worlds)?;
    let (digest, blocks) = (Digest::of_bytes(&digests), scenario.blocks);
    Ok(Replayed { tables, lines, notes: tell::notes(notes, terms), blocks, digest })
}

fn setting(leakage: Real) -> Setting {
    Setting { leakage, samples: true, ..Setting::default() }
}

/// Runs a world and looks at its quotes whenever the exchange's are new.
fn run<'a>(
    recorded: &Recorded,
    scenario: &'a Scenario,
    design: &'a Design,
    setting: &'a Setting,
) -> Result<Done<'a>, ReplayError> {
    let leakage = setting.leakage;
    let stopped = |why| {
        let (design, why) = (design.name.clone(), Box::new(why));
        ReplayError::World { design, leakage, why }
    };
    let mut world = World::new(scenario, design, setting, 0).map_err(stopped)?;
    let mut quotes = quotes::Quotes::default();
    while world.step().map_err(stopped)? {
        quotes.look(recorded, &world, design);
    }
    world.run().map_err(stopped)?; // no block is left: the full audit
    Ok(Done { design, leakage, world, quotes })
}

/// Lists of decimals.
mod list {
    use super::{Real, serde_real};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(transparent)]
    struct One(#[serde(with = "serde_real")] Real);

    pub(super) fn serialize<S: Serializer>(list: &[Real], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(list.iter().map(|real| One(*real)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Real>, D::Error> {
        Ok(Vec::<One>::deserialize(from)?.into_iter().map(|one| one.0).collect())
    }
}
