//! Drives engines with random events, hostile ones among them, and holds them to their invariants:
//! `cargo run --release -p amm-core --example machine -- 100000000`
//!
//! Arguments: how many events at least (a million), the first run's number (0), and after how many
//! events the full check comes (64). A run is a number: the same one always draws the same fixture and the
//! same events, on any machine. Every core takes its share. Ends with code 1 if something did not hold.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use amm_core::testing::machine::{Counts, Machine, Schedule};

/// Events of a run.
const EVENTS_A_RUN: u64 = 1_000;
/// The accepted events of one run in so many are replayed.
const RUNS_A_REPLAY: u64 = 16;
/// Bytes of a run: enough for its events, of up to 20 bytes.
const BYTES: usize = 20 * EVENTS_A_RUN as usize;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| match arguments.next() {
        Some(text) => text.replace('_', "").parse::<u64>().map_err(|_| text),
        None => Ok(default),
    };
    let (events, first, full_every) = match (number(1_000_000), number(0), number(64)) {
        (Ok(events), Ok(first), Ok(full_every)) => (events, first, full_every.max(1)),
        (Err(text), ..) | (_, Err(text), _) | (.., Err(text)) => {
            eprintln!("{text} is no number");
            return ExitCode::from(2);
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    println!(
        "{events} events on {threads} threads. After each: quote = trade, conservation, shares, \
         debts, charges, limits, the books kept twice. After every {full_every}th and at the end of a run: \
         refused without a trace, everything rebuilt from the state. One run in {RUNS_A_REPLAY}: replay."
    );
    let shared = Shared {
        events,
        full_every,
        end: first + events.div_ceil(EVENTS_A_RUN),
        next: AtomicU64::new(first),
        done: AtomicU64::new(0),
        failed: AtomicBool::new(false),
    };
    let start = Instant::now();
    let mut total = Total::default();
    thread::scope(|scope| {
        let work = || scope.spawn(|| work(&shared));
        let shares: Vec<_> = (0..threads).map(|_| work()).collect();
        scope.spawn(|| progress(&shared, start));
        for share in shares {
            total.add(&share.join().expect("a machine gives a verdict and does not panic"));
        }
        shared.done.fetch_max(events, Ordering::Relaxed); // ends the progress
    });
    for (kind, [accepted, refused]) in &total.counts.0 {
        println!("{accepted:>12} accepted {refused:>12} refused  {kind}");
    }
    let (all, time) = (total.counts.total(), start.elapsed().as_millis() as u64);
    println!(
        "{all} events in {} runs from {first}, {} violations, {} s, {} a second; digest {:016x}",
        total.runs,
        total.broken,
        time / 1000,
        rate(all, time),
        total.digest
    );
    ExitCode::from(u8::from(total.broken != 0))
}

/// What all threads see.
struct Shared {
    events: u64,
    full_every: u64,
    /// After the last run.
    end: u64,
    next: AtomicU64,
    done: AtomicU64,
    failed: AtomicBool,
}

/// What came of runs; sums do not depend on who did them.
#[derive(Default)]
struct Total {
    counts: Counts,
    runs: u64,
    broken: u64,
    digest: u64,
}

impl Total {
    /// Adds a run: its events, and the digest of its last state.
    fn take(&mut self, run: u64, machine: &Machine) {
        let [a, b, c, d, e, f, g, h, ..] = machine.digest().0;
        let last = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        self.digest = self.digest.wrapping_add(mix(last ^ mix(run)));
        self.counts.add(&machine.counts);
    }

    fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.runs += other.runs;
        self.broken += other.broken;
        self.digest = self.digest.wrapping_add(other.digest);
    }
}

/// Takes runs until none is left.
fn work(shared: &Shared) -> Total {
    let mut total = Total::default();
    loop {
        let run = shared.next.fetch_add(1, Ordering::Relaxed);
        if run >= shared.end {
            return total;
        }
        let schedule =
            Schedule { full_every: shared.full_every, replay: run.is_multiple_of(RUNS_A_REPLAY) };
        total.runs += 1;
        match Machine::run(&bytes(run), EVENTS_A_RUN, schedule) {
            Ok(machine) => {
                total.take(run, &machine);
                shared.done.fetch_add(machine.counts.total(), Ordering::Relaxed);
            }
            Err(how) => {
                total.broken += 1;
                if !shared.failed.swap(true, Ordering::Relaxed) {
                    eprintln!("run {run}: {how}");
                }
            }
        }
    }
}

/// A line every few seconds.
fn progress(shared: &Shared, start: Instant) {
    let mut tick = 0;
    while shared.done.load(Ordering::Relaxed) < shared.events {
        thread::sleep(Duration::from_millis(100));
        tick += 1;
        if tick % 50 == 0 {
            let done = shared.done.load(Ordering::Relaxed).min(shared.events);
            let rate = rate(done, start.elapsed().as_millis() as u64);
            let left = (shared.events - done) / rate.max(1);
            eprintln!("{done} events, {rate} a second, {left} s left");
        }
    }
}

/// Events a second.
fn rate(events: u64, time_ms: u64) -> u64 {
    events * 1000 / time_ms.max(1)
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The run's bytes, by SplitMix64.
fn bytes(run: u64) -> Vec<u8> {
    let mut state = mix(run.wrapping_add(GAMMA));
    let mut next = || {
        state = state.wrapping_add(GAMMA);
        mix(state).to_le_bytes()
    };
    (0..BYTES / 8).flat_map(|_| next()).collect()
}
