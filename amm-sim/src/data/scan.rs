//! JSON of exchanges' answers, read as a stream: rows are objects of plain values.
//!
//! The rows are the objects of an array, which may be the whole text or stand under `result`, `trades`
//! or `data`, also one in the other; an object without any of these is a row itself. Several such
//! texts may follow each other, as in a file of one answer a line. What is nested deeper in a row is
//! passed over.

use amm_core::num::decimal::Decimal;
use amm_rows::{Failure, Fault};
use std::io::BufRead;

/// A value of a row and where its key begins.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) key: String,
    /// A number as typed, a string without its quotes; nothing for null.
    pub(super) text: String,
    pub(super) line: u64,
    /// Counted in bytes from 1.
    pub(super) column: u64,
}

/// The text, from where it has been read to.
pub(super) struct Scan {
    bytes: Box<dyn BufRead + Send>,
    line: u64,
    column: u64,
    /// The containers around the rows, outermost first.
    around: Vec<Around>,
    /// The fields of the row last read; more may be kept for the next.
    fields: Vec<Field>,
    count: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Around {
    /// An object, of which a value has just been read.
    Object,
    /// An array of rows.
    Array {
        /// Whether it has had a row.
        begun: bool,
    },
}

/// Why there is no row.
pub(super) enum Stop {
    Read(std::io::Error),
    /// With its line.
    Fault(u64, Fault),
}

impl Stop {
    pub(super) fn of(self, file: &str) -> Failure {
        let file = file.to_owned();
        match self {
            Self::Read(error) => Failure::Read { file, error },
            Self::Fault(line, fault) => Failure::Input { file, line, fault },
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

/// The keys under which the rows stand.
const HOLDERS: [&str; 3] = ["result", "trades", "data"];
/// Containers in containers, in what is passed over.
const DEPTH_MAX: usize = 64;
/// The longest text of a value.
const TEXT_MAX: usize = 1 << 16;
/// Values in a row.
const FIELDS_MAX: usize = 256;

impl Scan {
    pub(super) fn new(bytes: Box<dyn BufRead + Send>) -> Self {
        let (around, fields) = (Vec::new(), Vec::new());
        Self { bytes, line: 1, column: 1, around, fields, count: 0 }
    }

    /// The line that has been reached.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The fields of the row last read.
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields[..self.count]
    }

    /// Reads the next row; false at the end.
    pub(super) fn next(&mut self) -> Result<bool, Stop> {
        loop {
            match self.around.last().copied() {
                None => match self.peek()? {
                    None => return Ok(false),
                    Some(b'[') => self.enter_array()?,
                    Some(b'{') => {
                        if self.object()? {
                            return Ok(true);
                        }
                    }
                    Some(other) => return Err(self.unexpected(other, "`{` or `[`")),
                },
                Some(Around::Array { begun }) => match self.peek()? {
                    Some(b']') => {
                        self.bump()?;
                        self.around.pop();
                    }
                    Some(b',') if begun => {
                        self.bump()?;
                        return self.row();
                    }
                    Some(_) if !begun => return self.row(),
                    other => return Err(self.unexpected_or_end(other, "`,` or `]`")),
                },
                Some(Around::Object) => match self.peek()? {
                    Some(b'}') => {
                        self.bump()?;
                        self.around.pop();
                    }
                    Some(b',') => {
                        self.bump()?;
                        let (_, descended) = self.member()?;
                        if !descended {
                            self.count = 0; // a plain value beside the rows
                        }
                    }
                    other => return Err(self.unexpected_or_end(other, "`,` or `}`")),
                },
            }
        }
    }

    fn enter_array(&mut self) -> Result<(), Stop> {
        self.bump()?;
        self.around.push(Around::Array { begun: false });
        Ok(())
    }

    /// One object of the array that was entered last.
    fn row(&mut self) -> Result<bool, Stop> {
        if let Some(Around::Array { begun }) = self.around.last_mut() {
            *begun = true;
        }
        match self.peek()? {
            Some(b'{') => {}
            other => return Err(self.unexpected_or_end(other, "a row, `{`")),
        }
        self.bump()?;
        self.count = 0;
        if self.peek()? == Some(b'}') {
            return self.bump().map(|()| true);
        }
        loop {
            self.field()?;
            if self.closes_object()? {
                return Ok(true);
            }
        }
    }

    /// An object that holds rows or is one: true if it is one.
    fn object(&mut self) -> Result<bool, Stop> {
        self.bump()?;
        self.count = 0;
        if self.peek()? == Some(b'}') {
            self.bump()?;
            return Ok(true);
        }
        loop {
            let (key, descended) = self.member()?;
            if descended {
                return Ok(false);
            }
            if key == "error" && self.around.is_empty() {
                let reason = "is an exchange's message of an error, not data";
                let Field { line, column, .. } = self.fields[self.count - 1];
                return Err(fault(line, column, reason));
            }
            if self.closes_object()? {
                return Ok(true);
            }
        }
    }

    /// A key and its value, which is entered if it may hold the rows.
    fn member(&mut self) -> Result<(String, bool), Stop> {
        self.key()?;
        let key = self.fields[self.count].key.clone();
        if HOLDERS.contains(&key.as_str()) {
            match self.peek()? {
                Some(b'[') => {
                    self.around.push(Around::Object);
                    self.enter_array()?;
                    return Ok((key, true));
                }
                Some(b'{') if self.around.len() < DEPTH_MAX => {
                    self.around.push(Around::Object);
                    // The rows are deeper, or what is there is a row: no answer nests one in an object.
                    if self.object()? {
                        return Err(self.fault(format!("no rows under \"{key}\"")));
                    }
                    return Ok((key, true));
                }
                _ => {}
            }
        }
        self.value()?;
        Ok((key, false))
    }

    fn closes_object(&mut self) -> Result<bool, Stop> {
        match self.peek()? {
            Some(b',') => self.bump().map(|()| false),
            Some(b'}') => self.bump().map(|()| true),
            other => Err(self.unexpected_or_end(other, "`,` or `}`")),
        }
    }

    fn field(&mut self) -> Result<(), Stop> {
        self.key()?;
        self.value()
    }

    /// Reads a key and its colon into the next field.
    fn key(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            Some(b'"') => {}
            other => return Err(self.unexpected_or_end(other, "a key in quotes")),
        }
        if self.count == FIELDS_MAX {
            return Err(self.fault(format!("more than {FIELDS_MAX} values in a row")));
        }
        if self.count == self.fields.len() {
            self.fields.push(Field::default());
        }
        let (line, column) = (self.line, self.column);
        let key = self.string()?;
        let field = &mut self.fields[self.count];
        (field.key, field.line, field.column) = (key, line, column);
        field.text.clear();
        match self.peek()? {
            Some(b':') => self.bump(),
            other => Err(self.unexpected_or_end(other, "`:`")),
        }
    }

    /// Reads a value into the field whose key has been read.
    fn value(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            Some(b'"') => self.fields[self.count].text = self.string()?,
            Some(b'{' | b'[') => self.pass_over()?,
            _ => {
                let text = self.scalar()?;
                if text != "null" {
                    self.fields[self.count].text = text;
                }
            }
        }
        self.count += 1;
        Ok(())
    }

    /// A number, true, false or null, as typed.
    fn scalar(&mut self) -> Result<String, Stop> {
        let mut text = String::new();
        while let Some(byte) = self.byte()? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
                break;
            }
            self.bump()?;
            text.push(char::from(byte));
            if text.len() > TEXT_MAX {
                return Err(self.fault("a number longer than 65536 bytes"));
            }
        }
        let good = matches!(text.as_str(), "null" | "true" | "false")
            || !text.starts_with('+') && Decimal::parse(&text).is_ok();
        if good {
            return Ok(text);
        }
        if text.is_empty() {
            let next = self.byte()?;
            return Err(self.unexpected_or_end(next, "a value"));
        }
        Err(self.fault(format!("no value: {}", amm_rows::shown(text.as_bytes()))))
    }

    /// A string's text.
    fn string(&mut self) -> Result<String, Stop> {
        self.bump()?; // the quote
        let mut raw = vec![b'"'];
        loop {
            let Some(byte) = self.byte()? else { return Err(self.fault("a string never ends")) };
            self.bump()?;
            raw.push(byte);
            if byte == b'"' {
                break;
            }
            if byte == b'\\' {
                let Some(escaped) = self.byte()? else { continue };
                self.bump()?;
                raw.push(escaped);
            }
            if raw.len() > TEXT_MAX {
                return Err(self.fault("a string longer than 65536 bytes"));
            }
        }
        serde_json::from_slice(&raw).map_err(|error| self.fault(format!("no string: {error}")))
    }

    /// Passes over an object or an array.
    fn pass_over(&mut self) -> Result<(), Stop> {
        let mut open = Vec::new();
        loop {
            match self.peek()? {
                None => return Err(self.fault("ends inside a value")),
                Some(b'"') => drop(self.string()?),
                Some(byte @ (b'{' | b'[')) => {
                    if open.len() == DEPTH_MAX {
                        return Err(self.fault(format!("more than {DEPTH_MAX} values in values")));
                    }
                    open.push(byte);
                    self.bump()?;
                }
                Some(byte @ (b'}' | b']')) => {
                    // The brackets of ASCII are two apart.
                    if open.pop() != Some(byte - 2) {
                        return Err(self.unexpected(byte, "the bracket that closes the last"));
                    }
                    self.bump()?;
                    if open.is_empty() {
                        return Ok(());
                    }
                }
                Some(_) => self.bump()?,
            }
        }
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Result<Option<u8>, Stop> {
        while let Some(byte) = self.byte()? {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(Some(byte));
            }
            self.bump()?;
        }
        Ok(None)
    }

    fn byte(&mut self) -> Result<Option<u8>, Stop> {
        Ok(self.bytes.fill_buf()?.first().copied())
    }

    /// Moves past the byte that is next.
    fn bump(&mut self) -> Result<(), Stop> {
        match self.byte()? {
            Some(b'\n') => (self.line, self.column) = (self.line + 1, 1),
            Some(_) => self.column += 1,
            None => return Ok(()),
        }
        self.bytes.consume(1);
        Ok(())
    }

    fn unexpected_or_end(&self, found: Option<u8>, due: &str) -> Stop {
        match found {
            Some(found) => self.unexpected(found, due),
            None => self.fault(format!("ends where {due} is due")),
        }
    }

    fn unexpected(&self, found: u8, due: &str) -> Stop {
        self.fault(format!("`{}` where {due} is due", found.escape_ascii()))
    }

    fn fault(&self, reason: impl Into<String>) -> Stop {
        fault(self.line, self.column, reason)
    }
}

fn fault(line: u64, column: u64, reason: impl Into<String>) -> Stop {
    let reason = format!("{} (byte {column} of the line)", reason.into());
    Stop::Fault(line, Fault::of_line(reason, ""))
}
