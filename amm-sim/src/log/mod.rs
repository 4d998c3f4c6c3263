//! Histories of an engine as files: binary, or JSON lines for people and other programs.
//!
//! Both begin with a state and go on with events and digests, and replay to the same ones. The binary
//! form is [`amm_core::engine::log`]'s. In the other the first line is
//! `{"log":1,"snapshot":"<hex>"}`, or `{"log":1,"params":{…},"now":1700000000}` for an engine without
//! a past, and every other `{"event":{…},"digest":"<hex>"}`, of which one may be left out.
//!
//! ```
//! use amm_core::engine::{Engine, Event, Params};
//! use amm_core::num::Timestamp;
//! use amm_sim::log::{Form, Writer, replay};
//!
//! let mut engine = Engine::new(Params::dynamic(), Timestamp::new(1_700_000_000))?;
//! let mut log = Writer::begin(Vec::new(), Form::Json, 1, &engine)?;
//! let event = Event::Clock { now: Timestamp::new(1_700_000_060) };
//! engine.apply(&event)?;
//! log.record(&event, &engine)?;
//! let text = log.finish(&engine)?;
//! let replayed = replay(&text[..], "a.jsonl", |_, _| ())?;
//! assert_eq!((replayed.digest, replayed.progress.accepted), (engine.digest(), 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod failure;
mod json;
mod tail;
mod write;

pub use failure::Failure;
pub use tail::Tail;
pub use write::{Form, Writer};

use amm_core::engine::log::{Progress, Replay};
use amm_core::engine::{Digest, Engine};
use std::io::BufRead;

/// Where a log has led.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Replayed {
    /// What was read and compared.
    #[serde(flatten)]
    pub progress: Progress,
    /// The last state's.
    pub digest: Digest,
}

impl Replayed {
    fn of(engine: &Engine, progress: Progress) -> Self {
        Self { progress, digest: engine.digest() }
    }
}

/// Events between two reports of progress.
const REPORT: u64 = 256;

/// Replays a log of either form, which messages call `file`, and compares every digest. `tell` hears
/// of the progress and the bytes read.
///
/// # Errors
///
/// [`Failure`], with the line of a text or the events before it.
pub fn replay(
    mut input: impl BufRead,
    file: &str,
    mut tell: impl FnMut(Progress, u64),
) -> Result<Replayed, Failure> {
    let unread = |error| Failure::Read { file: file.to_owned(), error };
    if input.fill_buf().map_err(unread)?.first() == Some(&b'{') {
        return json::replay(input, file, tell);
    }
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(unread)?;
    let wrong = |error| Failure::Binary { file: file.to_owned(), error: Box::new(error) };
    let mut replay = Replay::open(&bytes).map_err(wrong)?;
    while replay.step().map_err(wrong)? {
        if replay.progress().events.is_multiple_of(REPORT) {
            tell(replay.progress(), replay.bytes());
        }
    }
    Ok(Replayed::of(replay.engine(), replay.progress()))
}
