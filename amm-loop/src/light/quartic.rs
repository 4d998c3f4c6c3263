//! Functions by pieces, each a polynomial of the fourth degree through five exact values.

use amm_core::num::Real;

/// A piece: coefficients of t, in −1..1 over the piece, from the constant up; all in one scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quartic([i64; 5]);

/// Where the five values are taken: 0, ±NEAR and ±FAR, the roots of Chebyshev's polynomial.
const NEAR: Real = Real::lit("0.58778525229247312917");
const FAR: Real = Real::lit("0.95105651629515357212");

impl Quartic {
    /// The polynomial that agrees with `f` at the five nodes, in units of 2^−`bits`.
    ///
    /// What it leaves out is |f⁽⁵⁾|/(5!·2⁴) at most, derivatives by t.
    pub(super) fn through(bits: u32, f: impl Fn(Real) -> Real) -> Self {
        let even = |t| (f(t) + f(-t)) / 2;
        let odd = |t| (f(t) - f(-t)) / 2;
        let (near, far) = (NEAR * NEAR, FAR * FAR);
        let c0 = f(Real::ZERO);
        let (a, b) = ((even(NEAR) - c0) / near, (even(FAR) - c0) / far);
        let c4 = (b - a) / (far - near);
        let c2 = a - c4 * near;
        let (a, b) = (odd(NEAR) / NEAR, odd(FAR) / FAR);
        let c3 = (b - a) / (far - near);
        let c1 = a - c3 * near;
        Self([c0, c1, c2, c3, c4].map(|c| (c.to_bits() >> (64 - bits)) as i64))
    }

    /// The value at t in units of 2⁻⁶³, off by four units of the scale at most for rounding.
    #[inline(always)]
    pub(super) fn at(&self, t: i64) -> i64 {
        let [c0, c1, c2, c3, c4] = self.0;
        let times = |c: i64| ((c as i128 * t as i128) >> 63) as i64;
        c0 + times(c1 + times(c2 + times(c3 + times(c4))))
    }

    /// The derivative by t.
    #[inline(always)]
    pub(super) fn slope(&self, t: i64) -> i64 {
        let [_, c1, c2, c3, c4] = self.0;
        let times = |c: i64| ((c as i128 * t as i128) >> 63) as i64;
        c1 + times(2 * c2 + times(3 * c3 + times(4 * c4)))
    }
}
