//! What one attempt to sign in ended with, where it brought no token.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::error::{TokenError, Trouble};
use crate::http::connect_error::{ConnectError, ConnectErrorKind};
use crate::http::error_chain::find;
use crate::http::failure;
use crate::model::codes::{self, status_meaning};
use crate::text;
use crate::text::format_duration;

/// One attempt that brought no token.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The service answered, but not with success.
    Answer(Refusal),
    /// No answer, or a cut one.
    Silence {
        /// What the network said.
        what: String,
        /// How far it came.
        at: Break,
    },
    /// It did not come to a request, or the answer makes no sense: another attempt ends the same way.
    Final(TokenError),
}

/// Where an attempt broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// There was no connection.
    Connecting,
    /// A connection cannot be made this way: a proxy refuses, or the port speaks plain HTTP.
    Refused,
    /// The service's own certificate was rejected.
    Trusting,
    /// It was reached, and gave no whole answer.
    Answering,
}

/// An answer that is not success.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// How long the service asked to be left alone.
    pub retry_after: Option<Duration>,
    /// `AADSTS7000215`, or `OAuth`'s own `invalid_client`; as it came, and so is the text: a secret in them
    /// must be found before anything is cut.
    code: Option<String>,
    /// What the service said.
    text: Option<String>,
    /// Whether the service itself calls it temporary, whatever the status.
    pub passing: bool,
}

/// The error document of RFC 6749, as Entra fills it in; also that of the metadata service.
#[derive(Deserialize)]
struct Document {
    error: Option<String>,
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u64>,
}

impl Refusal {
    /// Reads an answer. What it says is taken only from the document that `OAuth` defines: a gateway's HTML
    /// page helps nobody.
    pub fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let document = serde_json::from_slice::<Document>(body).ok();
        let Some(document) = document else {
            return Self { status, retry_after, code: None, text: None, passing: false };
        };
        let text = document.error_description.filter(|t| !t.trim().is_empty());
        let error = document.error;
        let passing = error.as_deref() == Some("temporarily_unavailable");
        let numbered = document.error_codes.first().map(|n| format!("AADSTS{n}"));
        let code = text.as_deref().and_then(leading_code).or(numbered).or(error);
        Self { status, retry_after, code: code.filter(|c| !c.is_empty()), text, passing }
    }

    fn code(&self) -> Option<String> {
        Some(text::clean(self.code.as_deref()?, 80))
    }

    fn message(&self) -> String {
        let text = self.text.as_deref().and_then(text::clean_opt);
        let why = match (self.code(), text) {
            (Some(code), Some(text)) if text.starts_with(&code) => Some(text),
            (Some(code), Some(text)) => Some(format!("{code}: {text}")),
            (code, text) => code.or(text),
        };
        let asked = self.retry_after.filter(|wait| !wait.is_zero());
        let asked = asked.map(|wait| format!("it asked for a pause of {}", format_duration(wait)));
        match (why, asked) {
            (Some(why), Some(asked)) => format!("{why}; {asked}"),
            (why, asked) => why.or(asked).unwrap_or_else(|| "it did not say why".to_owned()),
        }
    }
}

/// `AADSTS7000215` out of `AADSTS7000215: Invalid client secret provided. ...`
fn leading_code(text: &str) -> Option<String> {
    let code = text.split(':').next()?;
    let digits = code.strip_prefix("AADSTS")?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| code.to_owned())
}

impl Failure {
    /// Something on this side: another attempt would end the same way.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::Final(TokenError::denied(message))
    }

    /// Classifies an error of the HTTP client.
    pub fn silence(error: &(dyn Error + 'static)) -> Self {
        let Some(connect) = find::<ConnectError>(error) else {
            return Self::Silence { what: failure::reason(error), at: Break::Answering };
        };
        let at = match connect.kind {
            ConnectErrorKind::Temporary => Break::Connecting,
            ConnectErrorKind::Permanent => Break::Refused,
            ConnectErrorKind::Certificate => Break::Trusting,
        };
        Self::Silence { what: connect.to_string(), at }
    }

    /// Whether another attempt may end better: the same statuses as for Graph.
    pub fn temporary(&self) -> bool {
        match self {
            Self::Answer(answer) => answer.passing || status_meaning(answer.status).is_retryable(),
            Self::Silence { at, .. } => !matches!(at, Break::Trusting | Break::Refused),
            Self::Final(_) => false,
        }
    }

    /// Returns the error for the user once nothing more is tried. `host` is the service that was asked.
    pub fn into_error(self, host: &str) -> TokenError {
        let temporary = self.temporary();
        let error = match self {
            Self::Final(error) => return error,
            Self::Answer(answer) => of_answer(&answer, host),
            Self::Silence { what, at: Break::Connecting } => {
                TokenError::denied(format!("cannot sign in at {host}: {what}"))
            }
            Self::Silence { what, at: Break::Answering } => {
                TokenError::denied(format!("{host} gave no whole answer to the sign-in: {what}"))
            }
            Self::Silence { what, at: Break::Refused } => {
                let error = TokenError::denied(format!("cannot sign in at {host}: {what}"));
                return TokenError { trouble: Trouble::Untrusted, ..error };
            }
            Self::Silence { what, at: Break::Trusting } => return untrusted(&what),
        };
        TokenError { trouble: if temporary { Trouble::Temporary } else { Trouble::Denied }, ..error }
    }
}

fn untrusted(what: &str) -> TokenError {
    let error = TokenError::denied(format!("cannot sign in: {what}"))
        .hint("behind a proxy that inspects TLS, give its root certificate with --cacert FILE");
    TokenError { trouble: Trouble::Untrusted, ..error }
}

fn of_answer(answer: &Refusal, host: &str) -> TokenError {
    let status = answer.status;
    let error =
        TokenError::denied(format!("{host} answered the sign-in with status {status}: {}", answer.message()));
    TokenError {
        hint: answer.code.as_deref().and_then(hint).map(str::to_owned),
        code: answer.code(),
        retry_after: answer.retry_after,
        ..error
    }
}

/// What to do about one of the sign-in service's own codes. A name that Graph uses too (`invalid_request`) has
/// Graph's meaning in the table, which would mislead here.
fn hint(code: &str) -> Option<&'static str> {
    codes::explain(code).filter(|known| known.kind == codes::Kind::SignIn).map(|known| known.action)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no token")
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal::read(status, None, body.as_bytes())
    }

    #[test]
    fn entras_code_and_text_are_told() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1","error_codes":[7000215]}"#;
        let error = Failure::Answer(refusal(401, body)).into_error("login.example");
        assert_eq!(
            error.message,
            "login.example answered the sign-in with status 401: AADSTS7000215: Invalid client secret provided. Trace ID: 1"
        );
        assert_eq!(error.code.as_deref(), Some("AADSTS7000215"));
        assert!(error.hint.is_some() && !error.temporary());
    }

    #[test]
    fn other_documents_say_what_they_can() {
        let table = [
            (r#"{"error":"invalid_request"}"#, "invalid_request"),
            (r#"{"error":"x","error_codes":[5]}"#, "AADSTS5"),
            (r#"{"error":"x","error_description":"no AADSTS: here"}"#, "x: no AADSTS: here"),
            ("<html>", "it did not say why"),
            ("", "it did not say why"),
            ("[]", "it did not say why"),
        ];
        for (body, message) in table {
            assert_eq!(refusal(400, body).message(), message, "{body}");
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_is_told() {
        for (body, message) in [
            ("<html>", "it asked for a pause of 2h"),
            (r#"{"error":"slow_down"}"#, "slow_down; it asked for a pause of 2h"),
        ] {
            let refusal = Refusal::read(429, Some(Duration::from_secs(7200)), body.as_bytes());
            assert_eq!(refusal.message(), message);
        }
    }

    #[test]
    fn hints_are_the_words_of_explain_for_the_sign_in_services_own_codes() {
        for code in ["AADSTS7000215", "AADSTS700213", "AADSTS500011", "AADSTS7000112", "AADSTS900023"] {
            assert!(hint(code).is_some() && hint(code) == codes::explain(code).map(|e| e.action), "{code}");
        }
        assert_eq!(hint("invalid_request"), None);
    }

    #[test]
    fn masks_an_echoed_secret() {
        for secret in ["s3cret-is-long", "Ab~cd+ef"] {
            text::register_secret(secret);
        }
        let body = r#"{"error":"s3cret-is-long","error_description":"bad s3cret-is-long"}"#;
        assert_eq!(refusal(400, body).message(), "***: bad ***");
        let cut = format!(r#"{{"error_description":"{}s3cret-is-long"}}"#, "x".repeat(295));
        assert!(!refusal(400, &cut).message().contains("s3"));
        let form = r#"{"error_description":"in client_secret=Ab%7Ec\u0000d%2Bef&scope=x"}"#;
        assert_eq!(refusal(400, form).message(), "(withheld: it contains a secret)");
    }

    #[test]
    fn only_what_may_pass_is_temporary() {
        for (status, temporary) in [(400, false), (401, false), (404, false), (429, true), (503, true)] {
            assert_eq!(Failure::Answer(refusal(status, "<html>")).temporary(), temporary, "{status}");
        }
        let passing = refusal(400, r#"{"error":"temporarily_unavailable"}"#);
        assert!(Failure::Answer(passing).temporary());
    }

    #[test]
    fn a_rejected_certificate_is_told_apart() {
        let rejected = ConnectError::new(ConnectErrorKind::Certificate, "not trusted");
        let failure = Failure::silence(&std::io::Error::other(rejected));
        assert!(!failure.temporary());
        assert_eq!(failure.into_error("h").exit(), crate::model::exit::Exit::Failed);
        let error = Failure::silence(&std::io::Error::other("reset")).into_error("h");
        assert_eq!(error.exit(), crate::model::exit::Exit::Temporary);
        assert_eq!(error.message, "h gave no whole answer to the sign-in: the connection was lost");
    }
}
