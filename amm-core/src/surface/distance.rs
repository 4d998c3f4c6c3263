//! √(x² + s²), the one root a hyperbola needs, with its inverse.

use crate::math::rsqrt;

/// √(x² + s²) of two numbers in Q64, the lesser of them any, the greater above zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Distance {
    /// |x| and s in units of 2^`unit` of Q64, the greater with 63 bits.
    x: u64,
    s: u64,
    unit: i32,
    /// √(x² + s²)·2^`half`, in the same unit, with its top bit set.
    root: u64,
    half: u32,
    /// 2¹²⁷ over that.
    inverse: u64,
}

impl Distance {
    /// Of |x| and s, both under 2¹²⁷ and not both zero.
    ///
    /// # Error
    ///
    /// Under 2⁻⁶⁰·⁵ of the root and of its inverse. With w its square's leading 64 bits:
    ///
    /// * cutting |x| and s to 63 bits costs √2·2⁻⁶², and nothing where both are under ½;
    /// * the square cut to w costs 2⁻⁶³, `rsqrt` 2⁻⁶²·⁸, and w/√w cut to 64 bits 2⁻⁶³.
    #[inline(always)]
    pub(super) fn new(x: u128, s: u128) -> Self {
        let zeros = (x | s).leading_zeros();
        let (x, s) = ((((x << zeros) >> 64) as u64) >> 1, (((s << zeros) >> 64) as u64) >> 1);
        let square = x as u128 * x as u128 + s as u128 * s as u128; // [2¹²⁴, 2¹²⁷)
        let half = ((square >> 126) == 0) as u32;
        let w = (square << (2 * half) >> 64) as u64;
        let inverse = rsqrt(w);
        let root = ((w as u128 * inverse as u128) >> 63) as u64;
        Self { x, s, unit: 65 - zeros as i32, root, half, inverse }
    }

    /// In Q64, cut.
    #[inline(always)]
    pub(super) fn q64(&self) -> u128 {
        let up = self.unit - self.half as i32;
        if up >= 0 { (self.root as u128) << up } else { (self.root >> -up) as u128 }
    }

    /// |x| and s over the root, in Q62: at most one, but for the error.
    #[inline(always)]
    pub(super) fn shares(&self) -> (u64, u64) {
        let share = |part: u64| ((part as u128 * self.inverse as u128) >> (65 - self.half)) as u64;
        (share(self.x), share(self.s))
    }
}
