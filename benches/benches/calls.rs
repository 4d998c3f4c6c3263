//! Every kernel, price, grid and implied volatility under criterion, ours beside each peer's.
//!
//! A group is `module/operation/case`, a bench in it whose code runs. Each call's result is
//! compared with its first one, so nothing is optimised away and nothing drifts unseen.
#![allow(clippy::float_arithmetic, reason = "the peers are floats")]
#![allow(dead_code, reason = "the table judges errors, these benches only time")]

mod cases;

use amm_benches_rig::oracle;
use criterion::{Criterion, Throughput};

fn main() {
    let rows = oracle::black().unwrap_or_else(|| {
        println!("no shared oracle here: rows are generated");
        oracle::generated()
    });
    let mut criterion = Criterion::default().configure_from_args();
    for cases in cases::all(&oracle::timed(&rows)).chunk_by_mut(|a, b| a.what() == b.what()) {
        let mut group = criterion.benchmark_group(cases[0].what());
        for case in cases {
            group.throughput(Throughput::Elements(case.checked_calls() as u64));
            group.bench_function(case.who(), |bencher| bencher.iter(|| case.checked()));
        }
        group.finish();
    }
    criterion.final_summary();
}
