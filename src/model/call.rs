//! Which call is meant: ids that cannot reach another resource, and what makes two spellings the same call.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::text;

/// The longest id that is taken, in characters.
pub const MAX_ID: usize = 256;

/// Why a text names no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadCall {
    /// Nothing there.
    Empty,
    /// Longer than [`MAX_ID`] characters.
    TooLong,
    /// A character that no id has (the first such one).
    Character(char),
    /// `.` or `..`: it would name another resource.
    Dots,
    /// A path or URL that does not end in `/calls/{id}`.
    NotACallPath,
    /// A percent-escape that is cut off or does not decode to text.
    Escape,
}

impl fmt::Display for BadCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong => write!(f, "it is longer than {MAX_ID} characters"),
            Self::Character(c) => {
                write!(f, "`{}` cannot be in an id (A-Z a-z 0-9 - _ . ~ : @ = + can)", c.escape_debug())
            }
            Self::Dots => f.write_str("`.` and `..` are no ids"),
            Self::NotACallPath => f.write_str("a path or URL must end in /calls/{id}"),
            Self::Escape => f.write_str("a percent-escape in it does not decode"),
        }
    }
}

impl std::error::Error for BadCall {}

/// Checks what call ids and app ids have in common.
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
            /// Takes an id as it is spelled.
            ///
            /// # Errors
            /// [`BadCall`] where it is empty, too long, `.` or `..`, or has a character that no id has.
            pub fn parse(text: &str) -> Result<Self, BadCall> {
                check_id(text)?;
                Ok(Self(text.into()))
            }

            /// The id as it was first spelled.
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
    /// A call's id: opaque, sent as it was spelled.
    CallId
}
id_type! {
    /// An application's id, for the `applications` route.
    AppId
}

/// A call as somebody named it: its id, and the app id where the path named one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRef {
    /// The call's id.
    pub id: CallId,
    /// The app id, from `/applications/{appId}/calls/{id}` or from `--app-id`, which wins.
    pub app_id: Option<AppId>,
}

impl CallRef {
    /// Reads an id, or a path or URL that ends in `/calls/{id}`. Of a URL only the ids are taken.
    ///
    /// # Errors
    /// [`BadCall`], which says what is wrong with it.
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

    /// The same call, under `app_id` where one is given: `--app-id` names it for all.
    #[must_use]
    pub fn under(self, app_id: Option<&AppId>) -> Self {
        Self { app_id: app_id.cloned().or(self.app_id), ..self }
    }

    /// What makes two spellings the same call.
    pub fn key(&self) -> CallKey {
        CallKey {
            app: self.app_id.as_ref().map(|app| Box::new(IdKey::of(app.as_str()))),
            id: IdKey::of(self.id.as_str()),
        }
    }
}

/// Decodes percent-escapes once. A `%` that begins no escape is refused rather than guessed at.
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

/// What makes two spellings the same call: dashes and case do not count in a GUID, all counts elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// Boxed, as few calls have one and a long run keeps a key for every call.
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

/// What is said of a line that names no call, beside the line itself.
pub fn names_no_call(why: &BadCall) -> String {
    format!("names no call: {why}")
}

/// How a text that names no call is told of: shown safely, with what is wrong and what to give instead.
pub fn describe_bad(text: &str, why: &BadCall) -> String {
    format!("`{}` {}", text::clean(text, 80), names_no_call(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, Option<String>), BadCall> {
        CallRef::parse(text).map(|c| (c.id.to_string(), c.app_id.map(|a| a.to_string())))
    }

    #[test]
    fn ids_paths_and_urls_name_the_same_call() {
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
    fn what_could_reach_another_resource_is_refused() {
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
    fn dashes_and_case_do_not_count_in_a_guid() {
        let key = |text: &str| CallRef::parse(text).unwrap().key();
        let dashed = "57dab8b1-894c-409a-b240-bd8beae78896";
        assert_eq!(key(dashed), key("57DAB8B1894C409AB240BD8BEAE78896"));
        assert_ne!(key("abc"), key("ABC"));
        assert_ne!(key(dashed), key(&format!("/applications/x/calls/{dashed}")));
    }
}
