//! The unit of price is the user's: the same digits at every power of ten, and parity in them.

use amm_rows::Manner;
use num_bigint::BigInt;
use proptest::prelude::*;

/// Cells that `price` adds to a row.
fn price(row: &str) -> Vec<String> {
    let table = format!("F,K,sigma,T_seconds,DF\n{row}\n");
    let mut out = Vec::new();
    amm_rows::price(table.as_bytes(), "test", Manner::default(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    out.lines().nth(1).unwrap().split(',').skip(5).map(str::to_owned).collect()
}

/// The volatility that `iv` adds, from a price of each kind.
fn iv(terms: &str, call: &str, put: &str) -> [String; 2] {
    let table = format!("F,K,T_seconds,DF,price,type\n{terms},{call},C\n{terms},{put},P\n");
    let mut out = Vec::new();
    amm_rows::iv(table.as_bytes(), "test", Manner::default(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let mut lines = out.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().1.to_owned());
    [lines.next().unwrap(), lines.next().unwrap()]
}

/// A decimal as a whole number of 10⁻¹⁰⁰.
fn fixed(text: &str) -> BigInt {
    let (digits, exponent) = normal(text);
    digits * BigInt::from(10).pow(u32::try_from(exponent + 100).unwrap())
}

/// A decimal as digits without zeros at either end and the power of ten of the last.
fn normal(text: &str) -> (BigInt, i64) {
    let (number, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().unwrap();
    let (mut digits, mut exponent) =
        (digits, exponent.parse::<i64>().unwrap() - fraction.len() as i64);
    while digits != BigInt::ZERO && &digits % 10 == BigInt::ZERO {
        digits /= 10;
        exponent += 1;
    }
    if digits == BigInt::ZERO { (digits, 0) } else { (digits, exponent) }
}

/// Σ sign·a·b of decimals, exactly, as zero or not.
fn vanishes(terms: &[(i32, &str, &str)]) -> bool {
    let sum: BigInt = terms
        .iter()
        .map(|(sign, a, b)| {
            let ((a, i), (b, j)) = (normal(a), normal(b));
            sign * a * b * BigInt::from(10).pow(u32::try_from(1000 + i + j).unwrap())
        })
        .sum();
    sum == BigInt::ZERO
}

#[test]
fn tiny_and_huge_units() {
    let one = price("60000,65000,0.65,604800,0.999");
    let tiny = price("6e-26,6.5e-26,0.65,604800,0.999");
    let huge = price("6e34,6.5e34,0.65,604800,0.999");
    for (column, power) in [1, 1, 0, 0, -1, 1, 1, 1].into_iter().enumerate() {
        let (digits, exponent) = normal(&one[column]);
        assert_eq!(normal(&tiny[column]), (digits.clone(), exponent - 30 * power));
        assert_eq!(normal(&huge[column]), (digits, exponent + 30 * power));
    }
}

#[test]
fn far_apart_the_lesser_is_nothing() {
    for (row, call, put) in [
        ("1e30,1e-30,2,31536000,0.5", "5e29", "0"),
        ("1e-30,1e30,2,31536000,0.5", "0", "5e29"),
        ("5,0,2,31536000,0.5", "2.5", "0"),
        ("0,5,2,31536000,0.5", "0", "2.5"),
    ] {
        let cells = price(row);
        let near = |have: &str, want: &str| {
            let ((have, i), (want, j)) = (normal(have), normal(want));
            let scale =
                |x: BigInt, e: i64| x * BigInt::from(10).pow(u32::try_from(e + 200).unwrap());
            let (have, want) = (scale(have, i), scale(want, j));
            // Within 10⁻²⁹ of the greater price.
            (have - &want).magnitude() * 10u64.pow(15) * 10u64.pow(14)
                <= *scale(5.into(), 29).magnitude()
        };
        assert!(near(&cells[0], call) && near(&cells[1], put), "{row}: {cells:?}");
    }
}

proptest! {
    /// call − put = DF·(F−K) and delta_call − delta_put = DF, in the digits printed.
    #[test]
    fn parity_is_exact(
        f in 1u64..10_000_000_000, k in 1u64..10_000_000_000, places in -20i32..20,
        sigma in 1u32..3000, time in 0u32..100_000_000, df in 900_000u32..=1_000_000,
    ) {
        let (f, k) = (format!("{f}e{places}"), format!("{k}e{places}"));
        let df = format!("{df}e-6");
        let cells = price(&format!("{f},{k},{sigma}e-3,{time},{df}"));
        let (call, put) = (&*cells[0], &*cells[1]);
        prop_assert!(vanishes(&[(1, call, "1"), (-1, put, "1"), (-1, &df, &f), (1, &df, &k)]), "{cells:?}");
        prop_assert!(vanishes(&[(1, &cells[2], "1"), (-1, &cells[3], "1"), (-1, &df, "1")]), "{cells:?}");
        prop_assert!(!call.starts_with('-') && !put.starts_with('-'));
        // The test of the test: a price off by one in its last digit would show.
        let (digits, exponent) = normal(call);
        let off = format!("{}e{exponent}", digits + 1);
        prop_assert!(!vanishes(&[(1, &off, "1"), (-1, put, "1"), (-1, &df, &f), (1, &df, &k)]));
    }

    /// Another unit of price gives the same digits with the point moved.
    #[test]
    fn a_unit_only_moves_the_point(
        f in 1u64..10_000_000_000, k in 1u64..10_000_000_000, unit in -60i32..60,
        sigma in 1u32..3000, time in 60u32..100_000_000, df in 900_000u32..=1_000_000,
    ) {
        let row = |places: i32| format!("{f}e{places},{k}e{places},{sigma}e-3,{time},{df}e-6");
        let (here, there) = (price(&row(0)), price(&row(unit)));
        for (column, power) in [1, 1, 0, 0, -1, 1, 1, 1].into_iter().enumerate() {
            let (digits, exponent) = normal(&here[column]);
            let moved = if digits == BigInt::ZERO { 0 } else { exponent + power * i64::from(unit) };
            prop_assert_eq!(normal(&there[column]), (digits, moved), "column {}", column);
        }
    }

    /// The volatility implied by a price is the one it was made with, as closely as its digits
    /// tell, and call and put imply the same to the last digit.
    #[test]
    fn iv_undoes_price(
        f in 1_000_000u64..10_000_000, permille in 100u64..1900, places in -20i32..20,
        sigma in 10u32..3000, time in 60u32..100_000_000, df in 900_000u32..=1_000_000,
    ) {
        let k = f * permille / 1000;
        let terms = format!("{f}e{places},{k}e{places},{time},{df}e-6");
        let cells = price(&format!("{f}e{places},{k}e{places},{sigma}e-3,{time},{df}e-6"));
        let (call, put) = (fixed(&cells[0]), fixed(&cells[1]));
        let outside = call.min(put);
        let vega = fixed(&cells[5]);
        let most = fixed(&format!("{f}e{places}")).max(fixed(&format!("{k}e{places}")));
        prop_assume!(&outside * 10u64.pow(12) >= most);
        let [from_call, from_put] = iv(&terms, &cells[0], &cells[1]);
        prop_assert_eq!(&from_call, &from_put);
        let sigma = fixed(&format!("{sigma}e-3"));
        let error = fixed(&from_call) - &sigma;
        // |dσ| ≤ 1e-15·(σ + price/vega): what a relative error of 1e-15 in either comes to.
        let room = &sigma * &vega + outside * BigInt::from(10).pow(100);
        prop_assert!(BigInt::from(error.magnitude().clone()) * vega * 10u64.pow(15) <= room, "{} for {}", from_call, sigma);
    }

    /// No bytes make it panic, and one thread's answer is all of it or a reason.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), keep_going: bool) {
        let manner = Manner { keep_going, ..Manner::default() };
        let table = [b"F,K,sigma,T_seconds,DF\n", &bytes[..]].concat();
        let _ = amm_rows::price(&bytes[..], "test", manner, &mut Vec::new());
        let _ = amm_rows::price(&table[..], "test", manner, &mut Vec::new());
        let quotes = [b"F,K,T_seconds,DF,price,type\n", &bytes[..]].concat();
        let _ = amm_rows::iv(&quotes[..], "test", manner, &mut Vec::new());
    }

    /// Nor do odd numbers.
    #[test]
    fn any_numbers(row in proptest::collection::vec("-?[0-9]{0,3}(\\.[0-9]{0,25})?(e-?[0-9]{1,11})?", 5)) {
        let table = format!("F,K,sigma,T_seconds,DF\n{}\n", row.join(","));
        let _ = amm_rows::price(table.as_bytes(), "test", Manner::default(), &mut Vec::new());
        let quotes = format!("F,K,T_seconds,DF,price,type\n{},C\n{0},P\n", row.join(","));
        let manner = Manner { keep_going: true, ..Manner::default() };
        let _ = amm_rows::iv(quotes.as_bytes(), "test", manner, &mut Vec::new());
    }
}
