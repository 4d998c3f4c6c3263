//! Tables in a folder: `NAME.csv` and `NAME.parquet`, each there whole or not at all.

use super::{Failure, Source, Table, comma, pack};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Tables of a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// By name.
    pub tables: Vec<Table>,
    /// What the first Parquet file says it comes from.
    pub source: Option<Source>,
}

/// Writes a table to `folder` as `NAME.csv` and `NAME.parquet`, to a `.tmp` first.
///
/// # Errors
///
/// A name that is no file's, or the system's reason.
pub fn write(folder: &Path, table: &Table, source: &Source) -> Result<(), Failure> {
    let name = table.name();
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(Failure::Name { name: name.to_owned() });
    }
    put(&folder.join(format!("{name}.csv")), &comma::bytes(table))?;
    let file = folder.join(format!("{name}.parquet"));
    let packed = pack::bytes(table, source).map_err(|error| Failure::content(&file, error))?;
    put(&file, &packed)
}

/// Writes a file whole: to `FILE.tmp`, then renamed.
pub(crate) fn put(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = file.as_os_str().to_owned();
    name.push(".tmp");
    let temporary = Path::new(&name);
    let written = fs::File::create(temporary).and_then(|mut out| {
        out.write_all(bytes)?;
        out.sync_all()
    });
    written.map_err(|error| Failure::system(temporary, error))?;
    fs::rename(temporary, file).map_err(|error| Failure::system(file, error))
}

/// Reads one table from a `.csv` or `.parquet` file; its name is the file's.
///
/// # Errors
///
/// The system's reason, or what is wrong in the file and where.
pub fn read(file: &Path) -> Result<(Table, Option<Source>), Failure> {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("parquet") => pack::table(name, file),
        Some("csv") => {
            let bytes = fs::read(file).map_err(|error| Failure::system(file, error))?;
            Ok((comma::table(name, &bytes, file)?, None))
        }
        _ => Err(Failure::content(file, "a table is a .csv or a .parquet file")),
    }
}

/// Reads all tables of a folder, by name; of one in both forms the Parquet file.
///
/// # Errors
///
/// The first file that cannot be read.
pub fn read_all(folder: &Path) -> Result<Found, Failure> {
    let broken = |error| Failure::system(folder, error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(broken)? {
        let file = entry.map_err(broken)?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("parquet") => files.push((file.with_extension(""), 0, file)),
            Some("csv") => files.push((file.with_extension(""), 1, file)),
            _ => {}
        }
    }
    files.sort();
    files.dedup_by(|later, earlier| later.0 == earlier.0);
    let mut found = Found::default();
    for (_, _, file) in files {
        let (table, source) = read(&file)?;
        found.tables.push(table);
        found.source = found.source.or(source);
    }
    Ok(found)
}
