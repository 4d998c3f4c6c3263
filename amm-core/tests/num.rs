//! The laws of numbers, held against whole-number arithmetic without bounds.

use amm_core::num::decimal::{Decimal, Digits, Unfit, shortest, text};
use amm_core::num::{Cash, Discount, Price, Real, Rounding, TotalVariance, Vol};
use amm_core::testing::num as laws;
use num_bigint::{BigInt, BigUint, Sign};
use proptest::prelude::*;

/// A decimal as the reference sees it: digits·10^exponent, read by the plainest means.
fn reference(text: &str) -> (BigInt, i64) {
    let text = text.replace('_', "");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap()),
        None => (&text[..], 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").parse().unwrap();
    (digits, exponent - fraction.len() as i64)
}

fn pow10(n: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(n).unwrap())
}

/// n/d to the nearest whole number, ties to even, for d > 0.
fn divide_half_even(n: &BigInt, d: &BigInt) -> BigInt {
    let (magnitude, d) = (n.magnitude(), d.magnitude());
    let (quotient, rest) = (magnitude / d, (magnitude % d) * 2u32);
    let up = rest > *d || (rest == *d && quotient.bit(0));
    let rounded = if up { quotient + BigUint::from(1u32) } else { quotient };
    BigInt::from_biguint(if n.sign() == Sign::Minus { Sign::Minus } else { Sign::Plus }, rounded)
}

/// digits·10^exponent·2^64, rounded.
fn to_bits(digits: &BigInt, exponent: i64) -> BigInt {
    let scaled = digits << 64;
    if exponent >= 0 {
        scaled * pow10(exponent)
    } else {
        divide_half_even(&scaled, &pow10(-exponent))
    }
}

/// value·10^shift10 rounded to a multiple of 10^place, as a count of 10^place.
fn cut(value: Real, shift10: i32, place: i64) -> BigInt {
    let (bits, power) = (BigInt::from(value.to_bits()), i64::from(shift10) - place);
    let one = BigInt::from(1) << 64;
    if power >= 0 {
        divide_half_even(&(bits * pow10(power)), &one)
    } else {
        divide_half_even(&bits, &(one * pow10(-power)))
    }
}

/// Whether two of digits·10^exponent are the same number.
fn same(a: &(BigInt, i64), b: &(BigInt, i64)) -> bool {
    let least = a.1.min(b.1);
    &a.0 * pow10(a.1 - least) == &b.0 * pow10(b.1 - least)
}

/// Reals of every size, the corners included.
fn real() -> impl Strategy<Value = Real> {
    let corners = [i128::MIN, i128::MIN + 1, -1, 0, 1, (1 << 64) - 1, 1 << 64, i128::MAX];
    prop_oneof![
        8 => (any::<i128>(), 0_u32..128).prop_map(|(bits, shift)| bits >> shift),
        1 => proptest::sample::select(corners.to_vec()),
    ]
    .prop_map(Real::from_bits)
}

/// Neighbours of short decimals, which look much like them.
fn beside_a_decimal() -> impl Strategy<Value = Real> {
    (any::<i32>(), 0_u32..7, -2_i128..3).prop_map(|(digits, places, ulps)| {
        let bits = (i128::from(digits) << 64) / 10_i128.pow(places);
        Real::from_bits(bits + ulps)
    })
}

/// Decimals of every length, most near what a `Real` holds, some with `_`.
fn decimal() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+]?[0-9]{1,22}(\\.[0-9]{0,90})?",
        "[-+]?[0-9]{1,4}(_[0-9]{3}){0,6}(\\.[0-9]{1,30})?",
        "[-+]?[0-9]{0,4}\\.[0-9]{1,90}[eE][-+]?[0-9]{1,2}",
        "[-+]?[0-9]{1,100}e-[0-9]{1,3}",
        "[-+]?0\\.0{15,22}[0-9]{1,60}",
    ]
}

/// Decimals halfway between two `Real`s, or a hair beside.
fn tie() -> impl Strategy<Value = String> {
    (real(), 1_i64..31, 0..3).prop_map(|(value, place, hair)| {
        // (2·bits + 1)/2⁶⁵ = (2·bits + 1)·5⁶⁵/10⁶⁵
        let odd: BigInt = BigInt::from(value.to_bits()) * 2 + 1;
        let digits = odd * BigInt::from(5).pow(65) * pow10(place) + BigInt::from(hair - 1);
        format!("{digits}e-{}", 65 + place)
    })
}

fn check_to_real(text: &str, shift10: i32) -> Result<(), TestCaseError> {
    let (digits, exponent) = reference(text);
    let bits = to_bits(&digits, exponent + i64::from(shift10));
    match Decimal::parse(text).unwrap().to_real(shift10) {
        Ok(real) => prop_assert_eq!(BigInt::from(real.to_bits()), bits),
        Err(error) => {
            let too_large = matches!(error, Unfit::TooLarge { .. });
            prop_assert!(too_large && i128::try_from(bits).is_err());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A decimal of any length becomes the nearest `Real`, and is refused only if there is none.
    #[test]
    fn reading_rounds_to_nearest(text in decimal(), shift10 in -30..30) {
        check_to_real(&text, 0)?;
        check_to_real(&text, shift10)?;
    }

    /// Of two equally near `Real`s the even one; a hair beside, the nearer.
    #[test]
    fn reading_settles_ties(text in tie()) {
        check_to_real(&text, 0)?;
    }

    /// An integer read is the number written, and what is refused is too fine or too large.
    #[test]
    fn reading_an_integer_is_exact(text in decimal(), shift10 in -20..40) {
        let (digits, exponent) = reference(&text);
        let exponent = exponent + i64::from(shift10);
        let (whole, rest) = if exponent < 0 {
            (&digits / pow10(-exponent), &digits % pow10(-exponent))
        } else {
            (&digits * pow10(exponent), BigInt::ZERO)
        };
        match Decimal::parse(&text).unwrap().to_integer(shift10) {
            Ok(integer) => {
                prop_assert_eq!(BigInt::from(integer), whole);
                prop_assert_eq!(rest, BigInt::ZERO);
            }
            Err(Unfit::TooFine { .. }) => prop_assert!(rest != BigInt::ZERO),
            Err(Unfit::TooLarge { .. }) => prop_assert!(i128::try_from(whole).is_err()),
        }
    }

    /// The leading exponent and the sign are those of the number.
    #[test]
    fn the_first_digit_is_found(text in decimal()) {
        let (digits, exponent) = reference(&text);
        let decimal = Decimal::parse(&text).unwrap();
        prop_assert_eq!(decimal.is_zero(), digits == BigInt::ZERO);
        prop_assert_eq!(decimal.is_negative(), digits.sign() == Sign::Minus);
        let length = digits.magnitude().to_string().len() as i64;
        let leading = (digits != BigInt::ZERO).then_some(exponent + length - 1);
        prop_assert_eq!(decimal.leading_exponent(), leading);
    }

    /// An exact print is the number itself, and reads back as it.
    #[test]
    fn exact_print_is_the_number(value in real(), shift10 in -40..40) {
        let printed = text(value, shift10, Digits::Exact);
        // bits/2⁶⁴ = bits·5⁶⁴/10⁶⁴
        let exact = (value.to_bits() * BigInt::from(5).pow(64), i64::from(shift10) - 64);
        prop_assert!(same(&reference(printed.as_str()), &exact), "{}", printed);
        let read = Decimal::parse(printed.as_str()).unwrap().to_real(-shift10);
        prop_assert_eq!(read, Ok(value));
    }

    /// So many significant digits are the nearest with so many, ties to even.
    #[test]
    fn significant_digits_round_half_even(value in real(), shift10 in -40..40, n in 1_u32..90) {
        let printed = text(value, shift10, Digits::Significant(n));
        let digits = value.to_bits() * BigInt::from(5).pow(64);
        let leading = digits.magnitude().to_string().len() as i64 - 65 + i64::from(shift10);
        let place = leading + 1 - i64::from(n);
        let want = (cut(value, shift10, place), place);
        prop_assert!(same(&reference(printed.as_str()), &want), "{}", printed);
    }

    /// Cut at a place, it is the nearest multiple of that place, ties to even.
    #[test]
    fn places_round_half_even(value in real(), shift10 in -40..40, n in -60..110) {
        let printed = text(value, shift10, Digits::Places(n));
        let want = (cut(value, shift10, -i64::from(n)), -i64::from(n));
        prop_assert!(same(&reference(printed.as_str()), &want), "{}", printed);
    }

    /// A tie in print goes to the even digit.
    #[test]
    fn print_settles_ties(count in any::<i64>(), n in 0_i32..30) {
        // (2·count + 1)/2^(n+1) ends in a five, at decimal n + 1.
        let value = Real::from_bits((2 * i128::from(count) + 1) << (63 - n));
        let want = (cut(value, 0, -i64::from(n)), -i64::from(n));
        let printed = text(value, 0, Digits::Places(n));
        prop_assert!(same(&reference(printed.as_str()), &want), "{}", printed);
    }

    /// Printed numbers have one spelling: no idle zeros, no sign on zero.
    #[test]
    fn print_is_canonical(value in real(), shift10 in -40..40, n in 1_u32..90) {
        let printed = text(value, shift10, Digits::Significant(n));
        let mantissa = printed.as_str().split('e').next().unwrap();
        prop_assert!(!mantissa.contains('.') || !mantissa.ends_with(['0', '.']), "{}", printed);
        let whole = mantissa.trim_start_matches('-').split('.').next().unwrap();
        prop_assert!(whole == "0" || !whole.starts_with('0'), "{}", printed);
        prop_assert!(printed.as_str() != "-0");
    }

    /// No text makes the reader panic. What it reads is a number to `f64` too, but for `_`; what
    /// it refuses is none.
    #[test]
    fn hostile_text_is_refused(text in "[-+0-9._eE]{0,12}|\\PC{0,8}") {
        if let Ok(decimal) = Decimal::parse(&text) {
            prop_assert!(text.replace('_', "").parse::<f64>().is_ok());
            let _ = (decimal.to_real(i32::MIN), decimal.to_real(i32::MAX), decimal.to_atoms());
            let _ = (decimal.to_integer(i32::MIN), decimal.to_integer(i32::MAX));
        } else {
            let words = text.contains(|c: char| c.is_ascii_alphabetic() && !"eE".contains(c));
            prop_assert!(words || text.parse::<f64>().is_err(), "{} is a number", text);
        }
    }

    /// No bytes make a reader panic, and what is read prints as text that reads as it again.
    #[test]
    fn reading_is_total(text in "[-+0-9._eE]{0,12}", bytes: [u8; 6], number in decimal()) {
        laws::reading_is_total(text.as_bytes());
        laws::reading_is_total(&bytes);
        laws::reading_is_total(number.as_bytes());
    }

    /// What is printed reads back, at any scale.
    #[test]
    fn printing_reads_back(value in real(), shift10 in -40..40, any: i32, n in 0_u32..90) {
        laws::printing_reads_back(value, shift10, n);
        laws::printing_reads_back(value, any, n);
    }

    /// The shortest print is the shortest: one digit less reads as another number.
    #[test]
    fn display_is_shortest(value in prop_oneof![real(), beside_a_decimal()]) {
        let printed = shortest(value).to_string();
        prop_assert_eq!(Decimal::parse(&printed).unwrap().to_real(0), Ok(value));
        if let Ok(price) = Price::new(value) {
            prop_assert_eq!(price.to_string(), &*printed);
        }
        if let Some((_, decimals)) = printed.split_once('.') {
            let shorter = text(value, 0, Digits::Places(decimals.len() as i32 - 1));
            let read = Decimal::parse(shorter.as_str()).unwrap().to_real(0);
            prop_assert!(read != Ok(value), "{} for {}", shorter, printed);
        }
    }

    /// Money brackets the number it stands for: the greatest amount not above, the least not below.
    #[test]
    fn money_brackets(value in real()) {
        laws::money_brackets(Cash::round, value);
        let exact = BigInt::from(value.to_bits()) * Cash::SCALE;
        let [down, up] = [Rounding::Down, Rounding::Up].map(|rounding| {
            BigInt::from(Cash::round(value, rounding).atoms()) << 64
        });
        let atom = BigInt::from(1) << 64;
        prop_assert!(down <= exact && exact < &down + &atom);
        prop_assert!(up >= exact && exact > &up - &atom);
    }

    /// Amounts print exactly, and their sums undo.
    #[test]
    fn amounts_are_exact(a: i128, b: i128, shift in 0..127) {
        laws::amounts_are_exact(Cash::from_atoms(a), Cash::from_atoms(b));
        laws::amounts_are_exact(Cash::from_atoms(a >> shift), Cash::from_atoms(b >> shift));
    }

    /// A quantity is admitted if and only if it lies in its range, and keeps its bits.
    #[test]
    fn ranges_hold(value in real()) {
        let within = |least: Real, most: Real| least <= value && value <= most;
        let price = Price::new(value);
        prop_assert_eq!(price.is_ok(), within(Real::ZERO, Real::lit("1e12")));
        prop_assert!(price.map_or_else(|e| e.got == value, |price| price.get() == value));
        let vol = within(Real::lit("1e-6"), Real::lit("20")) || value == Real::ZERO;
        prop_assert_eq!(Vol::new(value).is_ok(), vol);
        let discount = within(Real::lit("1e-6"), Real::ONE);
        prop_assert_eq!(Discount::new(value).is_ok(), discount);
        let variance = within(Real::ZERO, Real::lit("12000"));
        prop_assert_eq!(TotalVariance::new(value).is_ok(), variance);
    }
}

/// The law of money finds out a door that cuts towards zero.
#[test]
#[should_panic(expected = "bracket")]
fn money_that_is_cut_is_found_out() {
    let cut = |value: Real, _| {
        Cash::from_atoms(
            Cash::round(value.abs(), Rounding::Down).atoms() * value.signum().to_num::<i128>(),
        )
    };
    laws::money_brackets(cut, Real::lit("-0.3333333333333"));
}

/// The law of money finds out a door that always leaves an atom between its sides.
#[test]
#[should_panic(expected = "whole atoms stay")]
fn money_that_is_padded_is_found_out() {
    let padded = |value, rounding| match rounding {
        Rounding::Down => Cash::round(value, rounding),
        Rounding::Up => Cash::from_atoms(Cash::round(value, Rounding::Down).atoms() + 1),
    };
    laws::money_brackets(padded, Real::ONE);
}
