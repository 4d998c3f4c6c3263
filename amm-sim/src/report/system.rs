//! The page of a study of protocols: every scenario, every difference, where each mechanism hurts.

use super::study;
use crate::system::{FIGURES, JUDGED, Study};

const SCRIPT: &str = include_str!("../../assets/report/system.js");

/// The page: one file, with nothing from elsewhere.
pub fn system_html(found: &Study) -> String {
    let data = serde_json::json!({ "study": found, "judged": JUDGED, "figures": FIGURES });
    study::html("Protocols that share a market", &data, &[SCRIPT])
}
