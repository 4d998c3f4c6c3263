//! How costs grow with what there is: tables and pictures of it.

use std::fmt::Write;

use crate::{
    cases::{
        engine::{ACCOUNTS, BANDS, GROWING, SERIES},
        world::{AGENTS, LINES, OF_AGENTS, OF_LINES, OF_PATHS, PATHS, SKEWED},
    },
    report::{Figure, aligned, nothing},
};

const COLOURS: [&str; 4] = ["#1f77b4", "#2ca02c", "#d62728", "#9467bd"];

/// What is done, as readers call it, by the name of its figures.
type Curve = (&'static str, &'static str);

/// What grows, and in what sizes: as the figures have them, and how much of it there is.
struct Panel {
    what: &'static str,
    sizes: Vec<(&'static str, f64)>,
}

/// What is done in several sizes of several things.
pub(crate) struct Chart {
    pub(crate) file: &'static str,
    title: &'static str,
    /// Both axes, so that what does not grow lies flat whatever its size; else a straight line means
    /// a cost in proportion.
    logarithmic: bool,
    curves: Vec<Curve>,
    panels: Vec<Panel>,
}

/// The engine's: a call against the size of the market.
pub(crate) fn engine() -> Chart {
    let names = ["marginal quote", "sized quote", "trade", "update and requote"];
    let lines = SERIES.map(|scale| (scale.name, 9.0 * scale.strikes as f64));
    let bands = BANDS.map(|scale| (scale.name, f64::from(scale.bands)));
    let accounts = ACCOUNTS.map(|scale| (scale.name, scale.accounts as f64));
    Chart {
        file: "GROWTH.svg",
        title: "Instructions a call",
        logarithmic: true,
        curves: names.into_iter().zip(GROWING).collect(),
        panels: vec![
            Panel { what: "lines", sizes: lines.to_vec() },
            Panel { what: "bands", sizes: bands.to_vec() },
            Panel { what: "accounts", sizes: accounts.to_vec() },
        ],
    }
}

/// The closed loop's: a block of a world against what is in it.
pub(crate) fn world() -> Chart {
    let (agents, lines) = (OF_AGENTS, OF_LINES);
    Chart {
        file: "GROWTH_LOOP.svg",
        title: "Instructions a block",
        logarithmic: false,
        curves: vec![
            ("static pool", AGENTS),
            ("dynamic pool", SKEWED),
            ("dynamic pool, 10 agents", LINES),
            ("all paths, 10 agents", PATHS),
        ],
        panels: vec![
            Panel { what: "agents", sizes: agents.map(|(who, n)| (who, n as f64)).to_vec() },
            Panel { what: "lines", sizes: lines.map(|(who, n)| (who, 3.0 * n as f64)).to_vec() },
            Panel { what: "paths", sizes: OF_PATHS.map(|(who, n)| (who, n as f64)).to_vec() },
        ],
    }
}

/// Whether a figure is one of a size, which stands in a table of its own.
pub(crate) fn is_growing(figure: &Figure) -> bool {
    [engine(), world()]
        .iter()
        .any(|chart| chart.curves.iter().any(|(_, what)| figure.what == *what))
}

fn ir(figures: &[Figure], what: &str, who: &str) -> Option<f64> {
    figures.iter().find(|figure| figure.what == what && figure.who == who)?.ir
}

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 72.0;
const TOP: f64 = 44.0;
const GAP: f64 = 28.0;

impl Chart {
    /// A line for each size, a column for what is done.
    pub(crate) fn table(&self, figures: &[Figure]) -> String {
        let names = self.curves.iter().map(|(name, _)| *name);
        let header = ["size"].into_iter().chain(names).map(str::to_owned).collect();
        let line = |who: &str| {
            let cell = |(_, what): &Curve| {
                ir(figures, what, who).map_or_else(nothing, |ir| format!("{ir:.0}"))
            };
            [who.to_owned()].into_iter().chain(self.curves.iter().map(cell)).collect()
        };
        let sizes = self.panels.iter().flat_map(|panel| &panel.sizes);
        aligned(header, sizes.map(|(who, _)| line(who)).collect())
    }

    /// One panel for each thing that grows; `None` if a curve has no instructions.
    pub(crate) fn picture(&self, figures: &[Figure]) -> Option<String> {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"8\" y=\"16\">{}</text>\n",
            LEFT + 3.0 * (WIDTH + GAP),
            TOP + HEIGHT + 42.0,
            self.title,
        );
        for (i, ((name, _), colour)) in self.curves.iter().zip(COLOURS).enumerate() {
            let x = LEFT + 110.0 + 150.0 * i as f64;
            _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"12\" r=\"4\" fill=\"{colour}\"/>");
            _ = writeln!(svg, "<text x=\"{}\" y=\"16\">{name}</text>", x + 8.0);
        }
        let all = self.panels.iter().flat_map(|panel| self.drawn(figures, panel)).flatten();
        let most = all.map(|(.., ir)| ir).fold(0.0, f64::max);
        for (i, panel) in self.panels.iter().enumerate() {
            let left = LEFT + i as f64 * (WIDTH + GAP);
            self.panel(&mut svg, panel, &self.drawn(figures, panel), (left, most))?;
        }
        svg.push_str("</svg>\n");
        Some(svg)
    }

    /// The points of each curve in a panel: none if it is of another one.
    fn drawn(&self, figures: &[Figure], panel: &Panel) -> Vec<Vec<(f64, f64)>> {
        let points = |(_, what): &Curve| {
            let point = |(who, size): &(&str, f64)| Some((*size, ir(figures, what, who)?));
            panel.sizes.iter().filter_map(point).collect()
        };
        self.curves.iter().map(points).collect()
    }

    fn panel(
        &self,
        svg: &mut String,
        panel: &Panel,
        curves: &[Vec<(f64, f64)>],
        (left, most): (f64, f64),
    ) -> Option<()> {
        let rules = self.rules(most);
        let (low, high) = (*rules.first()?, *rules.last()?);
        let scaled = |x: f64| if self.logarithmic { x.ln() } else { x };
        let height =
            |ir: f64| TOP + HEIGHT * (scaled(high) - scaled(ir)) / (scaled(high) - scaled(low));
        let (least, greatest) = (panel.sizes.first()?.1, panel.sizes.last()?.1);
        let first = if self.logarithmic { scaled(least) } else { 0.0 };
        let across = |size: f64| {
            left + 14.0 + (WIDTH - 28.0) * (scaled(size) - first) / (scaled(greatest) - first)
        };
        for rule in rules {
            let y = height(rule);
            _ = writeln!(svg, "<path d=\"M{left} {y:.1}h{WIDTH}\" stroke=\"#ddd\"/>");
            if left == LEFT {
                let (x, y) = (left - 6.0, y + 4.0);
                _ = writeln!(
                    svg,
                    "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>",
                    short(rule)
                );
            }
        }
        let bottom = TOP + HEIGHT;
        for (_, size) in &panel.sizes {
            let (x, y) = (across(*size), bottom + 16.0);
            _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{size}</text>"
            );
        }
        _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>",
            left + WIDTH / 2.0,
            bottom + 34.0,
            panel.what
        );
        for (points, colour) in curves.iter().zip(COLOURS) {
            if points.is_empty() {
                continue;
            }
            let mut path = String::new();
            for (size, ir) in points {
                let (x, y) = (across(*size), height(*ir));
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
        Some(())
    }

    /// Where rules are drawn: decades from a thousand up, or four steps of one, two or five.
    fn rules(&self, most: f64) -> Vec<f64> {
        if self.logarithmic {
            let decades = (3..).map(|decade| 10_f64.powi(decade));
            let below = decades.clone().take_while(|decade| *decade < most).count();
            return decades.take(below + 1).collect();
        }
        let rough = 10_f64.powf((most / 4.0).log10().floor());
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|times| times * rough);
        let step = steps.into_iter().find(|step| 4.0 * step >= most).unwrap_or(most);
        (0..=4).map(|count| f64::from(count) * step).collect()
    }
}

/// 1500000 as 1.5M.
fn short(number: f64) -> String {
    match number {
        x if x >= 1e6 => format!("{}M", x / 1e6),
        x if x >= 1e3 => format!("{}k", x / 1e3),
        x => x.to_string(),
    }
}
