//! Realised variance at several horizons.

use alloc::vec::Vec;

use amm_core::num::{OutOfRange, Real};

use super::fine::FINE_BITS;
use super::{LightError, Step};

/// Binary digits of a return that are squared.
const RETURN_BITS: u32 = 44;

/// Sums of squared returns of ln spot over windows of several lengths that do not overlap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Realised {
    windows: Vec<Window>,
    begun: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Window {
    blocks: u32,
    /// How many windows of the length before it, or blocks, it has, and how many are to come.
    every: u32,
    left: u32,
    /// ln spot at its start.
    from: i64,
    count: u64,
    /// In units of 2⁻⁸⁸.
    squares: u128,
}

impl Realised {
    /// Windows of so many blocks, each a multiple of the one before it.
    ///
    /// # Errors
    ///
    /// [`LightError::OutOfRange`] with the first that is not.
    pub fn new(horizons: &[u32]) -> Result<Self, LightError> {
        let mut windows: Vec<Window> = Vec::new();
        for &blocks in horizons {
            let before = windows.last().map_or(1, |window| window.blocks);
            let every = blocks / before;
            if blocks == 0 || blocks % before != 0 {
                let (got, least) = (Real::from_num(blocks), Real::from_num(before));
                let what = "horizon in blocks, a multiple of the one before it";
                let max = Real::from_num(u32::MAX);
                return Err(OutOfRange { what, got, min: least, max }.into());
            }
            windows.push(Window { blocks, every, left: every, from: 0, count: 0, squares: 0 });
        }
        Ok(Self { windows, begun: false })
    }

    /// Takes in a block.
    #[inline]
    pub fn see(&mut self, step: &Step) {
        if !self.begun {
            self.windows.iter_mut().for_each(|window| window.from = step.from);
            self.begun = true;
        }
        for window in &mut self.windows {
            window.left -= 1;
            if window.left > 0 {
                return; // longer ones end when a shorter one does
            }
            let moved = (step.to - window.from) >> (FINE_BITS - RETURN_BITS);
            window.squares += (i128::from(moved) * i128::from(moved)) as u128;
            window.count += 1;
            (window.left, window.from) = (window.every, step.to);
        }
    }

    /// The sum of squared returns of the horizon with this number, from zero.
    ///
    /// A return is cut to 2⁻⁴⁴.
    pub fn variance(&self, horizon: usize) -> Real {
        let squares = self.windows[horizon].squares >> (2 * RETURN_BITS - 64);
        Real::from_bits(i128::try_from(squares).unwrap_or(i128::MAX))
    }

    /// How many windows that sum has.
    pub fn count(&self, horizon: usize) -> u64 {
        self.windows[horizon].count
    }
}
