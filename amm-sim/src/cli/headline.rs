//! The headline for a terminal: a line a design, intervals as ±.
#![allow(
    clippy::float_arithmetic,
    reason = "half of an interval and shorter units, for people: no result depends on them"
)]

use crate::tables::{Table, Value, aligned};

/// How a column is shown.
#[derive(Clone, Copy)]
enum Show {
    /// 0.413.
    Ratio,
    /// 41.3 %.
    Percent,
    /// 1.23 M.
    Cash,
}

/// A column: its heading, where its number and its interval are, and how it is shown.
type Column = (&'static str, &'static str, Option<(&'static str, &'static str)>, Show);

const COLUMNS: [Column; 6] = [
    ("amplification", "amplification", Some(("low", "high")), Show::Ratio),
    ("loop gain", "gain", Some(("gain_low", "gain_high")), Show::Ratio),
    ("dampening", "dampening", Some(("d_low", "d_high")), Show::Ratio),
    ("less placebos", "placebo_adjusted", Some(("pa_low", "pa_high")), Show::Ratio),
    ("served", "served", None, Show::Percent),
    ("providers' profit", "lp_pnl", Some(("lp_low", "lp_high")), Show::Cash),
];

const FRONTIER: [Column; 3] = [
    ("strength", "strength", None, Show::Ratio),
    ("served", "served", None, Show::Percent),
    ("amplification", "amplification", Some(("low", "high")), Show::Ratio),
];

/// The table `headline`.
pub(super) fn headline(table: &Table) -> String {
    lines(table, &COLUMNS)
}

/// The table `frontier`.
pub(super) fn frontier(table: &Table) -> String {
    lines(table, &FRONTIER)
}

fn lines(table: &Table, columns: &[Column]) -> String {
    let number = |row: &[Value], column: &str| match row.get(table.place(column)?) {
        Some(Value::Float(number)) => Some(*number),
        _ => None,
    };
    let text = |row: &[Value], column: &str| {
        table.place(column).and_then(|at| row.get(at)).map(|value| value.text().into_owned())
    };
    let mut ells: Vec<String> = table.rows().iter().filter_map(|row| text(row, "ell")).collect();
    ells.dedup();
    let mut cells: Vec<Vec<String>> = Vec::new();
    let mut head = vec!["design".to_owned()];
    if ells.len() > 1 {
        head.push("leakage".to_owned());
    }
    head.extend(columns.iter().map(|(heading, ..)| (*heading).to_owned()));
    cells.push(head);
    for row in table.rows() {
        let mut line = vec![text(row, "design").unwrap_or_default()];
        if ells.len() > 1 {
            line.push(text(row, "ell").unwrap_or_default());
        }
        for (_, column, ends, show) in columns {
            let half =
                ends.and_then(|(low, high)| Some((number(row, high)? - number(row, low)?) / 2.0));
            line.push(
                number(row, column)
                    .map_or_else(|| "-".to_owned(), |value| shown(value, half, *show)),
            );
        }
        cells.push(line);
    }
    aligned(&cells)
}

fn shown(value: f64, half: Option<f64>, show: Show) -> String {
    let (scale, digits, unit) = match show {
        Show::Ratio => (1.0, 3, ""),
        Show::Percent => (100.0, 1, " %"),
        Show::Cash => match value.abs().max(half.unwrap_or(0.0)) {
            large if large >= 1e9 => (1e-9, 2, " G"),
            large if large >= 1e6 => (1e-6, 2, " M"),
            large if large >= 1e3 => (1e-3, 1, " k"),
            _ => (1.0, 2, ""),
        },
    };
    let number = |number: f64| match number * scale {
        0.0 => format!("{:.digits$}", 0.0),
        number => format!("{number:.digits$}"),
    };
    match half {
        Some(half) => format!("{} ± {}{unit}", number(value), number(half)),
        None => format!("{}{unit}", number(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(shown(0.4134, Some(0.006), Show::Ratio), "0.413 ± 0.006");
        assert_eq!(shown(-1_234_567.0, Some(101_000.0), Show::Cash), "-1.23 ± 0.10 M");
        assert_eq!(shown(0.921, None, Show::Percent), "92.1 %");
        assert_eq!(shown(-0.0, None, Show::Ratio), "0.000");
    }
}
