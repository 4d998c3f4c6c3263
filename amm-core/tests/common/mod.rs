//! What the reference tests share: exact reading of decimal rows.
#![allow(dead_code, reason = "every test compiles this module whole and uses its part")]

use std::fs;
use std::path::PathBuf;

use amm_core::num::Real;
use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};

/// Exact values are held in units of 2^−SCALE.
pub(crate) const SCALE: u32 = 320;

/// A decimal as an integer in units of 2^−SCALE, cut; zero if it is far below one.
pub(crate) fn exact(text: &str) -> BigInt {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().expect("exponent");
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: BigInt = format!("{whole}{fraction}").parse().expect("digits");
    let point = exponent - fraction.len() as i64;
    if point < -1000 {
        return BigInt::zero();
    }
    let ten = |n: i64| BigInt::from(10).pow(n.max(0) as u32);
    (all * (BigInt::one() << SCALE)) * ten(point) / ten(-point)
}

/// A number whose decimal is exactly a [`Real`].
pub(crate) fn real(text: &str) -> Real {
    let value = exact(text);
    let bits: BigInt = &value >> (SCALE - 64);
    assert_eq!(&bits << (SCALE - 64), value, "{text} is on the grid of Real");
    Real::from_bits(bits.try_into().expect("fits in a Real"))
}

/// A Real in units of 2^−SCALE.
pub(crate) fn wide(x: Real) -> BigInt {
    BigInt::from(x.to_bits()) << (SCALE - 64)
}

/// An exact number of units of 2^−SCALE as a float, for ratios of errors.
#[allow(clippy::float_arithmetic, reason = "errors are exact integers until they are reported")]
pub(crate) fn float(x: &BigInt) -> f64 {
    let bits = x.bits();
    let down = bits.saturating_sub(64);
    (x >> down).to_f64().unwrap() * 2f64.powi(down as i32 - SCALE as i32)
}

/// Rows of a reference file as fields, comments and header left out; the header comes first.
pub(crate) fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut rows = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = rows.next().expect("a header");
    (header, rows.collect())
}

/// A file of the shared folder beside the project (`AMM_DATA` names another), or `None`, said aloud.
pub(crate) fn shared(path: &str) -> Option<String> {
    let root = std::env::var_os("AMM_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        Into::into,
    );
    let file = root.join(path);
    let text = fs::read_to_string(&file).ok();
    if text.is_none() {
        eprintln!("skipped: no {} (set AMM_DATA to the folder that holds it)", file.display());
    }
    text
}
