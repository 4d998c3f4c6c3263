//! Decimal text to numbers.

use super::{CHUNK, POW10};
use crate::num::Real;
use crate::num::ledger::DECIMALS;

/// A checked decimal text: a sign, digits with at most one point, an exponent.
///
/// `-1_234.5e-6`: the sign and the exponent may be left out, and so may the digits on one side of
/// the point. `_` may stand between two digits. The exponent may be as large as it likes.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'a> {
    negative: bool,
    /// The digits as one integer, if there are at most [`CHUNK`].
    head: u64,
    /// How many digits there are.
    count: i64,
    /// The power of ten of the last digit.
    exponent: i64,
    /// The digits from the first that is not zero, with the `.` and `_` among them.
    digits: &'a [u8],
}

/// Why a text is not a decimal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseDecimal {
    /// There is no text.
    #[error("empty where a number is due")]
    Empty,
    /// A byte has no business where it is.
    #[error("unexpected `{}` at byte {at}", .found.escape_ascii())]
    Unexpected {
        /// Its position, from 0.
        at: usize,
        /// The byte.
        found: u8,
    },
    /// The text is over before the number is.
    #[error("ends at byte {at} where a digit is due")]
    Ended {
        /// The length of the text.
        at: usize,
    },
}

/// Why a decimal does not fit the number it is wanted as.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// It is beyond the greatest or the least that can be kept.
    #[error("too large to keep: its first digit stands for 10^{exponent}")]
    TooLarge {
        /// The power of ten of its first digit.
        exponent: i64,
    },
    /// It has digits below the smallest unit, where none may be lost.
    #[error("too fine to keep: it has digits below 10^{place}")]
    TooFine {
        /// The power of ten of the smallest unit.
        place: i32,
    },
}

impl<'a> Decimal<'a> {
    /// Checks a text, or the bytes of one.
    ///
    /// ```
    /// use amm_core::num::decimal::{Decimal, ParseDecimal};
    ///
    /// assert!(Decimal::parse("+6_000.25e-10000000000").is_ok());
    /// let error = Decimal::parse("6,000.25").unwrap_err();
    /// assert_eq!(error, ParseDecimal::Unexpected { at: 1, found: b',' });
    /// assert_eq!(error.to_string(), "unexpected `,` at byte 1");
    /// ```
    ///
    /// # Errors
    ///
    /// [`ParseDecimal`] says what is wrong and at which byte. Blanks are wrong too.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Result<Self, ParseDecimal> {
        let bytes = text.as_ref();
        let (negative, start) = match bytes.first() {
            None => return Err(ParseDecimal::Empty),
            Some(b'-') => (true, 1),
            Some(b'+') => (false, 1),
            Some(_) => (false, 0),
        };
        let text = &bytes[start..];
        let (mut head, mut rest, whole) = read_digits(0, text);
        let mut decimals = 0;
        if let [b'.', tail @ ..] = rest {
            (head, rest, decimals) = read_digits(head, tail);
        }
        let at = bytes.len() - rest.len();
        if whole + decimals == 0 {
            return Err(unexpected(bytes, at));
        }
        let mut digits = &bytes[start..at];
        let mut zeros = 0;
        while let [byte @ (b'0' | b'.' | b'_'), rest @ ..] = digits {
            zeros += i64::from(*byte == b'0');
            digits = rest;
        }
        let exponent = match rest {
            [] => -decimals,
            [b'e' | b'E', ..] => read_exponent(bytes, at + 1)?.saturating_sub(decimals),
            _ => return Err(unexpected(bytes, at)),
        };
        Ok(Self { negative, head, count: whole + decimals - zeros, exponent, digits })
    }

    /// Whether it is below zero. `-0` is not.
    pub const fn is_negative(self) -> bool {
        self.negative && !self.is_zero()
    }

    /// Whether every digit is zero.
    pub const fn is_zero(self) -> bool {
        self.count == 0
    }

    /// The power of ten of the first digit that is not zero: 3 for `6000.25`, −2 for `0.06`;
    /// as near to it as an `i64` comes.
    /// `None` for zero.
    pub const fn leading_exponent(self) -> Option<i64> {
        if self.is_zero() { None } else { Some(self.exponent.saturating_add(self.count - 1)) }
    }

    /// All the digits but the sign as one integer, and the power of ten of the last, if there are
    /// at most nineteen: what exact arithmetic on short decimals needs.
    ///
    /// ```
    /// use amm_core::num::decimal::Decimal;
    ///
    /// assert_eq!(Decimal::parse("-60_000.250")?.parts(), Some((60_000_250, -3)));
    /// assert_eq!(Decimal::parse("12345678901234567890")?.parts(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn parts(self) -> Option<(u64, i64)> {
        if self.count <= CHUNK as i64 { Some((self.head, self.exponent)) } else { None }
    }

    /// The value times 10^`shift10`, to the nearest [`Real`]; of two equally near, the even one.
    ///
    /// Exact for any number of digits: what cannot move the result past a tie is still seen.
    ///
    /// ```
    /// use amm_core::num::{Real, decimal::Decimal};
    ///
    /// let half_an_ulp = "0.0000000000000000000271050543121376108501863200217485427856445312500";
    /// assert_eq!(Decimal::parse(half_an_ulp)?.to_real(0)?, Real::ZERO);
    /// let a_hair_more = "0.0000000000000000000271050543121376108501863200217485427856445312501";
    /// assert_eq!(Decimal::parse(a_hair_more)?.to_real(0)?, Real::DELTA);
    /// assert_eq!(Decimal::parse("1e-10000000000")?.to_real(8)?, Real::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unfit::TooLarge`] if the result is not in [−2⁶³, 2⁶³).
    pub fn to_real(self, shift10: i32) -> Result<Real, Unfit> {
        let Some(leading) = self.leading_exponent() else {
            return Ok(Real::ZERO);
        };
        let exponent = leading.saturating_add(shift10.into());
        if exponent < -20 {
            return Ok(Real::ZERO); // below 10⁻²⁰, and half an ulp is 2.7·10⁻²⁰
        }
        if exponent > 18 {
            return Err(Unfit::TooLarge { exponent }); // 10¹⁹ > 2⁶³
        }
        let split = if self.count <= CHUNK as i64 {
            self.split_head(exponent)
        } else {
            self.split_digits(exponent)
        };
        let magnitude = split.round();
        let bits = if self.negative {
            0_i128.checked_sub_unsigned(magnitude)
        } else {
            i128::try_from(magnitude).ok()
        };
        bits.map(Real::from_bits).ok_or(Unfit::TooLarge { exponent })
    }

    /// The value in units of 10⁻⁹, as [`Cash`](crate::num::Cash) and [`Size`](crate::num::Size)
    /// hold it: exact or refused.
    ///
    /// # Errors
    ///
    /// [`Unfit`] if it has a tenth decimal other than zero, or does not fit.
    pub fn to_atoms(self) -> Result<i128, Unfit> {
        self.to_integer(DECIMALS as i32)
    }

    /// The value times 10^`shift10`, exact or refused.
    ///
    /// ```
    /// use amm_core::num::decimal::{Decimal, Unfit};
    ///
    /// assert_eq!(Decimal::parse("3.6e3")?.to_integer(0)?, 3600);
    /// assert_eq!(Decimal::parse("0.25")?.to_integer(1), Err(Unfit::TooFine { place: -1 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unfit::TooFine`] if the result is not whole, [`Unfit::TooLarge`] if it does not fit.
    pub fn to_integer(self, shift10: i32) -> Result<i128, Unfit> {
        let Some(leading) = self.leading_exponent() else {
            return Ok(0);
        };
        let too_fine = Unfit::TooFine { place: shift10.saturating_neg() };
        let too_large = Unfit::TooLarge { exponent: leading };
        let exponent = leading.saturating_add(shift10.into());
        if exponent < 0 {
            return Err(too_fine);
        }
        if exponent > 38 {
            return Err(too_large); // 10³⁹ > 2¹²⁷
        }
        let mut digits = Digits(self.digits);
        let mut left = exponent as usize + 1;
        let mut magnitude = 0_u128;
        while left > 0 {
            let n = left.min(CHUNK);
            magnitude = magnitude
                .checked_mul(POW10[n].into())
                .and_then(|m| m.checked_add(digits.take(n).into()))
                .ok_or(too_large)?;
            left -= n;
        }
        if !digits.are_zero() {
            return Err(too_fine);
        }
        let value = if self.negative {
            0_i128.checked_sub_unsigned(magnitude)
        } else {
            i128::try_from(magnitude).ok()
        };
        value.ok_or(too_large)
    }

    /// Splits at the point when `head` is all there is. `exponent` is that of its first digit,
    /// after the shift.
    fn split_head(self, exponent: i64) -> Split {
        let last = exponent - (self.count - 1); // in −38..=18
        let mut split = Split::default();
        if last >= 0 {
            split.whole = self.head * POW10[last as usize];
            return split;
        }
        let decimals = last.unsigned_abs() as usize;
        if decimals <= CHUNK {
            let unit = POW10[decimals];
            split.whole = self.head / unit;
            split.chunks[0] = self.head % unit * POW10[CHUNK - decimals];
            split.used = 1;
        } else {
            let unit = POW10[decimals - CHUNK];
            split.chunks[0] = self.head / unit;
            split.chunks[1] = self.head % unit * POW10[2 * CHUNK - decimals];
            split.used = 2;
        }
        split
    }

    /// Splits at the point, digit by digit.
    fn split_digits(self, exponent: i64) -> Split {
        let mut digits = Digits(self.digits);
        let mut split = Split { used: CHUNKS, ..Split::default() };
        let mut zeros = 0;
        if exponent >= 0 {
            split.whole = digits.take(exponent as usize + 1);
        } else {
            zeros = (-1 - exponent) as usize; // ≤ 19
        }
        for chunk in &mut split.chunks {
            *chunk = digits.take(CHUNK - zeros);
            zeros = 0;
        }
        split.sticky = !digits.are_zero();
        split
    }
}

/// Chunks that reach past the 65th decimal. Ties are multiples of 2⁻⁶⁵ and so have no digit
/// further on: all that is left to ask there is whether anything follows.
const CHUNKS: usize = 4;

/// A magnitude cut at the point: `whole`, then decimals in chunks of [`CHUNK`].
#[derive(Default)]
struct Split {
    whole: u64,
    chunks: [u64; CHUNKS],
    /// How many chunks are in use.
    used: usize,
    /// Whether there is anything beyond the chunks.
    sticky: bool,
}

impl Split {
    /// The magnitude in ulp, to nearest, ties to even.
    ///
    /// The fraction is (c₀ + (c₁ + …)/10¹⁹)/10¹⁹. Scaled by 2⁶⁴ and divided from the inside out,
    /// each step can round down without moving the floor of the whole: ⌊(n + x)/m⌋ = ⌊(n + ⌊x⌋)/m⌋
    /// for whole n and m. The last remainder, and whether an earlier one was left, place it
    /// against one half.
    fn round(&self) -> u128 {
        let (mut fraction, mut rest, mut sticky) = (0, 0, self.sticky);
        for &chunk in self.chunks[..self.used].iter().rev() {
            sticky |= rest != 0;
            (fraction, rest) = div_chunk(chunk, fraction);
        }
        const HALF: u64 = POW10[CHUNK] / 2;
        let up = rest > HALF || (rest == HALF && (sticky || fraction & 1 == 1));
        ((u128::from(self.whole) << 64) | u128::from(fraction)) + u128::from(up)
    }
}

/// (`high`·2⁶⁴ + `low`) divided by 10¹⁹, for `high` < 10¹⁹: quotient and remainder.
///
/// Möller and Granlund, "Improved division by invariant integers" (2011), algorithm 4: 10¹⁹ has
/// its top bit set, so two products and two corrections do.
fn div_chunk(high: u64, low: u64) -> (u64, u64) {
    const D: u64 = POW10[CHUNK];
    const RECIPROCAL: u64 = (u128::MAX / D as u128 - (1 << 64)) as u64;
    let estimate =
        u128::from(RECIPROCAL) * u128::from(high) + ((u128::from(high) << 64) | u128::from(low));
    let mut quotient = ((estimate >> 64) as u64).wrapping_add(1);
    let mut rest = low.wrapping_sub(quotient.wrapping_mul(D));
    if rest > estimate as u64 {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(D);
    }
    if rest >= D {
        quotient += 1;
        rest -= D;
    }
    (quotient, rest)
}

/// Digits still to be used, with the `.` and `_` among them.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    /// The next `n`, at most [`CHUNK`], as an integer; what is missing counts as zeros.
    fn take(&mut self, n: usize) -> u64 {
        let (mut value, mut left) = (0, n);
        while left > 0 {
            if left >= 8
                && let Some((bytes, rest)) = self.0.split_first_chunk()
                && let Some(digits) = eight(*bytes)
            {
                value = value * POW10[8] + digits;
                (self.0, left) = (rest, left - 8);
            } else if let [byte, rest @ ..] = self.0 {
                if let Some(digit) = digit(*byte) {
                    value = value * 10 + u64::from(digit);
                    left -= 1;
                }
                self.0 = rest;
            } else {
                return value * POW10[left];
            }
        }
        value
    }

    /// Whether none but zeros are left.
    fn are_zero(&self) -> bool {
        !self.0.iter().any(|byte| matches!(byte, b'1'..=b'9'))
    }
}

/// Reads digits, and `_` between two of them, from the start of `text`. Appends them to `head`
/// modulo 2⁶⁴; returns that, the rest, and how many there are.
#[inline]
fn read_digits(mut head: u64, text: &[u8]) -> (u64, &[u8], i64) {
    let (mut rest, mut blanks) = (text, 0);
    loop {
        while let Some((first, tail)) = rest.split_first_chunk()
            && let Some(digits) = eight(*first)
        {
            head = head.wrapping_mul(POW10[8]).wrapping_add(digits);
            rest = tail;
        }
        while let [byte, tail @ ..] = rest
            && let Some(digit) = digit(*byte)
        {
            head = head.wrapping_mul(10).wrapping_add(digit.into());
            rest = tail;
        }
        match rest {
            [b'_', tail @ ..] if rest.len() < text.len() && starts_with_digit(tail) => {
                rest = tail;
                blanks += 1;
            }
            _ => return (head, rest, (text.len() - rest.len()) as i64 - blanks),
        }
    }
}

fn starts_with_digit(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_digit)
}

/// Eight digits as an integer, or `None` if one byte is no digit: all lanes at once, then pairs,
/// fours and the eight.
fn eight(bytes: [u8; 8]) -> Option<u64> {
    const LANES: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_le_bytes(bytes);
    let digits = text.wrapping_sub(LANES * 0x30);
    // The top bit of a lane: set on the left above `9`, on the right below `0`.
    if (text.wrapping_add(LANES * 0x46) | digits) & (LANES * 0x80) != 0 {
        return None;
    }
    const PAIR: u64 = 0x0000_00ff_0000_00ff;
    let pairs = (digits * 10).wrapping_add(digits >> 8);
    let first = (pairs & PAIR).wrapping_mul(100 + (1_000_000 << 32));
    let second = ((pairs >> 16) & PAIR).wrapping_mul(1 + (10_000 << 32));
    Some(first.wrapping_add(second) >> 32)
}

/// The exponent written from `at` to the end, at most what an `i64` holds.
fn read_exponent(bytes: &[u8], mut at: usize) -> Result<i64, ParseDecimal> {
    let negative = bytes.get(at) == Some(&b'-');
    if let Some(b'-' | b'+') = bytes.get(at) {
        at += 1;
    }
    if at == bytes.len() {
        return Err(ParseDecimal::Ended { at });
    }
    let mut exponent = 0_i64;
    for (i, &byte) in bytes.iter().enumerate().skip(at) {
        let digit = digit(byte).ok_or(ParseDecimal::Unexpected { at: i, found: byte })?;
        exponent = exponent.saturating_mul(10).saturating_add(digit.into());
    }
    Ok(if negative { -exponent } else { exponent })
}

fn unexpected(bytes: &[u8], at: usize) -> ParseDecimal {
    match bytes.get(at) {
        Some(&found) => ParseDecimal::Unexpected { at, found },
        None => ParseDecimal::Ended { at },
    }
}

fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    (digit < 10).then_some(digit)
}

#[cfg(test)]
mod tests;
