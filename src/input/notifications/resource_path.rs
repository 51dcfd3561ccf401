//! Parses a notification's resource path. Hostile paths name no call.

use crate::model::call::{BadCall, CallId, CallRef};

/// A resource's path or URL that names a call or something below one.
pub(super) struct ResourcePath<'t> {
    pub text: &'t str,
    /// The app ID, where one is named.
    pub app: Option<&'t str>,
    id: &'t str,
    /// The segments after the ID.
    below: &'t str,
}

impl<'t> ResourcePath<'t> {
    /// Returns `None` for a path that names no call, such as `calls/getEmergencyEventsByPolicy(...)`. A path of all
    /// calls means the one with the `id`.
    pub(super) fn parse(text: &'t str, id: Option<&'t str>) -> Option<Self> {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let host_and_path = path.split_once("://").map(|(_, rest)| rest.split_once('/').unwrap_or_default());
        let path = host_and_path.map_or(path, |(_, path)| path);
        let (before, rest) = split_at_calls(path)?;
        let (before, app) = before.rsplit_once('/').unwrap_or(("", before));
        let collection = before.rsplit('/').next().unwrap_or_default();
        let app = collection.eq_ignore_ascii_case("applications").then_some(app);
        let (named, below) = rest.split_once('/').unwrap_or((rest, ""));
        match (named, below) {
            ("", "") => id.map(|id| Self { text: id, app, id, below }),
            _ if is_function(named) => None,
            _ => Some(Self { text, app, id: named, below }),
        }
    }

    /// Returns whether the path names something below a call.
    pub(super) fn is_below_call(&self) -> bool {
        self.below.bytes().any(|b| b != b'/')
    }

    /// Returns the call.
    ///
    /// # Errors
    /// [`BadCall`] for an invalid ID.
    pub(super) fn call(&self) -> Result<CallRef, BadCall> {
        if self.below.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(BadCall::Dots);
        }
        match self.app {
            // The usual case, with nothing to decode. An id with a `/` in it is refused as a character.
            None if !self.id.contains('%') => Ok(CallRef { id: CallId::parse(self.id)?, app_id: None }),
            None => CallRef::parse(&format!("/calls/{}", self.id)),
            Some(app) => CallRef::parse(&format!("/applications/{app}/calls/{}", self.id)),
        }
    }
}

/// Returns whether a segment calls a function: `getEmergencyEventsByPolicy(policyName='...')`.
fn is_function(segment: &str) -> bool {
    let name = segment.split(['(', '%']).next().unwrap_or_default();
    let arguments = &segment[name.len()..];
    let opens = arguments.starts_with('(') || arguments.starts_with("%28");
    opens && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.')
}

/// Returns whether a path belongs to the calling service.
pub(super) fn is_communications(path: &str) -> bool {
    path.split('/').any(|segment| segment.eq_ignore_ascii_case("communications"))
}

/// Returns what is before and behind the segment `calls`.
fn split_at_calls(path: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for segment in path.split('/') {
        let end = at + segment.len();
        if segment.eq_ignore_ascii_case("calls") {
            let before = path[..at].strip_suffix('/').unwrap_or_default();
            return Some((before, path[end..].strip_prefix('/').unwrap_or_default()));
        }
        at = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> String {
        let Some(path) = ResourcePath::parse(text, Some("own")) else { return "nothing".into() };
        match path.call() {
            Err(why) => format!("bad: {why:?}"),
            Ok(_) if path.is_below_call() => "below".into(),
            Ok(CallRef { id, app_id: Some(app) }) => format!("{app} {id}"),
            Ok(CallRef { id, app_id: None }) => id.to_string(),
        }
    }

    #[test]
    fn parses_resource_paths() {
        for (text, name) in [
            ("/app/calls/A1", "A1"),
            ("/App/Calls/A1/", "A1"),
            ("communications/calls/A1?x=/y", "A1"),
            ("calls/A1", "A1"),
            ("/applications/B/calls/A1", "B A1"),
            ("/Applications/B/CALLS/A%311", "B A11"),
            ("https://calls/beta/app/calls/A1", "A1"),
            ("https://graph.microsoft.com", "nothing"),
            ("/communications/calls/A1/participants", "below"),
            ("/communications/calls/A1/operations/B2", "below"),
            ("/communications/calls", "own"),
            ("/communications/calls/", "own"),
            ("/communications/callRecords/A1", "nothing"),
            ("/users/calls", "own"),
            ("communications/calls/getEmergencyEventsByPolicy(policyName='x')", "nothing"),
            ("communications/calls/microsoft.graph.f%28x%29", "nothing"),
            ("", "nothing"),
            ("/app/calls/..", "bad: Dots"),
            ("/app/calls/../users/x", "bad: Dots"),
            ("/app/calls/a/../../users/x", "bad: Dots"),
            ("/app/calls/a%2fb", "bad: Character('/')"),
            ("/app/calls/a b", "bad: Character(' ')"),
            ("/applications/../calls/a", "bad: Dots"),
            ("/app/calls//x", "bad: Empty"),
        ] {
            assert_eq!(named(text), name, "{text}");
        }
    }
}
