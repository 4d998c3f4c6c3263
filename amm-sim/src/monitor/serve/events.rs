//! Frames as server-sent events.

use axum::body::Bytes;
use futures_util::stream::{Stream, unfold};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// After so long without a frame a reader hears that the server is there.
pub const BEAT: Duration = Duration::from_secs(3);

/// How long a reader waits before it comes again, and the first thing it is told.
const WELCOME: &[u8] = b"retry: 1000\n\n";

const BEATING: &[u8] = b"event: beat\ndata: {}\n\n";

/// What there is to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Posted {
    /// The last frame.
    pub(super) frame: Option<Arc<Written>>,
    /// Nothing more comes.
    pub(super) closed: bool,
}

/// A frame, written once for all readers.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// Of the event.
    pub(super) id: String,
    pub(super) json: Bytes,
    /// As an event.
    pub(super) event: Bytes,
}

/// One reader's place: what it has not seen yet is at most the last frame.
struct Reader {
    posted: watch::Receiver<Posted>,
    /// The id of the frame it had last, before it lost its connection.
    had: Option<String>,
    welcomed: bool,
}

/// Everything a reader is sent. It is asked for the next event when there is room for one, so that frames
/// that came in between are passed over.
pub(super) fn stream(
    posted: watch::Receiver<Posted>,
    had: Option<String>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let mut reader = Reader { posted, had, welcomed: false };
    reader.posted.mark_changed();
    unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    })
}

impl Reader {
    async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.welcomed, true) {
            return Some(Bytes::from_static(WELCOME));
        }
        loop {
            match timeout(BEAT, self.posted.changed()).await {
                Err(_) => return Some(Bytes::from_static(BEATING)),
                Ok(Err(_)) => return None,
                Ok(Ok(())) => {}
            }
            let now = self.posted.borrow_and_update().clone();
            if now.closed {
                return None;
            }
            let fresh = now.frame.filter(|frame| self.had.as_ref() != Some(&frame.id));
            if let Some(frame) = fresh {
                return Some(frame.event.clone());
            }
        }
    }
}
