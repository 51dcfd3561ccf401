//! The outcomes and exit codes of this tool.

use super::explanation::{Explanation, Kind, Retry};
use super::hints::may_have_ended;

pub(super) const OUTCOMES: &[Explanation] = &[
    outcome(
        &["ended"],
        "The service ended the call (204), or reports it gone after an attempt whose response was lost \
         (confirmed: false). Exit code 0.",
        Retry::NotNeeded,
        "Nothing. --wait waits until the call is really gone.",
    ),
    outcome(
        &["skipped"],
        "An earlier run's log shows that the call was settled (--resume). Exit code 0.",
        Retry::NotNeeded,
        "Nothing. Without --resume the call is sent again.",
    ),
    outcome(
        &["planned"],
        "A dry run: nothing was changed. Exit code 0.",
        Retry::NotNeeded,
        "Run the command without --dry-run to end the call.",
    ),
    outcome(
        &["not-found"],
        "Graph does not know the call: it has already ended, or the ID is wrong. Exit code 4, or 0 with \
         --ignore-not-found.",
        Retry::Never,
        "Compare the ID with the call's notifications. If this is expected, use --ignore-not-found.",
    ),
    outcome(
        &["throttled"],
        "The service answered 429 until the run gave up. Exit code 5.",
        Retry::Later,
        "Run the command again later with a lower -j; the summary says when, if the service did.",
    ),
    outcome(
        &["unavailable"],
        "Temporary failures until the run gave up: 408, 425, 5xx or no response. Exit code 5.",
        Retry::Later,
        concat!("Run the command again later. ", may_have_ended!()),
    ),
    outcome(
        &["failed"],
        "The service rejected the request, or the response was not Graph's. Exit code 1.",
        Retry::AfterFix,
        "Follow the hint; --explain with the error code or the HTTP status says more.",
    ),
    outcome(
        &["still-active"],
        "The service accepted the request, but the call was not gone when --wait ran out. Exit code 1.",
        Retry::Later,
        "Look at it with --dry-run=server, or run the command again with a longer --wait.",
    ),
    outcome(
        &["invalid"],
        "The line names no call; nothing was sent for it. Exit code 1.",
        Retry::AfterFix,
        "Correct the line that the result names.",
    ),
    outcome(
        &["unauthorized"],
        "The service rejected the token (401), or there was none. Exit code 3.",
        Retry::AfterFix,
        "Check the token with `hangup --check`, then run the command again.",
    ),
    outcome(
        &["forbidden"],
        "The token is valid, but the application may not end this call (403). Exit code 3.",
        Retry::AfterFix,
        "Follow the hint; --explain with the error code says more.",
    ),
    outcome(
        &["not-attempted"],
        "The run was stopped before the first request for this call.",
        Retry::Later,
        "Fix what stopped the run, then run the command again.",
    ),
];

pub(super) const EXIT_CODES: &[Explanation] = &[
    exit(&["0"], "Success.", Retry::NotNeeded, "Nothing."),
    exit(
        &["1"],
        "At least one call could not be ended.",
        Retry::AfterFix,
        "Follow the hints in the report; `-f run.jsonl` retries what failed.",
    ),
    exit(
        &["2"],
        "Usage or configuration error: nothing was sent.",
        Retry::AfterFix,
        "Correct what the error message names, then run the command again.",
    ),
    exit(
        &["3"],
        "Not authorised: the token is missing, was rejected, or may not end a call.",
        Retry::AfterFix,
        "Check the token with `hangup --check`, then run the command again.",
    ),
    exit(
        &["4"],
        "Some calls were not found; the rest succeeded.",
        Retry::Never,
        "Compare the IDs with the calls' notifications. If this is expected, use --ignore-not-found.",
    ),
    exit(&["5"], "A temporary failure.", Retry::Later, "Run the same command again later."),
    exit(&["129"], "Stopped by SIGHUP.", Retry::Later, "Run the command again; --resume skips what is done."),
    exit(
        &["130"],
        "Stopped by SIGINT (Ctrl-C).",
        Retry::Later,
        "Run the command again; --resume skips what is done.",
    ),
    exit(
        &["143"],
        "Stopped by SIGTERM.",
        Retry::Later,
        "Run the command again; --resume skips what is done.",
    ),
];

const fn outcome(
    codes: &'static [&'static str],
    meaning: &'static str,
    retry: Retry,
    action: &'static str,
) -> Explanation {
    Explanation { codes, kind: Kind::Outcome, meaning, retry, action }
}

const fn exit(
    codes: &'static [&'static str],
    meaning: &'static str,
    retry: Retry,
    action: &'static str,
) -> Explanation {
    Explanation { codes, kind: Kind::ExitCode, meaning, retry, action }
}
