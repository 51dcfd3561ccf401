//! Finds the call that a piece of text names: an ID, a path, a URL, a JSON object, or one GUID in other text.

use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::call::{AppId, BadCall, CallRef};
use crate::text;

/// A call that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCall {
    pub call: CallRef,
    /// The host, where the text was a URL. Requests never go there.
    pub host: Option<String>,
    /// Set where the text was one of this tool's own results.
    pub earlier: Option<EarlierResult>,
}

/// The part of one of this tool's own results that decides whether the call is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierResult {
    outcome: String,
    ok: bool,
    base_url: String,
    sandbox: bool,
}

impl EarlierResult {
    /// Whether nothing is left to do for the call at this base URL.
    pub fn is_done(&self, base_url: &str, sandbox: bool) -> bool {
        let done = match self.outcome.as_str() {
            "ended" | "skipped" => true,
            "not-found" => self.ok,
            _ => false,
        };
        done && self.base_url == base_url && self.sandbox == sandbox
    }
}

impl FoundCall {
    fn new(call: CallRef) -> Self {
        Self { call, host: None, earlier: None }
    }
}

/// Returns the call that `text` names.
///
/// # Errors
/// [`BadCall`], which says why it names none, or not exactly one.
pub fn find_call(text: &str) -> Result<FoundCall, BadCall> {
    let text = text.trim();
    if secret_in(text).is_some() {
        return Err(BadCall::Secret);
    }
    match json_object(text) {
        Some(object) => from_object(text, &object),
        None => from_plain(text),
    }
}

fn json_object(text: &str) -> Option<Map<String, Value>> {
    let text = text.strip_suffix(',').unwrap_or(text);
    if !text.starts_with('{') {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn from_object(text: &str, object: &Map<String, Value>) -> Result<FoundCall, BadCall> {
    if object.get("value").is_some_and(Value::is_array) {
        return Err(BadCall::Notifications);
    }
    let mut found: Option<FoundCall> = None;
    for value in ["callId", "call_id", "id"].iter().filter_map(|key| object.get(*key)) {
        let named = from_plain(value.as_str().ok_or(BadCall::NotAString)?.trim())?;
        match &found {
            Some(first) if first.call.key() != named.call.key() => return Err(BadCall::SeveralCalls),
            Some(_) => {}
            None => found = Some(named),
        }
    }
    let Some(mut found) = found else { return from_plain(text) };
    match object.get("app_id") {
        None | Some(Value::Null) => {}
        Some(Value::String(app_id)) => found.call.app_id = Some(AppId::parse(app_id)?),
        Some(_) => return Err(BadCall::NotAString),
    }
    found.earlier = earlier_result(object);
    Ok(found)
}

fn earlier_result(object: &Map<String, Value>) -> Option<EarlierResult> {
    object.get("id")?;
    Some(EarlierResult {
        outcome: object.get("outcome")?.as_str()?.to_owned(),
        // Results that were saved before `ok` existed excuse nothing.
        ok: object.get("ok").and_then(Value::as_bool).unwrap_or(false),
        base_url: object.get("base_url")?.as_str()?.to_owned(),
        sandbox: object.get("sandbox")?.as_bool()?,
    })
}

fn from_plain(text: &str) -> Result<FoundCall, BadCall> {
    if text.is_empty() {
        return Err(BadCall::Empty);
    }
    if is_meeting_link(text) {
        return Err(BadCall::MeetingLink);
    }
    let by_path = text.contains('/').then(|| CallRef::parse(text));
    if let Some(Ok(call)) = by_path {
        let host = Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
        return Ok(FoundCall { host, ..FoundCall::new(call) });
    }
    let guids = guids_in(text);
    let Some((first, rest)) = guids.split_first() else {
        return by_path.unwrap_or_else(|| CallRef::parse(text)).map(FoundCall::new);
    };
    if rest.iter().any(|other| other.value != first.value) {
        return Err(BadCall::SeveralGuids);
    }
    let labels: Vec<Vec<String>> = guids.iter().map(|guid| label(&text[..guid.start])).collect();
    if let Some(kind) = labels.iter().find_map(|words| other_kind(words)) {
        return Err(BadCall::OtherKind(kind));
    }
    // In a path or URL the segment before the ID says what it is; only calls can be ended.
    let is_path = text.starts_with('/') || text.contains("://");
    if is_path && !text[..first.start].ends_with("calls/") {
        return Err(BadCall::NotACallPath);
    }
    CallRef::parse(&text[first.start..first.end]).map(FoundCall::new)
}

/// Whether a text is an invitation to a Teams meeting.
fn is_meeting_link(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["teams.microsoft.", "teams.live.", "teams.cloud."].iter().any(|host| lower.contains(host))
        && ["/meetup-join/", "/meet/", "meetingjoin"].iter().any(|path| lower.contains(path))
}

/// A GUID and its place in a text, in bytes.
struct Guid {
    value: [u8; 16],
    start: usize,
    end: usize,
}

/// Returns all GUIDs in a text: dashed or 32 hex digits, with no letter or digit beside them.
fn guids_in(text: &str) -> Vec<Guid> {
    let mut guids = Vec::new();
    let mut start = 0;
    while start < text.len() {
        if let Some(guid) = guid_at(text, start) {
            start = guid.end;
            guids.push(guid);
        } else {
            // On to the next run of letters and digits.
            let rest = text[start..].trim_start_matches(char::is_alphanumeric);
            let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
            start = text.len() - rest.len();
        }
    }
    guids
}

fn guid_at(text: &str, start: usize) -> Option<Guid> {
    if text[..start].chars().next_back().is_some_and(char::is_alphanumeric) {
        return None;
    }
    [36, 32].into_iter().find_map(|length| {
        let end = start + length;
        let spelled = text.get(start..end)?;
        if text[end..].chars().next().is_some_and(char::is_alphanumeric) {
            return None;
        }
        let value = Uuid::try_parse(spelled).ok()?.into_bytes();
        Some(Guid { value, start, end })
    })
}

/// Returns the words directly before a GUID, lower case: `"clientRequestId": "` is `client request id`.
fn label(before: &str) -> Vec<String> {
    // A cell before it in a row of a table is a value of its own, not a name for this one.
    let cell = before.rsplit([',', ';', '\t', '{', '&', '?']).next().unwrap_or_default();
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in cell.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        lower_before = c.is_lowercase() || c.is_numeric();
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Returns the kind of ID that a label names, where it is not a call's.
fn other_kind(words: &[String]) -> Option<&'static str> {
    const FILLERS: [&str; 8] = ["id", "ids", "guid", "uuid", "is", "was", "the", "value"];
    const KINDS: [(&str, &str); 18] = [
        ("scenario", "scenario"),
        ("scenarios", "scenario"),
        ("chain", "call chain"),
        ("tenant", "tenant"),
        ("tenants", "tenant"),
        ("request", "request"),
        ("requests", "request"),
        ("trace", "trace"),
        ("correlation", "correlation"),
        ("user", "user"),
        ("users", "user"),
        ("app", "app"),
        ("apps", "app"),
        ("application", "app"),
        ("applications", "app"),
        ("client", "app"),
        ("object", "object"),
        ("objects", "object"),
    ];
    let last = words.iter().rev().find(|word| !FILLERS.contains(&word.as_str()))?;
    let joined = |name: &str| last.strip_suffix("id").is_some_and(|word| word == name) || last == name;
    KINDS.iter().find(|(name, _)| joined(name)).map(|(_, kind)| *kind)
}

/// Returns the part of a text that looks like a token or a client secret.
pub fn secret_in(text: &str) -> Option<&str> {
    if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        return Some(text);
    }
    let between = |c: char| c.is_whitespace() || "\"'`,;=:()[]{}<>".contains(c);
    text.split(between).find(|word| looks_like_token(word) || looks_like_client_secret(word))
}

/// Whether a word has the form of a JWT: `eyJ`, and two dots after it.
fn looks_like_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() > 20 && word.bytes().filter(|b| *b == b'.').count() >= 2
}

/// Whether a word has the form of an Entra client secret: three characters, a digit, `Q~`, 31 to 34 more.
fn looks_like_client_secret(word: &str) -> bool {
    let bytes = word.as_bytes();
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-_.~".contains(b);
    (37..=40).contains(&bytes.len())
        && bytes[3].is_ascii_digit()
        && &bytes[4..6] == b"Q~"
        && bytes.iter().all(allowed)
}

/// Returns a line or argument as it may be shown: cleaned and cut, and of a secret 6 characters at most.
pub fn shown_input(text: &str) -> String {
    match secret_in(text) {
        Some(secret) => format!("{}…", text::clean(&secret.chars().take(6).collect::<String>(), 6)),
        None => text::clean(text, 80),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "57dab8b1-894c-409a-b240-bd8beae78896";
    const HEX: &str = "57DAB8B1894C409AB240BD8BEAE78896";
    const OTHER: &str = "11111111-2222-4333-8444-555555555555";

    fn id_in(text: &str) -> Result<String, BadCall> {
        find_call(text).map(|found| found.call.id.to_string())
    }

    #[test]
    fn finds_one_guid_in_any_wrapping() {
        for (before, after) in [
            ("Call ID: ", ""),
            ("\"", "\","),
            ("{", "}"),
            ("callId=", ""),
            ("", "."),
            ("2026-03-01T09:00:07Z,Contoso,", ",established"),
            ("please end ", " now, it hangs"),
            ("- [ ] ", ""),
            ("`", "`"),
            ("<", ">"),
            ("the call id is ", ""),
            ("GET https://graph.microsoft.com/v1.0/communications/calls/", " -> 200"),
            ("see /app/calls/", "/participants"),
            ("{\"call\": \"", "\"}"),
            ("call\u{a0}", ""),
        ] {
            assert_eq!(id_in(&format!("{before}{ID}{after}")).as_deref(), Ok(ID), "{before}…{after}");
            assert_eq!(id_in(&format!("{before}{HEX}{after}")).as_deref(), Ok(HEX), "{before}…{after}");
        }
        assert_eq!(id_in(&format!("{ID} (again: {HEX})")).as_deref(), Ok(ID), "the same GUID twice");
    }

    #[test]
    fn refuses_guids_of_another_kind() {
        for label in [
            "Scenario-Id: ",
            "scenarioId=",
            "\"callChainId\": \"",
            "call chain id ",
            "tenant ",
            "TenantID: ",
            "tenantid=",
            "request-id ",
            "client-request-id: ",
            "x-ms-client-request-id: ",
            "traceId ",
            "correlation ID is ",
            "https://graph.microsoft.com/v1.0/users/",
            "appId=",
            "/applications/",
            "objectId: ",
        ] {
            let refused = id_in(&format!("{label}{ID}"));
            assert!(matches!(refused, Err(BadCall::OtherKind(_))), "{label}: {refused:?}");
        }
    }

    #[test]
    fn refuses_texts_that_name_no_single_call() {
        let table = [
            (format!("{ID} {OTHER}"), BadCall::SeveralGuids),
            (
                format!("https://teams.microsoft.com/l/meetup-join/19%3ameeting_x?tid={ID}"),
                BadCall::MeetingLink,
            ),
            ("https://teams.microsoft.com/meet/2345".to_owned(), BadCall::MeetingLink),
            (format!("https://example.com/{ID}"), BadCall::NotACallPath),
            (format!(r#"{{"value":[{{"resource":"/app/calls/{ID}"}}]}}"#), BadCall::Notifications),
            (r#"{"callId":7}"#.to_owned(), BadCall::NotAString),
            (r#"{"callId":null}"#.to_owned(), BadCall::NotAString),
            (format!(r#"{{"callId":"{ID}","id":"{OTHER}"}}"#), BadCall::SeveralCalls),
            ("two words".to_owned(), BadCall::Character(' ')),
            (format!("x{ID}y z"), BadCall::Character(' ')),
        ];
        for (text, why) in table {
            assert_eq!(id_in(&text), Err(why), "{text}");
        }
    }

    #[test]
    fn reads_json_objects() {
        let found = find_call(&format!(r#"{{"callId":"{ID}","id":"{HEX}","app_id":"a-1"}},"#)).unwrap();
        assert_eq!((found.call.id.as_str(), found.call.app_id.unwrap().as_str()), (ID, "a-1"));
        assert_eq!(id_in(r#"{"id":"https://x/app/calls/abc","n":1}"#).as_deref(), Ok("abc"));
        assert_eq!(id_in(r#"{"call_id":" abc "}"#).as_deref(), Ok("abc"));
    }

    #[test]
    fn reads_own_results() {
        let result = |outcome: &str, ok: bool| {
            let line = format!(
                r#"{{"id":"a","outcome":"{outcome}","ok":{ok},"base_url":"https://g","sandbox":false,"app_id":null}}"#
            );
            find_call(&line).unwrap().earlier.unwrap()
        };
        let table = [
            ("ended", true, true),
            ("skipped", true, true),
            ("not-found", true, true),
            ("not-found", false, false),
            ("planned", true, false),
            ("unavailable", false, false),
        ];
        for (outcome, ok, done) in table {
            let earlier = result(outcome, ok);
            assert_eq!(earlier.is_done("https://g", false), done, "{outcome}");
            assert!(!earlier.is_done("https://other", false) && !earlier.is_done("https://g", true));
        }
        assert_eq!(find_call(r#"{"id":"a","outcome":"ended"}"#).unwrap().earlier, None);
    }

    #[test]
    fn reads_ids_paths_and_urls_as_before() {
        assert_eq!(id_in("abc").as_deref(), Ok("abc"));
        let found = find_call("https://graph.microsoft.us/v1.0/communications/calls/abc?x#y").unwrap();
        assert_eq!((found.call.id.as_str(), found.host.as_deref()), ("abc", Some("graph.microsoft.us")));
        assert_eq!(id_in(&format!("/applications/{OTHER}/calls/{ID}")).as_deref(), Ok(ID));
    }

    #[test]
    fn hides_tokens_and_secrets() {
        let token = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";
        let secret = "abc8Q~0123456789abcdefghijklmnopqrstu_.";
        for (text, shown) in [
            (token.to_owned(), "eyJ0eX…"),
            (format!("Authorization: Bearer {token}"), "eyJ0eX…"),
            (format!("AZURE_CLIENT_SECRET={secret}"), "abc8Q~…"),
            (format!("{{\"id\":\"{token}\"}}"), "eyJ0eX…"),
        ] {
            assert_eq!(id_in(&text), Err(BadCall::Secret), "{text}");
            assert_eq!(shown_input(&text), shown);
        }
        assert_eq!(
            (id_in("bearer s3cret"), shown_input("bearer s3cret")),
            (Err(BadCall::Secret), "bearer…".into())
        );
        assert_eq!(shown_input("abc\u{202e}"), "abc");
        assert_eq!(id_in("eyJ.a.b").as_deref(), Ok("eyJ.a.b"));
    }
}
