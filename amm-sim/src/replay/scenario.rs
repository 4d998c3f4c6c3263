//! A recording as a scenario.

use super::{ReplayError, Terms};
use crate::data::path::{Path, Point};
use crate::data::recorded::{Recorded, Smile};
use amm_core::book::Side;
use amm_core::num::{Cash, Price, Real, Seconds, Size, Timestamp, Vol};
use amm_loop::agent::{Agent, Print, RecordedFlow};
use amm_loop::scenario::{DealerRule, Listing, Market, Scenario};
use amm_loop::spot::{Depth, Impact, Process, Shape};
use amm_loop::surface::{Recorded as Slice, Snapshot, Surface};

/// Silences of the index up to this are passed over, and said.
const SILENCE_MAX_S: u64 = 2 * 3600;

/// The scenario of a recording, and what there is to say about it.
///
/// Impact is linear and permanent, depth constant: what the closed forms are about.
///
/// # Errors
///
/// [`ReplayError::Path`] if the index is no path, [`ReplayError::Terms`].
pub fn scenario(
    recorded: &Recorded,
    terms: &Terms,
) -> Result<(Scenario, Vec<String>), ReplayError> {
    let start = recorded.moments.first().map_or(Timestamp::new(0), |moment| moment.time);
    let points = recorded.spots.iter().filter(|spot| spot.time >= start);
    let points = points.map(|spot| Point { time_ms: spot.time.get() * 1000, price: spot.price });
    let block = Seconds::new(terms.block_s.into())
        .map_err(|_| ReplayError::Terms("a block is at least a second"))?;
    let silence = Seconds::new(SILENCE_MAX_S).unwrap_or(Seconds::MAX);
    let path = Path::new(points, block, silence)?;
    let mut notes = Vec::new();
    if path.silent > 0 {
        let (silent, longest) =
            (path.silent, path.longest.map_or(0, |gap| gap.length_ms() / 60_000));
        notes.push(format!(
            "the index is silent in {silent} blocks, once for {longest} minutes: spot stands still \
             there and the next block takes the whole move"
        ));
    }
    let blocks = u32::try_from(path.returns.len())
        .map_err(|_| ReplayError::Terms("the recording has too many blocks"))?;
    if blocks <= terms.horizon {
        return Err(ReplayError::Terms("the recording is shorter than the headline's horizon"));
    }
    let prints = prints(recorded, terms, path.start);
    if prints.is_empty() {
        notes.push("no trade of the record is in a listed series: nothing happens".to_owned());
    }
    let usual = usual_vol(&path);
    let scenario = Scenario {
        title: format!("Replay of {}", recorded.underlying),
        why: "Real quotes, real flow and a real index, against every design.".to_owned(),
        seed: terms.seed,
        block_s: terms.block_s,
        blocks,
        warmup: 0,
        horizons: horizons(terms.horizon, blocks),
        market: Market {
            start: path.start,
            spot: path.first,
            process: Process::Recorded { returns: path.returns },
            shocks: Vec::new(),
            impact: Impact {
                shape: Shape::Linear,
                permanent: Real::ONE,
                resilience_per_day: Real::ZERO,
            },
            depth: Depth {
                base: terms.depth,
                sigma0: usual,
                psi: Real::ZERO,
                floor: Real::ONE,
                half_life: Seconds::new(3600).unwrap_or(Seconds::MAX),
            },
            spread_bps: Real::ONE,
            surface: Surface::Recorded(snapshots(recorded, path.start, terms.block_s, blocks)),
            realised_half_life_s: 21_600,
        },
        listing: listing(recorded, path.start),
        capital: Cash::from_atoms(10_000_000_000 * Cash::SCALE),
        delta_exchange: !terms.naked,
        dealer: DealerRule::default(),
        agents: vec![Agent::RecordedFlow(RecordedFlow {
            prints,
            factor: terms.factor,
            tolerance: terms.tolerance,
        })],
    };
    Ok((scenario, notes))
}

/// 1, the headline's, and powers of two between and beyond, as far as there are blocks for eight.
fn horizons(headline: u32, blocks: u32) -> Vec<u32> {
    let mut horizons: Vec<u32> = (0..10).map(|power| 1 << power).collect();
    horizons.push(headline);
    horizons.sort_unstable();
    horizons.dedup();
    horizons.retain(|horizon| *horizon == headline || horizon * 8 <= blocks);
    horizons
}

/// The path's own volatility, annualised: the root of the mean square return.
fn usual_vol(path: &Path) -> Vol {
    const YEAR_S: i128 = 31_536_000;
    let squares: Real = path.returns.iter().map(|r| *r * *r).sum();
    let seconds = i128::from(path.block.get()) * path.returns.len().max(1) as i128;
    let variance = squares * YEAR_S / seconds;
    let vol = amm_core::math::sqrt(variance).ok().and_then(|vol| Vol::new(vol).ok());
    vol.unwrap_or(Vol::MIN)
}

/// The surface block by block: between two moments every expiry holds its volatility.
fn snapshots(recorded: &Recorded, start: Timestamp, block_s: u32, blocks: u32) -> Vec<Snapshot> {
    let times = (0..=u64::from(blocks)).map(|b| start.get() + b * u64::from(block_s));
    let held = times.filter_map(|time| {
        let now = Timestamp::new(time);
        let moment = recorded.at(now)?;
        Some((now, moment.held(now)))
    });
    let slice = |smile: &Smile, spot: Price| Slice {
        expiry: smile.expiry,
        basis: smile.forward.get().checked_div(spot.get()).unwrap_or(Real::ONE),
        slice: smile.slice,
    };
    let snapshot = held.map(|(at, moment)| Snapshot {
        at,
        slices: moment.expiries.iter().map(|smile| slice(smile, moment.spot)).collect(),
    });
    snapshot.collect()
}

fn listing(recorded: &Recorded, start: Timestamp) -> Listing {
    let later = recorded.listed.iter().filter(|listed| listed.expiry > start);
    Listing::Lines(later.map(|listed| (listed.expiry, listed.strikes.clone())).collect())
}

fn prints(recorded: &Recorded, terms: &Terms, start: Timestamp) -> Vec<Print> {
    let used = recorded.trades.iter().filter(|trade| trade.sure || terms.guesses);
    let mut prints: Vec<Print> = used
        .filter(|trade| trade.time >= start)
        .map(|trade| Print {
            at: trade.since.max(start),
            series: trade.series,
            side: if trade.size > Size::ZERO { Side::Buy } else { Side::Sell },
            size: Size::from_atoms(trade.size.atoms().saturating_abs()),
        })
        .collect();
    prints.sort_by_key(|print| print.at); // stable: within a time they keep their order
    prints
}
