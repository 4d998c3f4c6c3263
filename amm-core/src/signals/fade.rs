//! What time leaves of a number.

use crate::math::{exp2_neg, mul_wide};
use crate::num::Seconds;

/// A number after so many seconds, towards zero: x·2^(−age/half-life), under 2⁻⁶² of it and a unit short.
///
/// A half-life of zero counts as one second; no age changes nothing.
pub(super) fn fade(number: i128, age: u64, half_life: Seconds) -> i128 {
    halved(number, halvings(age, half_life))
}

/// A number after so many halvings in Q64, towards zero, under 2⁻⁶² of it and a unit short.
pub(super) fn halved(number: i128, halvings: u128) -> i128 {
    if halvings == 0 || number == 0 {
        return number;
    }
    if halvings >> 71 != 0 {
        return 0; // 128 halvings leave nothing of 127 bits
    }
    let (share, down) = exp2_neg(halvings);
    let left = (mul_wide(number.unsigned_abs(), share) >> down) as i128; // < 2¹²⁷
    if number < 0 { -left } else { left }
}

/// 1 − 2^(−age/half-life) in Q64, off by under 2⁻⁶³; 2⁶⁴ where nothing is left.
pub(super) fn lost(age: u64, half_life: Seconds) -> u128 {
    let halvings = halvings(age, half_life);
    if age == 0 {
        return 0;
    }
    if halvings >> 71 != 0 {
        return 1 << 64;
    }
    let (share, down) = exp2_neg(halvings);
    (1 << 64) - ((share as u128) >> down)
}

/// Age over half-life in Q64.
fn halvings(age: u64, half_life: Seconds) -> u128 {
    ((age as u128) << 64) / u128::from(half_life.get().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Seconds {
        Seconds::new(count).unwrap()
    }

    #[test]
    fn half_is_left_after_a_half_life() {
        let hour = seconds(3600);
        for number in [1_i128 << 100, -(1 << 100), i128::MAX, -i128::MAX, 1000] {
            let left = fade(number, 3600, hour);
            assert!((left - number / 2).abs() <= number.abs() >> 60 | 1, "{number} to {left}");
            assert_eq!(fade(number, 0, hour), number);
            assert_eq!(fade(number, 128 * 3600, hour), 0);
            assert_eq!(fade(number, u64::MAX, hour), 0);
        }
        let least = fade(i128::MIN, 1, Seconds::ZERO);
        assert!((least - i128::MIN / 2).abs() <= 1 << 66, "{least}");
    }

    #[test]
    fn what_is_lost_and_what_is_left_make_the_whole() {
        let hour = seconds(3600);
        for age in [0, 1, 60, 3600, 7201, 360_000, u64::MAX] {
            let left = if age == 0 { 1 << 100 } else { fade(1 << 100, age, hour) };
            let whole = left + ((lost(age, hour) << 36) as i128);
            assert!((whole - (1 << 100)).abs() <= 1 << 38, "{age} s: {whole}");
        }
    }
}
