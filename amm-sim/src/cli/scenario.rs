//! What every command on a scenario takes.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use super::message::Message;
use crate::scenario::{BUILTIN, Source, builtin};

/// Which scenario, and what to change about it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Choice {
    /// A scenario file, TOML, or the name of a built-in one; `-` is standard input.
    #[arg(value_name = "SCENARIO")]
    pub(super) scenario: Option<String>,
    #[command(flatten)]
    pub(super) changes: Changes,
}

/// What to change about a scenario.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Changes {
    /// Override a value, say market.depth.base=2e8 or designs.dynamic.params.gain.theta=0.5.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// All luck comes from it.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Threads [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

impl Choice {
    /// The scenario with its changes; the built-in `otherwise` if none is named.
    pub(super) fn source(&self, otherwise: Option<&str>) -> Result<Source, Message> {
        let Some(name) = self.scenario.as_deref().or(otherwise) else {
            return Err(Message::wrong("no scenario is named", hint("")));
        };
        let mut source = read(name)?;
        self.changes.apply(&mut source)?;
        Ok(source)
    }
}

impl Changes {
    /// Sets what is to be changed.
    pub(super) fn apply(&self, source: &mut Source) -> Result<(), Message> {
        for assignment in &self.set {
            source.set(assignment)?;
        }
        if let Some(seed) = self.seed {
            source.set(&format!("seed={seed}"))?;
        }
        Ok(())
    }

    /// What was typed of them; threads change nothing.
    pub(super) fn typed(&self) -> String {
        let mut text: String = self.set.iter().map(|set| format!(" --set '{set}'")).collect();
        if let Some(seed) = self.seed {
            text += &format!(" --seed {seed}");
        }
        text
    }

    /// Does the work on as many threads as are asked for.
    pub(super) fn spread<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Message> {
        match self.threads {
            None => Ok(work()),
            Some(count) => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(count.into()).build();
                Ok(pool.map_err(Message::failed)?.install(work))
            }
        }
    }
}

/// Reads a file, a built-in scenario, or standard input.
fn read(name: &str) -> Result<Source, Message> {
    if name == "-" {
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text);
        read.map_err(|error| Message::wrong(format!("<stdin>: {error}"), "a scenario is TOML"))?;
        return Ok(Source::read(&text, "<stdin>")?);
    }
    if let Some(known) = builtin(name)
        && !PathBuf::from(name).exists()
    {
        return Ok(Source::read(known.text, &format!("{name} (built in)"))?);
    }
    match fs::read(name) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).map_err(|error| {
                Message::wrong(format!("{name}: {error}"), "a scenario is TOML in UTF-8")
            })?;
            Ok(Source::read(&text, name)?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = format!("there is no file and no built-in scenario `{name}`");
            Err(Message::wrong(text, hint(name)))
        }
        Err(error) => Err(Message::failed(format!("{name}: {error}"))),
    }
}

/// The built-in scenario that was meant, or all of them.
fn hint(name: &str) -> String {
    let near = BUILTIN.iter().map(|known| (strsim::osa_distance(name, known.name), known.name));
    match near.min().filter(|&(distance, known)| distance <= known.len().div_ceil(3)) {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => {
            let names: Vec<&str> = BUILTIN.iter().map(|known| known.name).collect();
            format!("name a file, or one of {}", names.join(", "))
        }
    }
}

/// The built-in scenarios, a line each.
pub(super) fn list() -> String {
    let width = BUILTIN.iter().map(|known| known.name.len()).max().unwrap_or(0);
    let line = |known: &crate::scenario::Builtin| {
        let scenario = Source::read(known.text, known.name).and_then(|source| source.scenario());
        let why = scenario.map_or_else(|error| error.to_string(), |scenario| scenario.why);
        format!("{:width$}  {why}\n", known.name)
    };
    BUILTIN.iter().map(line).collect()
}
