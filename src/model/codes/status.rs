//! The meaning of each HTTP status for a request that ends a call: outcome, retry, hint and explanation in one row.
//!
//! Retried is what [RFC 9110, section 15] calls temporary, and any 5xx to which it gives no meaning: those come from
//! gateways and are treated as 500.
//!
//! [RFC 9110, section 15]: https://www.rfc-editor.org/rfc/rfc9110#section-15

use super::explanation::{Explanation, Kind, Retry};
use super::hints::{REDIRECTED, may_have_ended};
use crate::model::outcome::Outcome;

/// The meaning of one status, or of several that mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusMeaning {
    /// The outcome if this is the last response, and it is Graph's.
    pub outcome: Outcome,
    /// Set if the service may have ended the call although it reports a failure: it, or a gateway in front of it, gave
    /// up midway. 425, 429 and 503 are sent before the request is processed.
    pub may_have_acted: bool,
    pub explanation: Explanation,
}

impl StatusMeaning {
    pub fn is_retryable(&self) -> bool {
        self.explanation.retry == Retry::Automatic
    }

    fn has(&self, status: u16) -> bool {
        self.explanation.codes.iter().any(|code| code.parse() == Ok(status))
    }
}

/// Returns the meaning of any status, also of one that has no row of its own.
pub fn status_meaning(status: u16) -> &'static StatusMeaning {
    match status {
        200..=299 => &SUCCESS,
        300..=399 => &REDIRECT,
        _ => STATUSES.iter().find(|row| row.has(status)).unwrap_or(match status {
            500..=599 => &UNASSIGNED_5XX,
            _ => &OTHER,
        }),
    }
}

/// All rows, for lookups by name.
pub(super) fn rows() -> impl Iterator<Item = &'static StatusMeaning> {
    [&SUCCESS, &REDIRECT].into_iter().chain(STATUSES).chain([&UNASSIGNED_5XX, &OTHER])
}

static SUCCESS: StatusMeaning = StatusMeaning {
    outcome: Outcome::Ended,
    may_have_acted: true,
    explanation: explanation(
        &["204", "200", "2xx"],
        "Success: the call was ended (204; another 2xx only with Graph's request-id). As the first part of an end \
         code: a normal end; the second part says more.",
        Retry::NotNeeded,
        "Nothing. --wait waits until the call is really gone.",
    ),
};

static REDIRECT: StatusMeaning = failed(
    &["301", "302", "303", "307", "308", "3xx"],
    "A redirect, which is never followed.",
    Retry::AfterFix,
    REDIRECTED,
);

static UNASSIGNED_5XX: StatusMeaning = unavailable(
    true,
    &["5xx"],
    "A 5xx without a standard meaning, as some gateways send: treated like 500.",
    concat!("Run the command again later. ", may_have_ended!()),
);

static OTHER: StatusMeaning = failed(
    &["4xx"],
    "The request was rejected.",
    Retry::Never,
    "Check the call ID, --route and the base URL; Microsoft support can look up the request ID.",
);

static STATUSES: &[StatusMeaning] = &[
    failed(
        &["400", "BadRequest", "InvalidRequest", "Request_BadRequest"],
        "The request was not understood. With \"Resource not found for the segment\", its route is retired; with code \
         8528 or 8543, the call has ended.",
        Retry::Never,
        "Check the call ID, --route and --api-version; `--route auto` finds a route that works.",
    ),
    StatusMeaning {
        outcome: Outcome::Unauthorized,
        ..failed(
            &["401", "InvalidAuthenticationToken", "Unauthorized", "AuthenticationError", "Unauthenticated"],
            "The token was rejected: it has expired, is incomplete, or is for another audience or cloud.",
            Retry::AfterFix,
            "Get a new token for the scope https://graph.microsoft.com/.default (or your cloud's); `hangup --check` \
             shows what the present one says.",
        )
    },
    failed(
        &["402"],
        "Payment required: the tenant's licence or billing does not cover this.",
        Retry::AfterFix,
        "Ask the tenant's administrator about the licence for this API.",
    ),
    StatusMeaning {
        outcome: Outcome::Forbidden,
        ..failed(
            &["403", "Forbidden", "AccessDenied", "Authorization_RequestDenied"],
            "The token is valid, but the application may not do this.",
            Retry::AfterFix,
            "Grant the application permission Calls.Initiate.All with admin consent (delegated permissions do not \
             count), get a new token, and check that the call belongs to this application.",
        )
    },
    StatusMeaning {
        outcome: Outcome::NotFound,
        ..failed(
            &["404", "NotFound", "ItemNotFound", "ResourceNotFound", "Request_ResourceNotFound"],
            "Not found: the call has already ended, or the ID is wrong.",
            Retry::Never,
            "The call has already ended, or the ID is wrong or belongs to another app. If that is expected, use \
             --ignore-not-found.",
        )
    },
    failed(
        &["405", "MethodNotAllowed", "NotAllowed"],
        "The resource cannot be deleted: the URL is not that of a call.",
        Retry::Never,
        "Check --route, --api-version and the base URL.",
    ),
    failed(
        &["406", "NotAcceptable"],
        "The service cannot respond in the requested format.",
        Retry::Never,
        "Remove an extra Accept header (-H, config: headers).",
    ),
    failed(
        &["407"],
        "The proxy requires authentication.",
        Retry::AfterFix,
        "Put user:password@ into the proxy's variable (HTTPS_PROXY).",
    ),
    unavailable(
        true,
        &["408", "RequestTimeout"],
        "The service or a gateway timed out. As the first part of an end code: a timeout; the second part says more.",
        concat!("Run the command again; if it persists, raise --timeout. ", may_have_ended!()),
    ),
    failed(
        &["409", "Conflict", "NameAlreadyExists"],
        "The call is in a state that conflicts with the request.",
        Retry::Later,
        "Look at its state with --dry-run=server, and run the command again in a few seconds.",
    ),
    StatusMeaning {
        outcome: Outcome::NotFound,
        ..failed(
            &["410", "Gone"],
            "The call is gone, if Graph's error object comes with it. As the first part of an end code: media failed; \
             the second part says more.",
            Retry::Never,
            "The call has already ended. If that is expected, use --ignore-not-found.",
        )
    },
    failed(
        &["411"],
        "The request has no length: a proxy has changed it.",
        Retry::Never,
        "Check the proxy; Graph needs no length on a DELETE.",
    ),
    failed(
        &["412", "PreconditionFailed"],
        "The call has changed since the etag in If-Match.",
        Retry::AfterFix,
        "Remove the If-Match header (-H, config: headers), or use the present etag.",
    ),
    failed(
        &["413", "431"],
        "The request is too large.",
        Retry::AfterFix,
        "Check the extra headers (-H, config: headers) and the size of the token.",
    ),
    failed(
        &["415"],
        "The service does not accept the request's content type.",
        Retry::AfterFix,
        "Remove an extra Content-Type header (-H, config: headers): the request has no body.",
    ),
    failed(
        &["416"],
        "The requested range does not exist.",
        Retry::AfterFix,
        "Remove an extra Range header (-H, config: headers).",
    ),
    failed(
        &["422", "UnprocessableEntity"],
        "The request is well-formed, but the service cannot process it.",
        Retry::Never,
        "Check the call ID and the extra headers; Microsoft support can look up the request ID.",
    ),
    failed(
        &["423", "Locked", "ResourceLocked"],
        "Another process has locked the resource.",
        Retry::Later,
        "Run the command again in a few seconds.",
    ),
    unavailable(
        false,
        &["425"],
        "Too early: the service does not accept requests on this connection yet.",
        "Run the command again.",
    ),
    StatusMeaning {
        outcome: Outcome::Throttled,
        ..unavailable(
            false,
            &["429", "TooManyRequests", "ActivityLimitReached"],
            "Throttled: too many requests. Requests sent before the time in Retry-After count against the limit too.",
            "Run the command again later; if it persists, lower -j. Other programs with the same app ID share the \
             limit.",
        )
    },
    unavailable(
        true,
        &["500", "InternalServerError", "GeneralException"],
        "Internal error of the service. As the first part of an end code: media failed; the second part says more.",
        concat!(
            "Run the command again later; if it persists, give the request ID to Microsoft support. ",
            may_have_ended!()
        ),
    ),
    failed(
        &["501", "NotImplemented", "NotSupported"],
        "The service does not support this.",
        Retry::Never,
        "Check --route, --api-version and --cloud: not every route exists in every cloud.",
    ),
    unavailable(
        true,
        &["502", "BadGateway"],
        "A gateway got no valid response from the service.",
        concat!("Run the command again later. ", may_have_ended!()),
    ),
    unavailable(
        false,
        &["503", "ServiceNotAvailable", "ServiceUnavailable"],
        "The service is down or overloaded at the moment.",
        "Run the command again later; the service's health page reports longer outages.",
    ),
    unavailable(
        true,
        &["504", "GatewayTimeout"],
        "A gateway timed out waiting for the service.",
        concat!("Run the command again later. ", may_have_ended!()),
    ),
    failed(
        &["505"],
        "The server does not support this version of HTTP.",
        Retry::Never,
        "Check the base URL and the proxy: Graph supports HTTP/1.1 and HTTP/2.",
    ),
    failed(
        &["506", "508", "510"],
        "The server is configured incorrectly for this request.",
        Retry::Never,
        "Check the base URL and the proxy: Graph does not send this status.",
    ),
    failed(
        &["507", "InsufficientStorage", "QuotaLimitReached"],
        "The service has no storage left for the request.",
        Retry::Never,
        "Check the base URL; if Graph itself sends this, give the request ID to Microsoft support.",
    ),
    failed(
        &["511"],
        "The network requires a sign-in, as in a hotel.",
        Retry::AfterFix,
        "Sign in to the network, then run the command again.",
    ),
];

type Codes = &'static [&'static str];

const fn failed(codes: Codes, meaning: &'static str, retry: Retry, action: &'static str) -> StatusMeaning {
    StatusMeaning {
        outcome: Outcome::Failed,
        may_have_acted: false,
        explanation: explanation(codes, meaning, retry, action),
    }
}

/// A temporary status, which the run retries.
const fn unavailable(
    may_have_acted: bool,
    codes: Codes,
    meaning: &'static str,
    action: &'static str,
) -> StatusMeaning {
    StatusMeaning {
        outcome: Outcome::Unavailable,
        may_have_acted,
        explanation: explanation(codes, meaning, Retry::Automatic, action),
    }
}

const fn explanation(codes: Codes, meaning: &'static str, retry: Retry, action: &'static str) -> Explanation {
    Explanation { codes, kind: Kind::Status, meaning, retry, action }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut is: impl FnMut(&StatusMeaning) -> bool) -> Vec<u16> {
        (100..600).filter(|status| is(status_meaning(*status))).collect()
    }

    #[test]
    fn retryable_statuses_are_those_of_rfc_9110_and_every_unassigned_5xx() {
        let permanent = [501, 505, 506, 507, 508, 510, 511];
        let expected: Vec<u16> = [408, 425, 429]
            .into_iter()
            .chain((500..600).filter(|status| !permanent.contains(status)))
            .collect();
        assert_eq!(all(StatusMeaning::is_retryable), expected);
    }

    #[test]
    fn retryable_statuses_and_only_those_have_a_temporary_outcome() {
        let temporary =
            |row: &StatusMeaning| matches!(row.outcome, Outcome::Unavailable | Outcome::Throttled);
        assert_eq!(all(temporary), all(StatusMeaning::is_retryable));
    }

    #[test]
    fn service_may_have_acted_unless_it_rejects_before_processing() {
        let expected: Vec<u16> = all(StatusMeaning::is_retryable)
            .into_iter()
            .filter(|status| ![425, 429, 503].contains(status))
            .collect();
        assert_eq!(all(|row| row.may_have_acted && row.is_retryable()), expected);
    }
}
