//! One request to the sign-in service, over our own HTTP client.

use std::time::{Duration, SystemTime};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use http::HeaderMap;
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::time::{Instant, timeout_at};

use super::sign_in_error::{Break, Failure, Refusal};
use crate::http::client::{Client, Response, SendError};
use crate::http::retry_after::parse_retry_after;

/// More than any token response or error document.
const MAX_BODY: usize = 256 * 1024;

/// The transport that `azure_identity` is given.
///
/// All that is not success leaves it as a [`Failure`] inside an error of the kind `Other`. That kind is never
/// retried by `azure_core`, whatever a credential sets up for itself (the managed identity's does); and
/// `azure_identity` cannot read a description with an escape in it, nor an answer that is not JSON, and would
/// lose the status.
#[derive(Debug)]
pub(super) struct Wire {
    /// Our own client.
    pub client: Client,
    /// The time for one attempt.
    pub timeout: Duration,
}

#[async_trait::async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.exchange(request).await.map_err(|failure| Error::new(ErrorKind::Other, failure))
    }
}

impl Wire {
    async fn exchange(&self, request: &Request) -> Result<AsyncRawResponse, Failure> {
        let end = Instant::now() + self.timeout;
        let http = to_http(request)?;
        let response = self.client.send(|| http.clone(), end).await.map_err(|e| self.silence(&e))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = timeout_at(end, whole(response)).await.unwrap_or_else(|_| Err(self.timed_out()))?;
        if (200..300).contains(&status) {
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

async fn whole(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut whole = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|e| Failure::silence(&e))? {
        if whole.len() + part.len() > MAX_BODY {
            return Err(Failure::denied("the sign-in service's answer is far too long for a token"));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let get = |name| headers.get(name)?.to_str().ok();
    parse_retry_after(get("retry-after")?, get("date"), SystemTime::now())
}
