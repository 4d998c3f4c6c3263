//! A history in bytes: a snapshot, the events since, and digests on the way.
//!
//! `"amm-log\0"`, a `u32` version, the first snapshot, then items to the end: a 0 and an event, or a 1
//! and the digest of the state that the events so far lead to. Whoever writes says how often there is
//! a digest: one after every event finds the first wrong one, and one at the end proves them all. An
//! event that the engine refuses may stand in a log: it changes nothing.
//!
//! ```
//! use amm_core::engine::{Engine, Event, Params, log};
//! use amm_core::num::Timestamp;
//!
//! let mut engine = Engine::new(Params::dynamic(), Timestamp::new(1_700_000_000))?;
//! let mut bytes = log::begin(&engine);
//! for later in [60, 120] {
//!     let event = Event::Clock { now: Timestamp::new(1_700_000_000 + later) };
//!     engine.apply(&event)?;
//!     log::event(&event, &mut bytes);
//!     log::digest(engine.digest(), &mut bytes);
//! }
//! let mut replay = log::Replay::open(&bytes)?;
//! while replay.step()? {}
//! assert_eq!(replay.engine().digest(), engine.digest());
//! assert_eq!((replay.progress().accepted, replay.progress().checked), (2, 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::engine::codec::{Decode, DecodeError, Encode, Fault, Sink, Source};
use crate::engine::{Digest, Engine, Event, SnapshotError};

/// What a log begins with.
const MAGIC: [u8; 8] = *b"amm-log\0";

/// The version of a log's bytes; a snapshot in it has its own. It rises with every change of what an
/// event's bytes mean.
const VERSION: u32 = 5;

/// Tags of items.
const EVENT: u8 = 0;
const DIGEST: u8 = 1;

/// A log that begins at an engine's present state.
pub fn begin(engine: &Engine) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.put(&MAGIC);
    VERSION.encode(&mut bytes);
    engine.encode(&mut bytes);
    bytes
}

/// Writes an event at a log's end.
pub fn event(event: &Event, out: &mut impl Sink) {
    EVENT.encode(out);
    event.encode(out);
}

/// Writes the digest of the state that a log has come to.
pub fn digest(digest: Digest, out: &mut impl Sink) {
    DIGEST.encode(out);
    digest.encode(out);
}

/// What a log goes on with after its first snapshot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item {
    /// This has happened, or was refused.
    Event(Event),
    /// The state is now of this digest.
    Digest(Digest),
}

impl Decode for Item {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        match u8::decode(from)? {
            EVENT => Event::decode(from).map(Self::Event),
            DIGEST => Digest::decode(from).map(Self::Digest),
            got => Err(Fault::Tag { what: "item of a log", got }.at(at)),
        }
    }
}

/// Why a log does not replay.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The bytes are no log's.
    #[error("after {events} events: {error}")]
    Decode {
        /// Events before it.
        events: u64,
        /// What is wrong, counted from the log's beginning.
        error: DecodeError,
    },
    /// The first snapshot is refused.
    #[error(transparent)]
    Snapshot(Box<SnapshotError>),
    /// The events lead elsewhere.
    #[error("after {events} events the digest is {found}, and the log says {stated}")]
    Digest {
        /// Events before it.
        events: u64,
        /// The log's.
        stated: Digest,
        /// That of the state.
        found: Digest,
    },
}

/// How far a replay is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Progress {
    /// Events read.
    pub events: u64,
    /// Those of them that the engine has taken.
    pub accepted: u64,
    /// Digests compared.
    pub checked: u64,
    /// Events since the last digest.
    pub unchecked: u64,
}

/// An engine that follows a history and compares its digests, whatever form that is written in.
#[derive(Clone, Debug)]
pub struct Follower {
    engine: Engine,
    progress: Progress,
}

impl Follower {
    /// From a state on.
    pub const fn new(engine: Engine) -> Self {
        let progress = Progress { events: 0, accepted: 0, checked: 0, unchecked: 0 };
        Self { engine, progress }
    }

    /// The next event happens, or is refused.
    pub fn event(&mut self, event: &Event) {
        self.progress.events += 1;
        self.progress.unchecked += 1;
        self.progress.accepted += u64::from(self.engine.apply(event).is_ok());
    }

    /// The state now has this digest.
    ///
    /// # Errors
    ///
    /// [`LogError::Digest`] if it has not.
    pub fn digest(&mut self, stated: Digest) -> Result<(), LogError> {
        let found = self.engine.digest();
        if found != stated {
            return Err(LogError::Digest { events: self.progress.events, stated, found });
        }
        self.progress.checked += 1;
        self.progress.unchecked = 0;
        Ok(())
    }

    /// The next item of a log.
    ///
    /// # Errors
    ///
    /// As [`Follower::digest`].
    pub fn item(&mut self, item: &Item) -> Result<(), LogError> {
        match item {
            Item::Event(event) => {
                self.event(event);
                Ok(())
            }
            Item::Digest(digest) => self.digest(*digest),
        }
    }

    /// The engine as it is now.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How far it is.
    pub const fn progress(&self) -> Progress {
        self.progress
    }
}

/// Follows a log in bytes, item by item.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    source: Source<'a>,
    follower: Follower,
}

impl<'a> Replay<'a> {
    /// At the first snapshot.
    ///
    /// # Errors
    ///
    /// [`LogError::Decode`] and [`LogError::Snapshot`].
    pub fn open(log: &'a [u8]) -> Result<Self, LogError> {
        let mut source = Source::new(log);
        let header = source.header("log", MAGIC, VERSION);
        header.map_err(|error| LogError::Decode { events: 0, error })?;
        let engine = Engine::read(&mut source);
        let engine = engine.map_err(|error| LogError::Snapshot(Box::new(error)))?;
        let follower = Follower::new(engine);
        Ok(Self { source, follower })
    }

    /// Follows the next item; `false` at the end.
    ///
    /// # Errors
    ///
    /// [`LogError::Decode`] and [`LogError::Digest`].
    pub fn step(&mut self) -> Result<bool, LogError> {
        if self.source.rest().is_empty() {
            return Ok(false);
        }
        let events = self.follower.progress.events;
        let item = Item::decode(&mut self.source);
        self.follower.item(&item.map_err(|error| LogError::Decode { events, error })?)?;
        Ok(true)
    }

    /// The engine as it is now.
    pub const fn engine(&self) -> &Engine {
        self.follower.engine()
    }

    /// How far it is.
    pub const fn progress(&self) -> Progress {
        self.follower.progress()
    }

    /// Bytes read.
    pub const fn bytes(&self) -> u64 {
        self.source.at()
    }
}
