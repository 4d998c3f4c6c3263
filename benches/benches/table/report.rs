//! The figures as text: Markdown whose tables are aligned as they stand.

use std::{collections::BTreeSet, fmt::Write};

use amm_benches_rig::error::Yardstick;

use crate::{
    cases::ours,
    errors::Errors,
    growth, machine,
    targets::{self, Unit},
};

/// One case's figures.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) who: String,
    /// Median nanoseconds a call.
    pub(crate) ns: f64,
    /// Instructions a call.
    pub(crate) ir: Option<f64>,
    pub(crate) error: Option<f64>,
}

/// Everything that was measured.
pub(crate) struct Report {
    pub(crate) figures: Vec<Figure>,
    pub(crate) errors: Errors,
    /// Whether RustQuant took part.
    pub(crate) rustquant: bool,
}

const NOTES: &str = "\
* A shared machine is noisy, so nanoseconds are for reading and instructions (Ir) gate. ns: median of 101
  repeats of at least 0.25 ms, the cases of a group in turns, loop and indirect call (about 1 ns) included. Ir:
  callgrind, the loop subtracted. The last columns are the peer's over ours: above 1, ours takes less.
* Calls run over 1,024 rows of the oracle's region `grid`, in random order, converted beforehand to what each
  implementation reads: exact fixed point, f64, 10⁻¹². A grid figure is for one of 369 cells (9 expiries,
  41 strikes each) repriced after a move; peers without a grid are called cell by cell.
* The f64 peers are given T in years and the rate, worked out beforehand. amm-core keeps them, and √T, in its
  `Expiry`: `kept_expiry` is a call on one, like for like, and judged; `cold` checks and builds it in every call.
* Peers: implied-vol 2.1.0, jaeckel 0.2.0, black_scholes 0.11.1, solmath 0.2.0, RustQuant 0.3.1; `f64` is
  Black's formula as one writes it, over the C library's erfc, exp and log, or over the libm crate's 0.2.16.
* amm-core and solmath return call and put at once, the others one call; `value` is price, delta, gamma, vega
  and theta, of both sides for amm-core, eighteen numbers for black_scholes.
* Worst error: of a price |error| / max(F,K) over all 4,000 rows of the oracle; of a value the worst of delta,
  gamma·F·v/DF and vega / (F·√T); of a volatility its relative error over max(1, d ln σ / d ln price); of a
  kernel |error| / max(1, |value|) over the oracle's points: f64 is asked those it can hold, solmath all, so its
  includes rounding x to 10⁻¹². Truths have 40 digits and differences are exact.
* amm-core is judged with F and K scaled by a common power of two to just below its greatest price, as the
  kernel is homogeneous to the bit: in a coarser unit the unit's own 2⁻⁶⁴ comes on top. An implied volatility is
  judged against that of the price as rounded for whoever is asked, out of the money and ≥ 10⁻¹²·max(F,K).
* Of the 3,138 prices asked for a volatility, 19 round to their upper bound in f64 and have none there.
* The engine's cases run in a market of nine expiries (1 to 365 days), 41 strikes each from two thirds of spot to
  four thirds, SVI slices, five bands and 10,000 accounts. `one_leg` and `ten_legs` are of the last expiry, so that
  all 45 nodes are touched; `applied` is a buy or a sale of such an order; a `requote` is one market update with
  the bid, mid and ask of all 369 calls and puts after it. No peer does any of it. Growing sizes have 41 strikes,
  five bands and 100 accounts but for what grows.
* The cases of risk run on that board with Derive's 23 scenarios. A position is one to ten contracts long or
  short of any series; the 10,000 accounts of a recheck have one to twenty of them and once to three times
  their maintenance margin, and spot moves by half a per cent. `grid` values everything listed in every scenario.
  A step of a liquidation is an offer, a bid for half and its loss over a fund and 100 accounts, in every phase.
* solmath's volatilities are asked with F and K scaled below 128: at exchange prices it mostly finds none.
";

impl Report {
    pub(crate) fn find(&self, what: &str, who: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.what == what && figure.who == who)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::from("# Measured\n\n");
        let mut section = |title: &str, body: String| {
            _ = writeln!(text, "## {title}\n\n{body}");
        };
        section("Against the targets", self.targets());
        section("Beside the peers", self.peers());
        section(
            "As sizes grow, in instructions",
            format!(
                "{}\n![Instructions a call against lines, bands and accounts](GROWTH.svg)\n",
                growth::engine().table(&self.figures)
            ),
        );
        section(
            "A block of the closed loop, in instructions",
            format!(
                "{}\n![Instructions a block against agents, lines and paths](GROWTH_LOOP.svg)\n",
                growth::world().table(&self.figures)
            ),
        );
        section("Worst errors by yardstick, all regions", self.by_yardstick());
        section("Worst errors of amm-core by region", self.by_region());
        section("How", format!("{}\n\n{NOTES}{}", machine::described(), self.absent()));
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    fn targets(&self) -> String {
        let header = ["what", "amm-core", "accept", "aim", "reached"];
        let lines = targets::all(self).into_iter().map(|target| {
            let show = |x: Option<f64>| match (x, target.unit) {
                (None, _) => nothing(),
                (Some(x), Unit::Error) => format!("{x:.1e}"),
                (Some(x), Unit::Instructions) => format!("{x:.0}"),
                (Some(x), Unit::Nanoseconds) => format!("{x:.1}"),
            };
            [
                target.what.to_owned(),
                show(target.got),
                show(target.accept),
                show(target.aim),
                target.verdict().to_owned(),
            ]
        });
        table(header, lines)
    }

    fn peers(&self) -> String {
        let header = ["what", "who", "ns", "Ir", "worst error", "ns ÷ ours", "Ir ÷ ours"];
        let mut kinds: Vec<&str> = Vec::new();
        for figure in self.figures.iter().filter(|figure| !growth::is_growing(figure)) {
            if !kinds.contains(&figure.what.as_str()) {
                kinds.push(&figure.what);
            }
        }
        let mut lines = Vec::new();
        for kind in kinds {
            let ours = self.find(kind, ours::WHO);
            for figure in self.figures.iter().filter(|figure| figure.what == kind) {
                let ns = ours.map(|ours| figure.ns / ours.ns);
                let ir = ours.and_then(|ours| Some(figure.ir? / ours.ir?));
                let ratio = |ratio: Option<f64>| {
                    let ratio = ratio.filter(|_| figure.who != ours::WHO);
                    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
                };
                lines.push([
                    kind.to_owned(),
                    figure.who.clone(),
                    format!("{:.1}", figure.ns),
                    figure.ir.map_or_else(nothing, |ir| format!("{ir:.0}")),
                    figure.error.map_or_else(nothing, |error| format!("{error:.1e}")),
                    ratio(ns),
                    ratio(ir),
                ]);
            }
        }
        table(header, lines.into_iter())
    }

    fn by_yardstick(&self) -> String {
        let mut header = vec!["who".to_owned()];
        let yardsticks = Yardstick::OF_VALUES.into_iter().chain([Yardstick::ImpliedVol]);
        header.extend(yardsticks.clone().map(|yardstick| yardstick.name().to_owned()));
        let lines = self.errors.values.iter().map(|(who, all)| {
            let cells = yardsticks.clone().map(|yardstick| {
                let Some(worst) = all.get(&yardstick) else { return nothing() };
                let error = worst.overall().map_or_else(nothing, |error| format!("{error:.1e}"));
                match worst.unanswered {
                    0 => error,
                    n => format!("{error} ({n} unanswered)"),
                }
            });
            [(*who).to_owned()].into_iter().chain(cells).collect::<Vec<_>>()
        });
        aligned(header, lines.collect())
    }

    fn by_region(&self) -> String {
        let Some((_, all)) = self.errors.values.first() else { return nothing() };
        let regions: BTreeSet<&String> =
            all.values().flat_map(|worst| worst.by_region.keys()).collect();
        let mut header = vec!["yardstick".to_owned()];
        header.extend(regions.iter().map(|&region| region.clone()));
        let lines = all.iter().map(|(yardstick, worst)| {
            let cell = |region: &&String| {
                worst.by_region.get(*region).map_or_else(nothing, |error| format!("{error:.1e}"))
            };
            let name = yardstick.name().to_owned();
            [name].into_iter().chain(regions.iter().map(cell)).collect::<Vec<_>>()
        });
        aligned(header, lines.collect())
    }

    fn absent(&self) -> &'static str {
        if self.rustquant {
            "* RustQuant counts time in whole days and works them out in each call, so its prices cannot be judged."
        } else {
            "* RustQuant is not in this run: `-- --rustquant` adds it, and builds some 450 crates."
        }
    }
}

pub(crate) fn nothing() -> String {
    "–".to_owned()
}

fn table<const N: usize>(header: [&str; N], lines: impl Iterator<Item = [String; N]>) -> String {
    aligned(header.map(str::to_owned).to_vec(), lines.map(|line| line.to_vec()).collect())
}

/// A Markdown table: names to the left, figures to the right.
pub(crate) fn aligned(header: Vec<String>, lines: Vec<Vec<String>>) -> String {
    let length = |cell: &String| cell.chars().count();
    let widths: Vec<usize> = (0..header.len())
        .map(|i| lines.iter().chain([&header]).map(|line| length(&line[i])).max().unwrap_or(0))
        .collect();
    let names = (0..header.len())
        .map(|i| i == 0 || header[i] == "who" || header[i] == "reached")
        .collect::<Vec<bool>>();
    let mut text = String::new();
    let mut push = |line: &[String]| {
        for (i, cell) in line.iter().enumerate() {
            let space = " ".repeat(widths[i] - length(cell));
            let (before, after) = if names[i] { ("", &*space) } else { (&*space, "") };
            _ = write!(text, "| {before}{cell}{after} ");
        }
        text.push_str("|\n");
    };
    push(&header);
    let rule = |i: usize| {
        let dashes = "-".repeat(widths[i] - 1);
        if names[i] { format!("{dashes}-") } else { format!("{dashes}:") }
    };
    push(&(0..header.len()).map(rule).collect::<Vec<_>>());
    lines.iter().for_each(|line| push(line));
    text
}
