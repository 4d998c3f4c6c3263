use super::*;

#[test]
fn errors_name_the_byte() {
    let unexpected = |at, found| Err(ParseDecimal::Unexpected { at, found });
    let ended = |at| Err(ParseDecimal::Ended { at });
    let cases = [
        ("", Err(ParseDecimal::Empty)),
        ("-", ended(1)),
        (".", ended(1)),
        ("1e", ended(2)),
        ("1e-", ended(3)),
        ("--1", unexpected(1, b'-')),
        ("1.2.3", unexpected(3, b'.')),
        ("_1", unexpected(0, b'_')),
        ("1_", unexpected(1, b'_')),
        ("1__0", unexpected(1, b'_')),
        ("1_.0", unexpected(1, b'_')),
        ("1._0", unexpected(2, b'_')),
        ("1e1_0", unexpected(3, b'_')),
        ("e5", unexpected(0, b'e')),
        ("1e5.", unexpected(3, b'.')),
        ("1 ", unexpected(1, b' ')),
        ("inf", unexpected(0, b'i')),
        ("1٣", unexpected(1, 0xd9)),
    ];
    for (text, want) in cases {
        assert_eq!(Decimal::parse(text).map(|_| ()), want, "{text}");
    }
}

#[test]
fn all_spellings_are_read() {
    for text in ["1234.5", "+1_234.5", "01234.50", "1.2345e3", ".12345E+4", "12345.e-1"] {
        assert_eq!(Decimal::parse(text).unwrap().to_real(0), Ok(Real::lit("1234.5")), "{text}");
    }
}

#[test]
fn exponents_without_end_are_read() {
    let leading = |text: &str| Decimal::parse(text).unwrap().leading_exponent();
    assert_eq!(leading("12e-10000000000"), Some(-9_999_999_999));
    assert_eq!(leading("0.001e99999999999999999999"), Some(i64::MAX - 3));
    assert_eq!(leading("0.001e-99999999999999999999"), Some(i64::MIN));
    assert_eq!(leading("0e99999999999999999999"), None);
    let far = Decimal::parse("0.001e-99999999999999999999").unwrap();
    assert_eq!(far.to_real(i32::MIN), Ok(Real::ZERO));
}

#[test]
fn the_ends_of_a_real_are_read() {
    let read = |text: &str| Decimal::parse(text).unwrap().to_real(0);
    let too_large = Err(Unfit::TooLarge { exponent: 18 });
    assert_eq!(read("-9223372036854775808"), Ok(Real::MIN));
    assert_eq!(read("-9223372036854775808.00000000000000000002"), Ok(Real::MIN));
    assert_eq!(read("-9223372036854775808.00000000000000000003"), too_large);
    assert_eq!(read("9223372036854775807.99999999999999999994"), Ok(Real::MAX));
    assert_eq!(read("9223372036854775807.99999999999999999998"), too_large);
    assert_eq!(read("9223372036854775808"), too_large);
}

#[test]
fn chunks_divide_exactly() {
    const D: u64 = POW10[CHUNK];
    let sample = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let highs = [0, 1, D / 2, D - 2, D - 1].into_iter().chain((0..200).map(|n| sample(n) % D));
    for high in highs {
        let lows = [0, 1, D - 1, D, D + 1, u64::MAX - 1, u64::MAX];
        for low in lows.into_iter().chain((200..400).map(sample)) {
            let n = (u128::from(high) << 64) | u128::from(low);
            let d = u128::from(D);
            assert_eq!(div_chunk(high, low), ((n / d) as u64, (n % d) as u64));
        }
    }
}
