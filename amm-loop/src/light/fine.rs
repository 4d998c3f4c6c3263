//! The narrow numbers of the light loop: 64-bit integers in units of 2⁻⁵⁴, *fine* numbers.
//!
//! Sums of a few of them stay far below 2⁹ = 512, where they would end: ln spot stays within
//! [`LOG_SPOT_MAX`], a loop's gain within [`GAIN_MAX`].

use amm_core::num::Real;

/// The binary digits after the point of a fine number.
pub const FINE_BITS: u32 = 54;

/// The farthest ln spot goes from where it is measured.
pub const LOG_SPOT_MAX: Real = Real::lit("8");

/// The greatest loop gain, of either sign.
pub const GAIN_MAX: Real = Real::lit("8");

/// [`LOG_SPOT_MAX`] as a fine number.
pub(super) const FAR: i64 = 8 << FINE_BITS;

/// One, in the scale of gains and of shares.
pub(super) const GAIN_BITS: u32 = 58;

/// A number as a fine one, towards −∞.
pub(super) const fn fine(x: Real) -> i64 {
    (x.to_bits() >> (64 - FINE_BITS)) as i64
}

/// A fine number as it is.
///
/// ```
/// use amm_core::num::Real;
/// assert_eq!(amm_loop::light::real(1 << 53), Real::lit("0.5"));
/// ```
pub const fn real(fine: i64) -> Real {
    Real::from_bits((fine as i128) << (64 - FINE_BITS))
}

/// A factor of up to [`GAIN_MAX`] in units of 2⁻⁵⁸.
pub(super) const fn factor(x: Real) -> i64 {
    (x.to_bits() >> (64 - GAIN_BITS)) as i64
}

/// A factor times a fine number, towards −∞.
#[inline(always)]
pub(super) const fn times(factor: i64, fine: i64) -> i64 {
    ((factor as i128 * fine as i128) >> GAIN_BITS) as i64
}
