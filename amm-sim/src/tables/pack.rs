//! Tables as Parquet: Snappy, units and meanings and the source in the key-value metadata.

use super::{Column, Failure, Holds, Need, Source, Table, Value};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::types::{Type, TypePtr};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::panic;
use std::path::Path;
use std::sync::Arc;

/// A column's unit and meaning in the metadata.
#[derive(Deserialize, Serialize)]
struct Said<'a> {
    name: &'a str,
    unit: &'a str,
    meaning: &'a str,
}

/// Rows in one row group, which is what a reader holds in memory.
const GROUP: usize = 1 << 18;

/// A table's bytes.
pub(super) fn bytes(table: &Table, source: &Source) -> Result<Vec<u8>> {
    let properties = WriterProperties::builder()
        .set_created_by(format!("amm-sim {}", source.version))
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(metadata(table, source)?))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema(table)?, Arc::new(properties))?;
    for rows in table.rows().chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        let mut place = 0;
        while let Some(mut column) = group.next_column()? {
            put(column.untyped(), rows, place, table.columns()[place].need)?;
            column.close()?;
            place += 1;
        }
        group.close()?;
    }
    writer.into_inner()
}

fn metadata(table: &Table, source: &Source) -> Result<Vec<KeyValue>> {
    fn said(column: &Column) -> Said<'_> {
        Said { name: &column.name, unit: &column.unit, meaning: &column.meaning }
    }
    let columns: Vec<_> = table.columns().iter().map(said).collect();
    let columns = serde_json::to_string(&columns)
        .map_err(|error| ParquetError::General(error.to_string()))?;
    let pairs = [
        ("table", table.name().to_owned()),
        ("title", table.title().to_owned()),
        ("seed", source.seed.to_string()),
        ("scenario_digest", source.scenario_digest.clone()),
        ("version", source.version.clone()),
        ("columns", columns),
    ];
    Ok(pairs.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec())
}

fn schema(table: &Table) -> Result<TypePtr> {
    let fields = table.columns().iter().map(|column| {
        let (physical, logical) = match column.holds {
            Holds::Integer => (Physical::INT64, None),
            Holds::Float => (Physical::DOUBLE, None),
            Holds::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Holds::Boolean => (Physical::BOOLEAN, None),
        };
        let repetition = match column.need {
            Need::Always => Repetition::REQUIRED,
            Need::Maybe => Repetition::OPTIONAL,
        };
        let builder = Type::primitive_type_builder(&column.name, physical);
        let builder = builder.with_repetition(repetition).with_logical_type(logical);
        Ok(Arc::new(builder.build()?))
    });
    let fields = fields.collect::<Result<_>>()?;
    Ok(Arc::new(Type::group_type_builder(table.name()).with_fields(fields).build()?))
}

/// Writes one column of some rows, which fit it.
fn put(writer: &mut ColumnWriter<'_>, rows: &[Vec<Value>], place: usize, need: Need) -> Result<()> {
    let cells = || rows.iter().map(|row| &row[place]);
    let levels: Vec<i16> = cells().map(|cell| i16::from(*cell != Value::Empty)).collect();
    let levels = (need == Need::Maybe).then_some(&*levels);
    match writer {
        ColumnWriter::Int64ColumnWriter(typed) => {
            let values: Vec<i64> = cells()
                .filter_map(|cell| match cell {
                    Value::Integer(number) => i64::try_from(*number).ok(),
                    _ => None,
                })
                .collect();
            typed.write_batch(&values, levels, None)
        }
        ColumnWriter::DoubleColumnWriter(typed) => {
            let values: Vec<f64> = cells()
                .filter_map(
                    |cell| if let Value::Float(number) = cell { Some(*number) } else { None },
                )
                .collect();
            typed.write_batch(&values, levels, None)
        }
        ColumnWriter::ByteArrayColumnWriter(typed) => {
            let values: Vec<ByteArray> = cells()
                .filter_map(|cell| if let Value::Text(text) = cell { Some(&**text) } else { None })
                .map(ByteArray::from)
                .collect();
            typed.write_batch(&values, levels, None)
        }
        ColumnWriter::BoolColumnWriter(typed) => {
            let values: Vec<bool> = cells()
                .filter_map(|cell| if let Value::Boolean(yes) = cell { Some(*yes) } else { None })
                .collect();
            typed.write_batch(&values, levels, None)
        }
        _ => Err(ParquetError::General("a column of a type that no table has".to_owned())),
    }?;
    Ok(())
}

/// A table of a Parquet file, and its source if the file says it.
pub(super) fn table(
    name: &str,
    file: &Path,
) -> std::result::Result<(Table, Option<Source>), Failure> {
    // The decoder asserts what a damaged file breaks. Nothing outlives it here that it could leave
    // half done.
    panic::catch_unwind(|| decode(name, file)).unwrap_or_else(|_| {
        Err(Failure::content(file, "is damaged: a page says more than it holds"))
    })
}

fn decode(name: &str, file: &Path) -> std::result::Result<(Table, Option<Source>), Failure> {
    let broken = |error: ParquetError| Failure::content(file, error);
    let opened = File::open(file).map_err(|error| Failure::system(file, error))?;
    let reader = SerializedFileReader::new(opened).map_err(broken)?;
    let head = reader.metadata().file_metadata();
    let said = |key: &str| {
        let pairs = head.key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.clone()
    };
    let spoken = said("columns").unwrap_or_default();
    let spoken: Vec<Spoken> = serde_json::from_str(&spoken).unwrap_or_default();
    let mut columns = Vec::new();
    for field in head.schema().get_fields() {
        let column = column(field, &spoken).ok_or_else(|| {
            Failure::content(file, format!("column `{}` is of a type no table has", field.name()))
        })?;
        columns.push(column);
    }
    let title = said("title").unwrap_or_else(|| name.to_owned());
    let mut table = Table::new(name.to_owned(), title, columns);
    for row in reader.get_row_iter(None).map_err(broken)? {
        let cells = row.map_err(broken)?.into_columns().into_iter().map(|(_, field)| match field {
            Field::Null => Some(Value::Empty),
            Field::Bool(yes) => Some(Value::Boolean(yes)),
            Field::Long(number) => Some(Value::Integer(number.into())),
            Field::Double(number) => Some(Value::Float(number)),
            Field::Str(text) => Some(Value::Text(text.into())),
            _ => None,
        });
        let row = cells.collect::<Option<Vec<_>>>();
        let row = row.ok_or_else(|| Failure::content(file, "a cell of a type no table has"))?;
        table.push_row(row).map_err(|error| Failure::content(file, error))?;
    }
    let source = said("seed").and_then(|seed| {
        let (scenario_digest, version) = (said("scenario_digest")?, said("version")?);
        Some(Source { seed: seed.parse().ok()?, scenario_digest, version })
    });
    Ok((table, source))
}

/// As [`Said`], owned.
#[derive(Deserialize)]
struct Spoken {
    name: String,
    unit: String,
    meaning: String,
}

fn column(field: &Type, spoken: &[Spoken]) -> Option<Column> {
    if !field.is_primitive() {
        return None;
    }
    let info = field.get_basic_info();
    let holds = match (field.get_physical_type(), info.converted_type()) {
        (Physical::INT64, ConvertedType::NONE) => Holds::Integer,
        (Physical::DOUBLE, _) => Holds::Float,
        (Physical::BYTE_ARRAY, ConvertedType::UTF8) => Holds::Text,
        (Physical::BOOLEAN, _) => Holds::Boolean,
        _ => return None,
    };
    let said = spoken.iter().find(|said| said.name == field.name());
    let (unit, meaning) = said.map_or(("", ""), |said| (&said.unit, &said.meaning));
    let column = Column::new(field.name().to_owned(), holds, unit.to_owned(), meaning.to_owned());
    match info.repetition() {
        Repetition::REQUIRED => Some(column),
        Repetition::OPTIONAL => Some(column.maybe()),
        Repetition::REPEATED => None,
    }
}
