//! TOML with places: every value knows its key and where it stands in the file.

use amm_core::num::decimal::Decimal;
use amm_core::num::{ParseNumber, Real};
use std::borrow::Cow;
use std::ops::Range;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Why a market file cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}:{line}:{column}: {key}{}{reason}", if .key.is_empty() { "" } else { ": " })]
pub struct MarketError {
    /// As the caller named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Whose value it is, such as `params.theta`; empty if the file is no TOML.
    pub key: String,
    /// The fact, with its numbers.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// A file's name and text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

/// A table and its name.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    document: Document<'a>,
    /// What comes before its keys in messages: nothing, or `params.`.
    prefix: String,
    table: &'a DeTable<'a>,
    at: Range<usize>,
}

/// A value and its key.
#[derive(Clone, Debug)]
pub(super) struct Value<'a> {
    document: Document<'a>,
    key: String,
    value: &'a Spanned<DeValue<'a>>,
}

/// A place to point at: a key and where its value stands.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    document: Document<'a>,
    key: String,
    span: Range<usize>,
}

impl<'a> Document<'a> {
    /// The file as a table.
    pub(super) fn parse(self) -> Result<Spanned<DeTable<'a>>, MarketError> {
        DeTable::parse(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let at = At { document: self, key: String::new(), span };
            let reason = error.message().lines().collect::<Vec<_>>().join("; ");
            at.error(reason, "see https://toml.io; numbers may be strings such as \"0.65\"")
        })
    }

    /// The whole table.
    pub(super) fn root(self, table: &'a Spanned<DeTable<'a>>) -> Section<'a> {
        let table = table.get_ref();
        Section { document: self, prefix: String::new(), table, at: 0..0 }
    }
}

impl At<'_> {
    pub(super) fn error(&self, reason: impl ToString, remedy: impl ToString) -> MarketError {
        let text = self.document.text;
        let before = text.get(..self.span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        MarketError {
            file: self.document.file.to_owned(),
            line,
            column,
            key: self.key.clone(),
            reason: reason.to_string(),
            remedy: remedy.to_string(),
        }
    }
}

impl<'a> Section<'a> {
    /// Refuses keys that are none of these.
    pub(super) fn only(&self, keys: &[&str]) -> Result<(), MarketError> {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if keys.contains(&name) {
                continue;
            }
            let near = keys.iter().map(|known| (strsim::osa_distance(name, known), known));
            let near = near.min().filter(|&(distance, known)| distance <= known.len().div_ceil(3));
            let remedy = match near {
                Some((_, known)) => format!("did you mean `{known}`?"),
                None => format!("the keys here are {}", keys.join(", ")),
            };
            let at = At {
                document: self.document,
                key: format!("{}{name}", self.prefix),
                span: key.span(),
            };
            return Err(at.error("there is no such key", remedy));
        }
        Ok(())
    }

    /// The value of a key, if it is there.
    pub(super) fn find(&self, key: &str) -> Option<Value<'a>> {
        let value = self.table.get(key)?;
        Some(Value { document: self.document, key: format!("{}{key}", self.prefix), value })
    }

    /// The value of a key that must be there.
    pub(super) fn need(&self, key: &str, remedy: &str) -> Result<Value<'a>, MarketError> {
        self.find(key).ok_or_else(|| self.at(key).error("is missing", remedy))
    }

    /// Where a key's value stands, or should.
    pub(super) fn at(&self, key: &str) -> At<'a> {
        let span = self.table.get(key).map_or(self.at.clone(), Spanned::span);
        At { document: self.document, key: format!("{}{key}", self.prefix), span }
    }
}

impl<'a> Value<'a> {
    pub(super) fn at(&self) -> At<'a> {
        At { document: self.document, key: self.key.clone(), span: self.value.span() }
    }

    /// A number's digits, as a string has them or as they stand in the file.
    fn digits(&self) -> Result<Cow<'a, str>, MarketError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.clone()),
            DeValue::Integer(_) | DeValue::Float(_) => {
                Ok(self.document.text.get(self.value.span()).unwrap_or_default().into())
            }
            other => Err(self.at().error(
                format!("a number is due, not {} {}", article(other), other.type_str()),
                "write a decimal such as \"0.65\"",
            )),
        }
    }

    /// A quantity.
    pub(super) fn number<T>(&self, remedy: &str) -> Result<T, MarketError>
    where
        T: FromStr<Err = ParseNumber>,
    {
        let digits = self.digits()?;
        digits.trim().parse().map_err(|error: ParseNumber| self.refuse(&digits, &error, remedy))
    }

    /// A bare number.
    pub(super) fn real(&self, remedy: &str) -> Result<Real, MarketError> {
        let digits = self.digits()?;
        let parsed = Decimal::parse(digits.trim()).map_err(ParseNumber::from);
        let real = parsed.and_then(|decimal| Ok(decimal.to_real(0)?));
        real.map_err(|error| self.refuse(&digits, &error, remedy))
    }

    fn refuse(&self, digits: &str, error: &ParseNumber, remedy: &str) -> MarketError {
        match error {
            ParseNumber::OutOfRange(error) => self.at().error(error, remedy),
            error => {
                let short: String = digits.chars().take(40).flat_map(char::escape_debug).collect();
                self.at().error(format!("`{short}` is no number here: {error}"), remedy)
            }
        }
    }

    /// Words.
    pub(super) fn text(&self) -> Result<&'a str, MarketError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text),
            other => Err(self.at().error(
                format!("a string is due, not {} {}", article(other), other.type_str()),
                "put it in quotes",
            )),
        }
    }

    /// The values of a list.
    pub(super) fn list(&self) -> Result<Vec<Value<'a>>, MarketError> {
        let DeValue::Array(array) = self.value.get_ref() else {
            let found = self.value.get_ref();
            return Err(self.at().error(
                format!("a list is due, not {} {}", article(found), found.type_str()),
                "write [\"28000\", \"30000\"]",
            ));
        };
        let value = |(place, value)| Value {
            document: self.document,
            key: format!("{}[{place}]", self.key),
            value,
        };
        Ok(array.iter().enumerate().map(value).collect())
    }

    /// The table that it is.
    pub(super) fn section(&self) -> Result<Section<'a>, MarketError> {
        let DeValue::Table(table) = self.value.get_ref() else {
            let found = self.value.get_ref();
            return Err(self.at().error(
                format!("a table is due, not {} {}", article(found), found.type_str()),
                format!("write [{0}], [[{0}]] or {0} = {{ … }} as the help shows it", self.key),
            ));
        };
        let (document, at) = (self.document, self.value.span());
        Ok(Section { document, prefix: format!("{}.", self.key), table, at })
    }
}

fn article(value: &DeValue<'_>) -> &'static str {
    if matches!(value, DeValue::Integer(_) | DeValue::Array(_)) { "an" } else { "a" }
}
