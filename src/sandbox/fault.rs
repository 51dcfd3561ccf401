//! The errors that the simulated Graph responds with.

use hyper::StatusCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: &'static str,
    /// Seconds.
    pub retry_after: Option<u16>,
}

impl Fault {
    pub const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "8522", "Call not found.");
    pub const DENIED: Self = Self::new(
        StatusCode::FORBIDDEN,
        "7504",
        "Insufficient enterprise tenant permissions, cannot access this API.",
    );
    /// Graph wraps this one in the message of a general code.
    pub const WRONG_TENANT: Self = Self::new(
        StatusCode::FORBIDDEN,
        "UnknownError",
        r#"{"errorCode":"7505","message":"Request authorization tenant mismatch.","instanceAnnotations":[]}"#,
    );
    pub const EXPIRED: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "Lifetime validation failed, the token is expired.",
    );
    /// No token, or not this server's.
    pub const NO_TOKEN: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "Access token is empty or not the sandbox's own.",
    );
    /// Graph's own spelling.
    pub const BROKEN: Self =
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "9999", "Unkown internal Server Error.");
    pub const UNAVAILABLE: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "serviceNotAvailable", "The service is unavailable.");
    pub const BUSY: Self = Self {
        retry_after: Some(1),
        ..Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too many requests.")
    };
    pub const RETIRED_APP: Self =
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", "Resource not found for the segment 'app'.");
    /// The first segment of this route still exists.
    pub const RETIRED_CALLS: Self =
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", "Resource not found for the segment 'calls'.");
    /// The path is not that of a call.
    pub const NO_ROUTE: Self = Self::new(
        StatusCode::NOT_FOUND,
        "ResourceNotFound",
        "The sandbox has nothing but calls: see the routes in hangup's help.",
    );
    /// The method is neither GET nor DELETE.
    pub const METHOD: Self = Self::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "Request_BadRequest",
        "Specified HTTP method is not allowed.",
    );

    const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, retry_after: None }
    }
}
