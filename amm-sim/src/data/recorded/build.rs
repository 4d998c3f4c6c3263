//! Snapshots, trades and an index to a recording.

use super::keep::{check, kept};
use super::{Choice, Fit, Listed, Moment, Print, Quoted, Recorded, Report, Smile, Spot, Vols};
use crate::chain::{Chain, Fitted, Quote, Snapshot};
use amm_core::num::{Price, Seconds, Timestamp};
use amm_core::pricing::Kind;
use amm_core::surface::Slice;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a recording is made of, in memory.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Parts {
    pub(super) underlying: String,
    /// By time.
    pub(super) snapshots: Vec<Snapshot>,
    /// By time; in any series.
    pub(super) trades: Vec<Print>,
    /// By time.
    pub(super) index: Vec<Spot>,
}

impl Recorded {
    /// Chooses, fits and puts together. `tell` hears of how many snapshots have been fitted.
    pub(super) fn new(
        parts: Parts,
        choice: Choice,
        report: &mut Report,
        tell: impl Fn(usize, usize) + Sync,
    ) -> Self {
        let Parts { underlying, snapshots, mut trades, index } = parts;
        let listed = choice.choose(&snapshots, &trades, &mut report.left_out);
        let lines: BTreeMap<Timestamp, &Listed> =
            listed.iter().map(|listed| (listed.expiry, listed)).collect();
        let done = AtomicUsize::new(0);
        let rounds: Vec<Vec<(&Chain, Fitted)>> = snapshots
            .par_iter()
            .map(|snapshot| {
                let fits = fits(snapshot, &lines);
                tell(done.fetch_add(1, Ordering::Relaxed) + 1, snapshots.len());
                fits
            })
            .collect();

        report.snapshots = snapshots.len();
        let mut moments: Vec<Moment> = Vec::new();
        for (snapshot, round) in snapshots.iter().zip(&rounds) {
            let (from, spot) = spot(snapshot, &index, round);
            let Some(spot) = spot else {
                report.snapshots_lost += 1;
                continue;
            };
            let expiries = surface(snapshot.time, round, moments.last(), &lines, report);
            if expiries.is_empty() {
                report.snapshots_lost += 1;
                continue;
            }
            *report.spot_from.entry(from).or_default() += 1;
            moments.push(Moment { time: snapshot.time, spot, expiries });
        }

        let all = trades.len();
        trades.retain(|trade| {
            let listed = lines.get(&trade.series.expiry);
            listed.is_some_and(|listed| listed.strikes.binary_search(&trade.series.strike).is_ok())
        });
        report.left_out.trades_unlisted += (all - trades.len()) as u64;
        let own = || moments.iter().map(|moment| Spot { time: moment.time, price: moment.spot });
        let spots = if index.is_empty() { own().collect() } else { index };
        let sources = Vec::new();
        Self { underlying, sources, choice, listed, moments, spots, trades }
    }
}

/// The listed expiries of one snapshot, nearest first, each fitted above those before it.
fn fits<'a>(
    snapshot: &'a Snapshot,
    lines: &BTreeMap<Timestamp, &Listed>,
) -> Vec<(&'a Chain, Fitted)> {
    let mut fits: Vec<(&Chain, Fitted)> = Vec::new();
    let mut near: Option<(Slice, Seconds)> = None;
    for chain in snapshot.chains.iter().filter(|chain| lines.contains_key(&chain.expiry)) {
        let Some(fitted) = Fitted::new(chain, snapshot.time, near.as_ref(), false) else {
            continue;
        };
        near = fitted.smile.as_ref().map(|smile| (smile.slice, fitted.time)).ok().or(near);
        fits.push((chain, fitted));
    }
    fits
}

/// The index last seen in its file; else that of the chain; else the nearest forward.
fn spot(
    snapshot: &Snapshot,
    index: &[Spot],
    round: &[(&Chain, Fitted)],
) -> (&'static str, Option<Price>) {
    let after = index.partition_point(|spot| spot.time <= snapshot.time);
    if let Some(spot) = index[..after].last() {
        return ("index", Some(spot.price));
    }
    if let Some(price) = snapshot.index {
        return ("chain", Some(price));
    }
    ("forward", round.first().map(|(_, fitted)| fitted.forward))
}

/// One moment's smiles: new where they fit, kept where they do not.
fn surface(
    now: Timestamp,
    round: &[(&Chain, Fitted)],
    before: Option<&Moment>,
    lines: &BTreeMap<Timestamp, &Listed>,
    report: &mut Report,
) -> Vec<Smile> {
    let old = |expiry: Timestamp| {
        let before = before?;
        let smile = before.expiries.iter().find(|smile| smile.expiry == expiry)?;
        Some((kept(smile, before.time, now)?, smile.fitted_at))
    };
    // An expiry that the snapshot does not have is still there if it was.
    let mut stand: BTreeMap<Timestamp, (Slice, Timestamp)> = BTreeMap::new();
    let mut whole = true;
    for smile in before.iter().flat_map(|before| &before.expiries) {
        stand.extend(old(smile.expiry).map(|old| (smile.expiry, old)));
    }
    for (chain, fitted) in round {
        match &fitted.smile {
            Ok(smile) => drop(stand.insert(chain.expiry, (smile.slice, now))),
            Err(_) => whole = false,
        }
    }
    whole &= stand.values().all(|(_, fitted_at)| *fitted_at == now);
    let pass = |stand: &BTreeMap<Timestamp, (Slice, Timestamp)>| {
        check(now, stand.iter().map(|(expiry, (slice, _))| (*expiry, *slice)))
    };
    let mut crossing = None;
    if let Err(error) = pass(&stand) {
        // Then all that stood before stays, and what is new waits.
        crossing = Some(error.to_string());
        stand =
            stand.into_keys().filter_map(|expiry| old(expiry).map(|old| (expiry, old))).collect();
        if pass(&stand).is_err() {
            stand.clear();
        }
        report.moments_kept += usize::from(!stand.is_empty());
    } else {
        report.moments_fresh += usize::from(whole && !stand.is_empty());
    }

    let of_round = |expiry: Timestamp| round.iter().find(|(chain, _)| chain.expiry == expiry);
    let alive = lines
        .iter()
        .filter(|(expiry, _)| of_round(**expiry).is_some() || stand.contains_key(expiry));
    for (expiry, listed) in alive {
        let smile = of_round(*expiry).map(|(_, fitted)| &fitted.smile);
        let why = match (smile, &crossing) {
            (_, Some(crossing)) => Some(crossing.clone()),
            (Some(Ok(_)), None) => None,
            (Some(Err(error)), None) => Some(error.to_string()),
            (None, None) => Some("not in the snapshot".to_owned()),
        };
        let figures = smile.and_then(|smile| smile.as_ref().ok());
        report.fits.push(Fit {
            time: now,
            name: listed.name.clone(),
            quotes: figures.map_or(0, |smile| smile.quotes),
            inside: figures.map_or(0, |smile| smile.inside),
            rms: figures.map_or(0.0, |smile| smile.rms),
            fitted_at: stand.get(expiry).map(|(_, fitted_at)| *fitted_at),
            why,
        });
    }
    let smile = |(expiry, (slice, fitted_at)): (Timestamp, (Slice, Timestamp))| {
        let (forward, quotes) = match of_round(expiry) {
            Some((chain, fitted)) => (fitted.forward, quoted(chain, &lines.get(&expiry)?.strikes)),
            None => {
                let smile = before?.expiries.iter().find(|smile| smile.expiry == expiry)?;
                (smile.forward, Vec::new())
            }
        };
        Some(Smile { expiry, forward, slice, fitted_at, quotes })
    };
    stand.into_iter().filter_map(smile).collect()
}

/// What the exchange quoted at the listed strikes.
fn quoted(chain: &Chain, strikes: &[Price]) -> Vec<Quoted> {
    let mut all: BTreeMap<Price, Quoted> = BTreeMap::new();
    for quote in &chain.quotes {
        let strike = quote.strike;
        if strikes.binary_search(&strike).is_err() {
            continue;
        }
        let empty = Quoted { strike, call: Vols::default(), put: Vols::default() };
        let quoted = all.entry(strike).or_insert(empty);
        *match quote.kind {
            Kind::Call => &mut quoted.call,
            Kind::Put => &mut quoted.put,
        } = Vols::of(quote, chain.expiry);
    }
    all.into_values().collect()
}

impl Vols {
    fn of(quote: &Quote, expiry: Timestamp) -> Self {
        let implied =
            |coin: Price| (coin != Price::MIN).then(|| quote.vol_of(coin, expiry)).flatten();
        Self {
            bid: quote.bid_vol.or_else(|| implied(quote.bid)),
            ask: quote.ask_vol.or_else(|| implied(quote.ask)),
            mark: quote.mark_vol.or_else(|| quote.mark.and_then(implied)),
        }
    }
}
