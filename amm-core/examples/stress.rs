//! Holds the core to its laws in random cases: `cargo run --release -p amm-core --example stress -- 10000000`
//!
//! Arguments: how many cases (a million), and the first case's number (0). A case is a number: the same one always
//! draws the same inputs, on any machine. Every core takes its share. Ends with code 1 if a law
//! was broken.

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use amm_core::testing::Verdict;
use amm_core::testing::catalogue::{BLACK, IMPLIED, KERNELS, Law, grids};
use amm_core::testing::draw::Case;
use amm_core::testing::kernels::Args;

/// Cases taken from the counter at once.
const BATCH: u64 = 4096;
/// One grid of many cells is checked for so many cases.
const CASES_A_GRID: u64 = 64;
/// Violations shown of each law.
const SHOWN: u64 = 3;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| match arguments.next() {
        Some(text) => text.replace('_', "").parse().map_err(|_| text),
        None => Ok(default),
    };
    let (cases, first): (u64, u64) = match (number(1_000_000), number(0)) {
        (Ok(cases), Ok(first)) => (cases, first),
        (Err(text), _) | (_, Err(text)) => {
            eprintln!("{text} is no number of cases");
            return ExitCode::from(2);
        }
    };
    let (start, next) = (Instant::now(), AtomicU64::new(first));
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut total = Tally::default();
    thread::scope(|scope| {
        let share = || scope.spawn(|| work(&next, first + cases));
        let shares: Vec<_> = (0..threads).map(|_| share()).collect();
        for share in shares {
            total.add(share.join().expect("a law gives a verdict and does not panic"));
        }
    });
    let time = start.elapsed();
    for (name, held, broken) in &total.0 {
        println!("{held:>12} held {broken:>8} broken  {name}");
    }
    let broken: u64 = total.0.iter().map(|law| law.2).sum();
    println!("{cases} cases, {broken} violations, {} s on {threads} threads", time.as_secs());
    ExitCode::from(u8::from(broken != 0))
}

/// How often each law held and was broken.
#[derive(Default)]
struct Tally(Vec<(&'static str, u64, u64)>);

impl Tally {
    fn add(&mut self, other: Self) {
        if self.0.is_empty() {
            *self = other;
            return;
        }
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            mine.1 += theirs.1;
            mine.2 += theirs.2;
        }
    }

    fn note(&mut self, at: usize, name: &'static str, case: &dyn Debug, verdict: Verdict) {
        if self.0.len() == at {
            self.0.push((name, 0, 0));
        }
        match verdict {
            Ok(()) => self.0[at].1 += 1,
            Err(how) => {
                self.0[at].2 += 1;
                if self.0[at].2 <= SHOWN {
                    eprintln!("{name}: {how}\n  {case:?}");
                }
            }
        }
    }

    /// Holds one case to some laws; gives the place after the last.
    fn hold<T: Debug>(&mut self, at: usize, laws: &[Law<T>], case: &T) -> usize {
        for (offset, (name, law)) in laws.iter().enumerate() {
            self.note(at + offset, name, case, law(case));
        }
        at + laws.len()
    }
}

/// Takes batches until none is left.
fn work(next: &AtomicU64, end: u64) -> Tally {
    let mut tally = Tally::default();
    loop {
        let start = next.fetch_add(BATCH, Ordering::Relaxed);
        if start >= end {
            return tally;
        }
        for number in start..end.min(start + BATCH) {
            let bytes = bytes::<256>(number);
            let (case, args) = (Case::from_bytes(&bytes), Args::from_bytes(&bytes));
            let at = tally.hold(0, BLACK, &case);
            let at = tally.hold(at, IMPLIED, &case);
            let at = tally.hold(at, KERNELS, &args);
            if number % CASES_A_GRID == 0 {
                let verdict = grids(&self::bytes::<2048>(number));
                tally.note(at, "cells are cold calls", &format_args!("case {number}"), verdict);
            }
        }
    }
}

/// The case's bytes, by SplitMix64.
fn bytes<const N: usize>(number: u64) -> [u8; N] {
    const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |z: u64| {
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut state = mix(number.wrapping_add(GAMMA));
    let mut bytes = [0; N];
    for word in bytes.chunks_exact_mut(8) {
        state = state.wrapping_add(GAMMA);
        word.copy_from_slice(&mix(state).to_le_bytes());
    }
    bytes
}
