//! What each channel of feedback does: all sets of them, and each one's Shapley value.

use amm_core::num::Real;
use amm_loop::system::{Channels, Design, Setting, shapley};
use serde::Serialize;

use super::ExperimentError;
use super::figures::{Lab, Path, number};
use crate::stats::{Column, Estimate, Sheet};

/// What channels do together.
#[derive(Clone, Debug, Serialize)]
pub struct Loops {
    /// Under which design.
    pub design: String,
    /// Mean fall of ln spot, in per cent, with every channel cut.
    pub open: Option<Estimate>,
    /// With all of them.
    pub closed: Option<Estimate>,
    /// Each channel's part of the difference.
    pub channels: Vec<Channel>,
}

/// A channel's part. The parts add up to what all channels do.
#[derive(Clone, Debug, Serialize)]
pub struct Channel {
    /// Its name.
    pub name: &'static str,
    /// Shapley value of the fall of ln spot, in per cent.
    pub fall: Option<Estimate>,
    /// Of forced trades, in millions.
    pub forced: Option<Estimate>,
    /// Of bad debt, in millions.
    pub bad_debt: Option<Estimate>,
    /// Fall of ln spot, in per cent, that is left if this channel alone is cut.
    pub without: Option<Estimate>,
}

/// What is charged to channels, of a path.
const QUANTITIES: [fn(&Path) -> Real; 3] =
    [|path| path.fall * 100, |path| real(path.figures[1]), |path| real(path.figures[3])];

/// Millions as a scalar: they are under 10¹².
fn real(millions: f64) -> Real {
    Real::checked_from_num(millions).unwrap_or(Real::MAX)
}

pub(super) fn loops(lab: &Lab<'_>, design: &Design) -> Result<Loops, ExperimentError> {
    let count = Channels::NAMES.len();
    let mut worlds = Vec::new();
    for mask in 0..1_u32 << count {
        let channels = Channels::of_mask(mask).unwrap_or(Channels::ALL);
        worlds.push(lab.paths(design, &Setting { channels, ..Setting::default() })?);
    }
    let paths = lab.options.paths as usize;
    let mut sheet = Sheet::new(paths);
    let fall = |sheet: &mut Sheet, world: &[Path]| -> Column {
        sheet.column(&world.iter().map(|path| 100.0 * number(path.fall)).collect::<Vec<_>>())
    };
    let full = worlds.len() - 1;
    let (open, closed) = (fall(&mut sheet, &worlds[0]), fall(&mut sheet, &worlds[full]));
    let without: Vec<Column> =
        (0..count).map(|i| fall(&mut sheet, &worlds[full ^ (1 << i)])).collect();
    let mut values = vec![vec![Vec::with_capacity(paths); count]; QUANTITIES.len()];
    for path in 0..paths {
        for (quantity, values) in QUANTITIES.iter().zip(&mut values) {
            let results: Vec<Real> = worlds.iter().map(|world| quantity(&world[path])).collect();
            for (value, values) in shapley(&results)?.into_iter().zip(values) {
                values.push(number(value));
            }
        }
    }
    let values: Vec<Vec<Column>> = values
        .iter()
        .map(|values| values.iter().map(|values| sheet.column(values)).collect())
        .collect();
    let resampled = sheet.resample(lab.scenario.seed, lab.options.resamples);
    let mean = |column: Column| resampled.as_ref().and_then(|resampled| resampled.mean(column));
    let channel = |i: usize| Channel {
        name: Channels::NAMES[i],
        fall: mean(values[0][i]),
        forced: mean(values[1][i]),
        bad_debt: mean(values[2][i]),
        without: mean(without[i]),
    };
    Ok(Loops {
        design: design.name.clone(),
        open: mean(open),
        closed: mean(closed),
        channels: (0..count).map(channel).collect(),
    })
}
