//! The responses that a double can give, good and bad.

use std::time::Duration;

use serde_json::json;

/// One answer of a double.
#[derive(Debug, Clone)]
pub struct Reply {
    /// How long it takes its time first.
    pub delay: Duration,
    /// What it then does.
    pub act: Act,
}

/// What a double does with a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Answers in full.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Resets the connection (over HTTP/2 the stream).
    Reset,
    /// Says that the request was not looked at (`REFUSED_STREAM`; HTTP/2 only).
    Refuse,
    /// Closes the connection without a word.
    Close,
    /// Closes it in the middle of the headers.
    CutHead,
    /// Closes it in the middle of the body.
    CutBody { status: u16 },
    /// Says nothing for ever.
    Stall,
    /// Answers, and closes the connection a moment later without having said that it would.
    LastAnswer { status: u16 },
    /// Answers a byte at a time: 204, or over HTTP/2 the body of a 503 that never ends.
    Drip { every: Duration },
    /// Sends this many bytes of body, as long as the client takes them.
    Flood { status: u16, bytes: u64 },
}

impl Reply {
    fn of(act: Act) -> Self {
        Self { delay: Duration::ZERO, act }
    }

    /// A status and nothing else.
    pub fn status(status: u16) -> Self {
        Self::of(Act::Answer { status, headers: vec![], body: vec![] })
    }

    /// 204, as the service answers it.
    pub fn ended() -> Self {
        Self::status(204).header("request-id", "11111111-0000-4000-8000-000000000204")
    }

    /// A status with a body.
    pub fn body(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of(Act::Answer { status, headers: vec![], body: body.into() })
    }

    /// An error in Graph's shape, the request id in headers and body.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let id = format!("22222222-0000-4000-8000-000000000{status}");
        let body = json!({ "error": { "code": code, "message": message, "innerError": {
            "request-id": id, "client-request-id": "33333333-0000-4000-8000-000000000000",
            "date": "2026-01-02T03:04:05",
        }}});
        Self::body(status, body.to_string())
            .header("Content-Type", "application/json")
            .header("request-id", &id)
    }

    /// Graph's own 404.
    pub fn not_found() -> Self {
        Self::error(404, "8522", "Call not found.")
    }

    /// 429 with `Retry-After`.
    pub fn throttled(retry_after: &str) -> Self {
        Self::error(429, "TooManyRequests", "Too many requests.").header("Retry-After", retry_after)
    }

    /// What the service says on a route that it no longer has.
    pub fn retired(status: u16) -> Self {
        Self::error(status, "BadRequest", "Resource not found for the segment 'app'.")
    }

    /// The call, in a state.
    pub fn call(state: &str) -> Self {
        Self::body(200, json!({ "id": "x", "state": state }).to_string())
    }

    /// A gateway's page.
    pub fn html(status: u16) -> Self {
        let page =
            format!("<html><head><title>{status}</title></head><body><h1>Bad Gateway</h1></body></html>");
        Self::body(status, page).header("Content-Type", "text/html")
    }

    /// A redirect to elsewhere.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).header("Location", to)
    }

    /// See [`Act::Reset`].
    pub fn reset() -> Self {
        Self::of(Act::Reset)
    }

    /// See [`Act::Refuse`].
    pub fn refuse() -> Self {
        Self::of(Act::Refuse)
    }

    /// See [`Act::Close`].
    pub fn close() -> Self {
        Self::of(Act::Close)
    }

    /// See [`Act::CutHead`].
    pub fn cut_head() -> Self {
        Self::of(Act::CutHead)
    }

    /// See [`Act::CutBody`].
    pub fn cut_body(status: u16) -> Self {
        Self::of(Act::CutBody { status })
    }

    /// See [`Act::Stall`].
    pub fn stall() -> Self {
        Self::of(Act::Stall)
    }

    /// See [`Act::LastAnswer`].
    pub fn last_answer(status: u16) -> Self {
        Self::of(Act::LastAnswer { status })
    }

    /// See [`Act::Drip`].
    pub fn drip(every: Duration) -> Self {
        Self::of(Act::Drip { every })
    }

    /// See [`Act::Flood`].
    pub fn flood(status: u16, bytes: u64) -> Self {
        Self::of(Act::Flood { status, bytes })
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Act::Answer { headers, .. } = &mut self.act {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Whether it says that the call was ended.
    pub fn is_ended(&self) -> bool {
        matches!(self.act, Act::Answer { status: 204, .. })
    }

    /// Only after a while.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}
