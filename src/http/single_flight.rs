//! One connection at a time: no herd of connections at the start, or when a server closes one.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::Connection;
use tokio::sync::Mutex;
use tower_layer::Layer;
use tower_service::Service;

/// Lets one connection be made at a time until it is known that the server speaks HTTP/1.1.
///
/// Without it every request that begins while there is no connection opens one of its own, at the start of a
/// run and whenever a server closes its connection. Over HTTP/2 all of them find the first one's connection in
/// the pool instead: those that waited for their turn meanwhile are told so with [`Superseded`].
#[derive(Debug, Clone, Default)]
pub(super) struct SingleFlightLayer(Arc<ConnectGate>);

impl SingleFlightLayer {
    /// Whether a connection was ever made.
    pub fn was_ever_connected(&self) -> bool {
        self.0.connected.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
struct ConnectGate {
    turn: Mutex<()>,
    /// How many HTTP/2 connections were made.
    http2: AtomicU64,
    /// Whether the server is known to speak HTTP/1.1 only, where each request needs its own connection.
    http1: AtomicBool,
    /// Whether a connection was ever made.
    connected: AtomicBool,
}

/// Another request's connection serves this one too: nothing was sent, and the pool has the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Superseded;

impl fmt::Display for Superseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another connection was made meanwhile")
    }
}

impl StdError for Superseded {}

/// How long a superseded request waits for the pool to hand it the new connection, which takes no round trip.
/// Beyond that the connection was of no use, and the request begins again.
const HANDOVER: Duration = Duration::from_secs(1);

impl<S> Layer<S> for SingleFlightLayer {
    type Service = Connect<S>;

    fn layer(&self, inner: S) -> Connect<S> {
        Connect { inner, turns: Arc::clone(&self.0) }
    }
}

/// A connector that waits for its turn.
#[derive(Debug, Clone)]
pub(super) struct Connect<S> {
    inner: S,
    turns: Arc<ConnectGate>,
}

type BoxError = Box<dyn StdError + Send + Sync>;
type Connecting<C> = Pin<Box<dyn Future<Output = Result<C, BoxError>> + Send>>;

impl<S, R> Service<R> for Connect<S>
where
    S: Service<R, Error = BoxError> + Clone + Send + 'static,
    S::Response: Connection + Send,
    S::Future: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Connecting<S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        // The service that was polled ready is the one to call; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let turns = Arc::clone(&self.turns);
        Box::pin(async move {
            let before = turns.http2.load(Ordering::Relaxed);
            if turns.http1.load(Ordering::Relaxed) {
                return inner.call(request).await;
            }
            let turn = turns.turn.lock().await;
            if turns.http2.load(Ordering::Relaxed) != before {
                drop(turn);
                tokio::time::sleep(HANDOVER).await;
                return Err(Superseded.into());
            }
            let connection = inner.call(request).await?;
            turns.made(&connection);
            Ok(connection)
        })
    }
}

impl ConnectGate {
    fn made(&self, connection: &impl Connection) {
        self.connected.store(true, Ordering::Relaxed);
        if connection.connected().is_negotiated_h2() {
            self.http2.fetch_add(1, Ordering::Relaxed);
        } else {
            self.http1.store(true, Ordering::Relaxed);
        }
    }
}
