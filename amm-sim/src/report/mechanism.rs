//! The page of studies of mechanisms: every arm, every difference, where each mechanism hurts.

use super::study;
use crate::mechanism::{Of, Summary};

const SCRIPTS: [&str; 2] =
    [include_str!("../../assets/report/arms.js"), include_str!("../../assets/report/mechanism.js")];

/// The page: one file, with nothing from elsewhere.
pub fn mechanism_html(summary: &Summary) -> String {
    let title = match summary.of {
        Of::Hedging => "What each part of hedging does",
        Of::Margin => "What each part of margin does",
    };
    study::html(title, &serde_json::json!(summary), &SCRIPTS)
}
