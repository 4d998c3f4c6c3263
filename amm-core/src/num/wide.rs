//! Products twice as long as an integer, and their exact division.

use crate::num::Rounding;

/// The low half of an integer.
const LOW: u128 = u64::MAX as u128;

/// a·b/c without losing a digit on the way, rounded; `None` if c is zero or it does not fit.
///
/// ```
/// use amm_core::num::{Rounding, mul_div};
///
/// assert_eq!(mul_div(u128::MAX, 6, 4, Rounding::Down), None);
/// assert_eq!(mul_div(u128::MAX, 3, 9, Rounding::Down), Some(u128::MAX / 3));
/// assert_eq!(mul_div(10, 10, 3, Rounding::Up), Some(34));
/// ```
pub fn mul_div(a: u128, b: u128, c: u128, rounding: Rounding) -> Option<u128> {
    let (quotient, rest) = mul_div_rem(a, b, c)?;
    match rounding {
        Rounding::Up if rest > 0 => quotient.checked_add(1),
        _ => Some(quotient),
    }
}

/// a·b over c, and what is left.
pub(crate) fn mul_div_rem(a: u128, b: u128, c: u128) -> Option<(u128, u128)> {
    match a.checked_mul(b) {
        Some(product) => Some((product.checked_div(c)?, product % c)),
        None => {
            let (high, low) = product(a, b);
            div_rem(high, low, c)
        }
    }
}

/// a·b as high·2¹²⁸ + low.
fn product(a: u128, b: u128) -> (u128, u128) {
    let ((a1, a0), (b1, b0)) = ((a >> 64, a & LOW), (b >> 64, b & LOW));
    let (low, cross, other) = (a0 * b0, a1 * b0, a0 * b1);
    let middle = (low >> 64) + (cross & LOW) + (other & LOW); // < 3·2⁶⁴
    let high = a1 * b1 + (cross >> 64) + (other >> 64) + (middle >> 64); // it is < 2¹²⁸
    (high, middle << 64 | low & LOW)
}

/// (high·2¹²⁸ + low) over d, and what is left; `None` if d is zero or the quotient does not fit.
pub(crate) fn div_rem(high: u128, low: u128, d: u128) -> Option<(u128, u128)> {
    if high >= d {
        return None; // d = 0 too
    }
    if high == 0 {
        return Some((low / d, low % d));
    }
    // With its top bit set, d's high digit tells each digit of the quotient but for 2 at most.
    let shift = d.leading_zeros();
    let d = d << shift;
    // `low >> 128 − shift`, which for no shift is 0.
    let top = high << shift | (low >> 1) >> (127 - shift);
    let low = low << shift;
    let (first, rest) = digit(top, low >> 64, d);
    let (second, rest) = digit(rest, low & LOW, d);
    Some((first << 64 | second, rest >> shift))
}

/// One digit of a long division: (rest·2⁶⁴ + next) over d, for rest < d and d ≥ 2¹²⁷.
///
/// Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D, step D3.
fn digit(rest: u128, next: u128, d: u128) -> (u128, u128) {
    let (d1, d0) = (d >> 64, d & LOW);
    let (mut quotient, mut left) = (rest / d1, rest % d1);
    while quotient > LOW || quotient * d0 > (left << 64 | next) {
        quotient -= 1;
        left += d1;
        if left > LOW {
            break;
        }
    }
    // Below 2¹²⁸ as a whole, though neither product is: what wraps cancels.
    let rest = (rest << 64 | next).wrapping_sub(quotient.wrapping_mul(d));
    (quotient, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shift and subtract, a bit at a time.
    fn slow(high: u128, low: u128, d: u128) -> (u128, u128) {
        let (mut rest, mut quotient) = (high, 0);
        for place in (0..128).rev() {
            let carry = rest >> 127 == 1;
            rest = rest << 1 | (low >> place) & 1;
            let fits = carry || rest >= d;
            if fits {
                rest = rest.wrapping_sub(d);
            }
            quotient = quotient << 1 | u128::from(fits);
        }
        (quotient, rest)
    }

    #[test]
    fn division_agrees_with_one_bit_at_a_time() {
        let mut edges = std::vec![0, 1, 2, 3, 10_u128.pow(9), LOW - 1, LOW, LOW + 1, LOW + 2];
        for shift in [65, 100, 126, 127] {
            edges.extend([(1 << shift) - 1, 1 << shift, (1 << shift) + 1, LOW << (shift - 64)]);
        }
        edges.extend([u128::MAX, u128::MAX - 1, u128::MAX - LOW, u128::MAX << 64 | 1]);
        let mut count = 0;
        for &high in &edges {
            for &low in &edges {
                for &d in &edges {
                    let want = (high < d).then(|| slow(high, low, d));
                    assert_eq!(div_rem(high, low, d), want, "{high}:{low} over {d}");
                    count += u32::from(want.is_some());
                }
            }
        }
        assert!(count > 5_000, "{count} divisions");
    }

    #[test]
    fn products_come_apart_again() {
        for a in [1, 7, LOW, LOW + 1, 1 << 100, u128::MAX] {
            for b in [1, 9, LOW - 2, (1 << 90) + 5, u128::MAX] {
                assert_eq!(mul_div_rem(a, b, b), Some((a, 0)));
                assert_eq!(mul_div(a, b, a, Rounding::Up), Some(b));
            }
        }
        assert_eq!(mul_div(1, 1, 0, Rounding::Down), None);
        assert_eq!(mul_div(u128::MAX, u128::MAX, 0, Rounding::Down), None);
        let most = mul_div(u128::MAX, u128::MAX - 1, u128::MAX, Rounding::Up);
        assert_eq!(most, Some(u128::MAX - 1));
    }
}
