//! One way to run a case, whoever wrote the code in it: in turns against the clock, and under
//! callgrind with nothing else counted.

use std::{
    env, error, fmt, fs,
    hint::black_box,
    process::{self, Command, Stdio},
    time::{Duration, Instant},
};

/// Something to measure: so many calls in a row, with results that are known.
pub trait Case {
    /// What is done: `module/operation/case`.
    fn what(&self) -> &'static str;
    /// Whose code does it.
    fn who(&self) -> &'static str;
    /// Calls in one round.
    fn calls(&self) -> usize;
    /// One round, with nothing around the calls but a loop.
    fn round(&mut self);
    /// Part of a round, and a panic if a result is not what it was at first.
    fn checked(&mut self);
    /// Calls in one [`Case::checked`].
    fn checked_calls(&self) -> usize;
}

/// A pure function over rows prepared for it.
pub struct Calls<R, O> {
    what: &'static str,
    who: &'static str,
    rows: Vec<R>,
    want: Vec<O>,
    call: fn(&R) -> O,
    next: usize,
}

impl<R, O> fmt::Debug for Calls<R, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.what, self.who)
    }
}

impl<R: 'static, O: fmt::Debug + PartialEq + 'static> Calls<R, O> {
    /// The case of calling `call` once a row.
    pub fn boxed(
        what: &'static str,
        who: &'static str,
        rows: Vec<R>,
        call: fn(&R) -> O,
    ) -> Box<dyn Case> {
        let want = rows.iter().map(call).collect();
        Box::new(Self { what, who, rows, want, call, next: 0 })
    }
}

impl<R, O: fmt::Debug + PartialEq> Case for Calls<R, O> {
    fn what(&self) -> &'static str {
        self.what
    }

    fn who(&self) -> &'static str {
        self.who
    }

    fn calls(&self) -> usize {
        self.rows.len()
    }

    fn round(&mut self) {
        sweep(&self.rows, black_box(self.call));
    }

    fn checked(&mut self) {
        let got = (self.call)(black_box(&self.rows[self.next]));
        assert_eq!(got, self.want[self.next]);
        self.next = (self.next + 1) % self.rows.len();
    }

    fn checked_calls(&self) -> usize {
        1
    }
}

/// Calls through one pointer: nobody's code is inlined into the loop, so all pay the same for it.
#[inline(never)]
fn sweep<R, O>(rows: &[R], call: fn(&R) -> O) {
    for row in rows {
        black_box(&call(row));
    }
}

/// A structure moved back and forth between two states, all of it repriced at each move.
pub struct Moves<S> {
    /// What is done.
    pub what: &'static str,
    /// Whose code does it.
    pub who: &'static str,
    /// The structure.
    pub state: S,
    /// Cells repriced by a move.
    pub cells: usize,
    /// Moves it to one of its two states.
    pub step: fn(&mut S, usize),
    /// Panics if it does not hold what it should there.
    pub check: fn(&S, usize),
    /// Moves made.
    pub moves: usize,
}

impl<S> fmt::Debug for Moves<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.what, self.who)
    }
}

impl<S> Case for Moves<S> {
    fn what(&self) -> &'static str {
        self.what
    }

    fn who(&self) -> &'static str {
        self.who
    }

    fn calls(&self) -> usize {
        self.cells
    }

    fn round(&mut self) {
        self.moves += 1;
        black_box(self.step)(&mut self.state, self.moves % 2);
        black_box(&mut self.state);
    }

    fn checked(&mut self) {
        self.round();
        (self.check)(&self.state, self.moves % 2);
    }

    fn checked_calls(&self) -> usize {
        self.cells
    }
}

/// How long to look.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Times a case is timed.
    pub repeats: usize,
    /// The least a repeat may last.
    pub least: Duration,
}

impl Effort {
    /// For figures: short enough that on a busy machine most repeats are not interrupted.
    pub const FULL: Self = Self { repeats: 101, least: Duration::from_micros(250) };
    /// To see that it runs.
    pub const SMOKE: Self = Self { repeats: 1, least: Duration::ZERO };
}

/// The median time of one call of each case, in nanoseconds.
///
/// Cases of the same `what` take turns, so that a busy moment of the machine falls on all of
/// them. The loop and the indirect call, about 1 ns, are part of it.
pub fn time(cases: &mut [Box<dyn Case>], effort: Effort) -> Vec<f64> {
    let mut figures = Vec::with_capacity(cases.len());
    for group in cases.chunk_by_mut(|a, b| a.what() == b.what()) {
        let rounds: Vec<u32> = group.iter_mut().map(|case| rounds(case, effort.least)).collect();
        let mut samples = vec![Vec::with_capacity(effort.repeats); group.len()];
        for _ in 0..effort.repeats {
            for ((case, &rounds), samples) in group.iter_mut().zip(&rounds).zip(&mut samples) {
                let took = lasts(case, rounds).as_secs_f64() * 1e9;
                samples.push(took / f64::from(rounds) / case.calls() as f64);
            }
        }
        for mut samples in samples {
            samples.sort_by(f64::total_cmp);
            figures.push(samples[samples.len() / 2]);
        }
    }
    figures
}

/// Rounds that last at least that long.
fn rounds(case: &mut Box<dyn Case>, least: Duration) -> u32 {
    let mut rounds = 1;
    while lasts(case, rounds) < least {
        rounds *= 2;
    }
    rounds
}

fn lasts(case: &mut Box<dyn Case>, rounds: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        case.round();
    }
    start.elapsed()
}

/// Set in the process that runs under callgrind.
const COUNTING: &str = "AMM_BENCH_COUNTING";

/// Whether this process was started by [`count`]: then call [`counted`] and nothing else.
pub fn is_counting() -> bool {
    env::var_os(COUNTING).is_some()
}

/// Runs each case once to warm it up, and once for callgrind.
pub fn counted(cases: &mut [Box<dyn Case>]) {
    counted_region(&mut *Calls::boxed("", "", vec![0u64; EMPTY], |&x| x));
    counted_already();
    for case in cases {
        case.round();
        counted_region(&mut **case);
        counted_already();
    }
}

/// Calls of the empty case, which stands for the loop.
const EMPTY: usize = 1_024;

/// All that callgrind counts.
#[inline(never)]
fn counted_region(case: &mut dyn Case) {
    black_box(&mut *case).round();
    black_box(case); // callgrind sees the end of a function, but not of one that ends by a jump
}

/// Where callgrind writes down what it counted since the last time.
#[inline(never)]
fn counted_already() {
    black_box(());
}

/// Instructions of one call of each of `cases` in the order of [`counted`], less those of an
/// empty call in the same loop: this program runs again under callgrind.
///
/// # Errors
///
/// If valgrind is not there or does not do as expected.
pub fn count(calls: &[usize]) -> Result<Vec<f64>, Box<dyn error::Error>> {
    let folder = env::temp_dir().join(format!("amm-benches-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted_region*"])
        .arg("--dump-before=*counted_already*")
        .arg(format!("--callgrind-out-file={}", folder.join("dump").display()))
        .arg(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(COUNTING, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("valgrind: {error}"))?;
    let counts = (1..=calls.len() + 1)
        .map(|n| {
            let dump = fs::read_to_string(folder.join(format!("dump.{n}")))?;
            let total = dump.lines().find_map(|line| line.strip_prefix("summary: "));
            Ok(total.ok_or("a dump has no summary")?.trim().parse::<f64>()?)
        })
        .collect::<Result<Vec<_>, Box<dyn error::Error>>>();
    fs::remove_dir_all(&folder)?;
    if !status.success() {
        return Err("the program failed under valgrind".into());
    }
    let counts = counts?;
    let empty = counts[0] / EMPTY as f64;
    Ok(counts[1..].iter().zip(calls).map(|(total, &calls)| total / calls as f64 - empty).collect())
}
