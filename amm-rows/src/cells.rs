//! The cells a question adds to a row, as CSV or as JSON.

use super::scaled::Scaled;

/// What rows are written as.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// Comma-separated values with a header.
    #[default]
    Csv,
    /// One object a line; every number is a string, so that no reader makes a float of it.
    Json,
}

/// The cells after the input's own, written one by one.
#[derive(Debug)]
pub struct Cells<'a> {
    format: Format,
    keys: &'a [Vec<u8>],
    out: &'a mut Vec<u8>,
}

impl<'a> Cells<'a> {
    /// Cells with these JSON keys, at the end of `out`.
    pub(super) fn new(format: Format, keys: &'a [Vec<u8>], out: &'a mut Vec<u8>) -> Self {
        Self { format, keys, out }
    }

    /// Writes a number.
    pub fn number(&mut self, number: Scaled) {
        self.raw(|out| number.write(out));
    }

    /// Writes what `write` puts: digits, signs, points and letters only, for nothing is escaped.
    pub fn raw(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.begin();
        match self.format {
            Format::Csv => write(self.out),
            Format::Json => {
                self.out.push(b'"');
                write(self.out);
                self.out.push(b'"');
            }
        }
    }

    /// Writes words.
    pub(super) fn text(&mut self, text: &str) {
        self.begin();
        match self.format {
            Format::Csv => {
                self.out.push(b'"');
                self.out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
                self.out.push(b'"');
            }
            Format::Json => json_text(text, self.out),
        }
    }

    /// Writes that there is nothing to write.
    pub(super) fn absent(&mut self) {
        self.begin();
        if self.format == Format::Json {
            self.out.extend_from_slice(b"null");
        }
    }

    fn begin(&mut self) {
        match self.format {
            Format::Csv => self.out.push(b','),
            Format::Json => {
                if let Some((key, rest)) = self.keys.split_first() {
                    self.out.extend_from_slice(key);
                    self.keys = rest;
                }
            }
        }
    }
}

/// A string in JSON.
pub fn json_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a vector takes all that is written to it");
}
