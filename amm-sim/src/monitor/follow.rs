//! A log that is watched as it grows.

use super::frame::{Frame, Source, SourceState};
use super::look::Seen;
use super::pace::{Control, Next};
use super::simulation::BETWEEN_FRAMES;
use super::watcher::Watcher;
use crate::log::{Failure, Tail};
use amm_core::num::Timestamp;
use std::path::Path;
use std::time::Instant;

/// A log's tail, every market update and every step of time of which is looked at.
#[derive(Debug)]
pub struct Follow {
    tail: Tail,
    name: String,
    watcher: Watcher,
    failure: Option<Failure>,
    /// The time and the update that were observed last.
    seen: Option<(Timestamp, Option<Timestamp>)>,
    /// Events that were past then.
    events: u64,
    digest: Option<String>,
}

/// Items that are followed before anything else is done.
const AT_ONCE: usize = 1;

impl Follow {
    /// Before anything is read.
    pub fn new(path: &Path) -> Self {
        Self {
            tail: Tail::new(path),
            name: path.display().to_string(),
            watcher: Watcher::new(),
            failure: None,
            seen: None,
            events: 0,
            digest: None,
        }
    }

    /// Reads on; `false` if there is nothing more yet, or nothing that can be read.
    pub fn step(&mut self) -> bool {
        if self.failure.is_some() {
            return false;
        }
        let (before, logs) = (self.tail.progress().events, self.tail.before());
        match self.tail.read(AT_ONCE) {
            Ok(more) => {
                if self.tail.before() != logs {
                    self.watcher.forget();
                    (self.seen, self.digest) = (None, None);
                }
                if self.tail.progress().events != before {
                    self.digest = None;
                }
                self.look(false);
                more
            }
            Err(failure) => {
                self.failure = Some(failure);
                false
            }
        }
    }

    /// Observes the engine if its time or its market is another; or, with `all`, anything.
    fn look(&mut self, all: bool) {
        let Some(engine) = self.tail.engine() else { return };
        let (state, events) = (engine.state(), self.tail.progress().events);
        let now = (state.now(), state.market().map(|market| market.now));
        if self.seen != Some(now) || (all && self.events != events) {
            (self.seen, self.events) = (Some(now), events);
            self.watcher.observe(&Seen::of(engine));
        }
    }

    /// Whether the log's first state has been read.
    pub fn has_begun(&self) -> bool {
        self.tail.engine().is_some()
    }

    /// Why nothing more is read.
    pub const fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// What is shown of it, where `state` is what it does.
    pub fn frame(&mut self, state: SourceState) -> Frame {
        // A trade changes what is seen, and no time passes by it.
        self.look(true);
        let (progress, failed) = (self.tail.progress(), self.failure.is_some());
        let Some(engine) = self.tail.engine() else {
            let state = if failed { SourceState::Failed } else { SourceState::Waiting };
            let source = self.source(state, [0; 3]);
            return self.watcher.blank(0, source);
        };
        let seen = Seen::of(engine);
        if state == SourceState::Idle && self.digest.is_none() {
            self.digest = Some(engine.digest().to_string());
        }
        let state = if failed { SourceState::Failed } else { state };
        let events = [progress.events, progress.accepted, progress.unchecked];
        let source = self.source(state, events);
        self.watcher.frame(&seen, source)
    }

    fn source(&self, state: SourceState, events: [u64; 3]) -> Source {
        Source {
            title: self.name.clone(),
            state,
            failure: self.failure.as_ref().map(Failure::to_string),
            events: Some(events),
            digest: self.digest.clone(),
            ..Source::default()
        }
    }

    /// Follows the log and shows what is seen, until somebody stops it.
    pub fn run(&mut self, control: &Control, mut show: impl FnMut(Frame)) {
        let (mut shown, mut told, mut fresh) = (Instant::now(), false, true);
        show(self.frame(SourceState::Running));
        loop {
            let had_failed = self.failure.is_some();
            let (more, now) = (self.step(), Instant::now());
            fresh |= more || self.failure.is_some() != had_failed;
            if fresh && !more {
                // All that there is: said once.
                show(self.frame(SourceState::Idle));
                fresh = false;
            } else if more && shown.elapsed() >= BETWEEN_FRAMES {
                show(self.frame(SourceState::Running));
                shown = now;
            }
            let until = if more { now } else { now + BETWEEN_FRAMES };
            loop {
                match control.wait(until, told) {
                    Next::Stop => return,
                    Next::Pause => {
                        told = true;
                        show(self.frame(SourceState::Paused));
                    }
                    Next::Go => break,
                }
            }
            fresh |= std::mem::take(&mut told);
        }
    }
}
