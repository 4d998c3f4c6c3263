//! What is listed, and what the pool holds of it.

use alloc::vec::Vec;

use crate::book::{Line, POSITION_MAX, Series};
use crate::num::{Price, Size, Timestamp};
use crate::pricing::Kind;

/// A line's call and put as the pool holds them: positive is long.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Holding {
    /// Above zero.
    pub strike: Price,
    /// Calls.
    pub call: Size,
    /// Puts.
    pub put: Size,
}

impl Holding {
    /// Of one kind.
    pub const fn of(&self, kind: Kind) -> Size {
        match kind {
            Kind::Call => self.call,
            Kind::Put => self.put,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut Size {
        match kind {
            Kind::Call => &mut self.call,
            Kind::Put => &mut self.put,
        }
    }

    /// Contracts of this line that the pool is short, the q of the potential: both kinds have the
    /// same gamma. Two positions of at most 10⁹ contracts always fit.
    pub const fn short(&self) -> Size {
        Size::from_atoms(-(self.call.atoms() + self.put.atoms()))
    }
}

/// The lines of one expiry, by strike.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Chain {
    /// When they expire.
    pub expiry: Timestamp,
    /// Strikes strictly ascending.
    pub holdings: Vec<Holding>,
}

/// Why something cannot be listed or held.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ListingError {
    /// No option has a strike of zero.
    #[error("a strike is above 0")]
    ZeroStrike,
    /// It is listed already.
    #[error("strike {strike} of expiry {expiry} is listed already")]
    Listed {
        /// The expiry.
        expiry: Timestamp,
        /// The strike.
        strike: Price,
    },
    /// There is no room for another expiry.
    #[error("{most} expiries are listed, and there is room for no more", most = Inventory::EXPIRIES_MAX)]
    Expiries,
    /// There is no room for another strike.
    #[error("expiry {expiry} lists {most} strikes, and there is room for no more", most = Inventory::STRIKES_MAX)]
    Strikes {
        /// The expiry.
        expiry: Timestamp,
    },
    /// It is not listed.
    #[error("series {series} is not listed")]
    NotListed {
        /// The series.
        series: Series,
    },
    /// Expiries do not rise, or strikes of one do not.
    #[error("expiry {expiry} or a strike of it does not come after the one before")]
    Unordered {
        /// The expiry.
        expiry: Timestamp,
    },
    /// It is listed without a strike.
    #[error("expiry {expiry} has no strikes")]
    Empty {
        /// The expiry.
        expiry: Timestamp,
    },
    /// The position would be too large.
    #[error("a position of {position} in {series} would pass {POSITION_MAX}")]
    Position {
        /// The series.
        series: Series,
        /// What it would be.
        position: Size,
    },
}

/// All listed series with the pool's positions, by expiry and strike.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Inventory {
    chains: Vec<Chain>,
}

/// Where a line stands: the place of its expiry and the place of its strike there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// Of the expiry.
    pub chain: usize,
    /// Of the strike.
    pub strike: usize,
}

impl Inventory {
    /// The most expiries.
    pub const EXPIRIES_MAX: usize = 24;
    /// The most strikes of an expiry.
    pub const STRIKES_MAX: usize = 200;

    /// The chains, expiries strictly ascending.
    pub fn chains(&self) -> &[Chain] {
        &self.chains
    }

    /// Where an expiry stands, or would.
    ///
    /// # Errors
    ///
    /// The place it would have.
    pub fn chain(&self, expiry: Timestamp) -> Result<usize, usize> {
        self.chains.binary_search_by_key(&expiry, |chain| chain.expiry)
    }

    /// Where a line stands, if it is listed.
    pub fn find(&self, line: Line) -> Option<Place> {
        let chain = self.chain(line.expiry).ok()?;
        let holdings = &self.chains[chain].holdings;
        let strike = holdings.binary_search_by_key(&line.strike, |holding| holding.strike).ok()?;
        Some(Place { chain, strike })
    }

    /// The pool's position in a series.
    ///
    /// # Errors
    ///
    /// [`ListingError::NotListed`].
    pub fn position(&self, series: Series) -> Result<Size, ListingError> {
        let place = self.find(series.line()).ok_or(ListingError::NotListed { series })?;
        Ok(self.at(place).of(series.kind))
    }

    /// What stands at a place.
    ///
    /// # Panics
    ///
    /// If the place is not of this inventory.
    pub fn at(&self, place: Place) -> &Holding {
        &self.chains[place.chain].holdings[place.strike]
    }

    /// Whether a strike could be listed.
    ///
    /// # Errors
    ///
    /// [`ListingError`] if it is listed, zero, or there is no room.
    pub fn admit(&self, line: Line) -> Result<(), ListingError> {
        if line.strike == Price::MIN {
            return Err(ListingError::ZeroStrike);
        }
        match self.chain(line.expiry) {
            Err(_) if self.chains.len() == Self::EXPIRIES_MAX => Err(ListingError::Expiries),
            Err(_) => Ok(()),
            Ok(chain) => {
                let holdings = &self.chains[chain].holdings;
                let Line { expiry, strike } = line;
                if holdings.binary_search_by_key(&strike, |holding| holding.strike).is_ok() {
                    Err(ListingError::Listed { expiry, strike })
                } else if holdings.len() == Self::STRIKES_MAX {
                    Err(ListingError::Strikes { expiry })
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Lists a strike, with nothing held.
    ///
    /// # Errors
    ///
    /// As [`Inventory::admit`].
    pub fn list(&mut self, line: Line) -> Result<(), ListingError> {
        self.admit(line)?;
        let chain = self.chain(line.expiry).unwrap_or_else(|chain| {
            self.chains.insert(chain, Chain { expiry: line.expiry, holdings: Vec::new() });
            chain
        });
        let holdings = &mut self.chains[chain].holdings;
        let strike = holdings.partition_point(|holding| holding.strike < line.strike);
        let nothing = Holding { strike: line.strike, call: Size::ZERO, put: Size::ZERO };
        holdings.insert(strike, nothing);
        Ok(())
    }

    /// Takes an expiry off the list, with its holdings.
    pub fn delist(&mut self, expiry: Timestamp) -> Option<Chain> {
        self.chain(expiry).ok().map(|chain| self.chains.remove(chain))
    }

    /// Sets the pool's position in a series.
    ///
    /// # Panics
    ///
    /// If the place is not of this inventory.
    pub fn set(&mut self, place: Place, kind: Kind, position: Size) {
        *self.chains[place.chain].holdings[place.strike].of_mut(kind) = position;
    }
}

/// Of chains in their order, as [`Inventory::chains`] gives them.
impl TryFrom<Vec<Chain>> for Inventory {
    type Error = ListingError;

    fn try_from(chains: Vec<Chain>) -> Result<Self, ListingError> {
        if chains.len() > Self::EXPIRIES_MAX {
            return Err(ListingError::Expiries);
        }
        for (place, chain) in chains.iter().enumerate() {
            let expiry = chain.expiry;
            if place > 0 && chains[place - 1].expiry >= expiry {
                return Err(ListingError::Unordered { expiry });
            }
            chain.check()?;
        }
        Ok(Self { chains })
    }
}

impl Chain {
    /// Strikes in order, above zero, with room for them, and positions that may be held.
    fn check(&self) -> Result<(), ListingError> {
        let Self { expiry, holdings } = self;
        let expiry = *expiry;
        match holdings.first() {
            None => return Err(ListingError::Empty { expiry }),
            Some(first) if first.strike == Price::MIN => return Err(ListingError::ZeroStrike),
            _ if holdings.len() > Inventory::STRIKES_MAX => {
                return Err(ListingError::Strikes { expiry });
            }
            _ => {}
        }
        if holdings.windows(2).any(|pair| pair[0].strike >= pair[1].strike) {
            return Err(ListingError::Unordered { expiry });
        }
        for holding in holdings {
            for kind in [Kind::Call, Kind::Put] {
                let position = holding.of(kind);
                if position.checked_abs().is_none_or(|size| size > POSITION_MAX) {
                    let series = Series { expiry, strike: holding.strike, kind };
                    return Err(ListingError::Position { series, position });
                }
            }
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Inventory {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Real;
    use std::vec;

    #[test]
    fn chains_are_checked() {
        let expiry = Timestamp::new(9);
        let held = |strike: u32, call| Holding {
            strike: Price::new(Real::from_num(strike)).unwrap(),
            call: Size::from_atoms(call),
            put: Size::ZERO,
        };
        let chain = |holdings: &[Holding]| Chain { expiry, holdings: holdings.to_vec() };
        let made = |chains: &[Chain]| Inventory::try_from(chains.to_vec()).map(|_| ());
        let good = chain(&[held(1, -5), held(2, 0)]);
        let inventory = Inventory::try_from(vec![good.clone()]).unwrap();
        assert_eq!(inventory.chains(), std::slice::from_ref(&good));
        let json = serde_json::to_string(&inventory).unwrap();
        assert_eq!(serde_json::from_str::<Inventory>(&json).unwrap(), inventory);
        let unordered = Err(ListingError::Unordered { expiry });
        assert_eq!(made(&[good.clone(), good]), unordered);
        assert_eq!(made(&[chain(&[held(2, 0), held(1, 0)])]), unordered);
        assert_eq!(made(&[chain(&[held(1, 0), held(1, 0)])]), unordered);
        assert_eq!(made(&[chain(&[held(0, 0)])]), Err(ListingError::ZeroStrike));
        assert_eq!(made(&[chain(&[])]), Err(ListingError::Empty { expiry }));
        let many: Vec<_> = (1..=201).map(|strike| held(strike, 0)).collect();
        assert_eq!(made(&[chain(&many)]), Err(ListingError::Strikes { expiry }));
        assert!(matches!(
            made(&[chain(&[held(1, i128::MIN)])]),
            Err(ListingError::Position { .. })
        ));
        let all = (1..=25).map(|at| Chain { expiry: Timestamp::new(at), ..chain(&[held(1, 0)]) });
        assert_eq!(made(&all.collect::<Vec<_>>()), Err(ListingError::Expiries));
    }
}
