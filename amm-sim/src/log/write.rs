//! Writing logs.

use super::json::{Header, Line, hex};
use amm_core::engine::{Engine, Event, log};
use std::borrow::Cow;
use std::io::{self, Write};

/// What a log looks like.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Form {
    /// As canonical bytes.
    #[default]
    Binary,
    /// As JSON lines.
    Json,
}

/// A log being written.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    form: Form,
    /// Events between two digests; with 0 there is one at the end alone.
    every: u32,
    /// Events since the last.
    since: u32,
}

impl<W: Write> Writer<W> {
    /// A log that begins at an engine's present state, with a digest after every so many events and at
    /// the end; 0 is at the end alone. Each costs what all of the state costs to hash.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn begin(mut out: W, form: Form, every: u32, engine: &Engine) -> io::Result<Self> {
        match form {
            Form::Binary => out.write_all(&log::begin(engine))?,
            Form::Json => {
                let snapshot = hex(&engine.snapshot());
                line(&mut out, &Header::Snapshot { log: Header::VERSION, snapshot })?;
            }
        }
        Ok(Self { out, form, every, since: 0 })
    }

    /// Writes what has happened, and how the engine is after it.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn record(&mut self, event: &Event, after: &Engine) -> io::Result<()> {
        self.since += 1;
        let due = self.every != 0 && self.since >= self.every;
        let digest = due.then(|| after.digest());
        if due {
            self.since = 0;
        }
        match self.form {
            Form::Binary => {
                let mut bytes = Vec::new();
                log::event(event, &mut bytes);
                digest.into_iter().for_each(|digest| log::digest(digest, &mut bytes));
                self.out.write_all(&bytes)
            }
            Form::Json => line(&mut self.out, &Line { event: Some(Cow::Borrowed(event)), digest }),
        }
    }

    /// Writes the last digest and gives the output back.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self, after: &Engine) -> io::Result<W> {
        if self.since > 0 {
            let digest = after.digest();
            match self.form {
                Form::Binary => {
                    let mut bytes = Vec::new();
                    log::digest(digest, &mut bytes);
                    self.out.write_all(&bytes)?;
                }
                Form::Json => line(&mut self.out, &Line { event: None, digest: Some(digest) })?,
            }
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

fn line(out: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
