//! Φ: what hedging a book of a given loop gain costs, and its slope.

use crate::math::{mul_hi_signed, mul_wide};
use crate::num::Real;

/// Φ(x) = x²/(1 − x) between two gains, continued linearly outside them.
///
/// Φ′(x) = 1/(1 − x)² − 1 is the relative rise of variance that hedging a gain of x causes (Frey and
/// Stremme 1997), and Φ is what that costs the hedger beyond a market without feedback, per σ²L/2 of
/// time (Loeper 2018). Gains are bits of [`Real`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Phi {
    min: i64,
    max: i64,
    /// Φ and Φ′ at either end, Q64.
    at_min: (u64, i128),
    at_max: (u64, i128),
}

impl Phi {
    /// For −½ < min ≤ 0 ≤ max < ½, in bits.
    pub(super) fn new(min: Real, max: Real) -> Self {
        let (min, max) = (min.to_bits() as i64, max.to_bits() as i64);
        let end = |x| (curve(x) << 1, slope(x));
        Self { min, max, at_min: end(min), at_max: end(max) }
    }

    /// Φ(x) in Q64, a multiple of two, rounded down; `None` past 2⁶³.
    ///
    /// # Error
    ///
    /// Within the two ends the floor in Q63 of the exact value at ⌊x⌋ in Q63, hence monotone on each side
    /// of zero; outside
    /// it is a straight line with the slope's error, 2⁻⁶¹ of the distance.
    #[inline(always)]
    pub(super) fn value(&self, x: i128) -> Option<u128> {
        if self.min as i128 <= x && x <= self.max as i128 {
            return Some((curve(x as i64) as u128) << 1);
        }
        self.line(x)
    }

    #[cold]
    fn line(&self, x: i128) -> Option<u128> {
        let ((start, slope), end) =
            if x > 0 { (self.at_max, self.max) } else { (self.at_min, self.min) };
        let run = (x - end as i128).unsigned_abs();
        let steep = slope.unsigned_abs(); // under 3 in Q64
        let whole = run.checked_mul(steep >> 64)?;
        let rise = whole.checked_add(mul_wide(run, steep as u64))?.checked_add(start as u128)?;
        (rise >> 127 == 0).then_some(rise)
    }

    /// Φ′(x) in Q64, rounded down: between those of the two ends, and monotone.
    pub(super) fn slope(&self, x: i128) -> i128 {
        slope(x.clamp(self.min as i128, self.max as i128) as i64)
    }
}

/// ⌊x²/(1 − x)⌋ in Q63 of ⌊x⌋ in Q63, for |x| < ½: ⌊1/(1 − x)⌋ − 1 − x, since x is whole there.
///
/// 1/(1 − x) by a 32-bit divisor is off by −2⁻³² < δ ≤ 2⁻³⁰, and two terms of 1/(1 + δ), cut to Q92
/// and lowered by more than the third, leave it low by under 2⁻²⁴ units. What the floor of that may
/// leave out is one, told by the remainder's last 64 bits, which are all of it.
#[inline(always)]
pub(super) fn curve(x: i64) -> u64 {
    let x = x >> 1; // Q63
    let rest = (1_u64 << 63).wrapping_sub(x as u64); // 1 − x, in (2⁶², 2⁶³·1.5]
    let y = u64::MAX / (rest >> 32); // (1 + δ)·2⁹⁶/rest, under 2³⁴
    let first = (((1_i128 << 96) - (rest as u128 * y as u128) as i128) >> 4) as i64; // −δ in Q92
    let second = mul_hi_signed(first, first) >> 28;
    let miss = (y as i64 as i128 * (first + second - 8) as i128) >> 62;
    let inverse = (y << 30).wrapping_add(miss as u64); // 2¹²⁶/rest
    let left = inverse.wrapping_mul(rest).wrapping_neg();
    let inverse = inverse + (left >= rest) as u64;
    inverse.wrapping_sub(1 << 63).wrapping_sub(x as u64)
}

/// ⌊1/(1 − x)² − 1⌋ in Q64 for |x| < ½, from ⌊1/(1 − x)⌋ in Q63.
fn slope(x: i64) -> i128 {
    let rest = ((1_i128 << 64) - x as i128) as u128;
    let inverse = (1_u128 << 127) / rest; // in (0.66, 2) of 2⁶³
    ((inverse * inverse) >> 62) as i128 - (1 << 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phi() -> Phi {
        Phi::new(Real::lit("-0.05"), Real::lit("0.3"))
    }

    #[test]
    fn inside_it_is_the_floor_of_the_exact_value() {
        let mut x = i64::MIN + 1;
        for step in (0..4000_u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            for x in [x, x >> 1, x >> 20, x >> 50, step as i64] {
                let half = (x >> 1) as i128;
                let rest = ((1_i128 << 63) - half) as u128;
                assert_eq!(curve(x) as u128, (half * half) as u128 / rest, "at {x}");
            }
            x = x.wrapping_add(step as i64);
        }
        assert_eq!([curve(0), curve(1), curve(-1)], [0, 0, 0]);
    }

    #[test]
    fn the_ends_join_and_the_line_goes_on() {
        let phi = phi();
        for end in [phi.min as i128, phi.max as i128] {
            let value = |x| phi.value(x).unwrap() as i128;
            for step in [-2, -1, 1, 2] {
                let rise = value(end + step) - value(end);
                let slope = (phi.slope(end) * step) >> 64;
                assert!((rise - slope).abs() <= 2, "{rise} for {slope}");
            }
            assert_eq!(phi.slope(end * 100), phi.slope(end));
        }
        let one = 1_i128 << 64;
        let at = |x| Real::from_bits(phi.value(x * one).unwrap() as i128);
        // Φ(0.3) + Φ′(0.3)·0.7 = 0.128571… + 0.728571…
        assert!(at(1).abs_diff(Real::lit("0.85714285714285714286")) < Real::lit("1e-18"));
        // Φ(−0.05) + Φ′(−0.05)·(−0.95) = 0.0023809… + 0.0883219…
        assert!(at(-1).abs_diff(Real::lit("0.09070294784580498866")) < Real::lit("1e-18"));
        assert_eq!(phi.value(i128::MAX), None);
    }

    #[test]
    fn slopes_are_monotone() {
        let phi = phi();
        let mut last = i128::MIN;
        for i in -1000..1000_i128 {
            let slope = phi.slope(i << 54);
            assert!(slope >= last);
            last = slope;
        }
        assert_eq!(phi.slope(0), 0);
        let ends = [phi.slope(i64::MIN.into()), phi.slope(i64::MAX.into())];
        let near = |bits, want| Real::from_bits(bits).abs_diff(want) < Real::lit("1e-18");
        assert!(near(ends[0], Real::lit("-0.09297052154195011338")));
        assert!(near(ends[1], Real::lit("1.04081632653061224490")));
    }
}
