//! The law of grids: whatever was done to one, a cell is worth what a cold call says, to the bit.

use std::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::Terms;
use super::greeks::Valuer;
use super::price::Pricer;
use super::{Verdict, ensure};
use crate::num::{Price, Vol};
use crate::pricing::grid::{Grid, GridError, Storage};
use crate::pricing::{Expiry, Prices, Valuation};

/// Something done to a grid. A place may be one that is not there.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// Adds a strike.
    PushStrike(Price),
    /// Adds an expiry.
    PushExpiry(Expiry),
    /// Sets the volatility at an expiry's and a strike's place.
    SetVol(usize, usize, Vol),
    /// Moves the forward of the expiry at a place.
    SetForward(usize, Price),
    /// Renews the expiry at a place.
    SetExpiry(usize, Expiry),
}

impl<'a> Arbitrary<'a> for Op {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let Terms { expiry, strike, vol } = u.arbitrary()?;
        let mut place = || u.int_in_range(0..=6);
        Ok(match place()? {
            0 => Self::PushExpiry(expiry),
            1 => Self::PushStrike(strike),
            2 => Self::SetForward(place()?, expiry.forward()),
            3 => Self::SetExpiry(place()?, expiry),
            _ => Self::SetVol(place()?, place()?, vol),
        })
    }
}

/// What a grid should hold.
#[derive(Debug, Default)]
struct Model {
    strikes: Vec<Price>,
    expiries: Vec<Expiry>,
    /// By expiry, then by strike.
    vols: Vec<Vec<Option<Vol>>>,
}

/// Cells equal cold calls after each operation; what is refused changes nothing and names what is
/// amiss.
///
/// # Errors
///
/// How it is broken.
pub fn cells_are_cold_calls<S: Storage>(
    mut grid: Grid<S>,
    ops: &[Op],
    price: impl Pricer,
    value: impl Valuer,
) -> Verdict {
    let mut model = Model::default();
    for op in ops {
        let done = apply(&mut grid, op);
        model.follow(op, done)?;
        model.check(&grid, &price, &value)?;
    }
    Ok(())
}

fn apply<S: Storage>(grid: &mut Grid<S>, op: &Op) -> core::result::Result<(), GridError> {
    match *op {
        Op::PushStrike(strike) => grid.push_strike(strike).map(drop),
        Op::PushExpiry(expiry) => grid.push_expiry(expiry).map(drop),
        Op::SetVol(expiry, strike, vol) => grid.set_vol(expiry, strike, vol),
        Op::SetForward(expiry, forward) => grid.set_forward(expiry, forward),
        Op::SetExpiry(place, expiry) => grid.set_expiry(place, expiry),
    }
}

impl Model {
    fn follow(&mut self, op: &Op, done: core::result::Result<(), GridError>) -> Verdict {
        let (rows, columns) = (self.expiries.len(), self.strikes.len());
        let due = match *op {
            Op::PushStrike(_) | Op::PushExpiry(_) => None,
            Op::SetVol(_, strike, _) if strike >= columns => {
                Some(GridError::Absent { what: "strike", place: strike, len: columns })
            }
            Op::SetVol(place, ..) | Op::SetForward(place, _) | Op::SetExpiry(place, _) => {
                (place >= rows).then_some(GridError::Absent { what: "expiry", place, len: rows })
            }
        };
        match (done, due) {
            (Err(GridError::Full { what: "strikes", capacity }), None) => {
                ensure!(capacity == columns, "{columns} strikes, but full with {capacity}");
                return Ok(());
            }
            (Err(GridError::Full { what: "expiries", capacity }), None) => {
                ensure!(capacity == rows, "{rows} expiries, but full with {capacity}");
                return Ok(());
            }
            (Err(error), Some(due)) => {
                ensure!(error == due, "refused with {error}, not with {due}");
                return Ok(());
            }
            (Ok(()), None) => {}
            (done, due) => return Err(std::format!("{op:?} gave {done:?}, not {due:?}")),
        }
        match *op {
            Op::PushStrike(strike) => {
                self.strikes.push(strike);
                self.vols.iter_mut().for_each(|row| row.push(None));
            }
            Op::PushExpiry(expiry) => {
                self.expiries.push(expiry);
                self.vols.push(std::vec![None; columns]);
            }
            Op::SetVol(expiry, strike, vol) => self.vols[expiry][strike] = Some(vol),
            Op::SetForward(place, forward) => {
                let old = self.expiries[place];
                let moved = Expiry::new(forward, old.time(), old.discount());
                self.expiries[place] = super::draw::inside(moved);
            }
            Op::SetExpiry(place, expiry) => self.expiries[place] = expiry,
        }
        Ok(())
    }

    fn check<S: Storage>(
        &self,
        grid: &Grid<S>,
        price: &impl Pricer,
        value: &impl Valuer,
    ) -> Verdict {
        ensure!(grid.strikes().eq(self.strikes.iter().copied()), "the strikes are others");
        ensure!(grid.expiries().eq(self.expiries.iter().copied()), "the expiries are others");
        for (row, (expiry, vols)) in self.expiries.iter().zip(&self.vols).enumerate() {
            let cells = self
                .strikes
                .iter()
                .zip(vols)
                .map(|(&strike, vol)| vol.map(|vol| Terms { expiry: *expiry, strike, vol }));
            let mut unset = None;
            let (mut prices, mut values) = (Vec::new(), Vec::new());
            for (column, terms) in cells.enumerate() {
                let no_vol = GridError::NoVol { expiry: row, strike: column };
                let cold = terms.map(|terms| (price.at(&terms), value.at(&terms)));
                let (priced, valued) = (grid.price(row, column), grid.value(row, column));
                let (cold_price, cold_value) = cold.unzip();
                ensure!(priced == cold_price.ok_or(no_vol), "{terms:?}: {priced:?}");
                ensure!(valued == cold_value.ok_or(no_vol), "{terms:?}: {valued:?}");
                unset = unset.or(terms.is_none().then_some(no_vol));
                prices.extend(cold_price);
                values.extend(cold_value);
            }
            // A row at once: as each alone, or the first that has no volatility.
            let whole = unset.map_or(Ok(()), Err);
            let columns = self.strikes.len();
            let (mut at_once, mut in_full) =
                (std::vec![Prices::default(); columns], std::vec![Valuation::default(); columns]);
            let read = (grid.prices(row, &mut at_once), grid.values(row, &mut in_full));
            ensure!(read == (whole, whole), "row {row}: {read:?}, not {whole:?}");
            ensure!(unset.is_some() || at_once == prices, "row {row}: {at_once:?}");
            ensure!(unset.is_some() || in_full == values, "row {row}: {in_full:?}");
            let places = GridError::Places { places: columns + 1, strikes: columns };
            at_once.push(Prices::default());
            ensure!(grid.prices(row, &mut at_once) == Err(places), "row {row} takes a place more");
        }
        Ok(())
    }
}
