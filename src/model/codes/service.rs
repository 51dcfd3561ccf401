//! Error codes of Microsoft Graph's calling service.
//!
//! Graph documents few of them; the meanings of most 75xx and 85xx codes are those that Azure Communication Services
//! publishes for the same calling service.

use super::explanation::{Explanation, Kind, Retry};

/// Codes that say that the call is over, each with the statuses with which it says so.
const GONE: &[(&str, &[u16])] =
    &[("8522", &[404]), ("9997", &[404]), ("8528", &[400, 404, 410]), ("8543", &[400, 404, 410])];

/// Returns true if a code says that the call is over whatever its status; `None` for codes that say nothing about it.
pub fn says_gone(status: u16, code: &str) -> Option<bool> {
    GONE.iter().find(|(known, _)| *known == code).map(|(_, statuses)| statuses.contains(&status))
}

pub(super) const CODES: &[Explanation] = &[
    service(
        &["8522", "9997"],
        "Call not found.",
        Retry::Never,
        "The call has already ended, or the ID is wrong or belongs to another app (a callChainId, Scenario-Id or \
         botData.callId is not a call ID). If that is expected, use --ignore-not-found.",
    ),
    service(
        &["8528", "8543"],
        "The call has terminated or does not exist.",
        Retry::Never,
        "The call is over: nothing is left to do. If that is expected, use --ignore-not-found.",
    ),
    service(
        &["7500"],
        "The service does not support this kind of identity.",
        Retry::AfterFix,
        "Use an application token of the bot (client credentials), not one of a user or of a managed identity that is \
         not the bot's.",
    ),
    service(
        &["7501"],
        "The token is not valid for the calling service.",
        Retry::AfterFix,
        "Get a new token for the scope https://graph.microsoft.com/.default (or your cloud's); `hangup --check` shows \
         what the present one says.",
    ),
    service(
        &["7502"],
        "Access to the calling service is not enabled for this application.",
        Retry::AfterFix,
        "Enable calling on the Teams channel of the application's Azure Bot.",
    ),
    service(
        &["7503"],
        "The calling service does not know this application.",
        Retry::AfterFix,
        "Use the bot's own client ID; its Azure Bot needs the Teams channel with calling enabled.",
    ),
    service(
        &["7504"],
        "Insufficient enterprise tenant permissions: the application may not do this in the call's tenant.",
        Retry::AfterFix,
        "Have an administrator of the call's tenant consent to Calls.Initiate.All (and Calls.AccessMedia.All for \
         media hosted by the application), then get a new token.",
    ),
    service(
        &["7505", "8517"],
        "The token's tenant is not the call's tenant.",
        Retry::AfterFix,
        "Get a token in the call's tenant (tenantId in its notifications): one run per tenant.",
    ),
    service(
        &["7506"],
        "The calling service does not trust the certificate that comes with the request.",
        Retry::AfterFix,
        "Check the proxy and its client certificates: Graph itself asks for none.",
    ),
    service(
        &["7507"],
        "The token's application is not the one that owns the call.",
        Retry::AfterFix,
        "Use the credentials of the bot that created or answered the call.",
    ),
    service(
        &["8501"],
        "The call is not established yet.",
        Retry::Later,
        "Look at its state with --dry-run=server, and run the command again in a few seconds.",
    ),
    service(
        &["8585"],
        "The call is not in a state in which this is possible.",
        Retry::Later,
        "Look at its state with --dry-run=server, and run the command again in a few seconds.",
    ),
    service(
        &["8519"],
        "Another action on the call is in progress.",
        Retry::Later,
        "Run the command again in a few seconds.",
    ),
    service(
        &["8520"],
        "The service does not support this for the call.",
        Retry::Never,
        "Look at the call with --dry-run=server; Microsoft support can look up the request ID.",
    ),
    service(&["8523"], "Invalid argument.", Retry::Never, "Check the call ID and the extra headers (-H)."),
    service(
        &["8583"],
        "A precondition failed.",
        Retry::AfterFix,
        "Remove the If-Match header (-H, config: headers).",
    ),
    service(
        &["8516"],
        "Throttled by the calling service.",
        Retry::Later,
        "Run the command again later with a lower -j. Other programs with the same app ID share the limit.",
    ),
    service(
        &["8529"],
        "The monthly limit of calls is used up.",
        Retry::Later,
        "This is about creating calls; calls can still be ended. Run the command again later.",
    ),
    service(
        &["8530"],
        "The limit of active calls is reached.",
        Retry::Later,
        "This is about creating calls; ending calls makes room for new ones. Run the command again later.",
    ),
    service(
        &["9001", "9998", "9999"],
        "Unknown error inside the service.",
        Retry::Later,
        "Run the command again later; if it persists, give the request ID to Microsoft support.",
    ),
    service(
        &["9002"],
        "A service behind Graph timed out.",
        Retry::Later,
        "Run the command again later; if it persists, give the request ID to Microsoft support.",
    ),
    service(
        &["9003"],
        "A service behind Graph cancelled the request.",
        Retry::Later,
        "Run the command again later; if it persists, give the request ID to Microsoft support.",
    ),
    service(
        &["UnknownError"],
        "Graph's code for everything else: the HTTP status says more, and the message may contain the actual code \
         ({\"errorCode\":\"7503\",...}).",
        Retry::Depends,
        "Explain the status instead (--explain 403), or the code inside the message; hangup reports the latter as the \
         code.",
    ),
];

const fn service(
    codes: &'static [&'static str],
    meaning: &'static str,
    retry: Retry,
    action: &'static str,
) -> Explanation {
    Explanation { codes, kind: Kind::Service, meaning, retry, action }
}
