//! Designs in the same worlds.

use std::sync::Arc;

use amm_core::num::Real;
use amm_loop::system::{
    BreakerRule, Channels, Design, Latency, MarginRule, Scenario, Setting, Stress,
};
use serde::Serialize;

use super::ExperimentError;
use super::contrast::{Contrast, contrasts};
use super::figures::{FIGURES, Figure, Lab, Path, latency, number};
use super::shuffled::{Shuffled, name, placebo, told as shuffled};
use crate::stats::{Column, Estimate, Resampled, Sheet};

/// A design, measured.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// In the order of [`FIGURES`].
    pub figures: Vec<Figure>,
    /// Mean fall of ln spot over that of the open loop, in which all channels are cut.
    pub amplification: Option<Estimate>,
    /// Mean of summed squared moves over that of the open loop.
    pub variance_amplification: Option<Estimate>,
    /// The legs of all margin calls of all paths: blocks, and cash lost.
    pub latency: Option<[Latency; 3]>,
    /// If its margin moves.
    pub margin: Option<Procyclicality>,
    /// If its breaker acts.
    pub magnet: Option<Magnet>,
    /// Paths that could not go on to the end.
    pub stopped: u32,
}

/// How much margin itself moves, and what that does.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Procyclicality {
    /// Mean of the highest margin over mean of the lowest.
    pub peak_over_trough: Option<Estimate>,
    /// Mean of the greatest rise in an hour, in per cent of a position.
    pub rise_hour: Option<Estimate>,
    /// In a day.
    pub rise_day: Option<Estimate>,
    /// Share of liquidations that are not there when margin of standing positions is held: negative if it
    /// prevents some.
    pub share: Option<Estimate>,
}

/// Whether a breaker draws the market to itself: of the paths whose readings call for the state before a
/// halt, those whose readings come to call for the halt, against a twin that is watched and does not act.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Magnet {
    /// Of all paths that came near, those that hit.
    pub acting: Option<Estimate>,
    /// The same where longs fear to be locked in, and close up to [`RUSH`] of their positions a block.
    pub rushed: Option<Estimate>,
    /// The same of the twin.
    pub watched: Option<Estimate>,
    /// The first less the third.
    pub difference: Option<Estimate>,
    /// The second less the third.
    pub rush: Option<Estimate>,
    /// What the rush adds to the fall, in per cent.
    pub fall: Option<Estimate>,
}

/// The share of their positions that longs close in a block of the magnet test as a breaker is about to
/// halt.
pub const RUSH: Real = Real::lit("0.02");

/// How many worlds a comparison needs for each path.
pub(super) fn worlds(designs: &[Design]) -> u64 {
    let of = |design: &Design| {
        let acts = u64::from(design.breaker.acts);
        2 * (1 + u64::from(scores(design)) + acts) + u64::from(moves(design))
    };
    designs.iter().map(of).sum()
}

fn moves(design: &Design) -> bool {
    matches!(design.margin, MarginRule::Dynamic { .. })
}

fn scores(design: &Design) -> bool {
    !matches!(design.stress, Stress::Off)
}

/// A design's columns on the sheet.
pub(super) struct Columns {
    pub(super) name: String,
    pub(super) figures: Vec<Column>,
    pub(super) fall: [Column; 2],
    pub(super) squares: [Column; 2],
    margins: Option<[Column; 4]>,
    held: Option<Column>,
    /// Of the design, of it with a rush, and of its twin: came near, came near and hit; and the fall.
    near: Option<[(Column, Column, Column); 3]>,
}

/// What a comparison finds.
pub(super) struct Found {
    pub(super) designs: Vec<Compared>,
    pub(super) contrasts: Vec<Contrast>,
    pub(super) shuffled: Vec<Shuffled>,
}

/// Every design, and the placebo of each that has a score.
pub(super) fn compare(lab: &Lab<'_>, designs: &[Design]) -> Result<Found, ExperimentError> {
    let mut sheet = Sheet::new(lab.options.paths as usize);
    let (mut all, mut placebos) = (Vec::new(), Vec::new());
    let (seed, block_s) = (lab.scenario.seed, lab.scenario.block_s);
    for design in designs {
        let closed = lab.paths(design, &Setting::default())?;
        let mut rows = columns(lab, &mut sheet, design, &closed)?;
        acting(lab, &mut sheet, design, &closed, &mut rows)?;
        all.push((rows, closed.clone()));
        if scores(design) {
            let other = lab.each(|path| {
                let own = &closed[path as usize].scores;
                let placebo = placebo(design, own, block_s, (seed, path));
                Ok((lab.scenario, placebo.unwrap_or(design.clone()), Setting::default()))
            })?;
            placebos.push(shuffled(design, &closed, block_s, seed));
            let rows = columns(lab, &mut sheet, design, &other)?;
            all.push((Columns { name: name(design), ..rows }, Arc::new(other)));
        }
    }
    let Some(resampled) = sheet.resample(lab.scenario.seed, lab.options.resamples) else {
        return Err(ExperimentError::Empty("there is a path and a resample at least"));
    };
    let told = all.iter().enumerate().map(|(at, (rows, paths))| {
        let against = (at > 0).then_some(&all[0].0);
        told(&resampled, rows, paths, against)
    });
    let designs = told.collect();
    let rows: Vec<&Columns> = all.iter().map(|(rows, _)| rows).collect();
    Ok(Found { designs, contrasts: contrasts(&resampled, &rows), shuffled: placebos })
}

/// The columns that every design and placebo has.
fn columns(
    lab: &Lab<'_>,
    sheet: &mut Sheet,
    design: &Design,
    closed: &[Path],
) -> Result<Columns, ExperimentError> {
    let open = Setting { channels: Channels::NONE, ..Setting::default() };
    let open = lab.paths(design, &open)?;
    let mut column = |paths: &[Path], of: &dyn Fn(&Path) -> f64| {
        sheet.column(&paths.iter().map(of).collect::<Vec<_>>())
    };
    let figures = (0..FIGURES.len()).map(|i| column(closed, &|path| path.figures[i])).collect();
    let fall = [closed, &open].map(|paths| column(paths, &|path| number(path.fall)));
    let squares = [closed, &open].map(|paths| column(paths, &|path| path.squares));
    let name = design.name.clone();
    Ok(Columns { name, figures, fall, squares, margins: None, held: None, near: None })
}

/// The columns of margin that moves and of a breaker that acts.
fn acting(
    lab: &Lab<'_>,
    sheet: &mut Sheet,
    design: &Design,
    closed: &[Path],
    rows: &mut Columns,
) -> Result<(), ExperimentError> {
    let mut column = |paths: &[Path], of: &dyn Fn(&Path) -> f64| {
        sheet.column(&paths.iter().map(of).collect::<Vec<_>>())
    };
    if moves(design) {
        let channels = Channels { margin: false, ..Channels::ALL };
        let held = lab.paths(design, &Setting { channels, ..Setting::default() })?;
        rows.margins = Some([0, 1, 2, 3].map(|i| column(closed, &|path| path.margins[i])));
        rows.held = Some(column(&held, &|path| path.figures[7]));
    }
    if design.breaker.acts {
        let mut scenario: Scenario = lab.scenario.clone();
        scenario.perp.rush = RUSH;
        let rushed = lab.each(|_| Ok((&scenario, design.clone(), Setting::default())))?;
        let breaker = BreakerRule { acts: false, ..design.breaker };
        let twin = lab.paths(&Design { breaker, ..design.clone() }, &Setting::default())?;
        rows.near = Some([closed, &rushed, &twin].map(|paths| {
            let near = column(paths, &|path| f64::from(u8::from(path.near)));
            let hit = column(paths, &|path| f64::from(u8::from(path.near && path.hit)));
            (near, hit, column(paths, &|path| path.figures[0]))
        }));
    }
    Ok(())
}

fn told(
    resampled: &Resampled,
    rows: &Columns,
    paths: &[Path],
    against: Option<&Columns>,
) -> Compared {
    let zero = Estimate { value: 0.0, interval: None, error: 0.0 };
    let figures = FIGURES.iter().enumerate().map(|(i, (key, ..))| {
        let own = rows.figures[i];
        let mean = resampled.mean(own).unwrap_or(zero);
        let less = |first: &Columns| {
            resampled.estimate(|means| Some(means.of(own) - means.of(first.figures[i])))
        };
        Figure { key, mean, against: against.and_then(less) }
    });
    let ratio = |[above, below]: [Column; 2]| resampled.estimate(|m| m.ratio(above, below));
    let margin = rows.margins.map(|margins| {
        let per_cent = |i: usize| resampled.estimate(|m| Some(100.0 * m.of(margins[i])));
        let filled = rows.figures[7];
        Procyclicality {
            peak_over_trough: ratio([margins[1], margins[0]]),
            rise_hour: per_cent(2),
            rise_day: per_cent(3),
            share: rows.held.and_then(|held| {
                resampled.estimate(|m| m.ratio(held, filled).map(|kept| 1.0 - kept))
            }),
        }
    });
    let magnet = rows.near.map(|[acting, rushed, watched]| {
        let share = |(near, hit, _)| resampled.estimate_rough(|m| m.ratio(hit, near));
        let less = |one: (Column, Column, Column)| {
            resampled
                .estimate_rough(|m| Some(m.ratio(one.1, one.0)? - m.ratio(watched.1, watched.0)?))
        };
        Magnet {
            acting: share(acting),
            rushed: share(rushed),
            watched: share(watched),
            difference: less(acting),
            rush: less(rushed),
            fall: resampled.estimate(|m| Some(m.of(rushed.2) - m.of(acting.2))),
        }
    });
    Compared {
        name: rows.name.clone(),
        figures: figures.collect(),
        amplification: ratio(rows.fall),
        variance_amplification: ratio(rows.squares),
        latency: latency(paths),
        margin,
        magnet,
        stopped: paths.iter().map(|path| u32::from(path.stopped)).sum(),
    }
}
