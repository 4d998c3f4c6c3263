//! A study as tables of rows, for files.

use super::{Entry, JUDGED, Study};
use crate::stats::Estimate;
use crate::tables::estimate::{cells, ends, names, word};
use crate::tables::{RowError, Table};

/// The study's tables: figures of designs, differences, channels and contagion.
///
/// # Errors
///
/// [`RowError`] for a number that no file can hold.
pub fn tables(study: &Study) -> Result<Vec<Table>, RowError> {
    Ok(vec![figures(study)?, differences(study)?, channels(study)?, contagion(study)?])
}

fn figures(study: &Study) -> Result<Table, RowError> {
    let mut columns = vec![names("scenario", ""), names("design", ""), names("figure", "")];
    columns.push(names("unit", "m is millions of cash"));
    columns.extend(ends("mean over paths, or a ratio of means"));
    let mut table = Table::new("system_figures", "Designs in every scenario", columns);
    for Entry { name, outcome, .. } in &study.scenarios {
        for design in &outcome.designs {
            let ratios = [
                ("x_open", "", design.amplification),
                ("x_variance", "", design.variance_amplification),
            ];
            let means = design.figures.iter().zip(super::FIGURES);
            let means = means.map(|(figure, (key, unit, _))| (key, unit, Some(figure.mean)));
            for (key, unit, estimate) in ratios.into_iter().chain(means) {
                let mut row = vec![word(name), word(&design.name), word(key), word(unit)];
                row.extend(cells(&estimate));
                table.push_row(row)?;
            }
        }
    }
    Ok(table)
}

fn differences(study: &Study) -> Result<Table, RowError> {
    let mut columns = vec![names("scenario", ""), names("design", ""), names("against", "")];
    columns.extend([names("question", ""), names("figure", ""), names("unit", "m is millions")]);
    columns.extend(ends("the design's less the other's"));
    columns.push(names("verdict", "better or worse where the interval has no zero"));
    let mut table = Table::new("system_differences", "One design less another", columns);
    for Entry { name, outcome, .. } in &study.scenarios {
        for contrast in &outcome.contrasts {
            for (found, (key, unit)) in contrast.differences.iter().zip(JUDGED) {
                let mut row = vec![word(name), word(&contrast.design), word(&contrast.against)];
                row.extend([word(contrast.question), word(key), word(unit)]);
                row.extend(cells(&found.difference));
                row.push(word(&found.verdict.mark().to_lowercase()));
                table.push_row(row)?;
            }
        }
    }
    Ok(table)
}

fn channels(study: &Study) -> Result<Table, RowError> {
    let mut columns = vec![names("scenario", ""), names("channel", ""), names("figure", "")];
    columns.extend(ends("Shapley value of the channel; of `without`, what is left without it"));
    let mut table = Table::new("system_channels", "What each channel of feedback does", columns);
    for Entry { name, outcome, .. } in &study.scenarios {
        for channel in outcome.loops.iter().flat_map(|loops| &loops.channels) {
            let parts = [
                ("fall_pct", channel.fall),
                ("forced_m", channel.forced),
                ("bad_debt_m", channel.bad_debt),
                ("fall_pct_without", channel.without),
            ];
            for (key, estimate) in parts {
                let mut row = vec![word(name), word(channel.name), word(key)];
                row.extend(cells(&estimate));
                table.push_row(row)?;
            }
        }
    }
    Ok(table)
}

fn contagion(study: &Study) -> Result<Table, RowError> {
    let mut columns = vec![names("scenario", ""), names("design", "")];
    columns.push(names("lost_in", "a protocol; of the spectral radius, all"));
    columns.push(names("loses", "another; of the spectral radius, all"));
    columns.extend(ends("lost by one lost; or the spectral radius"));
    let mut table = Table::new("system_contagion", "What a loss costs the others", columns);
    for Entry { name, outcome, .. } in &study.scenarios {
        for contagion in &outcome.contagion {
            let mut push = |from: &str, to: &str, estimate: &Option<Estimate>| {
                let mut row = vec![word(name), word(&contagion.design), word(from), word(to)];
                row.extend(cells(estimate));
                table.push_row(row)
            };
            for (from, row) in contagion.protocols.iter().zip(&contagion.coefficients) {
                for (to, estimate) in contagion.protocols.iter().zip(row) {
                    push(from, to, estimate)?;
                }
            }
            push("all", "all", &contagion.radius)?;
        }
    }
    Ok(table)
}
