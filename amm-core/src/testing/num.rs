//! Laws of numbers.

use crate::num::decimal::{Decimal, Digits, Unfit, shortest, text};
use crate::num::{
    Cash, Discount, ParseNumber, Price, Real, Rounding, Seconds, Shares, Size, Timestamp,
    TotalVariance, Vol,
};
use core::fmt::{Debug, Display};
use core::str::FromStr;
use std::string::ToString;

/// No bytes make a reader panic, and every number read prints as text that reads as it again.
///
/// # Panics
///
/// If that fails.
pub fn reading_is_total(bytes: &[u8]) {
    if let Ok(decimal) = Decimal::parse(bytes) {
        consistent(decimal);
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        reads_back::<Price>(text);
        reads_back::<Vol>(text);
        reads_back::<Discount>(text);
        reads_back::<TotalVariance>(text);
        reads_back::<Cash>(text);
        reads_back::<Size>(text);
        reads_back::<Shares>(text);
        reads_back::<Seconds>(text);
        reads_back::<Timestamp>(text);
    }
}

fn reads_back<T>(text: &str)
where
    T: FromStr<Err = ParseNumber> + Display + Debug + Copy + PartialEq,
{
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string().parse(), Ok(value));
    }
}

/// The ways to read one decimal agree with each other.
fn consistent(decimal: Decimal<'_>) {
    let (real, atoms) = (decimal.to_real(0), decimal.to_atoms());
    let leading = decimal.leading_exponent();
    assert_eq!(leading.is_none(), decimal.is_zero());
    match real {
        Ok(real) => {
            assert!(real == Real::ZERO || (real < Real::ZERO) == decimal.is_negative());
            assert!(leading.is_none_or(|exponent| exponent <= 18));
        }
        Err(error) => {
            assert!(matches!(error, Unfit::TooLarge { exponent } if Some(exponent) == leading));
        }
    }
    if let (Ok(real), Ok(atoms)) = (real, atoms) {
        // The nearest Real is within half an ulp, and an ulp of 2⁻⁶⁴ is far below an atom.
        let cash = Cash::from_atoms(atoms);
        let (down, up) = (Cash::round(real, Rounding::Down), Cash::round(real, Rounding::Up));
        assert!(down <= cash && cash <= up);
    }
}

/// What is printed in full reads back to the bit; what is cut has no more digits than asked for.
///
/// # Panics
///
/// If that fails.
pub fn printing_reads_back(value: Real, shift10: i32, digits: u32) {
    fn read(text: &[u8]) -> Decimal<'_> {
        Decimal::parse(text).expect("a printed number is a decimal")
    }
    assert_eq!(read(shortest(value).as_bytes()).to_real(0), Ok(value));
    let exact = text(value, shift10, Digits::Exact);
    if let Some(back) = shift10.checked_neg() {
        assert_eq!(read(exact.as_bytes()).to_real(back), Ok(value));
    }
    let cut = text(value, shift10, Digits::Significant(digits));
    let mantissa = cut.as_str().split('e').next().unwrap_or_default();
    let significant = mantissa.trim_start_matches(['-', '0', '.']).trim_end_matches('0');
    let count = significant.bytes().filter(u8::is_ascii_digit).count();
    assert!(count <= digits.max(1) as usize, "{cut} has more than {digits} digits");
    // Rounding may carry into the next power of ten, and no further.
    let (was, is) = (read(exact.as_bytes()), read(cut.as_bytes()));
    let step = was.leading_exponent().zip(is.leading_exponent()).map(|(was, is)| is - was);
    assert!(was.is_zero() == is.is_zero() && step.is_none_or(|step| step == 0 || step == 1));
    assert_eq!(was.is_negative(), is.is_negative());
}

/// Money brackets the number it stands for, as closely as whole atoms can.
///
/// `round` is [`Cash::round`], or a rival that should be found out.
///
/// # Panics
///
/// If that fails.
pub fn money_brackets(round: impl Fn(Real, Rounding) -> Cash, value: Real) {
    let (down, up) = (round(value, Rounding::Down).atoms(), round(value, Rounding::Up).atoms());
    assert!(up - down == 0 || up - down == 1, "{down} and {up} are neighbours");
    // With value = whole + fraction/2⁶⁴, atoms above 10⁹·whole against 10⁹·fraction/2⁶⁴.
    let (whole, fraction) = (value.to_bits() >> 64, value.to_bits() & i128::from(u64::MAX));
    let above = |atoms: i128| (atoms - whole * Cash::SCALE) << 64;
    let exact = fraction * Cash::SCALE;
    assert!(above(down) <= exact && exact <= above(up), "{down} and {up} bracket {value}");
    assert_eq!(up == down, above(down) == exact, "whole atoms stay");
}

/// Amounts print exactly, and their sums undo.
///
/// # Panics
///
/// If that fails.
pub fn amounts_are_exact(a: Cash, b: Cash) {
    assert_eq!(a.to_string().parse(), Ok(a));
    if let Some(sum) = a.checked_add(b) {
        assert_eq!(sum.checked_sub(b), Some(a));
    }
    assert_eq!(a.checked_neg(), Cash::ZERO.checked_sub(a));
    let abs = if a < Cash::ZERO { a.checked_neg() } else { Some(a) };
    assert_eq!(a.checked_abs(), abs);
}
