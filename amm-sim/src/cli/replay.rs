//! `amm-sim replay`: a recorded market, or a recorded price under a scenario.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amm_core::engine::Digest;
use amm_core::num::{Real, Seconds};
use amm_loop::pool::Design;
use serde_json::{Map, Value as Json, json};

use super::compare::{More, compared};
use super::headline;
use super::message::{Message, answer, say};
use super::scenario::{Changes, Choice};
use super::watch::Watch;
use crate::data::path::{Path as Returns, Point};
use crate::data::recorded::{Choice as Listed, Files, RecordError, Recorded, Stage};
use crate::data::{Candle, Format, IndexRow, Input, PoolRow, Reader};
use crate::experiment::{Options, Plan};
use crate::replay::{Replayed, Terms, replay, scenario};
use crate::report;
use crate::rundir::{self, RunDir};
use crate::scenario::written_plan;
use crate::tables;
use amm_rows::Failure;

/// What is replayed, how, and where it goes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Whole chains: rounds, Deribit book summaries, or Tardis options_chain; plain or gzip.
    #[arg(long, value_name = "FILE", required_unless_present = "price")]
    chain: Option<PathBuf>,
    /// Trades: derived flow, or a Deribit or Tardis tape.
    #[arg(long, value_name = "FILE", requires = "chain")]
    flow: Option<PathBuf>,
    /// Index prices; without it the chain's own.
    #[arg(long, value_name = "FILE", requires = "chain")]
    index: Option<PathBuf>,
    /// Which underlying of the files.
    #[arg(long, value_name = "NAME", default_value = "BTC")]
    underlying: String,
    /// Cash that moves spot by 100 %, linear and permanent: an assumption, not data.
    #[arg(long, value_name = "CASH", default_value = "1000000000")]
    depth: Real,
    /// Designs, the first the baseline [default: all].
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    designs: Vec<String>,
    /// Leakages: shares of what the pool does not fill that go to the outside dealer.
    #[arg(long, value_name = "SHARE", value_delimiter = ',', default_values = ["0.5", "0", "1"])]
    leakage: Vec<Real>,
    /// By what share of volatility the pool's price may be worse than the outside surface.
    #[arg(long, value_name = "SHARE", default_value = "0.05")]
    tolerance: Real,
    /// Times every recorded size.
    #[arg(long, value_name = "X", default_value = "1")]
    factor: Real,
    /// Take trades whose side is a guess by the mark alone as well.
    #[arg(long)]
    guesses: bool,
    /// Options change hands without their delta: the hedge of every new one reaches the market too.
    #[arg(long)]
    naked: bool,
    /// Expiries listed at one time, those with the most contracts.
    #[arg(long, value_name = "N", default_value_t = 6)]
    expiries: usize,
    /// Strikes listed an expiry, those with the most contracts.
    #[arg(long, value_name = "N", default_value_t = 15)]
    strikes: usize,
    /// Seconds a block.
    #[arg(long, value_name = "S", default_value_t = 300)]
    block_s: u32,
    /// A price alone, as spot's own path under a scenario's agents: candles, a pool's minutes, an index.
    #[arg(long, value_name = "FILE", conflicts_with = "chain")]
    price: Option<PathBuf>,
    /// Where in the prices to begin, in seconds since 1970 [default: the first].
    #[arg(long, value_name = "S", requires = "price")]
    from: Option<u64>,
    /// The scenario whose agents meet the price [default: stress].
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    more: More,
}

/// The recording and the terms in a run's directory.
const RECORDED: &str = "recorded.bin";
const TERMS: &str = "terms.json";

impl Arguments {
    /// Replays.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        match (&self.chain, &self.price) {
            (Some(chain), _) => self.chain(chain)?,
            (None, Some(price)) => self.price(price)?,
            (None, None) => {
                return Err(Message::wrong("nothing to replay", "name --chain or --price"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Chains and flow.
    fn chain(&self, chain: &Path) -> Result<(), Message> {
        let terms = self.terms()?;
        let files = Files {
            chain: chain.to_owned(),
            flow: self.flow.clone(),
            index: self.index.clone(),
            underlying: self.underlying.clone(),
            step_s: 900,
        };
        let listed =
            Listed { expiries_max: self.expiries, strikes_max: self.strikes, ..Listed::default() };
        let changes = &self.choice.changes;
        let (recorded, report) = changes.spread(|| record(&files, listed))??;
        let done = changes.spread(|| replayed(&recorded, &terms))??;
        let (quotes, held) = report.inside();
        let mut notes = vec![format!(
            "{} of {} snapshots are fitted, and {held} of {quotes} two-sided out-of-the-money quotes \
             hold their fitted volatility.",
            recorded.moments.len(),
            report.snapshots,
        )];
        notes.extend(done.notes.iter().cloned());
        let plan = plan(&recorded, &terms)?;
        let resolved = written_plan(&plan).map_err(Message::failed)?;
        let digest = Digest::of_bytes(resolved.as_bytes()).to_string();
        let directory = match &self.more.out {
            Some(out) => out.clone(),
            None => rundir::default_path(&plan.scenario.title, &digest),
        };
        let run = RunDir::create(&directory)?;
        run.put_scenario("", &resolved)?;
        run.put(RECORDED, &recorded.to_bytes())?;
        let text = serde_json::to_string_pretty(&terms).map_err(Message::failed)?;
        run.put(TERMS, text.as_bytes())?;
        run.put_tables(&done.tables, &tables::Source::new(terms.seed, digest.clone()))?;
        let summary = summary(&plan, &terms, &done, &notes, &digest)?;
        run.put(rundir::SUMMARY, summary.as_bytes())?;
        let page =
            report::write(&directory).map_err(|error| Message::wrong(&error, error.remedy()))?;
        if self.more.json {
            return say(&format!("{summary}\n"));
        }
        let mut text = format!(
            "{}: {} blocks of {} s, {} trades, depth {}; intervals are 95 %, over pieces of time\n\n",
            plan.scenario.title,
            done.blocks,
            terms.block_s,
            recorded.trades.len(),
            terms.depth
        );
        if let Some(table) = done.tables.iter().find(|table| table.name() == "headline") {
            text += &headline::headline(table);
        }
        for note in &notes {
            text += &format!("\n* {note}");
        }
        say(&format!("{text}\n\ndigest {}\n{}\n", done.digest, page.display()))
    }

    fn terms(&self) -> Result<Terms, Message> {
        let names: Vec<&str> = match self.designs.is_empty() {
            true => Design::NAMES.to_vec(),
            false => self.designs.iter().map(String::as_str).collect(),
        };
        let design = |name: &&str| {
            Design::by_name(name).ok_or_else(|| {
                Message::wrong(
                    format!("--designs: there is no design {name}"),
                    format!("there are {}", Design::NAMES.join(", ")),
                )
            })
        };
        Ok(Terms {
            designs: names.iter().map(design).collect::<Result<_, _>>()?,
            leakages: self.leakage.clone(),
            depth: self.depth,
            factor: self.factor,
            tolerance: self.tolerance,
            guesses: self.guesses,
            naked: self.naked,
            block_s: self.block_s,
            horizon: 10,
            piece_s: 7200,
            resamples: crate::stats::RESAMPLES,
            seed: self.choice.changes.seed.unwrap_or(1),
        })
    }

    /// A price alone, under a scenario's agents.
    fn price(&self, file: &Path) -> Result<(), Message> {
        let source = self.choice.source(Some("stress"))?;
        let mut plan = source.plan()?;
        if let Some(paths) = self.more.paths {
            (plan.experiment.paths, plan.experiment.paths_max) = (paths, paths);
        }
        let points = points(file)?;
        let from = self.from.map_or(0, |from| from.saturating_mul(1000));
        let points = points.into_iter().filter(|point| point.time_ms >= from);
        let scenario = &mut plan.scenario;
        let second = |s: u64| Seconds::new(s).unwrap_or(Seconds::MAX);
        let path = Returns::new(points, second(scenario.block_s.into()), second(2 * 3600))
            .map_err(|error| {
                let text = format!("{}: {error}", file.display());
                Message::wrong(text, "see `amm-sim data` for what the file holds")
            })?;
        let mut returns = path.returns;
        returns.truncate(scenario.blocks as usize);
        if returns.len() < scenario.blocks as usize {
            return Err(Message::wrong(
                format!(
                    "{}: {} blocks of {} s from there, and the scenario has {}",
                    file.display(),
                    returns.len(),
                    scenario.block_s,
                    scenario.blocks
                ),
                "begin earlier with --from, or shorten it with --set blocks=N",
            ));
        }
        let name = file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        scenario.title = format!("{} on {name}", scenario.title);
        scenario.why = format!(
            "Spot's own path is {name} from {} s on, in units of which one is worth {} at the start; \
             the agents are the scenario's.",
            path.start.get(),
            scenario.market.spot
        );
        scenario.market.process = amm_loop::spot::Process::Recorded { returns };
        scenario.market.shocks.clear();
        let command = format!("replay --price {name}");
        let out = self.more.out.as_deref();
        compared(&plan, source.text(), &self.choice.changes, (out, &command), &self.more)
    }
}

/// Prices of any file that has some.
fn points(file: &Path) -> Result<Vec<Point>, Message> {
    fn all<T>(file: &Path) -> Result<Vec<Point>, Failure>
    where
        T: crate::data::Row,
        for<'a> Point: From<&'a T>,
    {
        let mut points = Vec::new();
        for row in Reader::<T>::open(file)? {
            points.push(Point::from(&row?));
        }
        Ok(points)
    }
    let description = crate::data::Description::read(Input::open(file)?, |_, _| {})?;
    let points = match description.format {
        Format::Candles => all::<Candle>(file)?,
        Format::PoolFlow => all::<PoolRow>(file)?,
        Format::Index => all::<IndexRow>(file)?,
        other => {
            return Err(Message::wrong(
                format!("{}: is {other}, which has no price path", file.display()),
                "name candles, a pool's minutes or an index",
            ));
        }
    };
    Ok(points)
}

/// The files as one recording.
fn record(
    files: &Files,
    listed: Listed,
) -> Result<(Recorded, crate::data::recorded::Report), Message> {
    let watch = Watch::new();
    let fitting = std::sync::atomic::AtomicUsize::new(usize::MAX);
    let told = |stage: Stage| {
        if let Stage::Fitting { done, of } = stage {
            let before = fitting.swap(done, std::sync::atomic::Ordering::Relaxed);
            match before {
                usize::MAX => watch.start("fitting snapshots", of as u64),
                before => watch.step(done.saturating_sub(before) as u64),
            }
        }
    };
    let made = Recorded::make(files, listed, told);
    watch.stop();
    made.map_err(|error| match error {
        RecordError::File(failure) => failure.into(),
        other => Message::wrong(other, "see --help for the limits"),
    })
}

fn replayed(recorded: &Recorded, terms: &Terms) -> Result<Replayed, Message> {
    let watch = Watch::new();
    watch.start("worlds", (terms.designs.len() * terms.leakages.len() + 1) as u64);
    let done = replay(recorded, terms, &|| watch.step(1));
    watch.stop();
    done.map_err(Message::failed)
}

/// The replay's scenario as a plan: what its directory is known by.
fn plan(recorded: &Recorded, terms: &Terms) -> Result<Plan, Message> {
    let (scenario, _) = scenario(recorded, terms).map_err(Message::failed)?;
    let experiment = Options {
        paths: 1,
        paths_max: 1,
        calibration_paths: 1,
        sample_paths: 1,
        leakages: terms.leakages.clone(),
        placebos: false,
        shocks: Vec::new(),
        frontier: Vec::new(),
        headline_horizon: terms.horizon,
        ..Options::default()
    };
    Ok(Plan { scenario, designs: terms.designs.clone(), experiment })
}

/// The replay of a directory again.
pub(super) fn again(directory: &Path, changes: &Changes) -> Result<Replayed, Message> {
    let broken = |file: &str, why: &dyn std::fmt::Display| {
        let text = format!("{}: {why}", directory.join(file).display());
        Message::wrong(text, "replay the files anew")
    };
    let bytes = fs::read(directory.join(RECORDED)).map_err(|error| broken(RECORDED, &error))?;
    let recorded = Recorded::from_bytes(&bytes).map_err(|error| broken(RECORDED, &error))?;
    let text = fs::read_to_string(directory.join(TERMS)).map_err(|error| broken(TERMS, &error))?;
    let terms: Terms = serde_json::from_str(&text).map_err(|error| broken(TERMS, &error))?;
    changes.spread(|| replayed(&recorded, &terms))?
}

fn summary(
    plan: &Plan,
    terms: &Terms,
    done: &Replayed,
    notes: &[String],
    digest: &str,
) -> Result<String, Message> {
    let scenario = &plan.scenario;
    let mut summary = Map::new();
    let entries: [(&str, Json); 15] = [
        ("kind", json!("replay")),
        ("command", json!(format!("amm-sim replay --depth {}", terms.depth))),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("scenario_digest", json!(digest)),
        ("title", json!(scenario.title)),
        ("why", json!(scenario.why)),
        ("seed", json!(terms.seed)),
        ("paths", json!(1)),
        ("blocks", json!(done.blocks)),
        ("block_s", json!(terms.block_s)),
        ("baseline", json!(terms.designs[0].name)),
        ("headline_horizon", json!(terms.horizon)),
        ("headline", serde_json::to_value(&done.lines).map_err(Message::failed)?),
        ("notes", json!(notes)),
        ("run_digest", json!(done.digest.to_string())),
    ];
    for (key, value) in entries {
        summary.insert(key.to_owned(), value);
    }
    serde_json::to_string_pretty(&summary).map_err(Message::failed)
}

pub(super) const HELP: &str = "\
With --chain the outside market is an exchange as it was: its index, its chain fitted at every
snapshot, its trades at the time before which nobody had seen them. A trade is done with the pool at its
own quote if that is at most --tolerance of volatility worse than the outside surface; else the
leakage's share of it goes to an outside dealer, who hedges in the same spot. Reported: quoted against
exchange volatility, providers' profit by part, loop gain, dampening.

With --price a recorded price is what spot would have done under a scenario's agents, over as many
blocks as the scenario has.

Examples:
  amm-sim replay --chain chain.csv.gz --flow flow.csv.gz --index index.csv --underlying ETH
  amm-sim replay --chain chain.csv.gz --flow flow.csv.gz --depth 10000000000 --designs static,dynamic
  amm-sim replay --price btc_1m.csv.gz --from 1641326400 --paths 64

One stretch of history is one path: what a replay proves and what not is said with its figures.";
