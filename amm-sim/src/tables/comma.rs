//! Tables as CSV: a header of names, then rows; numbers are the shortest decimals that read back.

use super::{Column, Failure, Holds, Table, Value, schema};
use std::path::Path;

/// A table's bytes.
pub(super) fn bytes(table: &Table) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = table.columns().iter().map(|column| column.name.as_bytes());
    // Nothing fails when memory is written.
    let mut written = writer.write_record(header);
    for row in table.rows() {
        if written.is_ok() {
            written = writer.write_record(row.iter().map(|value| value.text().into_owned()));
        }
    }
    writer.into_inner().unwrap_or_default()
}

/// A table of CSV text. Columns of a known table have its types and must be all there; those of another
/// have the narrowest type that holds all their cells.
pub(super) fn table(name: &str, bytes: &[u8], file: &Path) -> Result<Table, Failure> {
    let mut reader = csv::Reader::from_reader(bytes);
    let broken = |error: csv::Error| Failure::content(file, error);
    let header = reader.headers().map_err(broken)?.clone();
    let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(broken)?;
    let known = schema::named(name);
    let mut columns = Vec::with_capacity(header.len());
    for (place, head) in header.iter().enumerate() {
        if header.iter().take(place).any(|earlier| earlier == head) {
            return Err(Failure::content(file, format!("1: two columns `{head}`")));
        }
        let column = known.as_ref().and_then(|known| Some(&known.columns()[known.place(head)?]));
        columns.push(match column {
            Some(column) => column.clone(),
            None => {
                let cells = || records.iter().filter_map(|record| record.get(place));
                Column::new(head.to_owned(), narrowest(cells), "", "").maybe()
            }
        });
    }
    if let Some(known) = &known {
        for column in known.columns() {
            if column.need == super::Need::Always && !header.iter().any(|head| head == column.name)
            {
                return Err(Failure::content(file, format!("1: no column `{}`", column.name)));
            }
        }
    }
    let title = known.map_or_else(|| name.to_owned(), |known| known.title().to_owned());
    let mut table = Table::new(name.to_owned(), title, columns);
    for record in &records {
        let line = record.position().map_or(0, csv::Position::line);
        let cells = table.columns.iter().zip(record).map(|(column, text)| {
            Value::parse(column, text).map_err(|reason| (column.name.to_string(), reason))
        });
        let row = cells.collect::<Result<Vec<_>, _>>().map_err(|(column, reason)| {
            Failure::content(file, format!("{line}: column `{column}`: {reason}"))
        })?;
        table.push_row(row).map_err(|error| Failure::content(file, format!("{line}: {error}")))?;
    }
    Ok(table)
}

fn narrowest<'a, I: Iterator<Item = &'a str>>(cells: impl Fn() -> I) -> Holds {
    let all = |holds| cells().all(|cell| cell.is_empty() || Value::of(holds, cell).is_some());
    let types = [Holds::Integer, Holds::Float, Holds::Boolean];
    types.into_iter().find(|&holds| all(holds)).unwrap_or(Holds::Text)
}
