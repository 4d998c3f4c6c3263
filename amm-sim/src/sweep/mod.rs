//! Sweeps: a comparison in every cell of a grid of parameters.
//!
//! A finished cell is one file in the run's folder `cells`, there whole or not at all. A sweep that is
//! begun again does the cells that are missing. A shard does every so-manieth cell, and cells do not
//! know of shards, so that [`merge`] gives the same table however the work was split.

mod cell;
mod grid;

pub use cell::{Cell, FIGURES, Row};
pub use grid::{Axis, AxisError, CELLS_MAX, Grid};

use std::fs;
use std::path::{Path, PathBuf};

use amm_core::engine::Digest;

use crate::rundir::{RunDir, RunError};
use crate::tables::{Column, Holds, RowError, Table, Value, schema};

/// The file of a sweep's grid.
pub const GRID: &str = "sweep.json";

/// The folder of finished cells.
const CELLS: &str = "cells";

/// The directory of a sweep, finished or not.
#[derive(Clone, Debug)]
pub struct Folder {
    run: RunDir,
    grid: Grid,
}

/// Why there is no table of a sweep.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A directory with another sweep in it.
    #[error("{path}: holds another sweep: of {found}, not of {wanted}")]
    Other {
        /// The directory.
        path: String,
        /// Its grid's digest.
        found: String,
        /// The one looked for.
        wanted: String,
    },
    /// A directory without a sweep in it.
    #[error("{path}: holds no sweep: {why}")]
    NoSweep {
        /// The directory.
        path: String,
        /// The fact.
        why: String,
    },
    /// Cells that are not done.
    #[error("{missing} of {cells} cells are not done: {first}")]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        cells: usize,
        /// Some of them.
        first: String,
    },
    /// Two results of one cell.
    #[error("cell {cell} was done twice and came out differently: {one} and {other}")]
    Twice {
        /// Its number.
        cell: usize,
        /// A digest.
        one: String,
        /// The other digest.
        other: String,
    },
    /// A file.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A row.
    #[error(transparent)]
    Row(#[from] RowError),
}

impl SweepError {
    /// What the user can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Other { .. } => "name another directory with --out, or move this one away",
            Self::NoSweep { .. } => "name a directory that `amm-sim sweep` wrote",
            Self::Missing { .. } => {
                "run the sweep, or those shards, again: what is done stays done"
            }
            Self::Twice { .. } => "run one of them again: the same cell always comes out the same",
            Self::Run(error) => error.remedy(),
            Self::Row(_) => "this is a defect of the program: keep the directory and report it",
        }
    }
}

impl Folder {
    /// A directory in which a sweep is to be done, or is being done.
    ///
    /// # Errors
    ///
    /// [`SweepError::Other`], or as [`RunDir::enter`].
    pub fn begin(
        path: &Path,
        grid: &Grid,
        (given, resolved): (&str, &str),
    ) -> Result<Self, SweepError> {
        let run = RunDir::enter(path)?;
        let file = path.join(GRID);
        if file.exists() {
            let found = Self::open(path)?.grid.digest();
            let (path, wanted) = (path.display().to_string(), grid.digest());
            if found != wanted {
                return Err(SweepError::Other { path, found, wanted });
            }
        } else {
            run.put_scenario(given, resolved)?;
            run.put(GRID, &serde_json::to_vec_pretty(grid).unwrap_or_default())?;
        }
        let cells = path.join(CELLS);
        let failed = |error| RunError::System { path: cells.display().to_string(), error };
        fs::create_dir_all(&cells).map_err(failed)?;
        Ok(Self { run, grid: grid.clone() })
    }

    /// A directory in which a sweep was begun.
    ///
    /// # Errors
    ///
    /// [`SweepError::NoSweep`], or as [`RunDir::open`].
    pub fn open(path: &Path) -> Result<Self, SweepError> {
        let run = RunDir::open(path)?;
        let no_sweep = |why: String| SweepError::NoSweep { path: path.display().to_string(), why };
        let text = run.get(GRID).map_err(|_| no_sweep(format!("there is no {GRID}")))?;
        let grid =
            serde_json::from_str(&text).map_err(|error| no_sweep(format!("{GRID}: {error}")))?;
        Ok(Self { run, grid })
    }

    /// Its grid.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The run's directory.
    pub const fn run(&self) -> &RunDir {
        &self.run
    }

    /// A finished cell; `None` if it is not done, or its file is not whole or of another sweep.
    pub fn cell(&self, cell: usize) -> Option<Cell> {
        let bytes = fs::read(self.file(cell)).ok()?;
        let found: Cell = serde_json::from_slice(&bytes).ok()?;
        (found.grid == self.grid.digest() && found.cell == cell).then_some(found)
    }

    /// Keeps a finished cell.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn keep(&self, cell: &Cell) -> Result<(), RunError> {
        let bytes = serde_json::to_vec_pretty(cell).unwrap_or_default();
        crate::rundir::put(&self.file(cell.cell), &bytes)
    }

    fn file(&self, cell: usize) -> PathBuf {
        self.run.path().join(CELLS).join(format!("{cell:06}.json"))
    }
}

/// A sweep's table, its digest, and its seed if all cells have one.
#[derive(Clone, Debug)]
pub struct Merged {
    /// A row a cell, design and leakage, in the cells' order.
    pub table: Table,
    /// SHA-256 over the cells' digests.
    pub digest: String,
    /// How many cells.
    pub cells: usize,
}

/// Joins the cells of one or more directories of the same sweep.
///
/// # Errors
///
/// [`SweepError`] if one is of another sweep, if cells are missing, or if two differ.
pub fn merge(folders: &[Folder]) -> Result<Merged, SweepError> {
    let Some(first) = folders.first() else {
        let (path, why) = (String::new(), "no directory is named".to_owned());
        return Err(SweepError::NoSweep { path, why });
    };
    let (grid, wanted) = (&first.grid, first.grid.digest());
    for folder in folders {
        let found = folder.grid.digest();
        if found != wanted {
            let path = folder.run.path().display().to_string();
            return Err(SweepError::Other { path, found, wanted });
        }
    }
    let cells = grid.cells().unwrap_or(usize::MAX).min(CELLS_MAX);
    let (mut done, mut missing) = (Vec::with_capacity(cells), Vec::new());
    for cell in 0..cells {
        let mut found = folders.iter().filter_map(|folder| folder.cell(cell));
        let Some(one) = found.next() else {
            missing.push(cell);
            continue;
        };
        if let Some(other) = found.find(|other| *other != one) {
            let (one, other) = (one.digest, other.digest);
            return Err(SweepError::Twice { cell, one, other });
        }
        done.push(one);
    }
    if !missing.is_empty() {
        let first: Vec<String> = missing.iter().take(10).map(usize::to_string).collect();
        let more = if missing.len() > 10 { ", …" } else { "" };
        let first = format!("{}{more}", first.join(", "));
        return Err(SweepError::Missing { missing: missing.len(), cells, first });
    }
    let digests: String = done.iter().map(|cell| cell.digest.as_str()).collect();
    let digest = Digest::of_bytes(digests.as_bytes()).to_string();
    Ok(Merged { table: table(grid, &done)?, digest, cells })
}

fn table(grid: &Grid, cells: &[Cell]) -> Result<Table, RowError> {
    let holds = |axis: &Axis| {
        let number = |value: &String| decimal(value).is_some();
        if axis.values.iter().all(number) { Holds::Float } else { Holds::Text }
    };
    let axes: Vec<(&str, Holds)> =
        grid.over.iter().map(|axis| (axis.key.as_str(), holds(axis))).collect();
    let known = schema::sweep(axes.iter().copied());
    let swept = |name: &str| axes.iter().any(|(key, _)| *key == name);
    let mut columns = known.columns().to_vec();
    let leakage = "leakage: the share of refused buyers who buy elsewhere";
    columns.push(Column::new("ell", Holds::Float, "1", leakage));
    columns.push(Column::new("cell", Holds::Integer, "", "number of the cell, from 0"));
    columns.push(Column::new("digest", Holds::Text, "", "SHA-256 over the cell's worlds"));
    if !swept(SEED) {
        columns.push(Column::new(SEED, Holds::Text, "", "of the cell's luck"));
    }
    let mut table = Table::new("sweep", known.title().to_owned(), columns);
    for cell in cells {
        let set = grid.cell(cell.cell);
        for row in &cell.rows {
            let mut cells: Vec<(&str, Value)> = Vec::new();
            for ((key, text), (_, holds)) in set.iter().zip(&axes) {
                let value = match holds {
                    Holds::Float => decimal(text).into(),
                    _ => (*text).to_owned().into(),
                };
                cells.push((key, value));
            }
            for ((_, column), figure) in FIGURES.iter().zip(&row.figures) {
                cells.push((column, figure.as_deref().and_then(decimal).into()));
            }
            cells.extend([
                ("design", row.design.clone().into()),
                ("ell", decimal(&row.ell).into()),
                ("cell", cell.cell.into()),
                ("digest", cell.digest.clone().into()),
            ]);
            if !swept(SEED) {
                cells.push((SEED, cell.seed.to_string().into()));
            }
            table.push(cells)?;
        }
    }
    Ok(table)
}

/// The column of the cells' luck.
const SEED: &str = "seed";

/// A decimal as people and files write it.
fn decimal(text: &str) -> Option<f64> {
    let plain: String = text.trim_matches('"').chars().filter(|c| *c != '_').collect();
    plain.parse().ok().filter(|number: &f64| number.is_finite() && number.abs() < EXACT)
}

/// Below this every whole number is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;
