//! Long lines thinned to what a picture can show, with their extremes kept.

use crate::tables::{Table, Value};
use std::collections::BTreeMap;

/// Rows of one table in the page.
const ROWS: usize = 24_000;

/// Tables of lines: the columns that tell one line from another, and the column whose extremes matter.
const LINES: [(&str, &[&str], &str); 3] = [
    ("paths", &["design", "path"], "spot"),
    ("impulse", &["design", "shock"], "response"),
    ("replay_pnl", &["underlying", "design", "part"], "value"),
];

/// The table with at most [`ROWS`] rows or so: of a line the first and last, and the lowest and highest of
/// each piece between; of any other table the first rows.
pub(super) fn thin(table: &Table) -> Table {
    if table.rows().len() <= ROWS {
        return table.clone();
    }
    let line = LINES.into_iter().find(|(name, ..)| *name == table.name());
    let Some((_, keys, height)) = line else { return keep(table, 0..ROWS) };
    let keys: Vec<_> = keys.iter().filter_map(|key| table.place(key)).collect();
    let Some(height) = table.place(height) else { return keep(table, 0..ROWS) };
    let mut lines: BTreeMap<Vec<_>, Vec<usize>> = BTreeMap::new();
    for (at, row) in table.rows().iter().enumerate() {
        let key = keys.iter().map(|&key| row[key].text().into_owned()).collect();
        lines.entry(key).or_default().push(at);
    }
    let pieces = (ROWS / lines.len() / 2).max(2);
    let mut kept: Vec<usize> = Vec::new();
    for line in lines.values() {
        kept.extend(line.first().into_iter().chain(line.last()));
        for piece in line.chunks(line.len().div_ceil(pieces)) {
            let of = |at: &&usize| number(&table.rows()[**at][height]);
            kept.extend(piece.iter().min_by(|a, b| of(a).total_cmp(&of(b))));
            kept.extend(piece.iter().max_by(|a, b| of(a).total_cmp(&of(b))));
        }
    }
    kept.sort_unstable();
    kept.dedup();
    keep(table, kept)
}

fn number(value: &Value) -> f64 {
    if let Value::Float(number) = value { *number } else { 0.0 }
}

/// Some rows of a table.
fn keep(table: &Table, rows: impl IntoIterator<Item = usize>) -> Table {
    table.with_rows(rows.into_iter().filter_map(|at| table.rows().get(at).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::schema;

    #[test]
    fn a_thin_line_keeps_its_ends_and_its_extremes() {
        let mut table = schema::paths();
        let spike = 77_777;
        for path in 0..2 {
            for block in 0..100_000_u32 {
                let spot = if block == spike { 9.0 } else { f64::from(block % 7) };
                let cells = [("design", "a".into()), ("path", path.into())];
                let more = [("block", block.into()), ("spot", spot.into())];
                table.push(cells.into_iter().chain(more)).unwrap();
            }
        }
        let thin = thin(&table);
        assert!(thin.rows().len() <= ROWS + 4, "{}", thin.rows().len());
        let blocks = |path: u32| {
            let rows = thin.rows().iter().filter(move |row| row[1] == path.into());
            rows.map(|row| row[2].clone()).collect::<Vec<_>>()
        };
        for path in 0..2 {
            let blocks = blocks(path);
            assert_eq!(blocks.first(), Some(&0.into()));
            assert_eq!(blocks.last(), Some(&99_999.into()));
            assert!(blocks.contains(&spike.into()));
        }
    }
}
