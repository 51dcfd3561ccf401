//! One request to the sign-in service, over our own HTTP client.

use std::time::{Duration, SystemTime};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{AsyncRawResponse, AsyncResponseBody, HttpClient, Request};
use futures_util::TryStreamExt;

use super::sign_in_error::{Break, Failure, Refusal};
use crate::http::retry::parse_retry_after;

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
    pub client: reqwest::Client,
    /// The time for one attempt.
    pub timeout: Duration,
}

#[async_trait::async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answered = tokio::time::timeout(self.timeout, self.exchange(request)).await;
        answered.unwrap_or_else(|_| Err(self.timed_out())).map_err(|f| Error::new(ErrorKind::Other, f))
    }
}

impl Wire {
    async fn exchange(&self, request: &Request) -> Result<AsyncRawResponse, Failure> {
        let response = self.client.execute_request(request).await.map_err(|e| Failure::silence(&e))?;
        let (status, headers, body) = response.deconstruct();
        let body = whole(body).await?;
        if status.is_success() {
            return Ok(AsyncRawResponse::from_bytes(status, headers, body));
        }
        Err(Failure::Answer(Refusal::read(status.into(), asked_wait(&headers), &body)))
    }

    fn timed_out(&self) -> Failure {
        let what = format!("timed out after {}", humantime::format_duration(self.timeout));
        Failure::Silence { what, at: Break::Answering }
    }
}

async fn whole(mut body: AsyncResponseBody) -> Result<Vec<u8>, Failure> {
    let mut whole = Vec::new();
    while let Some(part) = body.try_next().await.map_err(|e| Failure::silence(&e))? {
        if whole.len() + part.len() > MAX_BODY {
            return Err(Failure::denied("the sign-in service's answer is far too long for a token"));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

fn asked_wait(headers: &Headers) -> Option<Duration> {
    let get = |name| headers.get_optional_str(&HeaderName::from_static(name));
    parse_retry_after(get("retry-after")?, get("date"), SystemTime::now())
}
