//! √(x² + s²), the one root a hyperbola needs, with its inverse.

use crate::math::{funnel_left, rsqrt};

/// √(x² + s²) of two numbers in Q64.
#[derive(Clone, Copy, Debug)]
pub(super) struct Distance {
    /// |x| and s in units of 2^`unit` of Q64, under 2⁶³.
    x: u64,
    s: u64,
    unit: u32,
    /// √(x² + s²)·2^`half` in the same unit, with its top bit set.
    root: u64,
    half: u32,
    /// 2¹²⁷ over that.
    inverse: u64,
}

impl Distance {
    /// Of |x| under 2⁷³ and s from 2⁴⁴ to 2⁷³.
    ///
    /// # Error
    ///
    /// Under 2⁻⁶⁰·⁵ of the root and of its inverse. With w its square's leading 64 bits:
    ///
    /// * where one of |x| and s is ½ or more, both are cut to 63 bits of it: √2·2⁻⁶²;
    /// * the square cut to w costs 2⁻⁶³, `rsqrt` 2⁻⁶²·⁸, and w/√w cut to 64 bits 2⁻⁶³.
    pub(super) fn new(x: u128, s: u128) -> Self {
        let unit = 65 - (x | s).leading_zeros().min(65);
        Self { unit, ..Self::below((x >> unit) as u64, (s >> unit) as u64) }
    }

    /// The same of |x| up to ½ and s under it, as listed options have them.
    #[inline(always)]
    pub(super) fn below(x: u64, s: u64) -> Self {
        let square = x as u128 * x as u128 + s as u128 * s as u128; // [2⁸⁸, 2¹²⁷)
        let (hi, lo) = ((square >> 64) as u64, square as u64);
        let zeros = hi.leading_zeros() & !1;
        let w = funnel_left(hi, lo, zeros);
        let inverse = rsqrt(w);
        let root = ((w as u128 * inverse as u128) >> 63) as u64;
        Self { x, s, unit: 0, root, half: zeros / 2, inverse }
    }

    /// In Q64, cut.
    #[inline(always)]
    pub(super) fn q64(&self) -> u128 {
        if self.unit == 0 {
            return (self.root >> self.half) as u128;
        }
        ((self.root as u128) << self.unit) >> self.half
    }

    /// |x| and s over the root, in Q62: at most one, but for the error.
    #[inline(always)]
    pub(super) fn shares(&self) -> (u64, u64) {
        let share = |part: u64| ((part as u128 * self.inverse as u128) >> (65 - self.half)) as u64;
        (share(self.x), share(self.s))
    }
}
