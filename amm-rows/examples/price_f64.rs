//! The job of `amm-sim price` in `f64`, on the same table reader: what exactness costs.
//!
//! ```text
//! cargo run --release --example price_f64 rows.csv > priced.csv
//! ```

#![allow(clippy::float_arithmetic, reason = "the float peer that ours is measured beside")]

use amm_rows::{Cells, Fault, Manner, Question, run_on};
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::thread::available_parallelism;

/// Black's price and Greeks as one writes them by hand, with `libm`.
#[derive(Clone, Copy)]
struct FloatPrice;

impl Question for FloatPrice {
    const READS: &'static [&'static str] = &["F", "K", "sigma", "T_seconds", "DF"];
    const WRITES: &'static [&'static str] =
        &["call", "put", "delta_call", "delta_put", "gamma", "vega", "theta_call", "theta_put"];

    fn answer(&self, row: &[&[u8]], cells: &mut Cells<'_>) -> Result<(), Fault> {
        let (f, k, sigma) = (number("F", row[0])?, number("K", row[1])?, number("sigma", row[2])?);
        let (seconds, df) = (number("T_seconds", row[3])?, number("DF", row[4])?);
        let t = seconds / 31_536_000.0;
        let root = libm::sqrt(t);
        let v = sigma * root;
        let d1 = libm::log(f / k) / v + 0.5 * v;
        let d2 = d1 - v;
        let density = libm::exp(-0.5 * d1 * d1) * 0.398_942_280_401_432_7;
        let call = df * (f * normal(d1) - k * normal(d2));
        let put = df * (k * normal(-d2) - f * normal(-d1));
        let decay = df * f * density * sigma / (2.0 * root);
        let rate = -libm::log(df) / t;
        for cell in [
            call,
            put,
            df * normal(d1),
            -df * normal(-d1),
            df * density / (f * v),
            df * f * density * root,
            rate * call - decay,
            rate * put - decay,
        ] {
            cells.raw(|out| write!(out, "{cell:?}").expect("a vector takes all that is written"));
        }
        Ok(())
    }
}

fn number(column: &'static str, text: &[u8]) -> Result<f64, Fault> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| Fault::in_column(column, "not a number", ""))
}

fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: price_f64 FILE")?;
    let (file, mut out) = (File::open(&path)?, std::io::stdout().lock());
    run_on(available_parallelism()?, FloatPrice, file, &path, Manner::default(), &mut out, |_| ())?;
    Ok(())
}
