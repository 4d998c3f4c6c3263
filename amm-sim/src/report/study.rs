//! The page of a study: what all of them share.

use super::page;
use serde_json::Value as Json;

const STYLE: &str = concat!(
    include_str!("../../assets/report/style.css"),
    include_str!("../../assets/report/study.css")
);
const SHARED: [&str; 2] =
    [include_str!("../../assets/report/base.js"), include_str!("../../assets/report/study.js")];

/// The page of some data and the scripts that draw it.
pub(super) fn html(title: &str, data: &Json, scripts: &[&str]) -> String {
    let data = data.to_string().replace('<', "\\u003c");
    page::filled(title, STYLE, "", data, &[&SHARED, scripts].concat().concat())
}
