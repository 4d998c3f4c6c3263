//! The grid as a table for people.

use super::grid::{ExpiryGrid, Grid, OptionRow};
use amm_core::num::decimal::{Digits as DecimalDigits, text};
use amm_core::num::{Real, Vol};
use amm_core::pricing::Kind;
use anstyle::{AnsiColor, Style as Ansi};
use std::fmt::Write;

/// Whether a table may have colours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// With escape codes of a terminal.
    Colour,
}

/// The most that a line of a table takes, as long as its numbers let it.
const WIDTH: usize = 100;

/// Heads of the columns; the first two have none but blanks above.
const HEADS: [&str; 14] = [
    "strike", "", "bid%", "mid%", "ask%", "bid", "mid", "ask", "delta", "gamma", "vega", "skew",
    "flow", "GEX",
];

/// What a cell says, for its colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tone {
    None,
    Bid,
    Ask,
    Signed(bool),
}

const BID: usize = 5;
const ASK: usize = 7;
const GEX: usize = 13;

/// The grid in lines of at most a hundred characters, unless strikes have more than ten digits.
pub fn table(grid: &Grid, style: Style) -> String {
    let forward = grid.expiries.first().map_or(Real::ONE, |expiry| expiry.forward.get());
    let (mut cells, mut widths) = (Vec::new(), [0; HEADS.len()]);
    for money in Money::finer_first(forward) {
        cells = rows(grid, money);
        widths = self::widths(&cells);
        if line_width(&widths) <= WIDTH {
            break;
        }
    }
    let mut out = String::new();
    for (expiry, rows) in grid.expiries.iter().zip(&cells) {
        head(expiry, style, &mut out);
        let heads = HEADS.map(|head| (head.to_owned(), Tone::None));
        let dim = paint(style, Ansi::new().dimmed());
        let _ = write!(out, "{dim}");
        line(&heads, &widths, Style::Plain, &mut out);
        out.truncate(out.trim_end().len());
        let _ = writeln!(out, "{dim:#}");
        for row in rows {
            line(row, &widths, style, &mut out);
        }
        out.push('\n');
    }
    totals(grid, style, &mut out);
    out
}

type Row = [(String, Tone); HEADS.len()];

fn rows(grid: &Grid, money: Money) -> Vec<Vec<Row>> {
    let of = |expiry: &ExpiryGrid| expiry.options.iter().map(|option| row(option, money)).collect();
    grid.expiries.iter().map(of).collect()
}

fn row(option: &OptionRow, money: Money) -> Row {
    let price = &option.price;
    let flow = if price.flow_ask > 0 { price.flow_ask } else { price.flow_bid };
    let strike = match option.kind {
        Kind::Call => option.strike.to_string(),
        Kind::Put => String::new(),
    };
    let kind = if option.kind == Kind::Call { "C" } else { "P" };
    let cells = [
        strike,
        kind.to_owned(),
        per_cent(option.iv_bid),
        per_cent(option.iv_mid),
        per_cent(option.iv_ask),
        money.shown(price.bid),
        money.shown(price.mid),
        money.shown(price.ask),
        fixed(option.delta, 2),
        text(option.gamma, 0, DecimalDigits::Significant(3)).to_string(),
        money.coarse().shown(option.vega / 100),
        money.shown(price.skew),
        money.shown(flow),
        short(option.gex),
    ];
    let mut row = cells.map(|cell| (cell, Tone::None));
    row[BID].1 = Tone::Bid;
    row[ASK].1 = Tone::Ask;
    if option.gex != 0 {
        row[GEX].1 = Tone::Signed(option.gex < 0);
    }
    row
}

fn widths(cells: &[Vec<Row>]) -> [usize; HEADS.len()] {
    let mut widths = HEADS.map(str::len);
    for row in cells.iter().flatten() {
        for (width, (cell, _)) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    widths
}

fn line_width(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + widths.len() - 1
}

fn line(row: &Row, widths: &[usize], style: Style, out: &mut String) {
    for (place, ((cell, tone), width)) in row.iter().zip(widths).enumerate() {
        let gap = if place > 0 { " " } else { "" };
        let colour = match tone {
            Tone::None => Ansi::new(),
            Tone::Bid | Tone::Signed(false) => AnsiColor::Green.on_default(),
            Tone::Ask | Tone::Signed(true) => AnsiColor::Red.on_default(),
        };
        let colour = paint(style, colour);
        let _ = write!(out, "{gap}{colour}{cell:>width$}{colour:#}");
    }
    out.push('\n');
}

fn head(expiry: &ExpiryGrid, style: Style, out: &mut String) {
    let bold = paint(style, Ansi::new().bold());
    let days = Real::from_num(expiry.t_seconds.get()) / 86_400;
    let ExpiryGrid { name, forward, discount, .. } = expiry;
    let (days, gex) = (text(days, 0, DecimalDigits::Places(2)), short(expiry.gex));
    let _ = writeln!(
        out,
        "{bold}{name}{bold:#}  {days} days  forward {forward}  discount {discount}  GEX {gex}"
    );
}

fn totals(grid: &Grid, style: Style, out: &mut String) {
    let bold = paint(style, Ansi::new().bold());
    let money = |value: Real| {
        if value.abs() < 100_000_000 { fixed(value, 2) } else { short(value) }
    };
    let delta = match grid.net_delta.floor() {
        delta if delta.abs() < 1_000_000 => fixed(delta, 4),
        delta => money(delta),
    };
    let _ = writeln!(
        out,
        "{bold}pool{bold:#}  net delta {delta}  GEX {} for 1 %  paid for skew {}, for flow {}",
        short(grid.gex),
        money(grid.skew_value),
        money(grid.flow_value),
    );
    let Some(bands) = grid.loop_gain.first().map(|row| row.bands.len()) else { return };
    let heads: &[&str] = match bands {
        5 => &["< -1.5 sd", "-1.5..-0.5", "-0.5..0.5", "0.5..1.5", "> 1.5 sd"],
        3 => &["< -0.5 sd", "-0.5..0.5", "> 0.5 sd"],
        _ => &["all of spot"],
    };
    let names = grid.loop_gain.iter().map(|row| row.expiry.chars().count()).max();
    let name_width = names.unwrap_or(0).max(9);
    let _ = write!(out, "{bold}loop gain{bold:#}{:1$}", "", name_width - 9);
    for head in heads {
        let _ = write!(out, "  {head:>11}");
    }
    out.push('\n');
    for row in &grid.loop_gain {
        let _ = write!(out, "{:name_width$}", row.expiry);
        for gain in &row.bands {
            let red = *gain > 0 && *gain == grid.max_loop_gain;
            let colour = if red { AnsiColor::Red.on_default() } else { Ansi::new() };
            let colour = paint(style, colour);
            let _ = write!(out, "  {colour}{:>11}{colour:#}", fixed(*gain, 6));
        }
        out.push('\n');
    }
}

fn paint(style: Style, ansi: Ansi) -> Ansi {
    if style == Style::Colour { ansi } else { Ansi::new() }
}

/// How prices are shown.
#[derive(Clone, Copy, Debug)]
enum Money {
    /// With so many decimals.
    Places(usize),
    /// With so many digits.
    Digits(u32),
}

impl Money {
    /// What to try for a forward, until it fits: seven digits of it and fewer, or powers of ten where
    /// it is very large or small.
    fn finer_first(forward: Real) -> impl Iterator<Item = Self> {
        let plain = (1..100_000_000).contains(&forward);
        let whole = forward.to_num::<u64>().checked_ilog10().unwrap_or(0) as usize;
        let finest = if plain { 6_usize.saturating_sub(whole).max(2) } else { 0 };
        let places = (1..=finest).rev().map(Self::Places).filter(move |_| plain);
        places.chain((3..=5).rev().map(Self::Digits))
    }

    fn shown(self, value: Real) -> String {
        match self {
            Self::Places(places) => fixed(value, places),
            Self::Digits(_) if value.abs() >= 1_000 => short(value),
            Self::Digits(digits) => text(value, 0, DecimalDigits::Significant(digits)).to_string(),
        }
    }

    /// For what needs no more than two decimals.
    fn coarse(self) -> Self {
        match self {
            Self::Places(places) => Self::Places(places.min(2)),
            Self::Digits(digits) => Self::Digits(digits.min(3)),
        }
    }
}

fn per_cent(vol: Option<Vol>) -> String {
    vol.map_or_else(
        || "-".to_owned(),
        |vol| {
            let percent = vol.get() * Real::from_num(100);
            fixed(percent, if percent < 100 { 2 } else { 1 })
        },
    )
}

/// A number with so many decimals, and no sign if they are all zeros.
fn fixed(value: Real, places: usize) -> String {
    let shown = format!("{value:.places$}");
    match shown.strip_prefix('-') {
        Some(magnitude) if !magnitude.bytes().any(|byte| matches!(byte, b'1'..=b'9')) => {
            magnitude.to_owned()
        }
        _ => shown,
    }
}

/// A sum of money in four digits or so.
fn short(value: Real) -> String {
    const STEPS: [(i128, &str); 4] =
        [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    let step = STEPS.into_iter().find(|&(unit, _)| value.abs() >= Real::from_bits(unit << 64));
    match step {
        Some((unit, name)) => format!("{}{name}", fixed(value / unit, 2)),
        None if value == 0 => "0".to_owned(),
        None => fixed(value, 2),
    }
}
