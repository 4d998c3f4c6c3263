//! Chain files: rows of quotes, one snapshot of one underlying taken out.

use crate::rows::{Failure, Fault, shown};
use amm_core::num::{Price, Timestamp};
use amm_core::pricing::Kind;
use csv::{ByteRecord, ReaderBuilder};
use flate2::read::MultiGzDecoder;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::str::FromStr;

/// One option's best bid and ask, in coin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quote {
    /// When the exchange said so.
    pub time: Timestamp,
    /// What the underlying was worth at expiry, at that time.
    pub forward: Price,
    /// The strike, in the forward's unit.
    pub strike: Price,
    /// Call or put.
    pub kind: Kind,
    /// Zero if nobody bids.
    pub bid: Price,
    /// Zero if nobody asks.
    pub ask: Price,
}

/// The quotes of one expiry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// As the exchange names it: `14APR23`.
    pub name: String,
    /// When.
    pub expiry: Timestamp,
    /// By strike, calls before puts.
    pub quotes: Vec<Quote>,
}

/// What an exchange showed of one underlying at one time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Snapshot {
    /// When its download began.
    pub time: Timestamp,
    /// `BTC`, `ETH`.
    pub underlying: String,
    /// Nearest first.
    pub chains: Vec<Chain>,
}

/// The columns read, in the order of their places below.
const COLUMNS: [&str; 10] = [
    "snap_ms",
    "ts_ms",
    "instrument",
    "underlying",
    "expiry_ms",
    "strike",
    "type",
    "bid",
    "ask",
    "underlying_price",
];
const SNAP: usize = 0;
const TIME: usize = 1;
const INSTRUMENT: usize = 2;
const UNDERLYING: usize = 3;
const EXPIRY: usize = 4;
const STRIKE: usize = 5;
const TYPE: usize = 6;
const BID: usize = 7;
const ASK: usize = 8;
const FORWARD: usize = 9;

impl Snapshot {
    /// Reads the last snapshot of `underlying` at or before `at`, or the last there is.
    ///
    /// The file is CSV with a header, as it is or compressed by gzip; columns may come in any order. Rows of
    /// other snapshots are read as far as tells that they are.
    ///
    /// # Errors
    ///
    /// [`Failure`] with the file's name as given, the line, the column and the reason.
    pub fn read(
        input: impl Read,
        file: &str,
        underlying: &str,
        at: Option<Timestamp>,
    ) -> Result<Self, Failure> {
        let unreadable = |error| Failure::Read { file: file.to_owned(), error };
        let mut input = BufReader::new(input);
        let zipped = input.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
        if zipped {
            Self::read_plain(MultiGzDecoder::new(input), file, underlying, at)
        } else {
            Self::read_plain(input, file, underlying, at)
        }
    }

    fn read_plain(
        input: impl Read,
        file: &str,
        underlying: &str,
        at: Option<Timestamp>,
    ) -> Result<Self, Failure> {
        let fail = |line, fault| Failure::Input { file: file.to_owned(), line, fault };
        let broken = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            match error.into_kind() {
                csv::ErrorKind::Io(error) => Failure::Read { file: file.to_owned(), error },
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => fail(
                    line,
                    Fault::of_line(
                        format!("has {len} fields, the header {expected_len}"),
                        "check for missing or stray commas",
                    ),
                ),
                other => fail(line, Fault::of_line(format!("{other:?}"), "")),
            }
        };
        let mut reader = ReaderBuilder::new().from_reader(input);
        let header = reader.byte_headers().map_err(broken)?.clone();
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            let found = header.iter().position(|name| name.trim_ascii() == column.as_bytes());
            *place = found.ok_or_else(|| {
                let reason = "not in the header";
                fail(1, Fault::in_column(column, reason, "the columns are those of a chain file"))
            })?;
        }

        let mut taken: Option<u64> = None; // the snapshot's time in ms
        let mut rows: Vec<Row> = Vec::new();
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(broken)? {
            let line = record.position().map_or(0, csv::Position::line);
            let cells = Cells { record: &record, places: &places };
            if cells.text(UNDERLYING) != underlying.as_bytes() {
                continue;
            }
            let snap = cells.millis(SNAP).map_err(|fault| fail(line, fault))?;
            if at.is_some_and(|at| snap / 1000 > at.get()) || taken.is_some_and(|last| snap < last)
            {
                continue;
            }
            if taken != Some(snap) {
                taken = Some(snap);
                rows.clear();
            }
            rows.push(cells.row(line).map_err(|fault| fail(line, fault))?);
        }
        let Some(snap) = taken else {
            let when = at.map_or(String::new(), |at| format!(" at or before {at}"));
            let reason = format!("no row of {}{when}", shown(underlying.as_bytes()));
            return Err(fail(1, Fault::of_line(reason, "see --underlying and --at")));
        };
        let time = Timestamp::new(snap / 1000);
        let chains = chains(rows).map_err(|(line, fault)| fail(line, fault))?;
        Ok(Self { time, underlying: underlying.to_owned(), chains })
    }
}

/// A row and where it stood.
struct Row {
    line: u64,
    name: String,
    expiry: Timestamp,
    quote: Quote,
}

/// Sorted by expiry, strike and kind; an option twice is a fault.
fn chains(rows: Vec<Row>) -> Result<Vec<Chain>, (u64, Fault)> {
    let mut chains: BTreeMap<Timestamp, Chain> = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for Row { line, name, expiry, quote } in rows {
        if let Some(first) = seen.insert((expiry, quote.strike, quote.kind), line) {
            let reason = format!("the option of line {first} again");
            return Err((line, Fault::in_column(COLUMNS[INSTRUMENT], reason, "keep one of them")));
        }
        let empty = || Chain { name, expiry, quotes: Vec::new() };
        chains.entry(expiry).or_insert_with(empty).quotes.push(quote);
    }
    for chain in chains.values_mut() {
        chain.quotes.sort_by_key(|quote| (quote.strike, quote.kind));
    }
    Ok(chains.into_values().collect())
}

/// One row's cells, by column.
struct Cells<'a> {
    record: &'a ByteRecord,
    places: &'a [usize; COLUMNS.len()],
}

impl Cells<'_> {
    fn text(&self, column: usize) -> &[u8] {
        self.record.get(self.places[column]).unwrap_or_default().trim_ascii()
    }

    fn number<T: FromStr<Err: ToString>>(&self, column: usize) -> Result<T, Fault> {
        let text = self.text(column);
        let parsed = std::str::from_utf8(text).map_or(Err("not text".to_owned()), |text| {
            text.parse().map_err(|error: T::Err| error.to_string())
        });
        parsed.map_err(|reason| {
            Fault::in_column(COLUMNS[column], format!("{reason}: \"{}\"", shown(text)), "")
        })
    }

    fn millis(&self, column: usize) -> Result<u64, Fault> {
        self.number(column)
    }

    fn row(&self, line: u64) -> Result<Row, Fault> {
        let (time, expiry) = (self.millis(TIME)? / 1000, self.millis(EXPIRY)? / 1000);
        let fault = |column: usize, reason: String| Fault::in_column(COLUMNS[column], reason, "");
        if expiry <= time {
            return Err(fault(EXPIRY, format!("expires at {expiry} s, quoted at {time} s")));
        }
        let kind = match self.text(TYPE) {
            b"C" => Kind::Call,
            b"P" => Kind::Put,
            other => return Err(fault(TYPE, format!("must be C or P, got \"{}\"", shown(other)))),
        };
        let (bid, ask): (Price, Price) = (self.number(BID)?, self.number(ASK)?);
        if ask != Price::MIN && ask < bid {
            return Err(fault(ASK, format!("{ask} is below the bid of {bid}")));
        }
        let (strike, forward): (Price, Price) = (self.number(STRIKE)?, self.number(FORWARD)?);
        for (column, price) in [(STRIKE, strike), (FORWARD, forward)] {
            if price == Price::MIN {
                return Err(fault(column, "must be above 0".to_owned()));
            }
        }
        let instrument = String::from_utf8_lossy(self.text(INSTRUMENT));
        // BTC-14APR23-30000-C
        let name = instrument.split('-').nth(1).filter(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        let name = name.ok_or_else(|| {
            fault(INSTRUMENT, format!("no expiry in \"{}\"", shown(instrument.as_bytes())))
        })?;
        let quote = Quote { time: Timestamp::new(time), forward, strike, kind, bid, ask };
        Ok(Row { line, name: name.to_owned(), expiry: Timestamp::new(expiry), quote })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const HEADER: &str = "snap_ms,ts_ms,instrument,underlying,expiry_ms,strike,type,bid,ask,underlying_price,extra\n";

    fn chain(rows: &str) -> String {
        format!("{HEADER}{rows}")
    }

    const TWO: &str = "1000000,1000500,X-1JAN23-90-P,X,9000000,90,P,0.01,0.02,100,a\n\
        2000000,2000500,X-1JAN23-110-C,X,9000000,110,C,0,0.02,101,b\n\
        2000000,2000500,X-1JAN23-90-P,X,9000000,90,P,0.01,0.02,101,b\n\
        2000000,2000500,Y-1JAN23-90-P,Y,9000000,90,P,oops,,,b\n";

    fn read(text: &str, at: Option<u64>) -> Result<Snapshot, Failure> {
        Snapshot::read(text.as_bytes(), "c.csv", "X", at.map(Timestamp::new))
    }

    #[test]
    fn the_last_snapshot_not_after_the_time_is_taken() {
        let last = read(&chain(TWO), None).unwrap();
        assert_eq!((last.time, last.chains.len()), (Timestamp::new(2000), 1));
        let strikes: Vec<String> =
            last.chains[0].quotes.iter().map(|quote| quote.strike.to_string()).collect();
        assert_eq!(strikes, ["90", "110"]);
        assert_eq!(read(&chain(TWO), Some(1999)).unwrap().time, Timestamp::new(1000));
        let none = read(&chain(TWO), Some(999)).unwrap_err().to_string();
        assert_eq!(none, "c.csv:1: no row of X at or before 999");
    }

    #[test]
    fn gzip_is_seen_by_its_bytes() {
        let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
        zipped.write_all(chain(TWO).as_bytes()).unwrap();
        let zipped = zipped.finish().unwrap();
        let read_zipped = Snapshot::read(&zipped[..], "c.csv.gz", "X", None).unwrap();
        assert_eq!(read_zipped, read(&chain(TWO), None).unwrap());
    }

    #[test]
    fn a_bad_row_is_named_by_line_and_column() {
        let cases = [
            ("1000,1000,X-A-1-C,X,9000,1,C,0.1,0.2\n", "c.csv:2: has 9 fields, the header 11"),
            (
                "x,1,X-A-1-C,X,9000,1,C,0.1,0.2,1,\n",
                "c.csv:2: column snap_ms: invalid digit found in string: \"x\"",
            ),
            (
                "1000,1000,X-A-1-C,X,1000,1,C,0.1,0.2,1,\n",
                "c.csv:2: column expiry_ms: expires at 1 s, quoted at 1 s",
            ),
            (
                "1000,1000,X-A-1-C,X,9000,1,B,0.1,0.2,1,\n",
                "c.csv:2: column type: must be C or P, got \"B\"",
            ),
            (
                "1000,1000,X-A-1-C,X,9000,1,C,0.3,0.2,1,\n",
                "c.csv:2: column ask: 0.2 is below the bid of 0.3",
            ),
            (
                "1000,1000,X-A-1-C,X,9000,0,C,0.1,0.2,1,\n",
                "c.csv:2: column strike: must be above 0",
            ),
            (
                "1000,1000,X,X,9000,1,C,0.1,0.2,1,\n",
                "c.csv:2: column instrument: no expiry in \"X\"",
            ),
        ];
        for (row, want) in cases {
            assert_eq!(read(&chain(row), None).unwrap_err().to_string(), want);
        }
        let twice = "1000,1000,X-A-1-C,X,9000,1,C,0.1,0.2,1,\n".repeat(2);
        let error = read(&chain(&twice), None).unwrap_err().to_string();
        assert_eq!(error, "c.csv:3: column instrument: the option of line 2 again");
        let error = read("strike,type\n", None).unwrap_err().to_string();
        assert_eq!(error, "c.csv:1: column snap_ms: not in the header");
    }
}
