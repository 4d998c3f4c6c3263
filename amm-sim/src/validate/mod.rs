//! Closed forms of the literature, and what the simulator's own parts make of them.
//!
//! A [`Row`] holds one measured number to an interval around its theoretical value; its `id` is the
//! statement's in the project's list (F: feedback of hedging, I: impact and execution, R: reflexivity
//! and contagion, M: market making). A Monte Carlo row's interval is four standard errors and the
//! stated bias on either side of theory, so a sound row fails about once in 16,000 seeds, and seeds
//! are fixed.
//!
//! Luck comes from [`amm_loop::draw::Draws`] keyed by (seed, path, block, agent, draw), theory from
//! `amm_core::math`; paths run in parallel and are reduced in their order, so every number is the
//! same on any machine and any number of threads.

#![allow(
    clippy::float_arithmetic,
    reason = "statistics of finished runs: IEEE basic operations in a fixed order, no libm"
)]

mod arbitrage;
mod clearing;
mod contagion;
mod deleveraging;
mod feedback;
mod hawkes;
mod hedging;
mod inclusion;
mod informed;
mod inventory;
mod linear;
mod liquidation;
mod luck;
mod margin;
mod market;
mod metaorder;
mod moments;
pub mod order_book;
mod propagator;
mod quoting;
mod rational;
mod reduction;
mod resilience;
mod round_trip;
mod schedule;
mod spiral;

use serde::{Serialize, Serializer};
use std::fmt::{Display, Write};

/// One statement: what was measured, what theory says, and how far apart they may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The statement in the project's list, say `R3`; several rows may share one.
    pub id: &'static str,
    /// What is measured, from how many paths, and the bias that `low` and `high` allow for.
    pub what: String,
    /// As measured.
    pub measured: f64,
    /// As the closed form says.
    pub theory: f64,
    /// The least `measured` that passes.
    pub low: f64,
    /// The greatest `measured` that passes.
    pub high: f64,
}

impl Row {
    /// A row that passes within `tolerance` of theory.
    pub fn within(
        id: &'static str,
        what: impl Into<String>,
        measured: f64,
        theory: f64,
        tolerance: f64,
    ) -> Self {
        let (low, high) = (theory - tolerance, theory + tolerance);
        Self { id, what: what.into(), measured, theory, low, high }
    }

    /// A row that passes only if the numbers are equal.
    pub fn exact(id: &'static str, what: impl Into<String>, measured: f64, theory: f64) -> Self {
        Self::within(id, what, measured, theory, 0.0)
    }

    /// Whether `low` ≤ `measured` ≤ `high`; what is not a number does not pass.
    pub fn passes(&self) -> bool {
        self.low <= self.measured && self.measured <= self.high
    }

    /// `pass` or `fail`.
    pub fn verdict(&self) -> &'static str {
        if self.passes() { "pass" } else { "fail" }
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Judged<'a> {
            id: &'a str,
            what: &'a str,
            measured: f64,
            theory: f64,
            low: f64,
            high: f64,
            verdict: &'a str,
        }
        let Self { id, what, measured, theory, low, high } = self;
        let (measured, theory, low, high) = (*measured, *theory, *low, *high);
        Judged { id, what, measured, theory, low, high, verdict: self.verdict() }
            .serialize(serializer)
    }
}

/// Rows, or one that fails with the reason why there are none.
fn or_refusal<E: Display>(id: &'static str, rows: Result<Vec<Row>, E>) -> Vec<Row> {
    rows.unwrap_or_else(|error| {
        let nothing = f64::NAN;
        vec![Row::exact(id, format!("it stopped: {error}"), nothing, nothing)]
    })
}

/// How much work to spend.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effort {
    /// Under a minute for everything.
    Fast,
    /// The paths that tight intervals take: under 15 minutes.
    Full,
}

impl Effort {
    /// The first for fast, the second for full.
    pub fn pick<T>(self, fast: T, full: T) -> T {
        match self {
            Self::Fast => fast,
            Self::Full => full,
        }
    }
}

/// A mistake made on purpose, to show that rows can fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Every path draws the same luck.
    SharedStream,
    /// Buying lowers the price.
    ImpactSign,
    /// Impact is of the rate of trading in place of its volume.
    RateImpact,
    /// Hedgers hold half of their delta.
    HalfHedge,
    /// The pool's quotes do not move with what it holds.
    StillQuotes,
}

/// Rows that are computed together.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The statements it has rows of.
    pub ids: &'static [&'static str],
    /// How long it takes, fast and full: milliseconds of one core, roughly.
    pub cost_ms: [u64; 2],
    /// Computes the rows.
    pub rows: fn(Effort, Option<Fault>) -> Vec<Row>,
}

/// All there is, in the order it is shown.
pub const FAMILIES: &[Family] = &[
    feedback::amplification::FAMILY,
    feedback::late::FAMILY,
    feedback::partly::FAMILY,
    feedback::resonance::FAMILY,
    feedback::band::FAMILY,
    feedback::cost::FAMILY,
    feedback::squeeze::FAMILY,
    feedback::pinning::FAMILY,
    feedback::shocks::FAMILY,
    feedback::capacity::FAMILY,
    hedging::cost::FAMILY,
    hedging::band::FAMILY,
    hedging::discrete::FAMILY,
    informed::FAMILY,
    schedule::FAMILY,
    resilience::FAMILY,
    propagator::FAMILY,
    metaorder::FAMILY,
    round_trip::FAMILY,
    hawkes::FAMILY,
    liquidation::FAMILY,
    clearing::FAMILY,
    contagion::FAMILY,
    margin::FAMILY,
    inclusion::FAMILY,
    reduction::FAMILY,
    spiral::FAMILY,
    deleveraging::FAMILY,
    quoting::FAMILY,
    inventory::greeks::FAMILY,
    inventory::monotone::FAMILY,
    inventory::demand::FAMILY,
    arbitrage::FAMILY,
];

/// The rows of some statements, or of all if none is named; `done` hears after each family how many
/// milliseconds of how many are behind.
pub fn run(
    effort: Effort,
    fault: Option<Fault>,
    only: &[String],
    mut done: impl FnMut(u64, u64),
) -> Vec<Row> {
    let wanted = |id: &str| only.is_empty() || only.iter().any(|name| name == id);
    let chosen: Vec<&Family> =
        FAMILIES.iter().filter(|family| family.ids.iter().any(|id| wanted(id))).collect();
    let cost = |family: &&Family| effort.pick(family.cost_ms[0], family.cost_ms[1]);
    let total = chosen.iter().map(cost).sum();
    let mut rows = Vec::new();
    let mut behind = 0;
    for family in &chosen {
        done(behind, total);
        rows.extend((family.rows)(effort, fault).into_iter().filter(|row| wanted(row.id)));
        behind += cost(family);
    }
    done(behind, total);
    rows
}

/// The rows as an aligned table for people.
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 6]> = rows
        .iter()
        .map(|row| {
            [
                row.id.to_owned(),
                row.what.clone(),
                number(row.measured),
                number(row.theory),
                format!("{} .. {}", number(row.low), number(row.high)),
                if row.passes() { "pass".to_owned() } else { "FAIL".to_owned() },
            ]
        })
        .collect();
    let head = ["id", "what", "measured", "theory", "interval", "verdict"].map(str::to_owned);
    let mut widths = [0; 6];
    for line in std::iter::once(&head).chain(&cells) {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for [id, what, measured, theory, interval, verdict] in std::iter::once(&head).chain(&cells) {
        let [w0, w1, w2, w3, w4, _] = widths;
        writeln!(
            text,
            "{id:w0$}  {what:w1$}  {measured:>w2$}  {theory:>w3$}  {interval:>w4$}  {verdict}"
        )
        .expect("a string takes what is written to it");
    }
    text
}

/// A number to six significant digits.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let bounds = [1e5, 1e4, 1e3, 1e2, 1e1, 1.0, 0.1, 0.01];
    match bounds.iter().position(|&bound| value.abs() >= bound) {
        Some(digits) => format!("{value:.digits$}"),
        None => format!("{value:.5e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_passes_on_its_bounds_and_not_past_them() {
        let row = |measured| Row::within("R1", "", measured, 2.0, 0.5);
        assert!(row(1.5).passes() && row(2.5).passes());
        assert!(!row(1.499).passes() && !row(2.501).passes() && !row(f64::NAN).passes());
        assert_eq!(row(3.0).verdict(), "fail");
    }

    #[test]
    fn numbers_keep_six_digits() {
        let have = [123_456.7, 2.5, 0.0612, 0.001, 0.0, -12.5].map(number);
        assert_eq!(have, ["123457", "2.50000", "0.0612000", "1.00000e-3", "0", "-12.5000"]);
    }

    #[test]
    fn the_table_is_aligned() {
        let rows =
            [Row::exact("R3", "payments", 3.0, 3.0), Row::within("M10", "é", 0.5, 123_456.0, 1.0)];
        let table = table(&rows);
        assert_eq!(table.lines().count(), 3);
        assert!(table.contains("pass") && table.contains("FAIL"), "{table}");
        let lengths: Vec<usize> = table.lines().skip(1).map(|line| line.chars().count()).collect();
        assert_eq!(lengths[0], lengths[1], "{table}");
    }
}
