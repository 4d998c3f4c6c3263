//! Every listed option under every scenario, valued once per market update.

use alloc::vec;
use alloc::vec::Vec;

use crate::book::Series;
use crate::math::exp;
use crate::num::{Price, Real, Timestamp, YEAR_S};
use crate::pricing::Kind;
use crate::risk::margin::column::{Column, columns, price_row};
use crate::risk::margin::{
    Conditions, MarginError, MarginParams, Portfolio, RowConditions, Rule, SCENARIOS_MAX, Standard,
};
use crate::risk::within::within;
use crate::surface::{Board, Row};

/// The most columns: now, the scenarios, and the basis both ways.
pub(super) const COLUMNS_MAX: usize = SCENARIOS_MAX + 3;

/// Values of everything listed under every scenario, in one market state and at one scan range: an
/// account's requirement is sums of products over it.
///
/// A value is kept in whole *grains* of 2^(shift−64) of cash, rounded down, with a shift that leaves
/// every option under 2⁵⁴ and the dearest of spot, forwards and strikes 2⁵¹ or more (where a [`Real`] is
/// as fine): with a spot of 60,000 a grain is 2⁻³⁶, 1.5·10⁻¹¹. What is lost counts against the account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grid {
    /// The scan range it is made at.
    pub(super) range: Real,
    /// Bits of a [`Real`] below a grain, at most 52.
    pub(super) shift: u32,
    /// Values of an option that stand together.
    pub(super) columns: usize,
    /// By line, kind and column.
    pub(super) values: Vec<u64>,
    /// Of all lines.
    pub(super) strikes: Vec<Price>,
    /// Expiries ascending.
    pub(super) rows: Vec<GridRow>,
    /// Of one unit of the underlying, by column, without the basis.
    pub(super) base: Vec<i64>,
    /// What the rule needs besides.
    pub(super) terms: Terms,
}

/// An expiry of the grid.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct GridRow {
    pub(super) stamp: Timestamp,
    /// The number of its first line.
    pub(super) start: usize,
    /// How many lines it has.
    pub(super) lines: usize,
    /// What a gain in a scenario is worth, Q64; `None` for all of it.
    pub(super) carry: Option<u64>,
    /// The share of the basis loss, Q64.
    pub(super) basis: u128,
    /// What doubt adds for a contract.
    pub(super) doubt: i64,
    /// For a naked call: initial and maintenance.
    pub(super) naked: [i64; 2],
}

/// Grains for a contract or a unit, rounded up, and shares in Q64.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Terms {
    Portfolio {
        /// Q64; `None` for all of a loss.
        weights: Vec<Option<u64>>,
        /// Initial over maintenance margin, what the peg adds included.
        initial: u128,
        /// For a naked short option, and for a unit of the underlying.
        fixed: [i64; 2],
        /// What doubt adds for a unit of the underlying.
        doubt: i64,
    },
    Standard {
        /// Initial margin of a short call and of a short put, by line.
        initial: Vec<[i64; 2]>,
        /// Maintenance margin of a short call and of a short put.
        maintenance: [i64; 2],
        /// Maintenance margin of a put in shares of its value; initial over maintenance of a put.
        put: [u128; 2],
        /// What the peg adds for a short option.
        peg: i64,
        /// For a unit of the underlying: what does not count, initial with doubt, and maintenance.
        base: [i64; 2],
    },
}

/// Grains in a price, rounded down.
pub(super) fn down(price: Real, shift: u32) -> i64 {
    (price.to_bits() >> shift) as i64
}

/// Grains in a price, rounded up.
pub(super) fn up(price: Real, shift: u32) -> i64 {
    ((price.to_bits() + (1 << shift) - 1) >> shift) as i64
}

/// The shift that leaves four times the dearest of forwards, strikes and spot under 2⁵⁴.
fn shift(board: &Board, spot: Price) -> u32 {
    let strikes = |row: &Row| row.lines.last().map_or(Price::MIN, |line| line.strike);
    let dear = |row: &Row| row.expiry.forward().max(strikes(row));
    let most = board.rows.iter().map(dear).fold(spot, Price::max);
    let bits = i128::BITS - most.get().to_bits().leading_zeros();
    (bits + 2).saturating_sub(54)
}

impl Grid {
    /// Values a board, with one set of conditions per row.
    ///
    /// # Errors
    ///
    /// [`MarginError::Rows`], [`MarginError::OutOfRange`] also if a scenario takes a forward past
    /// [`Price::MAX`], and those of [`MarginParams::check`].
    pub fn new(
        params: &MarginParams,
        conditions: &Conditions,
        range: Real,
        board: &Board,
        rows: &[RowConditions],
    ) -> Result<Self, MarginError> {
        params.check()?;
        conditions.check()?;
        within("scan range", range, Real::DELTA, Real::ONE)?;
        if rows.len() != board.rows.len() {
            return Err(MarginError::Rows { got: rows.len(), rows: board.rows.len() });
        }
        let (shift, spot) = (shift(board, conditions.spot), conditions.spot.get());
        let columns = columns(&params.rule, range);
        let unit = |column: &Column| down(spot * column.factor / conditions.peg, shift);
        let scenarios = columns.len() - if columns.len() > 1 { 2 } else { 0 };
        let mut grid = Self {
            range,
            shift,
            columns: columns.len(),
            values: Vec::new(),
            strikes: board.rows.iter().flat_map(|row| &row.lines).map(|line| line.strike).collect(),
            rows: Vec::with_capacity(rows.len()),
            base: columns[..scenarios].iter().map(unit).collect(),
            terms: terms(params, conditions, board, shift)?,
        };
        grid.values = vec![0; grid.strikes.len() * 2 * grid.columns];
        let mut start = 0;
        for (row, more) in board.rows.iter().zip(rows) {
            more.check(row)?;
            let (first, lines) = (start * 2 * grid.columns, row.lines.len());
            let values = &mut grid.values[first..first + lines * 2 * columns.len()];
            price_row(row, more, &params.rule, &columns, shift, values)?;
            grid.rows.push(grid_row(params, conditions, (row, more), start, shift)?);
            start += lines;
        }
        Ok(grid)
    }

    /// The scan range it is made at.
    pub const fn range(&self) -> Real {
        self.range
    }

    pub(super) fn row(&self, stamp: Timestamp) -> Option<&GridRow> {
        let place = self.rows.binary_search_by_key(&stamp, |row| row.stamp).ok()?;
        Some(&self.rows[place])
    }

    /// The number of a series' line.
    pub(super) fn line(&self, row: &GridRow, series: &Series) -> Option<usize> {
        let strikes = &self.strikes[row.start..row.start + row.lines];
        Some(row.start + strikes.binary_search(&series.strike).ok()?)
    }

    /// An option's values, by column.
    pub(super) fn option(&self, line: usize, kind: Kind) -> &[u64] {
        let place = (line * 2 + kind as usize) * self.columns;
        &self.values[place..place + self.columns]
    }
}

/// T of a row in years, rounded down.
fn years(row: &Row) -> Real {
    Real::from_bits((i128::from(row.expiry.time().get()) << 64) / i128::from(YEAR_S))
}

fn grid_row(
    params: &MarginParams,
    conditions: &Conditions,
    (row, more): (&Row, &RowConditions),
    start: usize,
    shift: u32,
) -> Result<GridRow, MarginError> {
    let doubt = doubted(params, conditions, more.confidence.min(conditions.confidence));
    let mut made = GridRow {
        stamp: row.stamp,
        start,
        lines: row.lines.len(),
        carry: None,
        basis: 0,
        doubt: up(doubt, shift),
        naked: [0; 2],
    };
    match &params.rule {
        Rule::Portfolio(Portfolio { carry, basis, .. }) => {
            // r ≤ 10⁶, so the rate is under 2²³, and 30 years of it fit.
            let rate = more.rate * carry.rate_times + carry.rate_plus;
            let share = carry.share * exp(-(years(row) * rate))?;
            made.carry = (share < Real::ONE).then_some(share.to_bits() as u64);
            made.basis = (basis.share + basis.share_per_year * years(row)).to_bits() as u128;
        }
        Rule::Standard(rule) => {
            let forward = row.expiry.forward().get();
            made.naked = [rule.naked_initial, rule.naked].map(|share| up(share * forward, shift));
        }
    }
    Ok(made)
}

/// What doubt adds to a contract or a unit.
fn doubted(params: &MarginParams, conditions: &Conditions, confidence: Real) -> Real {
    match confidence < params.doubt.threshold {
        true => (Real::ONE - confidence) * params.doubt.share * conditions.spot.get(),
        false => Real::ZERO,
    }
}

fn terms(
    params: &MarginParams,
    conditions: &Conditions,
    board: &Board,
    shift: u32,
) -> Result<Terms, MarginError> {
    let spot = conditions.spot.get();
    let peg = (params.peg.threshold - conditions.peg).max(Real::ZERO) * params.peg.times;
    let doubt = doubted(params, conditions, conditions.confidence);
    let of_spot = |share: Real| up(share * spot, shift);
    let q64 = |share: Real| share.to_bits() as u128;
    Ok(match &params.rule {
        Rule::Portfolio(rule) => {
            let weight = |weight: Real| (weight < Real::ONE).then_some(weight.to_bits() as u64);
            let scenarios = rule.scenarios.as_slice().iter();
            Terms::Portfolio {
                weights: scenarios.map(|scenario| weight(scenario.weight)).collect(),
                initial: q64(rule.initial + peg),
                fixed: [of_spot(rule.fixed.option), of_spot(rule.fixed.base)],
                doubt: up(doubt, shift),
            }
        }
        Rule::Standard(rule) => {
            let lines = board.rows.iter().flat_map(|row| &row.lines);
            let initial = lines.map(|line| initial(rule, spot, line.strike.get()));
            // A unit counts at spot/peg; of spot a share is margin.
            let unit = up(spot / conditions.peg + Real::DELTA, shift);
            let kept = |haircut: Real, doubt: Real| {
                unit - down((Real::ONE - haircut) * spot, shift) + up(doubt, shift)
            };
            Terms::Standard {
                initial: initial.map(|both| both.map(of_spot)).collect(),
                maintenance: [of_spot(rule.call), of_spot(rule.put)],
                put: [q64(rule.put_value), q64(rule.put_initial)],
                peg: of_spot(peg),
                base: [kept(rule.base_initial, doubt), kept(rule.base, Real::ZERO)],
            }
        }
    })
}

/// The share of spot that a short call and a short put need at first: less by what they are out of
/// the money.
fn initial(rule: &Standard, spot: Real, strike: Real) -> [Real; 2] {
    let out = |by: Real| {
        // Above 1.2 nothing of the most is left, whatever it is.
        let ratio = if by >= spot * 2 { Real::from_num(2) } else { by.max(Real::ZERO) / spot };
        (rule.initial_most - ratio).max(rule.initial_least)
    };
    [out(strike - spot), out(spot - strike)]
}
