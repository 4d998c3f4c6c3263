//! Chains, flow and index of one underlying as one input of a run.
//!
//! [`Recorded::make`] lists what a [`Choice`] chooses, fits every snapshot (over threads, in an order of its
//! own) and keeps beside the slices what the exchange quoted. The result is made of decimals that
//! are checked and kept as bits: the simulation reads nothing else, so a run directory that holds its
//! bytes holds the run's market. [`Report`] says what was fitted how well and what was left out.
//!
//! # What stays where nothing can be fitted
//!
//! An expiry that cannot be fitted at some moment keeps its last slice with its volatility, that is with
//! total variance running down with the time left, dated as it was. If that crosses its neighbours'
//! slices, all expiries keep theirs of the moment before in the same way; what was free of arbitrage
//! stays so, since the nearer expiry shrinks faster. An expiry without any slice yet is not there.

mod build;
mod choose;
mod files;
mod keep;
mod report;
mod store;

pub use choose::{Choice, ChoiceError, Listed};
pub use files::{Files, RecordError, Stage};
pub use report::{Fit, LeftOut, Report};
pub use store::StoreError;

use amm_core::book::Series;
use amm_core::num::{Price, Size, Timestamp, Vol};
use amm_core::surface::Slice;
use serde::{Deserialize, Serialize};

/// Chains, flow and index of one underlying, ready to be simulated.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// `BTC`, `ETH`.
    pub underlying: String,
    /// The files it was made of.
    pub sources: Vec<Source>,
    /// How expiries and strikes were chosen.
    pub choice: Choice,
    /// What is listed, expiries ascending.
    pub listed: Vec<Listed>,
    /// The market by time, ascending.
    pub moments: Vec<Moment>,
    /// The index between them as well, by time, ascending; the moments' own if there is no better.
    pub spots: Vec<Spot>,
    /// What was traded in the listed series, by time.
    pub trades: Vec<Print>,
}

/// A file that went into it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name without the directories.
    pub file: String,
    /// SHA-256 of its bytes as they are on the disk, in hexadecimal.
    pub sha256: String,
}

/// The market at one time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// When the exchange's answers began to be read.
    pub time: Timestamp,
    /// The index then.
    pub spot: Price,
    /// Expiries that have a slice, ascending, each later than `time`. They pass the core's checks.
    pub expiries: Vec<Smile>,
}

/// One expiry at one time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Smile {
    /// When it ends.
    pub expiry: Timestamp,
    /// What the underlying is worth then.
    pub forward: Price,
    /// The base surface.
    pub slice: Slice,
    /// When the quotes it was fitted to were seen.
    pub fitted_at: Timestamp,
    /// What the exchange quoted, by strike; a strike that it did not list is not there.
    pub quotes: Vec<Quoted>,
}

/// What the exchange quoted at one strike.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quoted {
    /// The strike.
    pub strike: Price,
    /// The call.
    pub call: Vols,
    /// The put.
    pub put: Vols,
}

/// Volatilities of one option: the exchange's own, or what its prices imply where it gives none.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vols {
    /// Of the best bid.
    pub bid: Option<Vol>,
    /// Of the best ask.
    pub ask: Option<Vol>,
    /// Of the exchange's own price.
    pub mark: Option<Vol>,
}

/// The index at one time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// When.
    pub time: Timestamp,
    /// The index.
    pub price: Price,
}

/// What takers did in one series.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Print {
    /// When it was seen; no moment after `since` may price it.
    pub time: Timestamp,
    /// When it had not been seen yet: the same as `time` for a trade of a tape.
    pub since: Timestamp,
    /// What was traded.
    pub series: Series,
    /// Contracts bought by takers, or sold if negative; not zero. Of derived flow, the least there can have been.
    pub size: Size,
    /// Whether the side is known or guessed by the quotes; false if by the mark alone.
    pub sure: bool,
}

impl Recorded {
    /// The moment that was last seen at or before `time`.
    pub fn at(&self, time: Timestamp) -> Option<&Moment> {
        let after = self.moments.partition_point(|moment| moment.time <= time);
        self.moments[..after].last()
    }
}

impl Moment {
    /// The same moment with its slices as they are at `now`, which is not before it: each holds its
    /// volatility and its date, and expiries that are over are gone.
    ///
    /// Between two moments this is what the last says: total variance runs off with the time left. Without
    /// it the volatility of an expiry with an hour to live would rise by 15 % in fifteen minutes.
    pub fn held(&self, now: Timestamp) -> Self {
        let smiles = self.expiries.iter().filter_map(|smile| {
            let slice = keep::kept(smile, self.time, now)?;
            Some(Smile { slice, ..smile.clone() })
        });
        Self { time: now, spot: self.spot, expiries: smiles.collect() }
    }

    /// The oldest of the slices' dates.
    pub fn surface_at(&self) -> Option<Timestamp> {
        self.expiries.iter().map(|smile| smile.fitted_at).min()
    }
}
