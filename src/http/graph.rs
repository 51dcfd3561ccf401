//! One request to Graph: the only file that knows how it is sent and what an HTTP answer looks like.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Context;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method};
use reqwest::{Request, Response, Url};
use tokio::time::Instant;
use uuid::Uuid;

use super::failure::failure;
use super::request::{CallRequest, Service, Verb};
use super::response::answer;
use crate::http::attempt::{Attempt, LostResponse};
use crate::http::error_chain::find;
use crate::http::transport::{Client, Proxies, Superseded, Tls, Transport};
use crate::model::loopback::is_loopback;
use crate::model::token::Token;

/// So often a request is begun again because another's connection was to serve it; each time nothing was sent.
const MAX_SUPERSEDED: u32 = 20;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Graph at a base URL.
#[derive(Debug)]
pub struct Graph {
    base_url: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
    transport: Transport,
    client: OnceLock<Result<Client, String>>,
    bearer: Mutex<Option<(Token, HeaderValue)>>,
}

impl Graph {
    /// Nothing is set up yet: that waits for the first request.
    ///
    /// # Errors
    /// A base URL that is none.
    pub fn new(
        base_url: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
        timeout: Duration,
        transport: Transport,
    ) -> anyhow::Result<Self> {
        let base_url = Url::parse(base_url).context("the base URL is not valid")?;
        let (client, bearer) = (OnceLock::new(), Mutex::default());
        Ok(Self { base_url, headers, timeout, transport, client, bearer })
    }

    fn client(&self) -> Result<&Client, String> {
        let built = self.client.get_or_init(|| {
            let tls = if self.base_url.scheme() == "https" { Tls::SystemRoots } else { Tls::Unused };
            let local = is_loopback(&self.base_url);
            let proxies = if local { Proxies::Never } else { Proxies::Environment };
            self.transport.client(proxies, tls).map_err(|error| format!("{error:#}"))
        });
        built.as_ref().map_err(Clone::clone)
    }

    fn request(&self, request: &CallRequest<'_>) -> Result<Request, String> {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}{}", url.path().trim_end_matches('/'), request.path));
        let method = match request.verb {
            Verb::Delete => Method::DELETE,
            Verb::Get => Method::GET,
        };
        let mut http = Request::new(method, url);
        let headers = http.headers_mut();
        headers.extend(self.headers.iter().cloned());
        headers.insert(AUTHORIZATION, self.bearer(request.token)?);
        headers.insert(CLIENT_REQUEST_ID, guid(request.client_request_id)?);
        Ok(http)
    }

    /// The header for a token. It is made once: a token has some two thousand characters.
    fn bearer(&self, token: &Token) -> Result<HeaderValue, String> {
        let mut made = self.bearer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = made.as_ref().filter(|(of, _)| of == token) {
            return Ok(value.clone());
        }
        // Nothing here ever prints a request's headers; h2 never puts this one into its table anyway.
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| "the token cannot be sent as a header".to_owned())?;
        value.set_sensitive(true);
        *made = Some((token.clone(), value.clone()));
        Ok(value)
    }

    /// Sends a request until its answer's head is there, or tells why none came.
    async fn head(&self, request: &CallRequest<'_>, client: &Client) -> Result<Response, Attempt> {
        for _ in 0..MAX_SUPERSEDED {
            let http = self.request(request).map_err(Attempt::CannotSend)?;
            match client.http.execute(http).await {
                Err(error) if find::<Superseded>(&error).is_some() => {}
                head => return head.map_err(|error| failure(&error)),
            }
        }
        Err(Attempt::NotConnected("each connection that was made closed at once".into()))
    }

    fn timed_out(&self, client: &Client) -> Attempt {
        let waited = humantime::format_duration(self.timeout);
        if client.was_ever_connected() {
            let reason = format!("no answer within {waited} (--timeout)");
            Attempt::Lost(LostResponse { may_have_acted: true, status: None, reason })
        } else {
            Attempt::NotConnected(format!("no connection within {waited} (--timeout)"))
        }
    }
}

impl Service for Graph {
    async fn send(&self, request: CallRequest<'_>) -> Attempt {
        let client = match self.client() {
            Ok(client) => client,
            Err(reason) => return Attempt::CannotSend(reason),
        };
        let end = Instant::now() + self.timeout;
        match tokio::time::timeout_at(end, self.head(&request, client)).await {
            Ok(Ok(response)) => answer(response, &request, end).await,
            Ok(Err(attempt)) => attempt,
            Err(_) => self.timed_out(client),
        }
    }

    fn may_have_sent(&self) -> bool {
        matches!(self.client.get(), Some(Ok(client)) if client.was_ever_connected())
    }
}

fn guid(id: Uuid) -> Result<HeaderValue, String> {
    let mut text = Uuid::encode_buffer();
    let value = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text));
    let mut value = value.map_err(|error| error.to_string())?;
    // No secret: it is another one with each call, and HTTP/2's compression shall not forget the token for it.
    value.set_sensitive(true);
    Ok(value)
}
