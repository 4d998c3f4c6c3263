//! How costs grow with lines, bands and accounts: a table and a picture of it.

use std::fmt::Write;

use crate::{
    cases::engine::{ACCOUNTS, BANDS, GROWING, SERIES, Scale},
    report::{Figure, aligned, nothing},
};

/// What is done, as readers call it, in the order of [`GROWING`].
const NAMES: [&str; 4] = ["marginal quote", "sized quote", "trade", "update and requote"];
const COLOURS: [&str; 4] = ["#1f77b4", "#2ca02c", "#d62728", "#9467bd"];

/// What grows, in what sizes, and how much of it there is in each.
struct Panel {
    what: &'static str,
    scales: &'static [Scale],
    size: fn(&Scale) -> f64,
}

const PANELS: [Panel; 3] = [
    Panel { what: "lines", scales: &SERIES, size: |scale| 9.0 * scale.strikes as f64 },
    Panel { what: "bands", scales: &BANDS, size: |scale| f64::from(scale.bands) },
    Panel { what: "accounts", scales: &ACCOUNTS, size: |scale| scale.accounts as f64 },
];

pub(crate) fn is_growing(figure: &Figure) -> bool {
    GROWING.contains(&figure.what.as_str())
}

fn ir(figures: &[Figure], what: &str, scale: &Scale) -> Option<f64> {
    figures.iter().find(|figure| figure.what == what && figure.who == scale.name)?.ir
}

pub(crate) fn table(figures: &[Figure]) -> String {
    let header = ["size"].into_iter().chain(NAMES).map(str::to_owned).collect();
    let line = |scale: &Scale| {
        let cell =
            |what: &&str| ir(figures, what, scale).map_or_else(nothing, |ir| format!("{ir:.0}"));
        [scale.name.to_owned()].into_iter().chain(GROWING.iter().map(cell)).collect()
    };
    let lines = PANELS.iter().flat_map(|panel| panel.scales.iter().map(line)).collect();
    aligned(header, lines)
}

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 44.0;
const GAP: f64 = 28.0;
/// Instructions from 10³ to 10⁷.
const DECADES: std::ops::RangeInclusive<i32> = 3..=7;

/// One panel for each thing that grows, both axes logarithmic: what does not grow with it lies flat.
pub(crate) fn picture(figures: &[Figure]) -> Option<String> {
    let (low, high) = (f64::from(*DECADES.start()), f64::from(*DECADES.end()));
    let height = |ir: f64| TOP + HEIGHT * (high - ir.log10()) / (high - low);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"16\">Instructions a call</text>\n",
        LEFT + 3.0 * (WIDTH + GAP),
        TOP + HEIGHT + 42.0,
    );
    for (i, (name, colour)) in NAMES.iter().zip(COLOURS).enumerate() {
        let x = LEFT + 150.0 + 140.0 * i as f64;
        _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"12\" r=\"4\" fill=\"{colour}\"/>");
        _ = writeln!(svg, "<text x=\"{}\" y=\"16\">{name}</text>", x + 8.0);
    }
    for (i, Panel { what, scales, size }) in PANELS.into_iter().enumerate() {
        let left = LEFT + i as f64 * (WIDTH + GAP);
        for decade in DECADES {
            let y = height(10_f64.powi(decade));
            _ = writeln!(
                svg,
                "<path d=\"M{left} {y:.1}h{WIDTH}\" stroke=\"#ddd\"/>{}",
                if i == 0 {
                    format!(
                        "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">1e{decade}</text>",
                        left - 6.0,
                        y + 4.0
                    )
                } else {
                    String::new()
                }
            );
        }
        let ends = [scales.first()?, scales.last()?].map(|scale| size(scale).ln());
        let across = |scale: &Scale| {
            left + 14.0 + (WIDTH - 28.0) * (size(scale).ln() - ends[0]) / (ends[1] - ends[0])
        };
        let bottom = TOP + HEIGHT;
        for scale in scales {
            let x = across(scale);
            _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 16.0,
                size(scale)
            );
        }
        _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-weight=\"bold\">{what}</text>",
            left + WIDTH / 2.0,
            bottom + 34.0
        );
        for (what, colour) in GROWING.iter().zip(COLOURS) {
            let mut path = String::new();
            for scale in scales {
                let (x, y) = (across(scale), height(ir(figures, what, scale)?));
                _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' });
                _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
                );
            }
            _ = writeln!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
            );
        }
    }
    svg.push_str("</svg>\n");
    Some(svg)
}
