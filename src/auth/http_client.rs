//! Sends the sign-in requests of `azure_identity` over our own HTTP client.

use std::time::{Duration, SystemTime};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use http::HeaderMap;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::sign_in_error::{Break, Failure, Refusal};
use crate::http::client::{Client, Response, SendError};
use crate::http::retry_after::parse_retry_after;

/// More than any token response or error document.
const MAX_BODY: usize = 256 * 1024;

/// The transport for `azure_identity`.
///
/// Everything but success is returned as a [`Failure`] inside an error of the kind `Other`. `azure_core` never retries
/// that kind, whatever a credential configures for itself (the managed identity does), and `azure_identity` would lose
/// the status of a response that it cannot parse.
#[derive(Debug)]
pub(super) struct SignInTransport {
    pub client: Client,
    /// For one attempt.
    pub timeout: Duration,
}

#[async_trait::async_trait]
impl HttpClient for SignInTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.exchange(request).await.map_err(|failure| Error::new(ErrorKind::Other, failure))
    }
}

impl SignInTransport {
    async fn exchange(&self, request: &Request) -> Result<AsyncRawResponse, Failure> {
        let end = Instant::now() + self.timeout;
        let http = to_http(request)?;
        let response = self.client.send(|| http.clone(), end).await.map_err(|e| self.silence(&e))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = timeout_at(end, read_body(response)).await.unwrap_or_else(|_| Err(self.timed_out()))?;
        if (200..300).contains(&status) {
            if body.len() > MAX_BODY {
                return Err(Failure::denied("the sign-in service's response is too long for a token"));
            }
            check_expiry(&body)?;
            // azure_identity reads no headers of a token response.
            return Ok(AsyncRawResponse::from_bytes(status.into(), Headers::new(), body));
        }
        Err(Failure::Answer(Refusal::read(status, asked_wait(&headers), &body)))
    }

    fn silence(&self, error: &SendError) -> Failure {
        match error {
            SendError::TimedOut { .. } => self.timed_out(),
            SendError::NeverSent => Failure::Silence {
                what: "it closed each connection at once".to_owned(),
                at: Break::Connecting,
            },
            SendError::Failed(error) => Failure::silence(error),
        }
    }

    fn timed_out(&self) -> Failure {
        let what = format!("timed out after {}", humantime::format_duration(self.timeout));
        Failure::Silence { what, at: Break::Answering }
    }
}

/// Translates a request of `azure_core`.
fn to_http(request: &Request) -> Result<http::Request<Full<Bytes>>, Failure> {
    let unusable =
        |_| Failure::denied("the sign-in request cannot be sent: the credentials do not fit into it");
    let Body::Bytes(body) = request.body() else {
        return Err(Failure::denied("the sign-in request cannot be sent: its body is a stream"));
    };
    let mut http = http::Request::builder().method(request.method().as_str()).uri(request.url().as_str());
    for (name, value) in request.headers().iter() {
        http = http.header(name.as_str(), value.as_str());
    }
    http.body(Full::new(body.clone())).map_err(unusable)
}

/// Reads a body, of which little more than [`MAX_BODY`] bytes are kept.
async fn read_body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while body.len() <= MAX_BODY
        && let Some(part) = response.chunk().await.map_err(|e| Failure::silence(&e))?
    {
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// Refuses a lifetime that no token has: `azure_identity` adds it to the clock without a bound, and would panic.
fn check_expiry(body: &[u8]) -> Result<(), Failure> {
    const MAX_SECONDS: f64 = 10.0 * 365.0 * 86_400.0;
    const MAX_TIMESTAMP: f64 = 253_402_300_799.0; // the last second of the year 9999
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return Ok(()) };
    let in_range = |name: &str, max: f64| match fields.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::Number(number)) => number.as_f64().is_some_and(|n| (0.0..=max).contains(&n)),
        Some(Value::String(text)) => text.parse().is_ok_and(|n: f64| (0.0..=max).contains(&n)),
        Some(_) => false,
    };
    let all = in_range("expires_in", MAX_SECONDS)
        && in_range("ext_expires_in", MAX_SECONDS)
        && in_range("expires_on", MAX_TIMESTAMP);
    if all {
        Ok(())
    } else {
        Err(Failure::denied("the sign-in service's response has an expiry out of range"))
    }
}

fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let get = |name| headers.get(name)?.to_str().ok();
    parse_retry_after(get("retry-after")?, get("date"), SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_out_of_range_is_refused() {
        for body in [
            r#"{"expires_in":3599}"#,
            r#"{"expires_in":"3599","expires_on":"1900000000"}"#,
            r#"{"expires_in":null}"#,
            "not JSON",
            "{}",
        ] {
            assert!(check_expiry(body.as_bytes()).is_ok(), "{body}");
        }
        for body in [
            r#"{"expires_in":9223372036854775807}"#,
            r#"{"expires_in":-1}"#,
            r#"{"expires_in":"1e300"}"#,
            r#"{"expires_in":[1]}"#,
            r#"{"expires_on":"99999999999999"}"#,
        ] {
            assert!(check_expiry(body.as_bytes()).is_err(), "{body}");
        }
    }
}
