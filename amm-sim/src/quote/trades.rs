//! Tables of trades: rows in, rows out, in order, each in the state that the rows before it left.

use super::check::Violation;
use super::header::{Header, WRITES};
use super::row::Cells;
use super::session::Session;
use amm_rows::block::{Block, Blocks, newlines};
use amm_rows::{Failure, Fault, Format, record};
use std::io::{Read, Write};

/// How to answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// What rows are written as.
    pub format: Format,
    /// Whether each step is held to all that must be so.
    pub check: bool,
}

/// What became of the rows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// All of them.
    pub rows: u64,
    /// Those that the engine refused: a limit of the market, which is an answer.
    pub refused: u64,
    /// Those that say nothing that can be done: a mistake in the input.
    pub bad: u64,
    /// The line of the first bad one, and what is wrong with it.
    pub first_bad: Option<(u64, Fault)>,
}

/// Why a run ended before its input did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Ended {
    /// Reading, writing, or a header that cannot be used.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A step broke what must hold.
    #[error("{file}:{line}: {violation}")]
    Violation {
        /// The file as the user named it, or `<stdin>`.
        file: String,
        /// Its line, counted from 1.
        line: u64,
        /// What does not hold.
        violation: Box<Violation>,
    },
}

/// Does what each row of `input`, which messages call `file`, says, and writes what it came to.
///
/// A row that cannot be done gets its reason in the column `error`, leaves the session as it was, and
/// the run goes on.
///
/// # Errors
///
/// [`Ended`]; the rows before it have been written.
pub fn trades(
    session: &mut Session,
    input: impl Read,
    file: &str,
    manner: Manner,
    output: &mut impl Write,
) -> Result<Counts, Ended> {
    let mut blocks = Blocks::new(input, file);
    let mut run = Run { session, file, manner, header: None, counts: Counts::default() };
    while let Some(block) = blocks.next_block()? {
        let mut out = Vec::with_capacity(6 * block.text.len());
        let ended = run.answer(&block, &mut out);
        output.write_all(&out).and_then(|()| output.flush()).map_err(Failure::Write)?;
        ended?;
    }
    if run.header.is_none() {
        let reason =
            "no header row; it must name the columns action,expiry,strike,type,size,seconds";
        let fault =
            Fault::of_line(reason, "the first line that is not a comment names the columns");
        return Err(Failure::Input { file: file.to_owned(), line: 1, fault }.into());
    }
    Ok(run.counts)
}

struct Run<'a> {
    session: &'a mut Session,
    file: &'a str,
    manner: Manner,
    header: Option<Header>,
    counts: Counts,
}

impl Run<'_> {
    fn answer(&mut self, block: &Block, out: &mut Vec<u8>) -> Result<(), Ended> {
        let mut rest = &block.text[..];
        let mut line = block.line;
        if line == 1 {
            rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
        }
        while let Some((record, after)) = record::first(rest) {
            if !record::is_skipped(record) {
                match &self.header {
                    None => self.open(record, line, out)?,
                    Some(_) => self.row(record, line, out)?,
                }
            }
            line += newlines(&rest[..rest.len() - after.len()]);
            rest = after;
        }
        Ok(())
    }

    fn open(&mut self, record: &[u8], line: u64, out: &mut Vec<u8>) -> Result<(), Failure> {
        let header = Header::new(record, self.manner.format);
        let input = |fault| Failure::Input { file: self.file.to_owned(), line, fault };
        self.header = Some(header.map_err(input)?);
        if self.manner.format == Format::Csv {
            out.extend_from_slice(record);
            for name in WRITES {
                out.push(b',');
                out.extend_from_slice(name.as_bytes());
            }
            out.push(b'\n');
        }
        Ok(())
    }

    fn row(&mut self, record: &[u8], line: u64, out: &mut Vec<u8>) -> Result<(), Ended> {
        let Some(header) = &self.header else { return Ok(()) };
        self.counts.rows += 1;
        let place = |reason: &dyn std::fmt::Display| format!("{}:{line}: {reason}", self.file);
        let cells = match header.action(record, self.session.expiries()) {
            Ok(action) => {
                let answer = if self.manner.check {
                    self.session.act_checked(&action).map_err(|violation| Ended::Violation {
                        file: self.file.to_owned(),
                        line,
                        violation: Box::new(violation),
                    })?
                } else {
                    self.session.act(&action)
                };
                match answer {
                    Ok(answer) => Cells::answered(&answer),
                    Err(reject) => {
                        self.counts.refused += 1;
                        Cells::refused(self.session.gain_max(), Some(place(&reject)))
                    }
                }
            }
            Err(fault) => {
                let cells = Cells::refused(self.session.gain_max(), Some(place(&fault)));
                self.counts.bad += 1;
                self.counts.first_bad.get_or_insert((line, fault));
                cells
            }
        };
        cells.write(self.manner.format, header, record, out);
        Ok(())
    }
}
