//! A run's data as the page holds it: JSON, columns by name, no character that could end a script.

use super::{Summary, replay, thin};
use crate::tables::{Found, Table, Value};
use serde_json::{Map, Number, Value as Json, json};

/// The JSON of a summary and tables.
pub(super) fn json(summary: &Summary, found: &Found) -> String {
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
    let mut summary = json!(summary);
    // A script's numbers have 53 bits.
    summary["seed"] = Json::String(summary["seed"].to_string());
    let page = json!({ "summary": summary, "tables": tables });
    page.to_string().replace('<', "\\u003c")
}

/// A table as columns, and how many rows its file has.
fn of(shown: &Table, whole: &Table) -> Json {
    let columns = shown.columns().iter().enumerate().map(|(place, column)| {
        let cells = shown.rows().iter().map(|row| cell(&row[place]));
        json!({
            "name": column.name,
            "holds": column.holds.name(),
            "unit": column.unit,
            "meaning": column.meaning,
            "cells": cells.collect::<Vec<_>>(),
        })
    });
    let columns: Vec<_> = columns.collect();
    let (title, rows) = (shown.title(), whole.rows().len());
    json!({ "title": title, "file": whole.name(), "rows": rows, "columns": columns })
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
