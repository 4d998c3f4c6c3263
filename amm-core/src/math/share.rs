//! The normal distribution, quick: for shares of a whole, where 2⁻⁴⁸ is enough.

use crate::math::mul_hi_signed;
use crate::math::tables::SHARE;

/// N(z) in Q63 for z in Q52.
///
/// # Error
///
/// Under 2⁻⁴⁸: the polynomials are off by 2⁻⁴⁸·⁵, Horner by 8 units of 2⁻⁶³, and beyond ±8 what is left
/// out is under 2⁻⁵⁰.
#[inline(always)]
pub(crate) fn share(z: i64) -> u64 {
    let a = z.unsigned_abs(); // an eighth is 2⁴⁹
    let Some(row) = SHARE.get((a >> 49) as usize) else {
        return if z < 0 { 0 } else { 1 << 63 };
    };
    let t = ((a << 15) >> 1) as i64; // its part in Q63
    let mut tail = row[7];
    for c in row[..7].iter().rev() {
        tail = c + (mul_hi_signed(tail, t) << 1);
    }
    let tail = tail.max(0) as u64;
    if z < 0 { tail } else { (1 << 63) - tail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::norm_cdf;
    use crate::num::Real;

    #[test]
    fn shares_are_the_normal_distribution_and_rise() {
        let mut last = 0;
        for i in -(9 << 12)..=(9_i64 << 12) {
            let z = i << 40;
            let exact = norm_cdf(Real::from_bits((z as i128) << 12)).to_bits() >> 1;
            let got = share(z);
            assert!(
                (got as i128 - exact).abs() < 1 << 15,
                "N({z}/2⁵²) off by {}",
                got as i128 - exact
            );
            assert!(got + (1 << 14) > last);
            last = got;
        }
        assert_eq!((share(i64::MIN), share(i64::MAX)), (0, 1 << 63));
    }
}
