//! A sheet of rows and the question asked of each: header in, then rows in, rows out.

use super::block::{Block, Blocks, newlines};
use super::cells::{Cells, Format};
use super::failure::{Failure, Fault, shown};
use super::record;
use std::io::Read;

/// One question asked of every row.
pub trait Question: Copy + Send + Sync + 'static {
    /// The columns it needs, in the order `answer` gets them; at most [`READS_MAX`].
    const READS: &'static [&'static str];
    /// The columns it adds.
    const WRITES: &'static [&'static str];

    /// Answers one row: one cell for each of [`Question::WRITES`], in their order.
    ///
    /// # Errors
    ///
    /// The fault that makes the row unanswerable; cells written before it are taken back.
    fn answer(&self, row: &[&[u8]], cells: &mut Cells<'_>) -> Result<(), Fault>;
}

/// The most columns a [`Question`] may need.
pub const READS_MAX: usize = 8;

/// How to ask: the format of the answer, and whether a bad row ends the run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// What the rows are written as.
    pub format: Format,
    /// A bad row gets its reason in a last column `error`, and the run goes on.
    pub keep_going: bool,
}

/// A header understood, and the question its rows are asked.
#[derive(Clone, Debug)]
pub(super) struct Sheet<Q> {
    question: Q,
    manner: Manner,
    /// Where each of `Q::READS` is.
    places: Vec<usize>,
    /// How many fields a row has.
    width: usize,
    /// What comes before each value in a row of JSON: `{"F":`, `,"K":`, and so on.
    keys: Vec<Vec<u8>>,
}

/// What became of a block.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The rows out.
    pub(super) text: Vec<u8>,
    /// How many rows went in.
    pub(super) rows: u64,
    /// How many of them were bad and kept going.
    pub(super) bad_rows: u64,
    /// The line and fault of the row that ends the run.
    pub(super) fault: Option<(u64, Fault)>,
}

impl<Q: Question> Sheet<Q> {
    /// Reads up to the header: the sheet, the text that opens the output, and the first rows.
    pub(super) fn open<R: Read>(
        question: Q,
        manner: Manner,
        blocks: &mut Blocks<R>,
    ) -> Result<(Self, Vec<u8>, Option<Block>), Failure> {
        let mut line = 1;
        while let Some(block) = blocks.next_block()? {
            let mut rest = &block.text[..];
            if block.line == 1 {
                rest = rest.strip_prefix(BYTE_ORDER_MARK).unwrap_or(rest);
            }
            while let Some((header, after)) = record::first(rest) {
                line = block.line + newlines(&block.text[..block.text.len() - rest.len()]);
                if !record::is_skipped(header) {
                    let sheet = Self::new(question, manner, header).map_err(|fault| {
                        Failure::Input { file: blocks.file.clone(), line, fault }
                    })?;
                    let opening = sheet.opening(header);
                    let line = line + newlines(&rest[..rest.len() - after.len()]);
                    let first = Block { text: after.to_vec(), line };
                    return Ok((sheet, opening, Some(first)));
                }
                rest = after;
            }
        }
        let reason = format!("no header row; it must name the columns {}", Q::READS.join(","));
        let fault =
            Fault::of_line(reason, "the first line that is not a comment names the columns");
        Err(Failure::Input { file: blocks.file.clone(), line, fault })
    }

    /// Answers every row of a block, up to the first bad one unless it keeps going.
    pub(super) fn answer(&self, block: &Block) -> Answer {
        // An answer is some five times its question.
        let mut answer =
            Answer { text: Vec::with_capacity(6 * block.text.len()), ..Answer::default() };
        let mut rest = &block.text[..];
        while let Some((record, after)) = record::first(rest) {
            if !record::is_skipped(record) {
                answer.rows += 1;
                if let Err(mut fault) = self.answer_row(record, &mut answer.text) {
                    if record::is_unclosed(record) {
                        fault = Fault::of_line("a quote is never closed", "close it, or double it");
                    }
                    if !self.manner.keep_going {
                        let before = &block.text[..block.text.len() - rest.len()];
                        answer.fault = Some((block.line + newlines(before), fault));
                        return answer;
                    }
                    answer.bad_rows += 1;
                    self.write_fault(record, &fault, &mut answer.text);
                }
            }
            rest = after;
        }
        answer
    }

    fn new(question: Q, manner: Manner, header: &[u8]) -> Result<Self, Fault> {
        let names: Vec<_> = record::fields(header).map(record::unquote).collect();
        let names: Vec<&[u8]> = names.iter().map(|name| name.trim_ascii()).collect();
        let count = |wanted: &[u8]| names.iter().filter(|name| **name == wanted).count();

        let missing: Vec<_> =
            Q::READS.iter().copied().filter(|name| count(name.as_bytes()) == 0).collect();
        if !missing.is_empty() {
            let found: Vec<_> = names.iter().map(|name| shown(name)).collect();
            let reason = format!("missing {} (found {})", columns(&missing), found.join(","));
            return Err(Fault::of_line(
                reason,
                "the header must name every column needed, as spelled here",
            ));
        }
        let twice: Vec<_> =
            Q::READS.iter().copied().filter(|name| count(name.as_bytes()) > 1).collect();
        if !twice.is_empty() {
            return Err(Fault::of_line(
                format!("more than one {}", columns(&twice)),
                "keep one of each",
            ));
        }

        let mut out: Vec<String> =
            names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        out.extend(Q::WRITES.iter().map(|&name| name.to_owned()));
        out.extend(manner.keep_going.then(|| "error".to_owned()));
        if manner.format == Format::Json {
            let mut sorted = out.clone();
            sorted.sort_unstable();
            if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                let reason = format!(
                    "column {} would appear twice in a JSON object",
                    shown(pair[0].as_bytes())
                );
                return Err(Fault::of_line(reason, "rename or drop it in the input, or write CSV"));
            }
        }
        let keys = out.iter().enumerate().map(|(at, name)| json_key(at, name)).collect();

        let place = |wanted: &&str| names.iter().position(|name| *name == wanted.as_bytes());
        let places = Q::READS.iter().filter_map(place).collect();
        Ok(Self { question, manner, places, width: names.len(), keys })
    }

    /// The header of the output.
    fn opening(&self, header: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        if self.manner.format == Format::Csv {
            text.extend_from_slice(header);
            for name in Q::WRITES.iter().copied().chain(self.manner.keep_going.then_some("error")) {
                text.push(b',');
                text.extend_from_slice(name.as_bytes());
            }
            text.push(b'\n');
        }
        text
    }

    /// Writes the row and its answer; on a fault, `out` is as it was.
    fn answer_row(&self, record: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut row: [&[u8]; READS_MAX] = [&[]; READS_MAX];
        let mut width = 0;
        for field in record::fields(record) {
            for (place, cell) in self.places.iter().zip(&mut row) {
                if *place == width {
                    *cell = bare(field);
                }
            }
            width += 1;
        }
        if width != self.width {
            let reason = format!("{width} fields where the header has {}", self.width);
            return Err(Fault::of_line(reason, "every row needs as many fields as the header"));
        }
        let start = out.len();
        self.write_input(record, out);
        let mut cells = Cells::new(self.manner.format, &self.keys[self.width..], out);
        if let Err(fault) = self.question.answer(&row[..self.places.len()], &mut cells) {
            out.truncate(start);
            return Err(fault);
        }
        if self.manner.keep_going {
            cells.absent();
        }
        self.end_row(out);
        Ok(())
    }

    /// Writes a bad row: what it was, no answers, and why.
    fn write_fault(&self, record: &[u8], fault: &Fault, out: &mut Vec<u8>) {
        self.write_input(record, out);
        let mut cells = Cells::new(self.manner.format, &self.keys[self.width..], out);
        for _ in Q::WRITES {
            cells.absent();
        }
        cells.text(&fault.to_string());
        self.end_row(out);
    }

    /// Writes the fields of the input, as many as the header has.
    fn write_input(&self, record: &[u8], out: &mut Vec<u8>) {
        match self.manner.format {
            Format::Csv => record::write_csv(record, self.width, out),
            Format::Json => {
                let mut fields = record::fields(record);
                for key in &self.keys[..self.width] {
                    out.extend_from_slice(key);
                    let field = fields.next().map(record::unquote);
                    super::cells::json_text(
                        &String::from_utf8_lossy(field.as_deref().unwrap_or(&[])),
                        out,
                    );
                }
            }
        }
    }

    fn end_row(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.manner.format == Format::Json { b"}\n" } else { b"\n" });
    }
}

/// What some editors put before the first byte of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A field without space and simple quotes around it. A quote inside it stays: no number has one.
fn bare(field: &[u8]) -> &[u8] {
    let inside = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
    inside.unwrap_or(field).trim_ascii()
}

fn columns(names: &[&str]) -> String {
    format!("column{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}

fn json_key(at: usize, name: &str) -> Vec<u8> {
    let mut key = vec![if at == 0 { b'{' } else { b',' }];
    super::cells::json_text(name, &mut key);
    key.push(b':');
    key
}
