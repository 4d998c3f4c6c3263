//! Which expiries and strikes are listed.

use super::{LeftOut, Print};
use crate::chain::Snapshot;
use amm_core::book::{Inventory, Line};
use amm_core::num::{Price, Seconds, Size, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How expiries and strikes are chosen.
///
/// An expiry is listed if it has at least `life_min` to live when it is first seen and has a line that
/// someone holds or trades. A line is a strike of it with open interest in some snapshot or with flow. If
/// there are more expiries alive at one time than `expiries_max`, those with the most contracts are
/// kept; if an expiry has more lines than `strikes_max`, likewise. A line's contracts are the most of its
/// call and put that were held at one time, and all that were traded.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The least to live when an expiry is first seen.
    pub life_min: Seconds,
    /// The most expiries at one time, at most [`Inventory::EXPIRIES_MAX`].
    pub expiries_max: usize,
    /// The most strikes an expiry, at most [`Inventory::STRIKES_MAX`].
    pub strikes_max: usize,
}

/// Twelve hours to live, twelve expiries, forty strikes each.
impl Default for Choice {
    fn default() -> Self {
        let life_min = Seconds::new(12 * 3600).unwrap_or(Seconds::MAX);
        Self { life_min, expiries_max: 12, strikes_max: 40 }
    }
}

/// Why a choice is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} must lie in 1..={most}, which the engine takes, got {got}")]
pub struct ChoiceError {
    /// Expiries or strikes.
    pub what: &'static str,
    /// The engine's limit.
    pub most: usize,
    /// What was asked for.
    pub got: usize,
}

/// An expiry that is listed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// As the exchange names it.
    pub name: String,
    /// When it ends.
    pub expiry: Timestamp,
    /// Ascending.
    pub strikes: Vec<Price>,
}

/// What is known of an expiry before it is chosen.
struct Seen<'a> {
    name: &'a str,
    first: Timestamp,
    /// Contracts by strike.
    lines: BTreeMap<Price, Size>,
}

impl Choice {
    /// Checks the limits against the engine's.
    ///
    /// # Errors
    ///
    /// [`ChoiceError`].
    pub fn check(&self) -> Result<(), ChoiceError> {
        for (what, got, most) in [
            ("expiries at one time", self.expiries_max, Inventory::EXPIRIES_MAX),
            ("strikes an expiry", self.strikes_max, Inventory::STRIKES_MAX),
        ] {
            if !(1..=most).contains(&got) {
                return Err(ChoiceError { what, most, got });
            }
        }
        Ok(())
    }

    /// Chooses of what the snapshots and the trades show, and says what it leaves out.
    pub(super) fn choose(
        &self,
        snapshots: &[Snapshot],
        trades: &[Print],
        left_out: &mut LeftOut,
    ) -> Vec<Listed> {
        let mut seen = seen(snapshots, trades);
        seen.retain(|expiry, seen| {
            let lives = seen.first.until(*expiry).is_ok_and(|life| life >= self.life_min);
            let held = !seen.lines.is_empty();
            if !lives {
                left_out.expiries_short.push(seen.name.to_owned());
            } else if !held {
                left_out.expiries_idle.push(seen.name.to_owned());
            }
            lives && held
        });
        let mut ranked: Vec<(Timestamp, Size)> =
            seen.iter().map(|(expiry, seen)| (*expiry, sum(seen.lines.values()))).collect();
        ranked.sort_by_key(|(expiry, contracts)| (std::cmp::Reverse(*contracts), *expiry));
        let mut listed: BTreeMap<Timestamp, Listed> = BTreeMap::new();
        // How many of them live at each snapshot.
        let mut alive = vec![0_usize; snapshots.len()];
        for (expiry, _) in ranked {
            let Some(Seen { name, first, lines }) = seen.remove(&expiry) else { continue };
            let place = |time| snapshots.partition_point(|snapshot| snapshot.time < time);
            let Some(life) = alive.get_mut(place(first)..place(expiry)) else { continue };
            let crowded = life.iter().any(|count| *count >= self.expiries_max);
            if crowded {
                left_out.expiries_beyond.push(name.to_owned());
                continue;
            }
            life.iter_mut().for_each(|count| *count += 1);
            let mut lines: Vec<(Price, Size)> = lines.into_iter().collect();
            lines.sort_by_key(|(strike, contracts)| (std::cmp::Reverse(*contracts), *strike));
            let beyond = lines.len().saturating_sub(self.strikes_max);
            left_out.lines_beyond += beyond as u64;
            lines.truncate(self.strikes_max);
            let mut strikes: Vec<Price> = lines.into_iter().map(|(strike, _)| strike).collect();
            strikes.sort_unstable();
            listed.insert(expiry, Listed { name: name.to_owned(), expiry, strikes });
        }
        listed.into_values().collect()
    }
}

fn seen<'a>(snapshots: &'a [Snapshot], trades: &[Print]) -> BTreeMap<Timestamp, Seen<'a>> {
    let mut all: BTreeMap<Timestamp, Seen<'a>> = BTreeMap::new();
    for snapshot in snapshots {
        for chain in &snapshot.chains {
            let empty = || Seen { name: &chain.name, first: snapshot.time, lines: BTreeMap::new() };
            let seen = all.entry(chain.expiry).or_insert_with(empty);
            let mut held: BTreeMap<Price, Size> = BTreeMap::new();
            for quote in &chain.quotes {
                let open = quote.open_interest.unwrap_or(Size::ZERO);
                let both = held.entry(quote.strike).or_default();
                *both = both.checked_add(open).unwrap_or(Size::MAX);
            }
            for (strike, open) in held.into_iter().filter(|(_, open)| *open > Size::ZERO) {
                let most = seen.lines.entry(strike).or_default();
                *most = open.max(*most);
            }
        }
    }
    let mut traded: BTreeMap<Line, Size> = BTreeMap::new();
    for trade in trades {
        let all = traded.entry(trade.series.line()).or_default();
        *all = all.checked_add(trade.size.checked_abs().unwrap_or(Size::MAX)).unwrap_or(Size::MAX);
    }
    for (line, size) in traded {
        if let Some(seen) = all.get_mut(&line.expiry) {
            let contracts = seen.lines.entry(line.strike).or_default();
            *contracts = contracts.checked_add(size).unwrap_or(Size::MAX);
        }
    }
    all
}

fn sum<'a>(sizes: impl Iterator<Item = &'a Size>) -> Size {
    sizes.fold(Size::ZERO, |sum, size| sum.checked_add(*size).unwrap_or(Size::MAX))
}
