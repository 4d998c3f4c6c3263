//! A simulation that is watched.

use super::frame::{Frame, Source, SourceState};
use super::look::Seen;
use super::pace::{Control, Next, Pace};
use super::watcher::Watcher;
use amm_core::engine::Digest;
use amm_loop::LoopError;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};
use std::time::{Duration, Instant};

/// Frames that are shown come no closer than this.
pub(super) const BETWEEN_FRAMES: Duration = Duration::from_millis(100);

/// A world whose every block is looked at. It ends in the same state, to the bit, as one that nobody
/// watches.
#[derive(Debug)]
pub struct Simulation<'a> {
    world: World<'a>,
    scenario: &'a Scenario,
    design: &'a Design,
    watcher: Watcher,
    failure: Option<String>,
}

impl<'a> Simulation<'a> {
    /// Before the first block.
    ///
    /// # Errors
    ///
    /// [`LoopError`]: the scenario, the design or the setting is out of range.
    pub fn new(
        scenario: &'a Scenario,
        design: &'a Design,
        setting: &'a Setting,
        path: u64,
    ) -> Result<Self, Box<LoopError>> {
        let world = World::new(scenario, design, setting, path)?;
        let watcher = Watcher::new();
        Ok(Self { world, scenario, design, watcher, failure: None })
    }

    /// The next block; `false` if there is none, or the world cannot go on.
    pub fn step(&mut self) -> bool {
        if self.failure.is_some() {
            return false;
        }
        let block = self.world.blocks() + 1;
        match self.world.step() {
            Ok(true) => {
                let seen = seen(&self.world, self.design);
                self.watcher.observe(&seen);
                true
            }
            Ok(false) => false,
            Err(why) => {
                self.failure = Some(format!("block {block}: {why}"));
                false
            }
        }
    }

    /// Blocks that are past.
    pub const fn blocks(&self) -> u32 {
        self.world.blocks()
    }

    /// Why it has ended early.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// SHA-256 of the world's state.
    pub fn digest(&self) -> Digest {
        self.world.digest()
    }

    /// What is shown of it now.
    pub fn frame(&mut self, paused: bool) -> Frame {
        let blocks = [self.world.blocks(), self.scenario.blocks];
        let ended = blocks[0] >= blocks[1];
        let state = match (&self.failure, ended, paused) {
            (Some(_), ..) => SourceState::Failed,
            (None, true, _) => SourceState::Finished,
            (None, false, true) => SourceState::Paused,
            (None, false, false) => SourceState::Running,
        };
        let source = Source {
            title: self.scenario.title.clone(),
            why: self.scenario.why.clone(),
            design: Some(self.design.name.clone()),
            state,
            failure: self.failure.clone(),
            blocks: Some(blocks),
            events: None,
            refused_updates: Some(self.world.pool().stale),
            digest: ended.then(|| self.world.digest().to_string()),
        };
        let seen = seen(&self.world, self.design);
        self.watcher.frame(&seen, source)
    }

    /// Runs all blocks at a pace and shows what is seen, until the end or until somebody stops it.
    pub fn run(&mut self, pace: Pace, control: &Control, mut show: impl FnMut(Frame)) {
        let (mut next, mut shown, mut told) = (Instant::now(), None::<Instant>, false);
        show(self.frame(false));
        loop {
            match control.wait(next, told) {
                Next::Stop => return,
                Next::Pause => {
                    told = true;
                    show(self.frame(true));
                    continue;
                }
                Next::Go => told = false,
            }
            if !self.step() || self.blocks() >= self.scenario.blocks {
                return show(self.frame(false));
            }
            // Time that was lost is not made up for.
            next = Instant::now().max(next + pace.interval());
            if shown.is_none_or(|last| last.elapsed() >= BETWEEN_FRAMES) {
                shown = Some(Instant::now());
                show(self.frame(false));
            }
        }
    }
}

fn seen<'a>(world: &'a World<'_>, design: &'a Design) -> Seen<'a> {
    let pool = world.pool();
    let everyone = world.gain().ok();
    Seen { pool: Some((pool, design)), everyone, ..Seen::of(pool.engine()) }
}
