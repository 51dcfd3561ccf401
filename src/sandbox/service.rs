//! From a request to its answer: the token, the route, the call.

use std::convert::Infallible;

use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::{Method, Request};
use percent_encoding::percent_decode_str;

use super::answer::{Answer, Fault, Ids};
use super::calls::{Calls, Named};
use crate::model::token::Token;

/// The service behind every connection.
#[derive(Debug)]
pub(super) struct Service {
    token: Token,
    calls: Calls,
}

impl Service {
    /// A service that takes this token and no other.
    pub fn new(token: Token) -> Self {
        Self { token, calls: Calls::default() }
    }

    /// Answers one request, come what may.
    pub async fn respond(&self, request: &Request<Incoming>) -> Result<Answer, Infallible> {
        let ids = Ids::of(request.headers());
        Ok(self.answer(request, &ids).await.unwrap_or_else(|fault| ids.fault(fault)))
    }

    async fn answer(&self, request: &Request<Incoming>, ids: &Ids) -> Result<Answer, Fault> {
        let sent = request.headers().get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
        if sent.and_then(|value| value.strip_prefix(b"Bearer ")) != Some(self.token.expose().as_bytes()) {
            return Err(Fault::NO_TOKEN);
        }
        let call = route(request.uri().path())?;
        match *request.method() {
            Method::DELETE => self.calls.delete(&call).await.map(|()| ids.no_content()),
            Method::GET => self.calls.state(&call).map(|state| ids.call(&call, state)),
            _ => Err(Fault::METHOD),
        }
    }
}

/// The call that a path names.
fn route(path: &str) -> Result<Named, Fault> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments[..] {
        ["v1.0", "app", ..] => Err(Fault::RETIRED_APP),
        ["v1.0", "applications", _, "calls", ..] => Err(Fault::RETIRED_CALLS),
        ["beta", "applications", app, "calls", id] => {
            Ok(Named { app_id: Some(decoded(app)?), id: decoded(id)? })
        }
        ["beta", "app", "calls", id] | ["beta" | "v1.0", "communications", "calls", id] => {
            Ok(Named { app_id: None, id: decoded(id)? })
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
