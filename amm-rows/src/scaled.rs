//! Whole numbers times powers of ten: how results are rounded and printed.

use amm_core::num::Real;
use std::fmt;

/// `±mantissa · 10^exponent`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Scaled {
    /// Below zero.
    pub negative: bool,
    /// All the digits, as one whole number.
    pub mantissa: u128,
    /// The place of the last of them.
    pub exponent: i32,
}

/// The finest place a [`Real`] is printed to: 10⁻²⁰ is finer than its ulp, 2⁻⁶⁴ = 5.4·10⁻²⁰.
pub const PLACES_MAX: u32 = 20;

/// Digits of a quotient: two more than a kernel's accuracy of 2⁻⁶⁰ has.
const QUOTIENT_DIGITS: u32 = 21;

impl Scaled {
    /// Zero.
    pub const ZERO: Self = Self { negative: false, mantissa: 0, exponent: 0 };

    /// `value` rounded to the nearest of so many significant digits, or to [`PLACES_MAX`] places
    /// if those come first.
    pub fn rounded(value: Real, significant: u32) -> Self {
        let whole = (value.to_bits().unsigned_abs() >> 64) as u64;
        let whole_digits = whole.checked_ilog10().map_or(0, |log| log + 1);
        Self::to_places(value, significant.saturating_sub(whole_digits).min(PLACES_MAX))
    }

    /// `value` rounded to the nearest 10^−places, for at most [`PLACES_MAX`] places and
    /// |value| < 10¹⁸ or so few places that the digits fit.
    pub fn to_places(value: Real, places: u32) -> Self {
        let bits = value.to_bits().unsigned_abs();
        let (whole, fraction) = (bits >> 64, bits & u128::from(u64::MAX));
        // fraction/2⁶⁴·10^n = fraction·5^n/2^(64−n), and 2⁶⁴·5²⁰ < 2¹¹¹.
        let shift = 64 - places;
        let scaled = (fraction * 5u128.pow(places) + (1 << (shift - 1))) >> shift;
        Self {
            negative: value.is_negative(),
            mantissa: whole * 10u128.pow(places) + scaled,
            exponent: -(places as i32),
        }
    }

    /// `dividend`/`divisor` to at least twenty digits, for a divisor below 2⁴⁰; zero over zero is
    /// zero, as is any number over zero.
    pub fn quotient(dividend: Real, divisor: Real) -> Self {
        let (mut rest, unit) =
            (dividend.to_bits().unsigned_abs(), divisor.to_bits().unsigned_abs());
        if unit == 0 {
            return Self::ZERO;
        }
        let (mut mantissa, mut exponent) = (rest / unit, 0);
        rest %= unit;
        // Long division, seven digits a step: rest·10⁷ < 2¹⁰⁴·2²⁴. A quotient has at most 39
        // digits of which none is lost, and starts no later than 10⁻³².
        while mantissa < 10u128.pow(20) && exponent > -56 {
            rest *= 10u128.pow(7);
            mantissa = mantissa * 10u128.pow(7) + rest / unit;
            rest %= unit;
            exponent -= 7;
        }
        Self { negative: dividend.is_negative() != divisor.is_negative(), mantissa, exponent }
    }

    /// The sum, or `None` if its digits do not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let sum = self.at(exponent)?.checked_add(other.at(exponent)?)?;
        Some(Self { negative: sum < 0, mantissa: sum.unsigned_abs(), exponent })
    }

    /// The difference, or `None` if its digits do not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self { negative: !other.negative, ..other })
    }

    /// The product, or `None` if its digits do not fit.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        let exponent = self.exponent.checked_add(other.exponent)?;
        Some(Self {
            negative: self.negative != other.negative && mantissa != 0,
            mantissa,
            exponent,
        })
    }

    /// The quotient to at least nineteen digits, by a divisor of at most nineteen; `None` if that
    /// is zero.
    pub fn checked_div(self, divisor: Self) -> Option<Self> {
        let count = |number: Self| number.mantissa.checked_ilog10().map_or(0, |log| log + 1);
        let more = (QUOTIENT_DIGITS + count(divisor)).min(38).saturating_sub(count(self));
        let dividend = self.mantissa.checked_mul(10u128.checked_pow(more)?)?;
        Some(Self {
            negative: self.negative != divisor.negative,
            mantissa: dividend.checked_add(divisor.mantissa / 2)?.checked_div(divisor.mantissa)?,
            exponent: self.exponent.checked_sub(more as i32)?.checked_sub(divisor.exponent)?,
        })
    }

    /// The number without its sign.
    pub fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    /// How many 10^`exponent` it is, for an exponent not above its own.
    fn at(self, exponent: i32) -> Option<i128> {
        let places = self.exponent.checked_sub(exponent)?.try_into().ok()?;
        let unit = if self.mantissa == 0 { 1 } else { 10u128.checked_pow(places)? };
        let count = i128::try_from(self.mantissa.checked_mul(unit)?).ok()?;
        Some(if self.negative { -count } else { count })
    }

    /// The number with its decimal point moved to the right by so many places.
    pub fn shifted(self, places: i32) -> Self {
        Self { exponent: self.exponent + places, ..self }
    }

    /// Writes it, plain from 0.0000001 up to 21 digits before the point and as `1.5e-9` beyond;
    /// zeros at the end of the fraction are left out.
    pub fn write(self, out: &mut Vec<u8>) {
        if self.mantissa == 0 {
            out.push(b'0');
            return;
        }
        if self.negative {
            out.push(b'-');
        }
        let mut buffer = itoa::Buffer::new();
        let all = buffer.format(self.mantissa).as_bytes();
        let zeros = all.iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = &all[..all.len() - zeros];
        // The place of the first digit.
        let leading = self.exponent + all.len() as i32 - 1;
        match leading {
            0..=20 => {
                let whole = leading as usize + 1;
                if digits.len() <= whole {
                    out.extend_from_slice(digits);
                    out.extend(std::iter::repeat_n(b'0', whole - digits.len()));
                } else {
                    out.extend_from_slice(&digits[..whole]);
                    out.push(b'.');
                    out.extend_from_slice(&digits[whole..]);
                }
            }
            -7..=-1 => {
                out.extend_from_slice(&b"0.000000"[..(1 - leading) as usize]);
                out.extend_from_slice(digits);
            }
            _ => {
                out.push(digits[0]);
                if digits.len() > 1 {
                    out.push(b'.');
                    out.extend_from_slice(&digits[1..]);
                }
                out.push(b'e');
                out.extend_from_slice(itoa::Buffer::new().format(leading).as_bytes());
            }
        }
    }
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(negative: bool, mantissa: u128, exponent: i32) -> String {
        let mut out = Vec::new();
        Scaled { negative, mantissa, exponent }.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_plain_near_one_and_powers_beyond() {
        for (mantissa, exponent, want) in [
            (0, -30, "0"),
            (1, 0, "1"),
            (15, -1, "1.5"),
            (1500, -3, "1.5"),
            (1500, -1, "150"),
            (15, 3, "15000"),
            (1, -6, "0.000001"),
            (12, -7, "0.0000012"),
            (12, -8, "0.00000012"),
            (12, -9, "1.2e-8"),
            (1, -8, "1e-8"),
            (1, 20, "100000000000000000000"),
            (123, 19, "1.23e21"),
        ] {
            assert_eq!(text(false, mantissa, exponent), want);
        }
        assert_eq!(text(true, 25, -2), "-0.25");
    }

    #[test]
    fn rounds_to_the_nearest_and_keeps_the_finest_place() {
        let third = Real::from_bits(((1i128 << 64) + 2) / 3);
        assert_eq!(Scaled::rounded(third, 22).mantissa, 33333333333333333337); // 2⁻⁶⁴ shows
        assert_eq!(
            Scaled::rounded(Real::from_num(-1234) - third, 6),
            Scaled { negative: true, mantissa: 123433, exponent: -2 }
        );
        assert_eq!(Scaled::to_places(Real::DELTA, PLACES_MAX).mantissa, 5);
        assert_eq!(Scaled::rounded(Real::MAX, 3).mantissa, 1 << 63);
    }
}
