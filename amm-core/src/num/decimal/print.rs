//! Numbers to decimal text.

use super::{CHUNK, Decimal, POW10};
use crate::num::Real;
use core::fmt;

/// How much of a number to print.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Digits {
    /// All there is: at most 64 decimals before the shift.
    Exact,
    /// So many from the first that is not zero, at least one. Seventeen tell two `f64` apart,
    /// twenty decimals two `Real`s.
    Significant(u32),
    /// Down to 10^−n of the printed number, so that several share a last place.
    Places(i32),
}

/// A printed number, at home on the stack.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; Text::CAPACITY],
    len: usize,
}

/// `value`·10^`shift10` as a decimal, rounded half to even where `digits` cuts it.
///
/// Zeros at the end of the decimals are left out. From 10²¹ up and below 10⁻⁷ an exponent is
/// written. [`Decimal::parse`](super::Decimal::parse) reads all of it.
///
/// ```
/// use amm_core::num::{Real, decimal::{Digits, text}};
///
/// let x = Real::lit("2.675");
/// assert_eq!(text(x, 0, Digits::Significant(10)).as_str(), "2.675");
/// assert_eq!(text(x, -17, Digits::Significant(2)).as_str(), "2.7e-17");
/// assert_eq!(text(x, 3, Digits::Places(-1)).as_str(), "2680");
/// assert_eq!(text(Real::lit("-0.5"), 0, Digits::Places(0)).as_str(), "0");
/// assert_eq!(
///     text(Real::DELTA, 0, Digits::Exact).as_str(),
///     "5.42101086242752217003726400434970855712890625e-20",
/// );
/// ```
pub fn text(value: Real, shift10: i32, digits: Digits) -> Text {
    let (expansion, lead, end) = Expansion::rounded(value, shift10, digits);
    let exponent = UNITS as i64 - lead as i64 + i64::from(shift10);
    let mut text = Text::new();
    text.number(value < 0, &expansion.bytes[lead..end], exponent);
    text
}

/// The shortest decimal that [`Decimal`] reads as `value`, in full, without an exponent.
///
/// More decimals are never further from the number, and twenty are always near enough.
///
/// ```
/// use amm_core::num::{Real, decimal::shortest};
///
/// let tenth = Real::lit("0.1");
/// assert_eq!(shortest(tenth).as_str(), "0.1");
/// assert_eq!(shortest(tenth - Real::DELTA).as_str(), "0.09999999999999999997");
/// ```
pub fn shortest(value: Real) -> Text {
    let places = |n| {
        let (expansion, lead, end) = Expansion::rounded(value, 0, Digits::Places(n));
        let mut text = Text::new();
        text.plain(value < 0, &expansion.bytes[lead..end], UNITS as i64 - lead as i64);
        text
    };
    let (mut least, mut enough) = (0, 20);
    while least < enough {
        let middle = (least + enough) / 2;
        match Decimal::parse(places(middle).as_bytes()).map(|decimal| decimal.to_real(0)) {
            Ok(Ok(read)) if read == value => enough = middle,
            _ => least = middle + 1,
        }
    }
    places(enough)
}

/// `count`·10^−`decimals` in full, without an exponent.
pub(in crate::num) fn scaled(count: i128, decimals: u32) -> Text {
    let magnitude = count.unsigned_abs();
    let mut bytes = [b'0'; 3 * CHUNK];
    let unit = u128::from(POW10[CHUNK]);
    let (high, low) = (magnitude / unit, (magnitude % unit) as u64);
    put(&mut bytes, 0, (high / unit) as u64);
    put(&mut bytes, CHUNK, (high % unit) as u64);
    put(&mut bytes, 2 * CHUNK, low);
    let (lead, end) = trim(&bytes, bytes.len());
    let mut text = Text::new();
    let exponent = (bytes.len() - 1) as i64 - i64::from(decimals) - lead as i64;
    text.plain(count < 0, &bytes[lead..end], exponent);
    text
}

/// Room for a carry, 19 digits before the point and 76 after it.
const LEN: usize = 1 + 5 * CHUNK;
/// Where the digit of 10⁰ stands.
const UNITS: usize = CHUNK;

/// The digits of a magnitude, written out as far as they are asked for.
struct Expansion {
    bytes: [u8; LEN],
    /// How many of them are written.
    written: usize,
    /// Where the first digit that is not zero stands; as `written` if there is none yet.
    lead: usize,
    /// What is left behind them, in units of 2⁻⁶⁴ of the last place.
    rest: u64,
}

impl Expansion {
    fn new(magnitude: u128) -> Self {
        let mut new = Self { bytes: [b'0'; LEN], written: 1, lead: 1, rest: magnitude as u64 };
        new.append((magnitude >> 64) as u64);
        new
    }

    /// `value`·10^`shift10` cut by `digits`, and where the first and the last of its digits stand.
    fn rounded(value: Real, shift10: i32, digits: Digits) -> (Self, usize, usize) {
        let mut expansion = Self::new(value.to_bits().unsigned_abs());
        let end = match digits {
            Digits::Exact => LEN as i64,
            Digits::Significant(n) => expansion.find_lead() as i64 + i64::from(n.max(1)),
            Digits::Places(n) => (UNITS + 1) as i64 + i64::from(shift10) + i64::from(n),
        };
        let (lead, end) = expansion.round_at(end.clamp(0, LEN as i64) as usize);
        (expansion, lead, end)
    }

    /// Writes `chunk` < 10¹⁹ as the next 19 digits.
    fn append(&mut self, chunk: u64) {
        if self.lead == self.written {
            self.lead += CHUNK - chunk.checked_ilog10().map_or(0, |log| log as usize + 1);
        }
        if chunk != 0 {
            put(&mut self.bytes, self.written, chunk);
        }
        self.written += CHUNK;
    }

    /// Writes the next 19 decimals: a product, and its upper half is the digits.
    fn extend(&mut self) {
        let product = u128::from(self.rest) * u128::from(POW10[CHUNK]);
        self.append((product >> 64) as u64);
        self.rest = product as u64;
    }

    /// Writes until there is a digit that is not zero, and says where.
    fn find_lead(&mut self) -> usize {
        while self.lead == self.written && self.rest != 0 {
            self.extend();
        }
        self.lead
    }

    /// Rounds to the digits before `end`, and says where the first and the last of them stand
    /// (as a half-open range, empty for zero).
    fn round_at(&mut self, end: usize) -> (usize, usize) {
        while self.written <= end && self.rest != 0 {
            self.extend();
        }
        if end < self.written && self.rounds_up(end) {
            self.carry_into(end - 1); // byte 0 is a zero, so end > 0
        }
        let end = end.min(self.written);
        let lead = self.lead.min(end);
        let zeros = self.bytes[lead..end].iter().rev().take_while(|&&b| b == b'0').count();
        (lead, end - zeros)
    }

    /// Whether the digits from `end` on are more than half of what stands before them, or half
    /// and that is odd.
    fn rounds_up(&self, end: usize) -> bool {
        match self.bytes[end] {
            b'6'.. => true,
            b'5' => {
                let odd = end > 0 && self.bytes[end - 1] & 1 == 1;
                let tail = &self.bytes[end + 1..self.written];
                odd || self.rest != 0 || tail.iter().any(|&b| b != b'0')
            }
            _ => false,
        }
    }

    fn carry_into(&mut self, mut at: usize) {
        while self.bytes[at] == b'9' {
            self.bytes[at] = b'0';
            at -= 1; // byte 0 is a zero
        }
        self.bytes[at] += 1;
        self.lead = self.lead.min(at);
    }
}

/// The part of `bytes[..end]` from the first digit that is not zero to the last.
fn trim(bytes: &[u8], end: usize) -> (usize, usize) {
    let lead = bytes[..end].iter().position(|&b| b != b'0').unwrap_or(end);
    let zeros = bytes[lead..end].iter().rev().take_while(|&&b| b == b'0').count();
    (lead, end - zeros)
}

/// Writes `value` < 10¹⁹ as 19 digits from `at`, where zeros stand.
fn put(bytes: &mut [u8], at: usize, value: u64) {
    const E8: u64 = 100_000_000;
    let (high, low) = (value / E8, value % E8);
    bytes[at + 11..at + 19].copy_from_slice(&eight(low as u32));
    if high != 0 {
        let (top, middle) = (high / E8, high % E8);
        bytes[at + 3..at + 11].copy_from_slice(&eight(middle as u32));
        bytes[at..at + 3].copy_from_slice(&eight(top as u32)[5..]);
    }
}

/// `value` < 10⁸ as eight digits: halved three times, all lanes at once. The multiplications by
/// 10486/2²⁰ and 103/2¹⁰ divide by 100 and by 10 exactly for numbers below 10⁴ and 10².
fn eight(value: u32) -> [u8; 8] {
    let value = u64::from(value);
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let ones = tens | ((twos - tens * 10) << 8);
    (ones + 0x3030_3030_3030_3030).to_le_bytes()
}

impl Text {
    /// A sign, 96 digits, a point, six zeros or an exponent of eleven places.
    const CAPACITY: usize = 112;

    const fn new() -> Self {
        Self { bytes: [0; Self::CAPACITY], len: 0 }
    }

    /// The bytes, all ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).expect("digits are ASCII")
    }

    /// Writes `digits`, of which the first stands for 10^`exponent`.
    fn number(&mut self, negative: bool, digits: &[u8], exponent: i64) {
        if digits.is_empty() || (-7..21).contains(&exponent) {
            return self.plain(negative, digits, exponent);
        }
        if negative {
            self.push(b"-");
        }
        self.push(&digits[..1]);
        if digits.len() > 1 {
            self.push(b".");
            self.push(&digits[1..]);
        }
        self.push(if exponent < 0 { b"e-" } else { b"e" });
        let mut bytes = [b'0'; CHUNK];
        put(&mut bytes, 0, exponent.unsigned_abs()); // below 2³² in size
        let (lead, _) = trim(&bytes, CHUNK);
        self.push(&bytes[lead..]);
    }

    fn plain(&mut self, negative: bool, digits: &[u8], exponent: i64) {
        if digits.is_empty() {
            return self.push(b"0");
        }
        if negative {
            self.push(b"-");
        }
        if exponent < 0 {
            self.push(b"0.");
            self.zeros((-1 - exponent) as usize);
            return self.push(digits);
        }
        let whole = exponent as usize + 1;
        if digits.len() <= whole {
            self.push(digits);
            self.zeros(whole - digits.len());
        } else {
            self.push(&digits[..whole]);
            self.push(b".");
            self.push(&digits[whole..]);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn zeros(&mut self, n: usize) {
        self.bytes[self.len..self.len + n].fill(b'0');
        self.len += n;
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.as_str();
        match text.strip_prefix('-') {
            Some(magnitude) => f.pad_integral(false, "", magnitude),
            None => f.pad_integral(true, "", text),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    #[test]
    fn eight_digits_at_once_are_right() {
        let (low, step) = (0..10_000, 9_973);
        for value in low.chain((10_000..100_000_000).step_by(step)).chain([99_999_999]) {
            assert_eq!(eight(value), format!("{value:08}").as_bytes());
        }
        for four in 0..10_000 {
            assert_eq!(eight(four * 10_000 + 9_999 - four)[..4], *format!("{four:04}").as_bytes());
        }
    }

    #[test]
    fn notation_turns_at_its_ends() {
        let digits = Digits::Significant(3);
        let shown = |shift10| text(Real::lit("1.25"), shift10, digits).to_string();
        assert_eq!(shown(20), "125000000000000000000");
        assert_eq!(shown(21), "1.25e21");
        assert_eq!(shown(-7), "0.000000125");
        assert_eq!(shown(-8), "1.25e-8");
        assert_eq!(shown(i32::MAX), "1.25e2147483647");
        assert_eq!(shown(i32::MIN), "1.25e-2147483648");
        assert_eq!(text(Real::ONE, -8, digits).as_str(), "1e-8");
        assert_eq!(text(Real::ZERO, i32::MIN, digits).as_str(), "0");
    }

    #[test]
    fn rounding_carries_through_nines() {
        let shown = |value, digits| text(value, 0, digits).to_string();
        let almost_two = Real::lit("2") - Real::DELTA;
        assert_eq!(shown(almost_two, Digits::Significant(19)), "2");
        assert_eq!(shown(-almost_two, Digits::Places(18)), "-2");
        assert_eq!(shown(Real::MAX, Digits::Significant(1)), "9000000000000000000");
        assert_eq!(shown(Real::lit("9.5"), Digits::Places(0)), "10");
        assert_eq!(shown(Real::lit("8.5"), Digits::Places(0)), "8");
        assert_eq!(shown(Real::lit("8.5") + Real::DELTA, Digits::Places(0)), "9");
        assert_eq!(shown(Real::lit("999.5"), Digits::Places(-3)), "1000");
        assert_eq!(shown(Real::lit("499"), Digits::Places(-3)), "0");
        assert_eq!(shown(Real::MIN, Digits::Places(-19)), "-10000000000000000000");
        assert_eq!(shown(Real::MIN, Digits::Places(i32::MIN)), "0");
        assert_eq!(shown(Real::lit("0.3"), Digits::Significant(0)), "0.3");
    }

    #[test]
    fn the_longest_text_fits() {
        for (value, shift10) in [(Real::MAX, 0), (Real::MIN + Real::DELTA, 0), (Real::MIN, 0)] {
            assert_eq!(
                text(value, shift10, Digits::Exact).to_string(),
                format!("{value:.64}").trim_end_matches('0').trim_end_matches('.')
            );
        }
        let longest = text(Real::MIN + Real::DELTA, i32::MIN, Digits::Exact);
        assert_eq!(longest.as_bytes().len(), 97);
    }
}
