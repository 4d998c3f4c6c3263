//! What a cell came to, and its file.

use serde::{Deserialize, Serialize};

use crate::experiment::{ExperimentError, Plan, Silent, compare};
use crate::tables::{RowError, Table, Value};

/// A finished cell. Numbers are decimals that read back as the same doubles.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Of the sweep it is of.
    pub grid: String,
    /// Its number, from 0.
    pub cell: usize,
    /// Of its luck.
    pub seed: u64,
    /// SHA-256 over its worlds.
    pub digest: String,
    /// A row a design and leakage.
    pub rows: Vec<Row>,
}

/// A design at a leakage in a cell.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The design.
    pub design: String,
    /// ℓ.
    pub ell: String,
    /// By [`FIGURES`]; `None` where there is no such number.
    pub figures: Vec<Option<String>>,
}

/// Columns of the table `headline` and what the table `sweep` calls them.
pub const FIGURES: [(&str, &str); 7] = [
    ("amplification", "amplification"),
    ("gain", "gain"),
    ("dampening", "dampening"),
    ("d_low", "low"),
    ("d_high", "high"),
    ("served", "served"),
    ("lp_pnl", "lp_pnl"),
];

impl Cell {
    /// Runs a cell.
    ///
    /// # Errors
    ///
    /// As [`compare`].
    pub fn run(plan: &Plan, grid: &str, cell: usize) -> Result<Self, ExperimentError> {
        let outcome = compare(plan, &Silent)?;
        let headline = outcome.tables.iter().find(|table| table.name() == "headline");
        let rows = headline.map_or(Ok(Vec::new()), rows)?;
        let (grid, digest) = (grid.to_owned(), outcome.digest.to_string());
        Ok(Self { grid, cell, seed: plan.scenario.seed, digest, rows })
    }
}

fn rows(headline: &Table) -> Result<Vec<Row>, RowError> {
    let place = |column: &str| {
        headline.place(column).ok_or_else(|| RowError::Unknown {
            table: headline.name().to_owned(),
            column: column.to_owned(),
            known: String::new(),
        })
    };
    let (design, ell) = (place("design")?, place("ell")?);
    let columns = FIGURES.iter().map(|(column, _)| place(column));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let text = |value: &Value| (*value != Value::Empty).then(|| value.text().into_owned());
    let row = |cells: &Vec<Value>| Row {
        design: text(&cells[design]).unwrap_or_default(),
        ell: text(&cells[ell]).unwrap_or_default(),
        figures: columns.iter().map(|at| text(&cells[*at])).collect(),
    };
    Ok(headline.rows().iter().map(row).collect())
}
