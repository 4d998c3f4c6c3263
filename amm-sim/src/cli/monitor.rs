//! `amm-sim monitor`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;

use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::Setting;

use super::message::{Message, answer, say};
use super::run::chosen;
use super::scenario::Choice;
use crate::monitor::serve::{self, LOOPBACK, Server};
#[cfg(feature = "tui")]
use crate::monitor::tui::{self, Screen};
use crate::monitor::{Control, Follow, Frame, Pace, Simulation, SourceState, told};

/// What to watch, and where to show it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    /// The same as SCENARIO [default: stress].
    #[arg(long = "scenario", value_name = "NAME|FILE", conflicts_with = "scenario")]
    named: Option<String>,
    /// Which of the scenario's designs, or of the built-in ones.
    #[arg(long, value_name = "NAME", default_value = "dynamic")]
    design: String,
    /// Which path of luck.
    #[arg(long, value_name = "N", default_value_t = 0)]
    path: u64,
    /// Blocks a second; 0 is as fast as it goes.
    #[arg(long, value_name = "RATE", default_value = "10")]
    pace: Pace,
    /// Follow a log of events as it grows instead, binary or JSON lines.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scenario", "named", "set", "seed", "design", "path", "pace"])]
    log: Option<PathBuf>,
    /// Serve the page at this address; port 0 is one that is free [default: 127.0.0.1:0].
    #[arg(long, value_name = "ADDRESS", conflicts_with = "once")]
    listen: Option<SocketAddr>,
    /// Let --listen name an address that other machines reach: whoever reaches it reads everything.
    #[arg(long, requires = "listen")]
    allow_remote: bool,
    /// Show it on this terminal; a page is served too if --listen is given.
    #[cfg(feature = "tui")]
    #[arg(long, conflicts_with = "once")]
    tui: bool,
    /// Print what there is to see and exit: all there is of a log, or a run at its end or at --at.
    #[arg(long)]
    once: bool,
    /// With --once: look at the end of this block.
    #[arg(long, value_name = "BLOCK", requires = "once", conflicts_with = "log")]
    at: Option<u32>,
    /// With --once: print the message as one JSON object.
    #[arg(long, requires = "once")]
    json: bool,
}

/// What is watched.
enum Watched {
    Run { scenario: Box<Scenario>, design: Box<Design>, path: u64, pace: Pace },
    Log(PathBuf),
}

impl Arguments {
    /// Watches.
    pub(super) fn run(&self) -> ExitCode {
        answer(self.answer())
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        let watched = self.watched()?;
        if self.once {
            return self.once(&watched);
        }
        #[cfg(feature = "tui")]
        if self.tui {
            return self.on_terminal(watched);
        }
        self.on_page(watched)
    }

    /// Serves the page until the process is told to end.
    fn on_page(&self, watched: Watched) -> Result<ExitCode, Message> {
        let server = Arc::new(self.server(self.listen.unwrap_or(LOOPBACK))?);
        say(&format!("http://{}/\n", server.address()))?;
        let shown = Arc::clone(&server); // it is served on when the run has ended
        let running = Running::start(watched, move |frame| shown.show(&frame), true)?;
        serve::told_to_end().map_err(Message::failed)?;
        running.end()
    }

    /// Draws on the terminal until somebody presses q, and serves the page beside it if that is asked for.
    #[cfg(feature = "tui")]
    fn on_terminal(&self, watched: Watched) -> Result<ExitCode, Message> {
        let server = self.listen.map(|listen| self.server(listen).map(Arc::new)).transpose()?;
        let address = server.as_ref().map(|server| format!("http://{}/", server.address()));
        let screen = Arc::new(Screen::new());
        let (shown, served) = (Arc::clone(&screen), server.clone());
        let show = move |frame: Frame| {
            if let Some(server) = &served {
                server.show(&frame);
            }
            shown.show(frame);
        };
        let running = Running::start(watched, show, false)?;
        let drawn = tui::run(&screen, &running.control, address.as_deref());
        let ended = running.end();
        drawn.map_err(|error| Message::failed(format!("the terminal: {error}")))?;
        ended
    }

    /// A server at an address, which is this machine's own unless the user says otherwise.
    fn server(&self, listen: SocketAddr) -> Result<Server, Message> {
        if !listen.ip().is_loopback() {
            if !self.allow_remote {
                let text = format!("--listen {listen}: other machines could read the page");
                let remedy = "listen at 127.0.0.1, or say --allow-remote if they may";
                return Err(Message::wrong(text, remedy));
            }
            eprintln!(
                "{listen} can be reached by other machines: whoever reaches it reads everything"
            );
        }
        Server::start(listen).map_err(|error| {
            let remedy = "name another port, or 0 for one that is free";
            Message::wrong(format!("--listen {listen}: {error}"), remedy)
        })
    }

    fn watched(&self) -> Result<Watched, Message> {
        if let Some(file) = &self.log {
            return Ok(Watched::Log(file.clone()));
        }
        let scenario = self.named.clone().or_else(|| self.choice.scenario.clone());
        let source = Choice { scenario, ..self.choice.clone() }.source(Some("stress"))?;
        let (scenario, designs) = (source.scenario()?, source.designs()?);
        let design = Box::new(chosen(&self.design, &source, &designs)?);
        if self.at.is_some_and(|at| at > scenario.blocks) {
            let text =
                format!("--at {}: is no block of this scenario", self.at.unwrap_or_default());
            let remedy = format!("name one from 0 to {}", scenario.blocks);
            return Err(Message::wrong(text, remedy));
        }
        Ok(Watched::Run { scenario: Box::new(scenario), design, path: self.path, pace: self.pace })
    }

    /// One look, without anybody waiting.
    fn once(&self, watched: &Watched) -> Result<ExitCode, Message> {
        let frame = match watched {
            Watched::Run { scenario, design, path, .. } => {
                let setting = setting();
                let run = Simulation::new(scenario, design, &setting, *path);
                let mut run = run.map_err(Message::failed)?;
                let last = self.at.unwrap_or(scenario.blocks);
                while run.blocks() < last && run.step() {}
                if let Some(why) = run.failure() {
                    return Err(Message::failed(why));
                }
                run.frame(false)
            }
            Watched::Log(file) => {
                let mut log = Follow::new(file);
                while log.step() {}
                if let Some(failure) = log.failure() {
                    return Err(Message::wrong(failure, LOG));
                }
                if !log.has_begun() {
                    let text = format!("{}: holds no whole state yet", file.display());
                    return Err(Message::wrong(text, LOG));
                }
                log.frame(SourceState::Idle)
            }
        };
        match self.json {
            true => say(&format!("{}\n", serde_json::to_string(&frame).map_err(Message::failed)?))?,
            false => say(&told(&frame))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What to do about a log that cannot be followed.
const LOG: &str =
    "name a log as `amm-sim quote --log` writes it; `amm-sim verify` says all about one";

/// As `amm-sim run` has it, so that the same run has the same digest.
fn setting() -> Setting {
    Setting { samples: true, ..Setting::default() }
}

impl Watched {
    /// Watches until the end, or until it is told to stop; why it has stopped early.
    fn run(self, control: &Control, mut show: impl FnMut(Frame)) -> Option<String> {
        match self {
            Self::Run { scenario, design, path, pace } => {
                let setting = setting();
                match Simulation::new(&scenario, &design, &setting, path) {
                    Ok(mut run) => {
                        run.run(pace, control, &mut show);
                        run.failure().map(str::to_owned)
                    }
                    Err(why) => Some(why.to_string()),
                }
            }
            Self::Log(file) => {
                let mut log = Follow::new(&file);
                log.run(control, &mut show);
                log.failure().map(ToString::to_string)
            }
        }
    }
}

/// What is watched, on a thread of its own.
struct Running {
    control: Arc<Control>,
    thread: JoinHandle<Option<String>>,
    aloud: bool,
}

impl Running {
    /// Starts it; if it stops early that is told `aloud` when it happens.
    fn start(
        watched: Watched,
        mut show: impl FnMut(Frame) + Send + 'static,
        aloud: bool,
    ) -> Result<Self, Message> {
        let control = Arc::new(Control::new());
        let held = Arc::clone(&control);
        let run = move || {
            let mut told = !aloud;
            let show = |frame: Frame| {
                if let Some(why) = frame.source.failure.as_ref().filter(|_| !told) {
                    eprintln!("{why}");
                    told = true;
                }
                show(frame);
            };
            watched.run(&held, show)
        };
        let thread = std::thread::Builder::new().name("watched".to_owned()).spawn(run);
        Ok(Self { control, thread: thread.map_err(Message::failed)?, aloud })
    }

    /// Ends it, and says why it has stopped early if it has.
    fn end(self) -> Result<ExitCode, Message> {
        self.control.stop();
        match self.thread.join() {
            Ok(None) => Ok(ExitCode::SUCCESS),
            Ok(Some(why)) => Err(Message::failed(if self.aloud { "" } else { &why })),
            Err(_) => Err(Message::failed("what was watched has panicked")),
        }
    }
}

pub(super) const HELP: &str = "\
SCENARIO is a file or the name of a built-in scenario (`amm-sim compare --list`): one design on one path
of it, block by block, as `amm-sim run` does it and with the same digest. With --log it is a log that
another program is writing.

The page needs nothing but this command: it works offline and asks for nothing elsewhere. It is served to
this machine alone, and only read. It shows gamma by strike and expiry, its profile with flip and walls,
the loop gain now and where spot may go, realised against quoted volatility, the surface, flow, reserves,
and warns, with the reason:
  loop gain           above 0.4, 0.6 and 0.8: watch, warning, alarm; of the pool, or of all hedgers
  loop gain ahead     the same in the worst band of spot of any expiry
  realised / quoted   above 1, 1.25 and 1.5
  flow                70, 90 and 97 % of the most that one-sided trading is charged
  stress              above 0.25, 0.5 and 0.75: the predictor's score of what is to come
  inputs              older than half of what opening allows, than opening, than closing allows
For programs: /frame.json is the last message, /events all of them as server-sent events.

On the terminal: left and right turn the page, up and down scroll, space or p stops the run and lets it
go on, q ends.

Examples:
  amm-sim monitor
  amm-sim monitor vault-auction --design static --pace 4 --listen 127.0.0.1:8080
  amm-sim monitor --tui --scenario stress --pace 20
  amm-sim quote --market m.toml --trades t.csv --log t.log && amm-sim monitor --log t.log
  amm-sim monitor stress --once --at 312 --json | jq '.warnings[].reason'

Exit code 2 for a scenario or a log that cannot be used, or an address that other machines reach without
--allow-remote.";
