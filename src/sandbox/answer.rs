//! The service's answers, in its own shapes.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::calls::Named;

/// An answer with its whole body.
pub(super) type Answer = Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// An error that the service answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    retry_after: Option<u16>,
}

impl Fault {
    /// The call has ended, or never was.
    pub const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "8522", "Call not found.");
    /// The application may not touch this call.
    pub const DENIED: Self =
        Self::new(StatusCode::FORBIDDEN, "7504", "Insufficient enterprise tenant permissions.");
    /// The token was good once.
    pub const EXPIRED: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "Lifetime validation failed, the token is expired.",
    );
    /// There is no token, or not this server's.
    pub const NO_TOKEN: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "Access token is empty or not the sandbox's own.",
    );
    /// The service has failed, and will again.
    pub const BROKEN: Self =
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "generalException", "An internal error has occurred.");
    /// The service has a moment's trouble.
    pub const UNAVAILABLE: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "serviceNotAvailable", "The service is unavailable.");
    /// Too many requests.
    pub const BUSY: Self = Self {
        retry_after: Some(1),
        ..Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too many requests.")
    };
    /// A route that this version of the service does not have.
    pub const RETIRED_APP: Self =
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", "Resource not found for the segment 'app'.");
    /// As above, for the route by app id, whose first segment is still there.
    pub const RETIRED_CALLS: Self =
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", "Resource not found for the segment 'calls'.");
    /// A path that is no call's.
    pub const NO_ROUTE: Self = Self::new(
        StatusCode::NOT_FOUND,
        "ResourceNotFound",
        "The sandbox has nothing but calls: see the routes in hangup's help.",
    );
    /// A method other than GET and DELETE.
    pub const METHOD: Self = Self::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "Request_BadRequest",
        "Specified HTTP method is not allowed.",
    );

    const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, retry_after: None }
    }
}

/// The ids of one request, which every answer carries.
#[derive(Debug)]
pub(super) struct Ids {
    request: HeaderValue,
    client: Option<HeaderValue>,
}

impl Ids {
    /// A new `request-id`, and the client's own as it was sent.
    pub fn of(headers: &HeaderMap) -> Self {
        let request = HeaderValue::try_from(Uuid::new_v4().to_string());
        Self {
            request: request.unwrap_or(HeaderValue::from_static("0")),
            client: headers.get(CLIENT_REQUEST_ID).cloned(),
        }
    }

    /// 204: the call is ended.
    pub fn no_content(&self) -> Answer {
        self.answer(StatusCode::NO_CONTENT, None)
    }

    /// 200 with the call.
    pub fn call(&self, call: &Named, state: &str) -> Answer {
        let body = json!({
            "@odata.type": "#microsoft.graph.call",
            "id": call.id,
            "state": state,
            "direction": "outgoing",
        });
        self.answer(StatusCode::OK, Some(&body))
    }

    /// An error.
    pub fn fault(&self, fault: Fault) -> Answer {
        let body = json!({ "error": {
            "code": fault.code,
            "message": fault.message,
            "innerError": {
                "request-id": text(&self.request),
                "client-request-id": self.client.as_ref().map(text),
                "date": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            },
        }});
        let mut answer = self.answer(fault.status, Some(&body));
        if let Some(seconds) = fault.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        answer
    }

    /// `Date` and `Content-Length` are put in by the server.
    fn answer(&self, status: StatusCode, body: Option<&Value>) -> Answer {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = status;
        answer.headers_mut().insert(REQUEST_ID, self.request.clone());
        if let Some(client) = &self.client {
            answer.headers_mut().insert(CLIENT_REQUEST_ID, client.clone());
        }
        if let Some(body) = body {
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *answer.body_mut() = Full::from(body.to_string());
        }
        answer
    }
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
