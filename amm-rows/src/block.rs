//! The input as blocks of whole records, each with the line it begins at.

use super::failure::{Failure, Fault};
use super::record;
use memchr::memchr_iter;
use std::io::{ErrorKind, Read};

/// Some whole records.
#[derive(Debug)]
pub struct Block {
    /// The records, one after another.
    pub text: Vec<u8>,
    /// The line of the first, counted from 1.
    pub line: u64,
}

/// Cuts a reader into blocks.
///
/// A block is what one read brought, so a row sent down a pipe is answered at once, and a file
/// comes in pieces of 128 KiB.
#[derive(Debug)]
pub struct Blocks<R> {
    input: R,
    /// How messages call the input.
    pub file: String,
    /// The beginning of a record whose end has not been read.
    carry: Vec<u8>,
    line: u64,
    ended: bool,
}

/// Bytes asked of one read: some two thousand rows.
const BLOCK: usize = 1 << 17;
/// The longest record, which bounds the memory that an unclosed quote can take.
const RECORD_MAX: usize = 1 << 20;

impl<R: Read> Blocks<R> {
    /// Blocks of `input`, which messages call `file`.
    pub fn new(input: R, file: &str) -> Self {
        Self { input, file: file.to_owned(), carry: Vec::new(), line: 1, ended: false }
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the input cannot be read or a record passes a mebibyte.
    pub fn next_block(&mut self) -> Result<Option<Block>, Failure> {
        let mut text = std::mem::take(&mut self.carry);
        while !self.ended {
            let held = text.len();
            text.resize(held + BLOCK, 0);
            let read = self.read(&mut text[held..])?;
            text.truncate(held + read);
            self.ended = read == 0;
            let whole = if self.ended { text.len() } else { record::whole(&text) };
            if text.len() - whole > RECORD_MAX {
                let line = self.line + newlines(&text[..whole]);
                let reason = format!("a record is longer than {RECORD_MAX} bytes");
                let fault = Fault::of_line(reason, "look for a quote that is never closed");
                return Err(Failure::Input { file: self.file.clone(), line, fault });
            }
            if whole > 0 {
                self.carry = text[whole..].to_vec();
                text.truncate(whole);
                let block = Block { line: self.line, text };
                self.line += newlines(&block.text);
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.input.read(into) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Read { file: self.file.clone(), error }),
                Ok(read) => return Ok(read),
            }
        }
    }
}

/// Lines ended in `text`.
pub fn newlines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}
