//! Money before it is rounded.

use crate::num::decimal::{Decimal, ParseDecimal, Unfit};
use crate::num::{Cash, ParseNumber, Real, Rounding, Size};
use core::fmt;
use core::str::FromStr;

/// An exact sum of money, as size times price gives it: no digit is lost until [`Amount::round`].
///
/// In units of 2⁻⁶⁴·10⁻⁹, up to ±2⁶³. Arithmetic is exact, or `None` where the result does not fit.
///
/// ```
/// use amm_core::num::{Amount, Real, Rounding, Size};
///
/// let third = Real::ONE / 3;
/// let lot: Size = "0.000000007".parse()?;
/// let bought = Amount::of(lot, third).unwrap();
/// let sold = Amount::of(lot.checked_neg().unwrap(), third).unwrap();
/// assert_eq!(bought.checked_add(sold), Some(Amount::ZERO));
/// assert_eq!(bought.round(Rounding::Up).to_string(), "0.000000003");
/// assert_eq!(sold.round(Rounding::Up).to_string(), "-0.000000002");
/// # Ok::<(), amm_core::num::ParseNumber>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Amount {
    /// In units of 2⁻⁶⁴, rounded down.
    units: i128,
    /// What is left, in billionths of a unit: 0..10⁹.
    rest: u32,
}

/// 10⁹, the parts of a unit.
const PARTS: i128 = Size::SCALE;

/// Quotient and remainder by 10⁹.
const fn divided(x: u64) -> (u64, u64) {
    (x / PARTS as u64, x % PARTS as u64)
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { units: 0, rest: 0 };

    /// What so many contracts at so much each come to; `None` past 2⁶³.
    pub fn of(size: Size, price: Real) -> Option<Self> {
        if price == 0 {
            return Some(Self::ZERO);
        }
        // Of an order's size and a price of less than 2³³ each step fits a machine word.
        let (price, atoms) = (price.to_bits(), size.atoms());
        let (whole, part) = match i64::try_from(atoms) {
            Ok(atoms) => {
                (i128::from(atoms.div_euclid(PARTS as i64)), atoms.rem_euclid(PARTS as i64))
            }
            Err(_) => (atoms.div_euclid(PARTS), atoms.rem_euclid(PARTS) as i64),
        };
        let (high, low) = ((price >> 64) as i64, price as u64);
        let top = part as i128 * high as i128;
        let (tens, left) = match i64::try_from(top) {
            Ok(top) => ((top.div_euclid(PARTS as i64)) as i128, top.rem_euclid(PARTS as i64)),
            Err(_) => (top.div_euclid(PARTS), top.rem_euclid(PARTS) as i64),
        };
        // left·2⁶⁴ + part·low over 10⁹, digit by digit in base 2³².
        let small = ((left as u128) << 64) + part as u128 * low as u128; // < 2⁹⁵
        let (first, rest) = divided((small >> 64) as u64);
        let (second, rest) = divided(rest << 32 | (small as u64 >> 32));
        let (third, rest) = divided(rest << 32 | (small as u32 as u64));
        let fraction = ((first as i128) << 64) + ((second as i128) << 32) + third as i128;
        let units = whole.checked_mul(price)?.checked_add(tens.checked_mul(1 << 64)?)?;
        Some(Self { units: units.checked_add(fraction)?, rest: rest as u32 })
    }

    /// The greatest Real that is not more.
    pub const fn floor(self) -> Real {
        Real::from_bits(self.units)
    }

    /// The sum, or `None` if it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let rest = self.rest + other.rest;
        let (carry, rest) = if rest < PARTS as u32 { (0, rest) } else { (1, rest - PARTS as u32) };
        Some(Self { units: self.units.checked_add(other.units)?.checked_add(carry)?, rest })
    }

    /// The opposite, or `None` if it does not fit.
    pub fn checked_neg(self) -> Option<Self> {
        match self.rest {
            0 => Some(Self { units: self.units.checked_neg()?, rest: 0 }),
            rest => Some(Self { units: !self.units, rest: PARTS as u32 - rest }),
        }
    }

    /// The difference, or `None` if it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.checked_neg()?)
    }

    /// A hundredth, rounded down to the finest unit.
    pub const fn percent(self) -> Self {
        let (units, left) = (self.units.div_euclid(100), self.units.rem_euclid(100));
        Self { units, rest: ((left * PARTS + self.rest as i128) / 100) as u32 }
    }

    /// Money for it: the door of [`Cash::round`], for what is finer than a [`Real`]. Total.
    pub const fn round(self, rounding: Rounding) -> Cash {
        let (whole, fraction) = (self.units >> 64, self.units & ((1 << 64) - 1));
        let scaled = fraction * PARTS + self.rest as i128; // < 2⁶⁴·2³⁰
        let carry = match rounding {
            Rounding::Down => scaled >> 64,
            Rounding::Up => (scaled + ((1 << 64) - 1)) >> 64,
        };
        Cash::from_atoms(whole * PARTS + carry)
    }

    /// As units of 2⁻⁶⁴ rounded down and billionths of a unit, for bytes.
    pub const fn to_parts(self) -> (i128, u32) {
        (self.units, self.rest)
    }

    /// Of [`Amount::to_parts`]; `None` unless there are fewer than 10⁹ billionths.
    pub const fn from_parts(units: i128, rest: u32) -> Option<Self> {
        if rest < PARTS as u32 { Some(Self { units, rest }) } else { None }
    }
}

impl From<Real> for Amount {
    fn from(money: Real) -> Self {
        Self { units: money.to_bits(), rest: 0 }
    }
}

/// The exact decimal, without zeros at its end: up to 73 decimals.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PLACES: usize = 9 + 64;
        let mut digits = [b'0'; PLACES];
        let negative = self.units < 0;
        // The least amount has no opposite; its magnitude is 2⁶³ and has no decimals.
        let (whole, fraction, rest) = match if negative { self.checked_neg() } else { Some(*self) }
        {
            Some(Self { units, rest }) => ((units >> 64) as u64, units as u64, rest),
            None => (1 << 63, 0, 0),
        };
        let scaled = fraction as u128 * PARTS as u128 + rest as u128; // in units of 2⁻⁶⁴·10⁻⁹
        let mut first = scaled >> 64;
        for digit in digits[..9].iter_mut().rev() {
            *digit += (first % 10) as u8;
            first /= 10;
        }
        let mut left = scaled as u64;
        for digit in &mut digits[9..] {
            let ten = left as u128 * 10;
            *digit += (ten >> 64) as u8;
            left = ten as u64;
        }
        let end = digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        let decimals = core::str::from_utf8(&digits[..end]).map_err(|_| fmt::Error)?;
        let (sign, point) = (if negative { "-" } else { "" }, if end > 0 { "." } else { "" });
        write!(f, "{sign}{whole}{point}{decimals}")
    }
}

/// The nearest amount to a decimal without an exponent; what is printed reads back.
impl FromStr for Amount {
    type Err = ParseNumber;

    fn from_str(text: &str) -> Result<Self, ParseNumber> {
        let all = Decimal::parse(text)?;
        let exponent = text.bytes().enumerate().find(|(_, byte)| matches!(byte, b'e' | b'E'));
        if let Some((at, found)) = exponent {
            return Err(ParseDecimal::Unexpected { at, found }.into());
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
        let whole = Decimal::parse(if whole.is_empty() { "0" } else { whole })?.to_integer(0)?;
        let fraction = if fraction.len() > 1 { fraction } else { "0" };
        let fraction = Decimal::parse(fraction)?.to_real(9)?.to_bits(); // ≤ 10⁹·2⁶⁴
        let fraction = Self { units: fraction / PARTS, rest: (fraction % PARTS) as u32 };
        let signed = |whole: i128| i64::try_from(whole).ok().map(|whole| i128::from(whole) << 64);
        let sum = if text.starts_with('-') {
            signed(-whole).and_then(|units| Self { units, rest: 0 }.checked_sub(fraction))
        } else {
            signed(whole).and_then(|units| Self { units, rest: 0 }.checked_add(fraction))
        };
        let exponent = all.leading_exponent().unwrap_or(0);
        sum.ok_or(Unfit::TooLarge { exponent }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn amount(size: i128, price: i128) -> Amount {
        Amount::of(Size::from_atoms(size), Real::from_bits(price)).unwrap()
    }

    #[test]
    fn a_product_is_exact() {
        for size in [0, 1, -1, 999_999_999, 1_000_000_000, -1_000_000_001, 7_123_456_789_012] {
            for price in [0, 1, -1, (1 << 60) - 1, 1 << 60, -(1 << 60) - 1, 0x1234_5678 << 50] {
                let Amount { units, rest } = amount(size, price);
                assert_eq!(units * PARTS + i128::from(rest), size * price, "{size} × {price}");
                assert_eq!(amount(size, price).checked_neg(), Some(amount(-size, price)));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_none() {
        let (much, dear) = (Size::from_atoms(1 << 60), Real::from_num(10_000_000_000_u64));
        assert_eq!(Amount::of(much, dear), None);
        assert_eq!(Amount::of(Size::MIN, Real::MIN), None);
        let most = Size::from_atoms((1 << 63) * Size::SCALE - 1);
        assert_eq!(
            Amount::of(most, Real::ONE).unwrap().round(Rounding::Down).atoms(),
            most.atoms()
        );
        assert_eq!(Amount::of(Size::from_atoms((1 << 63) * Size::SCALE), Real::ONE), None);
        assert_eq!(Amount::from(Real::MIN).checked_neg(), None);
        assert_eq!(Amount::from(Real::MAX).checked_add(Real::DELTA.into()), None);
    }

    #[test]
    fn a_hundredth_is_rounded_down() {
        for (size, price) in [(100, 7), (-100, 7), (1, 1), (-1, 1), (-12_345, 1 << 70)] {
            let Amount { units, rest } = amount(size, price).percent();
            assert_eq!(units * PARTS + i128::from(rest), (size * price).div_euclid(100));
        }
        assert_eq!(Amount::from(Real::MIN).percent().units, i128::MIN.div_euclid(100));
    }

    #[test]
    fn an_atom_may_begin_between_two_units() {
        // 10⁻⁹ is 18446744073.709551616 units.
        let at = |rest| Amount { units: 18_446_744_073, rest };
        let both = |x: Amount| (x.round(Rounding::Down).atoms(), x.round(Rounding::Up).atoms());
        assert_eq!(both(at(709_551_615)), (0, 1));
        assert_eq!(both(at(709_551_616)), (1, 1));
        assert_eq!(both(at(709_551_617)), (1, 2));
        assert_eq!(both(at(709_551_617).checked_neg().unwrap()), (-2, -1));
        assert_eq!(both(Real::from_num(-3).into()), (-3 * PARTS, -3 * PARTS));
    }

    #[test]
    fn text_reads_back() {
        let numbers = [0, 1, -1, i128::MIN, i128::MAX, 3 << 64, -3 << 64, 0x1234_5678 << 33];
        for units in numbers {
            for rest in [0, 1, 999_999_999] {
                let amount = Amount::from_parts(units, rest).unwrap();
                assert_eq!(amount.to_string().parse(), Ok(amount));
            }
        }
        let three: Amount = Real::from_num(3).into();
        assert_eq!(["3", "+3.", "3.0", "0_3"].map(|text| text.parse()), [Ok(three); 4]);
        assert_eq!(".5".parse(), Ok(Amount::from(Real::lit("0.5"))));
        for wrong in ["", ".", "-", "1e3", "1.5e3", "x", "1.2.3", "9223372036854775808"] {
            assert!(wrong.parse::<Amount>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn display_is_exact() {
        assert_eq!(amount(2_500_000_000, Real::lit("-1.5").to_bits()).to_string(), "-3.75");
        assert_eq!(amount(1, 1 << 64).to_string(), "0.000000001");
        let least = "0.0000000000000000000000000000542101086242752217003726400434970855712890625";
        assert_eq!(amount(1, 1).to_string(), least);
        assert_eq!(Amount::from(Real::MIN).to_string(), "-9223372036854775808");
        assert_eq!(Amount::ZERO.to_string(), "0");
    }
}
