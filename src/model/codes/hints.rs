//! Hints for failures that have no code of their own.

/// Says how to find out what became of a call whose response was lost. A macro, because `concat!` takes only literals.
macro_rules! may_have_ended {
    () => {
        "The call may have ended anyway: --dry-run=server shows it, and so does the same command later (\"not \
         found\" then means that it has ended)."
    };
}
pub(super) use may_have_ended;

/// The response to an earlier attempt, or to this one, was lost.
pub const MAY_HAVE_ENDED: &str = may_have_ended!();
/// A pinned route is retired.
pub const ROUTE_RETIRED: &str = "The service has retired this route; the response says nothing about the call. Leave \
    --route at `auto`, or use --route communications.";
/// The `applications` route is pinned, and the directory answered in place of the calling service.
pub const DIRECTORY_RESPONSE: &str = "The directory answered, not the calling service; the response says nothing about \
    the call. Leave --route at `auto`, or use --route communications.";
/// A response has none of Graph's marks.
pub const NOT_GRAPH: &str = "A proxy or gateway answered, not Graph. Check the base URL (--base-url, --cloud; `hangup \
    --check` shows it) and the proxy.";
/// A response that would say that the call is gone, but without the error object that proves it.
pub const NOT_ABOUT_THE_CALL: &str = "The response has no error object, so it does not prove that the call has ended. \
    Check --route and the base URL, or look at the call with --dry-run=server.";
/// A 3xx, which is never followed.
pub const REDIRECTED: &str = "Redirects are not followed, because the token would go to another host. Graph sends none \
    for calls: check the base URL and the proxy.";
/// A server certificate is not trusted.
pub const CERTIFICATE_REJECTED: &str = "If your own proxy decrypts TLS, add its root certificate with --cacert FILE. \
    Otherwise check the base URL and this machine's clock.";
/// `not-found` for a call from a notification log.
pub const FORGOTTEN: &str = "The call has already ended, and the log missed its last notification. Nothing is left to \
    do. If that is expected, use --ignore-not-found.";
/// `not-found` for an ID that is not a GUID.
pub const NOT_A_CALL_ID: &str = "This does not look like a call ID: Graph's are GUIDs. Check for a truncated or wrong \
    value; --ignore-not-found does not apply to it.";
/// The `applications` route is pinned, and no app ID is known.
pub const NO_APP_ID: &str =
    "This route needs an app ID: use --app-id, or name the call as /applications/APP/calls/ID.";
