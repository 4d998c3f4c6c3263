//! Rows of quotes to snapshots.

use super::{Chain, Quote, Snapshot};
use crate::data::ChainRow;
use amm_core::num::{Price, Timestamp};
use amm_core::pricing::Kind;
use std::collections::BTreeMap;

/// Cuts the rows of a file of rounds into snapshots of one underlying.
#[derive(Clone, Debug)]
pub struct Rounds {
    underlying: String,
    snap_ms: u64,
    index: Option<Price>,
    chains: BTreeMap<Timestamp, Chain>,
}

impl Rounds {
    /// Takes the rows of `underlying` and passes over others.
    pub fn new(underlying: &str) -> Self {
        let (underlying, chains) = (underlying.to_owned(), BTreeMap::new());
        Self { underlying, snap_ms: 0, index: None, chains }
    }

    /// Takes the next row; gives the round before it if that is over.
    pub fn push(&mut self, row: ChainRow) -> Option<Snapshot> {
        if row.underlying != self.underlying {
            return None;
        }
        let over = if row.snap_ms == self.snap_ms { None } else { self.round() };
        self.snap_ms = row.snap_ms;
        self.index = self.index.or(row.quote.index);
        let empty = || Chain { name: row.date, expiry: row.expiry, quotes: Vec::new() };
        self.chains.entry(row.expiry).or_insert_with(empty).quotes.push(row.quote);
        over
    }

    /// The last round.
    pub fn finish(mut self) -> Option<Snapshot> {
        self.round()
    }

    fn round(&mut self) -> Option<Snapshot> {
        let index = self.index.take();
        let mut chains: Vec<Chain> = std::mem::take(&mut self.chains).into_values().collect();
        if chains.is_empty() {
            return None;
        }
        for chain in &mut chains {
            chain.quotes.sort_by_key(|quote| (quote.strike, quote.kind));
        }
        let time = Timestamp::new(self.snap_ms / 1000);
        Some(Snapshot { time, underlying: self.underlying.clone(), index, chains })
    }
}

/// Makes snapshots at a pace of a feed that tells each option's changes as they come.
///
/// At each multiple of the step a snapshot holds every option as it was told last, if that was within
/// one step and the option lives.
#[derive(Clone, Debug)]
pub struct Sampler {
    underlying: String,
    step_s: u64,
    /// The time of the next snapshot; zero before the first row.
    due: u64,
    latest: BTreeMap<(Timestamp, Price, Kind), (String, Quote)>,
}

impl Sampler {
    /// Takes the rows of `underlying`, one snapshot every `step_s` seconds, at least one.
    pub fn new(underlying: &str, step_s: u32) -> Self {
        let step_s = u64::from(step_s.max(1));
        Self { underlying: underlying.to_owned(), step_s, due: 0, latest: BTreeMap::new() }
    }

    /// Takes the next row and the second it arrived at; gives the snapshot that was due before it, if one
    /// was. Of several that a silence leaves out only the first has anything to show.
    pub fn push(&mut self, arrival_s: u64, row: ChainRow) -> Option<Snapshot> {
        if row.underlying != self.underlying {
            return None;
        }
        let over = if self.due != 0 && arrival_s >= self.due { self.snapshot() } else { None };
        if arrival_s >= self.due {
            self.due = (arrival_s / self.step_s + 1).saturating_mul(self.step_s);
        }
        let key = (row.expiry, row.quote.strike, row.quote.kind);
        self.latest.insert(key, (row.date, row.quote));
        over
    }

    fn snapshot(&mut self) -> Option<Snapshot> {
        let (now, step) = (self.due, self.step_s);
        self.latest
            .retain(|(expiry, ..), (_, quote)| expiry.get() > now && quote.time.get() + step > now);
        let mut chains: Vec<Chain> = Vec::new();
        for ((expiry, ..), (name, quote)) in &self.latest {
            if chains.last().is_none_or(|chain| chain.expiry != *expiry) {
                chains.push(Chain { name: name.clone(), expiry: *expiry, quotes: Vec::new() });
            }
            if let Some(chain) = chains.last_mut() {
                chain.quotes.push(*quote);
            }
        }
        let (time, underlying) = (Timestamp::new(now), self.underlying.clone());
        (!chains.is_empty()).then_some(Snapshot { time, underlying, index: None, chains })
    }
}
