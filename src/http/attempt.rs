//! What one request can yield, in the service's terms: no HTTP library's types in it.

use std::time::Duration;

use crate::http::error_body::ServiceError;

/// What came of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The service answered.
    Answered(Answer),
    /// No connection: nothing was sent. The text says why.
    NotConnected(String),
    /// It may have been sent, and no whole answer came.
    Lost(LostResponse),
    /// The server's certificate was rejected: nothing was sent, and nothing will be.
    CertificateRejected(String),
    /// This machine cannot send the request at all: no root certificates, a header too large, ...
    CannotSend(String),
}

/// An answer that is not there, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostResponse {
    /// Whether the service may have acted on the request. Not so where it said that it had not begun on it
    /// (HTTP/2's `REFUSED_STREAM` and `GOAWAY`), or where the status line came and only the body was cut.
    pub may_have_acted: bool,
    /// The status, where at least that came.
    pub status: Option<u16>,
    /// What happened, in words.
    pub reason: String,
}

/// An answer of the service, or of something that stands in front of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long `Retry-After` asks to wait, as measured when the answer came.
    pub retry_after: Option<Duration>,
    /// What the body says of the error.
    pub error: ServiceError,
    /// The service's id of the request, from the header or the body.
    pub request_id: Option<String>,
    /// Whether this is Graph's own answer: its error object or its `request-id` header was there.
    pub from_graph: bool,
    /// The call's state, where the answer to a GET had one.
    pub state: Option<String>,
}

impl Answer {
    /// 2xx.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Graph's own 404 about the call itself.
    pub fn is_not_found(&self) -> bool {
        self.status == 404 && self.from_graph && !self.is_route_retired()
    }

    /// The route itself is not there any more: no call is meant by the answer.
    pub fn is_route_retired(&self) -> bool {
        const SAYS_SO: &str = "resource not found for the segment";
        let message = self.error.message.as_deref().unwrap_or_default();
        matches!(self.status, 400 | 404) && message.to_ascii_lowercase().contains(SAYS_SO)
    }
}

/// Whether a status is worth another attempt.
pub const fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// Whether a status leaves open if the service acted on the request: it, or a gateway in front of it, gave up
/// midway. 429, 425 and 503 are said before anything is begun.
pub const fn leaves_open(status: u16) -> bool {
    matches!(status, 408 | 500 | 502 | 504)
}
