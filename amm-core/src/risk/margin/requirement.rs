//! What an account must have, and whether it has it.

use alloc::vec::Vec;

use crate::book::{POSITIONS_MAX, Series};
use crate::num::{Cash, Size, Timestamp};
use crate::risk::margin::grid::{Grid, Terms};
use crate::risk::margin::part::{Part, share_up};
use crate::risk::margin::{
    Backing, Conditions, MarginError, MarginParams, RowConditions, StandingRange,
};
use crate::surface::Board;

/// What made an account's requirement as large as it is.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Worst {
    /// No scenario loses anything, or the rule has none.
    #[default]
    None,
    /// The scenario of this number, from zero.
    Scenario(u8),
    /// The basis contingency.
    Basis,
}

/// What an account's options and its underlying need, whatever else it has.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Requirement {
    /// To open: rounded up, not negative.
    pub initial: Cash,
    /// To hold: rounded up, not negative, at most `initial`.
    pub maintenance: Cash,
    /// Mark to market of options and underlying, rounded down. Options long are assets, whether short
    /// ones offset them or not.
    pub value: Cash,
    /// The part of `maintenance` that no scenario takes away, rounded up.
    pub floor: Cash,
    /// Of `initial`.
    pub worst: Worst,
}

/// What an account has beside options and underlying.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Funds {
    /// Money; negative if it is owed.
    pub cash: Cash,
    /// Other assets after their haircuts.
    pub backing: Backing,
}

const OVERFLOW: MarginError = MarginError::Overflow { what: "an account's margin" };

impl Requirement {
    /// Cash, assets and options at their value, less initial margin.
    ///
    /// # Errors
    ///
    /// [`MarginError::Overflow`].
    pub fn free(&self, funds: &Funds) -> Result<Cash, MarginError> {
        self.over(funds.cash, funds.backing.initial, self.initial)
    }

    /// Cash, assets and options at their value, less maintenance margin: below zero the account is to be
    /// liquidated.
    ///
    /// # Errors
    ///
    /// [`MarginError::Overflow`].
    pub fn cushion(&self, funds: &Funds) -> Result<Cash, MarginError> {
        self.over(funds.cash, funds.backing.maintenance, self.maintenance)
    }

    /// Options and underlying at their value, less maintenance margin.
    ///
    /// # Errors
    ///
    /// [`MarginError::Overflow`].
    pub fn spare(&self) -> Result<Cash, MarginError> {
        self.value.checked_sub(self.maintenance).ok_or(OVERFLOW)
    }

    fn over(&self, cash: Cash, backing: Cash, margin: Cash) -> Result<Cash, MarginError> {
        let held = cash.checked_add(backing).and_then(|sum| sum.checked_add(self.value));
        held.and_then(|held| held.checked_sub(margin)).ok_or(OVERFLOW)
    }
}

/// Whether an account may have what an order that opens would give it.
///
/// A closing order, all of whose legs take positions towards zero, is not asked: closing one leg of a
/// hedge can raise the requirement, and must be possible all the same. See the
/// [module](crate::risk::margin#laws).
///
/// # Errors
///
/// [`MarginError::Short`] if initial margin is not covered, and [`MarginError::Overflow`].
pub fn admits(after: &Requirement, funds: &Funds) -> Result<(), MarginError> {
    if after.free(funds)? >= Cash::ZERO {
        return Ok(());
    }
    let needed = after.initial;
    let held = after.free(funds)?.checked_add(needed).ok_or(OVERFLOW)?;
    Err(MarginError::Short { needed, held })
}

/// Whether an order that opens leaves an account that lacks initial margin with more over maintenance
/// margin than it had, and not in want of it: such an order reduces risk, as buying a hedge does.
///
/// # Errors
///
/// [`MarginError::Overflow`].
pub fn relieves(
    (before, had): (&Requirement, &Funds),
    (after, has): (&Requirement, &Funds),
) -> Result<bool, MarginError> {
    let (before, after) = (before.cushion(had)?, after.cushion(has)?);
    Ok(after > before && after >= Cash::ZERO)
}

/// Margin in one market state: what new positions pay, and what standing ones do.
///
/// Initial margin is taken at the market's scan range. Maintenance margin is the least of that at the
/// market's range and at the one in force for [`StandingRange`] positions, so it is never more than initial
/// margin and never rises faster than the range in force lets it. While both ranges are one there is
/// one grid.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Margins {
    pub(super) full: Grid,
    pub(super) standing: Option<Grid>,
}

impl Margins {
    /// For a board, with one set of conditions per row. `standing` is what [`StandingRange::after`] gives for
    /// this update.
    ///
    /// # Errors
    ///
    /// Those of [`Grid::new`].
    pub fn new(
        params: &MarginParams,
        conditions: &Conditions,
        standing: &StandingRange,
        board: &Board,
        rows: &[RowConditions],
    ) -> Result<Self, MarginError> {
        let range = params.range(conditions)?;
        let full = Grid::new(params, conditions, range, board, rows)?;
        let less = standing.range();
        let standing = match less > 0 && less < range {
            true => Some(Grid::new(params, conditions, less, board, rows)?),
            false => None,
        };
        Ok(Self { full, standing })
    }

    /// What positions and so many units of the underlying need.
    ///
    /// Positions are ordered as [`Positions::as_slice`](crate::book::Positions::as_slice) has them.
    ///
    /// # Errors
    ///
    /// [`MarginError`] for what is not on the grid, out of order or too large.
    pub fn requirement(
        &self,
        positions: &[(Series, Size)],
        base: Size,
    ) -> Result<Requirement, MarginError> {
        ordered(positions)?;
        let of = |grid: &Grid| {
            let mut total = Part::ZERO;
            for chain in chains(positions) {
                total.add(&grid.part(chain)?, 1);
            }
            grid.finish(&total, base)
        };
        let full = of(&self.full)?;
        Ok(match &self.standing {
            Some(grid) => full.standing(of(grid)?),
            None => full,
        })
    }

    /// The same, with what each expiry adds kept for [`Exposure::what_if`].
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

fn chains(positions: &[(Series, Size)]) -> impl Iterator<Item = &[(Series, Size)]> {
    positions.chunk_by(|(one, _), (next, _)| one.expiry == next.expiry)
}

fn ordered(positions: &[(Series, Size)]) -> Result<(), MarginError> {
    if positions.len() > POSITIONS_MAX {
        return Err(MarginError::Positions { got: positions.len() });
    }
    match positions.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        Some(pair) => Err(MarginError::Unordered { series: pair[1].0 }),
        None => Ok(()),
    }
}

impl Requirement {
    /// With the maintenance margin of standing positions, where that is less.
    fn standing(self, standing: Self) -> Self {
        Self { maintenance: self.maintenance.min(standing.maintenance), ..self }
    }
}

impl Grid {
    /// Of the sums of all expiries, and of the underlying.
    pub(super) fn finish(&self, total: &Part, base: Size) -> Result<Requirement, MarginError> {
        let units = i64::try_from(base.atoms()).ok().filter(|units| *units >= 0);
        let units = i128::from(units.ok_or(MarginError::Base { got: base })?);
        let of_units = |grains: i64| units * i128::from(grains); // < 2¹²¹
        let value = total.value + of_units(self.base[0]);
        let (initial, maintenance, floor, worst) = match &self.terms {
            Terms::Portfolio { weights, initial, fixed: [option, unit], doubt } => {
                let (mut loss, mut worst) = (total.basis, Worst::Basis);
                let now = of_units(self.base[0]) + units; // at most
                for (place, weight) in weights.iter().enumerate() {
                    let lost = now - of_units(self.base[place + 1]) - total.change[place];
                    let lost = match weight {
                        Some(weight) if lost > 0 => share_up(lost, u128::from(*weight))?,
                        _ => lost,
                    };
                    if lost > loss {
                        (loss, worst) = (lost, Worst::Scenario(place as u8));
                    }
                }
                let worst = if loss > 0 { worst } else { Worst::None };
                let floor = total.shorts.checked_mul(i128::from(*option)).ok_or(OVERFLOW)?;
                let floor = floor + of_units(*unit);
                let maintenance = loss + floor;
                let doubt = total.doubt + of_units(*doubt);
                let initial =
                    share_up(maintenance, *initial)?.checked_add(doubt).ok_or(OVERFLOW)?;
                (initial, maintenance, floor, worst)
            }
            Terms::Standard { base: [initial, maintenance], .. } => {
                let [most, least] = total.need.map(|need| total.value + need);
                let most = most + total.doubt + of_units(*initial);
                (most.max(0), (least + of_units(*maintenance)).max(0), 0, Worst::None)
            }
        };
        let places = 64 - self.shift;
        let down = |grains: i128| Cash::from_atoms(grains >> places);
        let up = |grains: i128| Cash::from_atoms(-(-grains >> places));
        let (initial, maintenance) = (up(initial), up(maintenance));
        Ok(Requirement { initial, maintenance, value: down(value), floor: up(floor), worst })
    }
}
