//! What an account holds.

use alloc::vec::Vec;

use crate::book::{Holdings, POSITION_MAX, Series};
use crate::num::{Amount, Cash, Shares, Size, Timestamp};

/// The most series one account may hold at once.
pub const POSITIONS_MAX: usize = 256;

/// Positions in order of their series, none of them zero, each of at most [`POSITION_MAX`].
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Positions(Vec<(Series, Size)>);

/// A position that cannot be kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PositionError {
    /// It would be one series too many.
    #[error("an account holds at most {POSITIONS_MAX} series, {series} would be one more")]
    Full {
        /// The one more.
        series: Series,
    },
    /// It is too long or too short.
    #[error("a position is at most {POSITION_MAX} long or short, not {position} of {series}")]
    TooLarge {
        /// Of what.
        series: Series,
        /// The position that was wanted.
        position: Size,
    },
    /// The series do not rise from one entry to the next.
    #[error("series {series} does not come after the one before it")]
    Unordered {
        /// The later entry's.
        series: Series,
    },
    /// An entry says nothing.
    #[error("the position in {series} is zero")]
    Zero {
        /// Of what.
        series: Series,
    },
}

impl Positions {
    /// The position in a series, zero if there is none.
    pub fn get(&self, series: &Series) -> Size {
        self.find(series).map_or(Size::ZERO, |place| self.0[place].1)
    }

    /// Makes it the position in a series; zero removes it.
    ///
    /// # Errors
    ///
    /// [`PositionError::TooLarge`] and [`PositionError::Full`]; then nothing has changed.
    pub fn set(&mut self, series: Series, position: Size) -> Result<(), PositionError> {
        bounded(series, position)?;
        match self.find(&series) {
            Ok(place) if position == Size::ZERO => {
                self.0.remove(place);
            }
            Ok(place) => self.0[place].1 = position,
            Err(_) if position == Size::ZERO => {}
            Err(_) if self.len() == POSITIONS_MAX => return Err(PositionError::Full { series }),
            Err(place) => self.0.insert(place, (series, position)),
        }
        Ok(())
    }

    /// A copy that so many more fit into as it is.
    pub(crate) fn with_room(&self, more: usize) -> Self {
        let mut copy = Vec::with_capacity(self.len() + more);
        copy.extend_from_slice(&self.0);
        Self(copy)
    }

    /// All of them, by expiry, strike and kind.
    pub fn as_slice(&self) -> &[(Series, Size)] {
        &self.0
    }

    /// Those that expire then, by strike and kind.
    pub fn of_expiry(&self, expiry: Timestamp) -> &[(Series, Size)] {
        let (first, end) = self.span(expiry);
        &self.0[first..end]
    }

    /// Forgets those that expire then, once they are settled.
    pub fn remove_expiry(&mut self, expiry: Timestamp) {
        let (first, end) = self.span(expiry);
        self.0.drain(first..end);
    }

    /// How many series.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, series: &Series) -> Result<usize, usize> {
        self.0.binary_search_by(|(held, _)| held.cmp(series))
    }

    fn span(&self, expiry: Timestamp) -> (usize, usize) {
        let first = self.0.partition_point(|(series, _)| series.expiry < expiry);
        let count = self.0[first..].partition_point(|(series, _)| series.expiry == expiry);
        (first, first + count)
    }
}

fn bounded(series: Series, position: Size) -> Result<(), PositionError> {
    match position.checked_abs() {
        Some(size) if size <= POSITION_MAX => Ok(()),
        _ => Err(PositionError::TooLarge { series, position }),
    }
}

/// Of entries in their order, as [`Positions::as_slice`] gives them.
impl TryFrom<Vec<(Series, Size)>> for Positions {
    type Error = PositionError;

    fn try_from(entries: Vec<(Series, Size)>) -> Result<Self, PositionError> {
        if let Some(&(series, _)) = entries.get(POSITIONS_MAX) {
            return Err(PositionError::Full { series });
        }
        for (place, &(series, position)) in entries.iter().enumerate() {
            if place > 0 && entries[place - 1].0 >= series {
                return Err(PositionError::Unordered { series });
            }
            if position == Size::ZERO {
                return Err(PositionError::Zero { series });
            }
            bounded(series, position)?;
        }
        Ok(Self(entries))
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Positions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

/// What one holder has. Its [`AccountId`](crate::book::AccountId) is the key it is kept under.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Account {
    /// All its cash, what stands as collateral included.
    pub cash: Cash,
    /// Units of the underlying deposited as collateral.
    pub base: Size,
    /// Shares of the pool's liquidity, other than those that wait to be redeemed.
    pub shares: Shares,
    /// What the pool still owes it from settlements. It is no collateral until it is paid.
    pub owed: Cash,
    /// Its options.
    pub positions: Positions,
    /// Other assets that stand as collateral.
    #[cfg_attr(feature = "serde", serde(default))]
    pub assets: Holdings,
    /// What it owes in funding is each position times its series' index, plus this: what positions were
    /// taken on at, less what has been paid since. Zero where there has never been funding.
    pub funding: Amount,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Price, Real};
    use crate::pricing::Kind;
    use std::collections::BTreeMap;
    use std::string::ToString;
    use std::vec;

    fn series(expiry: u64, strike: u64, kind: Kind) -> Series {
        let strike = Price::new(Real::from_num(strike)).unwrap();
        Series { expiry: Timestamp::new(expiry), strike, kind }
    }

    fn size(atoms: i128) -> Size {
        Size::from_atoms(atoms)
    }

    #[test]
    fn they_are_a_map_without_zeros() {
        let (mut positions, mut map) = (Positions::default(), BTreeMap::new());
        for step in 0..5_000_u64 {
            let random = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let kind = if random & 1 == 0 { Kind::Call } else { Kind::Put };
            let series = series(random >> 1 & 3, 1 + (random >> 3 & 7), kind);
            let position = size(i128::from(random >> 6 & 3) - 1);
            positions.set(series, position).unwrap();
            map.insert(series, position);
            map.retain(|_, position| *position != Size::ZERO);
            assert_eq!(positions.get(&series), position);
            assert!(positions.as_slice().iter().copied().eq(map.clone()));
        }
        let all: Vec<_> = (0..5).flat_map(|at| positions.of_expiry(Timestamp::new(at))).collect();
        assert_eq!(all.len(), positions.len());
        positions.remove_expiry(Timestamp::new(2));
        assert!(positions.of_expiry(Timestamp::new(2)).is_empty());
        assert!(!positions.of_expiry(Timestamp::new(3)).is_empty() && !positions.is_empty());
    }

    #[test]
    fn limits_refuse_and_change_nothing() {
        let mut positions = Positions::default();
        for strike in 1..=256 {
            positions.set(series(1, strike, Kind::Put), size(1)).unwrap();
        }
        let (before, one_more) = (positions.clone(), series(1, 257, Kind::Put));
        assert_eq!(
            positions.set(one_more, size(-1)),
            Err(PositionError::Full { series: one_more })
        );
        assert_eq!(positions.set(one_more, Size::ZERO), Ok(()));
        let kept = series(1, 9, Kind::Put);
        for position in [POSITION_MAX.checked_add(size(1)).unwrap(), Size::MIN] {
            let too_large = PositionError::TooLarge { series: kept, position };
            assert_eq!(positions.set(kept, position), Err(too_large));
        }
        assert_eq!(positions, before);
        positions.set(kept, POSITION_MAX.checked_neg().unwrap()).unwrap();
        let full = PositionError::Full { series: one_more }.to_string();
        assert_eq!(full, "an account holds at most 256 series, 1-257-put would be one more");
    }

    #[test]
    fn entries_are_checked() {
        let (low, high) = (series(1, 1, Kind::Call), series(1, 1, Kind::Put));
        let made = |entries: &[_]| Positions::try_from(entries.to_vec());
        assert_eq!(made(&[(low, size(1)), (high, size(-1))]).unwrap().len(), 2);
        let unordered = |series| Err(PositionError::Unordered { series });
        assert_eq!(made(&[(high, size(1)), (low, size(1))]), unordered(low));
        assert_eq!(made(&[(low, size(1)), (low, size(1))]), unordered(low));
        assert_eq!(made(&[(low, Size::ZERO)]), Err(PositionError::Zero { series: low }));
        assert!(made(&[(low, Size::MIN)]).is_err());
        assert!(made(&vec![(low, size(1)); 257]).is_err());
    }

    #[test]
    fn files_are_checked() {
        let mut account = Account { cash: Cash::from_atoms(5), ..Account::default() };
        account.positions.set(series(1, 9, Kind::Put), size(-2)).unwrap();
        let json = serde_json::to_string(&account).unwrap();
        assert_eq!(serde_json::from_str::<Account>(&json).unwrap(), account);
        let zero = json.replace("-0.000000002", "0");
        let said = serde_json::from_str::<Account>(&zero).unwrap_err().to_string();
        assert!(said.starts_with("the position in 1-9-put is zero"), "{said}");
        let bytes = postcard::to_allocvec(&account).unwrap();
        assert_eq!(postcard::from_bytes::<Account>(&bytes).unwrap(), account);
    }
}
