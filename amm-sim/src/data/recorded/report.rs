//! What was fitted how well, and what was left out.

use crate::data::Findings;
use amm_core::num::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a recording came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What each file was found to be like.
    pub files: BTreeMap<String, Findings>,
    /// Snapshots that were read.
    pub snapshots: usize,
    /// Moments of which every listed expiry alive was fitted to that moment's quotes.
    pub moments_fresh: usize,
    /// Moments that keep all slices of the one before.
    pub moments_kept: usize,
    /// Snapshots of which nothing could be made: no spot, or no slice yet.
    pub snapshots_lost: usize,
    /// Every listed expiry at every moment.
    pub fits: Vec<Fit>,
    /// What is not in the recording.
    pub left_out: LeftOut,
    /// Where the spot of moments is taken from: the index file, the chain, or the nearest forward.
    pub spot_from: BTreeMap<&'static str, usize>,
}

/// How one expiry fits at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The moment.
    pub time: Timestamp,
    /// The expiry, as the exchange names it.
    pub name: String,
    /// Two-sided quotes out of the money.
    pub quotes: usize,
    /// How many of them the fitted volatility lies inside.
    pub inside: usize,
    /// √ of the mean square of what it lies off the middle, in volatility; 0 if nothing was fitted.
    pub rms: f64,
    /// When the slice that stands was fitted; `None` if there is none.
    pub fitted_at: Option<Timestamp>,
    /// Why it is not of this moment.
    pub why: Option<String>,
}

/// What is not in the recording.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct LeftOut {
    /// Expiries with less to live than was asked for.
    pub expiries_short: Vec<String>,
    /// Expiries in which nobody holds or trades anything.
    pub expiries_idle: Vec<String>,
    /// Expiries beyond the most at one time.
    pub expiries_beyond: Vec<String>,
    /// Lines beyond the most an expiry.
    pub lines_beyond: u64,
    /// Rows of flow in which no trade is visible.
    pub flow_without_side: u64,
    /// Rows of flow with a trade of which no size is visible.
    pub flow_without_size: u64,
    /// Trades in what is not listed.
    pub trades_unlisted: u64,
    /// Trades of other underlyings, or of what is no option.
    pub trades_other: u64,
}

impl Report {
    /// Of the quotes that were fitted to at their own moment, how many there are and how many the fit is
    /// inside of.
    pub fn inside(&self) -> (usize, usize) {
        let fresh = self.fits.iter().filter(|fit| fit.why.is_none());
        fresh.fold((0, 0), |(quotes, inside), fit| (quotes + fit.quotes, inside + fit.inside))
    }
}
