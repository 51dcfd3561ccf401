//! Sends requests and gives up connections that have stopped answering.

use std::fmt;

use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Duration, Instant, timeout_at};

use super::connection::Activity;
use super::connector::Connector;
use super::error_chain::find;
use super::single_flight::Superseded;

/// Pings while requests are in flight: a dead HTTP/2 connection is dropped instead of being retried on.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a request starts over because another's connection was to serve it; each time nothing was sent.
const MAX_SUPERSEDED: u32 = 20;

/// An HTTP client with its pool of connections.
#[derive(Clone)]
pub struct Client {
    pool: legacy::Client<Connector, Full<Bytes>>,
    connector: Connector,
}

/// The reason why there is no response.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The time was over; `sent` if the request had a connection by then.
    TimedOut {
        sent: bool,
    },
    /// Each connection closed before the request could be sent.
    NeverSent,
    Failed(legacy::Error),
}

/// A response whose body has not been read.
#[derive(Debug)]
pub(crate) struct Response(http::Response<Incoming>);

impl Client {
    pub(super) fn new(connector: Connector) -> Self {
        // Requests are never sent again here, that is for our own retry layer; a request that never left because
        // its pooled connection had closed goes to the next connection.
        let pool = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .build(connector.clone());
        Self { pool, connector }
    }

    /// Returns whether a connection was ever made: before that nothing can have been sent.
    pub(crate) fn has_connected(&self) -> bool {
        self.connector.has_connected()
    }

    /// Sends a request and waits until the head of its response has arrived.
    pub(crate) async fn send(
        &self,
        request: impl Fn() -> Request<Full<Bytes>>,
        end: Instant,
    ) -> Result<Response, SendError> {
        let start = Instant::now();
        for _ in 0..MAX_SUPERSEDED {
            let mut request = request();
            let connection = capture_connection(&mut request);
            match timeout_at(end, self.pool.request(request)).await {
                Ok(Ok(response)) => {
                    if let Some(activity) = response.extensions().get::<Activity>() {
                        activity.responded();
                    }
                    return Ok(Response(response));
                }
                Ok(Err(error)) if find::<Superseded>(&error).is_some() => {}
                Ok(Err(error)) => return Err(SendError::Failed(error)),
                Err(_) => return Err(SendError::TimedOut { sent: give_up_if_silent(&connection, start) }),
            }
        }
        Err(SendError::NeverSent)
    }
}

/// Takes an HTTP/2 connection out of the pool that has answered nothing since a request was sent on it.
///
/// It would be used for all that follows, retries included, until the pings find out. Returns whether the request
/// had a connection at all.
fn give_up_if_silent(connection: &CaptureConnection, start: Instant) -> bool {
    let connection = connection.connection_metadata();
    let Some(connected) = connection.as_ref() else { return false };
    let mut extensions = http::Extensions::new();
    connected.get_extras(&mut extensions);
    let silent = |activity: &Activity| activity.http2 && !activity.has_responded_since(start);
    if extensions.get::<Activity>().is_some_and(silent) {
        connected.poison();
    }
    true
}

impl Response {
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Returns the next part of the body, `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = self.0.body_mut().frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}
