//! What one attempt to sign in ended with, where it brought no token.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::{TokenError, Trouble};
use crate::attempt::is_retryable;
use crate::causes::{causes, find};
use crate::text;

/// One attempt that brought no token.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The service answered, but not with success.
    Answer(Refusal),
    /// No answer, or a cut one.
    Silence {
        /// What the network said.
        what: String,
        /// Whether the service's own certificate was rejected.
        untrusted: bool,
    },
    /// It did not come to a request, or the answer makes no sense: another attempt ends the same way.
    Final(TokenError),
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

    /// The same without `secret`, should the service have echoed it.
    pub fn without(self, secret: &str) -> Self {
        let hide = |text: String| text::clean_without(&text, secret);
        Self { code: self.code.and_then(hide), text: self.text.and_then(hide), ..self }
    }

    fn code(&self) -> Option<String> {
        Some(text::clean(self.code.as_deref()?, 80))
    }

    fn message(&self) -> String {
        let text = self.text.as_deref().and_then(text::clean_opt);
        match (self.code(), text) {
            (Some(code), Some(text)) if text.starts_with(&code) => text,
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(code), None) => code,
            (None, Some(text)) => text,
            (None, None) => "it did not say why".to_owned(),
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

    /// What the HTTP client reports when there is no whole answer.
    pub fn silence(error: &(dyn Error + 'static)) -> Self {
        let untrusted = matches!(find(error), Some(rustls::Error::InvalidCertificate(_)));
        let last = causes(error).last().map(ToString::to_string).unwrap_or_default();
        Self::Silence { what: text::clean(&last, text::MAX_SHOWN), untrusted }
    }

    /// Whether another attempt may end better: the same statuses as for Graph.
    pub fn temporary(&self) -> bool {
        match self {
            Self::Answer(answer) => answer.passing || is_retryable(answer.status),
            Self::Silence { untrusted, .. } => !untrusted,
            Self::Final(_) => false,
        }
    }

    /// What the user is told once nothing more is tried. `host` is the service that was asked.
    pub fn into_error(self, host: &str) -> TokenError {
        let temporary = self.temporary();
        let error = match self {
            Self::Final(error) => return error,
            Self::Answer(answer) => of_answer(&answer, host),
            Self::Silence { what, untrusted: false } => {
                TokenError::denied(format!("{host} cannot be reached to sign in: {what}"))
            }
            Self::Silence { what, untrusted: true } => return untrusted(&what, host),
        };
        TokenError { trouble: if temporary { Trouble::Temporary } else { Trouble::Denied }, ..error }
    }
}

fn untrusted(what: &str, host: &str) -> TokenError {
    let error = TokenError::denied(format!("the certificate of {host} is not trusted: {what}"))
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

/// What to do about Entra's refusals that people meet most often.
fn hint(code: &str) -> Option<&'static str> {
    Some(match code {
        "AADSTS7000215" => "give the client secret's value, not its id; was it renewed since?",
        "AADSTS7000222" => "the client secret has expired: make a new one in the app registration",
        "AADSTS700016" => {
            "check client_id, tenant_id and the cloud: the tenant does not know this application"
        }
        "AADSTS90002" | "AADSTS900023" => "check tenant_id and the cloud: there is no such tenant",
        "AADSTS700027" => "upload the certificate to the app registration, or give the one that is there",
        "AADSTS70021" | "AADSTS700211" | "AADSTS700212" | "AADSTS700213" => {
            "no federated credential of the application matches the token's issuer, subject and audience"
        }
        "AADSTS500011" => {
            "check the cloud: Graph is not known to this tenant under the name that was asked for"
        }
        "AADSTS7000112" => "the application is disabled in this tenant",
        _ => return None,
    })
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
    fn an_echoed_secret_is_hidden() {
        let body = r#"{"error":"s3cret","error_description":"bad s3cret"}"#;
        assert_eq!(refusal(400, body).without("s3cret").message(), "***: bad ***");
        assert_eq!(refusal(400, body).without("s").message(), "s3cret: bad s3cret");
        let cut = format!(r#"{{"error_description":"{}s3cret-is-long"}}"#, "x".repeat(295));
        assert!(!refusal(400, &cut).without("s3cret-is-long").message().contains("s3"));
        let form = r#"{"error_description":"in client_secret=Ab%7Ec\u0000d%2Bef&scope=x"}"#;
        assert_eq!(refusal(400, form).without("Ab~cd+ef").message(), "in client_secret=***&scope=x");
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
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let wrapped = std::io::Error::other(std::io::Error::other(tls));
        let failure = Failure::silence(&wrapped);
        assert!(!failure.temporary());
        assert_eq!(failure.into_error("h").exit(), crate::exit::Exit::Failed);
        let failure = Failure::silence(&std::io::Error::other("reset"));
        assert_eq!(failure.into_error("h").exit(), crate::exit::Exit::Temporary);
    }
}
