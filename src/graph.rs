//! One request to Graph: the only file that knows how it is sent and what an HTTP answer looks like.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Request, Response, Url};
use tokio::time::Instant;
use uuid::Uuid;

use crate::attempt::{Answer, Attempt, Loss};
use crate::retry::parse_retry_after;
use crate::service_error::{self, BODY_LIMIT, ServiceError};
use crate::text;
use crate::token::Token;
use crate::transport::{Client, Proxies, Superseded, Tls, Transport};

/// A call's own JSON may be longer than an error's.
const CALL_LIMIT: usize = 1024 * 1024;

/// So often a request is begun again because another's connection was to serve it; each time nothing was sent.
const MAX_SUPERSEDED: u32 = 20;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

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
            let proxies = if is_loopback(&self.base_url) { Proxies::Never } else { Proxies::Environment };
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
/// Whether a base URL's host is this machine: its proxies are never asked for it.
pub fn is_loopback(base_url: &str) -> bool {
    let Ok(url) = Url::parse(base_url) else { return false };
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
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

/// Reads an answer: its status line decides, and of its body only as much as tells what the status means.
async fn answer(response: Response, request: &CallRequest<'_>, end: Instant) -> Attempt {
    let (verb, secret) = (request.verb, request.token.expose());
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers());
    let request_id = header(response.headers(), &REQUEST_ID);
    let request_id = request_id.and_then(|id| text::clean_opt(&text::redact(id, secret)));
    let success = response.status().is_success();
    let body = match (verb, success) {
        (Verb::Delete, true) => Body::default(),
        (Verb::Get, true) => read(response, CALL_LIMIT, end).await,
        (_, false) => read(response, BODY_LIMIT, end).await,
    };
    let error = service_error::parse(&body.bytes, secret);
    if let Some(reason) = body.cut
        && needs_body(status, verb, &error)
    {
        let reason = format!("the answer ({status}) was cut: {reason}");
        return Attempt::Lost(Loss { may_have_acted: false, status: Some(status), reason });
    }
    let from_graph = error.is_graph || request_id.is_some();
    let request_id = request_id.or_else(|| error.request_id.clone());
    let state = error.state.clone();
    Attempt::Answered(Answer { status, retry_after, error, request_id, from_graph, state })
}

/// Whether what is missing of a cut body could change what the answer means: whether a 404 is Graph's own and
/// is about the call, whether a 400 is about the route, and what the state of a call is.
fn needs_body(status: u16, verb: Verb, error: &ServiceError) -> bool {
    match status {
        400 | 404 => error.message.is_none(),
        200..=299 => verb == Verb::Get && error.state.is_none(),
        _ => false,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    parse_retry_after(header(headers, &RETRY_AFTER)?, header(headers, &DATE), SystemTime::now())
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
async fn read(mut response: Response, limit: usize, end: Instant) -> Body {
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

/// Sorts a failure by what it says about the request: was it sent, may it have been acted on.
fn failure(error: &reqwest::Error) -> Attempt {
    if let Some(rustls::Error::InvalidCertificate(why)) = find::<rustls::Error>(error) {
        return Attempt::CertificateRejected(format!("the server's certificate was rejected: {why}"));
    }
    let reason = reason(error);
    if error.is_builder() {
        Attempt::Unsendable(reason)
    } else if error.is_connect() {
        Attempt::NotConnected(reason)
    } else {
        let may_have_acted = !find::<h2::Error>(error).is_some_and(was_not_begun);
        Attempt::Lost(Loss { may_have_acted, status: None, reason })
    }
}

/// HTTP/2's two ways for a server to say that it has not begun on a request.
fn was_not_begun(error: &h2::Error) -> bool {
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    let going = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
    error.is_remote() && (refused || going)
}

/// An error's causes, outermost first. I/O errors hide theirs behind `get_ref`.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

/// What happened, in words: the innermost two causes, without the library's own wrapping and without the URL.
fn reason(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    words.dedup();
    let from = words.len().saturating_sub(2);
    let words = words.split_off(from);
    if words.is_empty() {
        return if error.is_timeout() { "timed out".into() } else { "no answer".into() };
    }
    text::clean(&words.join(": "), text::MAX_SHOWN)
}
