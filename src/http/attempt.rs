//! The result of one request, without any HTTP library's types.

use std::time::Duration;

use crate::http::error_body::ServiceError;
use crate::model::codes::service;
use crate::model::route::Route;

/// The result of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The service, or something in front of it, answered.
    Answered(Response),
    /// Nothing was sent. The text says why.
    NotConnected(String),
    /// The request may have been sent, and no complete response came.
    Lost(LostResponse),
    /// The server's certificate was rejected: nothing was sent, and nothing will be.
    CertificateRejected(String),
    /// This machine cannot send the request at all: no root certificates, a header too large, ...
    CannotSend(String),
}

/// A missing or incomplete response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostResponse {
    /// Set if the service may have acted on the request: not if it said that it did not process it (HTTP/2's
    /// `REFUSED_STREAM` and `GOAWAY`), or if the status came and only the body is incomplete.
    pub may_have_acted: bool,
    /// The status, if at least that came.
    pub status: Option<u16>,
    pub reason: String,
}

/// A response of the service, or of something in front of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    pub status: u16,
    /// How long to wait, measured from when the response came.
    pub retry_after: Option<Duration>,
    pub error: ServiceError,
    /// From the header, else from the body.
    pub request_id: Option<String>,
    /// Set if the response has Graph's error object or its `request-id` header.
    pub from_graph: bool,
    /// The call's state, in the response to a GET.
    pub state: Option<String>,
}

impl Response {
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

    /// Returns true if the response says nothing about the call, because the route does not lead to the calling service.
    pub fn is_about_the_route(&self, route: Route) -> bool {
        self.is_route_retired() || self.is_from_directory(route)
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
