//! JSON lines.

use super::{Failure, REPORT, Replayed};
use amm_core::engine::log::{Follower, LogError, Progress};
use amm_core::engine::{Digest, Engine, Event, Params};
use amm_core::num::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::BufRead;

/// The first line: a state to begin with.
#[derive(Deserialize, Serialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Header {
    /// One with a past, as hexadecimal digits.
    Snapshot { log: u32, snapshot: String },
    /// One without.
    New { log: u32, params: Box<Params>, now: Timestamp },
}

impl Header {
    /// The version of the lines.
    pub(super) const VERSION: u32 = 1;

    pub(super) fn engine(self) -> Result<Engine, String> {
        let (Self::Snapshot { log, .. } | Self::New { log, .. }) = self;
        if log != Self::VERSION {
            return Err(format!("the log is of version {log}, and this is {}", Self::VERSION));
        }
        match self {
            Self::Snapshot { snapshot, .. } => {
                let bytes = unhex(&snapshot).ok_or("the snapshot is not in hexadecimal digits")?;
                Engine::restore(&bytes).map_err(|error| error.to_string())
            }
            Self::New { params, now, .. } => {
                Engine::new(*params, now).map_err(|error| error.to_string())
            }
        }
    }
}

/// Any other line.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    /// What has happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Cow<'a, Event>>,
    /// The state after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<Digest>,
}

impl Line<'_> {
    /// What it says happens, and is compared.
    pub(super) fn follow(&self, follower: &mut Follower) -> Result<(), LogError> {
        if let Some(event) = &self.event {
            follower.event(event);
        }
        self.digest.map_or(Ok(()), |digest| follower.digest(digest))
    }
}

/// Replays lines.
pub(super) fn replay(
    input: impl BufRead,
    file: &str,
    mut tell: impl FnMut(Progress, u64),
) -> Result<Replayed, Failure> {
    let (mut follower, mut bytes) = (None::<Follower>, 0);
    for (line, text) in (1..).zip(input.split(b'\n')) {
        let text = text.map_err(|error| Failure::Read { file: file.to_owned(), error })?;
        let wrong = |reason| Failure::Line { file: file.to_owned(), line, reason };
        bytes += text.len() as u64 + 1;
        let Some(follower) = &mut follower else {
            let header = serde_json::from_slice::<Header>(&text);
            let header = header.map_err(|_| wrong(HEADER.to_owned()))?;
            follower = Some(Follower::new(header.engine().map_err(wrong)?));
            continue;
        };
        let read = serde_json::from_slice::<Line<'_>>(&text);
        let read = read.map_err(|error| wrong(error.to_string()))?;
        read.follow(follower).map_err(|error| wrong(error.to_string()))?;
        if follower.progress().events.is_multiple_of(REPORT) {
            tell(follower.progress(), bytes);
        }
    }
    let none = || Failure::Line { file: file.to_owned(), line: 1, reason: HEADER.to_owned() };
    let follower = follower.ok_or_else(none)?;
    Ok(Replayed::of(follower.engine(), follower.progress()))
}

/// What a first line is.
pub(super) const HEADER: &str =
    "a log begins with {\"log\":1,\"snapshot\":…} or {\"log\":1,\"params\":…,\"now\":…}";

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)]));
    bytes.iter().flat_map(digits).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}
