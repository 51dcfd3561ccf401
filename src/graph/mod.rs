//! One request to Graph: the only file that knows how it is sent and what an HTTP answer looks like.

mod answer;
mod failure;

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method};
use reqwest::{Request, Response, Url};
use tokio::time::Instant;
use uuid::Uuid;

use self::answer::answer;
use self::failure::failure;
use crate::attempt::{Attempt, Loss};
use crate::causes::find;
use crate::loopback::is_loopback;
use crate::token::Token;
use crate::transport::{Client, Proxies, Superseded, Tls, Transport};

/// So often a request is begun again because another's connection was to serve it; each time nothing was sent.
const MAX_SUPERSEDED: u32 = 20;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// What is asked of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// End it.
    Delete,
    /// Show it.
    Get,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct CallRequest<'a> {
    /// What is asked.
    pub verb: Verb,
    /// Below the base URL, with a leading `/`, percent-encoded.
    pub path: &'a str,
    /// The same over all attempts of a call.
    pub client_request_id: Uuid,
    /// Whom the request comes from.
    pub token: &'a Token,
}

/// Whoever takes requests: Graph over the network, or a stand-in under test.
pub trait Service: Send + Sync + 'static {
    /// Sends one request, once, and says what came of it.
    fn send(&self, request: CallRequest<'_>) -> impl Future<Output = Attempt> + Send;
}

/// Graph at a base URL.
#[derive(Debug)]
pub struct Graph {
    base_url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
    transport: Transport,
    client: OnceLock<Result<Client, String>>,
}

impl Graph {
    /// Nothing is set up yet: that waits for the first request.
    pub fn new(
        base_url: String,
        headers: Vec<(HeaderName, HeaderValue)>,
        timeout: Duration,
        transport: Transport,
    ) -> Self {
        Self { base_url, headers, timeout, transport, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&Client, String> {
        let built = self.client.get_or_init(|| {
            let tls = if self.base_url.starts_with("https:") { Tls::SystemRoots } else { Tls::Unused };
            let local = Url::parse(&self.base_url).is_ok_and(|url| is_loopback(&url));
            let proxies = if local { Proxies::Never } else { Proxies::Environment };
            self.transport.client(proxies, tls).map_err(|error| format!("{error:#}"))
        });
        built.as_ref().map_err(Clone::clone)
    }

    fn request(&self, request: &CallRequest<'_>) -> Result<Request, String> {
        let url = format!("{}{}", self.base_url, request.path);
        let url = Url::parse(&url).map_err(|error| format!("the URL is not valid: {error}"))?;
        let method = match request.verb {
            Verb::Delete => Method::DELETE,
            Verb::Get => Method::GET,
        };
        let mut http = Request::new(method, url);
        let headers = http.headers_mut();
        headers.extend(self.headers.iter().cloned());
        headers.insert(AUTHORIZATION, bearer(request.token)?);
        headers.insert(CLIENT_REQUEST_ID, guid(request.client_request_id)?);
        Ok(http)
    }

    /// Sends a request until its answer's head is there, or tells why none came.
    async fn head(&self, request: &CallRequest<'_>, client: &Client) -> Result<Response, Attempt> {
        for _ in 0..MAX_SUPERSEDED {
            let http = self.request(request).map_err(Attempt::Unsendable)?;
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
            Attempt::Lost(Loss { may_have_acted: true, status: None, reason })
        } else {
            Attempt::NotConnected(format!("no connection within {waited} (--timeout)"))
        }
    }
}

impl Service for Graph {
    async fn send(&self, request: CallRequest<'_>) -> Attempt {
        let client = match self.client() {
            Ok(client) => client,
            Err(reason) => return Attempt::Unsendable(reason),
        };
        let end = Instant::now() + self.timeout;
        match tokio::time::timeout_at(end, self.head(&request, client)).await {
            Ok(Ok(response)) => answer(response, &request, end).await,
            Ok(Err(attempt)) => attempt,
            Err(_) => self.timed_out(client),
        }
    }
}
fn bearer(token: &Token) -> Result<HeaderValue, String> {
    // Not marked sensitive: HTTP/2 would then send all of it with every request, while a value that its
    // compression may index is sent once a connection. Nothing here ever prints a request's headers.
    HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .map_err(|_| "the token cannot be sent as a header".to_owned())
}

fn guid(id: Uuid) -> Result<HeaderValue, String> {
    let mut text = Uuid::encode_buffer();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).map_err(|error| error.to_string())
}
