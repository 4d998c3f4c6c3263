//! Columns and cells of estimates, for tables of studies.

use super::{Column, Holds, Value};
use crate::stats::Estimate;

/// A column of names.
pub(crate) fn names(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, Holds::Text, "", meaning)
}

/// Value and ends of an interval of 95 %; a row may have none.
pub(crate) fn ends(meaning: &'static str) -> [Column; 3] {
    let number = |name, meaning| Column::new(name, Holds::Float, "", meaning).maybe();
    let end = "end of the interval of 95 %";
    [number("value", meaning), number("low", end), number("high", end)]
}

/// The cells of [`ends`].
pub(crate) fn cells(estimate: &Option<Estimate>) -> [Value; 3] {
    let value = |value: Option<f64>| value.map_or(Value::Empty, Value::from);
    let interval = estimate.and_then(|estimate| estimate.interval);
    [
        value(estimate.map(|estimate| estimate.value)),
        value(interval.map(|interval| interval.low)),
        value(interval.map(|interval| interval.high)),
    ]
}

/// A name's cell.
pub(crate) fn word(word: &str) -> Value {
    word.to_owned().into()
}
