//! A run's directory: all that it was made from, and what came out.
//!
//! | file | holds |
//! |---|---|
//! | `scenario.toml` | the scenario with every default and override in place: what a rerun reads |
//! | `given.toml` | the scenario as it was given |
//! | `study.toml` | of a study, in place of these two: what it was of, with every default and override |
//! | `summary.json` | what was run, its digest and headline; written last, so it is there of a finished run only |
//! | `tables/` | every table as CSV and Parquet |
//! | `report.html` | all of it for people |
//!
//! Every file is written aside and renamed, so it is there whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::tables::{self, Source, Table};

/// The directory of a run.
#[derive(Clone, Debug)]
pub struct RunDir {
    path: PathBuf,
}

/// The scenario as it was run.
pub const SCENARIO: &str = "scenario.toml";
/// What was studied.
pub const STUDY: &str = "study.toml";
/// The scenario as it was given.
pub const GIVEN: &str = "given.toml";
/// What was run and what came out.
pub const SUMMARY: &str = "summary.json";
/// All of it for people.
pub const REPORT: &str = "report.html";
/// The folder of tables.
pub const TABLES: &str = "tables";

/// How the scenario of a run, or its study, begins, by which its directory is known.
const MARK: &str = "# A run of amm-sim";

/// Why a run's directory cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// It holds what no run wrote.
    #[error("{path}: is there and is no run's directory")]
    Taken {
        /// As the user named it.
        path: String,
    },
    /// It is no run's.
    #[error("{path}: is no run's directory: {why}")]
    NoRun {
        /// As the user named it.
        path: String,
        /// What it lacks.
        why: String,
    },
    /// The system's reason.
    #[error("{path}: {error}")]
    System {
        /// The file.
        path: String,
        /// The reason.
        error: io::Error,
    },
    /// A table.
    #[error(transparent)]
    Table(#[from] tables::Failure),
}

impl RunError {
    /// What the user can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Taken { .. } => "name another with --out DIR, or move this one away",
            Self::NoRun { .. } => {
                "name a directory that `amm-sim run`, `compare`, `sweep`, `mechanism` or `system --all` wrote"
            }
            Self::System { .. } => "check the disk and the permissions",
            Self::Table(failure) => failure.remedy(),
        }
    }

    fn system(path: &Path, error: io::Error) -> Self {
        Self::System { path: path.display().to_string(), error }
    }
}

impl RunDir {
    /// A directory to write a run into: a new or empty one, or one that a run wrote, whose results are
    /// removed. Other files in it stay.
    ///
    /// # Errors
    ///
    /// [`RunError::Taken`], or the system's reason.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        let run = Self::enter(path)?;
        for name in [SUMMARY, REPORT] {
            remove(&path.join(name))?;
        }
        let tables = path.join(TABLES);
        fs::create_dir_all(&tables).map_err(|error| RunError::system(&tables, error))?;
        for file in files(&tables)? {
            if file.extension().is_some_and(|end| end == "csv" || end == "parquet") {
                remove(&file)?;
            }
        }
        Ok(run)
    }

    /// The same, and what is there stays: to go on with a run.
    ///
    /// # Errors
    ///
    /// As [`RunDir::create`].
    pub fn enter(path: &Path) -> Result<Self, RunError> {
        let taken = || RunError::Taken { path: path.display().to_string() };
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => return Err(taken()),
            Ok(_) if !is_run(path) && !files(path)?.iter().all(|file| half_written(file)) => {
                return Err(taken());
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path).map_err(|error| RunError::system(path, error))?;
            }
            Err(error) => return Err(RunError::system(path, error)),
        }
        Ok(Self { path: path.to_owned() })
    }

    /// A directory that a run wrote.
    ///
    /// # Errors
    ///
    /// [`RunError::NoRun`].
    pub fn open(path: &Path) -> Result<Self, RunError> {
        if is_run(path) {
            return Ok(Self { path: path.to_owned() });
        }
        let why = match path.is_dir() {
            true => format!("it has no {SCENARIO} or {STUDY} of a run"),
            false => "there is no such directory".to_owned(),
        };
        Err(RunError::NoRun { path: path.display().to_string(), why })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the scenario, as given and as run; a study that is there goes.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn put_scenario(&self, given: &str, resolved: &str) -> Result<(), RunError> {
        // First what a run's directory is known by: several shards may begin at once.
        self.put(SCENARIO, format!("{}{resolved}", head()).as_bytes())?;
        self.put(GIVEN, given.as_bytes())?;
        remove(&self.path.join(STUDY))
    }

    /// Writes what is studied; a scenario that is there goes.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn put_study(&self, study: &str) -> Result<(), RunError> {
        self.put(STUDY, format!("{}{study}", head()).as_bytes())?;
        [SCENARIO, GIVEN].iter().try_for_each(|name| remove(&self.path.join(name)))
    }

    /// Writes a file whole.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        put(&self.path.join(name), bytes)
    }

    /// Writes tables.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn put_tables(&self, list: &[Table], source: &Source) -> Result<(), RunError> {
        let folder = self.path.join(TABLES);
        fs::create_dir_all(&folder).map_err(|error| RunError::system(&folder, error))?;
        list.iter().try_for_each(|table| Ok(tables::write(&folder, table, source)?))
    }

    /// The text of a file.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn get(&self, name: &str) -> Result<String, RunError> {
        let file = self.path.join(name);
        fs::read_to_string(&file).map_err(|error| RunError::system(&file, error))
    }

    /// Which tables' CSV files are not, byte for byte, those that the same tables give now: their
    /// names and the first line that differs.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn differing(&self, now: &[Table], source: &Source) -> Result<Vec<Differs>, RunError> {
        let aside = self.path.join(format!(".rerun-{}", std::process::id()));
        fs::create_dir_all(&aside).map_err(|error| RunError::system(&aside, error))?;
        let found = self.compared(&aside, now, source);
        fs::remove_dir_all(&aside).map_err(|error| RunError::system(&aside, error))?;
        found
    }

    fn compared(
        &self,
        aside: &Path,
        now: &[Table],
        source: &Source,
    ) -> Result<Vec<Differs>, RunError> {
        let mut differing = Vec::new();
        for table in now {
            tables::write(aside, table, source)?;
        }
        let names = |folder: &Path| -> Result<Vec<String>, RunError> {
            let files = files(folder)?.into_iter();
            let names = files.filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()));
            let mut names: Vec<String> = names.filter(|name| name.ends_with(".csv")).collect();
            names.sort();
            Ok(names)
        };
        let kept = self.path.join(TABLES);
        let (before, after) = (names(&kept)?, names(aside)?);
        for name in before.iter().filter(|name| !after.contains(name)) {
            let what = "is there, and the run does not make it".to_owned();
            differing.push(Differs { table: name.clone(), what });
        }
        for name in &after {
            let table = name.clone();
            if !before.contains(name) {
                differing.push(Differs { table, what: "is not there".to_owned() });
                continue;
            }
            let read = |folder: &Path| {
                let file = folder.join(name);
                fs::read(&file).map_err(|error| RunError::system(&file, error))
            };
            let (was, is) = (read(&kept)?, read(aside)?);
            if was != is {
                let pairs = was.split(|byte| *byte == b'\n').zip(is.split(|byte| *byte == b'\n'));
                let line = pairs.take_while(|(was, is)| was == is).count() + 1;
                differing.push(Differs { table, what: format!("differs from line {line} on") });
            }
        }
        Ok(differing)
    }
}

/// A table that came out otherwise.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Differs {
    /// Its file.
    pub table: String,
    /// How.
    pub what: String,
}

/// Where a run goes that is given no directory: `runs/TITLE-DIGEST`.
pub fn default_path(title: &str, digest: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let title: String = title.chars().map(plain).collect();
    let words: Vec<&str> = title.split('-').filter(|word| !word.is_empty()).collect();
    let mut name: String = words.join("-").chars().take(40).collect();
    if name.is_empty() {
        name = "run".to_owned();
    }
    Path::new("runs").join(format!("{name}-{}", digest.get(..8).unwrap_or(digest)))
}

/// Writes a file whole: aside, under this process's number, then renamed. Several processes may write
/// the same file: one of theirs is there in the end.
///
/// # Errors
///
/// The system's reason.
pub fn put(file: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let aside = Path::new(&name);
    let written = fs::File::create(aside).and_then(|mut out| {
        out.write_all(bytes)?;
        out.sync_all()
    });
    written.map_err(|error| RunError::system(aside, error))?;
    fs::rename(aside, file).map_err(|error| RunError::system(file, error))
}

fn head() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("{MARK} {version}, with every default in place: `amm-sim rerun DIR` does it again.\n\n")
}

fn is_run(path: &Path) -> bool {
    [SCENARIO, STUDY].iter().any(|name| begins(path, name))
}

/// Whether a file of a directory is a run's.
fn begins(path: &Path, name: &str) -> bool {
    fs::read_to_string(path.join(name)).is_ok_and(|text| text.starts_with(MARK))
}

/// Whether another process is about to rename it.
fn half_written(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "tmp")
}

fn remove(file: &Path) -> Result<(), RunError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RunError::system(file, error)),
        _ => Ok(()),
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let broken = |error| RunError::system(folder, error);
    let entries = fs::read_dir(folder).map_err(broken)?;
    entries.map(|entry| Ok(entry.map_err(broken)?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_someone_else_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("amm-sim-taken-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("letter.txt"), "dear").unwrap();
        let error = RunDir::create(&folder).unwrap_err();
        assert!(matches!(error, RunError::Taken { .. }), "{error}");
        fs::remove_file(folder.join("letter.txt")).unwrap();
        let run = RunDir::create(&folder).unwrap();
        run.put_scenario("x = 1", "x = 1\ny = 2\n").unwrap();
        run.put(SUMMARY, b"{}").unwrap();
        fs::write(folder.join("letter.txt"), "dear").unwrap();
        let run = RunDir::create(&folder).unwrap();
        assert!(folder.join("letter.txt").exists() && !folder.join(SUMMARY).exists());
        // A study takes the place of a run, and the other way round.
        let there = || [SCENARIO, GIVEN, STUDY].map(|name| folder.join(name).exists());
        run.put_study("of = \"x\"").unwrap();
        assert_eq!(there(), [false, false, true]);
        let run = RunDir::create(&folder).unwrap();
        run.put_scenario("x = 1", "x = 1\n").unwrap();
        assert_eq!(there(), [true, true, false]);
        assert!(RunDir::open(&folder).is_ok());
        assert!(RunDir::create(&folder.join("letter.txt")).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn names_are_plain() {
        let path = default_path("Spot shock: −8 %!", "0123456789abcdef");
        assert_eq!(path, Path::new("runs/spot-shock-8-01234567"));
        assert_eq!(default_path("…", "ab"), Path::new("runs/run-ab"));
    }
}
