//! What an account must have, and whether it has it.

use crate::book::{POSITIONS_MAX, Series};
use crate::num::{Cash, Size};
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
        let [full, standing] = self.both(positions, base)?;
        Ok(full.standing(standing))
    }

    /// At the market's range and at the one in force.
    pub(super) fn both(
        &self,
        positions: &[(Series, Size)],
        base: Size,
    ) -> Result<[Requirement; 2], MarginError> {
        ordered(positions)?;
        let of = |grid: &Grid| {
            let mut total = Part::ZERO;
            for chain in chains(positions) {
                total.add(&grid.part(chain)?, 1);
            }
            grid.finish(&total, base)
        };
        let full = of(&self.full)?;
        let standing = self.standing.as_ref().map(of).transpose()?;
        Ok([full, standing.unwrap_or(full)])
    }
}

pub(super) fn chains(positions: &[(Series, Size)]) -> impl Iterator<Item = &[(Series, Size)]> {
    positions.chunk_by(|(one, _), (next, _)| one.expiry == next.expiry)
}

pub(super) fn ordered(positions: &[(Series, Size)]) -> Result<(), MarginError> {
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
    pub(super) fn standing(self, standing: Self) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::POSITION_MAX;
    use crate::num::{Discount, OutOfRange, Price, Real, Seconds, Timestamp, Vol};
    use crate::pricing::{Expiry, Kind};
    use crate::surface::Row;
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    const NOW: Timestamp = Timestamp::new(1_700_000_000);

    fn board() -> Board {
        let row = |days: u64| {
            let time = Seconds::new(days * 86_400).unwrap();
            let expiry = Expiry::new("2000".parse().unwrap(), time, Discount::MAX).unwrap();
            let strikes = ["1600", "2000", "2400"].map(|strike| strike.parse().unwrap());
            let stamp = Timestamp::new(NOW.get() + days * 86_400);
            let vol: Vol = "0.6".parse().unwrap();
            Row::new(stamp, expiry, strikes.into_iter(), |_| Ok::<_, OutOfRange>(vol)).unwrap()
        };
        Board { rows: vec![row(7), row(30)] }
    }

    fn conditions(vol: &str) -> Conditions {
        Conditions::calm("2000".parse().unwrap(), vol.parse().unwrap())
    }

    fn margins(vol: &str, standing: StandingRange) -> Margins {
        let board = board();
        let rows: Vec<_> = board.rows.iter().map(RowConditions::of).collect();
        Margins::new(&MarginParams::dynamic(), &conditions(vol), &standing, &board, &rows).unwrap()
    }

    fn series(days: u64, strike: &str, kind: Kind) -> Series {
        let expiry = Timestamp::new(NOW.get() + days * 86_400);
        Series { expiry, strike: strike.parse().unwrap(), kind }
    }

    fn size(text: &str) -> Size {
        text.parse().unwrap()
    }

    #[test]
    fn what_cannot_be_margined_is_refused() {
        let margins = margins("0.6", StandingRange::default());
        let need = |positions: &[_], base| margins.requirement(positions, base);
        let one = (series(7, "2000", Kind::Call), size("1"));
        for unknown in [series(8, "2000", Kind::Call), series(7, "2001", Kind::Put)] {
            let error = MarginError::NotOnGrid { series: unknown };
            assert_eq!(need(&[(unknown, size("1"))], Size::ZERO), Err(error));
        }
        let unordered = MarginError::Unordered { series: one.0 };
        assert_eq!(need(&[one, one], Size::ZERO), Err(unordered));
        let position = POSITION_MAX.checked_add(Size::from_atoms(1)).unwrap();
        for position in [position, Size::MIN, Size::MAX] {
            let too_large = MarginError::Position { series: one.0, position };
            assert_eq!(need(&[(one.0, position)], Size::ZERO), Err(too_large));
        }
        for got in [Size::from_atoms(-1), Size::from_atoms(1 << 63)] {
            assert_eq!(need(&[one], got), Err(MarginError::Base { got }));
        }
        let board = board();
        let params = MarginParams::dynamic();
        let standing = StandingRange::default();
        let short = Margins::new(&params, &conditions("0.6"), &standing, &board, &[]);
        assert_eq!(short, Err(MarginError::Rows { got: 0, rows: 2 }));
    }

    /// As much of everything as one account may hold, at prices as high as there are.
    #[test]
    fn the_largest_account_fits() {
        let time = Seconds::new(86_400 * 365).unwrap();
        let dear = Price::new(Real::lit("250000000000")).unwrap();
        let expiry = Expiry::new(dear, time, Discount::MAX).unwrap();
        let strikes = (1..=128).map(|n| Price::new(Real::from_num(n) * 2_000_000_000).unwrap());
        let stamp = Timestamp::new(NOW.get() + 86_400 * 365);
        let vol: Vol = "3".parse().unwrap();
        let row = Row::new(stamp, expiry, strikes, |_| Ok::<_, OutOfRange>(vol)).unwrap();
        let rows = [RowConditions { confidence: Real::ZERO, ..RowConditions::of(&row) }];
        let held = |line: &crate::surface::Valued| {
            [Kind::Call, Kind::Put].map(|kind| {
                let most = if kind == Kind::Call { POSITION_MAX } else { size("-1000000000") };
                (Series { expiry: stamp, strike: line.strike, kind }, most)
            })
        };
        let mixed: Vec<_> = row.lines.iter().flat_map(held).collect();
        let short: Vec<_> =
            mixed.iter().map(|(series, _)| (*series, size("-1000000000"))).collect();
        let board = Board { rows: vec![row] };
        for params in [MarginParams::dynamic(), MarginParams::derive_standard()] {
            let conditions = Conditions { peg: Real::lit("0.0625"), ..Conditions::calm(dear, vol) };
            let standing = StandingRange::default();
            let margins = Margins::new(&params, &conditions, &standing, &board, &rows).unwrap();
            for positions in [&mixed, &short] {
                let (need, watch) = margins.watch(positions, size("9000000000")).unwrap();
                assert!(need.maintenance <= need.initial && need.initial > Cash::ZERO);
                let shift = margins.shift(&margins).unwrap();
                assert!(shift.after(&watch).spare() <= watch.spare());
            }
        }
    }

    /// Positions that stand pay the range in force, new ones the market's.
    #[test]
    fn standing_positions_are_given_time() {
        let sold = [(series(7, "2000", Kind::Call), size("-3"))];
        let calm = margins("0.6", StandingRange::default()).requirement(&sold, Size::ZERO).unwrap();
        let params = MarginParams::dynamic();
        let range = |vol| params.range(&conditions(vol)).unwrap();
        let standing = StandingRange::default().after(NOW, range("0.6"), params.rise_per_second);
        let hour = |hours: u64| {
            let now = Timestamp::new(NOW.get() + hours * 3600);
            margins("2", standing.after(now, range("2"), params.rise_per_second))
        };
        let need = |hours| hour(hours).requirement(&sold, Size::ZERO).unwrap();
        // Volatility quoted is 200 % now, and the board's as before.
        let (at_once, later, at_last) = (need(0), need(2), need(9));
        assert_eq!(at_once.maintenance, calm.maintenance);
        assert!(calm.maintenance < later.maintenance && later.maintenance < at_last.maintenance);
        assert!(calm.initial < at_once.initial);
        assert_eq!([at_once.initial, later.initial], [at_last.initial; 2]);
        assert!(hour(0).standing.is_some() && hour(9).standing.is_none());
        // An exposure summed up with one grid is not one with two.
        let exposure = hour(0).exposure(&sold).unwrap();
        let other = exposure.what_if(&hour(9), &sold, &[], Size::ZERO);
        assert_eq!(other, Err(MarginError::OtherGrid));
    }

    #[test]
    fn an_order_is_admitted_by_initial_margin_or_for_relief() {
        let margins = margins("0.6", StandingRange::default());
        let sold = [(series(30, "2000", Kind::Put), size("-1"))];
        let need = margins.requirement(&sold, Size::ZERO).unwrap();
        let funds = |cash: Cash| Funds { cash, ..Funds::default() };
        let enough = need.initial.checked_sub(need.value).unwrap();
        assert_eq!(admits(&need, &funds(enough)), Ok(()));
        let less = enough.checked_sub(Cash::from_atoms(1)).unwrap();
        let error = admits(&need, &funds(less)).unwrap_err();
        let held = need.initial.checked_sub(Cash::from_atoms(1)).unwrap();
        assert_eq!(error, MarginError::Short { needed: need.initial, held });
        assert!(error.to_string().starts_with("needs a margin of "), "{error}");
        // A put bought below it for what it is worth leaves more over maintenance margin.
        let legs = [(series(30, "1600", Kind::Put), size("1"))];
        let exposure = margins.exposure(&sold).unwrap();
        let hedged = exposure.what_if(&margins, &sold, &legs, Size::ZERO).unwrap();
        let cost = hedged.value.checked_sub(need.value).unwrap();
        let paid = less.checked_sub(cost).unwrap();
        assert_eq!(relieves((&need, &funds(less)), (&hedged, &funds(paid))), Ok(true));
        assert_eq!(relieves((&hedged, &funds(paid)), (&need, &funds(less))), Ok(false));
        let huge = Funds { cash: Cash::MAX, ..Funds::default() };
        let backing = Backing { initial: Cash::MAX, maintenance: Cash::MAX };
        let overflow = Err(MarginError::Overflow { what: "an account's margin" });
        assert_eq!(admits(&need, &Funds { backing, ..huge }), overflow);
    }
}
