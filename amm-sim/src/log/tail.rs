//! A log that somebody is still writing.

use super::json::{HEADER, Header, Line};
use super::{Failure, Form};
use amm_core::engine::codec::{Decode, DecodeError, Fault, Source};
use amm_core::engine::log::{Follower, Item, LogError, Progress, Replay};
use amm_core::engine::{Engine, SnapshotError};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Follows a log's file of either form as it grows, and compares every digest.
///
/// A part of an item at the file's end is kept until the rest of it is written. A file that becomes
/// shorter is another log: it is read from its beginning.
///
/// ```
/// use amm_core::engine::{Engine, Event, Params};
/// use amm_core::num::Timestamp;
/// use amm_sim::log::{Form, Tail, Writer};
///
/// let file = std::env::temp_dir().join(format!("amm-tail-{}.log", std::process::id()));
/// let mut tail = Tail::new(&file);
/// assert!(!tail.read(10)?); // there is no such file yet
/// let mut engine = Engine::new(Params::dynamic(), Timestamp::new(1_700_000_000))?;
/// let mut log = Writer::begin(std::fs::File::create(&file)?, Form::Binary, 1, &engine)?;
/// let event = Event::Clock { now: Timestamp::new(1_700_000_060) };
/// engine.apply(&event)?;
/// log.record(&event, &engine)?;
/// while tail.read(10)? {}
/// assert_eq!(tail.engine().map(Engine::digest), Some(engine.digest()));
/// # std::fs::remove_file(&file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// What has been read of the file.
    read: u64,
    /// What has been read and not followed.
    bytes: Vec<u8>,
    /// How much of `bytes` is past.
    place: usize,
    form: Option<Form>,
    follower: Option<Follower>,
    /// Lines that are past, of a text.
    lines: u64,
    /// Logs that were in the file before this one.
    before: u64,
}

/// The most that is read of a file at once.
const CHUNK: u64 = 1 << 20;

impl Tail {
    /// Before anything is read; the file need not be there yet.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: None,
            read: 0,
            bytes: Vec::new(),
            place: 0,
            form: None,
            follower: None,
            lines: 0,
            before: 0,
        }
    }

    /// The engine as the log has it so far; `None` before its first state is whole.
    pub fn engine(&self) -> Option<&Engine> {
        self.follower.as_ref().map(Follower::engine)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.follower.as_ref().map(Follower::progress).unwrap_or_default()
    }

    /// Logs that were in the file before this one: it rises when the file becomes shorter.
    pub const fn before(&self) -> u64 {
        self.before
    }

    /// Reads on, and follows at most so many items; `false` if there is nothing more yet.
    ///
    /// # Errors
    ///
    /// [`Failure`]: the log is none, or leads elsewhere.
    pub fn read(&mut self, most: usize) -> Result<bool, Failure> {
        if self.follow(most)? {
            return Ok(true);
        }
        let more = self.fetch()?;
        if more {
            self.follow(most)?;
        }
        Ok(more)
    }

    /// Reads what the file has more; `false` if nothing.
    fn fetch(&mut self) -> Result<bool, Failure> {
        let name = self.path.display().to_string();
        let unread = |error| Failure::Read { file: name.clone(), error };
        let length = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(unread(error)),
        };
        if length < self.read {
            *self = Self { before: self.before + 1, ..Self::new(&self.path) };
        }
        if self.file.is_none() {
            self.file = Some(File::open(&self.path).map_err(unread)?);
        }
        let Some(file) = &self.file else { return Ok(false) };
        self.bytes.drain(..self.place);
        self.place = 0;
        let count = file.take(CHUNK).read_to_end(&mut self.bytes).map_err(unread)?;
        self.read += count as u64;
        Ok(count > 0)
    }

    /// Follows items that are whole; whether there was one.
    fn follow(&mut self, most: usize) -> Result<bool, Failure> {
        let Some(first) = self.bytes.get(self.place) else { return Ok(false) };
        let form = *self.form.get_or_insert(match first {
            b'{' => Form::Json,
            _ => Form::Binary,
        });
        let mut any = false;
        for _ in 0..most {
            let followed = match form {
                Form::Binary => self.item()?,
                Form::Json => self.line()?,
            };
            if !followed {
                break;
            }
            any = true;
        }
        Ok(any)
    }

    /// The next item of a binary log, if it is whole.
    fn item(&mut self) -> Result<bool, Failure> {
        let file = || self.path.display().to_string();
        let wrong = |error| Failure::Binary { file: file(), error: Box::new(error) };
        let rest = &self.bytes[self.place..];
        if rest.is_empty() {
            return Ok(false);
        }
        let Some(follower) = &mut self.follower else {
            return match Replay::open(rest) {
                Ok(replay) => {
                    self.place += usize::try_from(replay.bytes()).unwrap_or(usize::MAX);
                    self.follower = Some(Follower::new(replay.engine().clone()));
                    Ok(true)
                }
                Err(error) if unfinished(&error) => Ok(false),
                Err(error) => Err(wrong(error)),
            };
        };
        let begins = self.read - rest.len() as u64;
        let mut source = Source::new(rest);
        match Item::decode(&mut source) {
            Ok(item) => {
                let place = self.place + usize::try_from(source.at()).unwrap_or(usize::MAX);
                follower.item(&item).map_err(wrong)?;
                self.place = place;
                Ok(true)
            }
            Err(DecodeError { fault: Fault::End { .. }, .. }) => Ok(false),
            Err(DecodeError { at, fault }) => {
                let (events, error) = (follower.progress().events, fault.at(begins + at));
                Err(wrong(LogError::Decode { events, error }))
            }
        }
    }

    /// The next line of a text, if it is whole.
    fn line(&mut self) -> Result<bool, Failure> {
        let rest = &self.bytes[self.place..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(false) };
        let (text, line) = (&rest[..end], self.lines + 1);
        let file = || self.path.display().to_string();
        let wrong = |reason| Failure::Line { file: file(), line, reason };
        match &mut self.follower {
            None => {
                let header = serde_json::from_slice::<Header>(text);
                let header = header.map_err(|_| wrong(HEADER.to_owned()))?;
                self.follower = Some(Follower::new(header.engine().map_err(wrong)?));
            }
            Some(follower) => {
                let read = serde_json::from_slice::<Line<'_>>(text);
                let read = read.map_err(|error| wrong(error.to_string()))?;
                read.follow(follower).map_err(|error| wrong(error.to_string()))?;
            }
        }
        self.lines = line;
        self.place += end + 1;
        Ok(true)
    }
}

/// Whether there are too few bytes, and nothing is wrong with those there are.
fn unfinished(error: &LogError) -> bool {
    match error {
        LogError::Decode { error, .. } => matches!(error.fault, Fault::End { .. }),
        LogError::Snapshot(error) => {
            matches!(**error, SnapshotError::Decode(DecodeError { fault: Fault::End { .. }, .. }))
        }
        _ => false,
    }
}
