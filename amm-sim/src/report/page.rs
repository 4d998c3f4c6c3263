//! The page: a template and what goes into it.

use super::Summary;
use super::embed;
use crate::tables::Found;
use serde_json::{Map, Value as Json};

const TEMPLATE: &str = include_str!("../../assets/report/page.html");
const STYLE: &str = concat!(
    include_str!("../../assets/report/style.css"),
    include_str!("../../assets/report/places.css")
);
const CHARTS: &str = include_str!("../../assets/echarts/echarts.min.js");

/// The page's own script, in the order in which its parts use each other.
const SCRIPT: [&str; 14] = [
    include_str!("../../assets/report/data.js"),
    include_str!("../../assets/report/base.js"),
    include_str!("../../assets/report/design.js"),
    include_str!("../../assets/report/chart.js"),
    include_str!("../../assets/report/figure.js"),
    include_str!("../../assets/report/loop.js"),
    include_str!("../../assets/report/cause.js"),
    include_str!("../../assets/report/market.js"),
    include_str!("../../assets/report/paths.js"),
    include_str!("../../assets/report/real.js"),
    include_str!("../../assets/report/sweep.js"),
    include_str!("../../assets/report/words.js"),
    include_str!("../../assets/report/trust.js"),
    include_str!("../../assets/report/main.js"),
];

/// The whole file. `all` is the summary with the keys that [`Summary`] does not know.
pub(super) fn html(summary: &Summary, all: Map<String, Json>, found: &Found) -> String {
    let title = if summary.title.is_empty() { "Run" } else { &summary.title };
    filled(title, STYLE, CHARTS, embed::json(summary, all, found), &SCRIPT.concat())
}

/// The template with its parts.
pub(super) fn filled(title: &str, style: &str, charts: &str, data: String, script: &str) -> String {
    let parts = [
        ("{{title}}", escaped(title)),
        ("{{style}}", style.to_owned()),
        // As a script must not hold its own end; outside of strings neither file does.
        ("{{charts}}", charts.replace("</script", "<\\/script")),
        ("{{data}}", data),
        ("{{script}}", script.replace("</script", "<\\/script")),
    ];
    let mut page = String::new();
    let mut rest = TEMPLATE;
    for (marker, part) in parts {
        let (before, after) = rest.split_once(marker).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(&part);
        rest = after;
    }
    page.push_str(rest);
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every marker is filled, in the template's order, and no text of a run can end a script.
    #[test]
    fn nothing_of_a_run_is_markup() {
        let title = "</script><script>alert(1)</script><!-- {{data}}".to_owned();
        let summary = Summary { title, ..Summary::default() };
        let page = html(&summary, Map::new(), &Found::default());
        assert_eq!(page.matches("</script>").count(), TEMPLATE.matches("</script>").count());
        assert_eq!(page.matches("<script>alert").count(), 0);
        assert!(!page.contains("{{script}}") && page.ends_with("</html>\n"));
    }
}
