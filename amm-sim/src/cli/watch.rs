//! What a long run shows while it lasts: a line that moves on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::experiment::Progress;

/// Tells on standard error how far a run is, how fast it goes, and how long it will take.
pub(super) struct Watch {
    terminal: bool,
    stage: Mutex<Option<Stage>>,
}

struct Stage {
    what: String,
    done: u64,
    total: u64,
    began: Instant,
    told: Instant,
    bar: Option<ProgressBar>,
}

/// Where there is no terminal, a line so often.
const EVERY: Duration = Duration::from_secs(15);

impl Watch {
    pub(super) fn new() -> Self {
        Self { terminal: stderr().is_terminal(), stage: Mutex::new(None) }
    }

    /// Something begins that takes so many steps.
    pub(super) fn start(&self, what: &str, total: u64) {
        let now = Instant::now();
        let bar = self.terminal.then(|| {
            let template = "{msg}  {bar:30} {pos}/{len}  {per_sec}  {eta} left";
            let style = ProgressStyle::with_template(template);
            let bar = ProgressBar::new(total).with_message(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        let what = what.to_owned();
        let stage = Stage { what, done: 0, total, began: now, told: now, bar };
        if let Ok(mut current) = self.stage.lock() {
            *current = Some(stage);
        }
    }

    /// So many more are done.
    pub(super) fn step(&self, steps: u64) {
        let Ok(mut current) = self.stage.lock() else { return };
        let Some(stage) = current.as_mut() else { return };
        stage.done += steps;
        match &stage.bar {
            Some(bar) => bar.inc(steps),
            None if stage.told.elapsed() >= EVERY => {
                stage.told = Instant::now();
                eprintln!("{}", stage.line());
            }
            None => {}
        }
    }

    /// It is done.
    pub(super) fn stop(&self) {
        let Ok(mut current) = self.stage.lock() else { return };
        if let Some(Stage { bar: Some(bar), .. }) = current.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Watch {
    fn begin(&self, what: &str, total: u64) {
        self.start(what, total);
    }

    fn tick(&self, steps: u64) {
        self.step(steps);
    }

    fn end(&self) {
        self.stop();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Stage {
    /// `designs: 120 of 640, 23.4 a second, 22 s left`.
    fn line(&self) -> String {
        let Self { what, done, total, .. } = self;
        let passed = self.began.elapsed().as_millis().max(1);
        let tenths = u128::from(*done) * 10_000 / passed;
        let rest = u128::from(total.saturating_sub(*done)) * passed / u128::from(*done).max(1);
        let (rate, tenth, left) = (tenths / 10, tenths % 10, rest / 1000);
        format!("{what}: {done} of {total}, {rate}.{tenth} a second, {left} s left")
    }
}
