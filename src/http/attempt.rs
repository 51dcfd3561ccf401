//! What one request can yield, in the service's terms: no HTTP library's types in it.

use std::time::Duration;

use crate::http::error_body::ServiceError;
use crate::model::codes::service;
use crate::model::route::Route;

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
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Returns true for Graph's own statement that the call is gone: it has ended, or never existed.
    pub fn is_gone(&self) -> bool {
        let says_gone = |code| service::says_gone(self.status, code) == Some(true);
        match self.status {
            _ if self.is_route_retired() => false,
            404 => self.from_graph,
            410 => self.error.is_graph,
            400 => self.from_graph && self.error.code.as_deref().is_some_and(says_gone),
            _ => false,
        }
    }

    /// Returns true if the service says that it has retired the route; the response says nothing about the call.
    pub fn is_route_retired(&self) -> bool {
        const RETIRED: &str = "resource not found for the segment";
        let message = self.error.message.as_deref().unwrap_or_default();
        matches!(self.status, 400 | 404) && message.to_ascii_lowercase().contains(RETIRED)
    }

    /// Returns true if the directory answered in place of the calling service, whose codes are numbers. On the
    /// `applications` route it may, and then the response says nothing about the call.
    pub fn is_from_directory(&self, route: Route) -> bool {
        let is_number = |code: &str| code.bytes().all(|b| b.is_ascii_digit());
        route == Route::Applications
            && matches!(self.status, 400 | 403 | 404)
            && self.from_graph
            && !self.error.code.as_deref().is_some_and(is_number)
    }
}
