//! Strikes × expiries, each option's price made of parts that are kept until they change.
//!
//! A strike keeps its logarithm, an expiry its forward's logarithm, present value and rate, a cell
//! its total volatility, that one's inverse and the strike's present value. [`Grid::set_forward`]
//! renews one expiry's part and [`Grid::set_vol`] one cell's; prices and Greeks are then read with
//! no logarithm, root or division left to do, and equal the cold [`price`](crate::pricing::price)
//! and [`value`](crate::pricing::value) to the bit.
//!
//! [`FixedGrid`] lives where it is put and holds so much; [`HeapGrid`] (feature `alloc`) grows.

use core::ops::DerefMut;

use arrayvec::ArrayVec;

use crate::num::{OutOfRange, Price, Vol};
use crate::pricing::black;
use crate::pricing::cell::{self, Cell, PresentValues};
use crate::pricing::expiry::Expiry;
use crate::pricing::terms::{DecayTerms, ForwardTerms, PriceTerms, VolTerms, sigma};
use crate::pricing::valuation::{Prices, Valuation};

/// Why a grid refused. It is as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GridError {
    /// There is no room for another strike or expiry.
    #[error("the grid holds {capacity} {what} and is full")]
    Full {
        /// Strikes or expiries.
        what: &'static str,
        /// How many it holds.
        capacity: usize,
    },
    /// No strike or expiry has this place.
    #[error("{what} {place} of a grid that has {len}")]
    Absent {
        /// Strike or expiry.
        what: &'static str,
        /// The place asked for.
        place: usize,
        /// How many there are.
        len: usize,
    },
    /// An expiry's options do not fit the places offered for them.
    #[error("{places} places for {strikes} strikes")]
    Places {
        /// Places offered.
        places: usize,
        /// Strikes there are.
        strikes: usize,
    },
    /// The cell's volatility was never set.
    #[error("expiry {expiry}, strike {strike} has no volatility")]
    NoVol {
        /// The expiry's place.
        expiry: usize,
        /// The strike's place.
        strike: usize,
    },
    /// The expiry's numbers do not go together.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// A sequence a grid keeps its parts in.
pub trait List<T>: Default + DerefMut<Target = [T]> {
    /// Adds `item` at the end, or gives back the capacity if there is no room.
    ///
    /// # Errors
    ///
    /// The capacity.
    fn append(&mut self, item: T) -> Result<(), usize>;
}

impl<T, const N: usize> List<T> for ArrayVec<T, N> {
    fn append(&mut self, item: T) -> Result<(), usize> {
        self.try_push(item).map_err(|_| N)
    }
}

#[cfg(feature = "alloc")]
impl<T> List<T> for alloc::vec::Vec<T> {
    fn append(&mut self, item: T) -> Result<(), usize> {
        self.push(item);
        Ok(())
    }
}

/// Where a grid keeps its parts: [`Fixed`] or [`Heap`].
pub trait Storage {
    /// Strikes.
    type Strikes: List<Strike>;
    /// The cells of one expiry.
    type Cells: List<Option<Point>>;
    /// Expiries with their cells.
    type Rows: List<Row<Self::Cells>>;
}

/// Room for `E` expiries and `K` strikes, in place.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<const E: usize, const K: usize>;

impl<const E: usize, const K: usize> Storage for Fixed<E, K> {
    type Strikes = ArrayVec<Strike, K>;
    type Cells = ArrayVec<Option<Point>, K>;
    type Rows = ArrayVec<Row<Self::Cells>, E>;
}

/// Room as needed.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug)]
pub struct Heap;

#[cfg(feature = "alloc")]
impl Storage for Heap {
    type Strikes = alloc::vec::Vec<Strike>;
    type Cells = alloc::vec::Vec<Option<Point>>;
    type Rows = alloc::vec::Vec<Row<Self::Cells>>;
}

/// A grid of at most `E` expiries and `K` strikes, without allocation.
pub type FixedGrid<const E: usize, const K: usize> = Grid<Fixed<E, K>>;

/// A grid that grows.
#[cfg(feature = "alloc")]
pub type HeapGrid = Grid<Heap>;

/// A strike and what is kept of it.
#[derive(Clone, Copy, Debug)]
pub struct Strike {
    price: Price,
    /// Its logarithm in Q96; `None` for a strike of zero.
    ln: Option<i128>,
}

/// One option's volatility and what is kept of it.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    vol: Vol,
    /// `None` at a limit: no time or no volatility, or a strike of zero.
    terms: Option<PointTerms>,
}

#[derive(Clone, Copy, Debug)]
struct PointTerms {
    /// ln K in Q96, here so that a cell reads one place.
    ln_strike: i128,
    vol: VolTerms,
    /// ⌊K·DF⌋ in bits.
    strike_value: u128,
    decay: DecayTerms,
}

/// An expiry, what is kept of it, and its cells.
#[derive(Clone, Debug)]
pub struct Row<C> {
    expiry: Expiry,
    /// With its logarithm in Q96 and ⌊F·DF⌋; `None` for a forward of zero.
    forward: Option<(ForwardTerms, i128, u128)>,
    cells: C,
}

/// Prices of strikes × expiries, renewed part by part.
///
/// ```
/// use amm_core::num::{Discount, Price, Real, Seconds, Vol};
/// use amm_core::pricing::{Expiry, grid::FixedGrid, price};
///
/// let usd = |units: u32| Price::new(Real::from_num(units));
/// let week = Expiry::new(usd(60000)?, Seconds::new(604_800)?, Discount::MAX)?;
/// let mut grid = FixedGrid::<1, 2>::new();
/// let expiry = grid.push_expiry(week)?;
/// let strike = grid.push_strike(usd(65000)?)?;
/// let vol = Vol::new(Real::lit("0.65"))?;
/// grid.set_vol(expiry, strike, vol)?;
/// grid.set_forward(expiry, usd(61000)?)?;
///
/// let moved = Expiry::new(usd(61000)?, Seconds::new(604_800)?, Discount::MAX)?;
/// assert_eq!(grid.price(expiry, strike)?, price(&moved, usd(65000)?, vol));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Grid<S: Storage> {
    strikes: S::Strikes,
    rows: S::Rows,
}

impl<S: Storage> Default for Grid<S> {
    fn default() -> Self {
        Self { strikes: Default::default(), rows: Default::default() }
    }
}

impl<C> Row<C> {
    /// What is kept of the cell with this strike and volatility.
    fn point(&self, strike: &Strike, vol: Vol) -> Point {
        let terms = || {
            let ln_strike = strike.ln?;
            let (sigma, time) = (sigma(vol)?, self.expiry.roots()?);
            let total = VolTerms::new(sigma, time);
            Some(PointTerms {
                ln_strike,
                vol: total,
                strike_value: self.expiry.factor().present_value(strike.price),
                decay: DecayTerms::new(sigma, time),
            })
        };
        Point { vol, terms: terms() }
    }

    fn renew(&mut self, expiry: Expiry) {
        let discount = *expiry.factor();
        self.expiry = expiry;
        self.forward = ForwardTerms::new(expiry.forward(), discount)
            .map(|terms| (terms, terms.log.q96(), discount.present_value(expiry.forward())));
    }

    /// The cell, what its prices are the difference of, and its decay, unless it is at a limit.
    #[inline(always)]
    fn cell<'a>(
        &'a self,
        strike: &'a Strike,
        point: &'a Point,
    ) -> Option<(Cell<'a>, PresentValues, &'a DecayTerms)> {
        let (forward, ln_forward, value) = self.forward.as_ref()?;
        let terms = point.terms.as_ref()?;
        let x = terms.ln_strike - ln_forward;
        let values = PresentValues { forward: *value, strike: terms.strike_value };
        Some((Cell { forward, strike: strike.price, x, vol: &terms.vol }, values, &terms.decay))
    }

    #[inline(always)]
    fn price(&self, strike: &Strike, point: &Point) -> Prices {
        if let Some((cell, values, _)) = self.cell(strike, point)
            && let Some(option) = cell.evaluate_near()
        {
            return cell::prices(option.price, values);
        }
        self.price_seldom(strike, point)
    }

    #[cold]
    #[inline(never)]
    fn price_seldom(&self, strike: &Strike, point: &Point) -> Prices {
        match self.cell(strike, point) {
            Some((cell, values, _)) => cell.price_far(values),
            None => black::limit(&self.expiry, strike.price, point.vol).prices,
        }
    }

    #[inline(always)]
    fn value(&self, strike: &Strike, point: &Point) -> Valuation {
        if let Some((cell, values, decay)) = self.cell(strike, point)
            && let Some(option) = cell.evaluate_near()
        {
            return cell.greeks(
                &option,
                cell::prices(option.price, values),
                decay,
                self.expiry.rate_bits(),
            );
        }
        self.value_seldom(strike, point)
    }

    #[cold]
    #[inline(never)]
    fn value_seldom(&self, strike: &Strike, point: &Point) -> Valuation {
        match self.cell(strike, point) {
            Some((cell, values, decay)) => cell.value_far(values, decay, self.expiry.rate_bits()),
            None => black::limit(&self.expiry, strike.price, point.vol),
        }
    }
}

impl<S: Storage> Grid<S> {
    /// A grid with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a strike and gives its place.
    ///
    /// # Errors
    ///
    /// [`GridError::Full`].
    pub fn push_strike(&mut self, strike: Price) -> Result<usize, GridError> {
        let ln = PriceTerms::new(strike).map(|terms| terms.log.q96());
        let full = |capacity| GridError::Full { what: "strikes", capacity };
        self.strikes.append(Strike { price: strike, ln }).map_err(full)?;
        for row in self.rows.iter_mut() {
            row.cells.append(None).map_err(full)?; // as much room as strikes have
        }
        Ok(self.strikes.len() - 1)
    }

    /// Adds an expiry and gives its place.
    ///
    /// # Errors
    ///
    /// [`GridError::Full`].
    pub fn push_expiry(&mut self, expiry: Expiry) -> Result<usize, GridError> {
        let mut row = Row { expiry, forward: None, cells: S::Cells::default() };
        row.renew(expiry);
        for _ in self.strikes.iter() {
            let full = |capacity| GridError::Full { what: "strikes", capacity };
            row.cells.append(None).map_err(full)?;
        }
        self.rows.append(row).map_err(|capacity| GridError::Full { what: "expiries", capacity })?;
        Ok(self.rows.len() - 1)
    }

    /// Strikes in their places' order.
    pub fn strikes(&self) -> impl ExactSizeIterator<Item = Price> {
        self.strikes.iter().map(|strike| strike.price)
    }

    /// Expiries in their places' order.
    pub fn expiries(&self) -> impl ExactSizeIterator<Item = Expiry> {
        self.rows.iter().map(|row| row.expiry)
    }

    fn row(&self, expiry: usize) -> Result<&Row<S::Cells>, GridError> {
        let len = self.rows.len();
        self.rows.get(expiry).ok_or(GridError::Absent { what: "expiry", place: expiry, len })
    }

    fn row_mut(&mut self, expiry: usize) -> Result<&mut Row<S::Cells>, GridError> {
        let len = self.rows.len();
        self.rows.get_mut(expiry).ok_or(GridError::Absent { what: "expiry", place: expiry, len })
    }

    fn strike(&self, strike: usize) -> Result<&Strike, GridError> {
        let len = self.strikes.len();
        self.strikes.get(strike).ok_or(GridError::Absent { what: "strike", place: strike, len })
    }

    /// Sets one option's volatility.
    ///
    /// # Errors
    ///
    /// [`GridError::Absent`].
    pub fn set_vol(&mut self, expiry: usize, strike: usize, vol: Vol) -> Result<(), GridError> {
        let at = *self.strike(strike)?;
        let row = self.row_mut(expiry)?;
        row.cells[strike] = Some(row.point(&at, vol));
        Ok(())
    }

    /// Moves an expiry's forward; its cells keep what they had.
    ///
    /// # Errors
    ///
    /// [`GridError::Absent`].
    pub fn set_forward(&mut self, expiry: usize, forward: Price) -> Result<(), GridError> {
        let row = self.row_mut(expiry)?;
        let moved = Expiry::new(forward, row.expiry.time(), row.expiry.discount())?;
        row.renew(moved);
        Ok(())
    }

    /// Renews an expiry whole: time and discount factor change its every cell.
    ///
    /// # Errors
    ///
    /// [`GridError::Absent`].
    pub fn set_expiry(&mut self, place: usize, expiry: Expiry) -> Result<(), GridError> {
        self.row(place)?;
        let (strikes, row) = (&self.strikes, &mut self.rows[place]);
        row.renew(expiry);
        for (strike, at) in strikes.iter().enumerate() {
            if let Some(point) = row.cells[strike] {
                row.cells[strike] = Some(row.point(at, point.vol));
            }
        }
        Ok(())
    }

    fn point(
        &self,
        expiry: usize,
        strike: usize,
    ) -> Result<(&Row<S::Cells>, &Strike, &Point), GridError> {
        let (row, at) = (self.row(expiry)?, self.strike(strike)?);
        let point = row.cells[strike].as_ref().ok_or(GridError::NoVol { expiry, strike })?;
        Ok((row, at, point))
    }

    /// One option's prices.
    ///
    /// # Errors
    ///
    /// [`GridError::Absent`], [`GridError::NoVol`].
    #[inline]
    pub fn price(&self, expiry: usize, strike: usize) -> Result<Prices, GridError> {
        self.point(expiry, strike).map(|(row, strike, point)| row.price(strike, point))
    }

    /// One option's prices and Greeks.
    ///
    /// # Errors
    ///
    /// [`GridError::Absent`], [`GridError::NoVol`].
    #[inline]
    pub fn value(&self, expiry: usize, strike: usize) -> Result<Valuation, GridError> {
        self.point(expiry, strike).map(|(row, strike, point)| row.value(strike, point))
    }

    /// Writes the prices of an expiry's options, in the order of strikes, into as many places.
    ///
    /// # Errors
    ///
    /// [`GridError::Absent`], [`GridError::Places`] unless there is one place a strike,
    /// [`GridError::NoVol`]. What was written before stays.
    pub fn prices(&self, expiry: usize, out: &mut [Prices]) -> Result<(), GridError> {
        self.each(expiry, out, Row::price)
    }

    /// Writes the prices and Greeks of an expiry's options as [`Grid::prices`] does the prices.
    ///
    /// # Errors
    ///
    /// As [`Grid::prices`].
    pub fn values(&self, expiry: usize, out: &mut [Valuation]) -> Result<(), GridError> {
        self.each(expiry, out, Row::value)
    }

    #[inline(always)]
    fn each<T>(
        &self,
        expiry: usize,
        out: &mut [T],
        read: impl Fn(&Row<S::Cells>, &Strike, &Point) -> T,
    ) -> Result<(), GridError> {
        let row = self.row(expiry)?;
        if out.len() != self.strikes.len() {
            return Err(GridError::Places { places: out.len(), strikes: self.strikes.len() });
        }
        let cells = self.strikes.iter().zip(row.cells.iter());
        for (place, (out, (strike, point))) in out.iter_mut().zip(cells).enumerate() {
            let point = point.as_ref().ok_or(GridError::NoVol { expiry, strike: place })?;
            *out = read(row, strike, point);
        }
        Ok(())
    }
}
