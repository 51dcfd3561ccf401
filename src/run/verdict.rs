//! What an attempt means for its call: pure, a table.

use http::StatusCode;

use crate::auth::TokenError;
use crate::http::attempt::{Answer, Attempt, LostResponse, leaves_open};
use crate::http::request::Verb;
use crate::model::codes;
use crate::model::exit::Exit;
use crate::model::outcome::{CallError, Outcome};

/// What becomes of a call if nothing more is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// The HTTP status, where one came.
    pub status: Option<u16>,
    /// For `ended`: whether the service said so itself.
    pub confirmed: Option<bool>,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// What went wrong.
    pub error: Option<CallError>,
    /// The call's state, where a GET told it.
    pub state: Option<String>,
}

impl Verdict {
    /// An outcome that no answer stands behind.
    pub fn bare(outcome: Outcome, error: Option<CallError>) -> Self {
        Self { outcome, status: None, confirmed: None, request_id: None, error, state: None }
    }

    /// The run was stopped before the call's first attempt.
    pub fn not_attempted(why: &str) -> Self {
        Self::bare(Outcome::NotAttempted, Some(CallError { message: why.into(), ..CallError::default() }))
    }

    /// There is no token to be had for the call.
    pub fn no_token(error: &TokenError) -> Self {
        let outcome = match error.exit() {
            Exit::Temporary => Outcome::Unavailable,
            // As a certificate of Graph's own that is rejected.
            Exit::Failed => Outcome::Failed,
            _ => Outcome::Unauthorized,
        };
        let message = format!("no token: {}", error.message);
        Self::bare(outcome, Some(CallError { code: error.code.clone(), message, hint: error.hint.clone() }))
    }
}

/// What an attempt means. `lost` tells whether an earlier attempt may have ended the call unheard.
pub fn verdict(verb: Verb, attempt: &Attempt, lost: bool) -> Verdict {
    match attempt {
        Attempt::Answered(answer) => answered(verb, answer, lost),
        Attempt::Lost(LostResponse { status, reason, .. }) => {
            let error = CallError { message: format!("no whole answer: {reason}"), ..CallError::default() };
            Verdict { status: *status, ..Verdict::bare(Outcome::Unavailable, Some(error)) }
        }
        Attempt::NotConnected(reason) => {
            let error = CallError { message: format!("no connection: {reason}"), ..CallError::default() };
            Verdict::bare(Outcome::Unavailable, Some(error))
        }
        Attempt::CertificateRejected(reason) => failed(reason, Some(codes::CERTIFICATE_REJECTED)),
        Attempt::CannotSend(reason) => failed(reason, None),
    }
}

fn failed(message: &str, hint: Option<&str>) -> Verdict {
    let error = CallError { code: None, message: message.into(), hint: hint.map(Into::into) };
    Verdict::bare(Outcome::Failed, Some(error))
}

fn answered(verb: Verb, answer: &Answer, lost: bool) -> Verdict {
    let (outcome, confirmed) = outcome(verb, answer, lost);
    let good = matches!(outcome, Outcome::Ended | Outcome::Planned);
    Verdict {
        outcome,
        status: Some(answer.status),
        confirmed,
        request_id: answer.request_id.clone(),
        error: (!good).then(|| call_error(verb, answer)),
        state: answer.state.clone(),
    }
}

fn outcome(verb: Verb, answer: &Answer, lost: bool) -> (Outcome, Option<bool>) {
    let outcome = match answer.status {
        200..=299 if verb == Verb::Get => Outcome::Planned,
        200..=299 => return (Outcome::Ended, Some(true)),
        404 if answer.is_not_found() && lost && verb == Verb::Delete => {
            return (Outcome::Ended, Some(false));
        }
        404 if answer.is_not_found() => Outcome::NotFound,
        401 => Outcome::Unauthorized,
        403 => Outcome::Forbidden,
        429 => Outcome::Throttled,
        408 | 425 | 500..=599 => Outcome::Unavailable,
        _ => Outcome::Failed,
    };
    (outcome, None)
}

fn call_error(verb: Verb, answer: &Answer) -> CallError {
    let code = answer.error.code.clone();
    let reason = StatusCode::from_u16(answer.status).ok().and_then(|status| status.canonical_reason());
    let message = answer.error.message.clone().unwrap_or_else(|| reason.unwrap_or("no message").to_owned());
    // What is said of a 5xx is about what became of a hang-up.
    let hint = hint(answer).filter(|_| verb == Verb::Delete || answer.status < 500);
    CallError { code, message, hint: hint.map(str::to_owned) }
}

fn hint(answer: &Answer) -> Option<&'static str> {
    match answer.status {
        300..=399 => Some(codes::REDIRECTED),
        _ if answer.is_route_retired() => Some(codes::ROUTE_RETIRED),
        404 if !answer.from_graph => Some(codes::NOT_GRAPHS_404),
        status => codes::hint(Some(status), answer.error.code.as_deref()),
    }
}

/// Whether an attempt may have ended its call without our hearing of it.
pub fn may_have_ended(attempt: &Attempt) -> bool {
    match attempt {
        Attempt::Answered(answer) => leaves_open(answer.status),
        Attempt::Lost(loss) => loss.may_have_acted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error_body::ServiceError;

    fn answer(status: u16) -> Answer {
        Answer { status, from_graph: true, ..Answer::default() }
    }

    fn of(answer: Answer, lost: bool) -> (Outcome, Option<bool>) {
        let verdict = verdict(Verb::Delete, &Attempt::Answered(answer), lost);
        (verdict.outcome, verdict.confirmed)
    }

    #[test]
    fn each_status_has_the_outcome_of_the_contracts_table() {
        let table = [
            (200, Outcome::Ended),
            (202, Outcome::Ended),
            (204, Outcome::Ended),
            (301, Outcome::Failed),
            (308, Outcome::Failed),
            (400, Outcome::Failed),
            (401, Outcome::Unauthorized),
            (402, Outcome::Failed),
            (403, Outcome::Forbidden),
            (404, Outcome::NotFound),
            (405, Outcome::Failed),
            (408, Outcome::Unavailable),
            (409, Outcome::Failed),
            (410, Outcome::Failed),
            (412, Outcome::Failed),
            (423, Outcome::Failed),
            (425, Outcome::Unavailable),
            (429, Outcome::Throttled),
            (500, Outcome::Unavailable),
            (501, Outcome::Unavailable),
            (502, Outcome::Unavailable),
            (503, Outcome::Unavailable),
            (504, Outcome::Unavailable),
            (507, Outcome::Unavailable),
            (509, Outcome::Unavailable),
        ];
        for (status, outcome) in table {
            let confirmed = (outcome == Outcome::Ended).then_some(true);
            assert_eq!(of(answer(status), false), (outcome, confirmed), "{status}");
        }
    }

    #[test]
    fn a_404_means_ended_only_after_a_lost_answer_and_only_if_it_is_graphs() {
        assert_eq!(of(answer(404), true), (Outcome::Ended, Some(false)));
        let looked = verdict(Verb::Get, &Attempt::Answered(answer(404)), true);
        assert_eq!((looked.outcome, looked.confirmed), (Outcome::NotFound, None), "a GET ends nothing");
        let not_graphs = || Answer { from_graph: false, ..answer(404) };
        assert_eq!(of(not_graphs(), true), (Outcome::Failed, None));
        assert_eq!(of(not_graphs(), false), (Outcome::Failed, None));
        let message = Some("Resource not found for the segment 'app'.".to_owned());
        let error = ServiceError { message, is_graph: true, ..ServiceError::default() };
        assert_eq!(of(Answer { error, ..answer(404) }, true), (Outcome::Failed, None));
    }

    #[test]
    fn what_leaves_open_whether_the_call_was_ended() {
        let open: Vec<u16> = (100..600).filter(|s| may_have_ended(&Attempt::Answered(answer(*s)))).collect();
        assert_eq!(open, [408, 500, 502, 504]);
        let loss = |may_have_acted| LostResponse { may_have_acted, status: None, reason: String::new() };
        assert!(may_have_ended(&Attempt::Lost(loss(true))));
        assert!(!may_have_ended(&Attempt::Lost(loss(false))));
        assert!(!may_have_ended(&Attempt::NotConnected(String::new())));
    }
}
