//! A table of either shape, CSV or JSON, as rows of cells in the order of a format's columns.

use super::cells::{Cells, Column};
use super::input::Input;
use super::scan::{Scan, Stop};
use amm_rows::{Failure, Fault, shown};
use csv::{ByteRecord, ErrorKind, Position, ReaderBuilder};
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A table that has been opened: its columns' names are known, its rows are to come.
pub(super) struct Table {
    /// What messages call it.
    pub(super) file: String,
    /// Its columns: the header of CSV, the keys of the first row of JSON.
    pub(super) names: Vec<String>,
    shape: Shape,
    gauge: Arc<AtomicU64>,
}

enum Shape {
    Csv {
        reader: Box<csv::Reader<Box<dyn BufRead + Send>>>,
        record: ByteRecord,
    },
    Json {
        scan: Box<Scan>,
        /// Whether the scan stands at a row that was read for its keys.
        waiting: bool,
    },
}

/// Which of the table's columns a format's are.
#[derive(Debug)]
pub(super) struct Places {
    columns: &'static [Column],
    /// Of CSV.
    places: Vec<Option<usize>>,
}

impl Table {
    /// Reads as far as tells the columns. JSON is told by its first byte.
    pub(super) fn open(mut input: Input) -> Result<Self, Failure> {
        let gauge = input.gauge();
        let file = input.file;
        let unreadable = |error| Failure::Read { file: file.clone(), error };
        // Blanks of a buffer's length before the first bracket are no JSON of anyone's.
        let bytes = input.bytes.fill_buf().map_err(unreadable)?;
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        if matches!(first, Some(b'{' | b'[')) {
            let mut scan = Box::new(Scan::new(input.bytes));
            let waiting = scan.next().map_err(|stop| stop.of(&file))?;
            let names = scan.fields().iter().map(|field| field.key.clone()).collect();
            return Ok(Self { file, names, shape: Shape::Json { scan, waiting }, gauge });
        }
        let mut reader = Box::new(ReaderBuilder::new().from_reader(input.bytes));
        let header = reader.byte_headers().map_err(|error| broken(&file, error))?;
        let names = header.iter().enumerate().map(|(at, name)| {
            // A mark of the order of bytes may stand before the first.
            let name =
                if at == 0 { name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name) } else { name };
            String::from_utf8_lossy(name.trim_ascii()).into_owned()
        });
        let names = names.collect();
        let record = ByteRecord::new();
        Ok(Self { file, names, shape: Shape::Csv { reader, record }, gauge })
    }

    /// Whether there is nothing to tell a format by.
    pub(super) fn is_empty(&self) -> bool {
        self.names.iter().all(String::is_empty)
    }

    /// Bytes of the file, as it is on the disk, that have been fetched.
    pub(super) fn bytes(&self) -> u64 {
        self.gauge.load(Ordering::Relaxed)
    }

    /// Finds a format's columns.
    pub(super) fn places(&self, columns: &'static [Column]) -> Result<Places, Failure> {
        let mut places = Vec::with_capacity(columns.len());
        if let Shape::Csv { .. } = self.shape {
            let mut missing = Vec::new();
            for column in columns {
                let place = self.names.iter().position(|name| name == column.name);
                if place.is_none() && column.needed {
                    missing.push(column.name);
                }
                places.push(place);
            }
            if !missing.is_empty() {
                let reason = format!(
                    "missing column {} (found {})",
                    missing.join(", "),
                    shown(self.names.join(",").as_bytes())
                );
                let remedy = "columns are found by their names, in any order";
                return Err(self.failure(1, Fault::of_line(reason, remedy)));
            }
        }
        Ok(Places { columns, places })
    }

    /// Reads the next row and lets `read` look at it. `None` at the end.
    pub(super) fn next<T>(
        &mut self,
        places: &Places,
        read: impl FnOnce(u64, Cells<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Failure> {
        let Places { columns, places } = places;
        match &mut self.shape {
            Shape::Csv { reader, record } => {
                let more = reader.read_byte_record(record);
                if !more.map_err(|error| broken(&self.file, error))? {
                    return Ok(None);
                }
                let line = record.position().map_or(0, Position::line);
                let text = |place: &Option<usize>| {
                    place.and_then(|place| record.get(place)).unwrap_or_default().trim_ascii()
                };
                let texts: Vec<&[u8]> = places.iter().map(text).collect();
                read(line, Cells::new(columns, &texts)).map(Some).map_err(|fault| Failure::Input {
                    file: self.file.clone(),
                    line,
                    fault,
                })
            }
            Shape::Json { scan, waiting } => {
                let more = *waiting || scan.next().map_err(|stop| stop.of(&self.file))?;
                *waiting = false;
                if !more {
                    return Ok(None);
                }
                let fields = scan.fields();
                let find = |name: &str| fields.iter().find(|field| field.key == name);
                let mut texts: Vec<&[u8]> = Vec::with_capacity(columns.len());
                for column in *columns {
                    let field = find(column.name);
                    if field.is_none() && column.needed {
                        let fault = Fault::in_column(column.name, "is missing", "");
                        return Err(Stop::Fault(scan.line(), fault).of(&self.file));
                    }
                    texts.push(field.map_or(&[], |field| field.text.as_bytes()));
                }
                // A fault of a value is said to be where its key is.
                let line = fields.first().map_or(scan.line(), |field| field.line);
                read(line, Cells::new(columns, &texts)).map(Some).map_err(|mut fault| {
                    let field = fault.column.and_then(find);
                    if let Some(field) = field {
                        fault.reason += &format!(" (byte {} of the line)", field.column);
                    }
                    let line = field.map_or(line, |field| field.line);
                    Stop::Fault(line, fault).of(&self.file)
                })
            }
        }
    }

    pub(super) fn failure(&self, line: u64, fault: Fault) -> Failure {
        Failure::Input { file: self.file.clone(), line, fault }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What the parser of CSV says.
fn broken(file: &str, error: csv::Error) -> Failure {
    let line = error.position().map_or(1, Position::line);
    let fail = |fault| Failure::Input { file: file.to_owned(), line, fault };
    match error.into_kind() {
        ErrorKind::Io(error) => Failure::Read { file: file.to_owned(), error },
        ErrorKind::UnequalLengths { expected_len, len, .. } => fail(Fault::of_line(
            format!("has {len} fields, the header {expected_len}"),
            "check for missing or stray commas",
        )),
        other => fail(Fault::of_line(format!("{other:?}"), "")),
    }
}
