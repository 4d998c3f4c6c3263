//! Integer arithmetic of its own, so that a law does not lean on what it judges.

use crate::num::{Price, Real};

/// ⌊a·b/2⁶⁴⌋ for a·b < 2¹⁹².
pub(super) fn product(a: u128, b: u128) -> u128 {
    let (hi, lo) = wide(a, b);
    hi << 64 | lo >> 64
}

/// a·b as hi·2¹²⁸ + lo, in 64-bit digits.
pub(super) fn wide(a: u128, b: u128) -> (u128, u128) {
    let digits = |x: u128| (x >> 64, x & u128::from(u64::MAX));
    let ((a1, a0), (b1, b0)) = (digits(a), digits(b));
    let (low, cross, other) = (a0 * b0, a1 * b0, a0 * b1);
    let middle = (low >> 64) + digits(cross).1 + digits(other).1;
    let lo = middle << 64 | digits(low).1;
    (a1 * b1 + (cross >> 64) + (other >> 64) + (middle >> 64), lo)
}

/// A number's bits, of one that is not negative.
pub(super) fn bits(x: Real) -> u128 {
    x.to_bits().max(0) as u128
}

/// ⌊DF·price⌋ in bits.
pub(super) fn present_value(price: Price, discount: crate::num::Discount) -> i128 {
    product(bits(price.get()), bits(discount.get())) as i128
}
