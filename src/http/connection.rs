//! A connection as the HTTP client sees it.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{self, Connected};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// A byte stream: TCP, TLS, or TLS inside a proxy's TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(super) struct Connection {
    stream: TokioIo<Box<dyn Stream>>,
    http2: bool,
    activity: Activity,
    /// The place among the connections over HTTP/1.1, given back when this one is closed.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    pub fn new(stream: Box<dyn Stream>, http2: bool, permit: OwnedSemaphorePermit) -> Self {
        // One connection serves all requests over HTTP/2; one that is given up must not keep the next out.
        let permit = (!http2).then_some(permit);
        Self { stream: TokioIo::new(stream), http2, activity: Activity::new(http2), _permit: permit }
    }

    pub fn is_http2(&self) -> bool {
        self.http2
    }
}

/// When a connection last answered a request.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    pub http2: bool,
    last_response: Arc<AtomicU64>,
}

impl Activity {
    fn new(http2: bool) -> Self {
        Self { http2, last_response: Arc::default() }
    }

    pub fn responded(&self) {
        self.last_response.store(since_first_use(Instant::now()), Ordering::Relaxed);
    }

    pub fn has_responded_since(&self, start: Instant) -> bool {
        self.last_response.load(Ordering::Relaxed) > since_first_use(start)
    }
}

/// An instant as a number that an atomic can hold: microseconds, never 0.
fn since_first_use(instant: Instant) -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = *FIRST.get_or_init(|| instant);
    let micros = instant.saturating_duration_since(first).as_micros();
    u64::try_from(micros).unwrap_or(u64::MAX).saturating_add(1)
}

impl connect::Connection for Connection {
    fn connected(&self) -> Connected {
        let connected = Connected::new().extra(self.activity.clone());
        if self.http2 { connected.negotiated_h2() } else { connected }
    }
}

impl Read for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, buffers)
    }
}
