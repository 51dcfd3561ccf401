//! What became of each call, and of them all: results and a summary whose counts always add up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::model::call::AppId;
use crate::model::exit::Exit;
use crate::model::route::Route;

/// What became of one call. Every call that is read ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The call is ended: 2xx, or Graph's own 404 after an attempt whose answer was lost.
    Ended,
    /// Not sent: an earlier run's log shows it ended or not found.
    Skipped,
    /// A dry run: what would be sent.
    Planned,
    /// Graph's own 404: ended already, or a wrong id.
    NotFound,
    /// 429 to the end.
    Throttled,
    /// 408, 425, 5xx or no answer, to the end.
    Unavailable,
    /// Any other answer.
    Failed,
    /// Accepted, but the call was still there when `--wait` ran out.
    StillActive,
    /// A line that names no call.
    Invalid,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// The run was stopped before the call's first attempt.
    NotAttempted,
}

impl Outcome {
    /// All of them, in the order in which reports count them.
    pub const ALL: [Self; 12] = [
        Self::Ended,
        Self::Skipped,
        Self::Planned,
        Self::NotFound,
        Self::Throttled,
        Self::Unavailable,
        Self::Failed,
        Self::StillActive,
        Self::Invalid,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotAttempted,
    ];

    /// The name in every report and log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Skipped => "skipped",
            Self::Planned => "planned",
            Self::NotFound => "not-found",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
            Self::StillActive => "still-active",
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotAttempted => "not-attempted",
        }
    }

    /// The exit code that one such result asks for. `stopped_by` is what stopped the run, for the calls that
    /// were not attempted because of it.
    pub const fn exit(self, not_found: NotFoundPolicy, stopped_by: Exit) -> Exit {
        match self {
            Self::Ended | Self::Skipped | Self::Planned => Exit::Ok,
            Self::NotFound => match not_found {
                NotFoundPolicy::Reported => Exit::NotFound,
                NotFoundPolicy::Fine => Exit::Ok,
            },
            Self::Throttled | Self::Unavailable => Exit::Temporary,
            Self::Failed | Self::StillActive | Self::Invalid => Exit::Failed,
            Self::Unauthorized | Self::Forbidden => Exit::Denied,
            Self::NotAttempted => stopped_by,
        }
    }
}

/// Whether a call that was not found counts (`--ignore-not-found`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotFoundPolicy {
    /// Exit 4.
    #[default]
    Reported,
    /// Exit 0.
    Fine,
}

/// Where a call was named: a file (or standard input) and a line in it, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file as the user named it; `-` for standard input.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Source {
    /// `FILE:LINE`, as in every report and log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What went wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallError {
    /// The service's error code, cleaned.
    pub code: Option<String>,
    /// What happened, in words, cleaned.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What a dry run shows of a request that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The request's method.
    pub method: &'static str,
    /// The request's URL.
    pub url: String,
    /// The call's state as the service reported it (`--dry-run=server`).
    pub state: Option<String>,
}

/// What a notification record knows of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSeen {
    /// The last state in the record, as the service spells it.
    pub state: String,
    /// When that was, by the record's own time.
    pub time: Option<Timestamp>,
    /// How long that was before now.
    pub age: Option<Duration>,
    /// The tenant that the notifications name.
    pub tenant_id: Option<String>,
}

/// What became of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// The id as it was first spelled; for `invalid`, the line's text, cleaned and cut.
    pub id: String,
    /// The app id of the call.
    pub app_id: Option<AppId>,
    /// What became of it.
    pub outcome: Outcome,
    /// The last HTTP status, where one came.
    pub status: Option<u16>,
    /// For `ended`: whether the service said so itself.
    pub confirmed: Option<bool>,
    /// How many requests were sent to end it.
    pub attempts: u32,
    /// From its first attempt (or from when it was read) to its result.
    pub duration: Duration,
    /// When it was settled.
    pub time: Timestamp,
    /// The route of its last request, or the one it would have taken.
    pub route: Option<Route>,
    /// The `client-request-id` of all its attempts.
    pub client_request_id: Option<Uuid>,
    /// The service's `request-id` of its last answer.
    pub request_id: Option<String>,
    /// Where it was named; `None` for an argument.
    pub source: Option<Source>,
    /// What went wrong.
    pub error: Option<CallError>,
    /// What a dry run would have sent.
    pub plan: Option<Plan>,
    /// What the notification record knows of it.
    pub seen: Option<LastSeen>,
    /// The identity of the token in use; `None` where nothing was sent or the token is opaque.
    pub token: Option<Arc<TokenIdentity>>,
    /// The exit code that this result asks for.
    pub exit: Exit,
}

/// The app and tenant that a token is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenIdentity {
    pub app_id: String,
    pub tenant_id: String,
}

/// How many active calls of a notification log are left alone, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftAlone {
    /// No notification about the call has a time.
    pub no_time: u64,
    /// The last notification is younger than `--older-than`.
    pub too_young: u64,
    /// The call belongs to a tenant other than `--tenant`.
    pub other_tenant: u64,
    /// `--tenant` is given, and no notification names the call's tenant.
    pub unknown_tenant: u64,
}

/// The service that a run's requests go to: results of different services must not be mixed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub base_url: String,
    pub sandbox: bool,
}

/// How many results there are of each outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([u64; Outcome::ALL.len()]);

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        self.0[outcome as usize] += 1;
    }

    /// How many there are of one outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// How many there are of all.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// The result of the whole run. The total is the sum of the counts, so the two can never differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Results by outcome.
    pub counts: Counts,
    /// Calls that were named again, and not sent again.
    pub duplicates: u64,
    /// Whether the whole input was read.
    pub input_complete: bool,
    /// The whole run.
    pub duration: Duration,
    /// What the process exits with.
    pub exit: Exit,
    /// Whether the run was a rehearsal.
    pub sandbox: bool,
    /// Where the requests went.
    pub base_url: String,
    /// Where the run was stopped: by what, in words (`deadline of 2 min reached`).
    pub stopped: Option<String>,
    /// How long to wait before the same command makes sense again, where the service said so.
    pub retry_after: Option<Duration>,
    /// Lines of the input that are results of an earlier run and need nothing more.
    pub already_done: u64,
    pub left_alone: LeftAlone,
    /// What to do next (exit codes 3 and 5).
    pub advice: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_the_contracts_table() {
        let table = [
            (Outcome::Ended, 0),
            (Outcome::Skipped, 0),
            (Outcome::Planned, 0),
            (Outcome::NotFound, 4),
            (Outcome::Throttled, 5),
            (Outcome::Unavailable, 5),
            (Outcome::Failed, 1),
            (Outcome::StillActive, 1),
            (Outcome::Invalid, 1),
            (Outcome::Unauthorized, 3),
            (Outcome::Forbidden, 3),
            (Outcome::NotAttempted, 143),
        ];
        assert_eq!(table.map(|(outcome, _)| outcome), Outcome::ALL);
        for (outcome, code) in table {
            assert_eq!(outcome.exit(NotFoundPolicy::Reported, Exit::Terminated).code(), code, "{outcome:?}");
        }
        assert_eq!(Outcome::NotFound.exit(NotFoundPolicy::Fine, Exit::Ok), Exit::Ok);
    }

    #[test]
    fn counts_add_up() {
        let mut counts = Counts::default();
        for outcome in Outcome::ALL {
            counts.add(outcome);
            assert_eq!(counts.of(outcome), 1);
        }
        assert_eq!(counts.total(), 12);
    }
}
