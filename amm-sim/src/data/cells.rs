//! One row's cells, taken in the order in which its format names its columns.

use amm_core::book::Side;
use amm_core::num::decimal::Decimal;
use amm_core::num::{Price, Real, Vol};
use amm_core::pricing::Kind;
use amm_rows::{Fault, shown};
use std::str::FromStr;

/// A column of a format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Column {
    /// As the header names it.
    pub name: &'static str,
    /// Whether a file must have it.
    pub needed: bool,
}

/// A column that a file must have.
pub(super) const fn needed(name: &'static str) -> Column {
    Column { name, needed: true }
}

/// A column that a file may lack.
pub(super) const fn optional(name: &'static str) -> Column {
    Column { name, needed: false }
}

/// One row's cells. Each of the functions takes the next column's.
#[derive(Clone, Debug)]
pub struct Cells<'a> {
    columns: &'static [Column],
    texts: &'a [&'a [u8]],
    next: usize,
}

impl<'a> Cells<'a> {
    /// `texts` are in the order of `columns`, empty where there is none.
    pub fn new(columns: &'static [Column], texts: &'a [&'a [u8]]) -> Self {
        Self { columns, texts, next: 0 }
    }

    /// The cell of the column that is `at` its place, without taking it.
    pub fn peek(&self, at: usize) -> &'a [u8] {
        self.texts.get(at).copied().unwrap_or_default()
    }

    fn take(&mut self) -> (&'static str, &'a [u8]) {
        let at = self.next;
        self.next += 1;
        (self.columns.get(at).map_or("", |column| column.name), self.peek(at))
    }

    /// Words, of which there must be some.
    pub fn text(&mut self) -> Result<String, Fault> {
        let (name, text) = self.take();
        let read = std::str::from_utf8(text).ok().filter(|text| !text.is_empty());
        read.map(str::to_owned).ok_or_else(|| match text {
            [] => Fault::in_column(name, "is empty", ""),
            _ => Fault::in_column(name, format!("not text: \"{}\"", shown(text)), ""),
        })
    }

    /// Words, if there are any.
    pub fn words(&mut self) -> String {
        String::from_utf8_lossy(self.take().1).into_owned()
    }

    /// A number or whatever else is read from text.
    pub fn number<T: FromStr<Err: ToString>>(&mut self) -> Result<T, Fault> {
        let (name, text) = self.take();
        number(name, text)
    }

    /// The same, if there is anything.
    pub fn maybe<T: FromStr<Err: ToString>>(&mut self) -> Result<Option<T>, Fault> {
        let (name, text) = self.take();
        if text.is_empty() { Ok(None) } else { number(name, text).map(Some) }
    }

    /// A price above zero.
    pub fn positive(&mut self) -> Result<Price, Fault> {
        let (name, text) = self.take();
        let price: Price = number(name, text)?;
        if price == Price::MIN {
            return Err(Fault::in_column(name, "must be above 0", ""));
        }
        Ok(price)
    }

    /// A price, where zero or nothing says that there is none.
    pub fn price_or_none(&mut self) -> Result<Option<Price>, Fault> {
        Ok(self.maybe()?.filter(|price| *price != Price::MIN))
    }

    /// A number of either sign, if there is one.
    pub fn real(&mut self) -> Result<Option<Real>, Fault> {
        let (name, text) = self.take();
        if text.is_empty() { Ok(None) } else { real(name, text, 0).map(Some) }
    }

    /// A volatility in per cent, where zero or nothing says that there is none.
    pub fn percent(&mut self) -> Result<Option<Vol>, Fault> {
        let (name, text) = self.take();
        if text.is_empty() {
            return Ok(None);
        }
        let vol = Vol::new(real(name, text, -2)?)
            .map_err(|error| wrong(name, text, error.to_string()))?;
        Ok(Some(vol).filter(|vol| *vol != Vol::ZERO))
    }

    /// Call or put: a letter or the word.
    pub fn kind(&mut self) -> Result<Kind, Fault> {
        let (name, text) = self.take();
        match text {
            b"C" | b"call" => Ok(Kind::Call),
            b"P" | b"put" => Ok(Kind::Put),
            other => {
                let reason = format!("must be C or P, got \"{}\"", shown(other));
                Err(Fault::in_column(name, reason, ""))
            }
        }
    }

    /// The taker's side; `unknown` and nothing are none.
    pub fn side(&mut self) -> Result<Option<Side>, Fault> {
        let (name, text) = self.take();
        match text {
            b"buy" => Ok(Some(Side::Buy)),
            b"sell" => Ok(Some(Side::Sell)),
            b"unknown" | b"" => Ok(None),
            other => {
                let reason = format!("must be buy, sell or unknown, got \"{}\"", shown(other));
                Err(Fault::in_column(name, reason, ""))
            }
        }
    }
}

fn wrong(name: &'static str, text: &[u8], reason: impl ToString) -> Fault {
    Fault::in_column(name, format!("{}: \"{}\"", reason.to_string(), shown(text)), "")
}

fn number<T: FromStr<Err: ToString>>(name: &'static str, text: &[u8]) -> Result<T, Fault> {
    let parsed = std::str::from_utf8(text)
        .map_err(|_| "not text".to_owned())
        .and_then(|text| text.parse().map_err(|error: T::Err| error.to_string()));
    parsed.map_err(|reason| wrong(name, text, reason))
}

/// The decimal times 10^`shift10`, to the nearest.
fn real(name: &'static str, text: &[u8], shift10: i32) -> Result<Real, Fault> {
    let decimal = Decimal::parse(text).map_err(|error| wrong(name, text, error))?;
    decimal.to_real(shift10).map_err(|error| wrong(name, text, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[needed("iv"), optional("rate")];

    #[test]
    fn per_cent_become_fractions_without_a_float() {
        let texts: [&[u8]; 2] = [b"64.12", b"-0.00012359"];
        let mut cells = Cells::new(COLUMNS, &texts);
        assert_eq!(cells.percent().unwrap(), Some("0.6412".parse().unwrap()));
        assert_eq!(cells.real().unwrap(), Some(Real::lit("-0.00012359")));
        // Past the last column there is nothing.
        assert_eq!(cells.maybe::<u64>().unwrap(), None);
    }

    #[test]
    fn a_bad_cell_is_named_with_its_text() {
        let fault = |text: &'static [u8]| {
            Cells::new(COLUMNS, &[text, b""]).percent().unwrap_err().to_string()
        };
        assert_eq!(fault(b"6x"), "column iv: unexpected `x` at byte 1: \"6x\"");
        assert!(fault(b"2001").starts_with("column iv: volatility (other than 0) must lie in"));
        let mut cells = Cells::new(COLUMNS, &[b"0"]);
        assert_eq!(cells.positive().unwrap_err().to_string(), "column iv: must be above 0");
    }
}
