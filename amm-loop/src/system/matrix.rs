//! Linear contagion: the matrix of a system, its resolvent, its spectral radius.

use alloc::vec;
use alloc::vec::Vec;

use amm_core::num::Real;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::system::SystemError;
use crate::units::{add, div, mul};

/// The most steps of a power iteration.
pub const STEPS_MAX: u32 = 10_000;

/// A square matrix of [`Real`]s, row by row.
///
/// As a system, entry (j, i) is the loss of j that follows at once from a loss of one in i: losses
/// are r = s + G·r (Greenwood, Landier and Thesmar 2015), so r = (I − G)⁻¹·s.
///
/// ```
/// use amm_core::num::Real;
/// use amm_loop::system::Matrix;
///
/// let half = Real::lit("0.5");
/// let system = Matrix::new(&[&[Real::ZERO, half], &[half, Real::ZERO]])?;
/// let response = system.resolvent()?;
/// assert!(response.at(0, 0).abs_diff(Real::lit("1.333333333333333333")) < Real::lit("1e-17"));
/// let radius = system.spectral_radius()?;
/// assert_eq!((radius.least, radius.most), (half, half));
/// # Ok::<(), amm_loop::system::SystemError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Matrix {
    side: usize,
    entries: Vec<Real>,
}

/// Between what the spectral radius lies, and how long it took.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Radius {
    /// It is no less, but for rounding.
    #[serde(with = "amm_core::num::serde_real")]
    pub least: Real,
    /// It is no more, but for rounding.
    #[serde(with = "amm_core::num::serde_real")]
    pub most: Real,
    /// Steps of the power iteration.
    pub steps: u32,
}

impl Radius {
    /// The middle.
    pub fn value(&self) -> Real {
        self.least + self.residual() / 2
    }

    /// How far apart the bounds are.
    pub fn residual(&self) -> Real {
        self.most - self.least
    }
}

impl Matrix {
    /// From its rows.
    ///
    /// # Errors
    ///
    /// [`SystemError::Shape`] unless there are as many as each is long, and at least one.
    pub fn new(rows: &[&[Real]]) -> Result<Self, SystemError> {
        let side = rows.len();
        for row in rows {
            if row.len() != side {
                return Err(SystemError::Shape { what: "a row", got: row.len(), want: side });
            }
        }
        if side == 0 {
            return Err(SystemError::Shape { what: "the matrix", got: 0, want: 1 });
        }
        Ok(Self { side, entries: rows.concat() })
    }

    /// I.
    fn identity(side: usize) -> Self {
        let mut entries = vec![Real::ZERO; side * side];
        for row in 0..side {
            entries[row * side + row] = Real::ONE;
        }
        Self { side, entries }
    }

    /// How many rows it has.
    pub const fn side(&self) -> usize {
        self.side
    }

    /// An entry.
    ///
    /// # Panics
    ///
    /// Outside the matrix.
    pub fn at(&self, row: usize, column: usize) -> Real {
        assert!(
            row < self.side && column < self.side,
            "({row}, {column}) is outside {}",
            self.side
        );
        self.entries[row * self.side + column]
    }

    /// With every entry's sign removed: its spectral radius is no less than this one's.
    #[must_use]
    pub fn magnitudes(&self) -> Self {
        let entries = self.entries.iter().map(|entry| entry.abs()).collect();
        Self { side: self.side, entries }
    }

    /// I less this.
    fn complement(&self) -> Result<Self, SystemError> {
        let mut identity = Self::identity(self.side);
        for (entry, own) in identity.entries.iter_mut().zip(&self.entries) {
            let overflow = LoopError::Overflow { what: "an entry" };
            *entry = entry.checked_sub(*own).ok_or(overflow)?;
        }
        Ok(identity)
    }

    /// The inverse, by elimination with the greatest pivot of each column.
    ///
    /// # Errors
    ///
    /// * [`SystemError::Singular`];
    /// * [`LoopError::Overflow`] if it is too near to that.
    pub fn inverse(&self) -> Result<Self, SystemError> {
        let side = self.side;
        let (mut left, mut right) = (self.clone(), Self::identity(side));
        for column in 0..side {
            // The first of the greatest, so that equal pivots do not depend on the search.
            let mut pivot = column;
            for row in column + 1..side {
                if left.at(row, column).abs() > left.at(pivot, column).abs() {
                    pivot = row;
                }
            }
            if left.at(pivot, column) == 0 {
                return Err(SystemError::Singular { column });
            }
            let by = left.at(pivot, column);
            for matrix in [&mut left, &mut right] {
                for place in 0..side {
                    matrix.entries.swap(pivot * side + place, column * side + place);
                    let entry = &mut matrix.entries[column * side + place];
                    *entry = div(*entry, by)?;
                }
            }
            for row in (0..side).filter(|row| *row != column) {
                let times = left.at(row, column);
                for matrix in [&mut left, &mut right] {
                    for place in 0..side {
                        let part = mul(times, matrix.at(column, place))?;
                        let entry = &mut matrix.entries[row * side + place];
                        *entry = add(*entry, -part)?;
                    }
                }
            }
        }
        Ok(right)
    }

    /// (I − G)⁻¹: all that follows from a loss, the loss itself included.
    ///
    /// # Errors
    ///
    /// As [`Matrix::inverse`]. Beyond a spectral radius of one it exists and means nothing: ask
    /// [`Matrix::spectral_radius`].
    pub fn resolvent(&self) -> Result<Self, SystemError> {
        self.complement()?.inverse()
    }

    /// G = I − R⁻¹, from a measured response R = (I − G)⁻¹.
    ///
    /// # Errors
    ///
    /// As [`Matrix::inverse`].
    pub fn of_response(response: &Self) -> Result<Self, SystemError> {
        response.inverse()?.complement()
    }

    /// The spectral radius of a matrix without negative entries.
    ///
    /// A power iteration on I + G, whose greatest eigenvalue is one more and has no rival of the same
    /// size. Whatever the vector v > 0, min (G·v)ᵢ/vᵢ ≤ ρ ≤ max (G·v)ᵢ/vᵢ (Collatz 1942,
    /// Wielandt 1950), so both bounds hold at every step but for a few ulp; of a reducible matrix
    /// they may stay apart.
    ///
    /// # Errors
    ///
    /// * [`SystemError::Scenario`] if an entry is negative: take [`Matrix::magnitudes`];
    /// * [`LoopError::Overflow`].
    pub fn spectral_radius(&self) -> Result<Radius, SystemError> {
        const NEAR: Real = Real::lit("0.000000000001");
        if self.entries.iter().any(|entry| *entry < 0) {
            return Err(SystemError::Scenario(
                "a spectral radius is asked of entries not below zero",
            ));
        }
        let mut vector = vec![Real::ONE; self.side];
        let mut best = Radius { least: Real::ZERO, most: Real::MAX, steps: 0 };
        while best.steps < STEPS_MAX && best.residual() > NEAR {
            let mut next = Vec::with_capacity(self.side);
            let (mut least, mut most) = (Real::MAX, Real::ZERO);
            for row in 0..self.side {
                let mut sum = Real::ZERO;
                for (column, part) in vector.iter().enumerate() {
                    sum = add(sum, mul(self.at(row, column), *part)?)?;
                }
                let ratio = div(sum, vector[row])?;
                (least, most) = (least.min(ratio), most.max(ratio));
                next.push(add(sum, vector[row])?);
            }
            best.steps += 1;
            (best.least, best.most) = (best.least.max(least), best.most.min(most));
            // A part under 10⁻⁹ of the greatest would lose its digits: it is kept there, and the
            // bounds hold for it as for any other vector.
            let greatest = next.iter().copied().fold(Real::ZERO, Real::max);
            for (part, next) in vector.iter_mut().zip(next) {
                *part = div(next, greatest)?.max(const { Real::lit("0.000000001") });
            }
        }
        Ok(best)
    }
}
