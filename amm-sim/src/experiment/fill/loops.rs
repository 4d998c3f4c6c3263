//! Tables of the loop: gains, signatures, responses, frontiers, causes, placebos.

use super::Found;
use super::cells::{figure, three};
use super::headline::Rows;
use crate::experiment::ExperimentError;
use crate::experiment::board::{Board, Quantity, quantities, real};
use crate::experiment::lab::ArmId;
use crate::experiment::tune::measure;
use crate::tables::{Table, Value, schema};

/// Three gains a design.
pub(super) fn gain(_: &Found<'_>, rows: &Rows) -> Result<Table, ExperimentError> {
    let mut table = schema::gain();
    for row in &rows.0 {
        let mut cells = vec![("design", row.design.clone().into()), ("ell", row.leakage.into())];
        cells.extend(figure(["gain_state", "state_low", "state_high"], &row.gain_state));
        cells
            .extend(figure(["gain_variance", "variance_low", "variance_high"], &row.gain_variance));
        cells.extend(figure(["gain_impulse", "impulse_low", "impulse_high"], &row.gain_impulse));
        cells.extend(figure(["amplification", "low", "high"], &row.amplification));
        if row.amplification.value.is_some() {
            table.push(cells)?;
        }
    }
    Ok(table)
}

/// Amplification by horizon.
pub(super) fn signature(found: &Found<'_>) -> Result<Table, ExperimentError> {
    let mut table = schema::signature();
    let scenario = &found.plan.scenario;
    for (study, board) in found.each() {
        for (design, arm) in found.plan.designs.iter().zip(&study.designs) {
            for (at, blocks) in scenario.horizons.iter().enumerate() {
                let found =
                    board.estimate(|means| board.amplification(means, study.frame, *arm, at));
                if found.is_none() {
                    continue;
                }
                let mut cells: Vec<(&str, Value)> = vec![
                    ("design", design.name.clone().into()),
                    ("ell", real(study.leakage).into()),
                    ("horizon_blocks", (*blocks).into()),
                    ("horizon_s", (f64::from(*blocks) * f64::from(scenario.block_s)).into()),
                ];
                cells.extend(three(["amplification", "low", "high"], found));
                table.push(cells)?;
            }
        }
    }
    Ok(table)
}

/// What becomes of shocks.
pub(super) fn impulse(found: &Found<'_>) -> Result<Table, ExperimentError> {
    let mut table = schema::impulse();
    let (Some(board), Some(study)) = (&found.shocked, found.studies.first()) else {
        return Ok(table);
    };
    let shocks = found.plan.experiment.shocks.iter().zip(&found.impulses.shocks).enumerate();
    for (design, arm) in found.plan.designs.iter().zip(&study.designs) {
        for (shock, (size, ln)) in shocks.clone() {
            for (mark, block) in found.impulses.marks.iter().enumerate() {
                let response = board.response(*arm, (shock, mark), real(*ln));
                let mut cells: Vec<(&str, Value)> = vec![
                    ("design", design.name.clone().into()),
                    ("shock", real(*size).into()),
                    ("block", (block - found.impulses.block).into()),
                ];
                cells.extend(three(["response", "low", "high"], response));
                table.push(cells)?;
            }
        }
    }
    Ok(table)
}

/// Amplification against served demand, on the paths on which placebos are tuned.
pub(super) fn frontier(found: &Found<'_>) -> Result<Table, ExperimentError> {
    let mut table = schema::frontier();
    let Some(study) = found.studies.first() else { return Ok(table) };
    let mut arms: Vec<ArmId> = study.frontier.iter().map(|point| point.arm).collect();
    arms.push(study.frame.open);
    let luck = (found.plan.scenario.seed, found.plan.experiment.resamples);
    let all = quantities(found.plan.scenario.horizons.len());
    let paths = found.plan.experiment.tuned_on();
    let Some(board) = Board::new(found.lab, (&arms, &all), paths, luck) else { return Ok(table) };
    for point in &study.frontier {
        let served = board.share(point.arm, Quantity::Served, Quantity::Wanted);
        let amplification = board.estimate(|means| {
            board.amplification(means, study.frame, point.arm, study.frame.horizon)
        });
        let (Some(served), Some(_)) = (served, amplification) else { continue };
        let mut cells: Vec<(&str, Value)> = vec![
            ("design", point.name.clone().into()),
            ("ell", real(study.leakage).into()),
            ("strength", real(point.strength).into()),
            ("served", served.value.into()),
            ("cvar99", found.tail(point.arm, &board.paths).cvar(0.01).into()),
        ];
        cells.extend(three(["amplification", "low", "high"], amplification));
        table.push(cells)?;
    }
    Ok(table)
}

/// Dampening by cause.
pub(super) fn split(found: &Found<'_>) -> Result<Table, ExperimentError> {
    let mut table = schema::split();
    for (study, board) in found.each() {
        if board.loop_to_dampen(study.frame).is_err() {
            continue;
        }
        let designs = found.plan.designs.iter().zip(&study.designs).zip(&study.parts);
        for ((design, arm), parts) in designs {
            let causes = parts.and_then(|parts| board.causes(study.frame, *arm, parts));
            let Some(causes) = causes else { continue };
            let parts = [
                ("refusal", causes.refusal),
                ("attraction", causes.attraction),
                ("timing", causes.timing),
            ];
            for (part, estimate) in parts {
                let mut cells: Vec<(&str, Value)> = vec![
                    ("design", design.name.clone().into()),
                    ("ell", real(study.leakage).into()),
                    ("part", part.into()),
                ];
                cells.extend(three(["value", "low", "high"], Some(estimate)));
                table.push(cells)?;
            }
        }
    }
    Ok(table)
}

/// What simpler rules achieve; matched values are those of all paths where a placebo was matched, and
/// of the paths on which it was tuned where it could not be.
pub(super) fn placebos(found: &Found<'_>) -> Result<Table, ExperimentError> {
    let mut table = schema::placebos();
    for (study, board) in found.each() {
        let frame = study.frame;
        let defined = board.loop_to_dampen(frame).is_ok();
        let designs = found.plan.designs.iter().zip(&study.designs).zip(&study.placebos);
        for ((design, arm), placebos) in designs {
            for placebo in placebos {
                let search = &placebo.search;
                let on_all = |arm| measure(found.lab, arm, search.matching, found.paths);
                let (reached, target) = match placebo.arm {
                    Some(placebo) => (on_all(placebo), on_all(*arm)),
                    None => (search.best.map(|(_, value)| value), Some(search.target)),
                };
                let mut cells: Vec<(&str, Value)> = vec![
                    ("design", design.name.clone().into()),
                    ("ell", real(study.leakage).into()),
                    ("placebo", search.rule.name().into()),
                    ("matching", search.matching.name().into()),
                    ("strength", search.best.map(|(strength, _)| real(strength)).into()),
                    ("matched_value", reached.into()),
                    ("target_value", target.into()),
                ];
                if let Some(placebo) = placebo.arm.filter(|_| defined) {
                    let damped = board.estimate(|means| board.dampening(means, frame, placebo));
                    let ahead =
                        board.estimate(|means| board.advantage(means, frame, (*arm, placebo)));
                    cells.extend(three(["dampening", "low", "high"], damped));
                    cells.extend(three(["advantage", "a_low", "a_high"], ahead));
                }
                table.push(cells)?;
            }
        }
    }
    Ok(table)
}
