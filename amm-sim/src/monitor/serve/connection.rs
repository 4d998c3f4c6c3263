//! Connections that cannot be a burden: few, with small requests, and closed when nothing is taken.

use axum::serve::Listener;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// A connection over which nothing has been sent for so long is closed: a request that does not come
/// to its end, a reader who does not take what there is, one who has gone.
pub const QUIET: Duration = Duration::from_secs(10);

/// Bytes that a request may have.
pub const REQUEST_MAX: usize = 16 * 1024;

/// Connections at one time; whoever else comes waits at the door.
pub const CONNECTIONS: usize = 512;

/// Lets connections in.
#[derive(Debug)]
pub(super) struct Gate {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Gate {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(CONNECTIONS)) }
    }
}

impl Listener for Gate {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = Arc::clone(&self.places).acquire_owned().await.ok(); // it is never closed
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let _ = stream.set_nodelay(true); // a connection that has gone already says so when it is read
        (Connection::new(stream, place), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A stream that fails when nothing has been sent for [`QUIET`] or too much has come.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    patience: Pin<Box<Sleep>>,
    /// What may still come before something is sent.
    left: usize,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn new(stream: TcpStream, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { stream, patience: Box::pin(sleep(QUIET)), left: REQUEST_MAX, _place: place }
    }

    /// Something was sent.
    fn refresh(&mut self) {
        self.patience.as_mut().reset(Instant::now() + QUIET);
        self.left = REQUEST_MAX;
    }

    /// Waits no longer than there is patience.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.patience.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.wait(context),
            Poll::Ready(Ok(())) => {
                let came = buffer.filled().len() - before;
                match self.left.checked_sub(came) {
                    Some(left) => self.left = left,
                    None => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
                }
                Poll::Ready(Ok(()))
            }
            failed => failed,
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.wait(context),
            Poll::Ready(Ok(sent)) => {
                self.refresh();
                Poll::Ready(Ok(sent))
            }
            failed => failed,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
