//! Handles a request: token, route, call.

use std::convert::Infallible;

use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::{Method, Request};
use percent_encoding::percent_decode_str;

use super::calls::{Calls, RequestedCall};
use super::fault::Fault;
use super::response::{FullResponse, RequestIds};
use crate::model::token::Token;

/// The service behind every connection.
#[derive(Debug)]
pub(super) struct Service {
    token: Token,
    calls: Calls,
}

impl Service {
    /// Creates a service that accepts only this token.
    pub fn new(token: Token) -> Self {
        Self { token, calls: Calls::default() }
    }

    pub async fn respond(&self, request: &Request<Incoming>) -> Result<FullResponse, Infallible> {
        let ids = RequestIds::new(request.headers());
        Ok(self.handle(request, &ids).await.unwrap_or_else(|fault| ids.fault(fault)))
    }

    async fn handle(&self, request: &Request<Incoming>, ids: &RequestIds) -> Result<FullResponse, Fault> {
        let sent = request.headers().get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
        if sent.and_then(|value| value.strip_prefix(b"Bearer ")) != Some(self.token.expose().as_bytes()) {
            return Err(Fault::NO_TOKEN);
        }
        let call = route(request.uri().path())?;
        match *request.method() {
            Method::DELETE => self.calls.delete(&call).await.map(|()| ids.no_content()),
            Method::GET => self.calls.state(&call).map(|state| ids.call(&call.id, state)),
            _ => Err(Fault::METHOD),
        }
    }
}

/// Returns the call that a path names.
fn route(path: &str) -> Result<RequestedCall, Fault> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments[..] {
        ["v1.0", "app", ..] => Err(Fault::RETIRED_APP),
        ["v1.0", "applications", _, "calls", ..] => Err(Fault::RETIRED_CALLS),
        ["beta", "applications", app, "calls", id] => {
            Ok(RequestedCall { app_id: Some(decoded(app)?), id: decoded(id)? })
        }
        ["beta", "app", "calls", id] | ["beta" | "v1.0", "communications", "calls", id] => {
            Ok(RequestedCall { app_id: None, id: decoded(id)? })
        }
        _ => Err(Fault::NO_ROUTE),
    }
}

fn decoded(segment: &str) -> Result<String, Fault> {
    match percent_decode_str(segment).decode_utf8() {
        Ok(id) if !id.is_empty() => Ok(id.into_owned()),
        _ => Err(Fault::NO_ROUTE),
    }
}
