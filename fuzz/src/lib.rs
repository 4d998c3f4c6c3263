//! Bodies of the fuzz targets: bytes in, a panic if a law is broken.
//!
//! The laws are `amm_core::testing`'s. `fuzz_targets/` hands libFuzzer's bytes to these, and
//! `tests/replay.rs` those that are kept: `corpus/` (minimised; what the fuzzer starts from),
//! `regressions/` (found and mended) and `artifacts/` (just found).
//!
//! ```sh
//! cargo test                       # replay on stable, without libFuzzer
//! ../.ci/run fuzz                  # a short run of each target on stable
//! cargo +nightly fuzz run -s none --features libfuzzer black    # a long one, with cargo-fuzz
//! ```
#![forbid(unsafe_code)]

pub mod risk;

use std::io::Read;
use std::sync::LazyLock;

use amm_core::engine::Params;
use amm_core::num::{Cash, Real};
use amm_core::testing::catalogue::{self, BLACK, IMPLIED, KERNELS, hold};
use amm_core::testing::draw::Case;
use amm_core::testing::kernels::Args;
use amm_core::testing::machine::{Machine, Schedule};
use amm_core::testing::{Verdict, history, num};
use amm_rows::{Failure, Format, Manner, Summary};
use arbitrary::Unstructured;

/// What a target does with bytes.
pub type Body = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Body)] = &[
    ("black", black),
    ("csv_iv", csv_iv),
    ("csv_price", csv_price),
    ("decimal", decimal),
    ("engine", engine),
    ("grid", grid),
    ("implied", implied),
    ("kernels", kernels),
    ("ledger", ledger),
    ("risk", risk),
    ("snapshot", snapshot),
];

#[track_caller]
fn must(verdict: Verdict) {
    if let Err(how) = verdict {
        panic!("{how}");
    }
}

/// Prices and Greeks.
pub fn black(data: &[u8]) {
    must(hold(BLACK, &Case::from_bytes(data)));
}

/// Implied volatility.
pub fn implied(data: &[u8]) {
    must(hold(IMPLIED, &Case::from_bytes(data)));
}

/// exp, ln, roots and the normal distribution.
pub fn kernels(data: &[u8]) {
    must(hold(KERNELS, &Args::from_bytes(data)));
}

/// Grids, by operations.
pub fn grid(data: &[u8]) {
    must(catalogue::grids(data));
}

/// The engine, by events: everything is checked after each.
pub fn engine(data: &[u8]) {
    must(Machine::run(data, 256, Schedule::FULL).map(drop));
}

/// Reading numbers.
pub fn decimal(data: &[u8]) {
    num::reading_is_total(data);
}

/// Money, and printing numbers.
pub fn ledger(data: &[u8]) {
    let mut source = Unstructured::new(data);
    let mut word = || source.arbitrary::<i128>().unwrap_or_default();
    let (a, b, shape) = (word(), word(), word());
    // Any length, and any distance from zero.
    let (a, b) = (a >> (shape & 127), b >> (shape >> 8 & 127));
    num::amounts_are_exact(Cash::from_atoms(a), Cash::from_atoms(b));
    let value = Real::from_bits(a);
    num::money_brackets(Cash::round, value);
    let (shift10, digits) = ((shape >> 16) as i32, (shape >> 48) as u32 & 127);
    num::printing_reads_back(value, shift10 % 64, digits);
    num::printing_reads_back(value, shift10, digits);
}

/// Margin, liquidation, funding and the breaker, by operations.
pub fn risk(data: &[u8]) {
    must(risk::run(data, &risk::Mechanisms::default()));
}

/// Snapshots from anyone. The first byte says whether the bytes are one, or changes of one that is
/// good: where, in two bytes, and how.
pub fn snapshot(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    if kind & 1 == 0 {
        return history::refused_or_sound(data);
    }
    static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| history::lived(Params::dynamic()).snapshot());
    let mut bytes = GOOD.clone();
    for change in data.as_chunks::<3>().0 {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
        bytes[place] ^= change[2];
    }
    history::refused_or_sound(&bytes);
}

/// `amm-sim price`.
pub fn csv_price(data: &[u8]) {
    csv(data, |input, manner, out| amm_rows::price(input, FILE, manner, out));
}

/// `amm-sim iv`.
pub fn csv_iv(data: &[u8]) {
    csv(data, |input, manner, out| amm_rows::iv(input, FILE, manner, out));
}

const FILE: &str = "fuzz.csv";

/// A way to answer a table.
type Answer = fn(&mut dyn Read, Manner, &mut Vec<u8>) -> Result<Summary, Failure>;

/// A table is answered in whatever pieces it comes, every row once; one that stops at a fault has
/// written the good rows before it, and one with no fault is the same either way.
fn csv(data: &[u8], answer: Answer) {
    let ask = |input: &mut dyn Read, format, keep_going| {
        let mut out = Vec::new();
        let done = answer(input, Manner { format, keep_going }, &mut out);
        (done.map_err(|failure| failure.to_string()), out)
    };
    let lines = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n').count() as u64;

    let (whole, written) = ask(&mut &data[..], Format::Csv, true);
    let mut pieces = Pieces { rest: data, size: data.len() % 7 + 1 };
    let (in_pieces, the_same) = ask(&mut pieces, Format::Csv, true);
    assert_eq!(written, the_same, "cut into pieces");
    // They count the bytes read alike too.
    assert_eq!(whole, in_pieces, "cut into pieces");

    // An object's keys differ and are text, so a header may be good for CSV alone.
    let (json, objects) = ask(&mut &data[..], Format::Json, true);
    let (strict, before) = ask(&mut &data[..], Format::Csv, false);
    match whole {
        Ok(summary) => {
            if let Ok(json) = json {
                assert_eq!(json, summary, "the format decides what is read");
                assert_eq!(lines(&objects), summary.rows, "an object a row");
            }
            assert!(lines(&written) > summary.rows, "a header and a line a row, or more");
            assert_eq!(strict.is_ok(), summary.bad_rows == 0);
            if let Ok(strict) = strict {
                assert_eq!(strict, summary);
                assert_eq!(lines(&before), lines(&written));
            }
        }
        Err(_) => assert!(strict.is_err() && json.is_err(), "a header is good or bad"),
    }
}

/// A reader that gives so many bytes at once.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let size = self.size.min(into.len()).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(size);
        into[..size].copy_from_slice(piece);
        self.rest = rest;
        Ok(size)
    }
}
