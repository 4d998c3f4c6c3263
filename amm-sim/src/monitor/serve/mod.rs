//! The page: an embedded server that shows frames and takes nothing.
//!
//! | path | answer |
//! |---|---|
//! | `/` | the page, with `/style.css`, `/charts.js` and `/page.js` |
//! | `/events` | frames as server-sent events, `id: START.NUMBER`, and a `beat` when there is nothing new |
//! | `/frame.json` | the last frame |
//!
//! Only GET and HEAD are taken. A frame is written once, and every reader is sent the last one that there
//! is when the one before has left: whoever is slow misses frames, whoever takes nothing for
//! [`QUIET`] is let go, and nobody holds up the run. Requests are as small as requests are and come at
//! once, or the connection is closed.

mod answer;
mod connection;
mod events;

pub use connection::{CONNECTIONS, QUIET, REQUEST_MAX};
pub use events::BEAT;

use super::Frame;
use axum::body::Bytes;
use connection::Gate;
use events::Posted;
use futures_util::future::{Either, select};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// A server that runs, on a thread of its own, until it is dropped.
///
/// ```
/// use amm_sim::monitor::{Frame, serve::Server};
/// use std::io::{Read, Write};
///
/// let server = Server::start("127.0.0.1:0".parse()?)?;
/// server.show(&Frame { time_s: 7, ..Frame::default() });
/// let mut reader = std::net::TcpStream::connect(server.address())?;
/// reader.write_all(b"GET /frame.json HTTP/1.0\r\n\r\n")?;
/// let mut answer = String::new();
/// reader.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.contains("\"time_s\":7,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    posted: watch::Sender<Posted>,
    /// Distinguishes the ids of this server's events from those of the one before it.
    start: u64,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// The only machine from which a server is reached unless another is asked for, at a port that is free.
pub const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How long readers have to leave at the end.
const FAREWELL: Duration = Duration::from_millis(500);

impl Server {
    /// Listens at an address; port 0 is one that is free.
    ///
    /// # Errors
    ///
    /// Those of the system, as when the port is taken.
    pub fn start(listen: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let start = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
        let (posted, readers) = watch::channel(Posted::default());
        let own = address.ip().is_loopback();
        let thread = std::thread::Builder::new().name("monitor".to_owned());
        let thread = thread.spawn(move || serve(listener, readers, own))?;
        Ok(Self { address, posted, start, thread: Some(thread) })
    }

    /// Where it is reached.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows a frame to whoever reads, and to whoever comes until there is another. It does not wait.
    pub fn show(&self, frame: &Frame) {
        // Numbers and text can be written.
        let json = serde_json::to_string(frame).unwrap_or_default();
        let id = format!("{:x}.{}", self.start, frame.number);
        let event = format!("id: {id}\nevent: frame\ndata: {json}\n\n");
        let frame = events::Written { id, json: json.into(), event: Bytes::from(event) };
        self.posted.send_modify(|posted| posted.frame = Some(Arc::new(frame)));
    }
}

impl Drop for Server {
    /// Sends every reader away and ends the thread.
    fn drop(&mut self) {
        self.posted.send_modify(|posted| posted.closed = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // nobody is left to tell
        }
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Serves until it is closed, and a little longer for those who are still reading.
fn serve(listener: TcpListener, readers: watch::Receiver<Posted>, own: bool) -> io::Result<()> {
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        let gate = Gate::new(tokio::net::TcpListener::from_std(listener)?);
        let mut end = readers.clone();
        let mut late = readers.clone();
        let router = answer::router(readers, own);
        let ends = async move {
            let _ = end.wait_for(|posted| posted.closed).await; // or there is nobody to close it
        };
        let served = pin!(axum::serve(gate, router).with_graceful_shutdown(ends).into_future());
        let farewell = pin!(async move {
            let _ = late.wait_for(|posted| posted.closed).await;
            tokio::time::sleep(FAREWELL).await;
        });
        match select(served, farewell).await {
            Either::Left((served, _)) => served,
            Either::Right(_) => Ok(()),
        }
    });
    runtime.shutdown_background();
    done
}

/// Waits until the process is told to end: by ctrl-c, or as a service is.
///
/// # Errors
///
/// Those of the system, if no signals can be waited for.
pub fn told_to_end() -> io::Result<()> {
    runtime()?.block_on(async {
        #[cfg(unix)]
        {
            let terminate = tokio::signal::unix::SignalKind::terminate();
            let mut terminate = tokio::signal::unix::signal(terminate)?;
            let interrupt = pin!(tokio::signal::ctrl_c());
            match select(interrupt, pin!(terminate.recv())).await {
                Either::Left((interrupted, _)) => interrupted,
                Either::Right(_) => Ok(()),
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    })
}
