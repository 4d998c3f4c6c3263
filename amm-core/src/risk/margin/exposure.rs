//! What an order would make of an account.

use alloc::vec::Vec;

use crate::book::Series;
use crate::num::{Size, Timestamp};
use crate::risk::margin::grid::Grid;
use crate::risk::margin::part::Part;
use crate::risk::margin::requirement::{chains, ordered};
use crate::risk::margin::{MarginError, Margins, Requirement};

/// What an account's options add to its margin, expiry by expiry, in one market state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exposure {
    full: Sums,
    standing: Option<Sums>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Sums {
    total: Part,
    expiries: Vec<(Timestamp, Part)>,
}

impl Margins {
    /// What [`Margins::requirement`] sums up, with what each expiry adds kept for [`Exposure::what_if`].
    ///
    /// # Errors
    ///
    /// As [`Margins::requirement`].
    pub fn exposure(&self, positions: &[(Series, Size)]) -> Result<Exposure, MarginError> {
        ordered(positions)?;
        let standing = self.standing.as_ref().map(|grid| Sums::new(grid, positions)).transpose()?;
        Ok(Exposure { full: Sums::new(&self.full, positions)?, standing })
    }
}

impl Sums {
    fn new(grid: &Grid, positions: &[(Series, Size)]) -> Result<Self, MarginError> {
        let (mut total, mut expiries) = (Part::ZERO, Vec::new());
        for chain in chains(positions) {
            let part = grid.part(chain)?;
            total.add(&part, 1);
            expiries.push((chain[0].0.expiry, part));
        }
        Ok(Self { total, expiries })
    }

    fn of(&self, expiry: Timestamp) -> Part {
        let place = self.expiries.binary_search_by_key(&expiry, |(stamp, _)| *stamp);
        place.map_or(Part::ZERO, |place| self.expiries[place].1)
    }
}

impl Exposure {
    /// What the account would need with `legs` more, of one series each and signed as positions are, and
    /// `base` units of the underlying: to the atom what [`Margins::requirement`] says of all positions
    /// then, for the work of the expiries that the legs are in.
    ///
    /// `positions` are those it was made of.
    ///
    /// # Errors
    ///
    /// As [`Margins::requirement`], and [`MarginError::OtherGrid`] if one of the two has a standing
    /// range of its own and the other has not.
    pub fn what_if(
        &self,
        margins: &Margins,
        positions: &[(Series, Size)],
        legs: &[(Series, Size)],
        base: Size,
    ) -> Result<Requirement, MarginError> {
        let (mut full, mut standing) =
            (self.full.total, self.standing.as_ref().map(|sums| sums.total));
        for (place, (series, _)) in legs.iter().enumerate() {
            let expiry = series.expiry;
            if legs[..place].iter().any(|(earlier, _)| earlier.expiry == expiry) {
                continue;
            }
            let chain = merged(positions, legs, expiry)?;
            full.add(&self.full.of(expiry), -1);
            full.add(&margins.full.part(&chain)?, 1);
            if let Some((total, (sums, grid))) =
                standing.as_mut().zip(self.standing.as_ref().zip(margins.standing.as_ref()))
            {
                total.add(&sums.of(expiry), -1);
                total.add(&grid.part(&chain)?, 1);
            }
        }
        let full = margins.full.finish(&full, base)?;
        match (&margins.standing, &standing) {
            (Some(grid), Some(total)) => Ok(full.standing(grid.finish(total, base)?)),
            (None, None) => Ok(full),
            _ => Err(MarginError::OtherGrid),
        }
    }
}

/// The positions of one expiry after some legs.
fn merged(
    positions: &[(Series, Size)],
    legs: &[(Series, Size)],
    expiry: Timestamp,
) -> Result<Vec<(Series, Size)>, MarginError> {
    let first = positions.partition_point(|(series, _)| series.expiry < expiry);
    let count = positions[first..].partition_point(|(series, _)| series.expiry == expiry);
    let mut chain = Vec::with_capacity(count + legs.len());
    chain.extend_from_slice(&positions[first..first + count]);
    for &(series, by) in legs.iter().filter(|(series, _)| series.expiry == expiry) {
        match chain.binary_search_by_key(&series, |(held, _)| *held) {
            Ok(place) => {
                let too_large = MarginError::Position { series, position: by };
                chain[place].1 = chain[place].1.checked_add(by).ok_or(too_large)?;
            }
            Err(place) => chain.insert(place, (series, by)),
        }
    }
    Ok(chain)
}
