//! One connection attempt at a time until the server is known to speak only HTTP/1.1.
//!
//! HTTP/2 serves all requests over one connection, but the pool learns that a server speaks it only once a
//! connection exists. Until then every request that finds none opens its own: 128 at the start of a run, and
//! again whenever the server closes its connection (GOAWAY); measured, 5,000 requests opened 257 connections
//! instead of 5. So the first request connects, and those that come meanwhile wait for what becomes of it:
//! they share its connection, or its failure.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::connect_error::ConnectError;
use super::connection::Connection;

/// How long a superseded request waits for the pool to hand it the new connection, which takes no round trip.
/// After that the connection was of no use, and the request starts over.
const HANDOVER: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct ConnectGate {
    /// Held by the one that connects.
    turn: Mutex<()>,
    attempts: std::sync::Mutex<Attempts>,
    /// The server speaks HTTP/1.1 only, where each request in flight needs its own connection.
    http1: AtomicBool,
}

#[derive(Debug, Default, Clone)]
struct Attempts {
    finished: u64,
    connected: bool,
    last_failure: Option<ConnectError>,
}

/// Another request's connection serves this one too: nothing was sent, and the pool has the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Superseded;

impl fmt::Display for Superseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another connection was made meanwhile")
    }
}

impl Error for Superseded {}

impl ConnectGate {
    /// Returns whether a connection was ever made.
    pub fn has_connected(&self) -> bool {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).connected
    }

    /// Connects, or waits for the attempt that is already in progress.
    ///
    /// # Errors
    /// A [`ConnectError`], this attempt's or the other's, or [`Superseded`].
    pub async fn connect(
        &self,
        connect: impl Future<Output = Result<Connection, ConnectError>>,
    ) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        if self.http1.load(Ordering::Relaxed) {
            return Ok(connect.await?);
        }
        let before = self.attempts().finished;
        let turn = self.turn.lock().await;
        let now = self.attempts();
        if now.finished != before && !self.http1.load(Ordering::Relaxed) {
            drop(turn);
            if let Some(failure) = now.last_failure {
                return Err(failure.into());
            }
            tokio::time::sleep(HANDOVER).await;
            return Err(Superseded.into());
        }
        let result = connect.await;
        self.record(&result);
        Ok(result?)
    }

    fn attempts(&self) -> Attempts {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn record(&self, result: &Result<Connection, ConnectError>) {
        if result.as_ref().is_ok_and(|connection| !connection.is_http2()) {
            self.http1.store(true, Ordering::Relaxed);
        }
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.finished += 1;
        attempts.connected |= result.is_ok();
        attempts.last_failure = result.as_ref().err().cloned();
    }
}
