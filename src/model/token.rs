//! The bearer token: a type that cannot be printed by accident.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::text;

/// A bearer token, zeroed when its last clone is dropped. `Debug` does not show it, and there is no `Display`.
#[derive(Clone)]
pub struct Token(Arc<SecretString>);

/// The reason why a text is not a token. It holds no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadToken {
    Empty,
    /// A space, a control character, or a character outside ASCII.
    Characters,
}

impl Token {
    /// Parses a token as people paste it: trimmed, without a leading `Bearer `.
    ///
    /// # Errors
    /// [`BadToken`] if it is empty, or contains spaces, control characters or non-ASCII characters.
    pub fn parse(text: &str) -> Result<Self, BadToken> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let bare = match text.get(..7) {
            Some(prefix) if prefix.eq_ignore_ascii_case("bearer ") => text[7..].trim(),
            _ => text,
        };
        if bare.is_empty() || bare.eq_ignore_ascii_case("bearer") {
            return Err(BadToken::Empty);
        }
        if !bare.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BadToken::Characters);
        }
        text::register_secret(bare);
        Ok(Self(Arc::new(SecretString::from(bare))))
    }

    /// Returns the token itself, for the request header and for reading its claims only.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.expose() == other.expose()
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the token is empty",
            Self::Characters => "the token contains spaces, control characters or non-ASCII characters",
        })
    }
}

impl std::error::Error for BadToken {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_people_paste_it() {
        for text in ["abc.def", " abc.def\r\n", "Bearer abc.def", "bearer   abc.def ", "\u{feff}abc.def"] {
            assert_eq!(Token::parse(text).unwrap().expose(), "abc.def");
        }
        for text in ["", "  ", "Bearer ", "bearer"] {
            assert_eq!(Token::parse(text), Err(BadToken::Empty));
        }
        for text in ["a b", "a\nb", "a\u{0}", "tökén"] {
            assert_eq!(Token::parse(text), Err(BadToken::Characters));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Token::parse("secret").unwrap()), "Token(***)");
    }
}
