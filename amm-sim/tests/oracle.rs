//! `amm-sim price` and `iv` held to the high-precision reference, through text on both sides.
//!
//! The reference is `oracle/black_oracle.csv` in the folder that `AMM_DATA` names (`../shared`
//! beside the workspace if unset); without it the test says so and passes.

use num_bigint::BigInt;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A decimal as a whole number of 10^−`PLACES`; what is finer is cut off.
fn fixed(text: &str) -> BigInt {
    let (number, exponent) = match text.split_once('e') {
        Some((number, exponent)) => (number, exponent.parse::<i64>().unwrap()),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().unwrap();
    let places = PLACES + exponent - fraction.len() as i64;
    match u32::try_from(places) {
        Ok(up) => digits * BigInt::from(10).pow(up),
        Err(_) if places < -200 => BigInt::ZERO,
        Err(_) => digits / BigInt::from(10).pow(places.unsigned_abs() as u32),
    }
}

const PLACES: i64 = 120;

/// `part`/`whole` in units of 10⁻²⁴, or nothing over nothing.
fn ratio(part: &BigInt, whole: &BigInt) -> BigInt {
    if part == &BigInt::ZERO { BigInt::ZERO } else { abs(part * BigInt::from(10).pow(24) / whole) }
}

fn abs(x: BigInt) -> BigInt {
    BigInt::from(x.magnitude().clone())
}

/// √x for x with [`PLACES`] decimals.
fn sqrt(x: &BigInt) -> BigInt {
    (x * BigInt::from(10).pow(PLACES as u32)).sqrt()
}

fn mul(a: &BigInt, b: &BigInt) -> BigInt {
    a * b / BigInt::from(10).pow(PLACES as u32)
}

/// What DESIGN section 7 accepts, in units of 10⁻²⁴.
const ACCEPT: &[(&str, u64)] = &[
    ("price over max(F,K)", 3_469_446), // 2⁻⁵⁸
    ("out-of-the-money price, relative", 10_000_000_000),
    ("delta", 1_000_000_000),
    ("gamma*F*v/DF", 1_000_000_000),
    ("vega/(F*sqrt T)", 1_000_000_000),
    ("theta*T/F", 1_000_000_000),
];

/// The reference file, or `None`, said aloud.
fn reference() -> Option<PathBuf> {
    let shared = std::env::var_os("AMM_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        PathBuf::from,
    );
    let file = shared.join("oracle/black_oracle.csv");
    if !file.exists() {
        eprintln!("skipped: no {} (set AMM_DATA to the folder that holds it)", file.display());
        return None;
    }
    Some(file)
}

/// The rows that a command answers.
fn rows(command: &str, file: &Path) -> Vec<csv::StringRecord> {
    let run = Command::new(env!("CARGO_BIN_EXE_amm-sim"))
        .args([OsStr::new(command), file.as_os_str()])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(run.status.success());
    csv::Reader::from_reader(&run.stdout[..]).records().map(Result::unwrap).collect()
}

/// The worst error of each kind and region, with its row.
#[derive(Default)]
struct Worst(BTreeMap<(&'static str, String), (BigInt, String)>);

impl Worst {
    fn note(&mut self, row: &csv::StringRecord, what: &'static str, size: BigInt) {
        let entry = self.0.entry((what, row[1].to_owned())).or_default();
        if size >= entry.0 {
            *entry = (size, row[0].to_owned());
        }
    }

    fn hold(&self, bounds: &[(&str, u64)]) {
        for (what, bound) in bounds {
            for ((_, region), (size, row)) in self.0.iter().filter(|((name, _), _)| name == what) {
                println!("{what:34} {region:5} {:>14}e-24  row {row}", size.to_string());
                assert!(
                    *size <= BigInt::from(*bound),
                    "{what} in {region}: {size}e-24 at row {row}"
                );
            }
        }
    }
}

#[test]
fn price_is_within_the_bounds_of_the_design() {
    let Some(file) = reference() else { return };
    let mut worst = Worst::default();
    let table = rows("price", &file);
    assert_eq!(table.len(), 4000);
    for row in &table {
        let [f, k, sigma, time, df] = [2, 3, 4, 5, 6].map(|column| fixed(&row[column]));
        let want = [7, 8, 9, 10, 11, 12, 13, 14].map(|column| fixed(&row[column]));
        let have = [15, 16, 17, 18, 19, 20, 21, 22].map(|column| fixed(&row[column]));
        let error = |i: usize| abs(&have[i] - &want[i]);

        let years: BigInt = &time / 31_536_000;
        let root = sqrt(&years);
        let most = f.clone().max(k.clone());
        let outside = usize::from(f > k);
        let mut note = |what, size| worst.note(row, what, size);
        note(ACCEPT[0].0, ratio(&error(0), &most).max(ratio(&error(1), &most)));
        if &want[outside] * BigInt::from(10).pow(12) >= most {
            note(ACCEPT[1].0, ratio(&error(outside), &want[outside]));
        }
        let one = BigInt::from(10).pow(PLACES as u32);
        note(ACCEPT[2].0, ratio(&error(2), &one).max(ratio(&error(3), &one)));
        note(ACCEPT[3].0, ratio(&mul(&mul(&error(4), &f), &mul(&sigma, &root)), &df));
        note(ACCEPT[4].0, ratio(&error(5), &mul(&f, &root)));
        let theta = error(6).max(error(7));
        note(ACCEPT[5].0, ratio(&mul(&theta, &years), &f));
    }
    worst.hold(ACCEPT);
}

/// The reference's prices with their rows' volatility to be found again.
#[test]
fn iv_is_within_the_bounds_of_the_design() {
    let Some(file) = reference() else { return };
    let mut quotes = String::from("id,region,kind,F,K,T_seconds,DF,price,type\n");
    let mut known = Vec::new();
    let mut table = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(&file).unwrap();
    for row in table.records() {
        let row = row.unwrap();
        let (f, k, call, put) = (fixed(&row[2]), fixed(&row[3]), fixed(&row[7]), fixed(&row[8]));
        let outside = call.min(put);
        if &outside * BigInt::from(10).pow(12) < f.max(k) {
            continue; // too little of the price is left in a decimal of its unit
        }
        for (kind, price) in [("C", &row[7]), ("P", &row[8])] {
            let terms = [&row[0], &row[1], kind, &row[2], &row[3], &row[5], &row[6], price, kind];
            quotes += &terms.join(",");
            quotes.push('\n');
            known.push((fixed(&row[4]), outside.clone(), fixed(&row[12])));
        }
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("quotes.csv");
    std::fs::write(&file, quotes).unwrap();

    let mut worst = Worst::default();
    let table = rows("iv", &file);
    assert_eq!(table.len(), known.len());
    for (row, (sigma, outside, vega)) in table.iter().zip(&known) {
        let error = abs(fixed(&row[9]) - sigma);
        // Relative to σ, or to what a relative error in the price makes of it, if that is more.
        let room = sigma.max(&(outside * BigInt::from(10).pow(PLACES as u32) / vega)).clone();
        worst.note(row, IMPLIED.0, ratio(&error, &room));
    }
    assert!(known.len() > 4000, "{}", known.len());
    worst.hold(&[IMPLIED]);
}

/// What DESIGN section 7 accepts, in units of 10⁻²⁴.
const IMPLIED: (&str, u64) = ("implied volatility, conditioned", 1_000_000_000);
