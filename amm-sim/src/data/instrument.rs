//! Names of options: `BTC-14APR23-30000-C`.

use amm_core::book::Series;
use amm_core::num::{Price, Timestamp};
use amm_core::pricing::Kind;
use amm_rows::{Fault, shown};

/// What a name says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Named<'a> {
    /// `BTC`; `BTC_USDC` for an option priced in USDC.
    pub(super) underlying: &'a str,
    /// `14APR23`.
    pub(super) date: &'a str,
    pub(super) series: Series,
}

/// Deribit's options end at eight in the morning, UTC.
const HOUR_S: u64 = 8 * 3600;

impl<'a> Named<'a> {
    /// Reads Deribit's name of an option; `None` if it is of something else.
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let mut parts = name.split('-');
        let (underlying, date) = (parts.next()?, parts.next()?);
        let (strike, kind) = (parts.next()?, parts.next()?);
        if underlying.is_empty() || parts.next().is_some() {
            return None;
        }
        let kind = match kind {
            "C" => Kind::Call,
            "P" => Kind::Put,
            _ => return None,
        };
        let expiry = Timestamp::new(day(date)? * 86_400 + HOUR_S);
        // 0d5625 is 0.5625.
        let strike: Price = strike.replacen('d', ".", 1).parse().ok()?;
        if strike == Price::MIN {
            return None;
        }
        Some(Self { underlying, date, series: Series { expiry, strike, kind } })
    }

    /// The same, of a row that must be of an option priced in coin.
    pub(super) fn in_coin(column: &'static str, name: &'a str) -> Result<Self, Fault> {
        let wrong = |why: &str| {
            let remedy = "options are named like BTC-14APR23-30000-C and priced in coin";
            Fault::in_column(column, format!("{why}: \"{}\"", shown(name.as_bytes())), remedy)
        };
        let named = Self::parse(name).ok_or_else(|| wrong("no option"))?;
        if named.underlying.contains('_') {
            return Err(wrong("not priced in coin"));
        }
        Ok(named)
    }
}

/// Days from 1970 of `14APR23`.
fn day(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    if !date.is_ascii() || !(6..=7).contains(&date.len()) {
        return None;
    }
    let (day, rest) = date.split_at(date.len() - 5);
    let (month, year) = rest.split_at(3);
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let (day, year) = (number(day)?, 2000 + number(year)?);
    let leap = u64::from(year.is_multiple_of(4)); // true of 2000 to 2099
    let length = match month {
        2 => 28 + leap,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years from March, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some(days - 719_468)
}

/// The part of a symbol before its first hyphen.
pub(super) fn underlying(symbol: &str) -> &str {
    symbol.split('-').next().unwrap_or(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let named = Named::parse("BTC-14APR23-30000-C").unwrap();
        assert_eq!((named.underlying, named.date), ("BTC", "14APR23"));
        assert_eq!(named.series.to_string(), "1681459200-30000-call");
        let named = Named::parse("XRP_USDC-9JUN24-0d5625-P").unwrap();
        assert_eq!(named.series.to_string(), "1717920000-0.5625-put");
        assert!(Named::in_coin("symbol", "XRP_USDC-9JUN24-0d5625-P").is_err());
        for other in [
            "BTC-PERPETUAL",
            "BTC-14APR23",
            "BTC-31APR23-1-C",
            "BTC-14APR23-0-C",
            "é-1-2-C",
            "--1-C",
        ] {
            assert_eq!(Named::parse(other), None, "{other}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (date, days) in [
            ("1JAN00", 10_957),
            ("29FEB00", 11_016),
            ("1MAR00", 11_017),
            ("31DEC23", 19_722),
            ("29FEB24", 19_782),
            ("1MAR24", 19_783),
            ("31DEC99", 47_481),
        ] {
            assert_eq!(day(date), Some(days), "{date}");
        }
        assert_eq!(day("29FEB23"), None);
    }
}
