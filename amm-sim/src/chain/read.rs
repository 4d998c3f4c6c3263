//! Chain files: one snapshot of one underlying taken out.

use super::Rounds;
use crate::data::{ChainRow, Input, Reader, SNAP, UNDERLYING};
use amm_core::num::{Price, Size, Timestamp, Vol};
use amm_core::pricing::Kind;
use amm_rows::{Failure, Fault, shown};

/// What an exchange showed of one option. Prices are in coin.
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
    /// The exchange's own price, if the file has it.
    pub mark: Option<Price>,
    /// The exchange's volatility of the bid, likewise.
    pub bid_vol: Option<Vol>,
    /// That of the ask.
    pub ask_vol: Option<Vol>,
    /// That of its own price.
    pub mark_vol: Option<Vol>,
    /// The index then.
    pub index: Option<Price>,
    /// Contracts held.
    pub open_interest: Option<Size>,
    /// Contracts traded in 24 hours.
    pub volume: Option<Size>,
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
    /// The index as the first row of the round has it, if the file does.
    pub index: Option<Price>,
    /// Nearest first.
    pub chains: Vec<Chain>,
}

impl Snapshot {
    /// Reads the last snapshot of `underlying` at or before `at`, or the last there is.
    ///
    /// Rows of other underlyings and of later snapshots are read as far as tells that they are.
    ///
    /// # Errors
    ///
    /// [`Failure`] with the file's name as given, the line, the column and the reason.
    pub fn read(input: Input, underlying: &str, at: Option<Timestamp>) -> Result<Self, Failure> {
        let mut rows = Reader::<ChainRow>::new(input)?;
        let (mut rounds, mut last) = (Rounds::new(underlying), None);
        let early = |snap: &[u8]| {
            // What is no number is for the row's own reading to say.
            let snap = std::str::from_utf8(snap).ok().and_then(|snap| snap.parse::<u64>().ok());
            at.zip(snap).is_none_or(|(at, snap)| snap / 1000 <= at.get())
        };
        while let Some((_, row)) = rows.next_if(|cells| {
            cells.peek(UNDERLYING) == underlying.as_bytes() && early(cells.peek(SNAP))
        })? {
            last = rounds.push(row).or(last);
        }
        rounds.finish().or(last).ok_or_else(|| {
            let when = at.map_or(String::new(), |at| format!(" at or before {at}"));
            let reason = format!("no row of {}{when}", shown(underlying.as_bytes()));
            rows.failure(1, Fault::of_line(reason, "see --underlying and --at"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::{Cursor, Write};

    const HEADER: &str = "snap_ms,ts_ms,instrument,underlying,expiry_ms,strike,type,bid,ask,underlying_price,extra\n";

    fn chain(rows: &str) -> String {
        format!("{HEADER}{rows}")
    }

    const TWO: &str = "1000000,1000500,X-1JAN23-90-P,X,9000000,90,P,0.01,0.02,100,a\n\
        2000000,2000500,X-1JAN23-110-C,X,9000000,110,C,0,0.02,101,b\n\
        2000000,2000500,X-1JAN23-90-P,X,9000000,90,P,0.01,0.02,101,b\n\
        2000000,2000500,Y-1JAN23-90-P,Y,9000000,90,P,oops,,,b\n";

    fn read(text: &str, at: Option<u64>) -> Result<Snapshot, Failure> {
        Snapshot::read(
            Input::new(Cursor::new(text.to_owned()), "c.csv")?,
            "X",
            at.map(Timestamp::new),
        )
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
        let read_zipped =
            Snapshot::read(Input::new(Cursor::new(zipped), "c.csv.gz").unwrap(), "X", None)
                .unwrap();
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
        assert_eq!(error, "c.csv:3: column snap_ms: the row of line 2 again: 1000 X-A-1-C");
        let error = read("strike,type\n", None).unwrap_err().to_string();
        let want = "c.csv:1: missing column snap_ms, ts_ms, instrument, underlying, expiry_ms, bid, ask, \
            underlying_price (found strike,type)";
        assert_eq!(error, want);
    }
}
