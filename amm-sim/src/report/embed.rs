//! A run's data as the page holds it: JSON, columns by name, no character that could end a script.

use super::{Summary, replay, thin};
use crate::tables::{Found, Holds, Table, Value};
use serde_json::{Map, Number, Value as Json, json};
use std::collections::BTreeMap;

/// The JSON of a summary and tables.
pub(super) fn json(summary: &Summary, mut all: Map<String, Json>, found: &Found) -> String {
    let mut tables = Map::new();
    for table in &found.tables {
        let shown = match table.name() {
            "replay_iv" => {
                tables.insert("replay_error".to_owned(), of(&replay::errors(table), table));
                replay::smiles(table)
            }
            _ => thin::thin(table),
        };
        tables.insert(table.name().to_owned(), of(&shown, table));
    }
    if let Json::Object(known) = json!(summary) {
        all.extend(known);
    }
    // A script's numbers have 53 bits.
    all.insert("seed".to_owned(), summary.seed.to_string().into());
    let page = json!({ "summary": all, "tables": tables });
    page.to_string().replace('<', "\\u003c")
}

/// A table as columns, and how many rows its file has.
fn of(shown: &Table, whole: &Table) -> Json {
    let columns = shown.columns().iter().enumerate().map(|(place, column)| {
        let values = shown.rows().iter().map(|row| &row[place]);
        let (words, cells) = match column.holds {
            Holds::Text => numbered(values),
            _ => (Vec::new(), values.map(cell).collect()),
        };
        json!({
            "name": column.name,
            "holds": column.holds.name(),
            "unit": column.unit,
            "meaning": column.meaning,
            "words": words,
            "cells": cells,
        })
    });
    let columns: Vec<_> = columns.collect();
    let (title, rows) = (shown.title(), whole.rows().len());
    json!({ "title": title, "file": whole.name(), "rows": rows, "columns": columns })
}

/// Different texts in the order of their appearance, and each cell's number among them.
fn numbered<'a>(values: impl Iterator<Item = &'a Value>) -> (Vec<&'a str>, Vec<Json>) {
    let (mut words, mut known) = (Vec::new(), BTreeMap::new());
    let number = |value: &'a Value| {
        let Value::Text(text) = value else { return Json::Null };
        let next = words.len();
        let number = *known.entry(&**text).or_insert(next);
        if number == next {
            words.push(&**text);
        }
        number.into()
    };
    let cells = values.map(number).collect();
    (words, cells)
}

fn cell(value: &Value) -> Json {
    match value {
        Value::Empty => Json::Null,
        Value::Integer(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => Json::String(number.to_string()),
        },
        Value::Float(number) => short(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(text.to_string()),
        Value::Boolean(yes) => Json::Bool(*yes),
    }
}

/// Seven digits, which is more than a picture shows; the table's files have all.
fn short(number: f64) -> Option<Number> {
    Number::from_f64(format!("{number:.6e}").parse().ok()?)
}
