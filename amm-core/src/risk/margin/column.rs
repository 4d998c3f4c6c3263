//! The columns of a grid, and the pricing of one expiry in all of them.

use alloc::vec;
use alloc::vec::Vec;

use crate::math::{exp, ln};
use crate::num::{Price, Real, Seconds, Vol};
use crate::pricing::Prices;
use crate::pricing::grid::{GridError, HeapGrid};
use crate::risk::margin::grid::down;
use crate::risk::margin::{
    MarginError, Portfolio, RowConditions, Rule, Scenario, VolMove, VolScan,
};
use crate::surface::Row;

/// One move of the market.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Column {
    /// What spot becomes, relative.
    pub(super) factor: Real,
    /// By how much it moves, relative.
    by: Real,
    vol: VolMove,
}

impl Column {
    fn new(by: Real, vol: VolMove) -> Self {
        Self { factor: Real::ONE + by, by, vol }
    }
}

/// As things are; for a portfolio also the scenarios and the basis both ways.
pub(super) fn columns(rule: &Rule, range: Real) -> Vec<Column> {
    let mut columns = vec![Column::new(Real::ZERO, VolMove::None)];
    if let Rule::Portfolio(Portfolio { scenarios, basis, .. }) = rule {
        let scenarios = scenarios.as_slice().iter();
        columns
            .extend(scenarios.map(|Scenario { spot, vol, .. }| Column::new(*spot * range, *vol)));
        let basis = [basis.up, -basis.down].map(|by| Column::new(by, VolMove::None));
        columns.extend(basis);
    }
    columns
}

/// What becomes of volatilities: a factor and an addition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct VolShift {
    times: Real,
    plus: Real,
}

impl VolShift {
    const NONE: Self = Self { times: Real::ONE, plus: Real::ZERO };

    /// Taken to the nearest that can be priced.
    fn of(self, vol: Vol) -> Result<Vol, MarginError> {
        // σ ≤ 20, the factor is under 2⁷ and the addition under 2¹².
        let vol = (vol.get() * self.times + self.plus).min(Vol::MAX.get());
        Ok(if vol < Vol::MIN.get() { Vol::ZERO } else { Vol::new(vol)? })
    }
}

/// (30 d/max(T, floor))^power and (30/7)^−power.
struct Powers {
    time: Real,
    week: Real,
}

impl Powers {
    fn new(scan: &VolScan, time: Seconds) -> Result<Self, MarginError> {
        const MONTH: Real = Real::lit("2592000");
        const WEEK: Real = Real::lit("604800");
        let power = if Real::from_num(time.get()) <= MONTH { scan.near } else { scan.far };
        // The quotient is 2⁻⁹ to 3000.
        let to = |time: Real| Ok::<_, MarginError>(exp(power * ln(MONTH / time)?)?);
        let week = exp(-(power * ln(MONTH / WEEK)?))?;
        Ok(Self { time: to(Real::from_num(time.max(scan.floor).get()))?, week })
    }

    fn shift(&self, scan: &VolScan, column: &Column) -> VolShift {
        match column.vol {
            VolMove::None => VolShift::NONE,
            VolMove::Down => {
                let times = (Real::ONE - scan.down * self.time).max(Real::ZERO);
                VolShift { times, plus: Real::ZERO }
            }
            VolMove::Up => {
                let slope = if column.by < 0 { scan.slope_down } else { scan.slope_up };
                let plus = slope * column.by.abs() * self.time * self.week;
                VolShift { times: Real::ONE + scan.up * self.time, plus }
            }
        }
    }
}

/// Writes the values of a row's options in all columns, in grains, by line, kind and column.
pub(super) fn price_row(
    row: &Row,
    more: &RowConditions,
    rule: &Rule,
    columns: &[Column],
    shift: u32,
    values: &mut [u64],
) -> Result<(), MarginError> {
    let mut write = |column: usize, prices: &[Prices]| {
        for (line, prices) in prices.iter().enumerate() {
            values[line * 2 * columns.len() + column] = down(prices.call, shift) as u64;
            values[(line * 2 + 1) * columns.len() + column] = down(prices.put, shift) as u64;
        }
    };
    let now: Vec<_> = row.lines.iter().map(|line| line.value.prices).collect();
    write(0, &now);
    let Rule::Portfolio(Portfolio { vol: scan, .. }) = rule else { return Ok(()) };

    let mut cells = HeapGrid::new();
    let expiry = cells.push_expiry(row.expiry).map_err(refused)?;
    for line in &row.lines {
        cells.push_strike(line.strike).map_err(refused)?;
    }
    let powers = Powers::new(scan, row.expiry.time())?;
    let mut priced: Vec<(Column, usize)> = Vec::with_capacity(columns.len());
    let (mut prices, mut last) = (vec![Prices::default(); row.lines.len()], None);
    for direction in [VolMove::None, VolMove::Up, VolMove::Down] {
        let all = columns.iter().enumerate().skip(1);
        for (place, column) in all.filter(|(_, column)| column.vol == direction) {
            if priced.iter().any(|(other, _)| other == column) || *column == columns[0] {
                continue;
            }
            let vol = powers.shift(scan, column);
            if last != Some(vol) {
                for (strike, line) in row.lines.iter().enumerate() {
                    cells.set_vol(expiry, strike, vol.of(line.vol)?).map_err(refused)?;
                }
                last = Some(vol);
            }
            cells.set_forward(expiry, moved(row, more, column)?).map_err(refused)?;
            cells.prices(expiry, &mut prices).map_err(refused)?;
            write(place, &prices);
            priced.push((*column, place));
        }
    }
    // Columns that say the same hold the same.
    priced.push((columns[0], 0));
    for (place, column) in columns.iter().enumerate().skip(1) {
        let same = priced.iter().find(|(other, _)| other == column);
        let from = same.map_or(place, |(_, from)| *from);
        if from != place {
            for option in values.chunks_exact_mut(columns.len()) {
                option[place] = option[from];
            }
        }
    }
    Ok(())
}

/// The forward in a column: what spot still moves of it has moved.
fn moved(row: &Row, more: &RowConditions, column: &Column) -> Result<Price, MarginError> {
    let (forward, fixed) = (row.expiry.forward().get(), more.fixed.get());
    Ok(Price::new(fixed + (forward - fixed) * column.factor)?) // the factor is at most 4
}

/// A grid that grows refuses nothing but a number.
fn refused(error: GridError) -> MarginError {
    match error {
        GridError::OutOfRange(error) => error.into(),
        _ => MarginError::Overflow { what: "the scenario grid" },
    }
}
