//! One request to Graph: the only file that knows how it is sent and what an HTTP answer looks like.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Context;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::failure::failure;
use super::request::{CallRequest, Service, Verb};
use super::response::read_response;
use crate::http::attempt::{Attempt, LostResponse};
use crate::http::client::{Client, SendError};
use crate::http::transport::{Proxies, Tls, Transport};
use crate::model::loopback::is_loopback;
use crate::model::token::Token;

const AGENT: &str = concat!("hangup/", env!("CARGO_PKG_VERSION"));

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Graph at a base URL.
#[derive(Debug)]
pub struct Graph {
    base_url: Url,
    /// Host and port, for messages.
    peer: String,
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
        let port = base_url.port_or_known_default().unwrap_or(443);
        let peer = format!("{}:{port}", base_url.host_str().unwrap_or_default());
        Ok(Self { base_url, peer, headers, timeout, transport, client, bearer })
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

    fn request(&self, request: &CallRequest<'_>) -> Result<Request<Full<Bytes>>, String> {
        let base = self.base_url.as_str().trim_end_matches('/');
        let url = format!("{base}{}", request.path);
        let mut http = Request::new(Full::default());
        *http.uri_mut() = Uri::try_from(url).map_err(|_| "the URL is too long".to_owned())?;
        *http.method_mut() = match request.verb {
            Verb::Delete => Method::DELETE,
            Verb::Get => Method::GET,
        };
        let headers = http.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.insert(AUTHORIZATION, self.bearer(request.token)?);
        headers.insert(CLIENT_REQUEST_ID, guid(request.client_request_id)?);
        Ok(http)
    }

    /// Returns the header for a token, which is made once: a token has some two thousand characters.
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

    /// Explains a failure to the caller.
    fn failure(&self, error: &SendError) -> Attempt {
        let waited = humantime::format_duration(self.timeout);
        match error {
            SendError::Failed(error) => failure(error, &self.peer),
            SendError::NeverSent => {
                Attempt::NotConnected(format!("{} closed each connection at once", self.peer))
            }
            SendError::TimedOut { sent: true } => {
                let reason = format!("timed out after {waited} (--timeout)");
                Attempt::Lost(LostResponse { may_have_acted: true, status: None, reason })
            }
            SendError::TimedOut { sent: false } => {
                let peer = &self.peer;
                Attempt::NotConnected(format!("connecting to {peer} timed out after {waited} (--timeout)"))
            }
        }
    }
}

impl Service for Graph {
    async fn send(&self, request: CallRequest<'_>) -> Attempt {
        let prepared = self.client().and_then(|client| Ok((client, self.request(&request)?)));
        let (client, http) = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => return Attempt::CannotSend(reason),
        };
        let end = Instant::now() + self.timeout;
        match client.send(|| http.clone(), end).await {
            Ok(response) => read_response(response, &request, end).await,
            Err(error) => self.failure(&error),
        }
    }

    fn may_have_sent(&self) -> bool {
        matches!(self.client.get(), Some(Ok(client)) if client.has_connected())
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
