//! The page of a study of protocols: every scenario, every difference, where each mechanism hurts.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, page};
use crate::system::{JUDGED, Study};
use crate::tables::{self, Source, Table};

const STYLE: &str = concat!(
    include_str!("../../assets/report/style.css"),
    include_str!("../../assets/report/system.css")
);
const SCRIPT: [&str; 2] =
    [include_str!("../../assets/report/base.js"), include_str!("../../assets/report/system.js")];

/// Writes `report.html` and `tables/` into a folder, which is made if it is not there, and says where the
/// page is.
///
/// # Errors
///
/// The file that cannot be written, and why.
pub fn write_system(folder: &Path, study: &Study, all: &[Table]) -> Result<PathBuf, Failure> {
    let inner = folder.join("tables");
    fs::create_dir_all(&inner).map_err(|error| tables::Failure::system(&inner, error))?;
    let seed = study.scenarios.first().map_or(0, |entry| entry.seed);
    let source = Source::new(seed, study.digest.clone());
    for table in all {
        tables::write(&inner, table, &source)?;
    }
    let file = folder.join("report.html");
    tables::put(&file, system_html(study).as_bytes())?;
    Ok(file)
}

/// The page of a study: one file, with nothing from elsewhere.
pub fn system_html(study: &Study) -> String {
    let data = serde_json::json!({ "study": study, "judged": JUDGED });
    let data = data.to_string().replace('<', "\\u003c");
    page::filled("Protocols that share a market", STYLE, "", data, &SCRIPT.concat())
}
