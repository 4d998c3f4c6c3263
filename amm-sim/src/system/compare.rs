//! Designs in the same worlds.

use amm_loop::system::{Channels, Design, Latency, MarginRule, Setting, Stress};
use serde::Serialize;

use super::ExperimentError;
use super::figures::{FIGURES, Figure, Lab, Path, latency};
use super::shuffled::shuffled;
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

/// Whether a breaker draws the market to itself: how often it trips once it is three quarters of the way,
/// against a twin that is watched and does not act.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Magnet {
    /// Of all paths that came near, those that hit.
    pub acting: Option<Estimate>,
    /// The same of the twin.
    pub watched: Option<Estimate>,
    /// The first less the second.
    pub difference: Option<Estimate>,
}

/// How many worlds a comparison needs for each path.
pub(super) fn worlds(designs: &[Design]) -> u64 {
    let of = |design: &Design| {
        2 + u64::from(moves(design)) + u64::from(design.breaker.acts) + u64::from(scores(design))
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
struct Columns {
    figures: Vec<Column>,
    fall: [Column; 2],
    squares: [Column; 2],
    margins: Vec<Column>,
    held: Option<Column>,
    near: [Option<(Column, Column)>; 2],
}

/// Every design, and the placebo of each that has a score.
pub(super) fn compare(lab: &Lab<'_>, designs: &[Design]) -> Result<Vec<Compared>, ExperimentError> {
    let mut sheet = Sheet::new(lab.options.paths as usize);
    let mut all = Vec::new();
    for design in designs {
        let closed = lab.paths(design, &Setting::default())?;
        let placebo = match scores(design) {
            true => Some(lab.each(|path| {
                let scores = &closed[path as usize].scores;
                let whose = (lab.scenario.seed, path);
                let design = shuffled(design, scores, whose, 60).unwrap_or(design.clone());
                Ok((design, Setting::default()))
            })?),
            false => None,
        };
        let rows = columns(lab, &mut sheet, design, &closed)?;
        all.push((design.name.clone(), rows, closed, moves(design)));
        if let Some(placebo) = placebo {
            let none = Design { stress: Stress::Off, ..design.clone() };
            let still = Design { margin: MarginRule::Fixed, ..none };
            let mut rows = columns(lab, &mut sheet, &still, &placebo)?;
            rows.near = [None; 2];
            all.push((format!("{}, shuffled", design.name), rows, placebo, false));
        }
    }
    let Some(resampled) = sheet.resample(lab.scenario.seed, lab.options.resamples) else {
        return Err(ExperimentError::Empty("there is a path and a resample at least"));
    };
    let first: Vec<Column> = all[0].1.figures.clone();
    let result = all.iter().enumerate().map(|(at, (name, rows, paths, moves))| {
        let against = (at > 0).then_some(first.as_slice());
        told(&resampled, name, rows, paths, (*moves, against))
    });
    Ok(result.collect())
}

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
    let fall =
        [closed, &open].map(|paths| column(paths, &|path| super::figures::number(path.fall)));
    let squares = [closed, &open].map(|paths| column(paths, &|path| path.squares));
    let margins = (0..4).map(|i| column(closed, &|path| path.margins[i])).collect();
    let held = if moves(design) {
        let channels = Channels { margin: false, ..Channels::ALL };
        let held = lab.paths(design, &Setting { channels, ..Setting::default() })?;
        Some(column(&held, &|path| path.figures[7]))
    } else {
        None
    };
    let mut near = [None; 2];
    if design.breaker.acts {
        let mut twin = design.clone();
        twin.breaker.acts = false;
        let twin = lab.paths(&twin, &Setting::default())?;
        near = [closed, &twin].map(|paths| {
            let near = column(paths, &|path| f64::from(u8::from(path.near)));
            Some((near, column(paths, &|path| f64::from(u8::from(path.near && path.hit)))))
        });
    }
    Ok(Columns { figures, fall, squares, margins, held, near })
}

fn told(
    resampled: &Resampled,
    name: &str,
    rows: &Columns,
    paths: &[Path],
    (moves, against): (bool, Option<&[Column]>),
) -> Compared {
    let zero = Estimate { value: 0.0, interval: None, error: 0.0 };
    let figures = FIGURES.iter().enumerate().map(|(i, (key, ..))| {
        let own = rows.figures[i];
        let mean = resampled.mean(own).unwrap_or(zero);
        let less = |first: &[Column]| resampled.estimate(|m| Some(m.of(own) - m.of(first[i])));
        Figure { key, mean, against: against.and_then(less) }
    });
    let ratio = |[above, below]: [Column; 2]| resampled.estimate(|m| m.ratio(above, below));
    let margin = moves.then(|| {
        let per_cent = |i: usize| resampled.estimate(|m| Some(100.0 * m.of(rows.margins[i])));
        let filled = rows.figures[7];
        Procyclicality {
            peak_over_trough: ratio([rows.margins[1], rows.margins[0]]),
            rise_hour: per_cent(2),
            rise_day: per_cent(3),
            share: rows.held.and_then(|held| {
                resampled.estimate(|m| m.ratio(held, filled).map(|kept| 1.0 - kept))
            }),
        }
    });
    let magnet = match rows.near {
        [Some(acting), Some(watched)] => {
            let share =
                |(near, hit): (Column, Column)| resampled.estimate_rough(|m| m.ratio(hit, near));
            Some(Magnet {
                acting: share(acting),
                watched: share(watched),
                difference: resampled.estimate_rough(|m| {
                    Some(m.ratio(acting.1, acting.0)? - m.ratio(watched.1, watched.0)?)
                }),
            })
        }
        _ => None,
    };
    Compared {
        name: name.into(),
        figures: figures.collect(),
        amplification: ratio(rows.fall),
        variance_amplification: ratio(rows.squares),
        latency: latency(paths),
        margin,
        magnet,
        stopped: paths.iter().map(|path| u32::from(path.stopped)).sum(),
    }
}
