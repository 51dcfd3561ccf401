//! Why there is no answer, sorted by what that says about the request.

use rustls::CertificateError;

use crate::http::attempt::{Attempt, LostResponse};
use crate::http::error_chain::{error_chain, find};
use crate::text;

/// Sorts a failure by what it says about the request: was it sent, may it have been acted on.
pub(super) fn failure(error: &reqwest::Error) -> Attempt {
    if let Some(rustls::Error::InvalidCertificate(why)) = find::<rustls::Error>(error) {
        return Attempt::CertificateRejected(format!(
            "the server's certificate was rejected: {}",
            in_words(why)
        ));
    }
    let reason = reason(error);
    if error.is_builder() {
        Attempt::CannotSend(reason)
    } else if error.is_connect() {
        Attempt::NotConnected(reason)
    } else {
        let may_have_acted = !find::<h2::Error>(error).is_some_and(was_not_begun);
        Attempt::Lost(LostResponse { may_have_acted, status: None, reason })
    }
}

/// HTTP/2's two ways for a server to say that it has not begun on a request.
fn was_not_begun(error: &h2::Error) -> bool {
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    let going = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
    error.is_remote() && (refused || going)
}

/// What happened, in words: the innermost two causes, without the library's own wrapping and without the URL.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = error_chain(error).skip(1).map(ToString::to_string).collect();
    words.dedup();
    let from = words.len().saturating_sub(2);
    let words = words.split_off(from);
    if words.is_empty() {
        return if error.is_timeout() { "timed out".into() } else { "no answer".into() };
    }
    text::clean(&words.join(": "), text::MAX_SHOWN)
}

/// The library tells most of these only as they stand in its code.
fn in_words(why: &CertificateError) -> String {
    let words = match why {
        CertificateError::UnknownIssuer => "nobody who is trusted here has issued it",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name"
        }
        CertificateError::BadSignature => "its signature does not match its issuer's",
        CertificateError::Revoked => "it was revoked",
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server shows an authority's certificate as its own; it needs one that the authority has issued"
        }
        other => return other.to_string(),
    };
    words.to_owned()
}
