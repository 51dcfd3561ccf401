//! Classifies missing responses: was the request sent, and may it have been processed?

use std::error::Error;

use hyper_util::client::legacy;

use super::connect_error::{ConnectError, ConnectErrorKind};
use crate::http::attempt::{Attempt, LostResponse};
use crate::http::error_chain::{error_chain, find};
use crate::text;

/// Sorts a failure. `peer` is the server, as messages name it.
pub(super) fn failure(error: &legacy::Error, peer: &str) -> Attempt {
    if let Some(error) = find::<ConnectError>(error) {
        return not_connected(error);
    }
    // In TLS 1.3 the server's alert about a missing client certificate comes after the handshake.
    if let Some(tls) = find::<rustls::Error>(error) {
        let error = ConnectError::rustls(peer, tls, "");
        if error.kind != ConnectErrorKind::Temporary {
            return not_connected(&error);
        }
    }
    if error.is_connect() {
        return Attempt::NotConnected(format!("{peer} closed the connection at once"));
    }
    let may_have_acted = !find::<h2::Error>(error).is_some_and(was_not_processed);
    Attempt::Lost(LostResponse { may_have_acted, status: None, reason: reason(error) })
}

fn not_connected(error: &ConnectError) -> Attempt {
    match error.kind {
        ConnectErrorKind::Temporary => Attempt::NotConnected(error.to_string()),
        ConnectErrorKind::Permanent => Attempt::CannotSend(error.to_string()),
        ConnectErrorKind::Certificate => Attempt::CertificateRejected(error.to_string()),
    }
}

/// Returns whether the server says that it has not processed the request (RFC 9113, 8.7).
///
/// The h2 crate reports a GOAWAY, whatever its error code, only on streams above the last stream ID in it; those
/// below end with the connection, as an I/O error.
fn was_not_processed(error: &h2::Error) -> bool {
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    error.is_remote() && (refused || error.is_go_away())
}

/// Says what happened, without the libraries' wrapping and without anything that the peer sent.
pub(crate) fn reason(error: &(dyn Error + 'static)) -> String {
    if let Some(error) = find::<h2::Error>(error) {
        return http2_reason(error);
    }
    if let Some(error) = find::<std::io::Error>(error).filter(|error| error.raw_os_error().is_some()) {
        return os_reason(error);
    }
    if find::<rustls::Error>(error).is_some() {
        return "the TLS connection broke".to_owned();
    }
    match find::<hyper::Error>(error) {
        Some(error) if error.is_incomplete_message() => "the server closed the connection".to_owned(),
        Some(error) if error.is_parse() => "the response is not valid HTTP".to_owned(),
        Some(error) if error.is_timeout() => "the connection stopped responding".to_owned(),
        Some(error) if error.is_body_write_aborted() => "the request could not be sent in full".to_owned(),
        _ => innermost(error),
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let io = error_chain(error).filter_map(|error| error.downcast_ref::<std::io::Error>()).last();
    match io.map(std::io::Error::kind) {
        Some(std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::BrokenPipe) => {
            "the server closed the connection".to_owned()
        }
        _ => "the connection was lost".to_owned(),
    }
}

fn os_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionReset => "the server reset the connection".to_owned(),
        std::io::ErrorKind::BrokenPipe => "the server closed the connection".to_owned(),
        _ => {
            let text = error.to_string();
            text::clean(text.split(" (os error").next().unwrap_or_default(), text::MAX_SHOWN)
        }
    }
}

/// Reason codes only: a GOAWAY's debug data comes from the peer, and may repeat the token.
fn http2_reason(error: &h2::Error) -> String {
    if let Some(io) = error.get_io() {
        return if io.raw_os_error().is_some() { os_reason(io) } else { innermost(io) };
    }
    let code = match error.reason() {
        Some(h2::Reason::NO_ERROR) => "NO_ERROR".to_owned(),
        Some(h2::Reason::PROTOCOL_ERROR) => "PROTOCOL_ERROR".to_owned(),
        Some(h2::Reason::INTERNAL_ERROR) => "INTERNAL_ERROR".to_owned(),
        Some(h2::Reason::FLOW_CONTROL_ERROR) => "FLOW_CONTROL_ERROR".to_owned(),
        Some(h2::Reason::STREAM_CLOSED) => "STREAM_CLOSED".to_owned(),
        Some(h2::Reason::REFUSED_STREAM) => "REFUSED_STREAM".to_owned(),
        Some(h2::Reason::CANCEL) => "CANCEL".to_owned(),
        Some(h2::Reason::ENHANCE_YOUR_CALM) => "ENHANCE_YOUR_CALM".to_owned(),
        Some(h2::Reason::INADEQUATE_SECURITY) => "INADEQUATE_SECURITY".to_owned(),
        Some(h2::Reason::HTTP_1_1_REQUIRED) => "HTTP_1_1_REQUIRED".to_owned(),
        Some(other) => format!("error {}", u32::from(other)),
        None => return "HTTP/2 failed".to_owned(),
    };
    match (error.is_remote(), error.is_go_away()) {
        (true, true) => format!("the server is closing the connection (HTTP/2 GOAWAY, {code})"),
        (true, false) => format!("the server reset the request (HTTP/2, {code})"),
        (false, _) => format!("HTTP/2 failed ({code})"),
    }
}
