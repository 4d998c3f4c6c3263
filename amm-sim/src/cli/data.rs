//! `amm-sim data`.

use super::progress::Progress;
use crate::data::{Description, Finds, Gap, Input, Span};
use amm_rows::Failure;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Which files, and how to answer.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// CSV or JSON, plain or gzip; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write one JSON object a file.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Reads each file and says what it is.
    pub(super) fn run(&self) -> ExitCode {
        let mut code = ExitCode::SUCCESS;
        for path in &self.files {
            match read(path) {
                Ok(description) if self.json => match serde_json::to_string(&description) {
                    Ok(text) => println!("{text}"),
                    Err(_) => return ExitCode::FAILURE,
                },
                Ok(description) => print!("{}", told(&description)),
                // The other files are still worth a look.
                Err(failure) => code = super::report(&failure),
            }
        }
        code
    }
}

fn read(path: &std::path::Path) -> Result<Description, Failure> {
    let input = Input::open(path)?;
    let mut progress = Progress::new(input.size);
    Description::read(input, |rows, bytes| progress.at(rows, "rows", bytes))
}

/// The description for people.
fn told(Description { file, format, findings }: &Description) -> String {
    let mut out = format!("{file}\n  {format}, {} rows\n", findings.rows);
    for (count, rows) in &findings.counts {
        let _ = writeln!(out, "  {rows} {count}");
    }
    for (name, span) in &findings.spans {
        let name = if name.is_empty() { "" } else { &format!("{name}: ") };
        let Span { times, first_ms, last_ms, .. } = span;
        let (first, last) = (utc(*first_ms), utc(*last_ms));
        let step = span.step_ms.map_or(String::new(), |ms| format!(", every {}", length(ms)));
        let _ = writeln!(out, "  {name}{times} times, {first} to {last}{step}");
        if span.gaps > 0 {
            let plural = if span.gaps == 1 { "" } else { "s" };
            let Span { gaps, gaps_missing, .. } = span;
            let _ = writeln!(out, "    {gaps} gap{plural}, {gaps_missing} times left out");
        }
        for gap in &span.gaps_first {
            let _ = writeln!(out, "    gap {}", line(gap));
        }
        if let Some(longest) = span.longest.filter(|_| span.step_ms.is_none()) {
            let _ = writeln!(out, "    longest silence {}", line(&longest));
        }
    }
    finds(&mut out, "stand twice and are given once", &findings.duplicates);
    finds(&mut out, "are not there, by their numbers", &findings.missing);
    out
}

fn finds(out: &mut String, what: &str, finds: &Finds) {
    if finds.count > 0 {
        let _ = writeln!(out, "  {} {what}", finds.count);
    }
    for find in &finds.first {
        let _ = writeln!(out, "    line {}: {}", find.line, amm_rows::shown(find.what.as_bytes()));
    }
}

fn line(gap: &Gap) -> String {
    let (from, to) = (utc(gap.from_ms), utc(gap.to_ms));
    format!("of {} before line {}: {from} to {to}", length(gap.length_ms()), gap.line)
}

/// A length of time in the unit that suits it, cut to whole ones of the next smaller.
fn length(ms: u64) -> String {
    let (s, min, hours) = (ms / 1000, ms / 60_000, ms / 3_600_000);
    match ms {
        0..10_000 => format!("{ms} ms"),
        10_000..600_000 => format!("{s} s"),
        600_000..36_000_000 => format!("{min} min"),
        36_000_000..864_000_000 => format!("{hours} h"),
        _ => format!("{} d", hours / 24),
    }
}

/// A time of the calendar, cut to the second; the count of milliseconds if it is beyond the year 9999.
fn utc(ms: u64) -> String {
    const LAST_DAY: u64 = 2_932_896;
    let (day, second) = (ms / 86_400_000, ms / 1000 % 86_400);
    if day > LAST_DAY {
        return format!("{ms} ms");
    }
    // Days since 1 March of the year 0, in eras of 400 years (Hinnant's civil_from_days).
    let days = day + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (400 * era + year, if month < 10 { month + 3 } else { month - 9 });
    let year = year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// What the long help says at its end.
pub(super) const HELP: &str = "\
Understood, plain or gzip, told by the header or by the keys of the first row:
  option chains of many rounds, derived flow, index prices, candles, flow of a pool, funding rates
  Deribit's public/get_last_trades_by_currency and public/get_book_summary_by_currency, as JSON
  Tardis' options_chain and trades, as CSV

Said of each: rows, span, pace; gaps, which are steps of more than one and a half times the median;
rows that stand twice; numbers of a sequence that were passed over.

Examples:
  amm-sim data chain.csv.gz trades.json
  amm-sim data --json *.csv | jq -r '[.file, .format, .rows] | @tsv'

Exit code 2 for a bad row, named as file:line: column, or a format that is not understood.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_868_799_999, "2000-02-29T23:59:59Z"),
            (1_681_372_503_796, "2023-04-13T07:55:03Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59Z"),
            (253_402_300_800_000, "253402300800000 ms"),
        ] {
            assert_eq!(utc(ms), text);
        }
    }
}
