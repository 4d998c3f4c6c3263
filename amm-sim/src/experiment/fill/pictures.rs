//! Tables of single paths.

use amm_core::engine::Digest;
use amm_loop::pool::Design;
use amm_loop::world::Setting;
use rayon::prelude::*;

use super::Found;
use crate::experiment::picture::{Picture, Quoted, take};
use crate::experiment::{ExperimentError, Progress};
use crate::tables::{Table, Value, schema};

/// What the open loop is called among designs.
const OPEN: &str = "open loop";

/// Surfaces, gamma and prices: everything from the first path, prices from the first few. With them
/// the digests of the worlds that were looked at.
pub(super) fn tables(
    found: &Found<'_>,
    progress: &dyn Progress,
) -> Result<(Vec<Table>, Vec<Digest>), ExperimentError> {
    let plan = found.plan;
    let leakage = plan.experiment.leakages[0];
    let closed = plan.designs.iter().map(|design| (design, true));
    let worlds: Vec<(&Design, bool)> = closed.chain([(&plan.designs[0], false)]).collect();
    let paths = 0..u64::from(plan.experiment.sample_paths.min(found.paths));
    let jobs: Vec<(&Design, bool, u64)> = paths
        .flat_map(|path| worlds.iter().map(move |(design, closed)| (*design, *closed, path)))
        .collect();
    progress.begin("pictures", jobs.len() as u64);
    let pictures: Vec<(String, u64, Picture)> = jobs
        .par_iter()
        .map(|(design, feedback, path)| {
            let setting = Setting { feedback: *feedback, leakage, ..Setting::default() };
            let whole = *feedback && *path == 0;
            let picture = take((&plan.scenario, design, &setting, *path), whole);
            progress.tick(1);
            let name = if *feedback { design.name.clone() } else { OPEN.to_owned() };
            match picture {
                Ok(picture) => Ok((name, *path, picture)),
                Err(why) => Err(ExperimentError::World { world: name, path: *path, why }),
            }
        })
        .collect::<Result<_, _>>()?;
    progress.end();
    let digests = pictures.iter().filter_map(|(_, _, picture)| picture.digest).collect();
    let (mut surface, mut gex) = (schema::surface(), schema::gex());
    let (mut profile, mut prices) = (schema::profile(), schema::paths());
    for (name, path, picture) in &pictures {
        let design = || ("design", Value::from(name.clone()));
        for (when, vols) in [("before", &picture.before), ("after", &picture.after)] {
            for Quoted { days, moneyness, vol } in vols {
                let numbers = [("expiry_days", *days), ("moneyness", *moneyness), ("vol", *vol)];
                let numbers = numbers.map(|(column, value)| (column, Value::from(value)));
                surface.push([design(), ("when", when.into())].into_iter().chain(numbers))?;
            }
        }
        let spot = Value::from(picture.spot_after);
        for (days, strike, cash) in &picture.gex {
            let numbers = [("expiry_days", *days), ("strike", *strike), ("gex", *cash)];
            let numbers = numbers.map(|(column, value)| (column, Value::from(value)));
            gex.push([design(), ("spot", spot.clone())].into_iter().chain(numbers))?;
        }
        for (level, gain) in &picture.profile {
            let numbers = [("spot", *level), ("gain", *gain)];
            let numbers = numbers.map(|(column, value)| (column, Value::from(value)));
            profile.push([design(), ("spot_now", spot.clone())].into_iter().chain(numbers))?;
        }
        for (block, (spot, gain)) in picture.path.iter().enumerate() {
            prices.push([
                design(),
                ("path", (*path).into()),
                ("block", (block + 1).into()),
                ("spot", (*spot).into()),
                ("gain", (*gain).into()),
            ])?;
        }
    }
    Ok((vec![surface, gex, profile, prices], digests))
}
