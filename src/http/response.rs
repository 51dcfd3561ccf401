//! Reads HTTP responses: the status decides, and of the body only as much is read as matters.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};
use tokio::time::Instant;

use super::client::Response as HttpResponse;
use super::failure::reason;
use super::request::{CallRequest, Verb};
use crate::http::attempt::{Attempt, LostResponse, Response};
use crate::http::error_body::{self, BODY_LIMIT, ServiceError};
use crate::http::retry_after::parse_retry_after;
use crate::text;

/// A call's own JSON may be longer than an error's.
const CALL_LIMIT: usize = 1024 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Reads a response: the status decides, and of the body only as much is read as tells what the status means.
pub(super) async fn read_response(
    response: HttpResponse,
    request: &CallRequest<'_>,
    end: Instant,
) -> Attempt {
    let verb = request.verb;
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers());
    let request_id = header(response.headers(), &REQUEST_ID);
    let request_id = request_id.and_then(text::clean_opt);
    let success = response.status().is_success();
    let body = match (verb, success) {
        (Verb::Delete, true) => Body::default(),
        (Verb::Get, true) => read(response, CALL_LIMIT, end).await,
        (_, false) => read(response, BODY_LIMIT, end).await,
    };
    let error = error_body::parse(&body.bytes);
    if let Some(reason) = body.cut
        && needs_body(status, verb, &error)
    {
        let reason = format!("the response ({status}) was truncated: {reason}");
        return Attempt::Lost(LostResponse { may_have_acted: false, status: Some(status), reason });
    }
    let from_graph = error.is_graph || request_id.is_some();
    let request_id = request_id.or_else(|| error.request_id.clone());
    let state = error.state.clone();
    Attempt::Answered(Response { status, retry_after, error, request_id, from_graph, state })
}

/// Returns true if the missing part of a cut body could change what the response means: who sent it, whether it is
/// about the call or the route, and the state of the call.
fn needs_body(status: u16, verb: Verb, error: &ServiceError) -> bool {
    match status {
        400 | 403 | 404 | 410 => !error.is_graph,
        200..=299 => verb == Verb::Get && error.state.is_none(),
        _ => false,
    }
}

/// Returns the longest of all `Retry-After` values: none may be undercut.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let (date, now) = (header(headers, &DATE), SystemTime::now());
    let values = headers.get_all(&RETRY_AFTER).iter().filter_map(|value| value.to_str().ok());
    values.filter_map(|value| parse_retry_after(value, date, now)).max()
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What was read of a body.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    /// Why it ended before its end, where it did.
    cut: Option<String>,
}

/// Reads at most `limit` bytes; the rest of a longer body is left unread and its connection let go.
async fn read(mut response: HttpResponse, limit: usize, end: Instant) -> Body {
    let mut body = Body::default();
    while body.bytes.len() < limit {
        match tokio::time::timeout_at(end, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = limit - body.bytes.len();
                body.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Body { cut: Some(reason(&error)), ..body },
            Err(_) => return Body { cut: Some("it stalled (--timeout)".into()), ..body },
        }
    }
    body
}
