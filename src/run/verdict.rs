//! Turns an attempt into the verdict on its call.

use http::StatusCode;

use crate::auth::TokenError;
use crate::http::attempt::{Attempt, LostResponse, Response};
use crate::http::request::Verb;
use crate::model::codes::{self, status_meaning};
use crate::model::exit::Exit;
use crate::model::outcome::{CallError, Outcome};
use crate::model::route::Route;

/// The result of a call if nothing more is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub status: Option<u16>,
    /// For `ended`: true if the service said so itself.
    pub confirmed: Option<bool>,
    pub request_id: Option<String>,
    pub error: Option<CallError>,
    /// The call's state, if a GET was answered with it.
    pub state: Option<String>,
}

impl Verdict {
    /// Returns an outcome that is not based on a response.
    pub fn bare(outcome: Outcome, error: Option<CallError>) -> Self {
        Self { outcome, status: None, confirmed: None, request_id: None, error, state: None }
    }

    pub fn not_attempted(why: &str) -> Self {
        Self::bare(Outcome::NotAttempted, Some(CallError { message: why.into(), ..CallError::default() }))
    }

    /// Returns the outcome of a call for which there is no token.
    pub fn no_token(error: &TokenError) -> Self {
        let outcome = match error.exit() {
            Exit::Temporary => Outcome::Unavailable,
            // Such as a rejected certificate.
            Exit::Failed => Outcome::Failed,
            _ => Outcome::Unauthorized,
        };
        let message = format!("no token: {}", error.message);
        Self::bare(outcome, Some(CallError { code: error.code.clone(), message, hint: error.hint.clone() }))
    }
}

/// Returns what an attempt on a route means. `may_have_ended` tells that an earlier attempt may have ended the call,
/// because its response was lost.
pub fn verdict(verb: Verb, route: Route, attempt: &Attempt, may_have_ended: bool) -> Verdict {
    let may_have_ended = verb == Verb::Delete && may_have_ended;
    let mut verdict = match attempt {
        Attempt::Answered(answer) => answered(verb, route, answer, may_have_ended),
        Attempt::Lost(LostResponse { status, reason, .. }) => {
            let error = CallError { message: format!("no response: {reason}"), ..CallError::default() };
            Verdict { status: *status, ..Verdict::bare(Outcome::Unavailable, Some(error)) }
        }
        Attempt::NotConnected(reason) => {
            let error = CallError { message: format!("no connection: {reason}"), ..CallError::default() };
            Verdict::bare(Outcome::Unavailable, Some(error))
        }
        Attempt::CertificateRejected(reason) => failed(reason, Some(codes::CERTIFICATE_REJECTED)),
        Attempt::CannotSend(reason) => failed(reason, None),
    };
    let lost = may_have_ended || verb == Verb::Delete && leaves_open(attempt);
    if let (true, Some(error)) = (lost, verdict.error.as_mut()) {
        add_may_have_ended(error, verdict.outcome);
    }
    verdict
}

/// Adds to the hint of a temporary failure that the call may have ended.
fn add_may_have_ended(error: &mut CallError, outcome: Outcome) {
    if !matches!(outcome, Outcome::Unavailable | Outcome::Throttled) {
        return;
    }
    let hint = error.hint.get_or_insert_default();
    if hint.contains(codes::MAY_HAVE_ENDED) {
        return;
    }
    if !hint.is_empty() {
        hint.push(' ');
    }
    hint.push_str(codes::MAY_HAVE_ENDED);
}

fn failed(message: &str, hint: Option<&str>) -> Verdict {
    let error = CallError { code: None, message: message.into(), hint: hint.map(Into::into) };
    Verdict::bare(Outcome::Failed, Some(error))
}

fn answered(verb: Verb, route: Route, answer: &Response, may_have_ended: bool) -> Verdict {
    let (outcome, confirmed) = match outcome(verb, route, answer) {
        Outcome::Ended => (Outcome::Ended, Some(true)),
        Outcome::NotFound if may_have_ended => (Outcome::Ended, Some(false)),
        outcome => (outcome, None),
    };
    let good = matches!(outcome, Outcome::Ended | Outcome::Planned);
    Verdict {
        outcome,
        status: Some(answer.status),
        confirmed,
        request_id: answer.request_id.clone(),
        error: (!good).then(|| call_error(verb, route, answer, outcome)),
        state: answer.state.clone(),
    }
}

fn outcome(verb: Verb, route: Route, answer: &Response) -> Outcome {
    if answer.is_from_directory(route) {
        return Outcome::Failed;
    }
    if answer.is_gone() {
        return Outcome::NotFound;
    }
    match (status_meaning(answer.status).outcome, verb) {
        (Outcome::Ended, Verb::Delete) if answer.status == 204 || answer.from_graph => Outcome::Ended,
        (Outcome::Ended, Verb::Get) if answer.state.is_some() || answer.from_graph => Outcome::Planned,
        // Without proof that it comes from Graph, or that it is about the call.
        (Outcome::Ended | Outcome::NotFound, _) => Outcome::Failed,
        (outcome, _) => outcome,
    }
}

fn call_error(verb: Verb, route: Route, answer: &Response, outcome: Outcome) -> CallError {
    let code = answer.error.code.clone();
    let reason = StatusCode::from_u16(answer.status).ok().and_then(|status| status.canonical_reason());
    let message = match &answer.error.message {
        Some(message) => message.clone(),
        None if answer.is_success() => "the response does not come from Graph".to_owned(),
        None => reason.unwrap_or("no message").to_owned(),
    };
    let hint = hint(route, answer, outcome);
    // The hints on temporary statuses are about what became of a request to end the call.
    let hint = (verb == Verb::Delete || answer.status < 500).then(|| hint.to_owned());
    CallError { code, message, hint }
}

fn hint(route: Route, answer: &Response, outcome: Outcome) -> &'static str {
    let status = answer.status;
    let meaning = status_meaning(status);
    match status {
        300..=399 => codes::REDIRECTED,
        _ if answer.is_route_retired() => codes::ROUTE_RETIRED,
        _ if answer.is_from_directory(route) => codes::DIRECTORY_RESPONSE,
        // Gateways send these on behalf of Graph, and their meaning is the same.
        408 | 425 | 429 => codes::hint(status, answer.error.code.as_deref()),
        _ if !answer.from_graph => codes::NOT_GRAPH,
        _ if meaning.outcome == Outcome::NotFound && outcome == Outcome::Failed => codes::NOT_ABOUT_THE_CALL,
        _ => codes::hint(status, answer.error.code.as_deref()),
    }
}

/// Returns true if an attempt may have ended its call although no response says so.
pub fn leaves_open(attempt: &Attempt) -> bool {
    match attempt {
        Attempt::Answered(answer) => {
            let meaning = status_meaning(answer.status);
            meaning.is_retryable() && meaning.may_have_acted
        }
        Attempt::Lost(lost) => lost.may_have_acted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error_body::parse;
    use crate::http::retry::{Class, classify};
    use crate::model::codes::explain;
    use crate::model::codes::explanation::Retry;

    fn answer(status: u16) -> Response {
        Response { status, from_graph: true, ..Response::default() }
    }

    fn with_error(status: u16, code: &str, message: &str) -> Response {
        let body = serde_json::json!({"error": {"code": code, "message": message}}).to_string();
        Response { error: parse(body.as_bytes()), ..answer(status) }
    }

    fn on(route: Route, answer: Response, may_have_ended: bool) -> Verdict {
        verdict(Verb::Delete, route, &Attempt::Answered(answer), may_have_ended)
    }

    fn of(answer: Response, may_have_ended: bool) -> (Outcome, Option<bool>) {
        let verdict = on(Route::App, answer, may_have_ended);
        (verdict.outcome, verdict.confirmed)
    }

    fn hint_of(verdict: Verdict) -> String {
        verdict.error.and_then(|error| error.hint).unwrap_or_default()
    }

    #[test]
    fn retry_outcome_hint_and_explanation_agree_for_every_status() {
        for status in 200..600 {
            let meaning = status_meaning(status);
            let attempt = Attempt::Answered(with_error(status, "UnknownError", "m"));
            let verdict = verdict(Verb::Delete, Route::App, &attempt, false);
            assert_eq!(verdict.outcome, meaning.outcome, "{status}");
            let retried = classify(&attempt) != Class::Final;
            assert_eq!(retried, meaning.explanation.retry == Retry::Automatic, "{status}");
            let temporary = matches!(verdict.outcome, Outcome::Unavailable | Outcome::Throttled);
            assert_eq!(temporary, retried, "{status}");
            let explained = explain(&status.to_string()).filter(|known| known.kind == codes::Kind::Status);
            if let (Some(explained), Some(error)) = (explained, verdict.error) {
                let hint = error.hint.unwrap();
                assert_eq!(hint, explained.action, "{status}");
                assert_eq!(hint.contains(codes::MAY_HAVE_ENDED), leaves_open(&attempt), "{status}");
            }
        }
    }

    #[test]
    fn only_graphs_own_responses_say_gone() {
        let gone = [
            with_error(404, "8522", "Call not found."),
            with_error(404, "9997", "m"),
            with_error(404, "NotFound", "m"),
            answer(404),
            with_error(410, "Gone", "m"),
            with_error(400, "8528", "m"),
            with_error(400, "8543", "m"),
        ];
        for answer in gone {
            let verdict = on(Route::App, answer.clone(), false);
            assert_eq!(verdict.outcome, Outcome::NotFound, "{answer:?}");
            assert!(hint_of(verdict).contains("--ignore-not-found"), "{answer:?}");
            assert_eq!(of(answer, true), (Outcome::Ended, Some(false)));
        }
        let others = [
            Response { from_graph: false, ..answer(404) },
            answer(410),
            with_error(400, "8522", "m"),
            with_error(405, "8522", "m"),
            with_error(404, "BadRequest", "Resource not found for the segment 'app'."),
        ];
        for answer in others {
            let verdict = on(Route::App, answer.clone(), true);
            assert_eq!((verdict.outcome, verdict.confirmed), (Outcome::Failed, None), "{answer:?}");
            assert!(!hint_of(verdict).contains("--ignore-not-found"), "{answer:?}");
        }
        let polled = verdict(Verb::Get, Route::App, &Attempt::Answered(answer(404)), true);
        assert_eq!((polled.outcome, polled.confirmed), (Outcome::NotFound, None), "a GET ends nothing");
    }

    #[test]
    fn success_needs_204_or_a_request_id() {
        let bare = |status| Response { from_graph: false, ..answer(status) };
        assert_eq!(of(bare(204), false), (Outcome::Ended, Some(true)));
        assert_eq!(of(answer(200), false), (Outcome::Ended, Some(true)));
        for status in [200, 202, 206] {
            let verdict = on(Route::App, bare(status), false);
            assert_eq!((verdict.outcome, hint_of(verdict).as_str()), (Outcome::Failed, codes::NOT_GRAPH));
        }
    }

    #[test]
    fn responses_without_graphs_marks_keep_their_outcome_and_blame_the_gateway() {
        for (status, outcome) in [
            (401, Outcome::Unauthorized),
            (403, Outcome::Forbidden),
            (404, Outcome::Failed),
            (502, Outcome::Unavailable),
            (501, Outcome::Failed),
        ] {
            let verdict = on(Route::App, Response { from_graph: false, ..answer(status) }, false);
            assert_eq!(verdict.outcome, outcome, "{status}");
            assert!(hint_of(verdict).starts_with(codes::NOT_GRAPH), "{status}");
        }
    }

    #[test]
    fn directory_responses_say_nothing_about_the_call() {
        for (status, code) in [
            (404, "Request_ResourceNotFound"),
            (403, "Authorization_RequestDenied"),
            (400, "Request_BadRequest"),
        ] {
            let verdict = on(Route::Applications, with_error(status, code, "m"), true);
            assert_eq!((verdict.outcome, verdict.confirmed), (Outcome::Failed, None), "{status}");
            assert_eq!(hint_of(verdict), codes::DIRECTORY_RESPONSE, "{status}");
        }
        let wrapped = with_error(404, "UnknownError", r#"{"errorCode":"8522","message":"Call not found."}"#);
        assert_eq!(on(Route::Applications, wrapped, false).outcome, Outcome::NotFound);
        let denied = with_error(403, "7504", "m");
        assert_eq!(on(Route::Applications, denied, false).outcome, Outcome::Forbidden);
    }

    #[test]
    fn hint_says_that_the_call_may_have_ended_after_a_lost_response() {
        let lost = |may_have_acted| {
            Attempt::Lost(LostResponse { may_have_acted, status: None, reason: "reset".into() })
        };
        let hint = |verb, attempt: &Attempt, earlier| hint_of(verdict(verb, Route::App, attempt, earlier));
        let says = |hint: String| hint.contains(codes::MAY_HAVE_ENDED);
        assert!(says(hint(Verb::Delete, &lost(true), false)));
        assert!(!says(hint(Verb::Delete, &lost(false), false)));
        assert!(!says(hint(Verb::Get, &lost(true), false)));
        for attempt in [
            Attempt::Answered(answer(503)),
            Attempt::Answered(answer(429)),
            Attempt::NotConnected("x".into()),
        ] {
            assert!(says(hint(Verb::Delete, &attempt, true)), "{attempt:?}");
            assert!(!says(hint(Verb::Delete, &attempt, false)), "{attempt:?}");
        }
        assert!(!says(hint(Verb::Delete, &Attempt::Answered(answer(403)), true)));
        assert!(says(hint(Verb::Delete, &Attempt::Answered(with_error(500, "9001", "m")), false)));
    }
}
