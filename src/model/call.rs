//! A call's identity: IDs that cannot address another resource, and the key that two spellings of one ID share.

use std::collections::{HashMap, HashSet};
use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// The longest ID, in characters.
pub const MAX_ID: usize = 256;

/// The reason why a text names no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadCall {
    Empty,
    /// Longer than [`MAX_ID`] characters.
    TooLong,
    /// A character that no ID has (the first such one).
    Character(char),
    /// `.` or `..`, which would address another resource.
    Dots,
    /// A path or URL that does not end in `/calls/{id}`.
    NotACallPath,
    /// A percent-escape that is cut off or does not decode to text.
    Escape,
    /// More than one GUID, and no way to tell which one is the call's.
    SeveralGuids,
    /// A JSON object with two different call IDs.
    SeveralCalls,
    /// A JSON value that should be a string.
    NotAString,
    /// A GUID that is labelled as another kind of ID.
    OtherKind(&'static str),
    MeetingLink,
    /// A `commsNotifications` document.
    Notifications,
    /// A token or client secret, which must not be shown.
    Secret,
}

impl fmt::Display for BadCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong => write!(f, "it is longer than {MAX_ID} characters"),
            Self::Character(c) => {
                write!(f, "`{}` is not allowed in an ID (use A-Z a-z 0-9 - _ . ~ : @ = +)", c.escape_debug())
            }
            Self::Dots => f.write_str("`.` and `..` are not IDs"),
            Self::NotACallPath => f.write_str("a path or URL must end in /calls/{id}"),
            Self::Escape => f.write_str("it has a percent-escape that cannot be decoded"),
            Self::SeveralGuids => {
                f.write_str("it has two different GUIDs; give one call ID per line, or /calls/{id}")
            }
            Self::SeveralCalls => f.write_str("its callId, call_id and id differ"),
            Self::NotAString => f.write_str("its callId, call_id, id and app_id must be strings"),
            Self::OtherKind(kind) => {
                write!(f, "the GUID is labelled as a {kind} ID, which does not identify a call")
            }
            Self::MeetingLink => f.write_str(
                "a meeting link does not identify a call; use the call ID from the bot's notifications",
            ),
            Self::Notifications => {
                f.write_str("it is a notification document; read such files with --from-notifications FILE")
            }
            Self::Secret => f.write_str(
                "it looks like a token or a client secret, so it was not sent; treat it as exposed, and pass \
                 tokens with --token-file or HANGUP_TOKEN",
            ),
        }
    }
}

impl std::error::Error for BadCall {}

fn check_id(text: &str) -> Result<(), BadCall> {
    if text.is_empty() {
        return Err(BadCall::Empty);
    }
    if let Some(c) = text.chars().find(|c| !is_id_char(*c)) {
        return Err(BadCall::Character(c));
    }
    if text.len() > MAX_ID {
        return Err(BadCall::TooLong);
    }
    if text == "." || text == ".." {
        return Err(BadCall::Dots);
    }
    Ok(())
}

fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | ':' | '@' | '=' | '+')
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks an ID and keeps it as it is spelled.
            ///
            /// # Errors
            /// [`BadCall`] where it is empty, too long, `.` or `..`, or has a character that no ID has.
            pub fn parse(text: &str) -> Result<Self, BadCall> {
                check_id(text)?;
                Ok(Self(text.into()))
            }

            /// Returns the ID as it was first spelled.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

id_type! {
    /// A call's ID: opaque, sent as it was spelled.
    CallId
}
id_type! {
    /// An application's ID, for the `applications` route.
    AppId
}

/// A call as the user named it: its ID, and the app ID where the path has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRef {
    pub id: CallId,
    /// From `--app-id`, which wins, or from `/applications/{appId}/calls/{id}`.
    pub app_id: Option<AppId>,
}

impl CallRef {
    /// Parses an ID, or a path or URL that ends in `/calls/{id}`. Only the IDs of a URL are used.
    ///
    /// # Errors
    /// [`BadCall`] where it is none of these.
    pub fn parse(text: &str) -> Result<Self, BadCall> {
        if text.contains('/') {
            return Self::from_path(text);
        }
        Ok(Self { id: CallId::parse(text)?, app_id: None })
    }

    fn from_path(text: &str) -> Result<Self, BadCall> {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments = path.rsplit('/');
        let id = segments.next().unwrap_or_default();
        if segments.next() != Some("calls") {
            return Err(BadCall::NotACallPath);
        }
        let before = (segments.next(), segments.next());
        let app_id = match before {
            (Some(app), Some("applications")) => Some(AppId::parse(&decode(app)?)?),
            _ => None,
        };
        Ok(Self { id: CallId::parse(&decode(id)?)?, app_id })
    }

    /// Replaces the app ID where one is given: `--app-id` applies to all calls.
    #[must_use]
    pub fn with_app_id(self, app_id: Option<&AppId>) -> Self {
        Self { app_id: app_id.cloned().or(self.app_id), ..self }
    }

    /// Whether the ID has the form of Graph's call IDs.
    pub fn is_guid(&self) -> bool {
        matches!(IdKey::of(self.id.as_str()), IdKey::Guid(_))
    }

    /// Returns the key that all spellings of this call share.
    pub fn key(&self) -> CallKey {
        CallKey {
            app: self.app_id.as_ref().map(|app| Box::new(IdKey::of(app.as_str()))),
            id: IdKey::of(self.id.as_str()),
        }
    }
}

/// Decodes percent-escapes once. A `%` that starts no escape is refused rather than guessed at.
fn decode(segment: &str) -> Result<String, BadCall> {
    let bytes = segment.as_bytes();
    let whole =
        |at: usize| bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    if (0..bytes.len()).any(|at| bytes[at] == b'%' && !whole(at)) {
        return Err(BadCall::Escape);
    }
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| BadCall::Escape)?;
    Ok(decoded.into_owned())
}

/// The key that all spellings of a call share: dashes and case are ignored in GUIDs only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// Boxed: few calls have one, and a long run keeps a key for every call.
    app: Option<Box<IdKey>>,
    id: IdKey,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum IdKey {
    Guid([u8; 16]),
    Other(Box<str>),
}

impl IdKey {
    fn of(id: &str) -> Self {
        // Only the two spellings that Graph uses: with dashes in their places, or with none at all.
        match (id.len(), Uuid::try_parse(id)) {
            (32 | 36, Ok(guid)) => Self::Guid(guid.into_bytes()),
            _ => Self::Other(id.into()),
        }
    }
}

/// A set of calls in which a GUID takes 16 bytes: a long run remembers every call.
#[derive(Debug, Default)]
pub struct CallSet {
    /// By app ID, which most runs have one of or none.
    guids: HashMap<Option<Box<IdKey>>, HashSet<[u8; 16]>>,
    others: HashSet<CallKey>,
}

impl CallSet {
    /// Adds a call; returns whether it is new.
    pub fn insert(&mut self, key: CallKey) -> bool {
        match key.id {
            IdKey::Guid(guid) => self.guids.entry(key.app).or_default().insert(guid),
            IdKey::Other(_) => self.others.insert(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, Option<String>), BadCall> {
        CallRef::parse(text).map(|c| (c.id.to_string(), c.app_id.map(|a| a.to_string())))
    }

    #[test]
    fn call_set_ignores_other_spellings_of_a_guid_and_tells_apps_apart() {
        let mut set = CallSet::default();
        let mut insert = |text: &str| set.insert(CallRef::parse(text).unwrap().key());
        assert!(insert("57DAB8B1894C409AB240BD8BEAE78896"));
        assert!(!insert("57dab8b1-894c-409a-b240-bd8beae78896"));
        assert!(insert("/applications/a/calls/57dab8b1-894c-409a-b240-bd8beae78896"));
        assert!(!insert("/applications/a/calls/57dab8b1-894c-409a-b240-bd8beae78896"));
        assert!(insert("other") && insert("OTHER") && !insert("other"));
    }

    #[test]
    fn parses_ids_paths_and_urls() {
        for text in [
            "57DAB8B1894C409AB240BD8BEAE78896",
            "/app/calls/57DAB8B1894C409AB240BD8BEAE78896",
            "/communications/calls/57DAB8B1894C409AB240BD8BEAE78896/",
            "https://graph.microsoft.com/beta/app/calls/57DAB8B1894C409AB240BD8BEAE78896?$select=id",
            "https://evil.example/v1.0/communications/calls/57DAB8B1894C409AB240BD8BEAE78896#x",
            "app/calls/%357DAB8B1894C409AB240BD8BEAE78896",
        ] {
            assert_eq!(parsed(text), Ok(("57DAB8B1894C409AB240BD8BEAE78896".into(), None)), "{text}");
        }
        assert_eq!(parsed("/applications/a-1/calls/b"), Ok(("b".into(), Some("a-1".into()))));
    }

    #[test]
    fn refuses_ids_that_address_another_resource() {
        let table = [
            ("", BadCall::Empty),
            ("..", BadCall::Dots),
            ("/app/calls/..", BadCall::Dots),
            ("/app/calls/%2e%2E", BadCall::Dots),
            ("/app/calls/", BadCall::NotACallPath),
            ("/app/calls//", BadCall::Empty),
            ("/app/calls/a%2Fb", BadCall::Character('/')),
            ("/app/calls/a%252Fb", BadCall::Character('%')),
            ("/app/calls/a%2", BadCall::Escape),
            ("/app/calls/a%zz", BadCall::Escape),
            ("/app/calls/a%ff", BadCall::Escape),
            ("/app/calls/a/participants", BadCall::NotACallPath),
            ("/users/a", BadCall::NotACallPath),
            ("a?b", BadCall::Character('?')),
            ("a b", BadCall::Character(' ')),
            ("a\\b", BadCall::Character('\\')),
            ("a%20b", BadCall::Character('%')),
            ("ä", BadCall::Character('ä')),
            ("/applications/../calls/b", BadCall::Dots),
        ];
        for (text, why) in table {
            assert_eq!(parsed(text), Err(why), "{text}");
        }
        assert_eq!(parsed(&"a".repeat(257)), Err(BadCall::TooLong));
        assert!(parsed(&"a".repeat(256)).is_ok());
    }

    #[test]
    fn key_ignores_dashes_and_case_of_guids() {
        let key = |text: &str| CallRef::parse(text).unwrap().key();
        let dashed = "57dab8b1-894c-409a-b240-bd8beae78896";
        assert_eq!(key(dashed), key("57DAB8B1894C409AB240BD8BEAE78896"));
        assert_ne!(key("abc"), key("ABC"));
        assert_ne!(key(dashed), key(&format!("/applications/x/calls/{dashed}")));
    }
}
