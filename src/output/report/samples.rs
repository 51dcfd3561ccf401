//! Results and summaries for tests.

use std::time::Duration;

use crate::model::call::AppId;
use crate::model::exit::Exit;
use crate::model::outcome::{
    CallError, CallResult, Counts, LastSeen, LeftAlone, NotFoundPolicy, Origin, Outcome, Plan, Source,
    Summary,
};
use crate::model::route::Route;
use crate::settings::{Format, Output, Streams, Verbosity};

pub(crate) const ID: &str = "57dab8b1-894c-409a-b240-bd8beae78896";

pub(crate) fn origin() -> Origin {
    Origin { base_url: "https://graph.microsoft.com".into(), sandbox: false }
}

pub(crate) fn output(format: Format, volume: Verbosity) -> Output {
    Output {
        format,
        volume,
        verbose: false,
        color: Streams::default(),
        terminals: Streams::default(),
        progress: false,
    }
}

/// A result with nothing but its outcome.
pub(crate) fn bare(outcome: Outcome) -> CallResult {
    CallResult {
        id: ID.into(),
        app_id: None,
        outcome,
        status: None,
        confirmed: None,
        attempts: 0,
        duration: Duration::ZERO,
        time: "2026-03-01T12:00:00.5Z".parse().unwrap(),
        route: None,
        client_request_id: None,
        request_id: None,
        source: None,
        error: None,
        plan: None,
        seen: None,
        token: None,
        exit: outcome.exit(NotFoundPolicy::Reported, Exit::Interrupted),
    }
}

/// A result as the run would give it, with all that belongs to its outcome.
pub(crate) fn full(outcome: Outcome) -> CallResult {
    let status = match outcome {
        Outcome::Ended | Outcome::StillActive => Some(204),
        Outcome::NotFound => Some(404),
        Outcome::Throttled => Some(429),
        Outcome::Unavailable => Some(503),
        Outcome::Failed => Some(400),
        Outcome::Unauthorized => Some(401),
        Outcome::Forbidden => Some(403),
        Outcome::Skipped | Outcome::Planned | Outcome::Invalid | Outcome::NotAttempted => None,
    };
    let sent = status.is_some();
    let well = bare(outcome).exit == Exit::Ok;
    CallResult {
        app_id: sent.then(|| AppId::parse("my-app").unwrap()),
        status,
        confirmed: (outcome == Outcome::Ended).then_some(true),
        attempts: u32::from(sent),
        duration: Duration::from_micros(if sent { 85_400 } else { 0 }),
        route: sent.then_some(Route::Applications),
        client_request_id: sent.then(|| "00000000-0000-4000-8000-000000000001".parse().unwrap()),
        request_id: sent.then(|| "req-1".into()),
        error: (!well).then(|| error(Some("8522"), "what happened", Some("what to do"))),
        source: (outcome == Outcome::Invalid).then(|| Source { file: "calls.txt".into(), line: 7 }),
        plan: (outcome == Outcome::Planned).then(|| plan(None)),
        ..bare(outcome)
    }
}

pub(crate) fn error(code: Option<&str>, message: &str, hint: Option<&str>) -> CallError {
    CallError { code: code.map(Into::into), message: message.into(), hint: hint.map(Into::into) }
}

pub(crate) fn plan(state: Option<&str>) -> Plan {
    Plan { method: "DELETE", url: format!("https://graph/beta/app/calls/{ID}"), state: state.map(Into::into) }
}

pub(crate) fn seen() -> LastSeen {
    LastSeen {
        state: "established".into(),
        time: Some("2026-03-01T09:00:00Z".parse().unwrap()),
        age: Some(Duration::from_secs(3 * 3600 + 125)),
        tenant_id: Some("my-tenant".into()),
    }
}

pub(crate) fn summary(outcomes: &[Outcome]) -> Summary {
    let mut counts = Counts::default();
    for outcome in outcomes {
        counts.add(*outcome);
    }
    Summary {
        counts,
        duplicates: 0,
        input_complete: true,
        duration: Duration::from_millis(412),
        exit: Exit::Ok,
        sandbox: false,
        base_url: "https://graph.microsoft.com".into(),
        stopped: None,
        retry_after: None,
        already_done: 0,
        left_alone: LeftAlone::default(),
        advice: None,
    }
}
