//! `amm-sim run`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amm_core::engine::Digest;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};
use serde::{Deserialize, Serialize};

use super::message::{Message, answer, say};
use super::scenario::Choice;
use super::watch::Watch;
use crate::experiment::Options;
use crate::rundir::{self, RunDir};
use crate::scenario::{EXAMPLE, Source, schema, written};
use crate::single::{Came, Saved, result, series};
use crate::tables::{self, Table};

/// Which world, and where its series goes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    /// Which of the scenario's designs, or of the built-in ones [default: the scenario's first].
    #[arg(long, value_name = "NAME")]
    design: Option<String>,
    /// Which path of luck.
    #[arg(long, value_name = "N", default_value_t = 0)]
    path: u64,
    /// Where the run is written [default: runs/TITLE-DIGEST].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Save the world after so many blocks.
    #[arg(long, num_args = 2, value_names = ["BLOCK", "FILE"])]
    save_at: Vec<String>,
    /// Go on with a saved world.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of scenario files.
    #[arg(long)]
    print_schema: bool,
    /// Print a scenario file in which every key is explained.
    #[arg(long)]
    print_example: bool,
}

/// What a run was: its `summary.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Summary {
    /// `run`.
    pub(super) kind: String,
    /// What was typed.
    pub(super) command: String,
    /// Of the scenario.
    pub(super) title: String,
    /// Of the scenario.
    pub(super) why: String,
    /// Of the scenario.
    pub(super) seed: u64,
    /// SHA-256 of the scenario.
    pub(super) scenario_digest: String,
    /// SHA-256 of the world's state.
    pub(super) run_digest: String,
    /// Of this program.
    pub(super) version: String,
    /// The design.
    pub(super) design: String,
    /// The path of luck.
    pub(super) path: u64,
    /// What it came to.
    pub(super) came: Came,
}

/// One world that has been run.
pub(super) struct Ran {
    pub(super) came: Came,
    pub(super) series: Table,
}

/// Where to stop on the way, and what to do there.
type Stop<'a> = Option<(u32, &'a dyn Fn(&World<'_>) -> Result<(), Message>)>;

impl Arguments {
    /// Runs the world and writes its series.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        if self.print_example {
            say(EXAMPLE)?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.print_schema {
            let text =
                serde_json::to_string_pretty(&schema::<Options>()).map_err(Message::failed)?;
            say(&format!("{text}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let source = self.choice.source(None)?;
        let (scenario, designs) = (source.scenario()?, source.designs()?);
        let design = match &self.design {
            None => designs[0].clone(),
            Some(name) => chosen(name, &source, &designs)?,
        };
        let resolved = resolved(&source, &scenario, &designs)?;
        let digest = Digest::of_bytes(resolved.as_bytes()).to_string();
        let own = serde_json::to_string(&design).map_err(Message::failed)?;
        let head = Saved {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario_digest: Digest::of_bytes(format!("{digest}{own}").as_bytes()).to_string(),
            design: design.name.clone(),
            path: self.path,
            block: 0,
            digest: String::new(),
        };
        let bytes = self.resume.as_ref().map(|file| open(file)).transpose()?;
        let state = match (&bytes, &self.resume) {
            (Some(bytes), Some(file)) => Some(Saved::read(bytes, &head).map_err(|error| {
                let remedy = "resume with the scenario, --set, --seed, --design and --path that it was saved with";
                Message::wrong(format!("{}: {error}", file.display()), remedy)
            })?.1),
            _ => None,
        };
        let save = self.saves(&scenario)?;
        let keep = |world: &World<'_>| match &save {
            Some((_, file)) => {
                let state = world.save();
                let digest = Digest::of_bytes(&state).to_string();
                let head = Saved { block: world.blocks(), digest, ..head.clone() };
                Ok(rundir::put(file, &head.write(&state))?)
            }
            None => Ok(()),
        };
        let stop: Stop<'_> = match &save {
            Some((block, _)) => Some((*block, &keep)),
            None => None,
        };
        let ran = world(&scenario, &design, self.path, state, stop)?;
        let directory =
            self.out.clone().unwrap_or_else(|| rundir::default_path(&scenario.title, &digest));
        let summary = Summary {
            kind: "run".to_owned(),
            command: format!(
                "amm-sim run {} --design '{}' --path {}",
                self.choice.scenario.as_deref().unwrap_or("-"),
                design.name,
                self.path
            ),
            title: scenario.title.clone(),
            why: scenario.why.clone(),
            seed: scenario.seed,
            scenario_digest: digest.clone(),
            run_digest: ran.came.digest.clone(),
            version: head.version.clone(),
            design: design.name.clone(),
            path: self.path,
            came: ran.came.clone(),
        };
        let run = RunDir::create(&directory)?;
        run.put_scenario(source.text(), &resolved)?;
        run.put_tables(&[ran.series], &tables::Source::new(scenario.seed, digest))?;
        let text = serde_json::to_string_pretty(&summary).map_err(Message::failed)?;
        run.put(rundir::SUMMARY, text.as_bytes())?;
        match self.json {
            true => say(&format!("{text}\n"))?,
            false => say(&format!("{}\n{}\n", told(&summary), directory.display()))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn saves(&self, scenario: &Scenario) -> Result<Option<(u32, PathBuf)>, Message> {
        let [block, file] = &self.save_at[..] else { return Ok(None) };
        let at = block.parse::<u32>().ok().filter(|block| *block <= scenario.blocks);
        let wrong = || {
            let text = format!("--save-at {block}: is no block of this scenario");
            Message::wrong(text, format!("name one from 0 to {}", scenario.blocks))
        };
        Ok(Some((at.ok_or_else(wrong)?, PathBuf::from(file))))
    }
}

/// A design of the scenario, or a built-in one, by its name.
pub(super) fn chosen(name: &str, source: &Source, designs: &[Design]) -> Result<Design, Message> {
    let listed = designs.iter().find(|design| design.name == *name).cloned();
    listed.or_else(|| Design::by_name(name)).ok_or_else(|| {
        let listed = designs.iter().map(|design| design.name.as_str());
        let mut names: Vec<&str> = listed.chain(Design::NAMES).collect();
        names.sort_unstable();
        names.dedup();
        let text = format!("{} has no design `{name}`", source.file());
        Message::wrong(text, format!("there are {}", names.join(", ")))
    })
}

/// The file that says all of a scenario.
pub(super) fn resolved(
    source: &Source,
    scenario: &Scenario,
    designs: &[Design],
) -> Result<String, Message> {
    let options: Options = source.experiment()?;
    written(scenario, designs, &options).map_err(Message::failed)
}

/// Runs a world from its start, or from a saved state.
pub(super) fn world(
    scenario: &Scenario,
    design: &Design,
    path: u64,
    state: Option<&[u8]>,
    stop: Stop<'_>,
) -> Result<Ran, Message> {
    let setting = Setting { samples: true, ..Setting::default() };
    let mut world = match state {
        None => World::new(scenario, design, &setting, path),
        Some(bytes) => World::restore(scenario, design, &setting, path, bytes),
    }
    .map_err(Message::failed)?;
    let watch = Watch::new();
    watch.start(&format!("{} blocks", design.name), u64::from(scenario.blocks - world.blocks()));
    loop {
        if let Some((_, then)) = stop.filter(|(block, _)| *block == world.blocks()) {
            then(&world)?;
        }
        let block = world.blocks() + 1;
        let step = world.step();
        match step.map_err(|error| Message::failed(format!("block {block}: {error}")))? {
            true => watch.step(1),
            false => break,
        }
    }
    drop(watch);
    let came = result(&world, &format!("{:.6}", scenario.market.spot)).map_err(Message::failed)?;
    let start = scenario.market.start.get();
    let series = series(&world.tape().path, start, scenario.block_s).map_err(Message::failed)?;
    Ok(Ran { came, series })
}

fn open(file: &Path) -> Result<Vec<u8>, Message> {
    fs::read(file).map_err(|error| {
        Message::wrong(format!("{}: {error}", file.display()), "name a file that --save-at wrote")
    })
}

/// A run for people.
fn told(summary: &Summary) -> String {
    let Came { blocks, spot, gain, trades, demand, worth, digest } = &summary.came;
    let [wanted, served, refused, deterred, displaced] = demand;
    format!(
        "{}: {}, path {}\n\
         \x20 blocks     {blocks}\n\
         \x20 spot       {} to {}\n\
         \x20 loop gain  {} on average, {} to {}\n\
         \x20 trades     {} sold by the pool, {} bought\n\
         \x20 vega       wanted {wanted}, served {served}, refused {refused}, deterred {deterred}, displaced {displaced}\n\
         \x20 providers  worth {}, greatest fall {}\n\
         \x20 digest     {digest}",
        summary.title,
        summary.design,
        summary.path,
        spot[0],
        spot[1],
        gain[0],
        gain[1],
        gain[2],
        trades[0],
        trades[1],
        worth[0],
        worth[1],
    )
}

pub(super) const HELP: &str = "\
SCENARIO is a file or the name of a built-in scenario (`amm-sim compare --list`). The run's directory
gets scenario.toml (all defaults in place), summary.json, and tables/series.csv and .parquet: block,
time, spot, loop gain, volatility quoted, the providers' worth.

A world that is saved and gone on with ends in the same state, to the bit, as one that was not.

Examples:
  amm-sim run stress
  amm-sim run stress --design dynamic --path 3 --set market.depth.base=2e8 --json | jq -r .run_digest
  amm-sim run stress --save-at 400 half.world && amm-sim run stress --resume half.world
  amm-sim run --print-example > mine.toml && amm-sim run mine.toml
  amm-sim run --print-schema > scenario.schema.json

Exit code 2 for a scenario that cannot be used, as file:line:column: key: reason.";
