//! What a dollar lost in one protocol costs the others, and the linear system it makes.

use amm_core::num::{Cash, Real};
use amm_loop::system::{Design, Injection, Matrix, Protocol, Setting};
use serde::Serialize;

use super::ExperimentError;
use super::figures::{Lab, Path, millions, number};
use crate::stats::{Column, Estimate, Means, Sheet};

/// How losses spread.
#[derive(Clone, Debug, Serialize)]
pub struct Contagion {
    /// Under which design.
    pub design: String,
    /// How much was lost, in millions.
    pub loss: f64,
    /// In which block.
    pub block: u32,
    /// Rows and columns.
    pub protocols: Vec<&'static str>,
    /// Row i, column j: what j loses by one lost in i, after claims have cleared.
    pub coefficients: Vec<Vec<Option<Estimate>>>,
    /// The system: G = I − R⁻¹ with R the response, entry (j, i) what j loses by i. `None` if the response
    /// has no inverse.
    pub system: Option<Vec<Vec<f64>>>,
    /// Spectral radius of G, entries without their signs: below one a loss dies out.
    pub radius: Option<Estimate>,
}

/// The mean response, from what the sheet holds: `columns[i][j]`.
fn response(columns: &[Vec<Column>], means: Means<'_>) -> Option<Matrix> {
    let rows: Option<Vec<Vec<Real>>> = (0..columns.len())
        .map(|j| columns.iter().map(|from| Real::checked_from_num(means.of(from[j]))).collect())
        .collect();
    let rows = rows?;
    let rows: Vec<&[Real]> = rows.iter().map(Vec::as_slice).collect();
    Matrix::new(&rows).ok()
}

fn radius(columns: &[Vec<Column>], means: Means<'_>) -> Option<f64> {
    let system = Matrix::of_response(&response(columns, means)?).ok()?;
    Some(number(system.magnitudes().spectral_radius().ok()?.value()))
}

pub(super) fn contagion(
    lab: &Lab<'_>,
    design: &Design,
    loss: Cash,
) -> Result<Contagion, ExperimentError> {
    let block = lab.scenario.market.shocks.first().map_or(1, |shock| shock.block);
    let base = lab.paths(design, &Setting::default())?;
    let mut sheet = Sheet::new(lab.options.paths as usize);
    let mut columns = Vec::new();
    for protocol in Protocol::ALL {
        let injection = Some(Injection { protocol, loss, block });
        let hit = lab.paths(design, &Setting { injection, ..Setting::default() })?;
        let of = |to: Protocol| {
            let lost = |(base, hit): (&Path, &Path)| {
                (base.equities[to.index()] - hit.equities[to.index()]) / millions(loss)
            };
            base.iter().zip(hit.iter()).map(lost).collect::<Vec<f64>>()
        };
        columns.push(Protocol::ALL.map(|to| sheet.column(&of(to))).to_vec());
    }
    let resampled = sheet.resample(lab.scenario.seed, lab.options.resamples);
    let resampled =
        resampled.ok_or(ExperimentError::Empty("there is a path and a resample at least"))?;
    let coefficients = columns
        .iter()
        .map(|row| row.iter().map(|column| resampled.mean(*column)).collect())
        .collect();
    let system = response(&columns, resampled.sample())
        .and_then(|response| Matrix::of_response(&response).ok())
        .map(|system| {
            let row = |j| (0..system.side()).map(|i| number(system.at(j, i))).collect();
            (0..system.side()).map(row).collect()
        });
    Ok(Contagion {
        design: design.name.clone(),
        loss: millions(loss),
        block,
        protocols: Protocol::ALL.map(Protocol::name).to_vec(),
        coefficients,
        system,
        radius: resampled.estimate_rough(|means| radius(&columns, means)),
    })
}
