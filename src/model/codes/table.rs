//! The table of codes. Each `next` stands alone, because it is also the hint beside a message.

use super::{Explanation, Kind, Retry};

/// The hint for a `not-found` of an ID that is no GUID.
pub const NOT_A_CALL_ID: &str = "This does not look like a call ID: Graph's are GUIDs. Check for a cut-off or \
     wrong value; --ignore-not-found does not apply to it.";

/// The hint where a pinned route is retired.
pub const ROUTE_RETIRED: &str = "The service has retired this route; no call is meant by it. Leave --route at \
    `auto`, or use --route communications.";
/// The hint for a 404 without Graph's error object or request id.
pub const NOT_GRAPHS_404: &str = "This 404 is not Graph's own: something else answered. Look at the base URL \
    (--base-url, --cloud; `hangup --check` shows it) and at proxies on the way.";
/// The hint for a 3xx, which is never followed.
pub const REDIRECTED: &str = "Redirects are not followed: the token would go to another host. Graph sends none \
    for calls, so look at the base URL and at proxies on the way.";
/// The hint for a server certificate that is not trusted.
pub const CERTIFICATE_REJECTED: &str = "The server's certificate is not trusted. If a proxy of your own opens \
    the connection, name its root with --cacert FILE; otherwise look at the base URL and at this machine's clock.";
/// The hint for `not-found` of a call that came from a record of notifications.
pub const FORGOTTEN: &str = "The service has forgotten this call: it is over, and the record missed its last \
    notification. Nothing is left to be done; with --ignore-not-found it counts as success.";
/// The hint where the `applications` route is asked for and no app id is known.
pub const NO_ROUTE_WITHOUT_APP_ID: &str =
    "This route needs the application's id: give --app-id, or the call as /applications/APP/calls/ID.";

/// All that is known.
pub(super) const ALL: &[Explanation] = &[
    service(
        &["8522"],
        "Call not found.",
        Retry::Never,
        "The call has ended already, or the id is wrong or another application's. Compare it with the last \
         notification; with --ignore-not-found it counts as success.",
    ),
    service(
        &["7504"],
        "Insufficient enterprise tenant permissions: the application may not do this in the call's tenant.",
        Retry::AfterFix,
        "Have an administrator of the call's tenant consent to Calls.Initiate.All (and Calls.AccessMedia.All for \
         media hosted by the application), then get a new token.",
    ),
    service(
        &["AADSTS7000215", "invalid_client"],
        "Sign-in: the client secret is wrong.",
        Retry::AfterFix,
        "Give the secret's value, not its id, and check that it belongs to this client_id.",
    ),
    service(
        &["AADSTS7000112"],
        "Sign-in: the application is disabled in the tenant.",
        Retry::AfterFix,
        "Have an administrator of the tenant enable the application under its enterprise applications.",
    ),
    service(
        &["AADSTS7000222"],
        "Sign-in: the client secret has expired.",
        Retry::AfterFix,
        "Create a new secret or certificate for the application and put it where the config names it.",
    ),
    service(
        &["AADSTS700016", "unauthorized_client"],
        "Sign-in: the application was not found in the tenant.",
        Retry::AfterFix,
        "Check client_id, tenant_id and --cloud, and that the application was consented to in that tenant.",
    ),
    service(
        &["AADSTS90002", "AADSTS900023"],
        "Sign-in: the tenant was not found.",
        Retry::AfterFix,
        "Check tenant_id, and --cloud: a tenant of one cloud is unknown in the others.",
    ),
    service(
        &["AADSTS700027"],
        "Sign-in: the certificate's signature was not accepted.",
        Retry::AfterFix,
        "Upload this certificate to the application's registration, or use the one that is there.",
    ),
    service(
        &["AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213"],
        "Sign-in: no federated credential of the application matches the token.",
        Retry::AfterFix,
        "Compare the issuer, subject and audience of the federated token with the application's federated \
         credentials.",
    ),
    service(
        &["AADSTS500011"],
        "Sign-in: the tenant does not know Graph under the name that was asked for.",
        Retry::AfterFix,
        "Check --cloud: Graph has another name in each.",
    ),
    status(
        &["200", "204"],
        "Success: the call is ended. (As the first part of an end code: a normal end; ask with the second.)",
        Retry::NotNeeded,
        "Nothing. To see the call gone, use --wait.",
    ),
    status(
        &["301", "302", "303", "307", "308"],
        "A redirect, which is never followed.",
        Retry::AfterFix,
        REDIRECTED,
    ),
    status(
        &["400", "BadRequest", "InvalidRequest"],
        "The request was not understood; with \"Resource not found for the segment\", its route is retired.",
        Retry::Never,
        "Check the id, --route and --api-version; `--route auto` finds the route that still stands.",
    ),
    status(
        &["401", "InvalidAuthenticationToken", "Unauthorized", "AuthenticationError", "Unauthenticated"],
        "The token was not accepted: expired, cut off, for another audience, or from another cloud.",
        Retry::AfterFix,
        "Get a new token, for the scope https://graph.microsoft.com/.default (or your cloud's); `hangup --check` \
         shows what the present one says.",
    ),
    status(
        &["402"],
        "Payment required: the tenant's licence or billing does not cover this.",
        Retry::AfterFix,
        "Ask the tenant's administrator about the licence for this API.",
    ),
    status(
        &["403", "Forbidden", "AccessDenied", "Authorization_RequestDenied"],
        "The token is good, but the application may not do this.",
        Retry::AfterFix,
        "Grant the application permission Calls.Initiate.All with admin consent (delegated permissions do not \
         count), get a new token, and check that the call is this application's own.",
    ),
    status(
        &["404", "NotFound", "ItemNotFound", "ResourceNotFound", "Request_ResourceNotFound"],
        "Not found: the call has ended already, or the id is wrong.",
        Retry::Never,
        "Compare the id with the last notification, and the cloud and app id with those it was created in; \
         with --ignore-not-found it counts as success.",
    ),
    status(
        &["405", "MethodNotAllowed", "NotAllowed"],
        "The resource cannot be deleted: the URL is not that of a call.",
        Retry::Never,
        "Check --route, --api-version and the base URL.",
    ),
    status(
        &["406", "NotAcceptable"],
        "The service cannot answer in the format asked for.",
        Retry::Never,
        "Remove an extra Accept header (-H, config: headers).",
    ),
    status(
        &["408", "RequestTimeout"],
        "The service or a gateway gave up waiting. (As the first part of an end code: a time-out; ask with the \
         second.)",
        Retry::Automatic,
        "The call may be ended all the same. Run the command again; if it stays, raise --timeout.",
    ),
    status(
        &["409", "Conflict", "NameAlreadyExists"],
        "The call is in a state that contradicts the request.",
        Retry::Later,
        "Look at its state with --dry-run=server, and run the command again in a few seconds.",
    ),
    status(
        &["410", "Gone"],
        "The resource is gone for good. (As the first part of an end code: media failed; ask with the second.)",
        Retry::Never,
        "The call has ended, or the route is retired: try --route communications.",
    ),
    status(
        &["411"],
        "A length is missing from the request: a proxy has changed it.",
        Retry::Never,
        "Look at proxies on the way; Graph asks for no length on a DELETE.",
    ),
    status(
        &["412", "PreconditionFailed"],
        "The call has changed since the etag in If-Match.",
        Retry::AfterFix,
        "Leave the If-Match header away (-H, config: headers), or give the present etag.",
    ),
    status(
        &["413"],
        "The request is too large.",
        Retry::AfterFix,
        "Look at the extra headers (-H, config: headers) and at the token's size.",
    ),
    status(
        &["415"],
        "The service does not take the request's content type.",
        Retry::AfterFix,
        "Remove an extra Content-Type header (-H, config: headers): the request has no body.",
    ),
    status(&["416"], "The range asked for is not there.", Retry::AfterFix, "Remove an extra Range header."),
    status(
        &["422", "UnprocessableEntity"],
        "The request is well-formed, but makes no sense to the service.",
        Retry::Never,
        "Check the id and the extra headers; with the request id, Microsoft support can tell more.",
    ),
    status(
        &["423", "Locked", "ResourceLocked"],
        "The resource is locked by somebody else.",
        Retry::Later,
        "Run the command again in a few seconds.",
    ),
    status(
        &["425"],
        "Too early: the service does not yet take requests on this connection.",
        Retry::Automatic,
        "Run the command again.",
    ),
    status(
        &["429", "TooManyRequests", "ActivityLimitReached"],
        "Throttled: too many requests; those sent before the time in Retry-After count against the limit too.",
        Retry::Automatic,
        "Run the command again later; if it stays, lower -j. Other programs with the same app id share the limit.",
    ),
    status(
        &["500", "InternalServerError", "GeneralException", "UnknownError"],
        "The service failed. (As the first part of an end code: media with the bot failed; ask with the second.)",
        Retry::Automatic,
        "The call may be ended all the same. Run the command again later; if it stays, give the request id to \
         Microsoft support.",
    ),
    status(
        &["501", "NotImplemented", "NotSupported"],
        "The service does not offer this.",
        Retry::Never,
        "Check --route, --api-version and --cloud: not every route is in every cloud.",
    ),
    status(
        &["502", "BadGateway"],
        "A gateway got no good answer from the service.",
        Retry::Automatic,
        "The call may be ended all the same. Run the command again later.",
    ),
    status(
        &["503", "ServiceNotAvailable", "ServiceUnavailable"],
        "The service is down or overloaded for the moment.",
        Retry::Automatic,
        "Run the command again later; the service's health page tells of longer outages.",
    ),
    status(
        &["504", "GatewayTimeout"],
        "A gateway gave up waiting for the service.",
        Retry::Automatic,
        "The call may be ended all the same. Run the command again later.",
    ),
    status(
        &["507", "InsufficientStorage", "QuotaLimitReached"],
        "The service has no room left for the request.",
        Retry::Later,
        "Run the command again later; if it stays, give the request id to Microsoft support.",
    ),
    status(
        &["509", "BandwidthLimitExceeded"],
        "The application has used more bandwidth than it may.",
        Retry::Later,
        "Run the command again later, with a lower -j.",
    ),
    end(&["200/4097"], "The other participant ended the call."),
    end(&["200/4521"], "The other participant of a one-to-one call ended it."),
    end(&["200/5000", "200/5300"], "A participant removed the bot from the call."),
    end(&["200/5001", "200/5003"], "The conversation ended."),
    end(&["200/5002"], "All others left the call."),
    end(&["200/5007"], "The one who began the call left it."),
    end(&["200/5010"], "Only one participant remained."),
    end(&["200/5012"], "The roster was empty."),
    end(&["200/5013"], "Nobody joined."),
    end(&["200/5014"], "The meeting had no host."),
    end(&["200/5020"], "No visible participant was left."),
    end(&["200/5030"], "The time of the breakout room was over."),
    end(&["200/5855"], "The bot waited too long in the lobby and was not admitted."),
    end(&["200/7000", "200/10550"], "The bot itself ended the call: this is what a hang-up leaves behind."),
    end(&["200/7015"], "The call was transferred, and the bot's part is done."),
    end(&["200/18503"], "The other participant of a one-to-one call left it."),
    end(&["200/540000", "200/560000"], "The participant on the telephone network hung up."),
    Explanation {
        next: "Nothing for this call. Let the bot send keepAlive while a call lasts: the service ends one that got \
               none for 45 minutes.",
        ..end(&["408/8537"], "The bot sent no keepAlive, and the service ended the call.")
    },
    end(&["408/1106"], "The bot or the client did not acknowledge in time."),
    end(&["408/10057"], "No signalling came from the callee in time."),
    failed(
        &["410/301005"],
        "Media could not be connected.",
        "Check the media ports, the public address and the certificate of the bot's media end point.",
    ),
    failed(
        &["480"],
        "The callee could not be reached (ask with the second part of the end code).",
        UNREACHED,
    ),
    failed(&["480/10037"], "The callee has no end point that is signed in.", UNREACHED),
    failed(&["480/10076"], "The callee could not be reached.", UNREACHED),
    failed(
        &["480/10134"],
        "There is no route to the callee.",
        "Check the callee's number or id, and the voice routing of the tenant.",
    ),
    failed(
        &["480/10199"],
        "Private calling is disabled for the callee.",
        "An administrator can allow it in the calling policy of Teams.",
    ),
    failed(
        &["500/1005"],
        "Media with the bot could not be connected.",
        "Check the media ports, the public address and the certificate of the bot's media end point.",
    ),
];

const UNREACHED: &str = "The call is over: nothing to hang up. The bot may call again later.";

type Codes = &'static [&'static str];

const fn service(codes: Codes, meaning: &'static str, retry: Retry, next: &'static str) -> Explanation {
    Explanation { codes, kind: Kind::Service, meaning, retry, next }
}

const fn status(codes: Codes, meaning: &'static str, retry: Retry, next: &'static str) -> Explanation {
    Explanation { codes, kind: Kind::Status, meaning, retry, next }
}

/// A call that is over and needs nothing.
const fn end(codes: Codes, meaning: &'static str) -> Explanation {
    failed(codes, meaning, "Nothing: the call is over.")
}

/// A call that is over, with a cause that can be mended for the next one.
const fn failed(codes: Codes, meaning: &'static str, next: &'static str) -> Explanation {
    Explanation { codes, kind: Kind::End, meaning, retry: Retry::NotNeeded, next }
}
