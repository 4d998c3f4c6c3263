//! Natural logarithm.

use crate::math::tables::{LN, LN_POLY, LN_RECIPROCAL};
use crate::math::{funnel_right, mul_hi, mul_hi_signed, normalise};
use crate::num::{OutOfRange, Real};

/// ln 2 in Q96.
const LN2_Q96: i128 = 54_916_777_467_707_473_351_141_471_128;

/// ln(x) in three parts that add up in Q96, so that a difference of two adds them up once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    /// Times ln 2.
    twos: i32,
    /// From the table, Q96.
    table: i128,
    /// Of the rest, Q70.
    rest: i64,
}

/// ln(x) in Q96, for x > 0 in Q64; zero for zero.
///
/// Scaling x by 2^s adds exactly s·`LN2_Q96`, so a difference of two logarithms does not depend on
/// the unit of either.
///
/// # Error
///
/// Under 2⁻⁶⁸·⁶ (plus what `LN2_Q96` lacks, under 2⁻⁹⁰). Write x = 2^e·m with m in [1, 2) and let
/// c ≈ 1/m have 16 bits, so that r = m·c − 1 is exact and |r| ≤ 2⁻⁹:
///
/// * ln m = −ln c + ln(1 + r); the table is off by 2⁻⁹⁷;
/// * r is cut to Q71: 2⁻⁷¹; bits of m below 2⁻¹²⁷ do not exist;
/// * ln(1 + r) = r − r²·p(r): the polynomial is off by 2⁻⁶⁹·⁸, Horner and r² by 2⁻⁷⁶, the cuts to Q70
///   by 2⁻⁷⁰.
#[inline(always)]
pub(crate) fn ln_q96(x: u128) -> i128 {
    normalise(x).map_or(0, |(hi, lo, zeros)| Log::new(hi, lo, zeros).q96())
}

impl Log {
    /// Of (hi·2⁶⁴ + lo)·2^−zeros in Q64, the top bit of hi set.
    #[inline(always)]
    pub(crate) fn new(hi: u64, lo: u64, zeros: u32) -> Self {
        let j = ((hi >> 55) & 255) as usize;
        let c = LN_RECIPROCAL[j] as u64;
        // m·c in Q79; the cut to 64 bits of Q71 subtracts the one.
        let product = hi as u128 * c as u128 + mul_hi(lo, c) as u128;
        let r = funnel_right((product >> 64) as u64, product as u64, 8) as i64; // Q71
        let [c0, c1, c2, c3, c4] = LN_POLY;
        let mut p = c3 + mul_hi_signed(c4, r);
        p = c2 + mul_hi_signed(p, r);
        p = c1 + mul_hi_signed(p, r);
        p = c0 + mul_hi_signed(p, r); // Q63
        let bend = mul_hi_signed(mul_hi_signed(r, r), p); // Q77
        Self { twos: 63 - zeros as i32, table: LN[j], rest: (r >> 1) - (bend >> 7) }
    }

    /// The sum in Q96.
    #[inline(always)]
    pub(crate) fn q96(self) -> i128 {
        self.table + ((self.rest as i128) << 26) + self.twos as i128 * LN2_Q96
    }

    /// ln of this over that: the difference of the two sums, to the bit.
    #[inline(always)]
    pub(crate) fn over(self, that: Self) -> i128 {
        let (twos, rest) = (self.twos - that.twos, self.rest - that.rest);
        let sum = self.table - that.table + ((rest as i128) << 26);
        if twos == 0 { sum } else { sum + twos as i128 * LN2_Q96 }
    }
}

/// The bound `tests/kernels.rs` holds [`ln`] to, in ulps.
pub const LN_MAX_ULP: u32 = 1;

/// ln x for x > 0.
///
/// # Error
///
/// Under [`LN_MAX_ULP`] (0.54 ulp: half an ulp of rounding to nearest and 2⁻⁶⁹ of the kernel).
///
/// # Errors
///
/// [`OutOfRange`] unless x > 0.
///
/// ```
/// use amm_core::{math::ln, num::Real};
/// assert_eq!(ln(Real::ONE)?, Real::ZERO);
/// assert!(ln(Real::ZERO).is_err());
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
pub fn ln(x: Real) -> Result<Real, OutOfRange> {
    if x <= 0 {
        return Err(OutOfRange {
            what: "logarithm's argument",
            got: x,
            min: Real::DELTA,
            max: Real::MAX,
        });
    }
    let wide = ln_q96(x.to_bits() as u128);
    Ok(Real::from_bits((wide + (1 << 31)) >> 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neighbours across a seam of the table, or a power of two, differ by their step and twice the
    /// bound.
    #[test]
    fn logarithms_join_at_every_seam() {
        for power in [40, 63, 64, 65, 100, 126] {
            for j in 0..256_u128 {
                let seam = (256 + j) << (power - 8);
                let rise = ln_q96(seam) - ln_q96(seam - 1);
                let step = (1_i128 << 96) / seam as i128;
                assert!((rise - step).abs() <= 1 << 29, "at {seam}: {rise} for {step}");
            }
        }
    }

    #[test]
    fn the_ends_are_within_the_bound() {
        let most = Real::lit("43.66827237527655449328562365"); // 63·ln 2
        assert!(ln(Real::MAX).unwrap().abs_diff(most) <= Real::DELTA);
        let least = Real::lit("-44.36141955583649980270285577"); // −64·ln 2
        assert!(ln(Real::DELTA).unwrap().abs_diff(least) <= Real::DELTA);
        assert!(ln(Real::ZERO).is_err() && ln(Real::MIN).is_err());
    }
}
