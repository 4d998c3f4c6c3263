//! `amm-sim sweep`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amm_core::engine::Digest;
use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::message::{Message, answer, say};
use super::scenario::{Changes, Choice};
use super::watch::Watch;
use crate::experiment::Plan;
use crate::report;
use crate::rundir::{self, RunDir};
use crate::scenario::{Source, written_plan};
use crate::sweep::{Axis, CELLS_MAX, Cell, Folder, GRID, Grid, Merged, SweepError, merge};
use crate::tables;

/// What is swept, which part of it, and where it goes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    /// A parameter and its values, say market.depth.base=1e8,2e8,4e8; each further one is crossed with it.
    #[arg(long, value_name = "KEY=V1,V2,...")]
    over: Vec<String>,
    /// Paths of every cell, in place of the scenario's.
    #[arg(long, value_name = "N")]
    paths: Option<u32>,
    /// Do only the cells of this shard, from 0.
    #[arg(long, value_name = "I", requires = "of")]
    shard: Option<usize>,
    /// How many shards there are.
    #[arg(long, value_name = "N", requires = "shard")]
    of: Option<usize>,
    /// Join finished shards: their directories.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with_all = ["scenario", "over", "shard"])]
    merge: Vec<PathBuf>,
    /// Where the sweep is written [default: runs/TITLE-DIGEST].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
}

/// What a cell leaves out of a comparison.
const LEAN: [&str; 4] = [
    "experiment.placebos=false",
    "experiment.shocks=[]",
    "experiment.frontier=[]",
    "experiment.sample_paths=0",
];

impl Arguments {
    /// Does the cells that are missing, or joins shards.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        if !self.merge.is_empty() {
            return self.join();
        }
        let mut source = self.choice.source(None)?;
        for change in LEAN {
            source.set(change)?;
        }
        if let Some(paths) = self.paths {
            source.set(&format!("experiment.paths={paths}"))?;
            source.set(&format!("experiment.paths_max={paths}"))?;
        }
        let base = source.plan()?;
        let resolved = written_plan(&base).map_err(Message::failed)?;
        let grid = self.grid(&resolved)?;
        let cells = grid.cells().filter(|cells| *cells <= CELLS_MAX);
        let cells = cells.ok_or_else(|| {
            Message::wrong(format!("there are more than {CELLS_MAX} cells"), "sweep fewer values")
        })?;
        let (shard, of) = (self.shard.unwrap_or(0), self.of.unwrap_or(1));
        if shard >= of {
            let text = format!("--shard {shard} --of {of}: there is no such shard");
            return Err(Message::wrong(
                text,
                "shards are numbered from 0 to one less than there are",
            ));
        }
        let plans = plans(&source, &grid)?;
        let directory = match &self.out {
            Some(directory) => directory.clone(),
            None => rundir::default_path(&format!("sweep {}", base.scenario.title), &grid.digest()),
        };
        let folder =
            Folder::begin(&directory, &grid, (source.text(), &resolved)).map_err(message)?;
        let mine: Vec<usize> = (shard..cells).step_by(of).collect();
        let missing: Vec<usize> =
            mine.iter().copied().filter(|cell| folder.cell(*cell).is_none()).collect();
        let watch = Watch::new();
        watch.start("cells", missing.len() as u64);
        let work = || {
            missing.par_iter().with_max_len(1).try_for_each(|cell| {
                let done = cell_of(&plans[*cell], &grid, *cell)?;
                folder.keep(&done)?;
                watch.step(1);
                Ok::<(), Message>(())
            })
        };
        self.choice.changes.spread(work)??;
        drop(watch);
        if of > 1 {
            let text = match self.json {
                true => format!(
                    "{}\n",
                    json!({ "shard": shard, "of": of, "cells": mine.len(), "directory": directory })
                ),
                false => format!(
                    "shard {shard} of {of}: {} of {cells} cells, {} of them new\n{}\n",
                    mine.len(),
                    missing.len(),
                    directory.display()
                ),
            };
            say(&text)?;
            return Ok(ExitCode::SUCCESS);
        }
        self.finish(&[folder], &directory, &base)
    }

    fn grid(&self, resolved: &str) -> Result<Grid, Message> {
        if self.over.is_empty() {
            return Err(Message::wrong(
                "nothing is swept",
                "say --over market.depth.base=1e8,2e8,4e8",
            ));
        }
        let mut over: Vec<Axis> = Vec::new();
        for text in &self.over {
            let axis = Axis::parse(text);
            let axis = axis
                .map_err(|error| Message::wrong(error, "write KEY=V1,V2,..., each value once"))?;
            if over.iter().any(|known| known.key == axis.key) {
                let text = format!("--over {text}: {} is swept already", axis.key);
                return Err(Message::wrong(text, "put all its values into one --over"));
            }
            over.push(axis);
        }
        let scenario_digest = Digest::of_bytes(resolved.as_bytes()).to_string();
        Ok(Grid { over, scenario_digest, version: env!("CARGO_PKG_VERSION").to_owned() })
    }

    fn join(&self) -> Result<ExitCode, Message> {
        let folders = self.merge.iter().map(|path| Folder::open(path).map_err(message));
        let folders = folders.collect::<Result<Vec<_>, _>>()?;
        let first = folders[0].run();
        let name = first.path().join(rundir::SCENARIO).display().to_string();
        let source = Source::read(&first.get(rundir::SCENARIO)?, &name)?;
        let base = source.plan()?;
        let directory = self.out.clone().unwrap_or_else(|| self.merge[0].clone());
        self.finish(&folders, &directory, &base)
    }

    /// Writes the table of a sweep whose cells are all done.
    fn finish(
        &self,
        folders: &[Folder],
        directory: &Path,
        base: &Plan,
    ) -> Result<ExitCode, Message> {
        let Merged { table, digest, cells } = merge(folders).map_err(message)?;
        let grid = folders[0].grid();
        let run = RunDir::enter(directory)?;
        if !folders.iter().any(|folder| folder.run().path() == directory) {
            let from = folders[0].run();
            run.put_scenario(
                &from.get(rundir::GIVEN)?,
                &written_plan(base).map_err(Message::failed)?,
            )?;
            run.put(GRID, &serde_json::to_vec_pretty(grid).map_err(Message::failed)?)?;
        }
        let scenario = &base.scenario;
        let source = tables::Source::new(scenario.seed, grid.scenario_digest.clone());
        run.put_tables(std::slice::from_ref(&table), &source)?;
        let axes = grid
            .over
            .iter()
            .map(|axis| format!(" --over '{}={}'", axis.key, axis.values.join(",")));
        let summary = json!({
            "kind": "sweep",
            "title": format!("{}, swept", scenario.title),
            "why": scenario.why,
            "command": format!("amm-sim sweep scenario.toml{}", axes.collect::<String>()),
            "seed": scenario.seed,
            "scenario_digest": grid.scenario_digest,
            "run_digest": digest,
            "version": grid.version,
            "cells": cells,
            "paths": base.experiment.paths,
            "blocks": scenario.blocks,
            "block_s": scenario.block_s,
            "baseline": base.designs[0].name,
        });
        let summary: Json = summary;
        let text = serde_json::to_string_pretty(&summary).map_err(Message::failed)?;
        run.put(rundir::SUMMARY, text.as_bytes())?;
        let page =
            report::write(directory).map_err(|error| Message::wrong(&error, error.remedy()))?;
        match self.json {
            true => say(&format!("{text}\n"))?,
            false => say(&format!(
                "{cells} cells, {} rows: {}\ndigest {digest}\n{}\n",
                table.rows().len(),
                directory.join(rundir::TABLES).join("sweep.csv").display(),
                page.display(),
            ))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The plan of every cell: what is wrong with one is said before any is run.
fn plans(source: &Source, grid: &Grid) -> Result<Vec<Plan>, Message> {
    let plan = |cell: usize| {
        let mut source = source.clone();
        for (key, value) in grid.cell(cell) {
            source.set(&format!("{key}={value}"))?;
        }
        Ok(source.plan()?)
    };
    (0..grid.cells().unwrap_or(0)).map(plan).collect()
}

fn cell_of(plan: &Plan, grid: &Grid, cell: usize) -> Result<Cell, Message> {
    Cell::run(plan, &grid.digest(), cell)
        .map_err(|error| Message::failed(format!("cell {cell}: {error}")))
}

/// All cells of a sweep anew, without a file.
pub(super) fn again(source: &Source, grid: &Grid, changes: &Changes) -> Result<Merged, Message> {
    let plans = plans(source, grid)?;
    let aside = std::env::temp_dir().join(format!("amm-sim-sweep-{}", std::process::id()));
    let folder = Folder::begin(&aside, grid, ("", "")).map_err(message)?;
    let work = || {
        (0..plans.len()).into_par_iter().with_max_len(1).try_for_each(|cell| {
            folder.keep(&cell_of(&plans[cell], grid, cell)?)?;
            Ok::<(), Message>(())
        })
    };
    let done = changes.spread(work);
    let merged = merge(std::slice::from_ref(&folder)).map_err(message);
    let removed = std::fs::remove_dir_all(&aside);
    done??;
    removed.map_err(|error| Message::failed(format!("{}: {error}", aside.display())))?;
    merged
}

/// As a command tells it.
pub(super) fn message(error: SweepError) -> Message {
    match error {
        SweepError::Run(error) => Message::from(error),
        error => Message::wrong(&error, error.remedy()),
    }
}

pub(super) const HELP: &str = "\
Every cell is a comparison of all designs without placebos, shocks and frontier. A finished cell is one
file in the directory's folder `cells`: a sweep that was stopped goes on where it was when it is begun
again with the same arguments. All cells have the scenario's seed, so they share their luck, and --shard
I --of N does cells I, I+N, I+2N, ...: the rows are the same however the work is split.

Columns of tables/sweep.csv and .parquet: the parameters, design, amplification, gain, dampening with the
ends of its 95 % interval, served, lp_pnl, ell, and the cell's number, seed and digest.

Examples:
  amm-sim sweep stress --over market.depth.base=1e8,2e8,4e8 --paths 32
  amm-sim sweep stress --over market.depth.base=1e8,2e8 --over agents.gamma_seller.elasticity=0,10,100
  for i in 0 1 2 3; do
    amm-sim sweep stress --over seed=1,2,3,4,5,6,7,8 --shard $i --of 4 --out part-$i &
  done; wait
  amm-sim sweep --merge part-* --out whole

scripts/sweep.sbatch does this as a Slurm array, scripts/sweep_ray.py under Ray.";
