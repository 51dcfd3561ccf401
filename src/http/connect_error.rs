//! Explains failed connections in sentences of our own.
//!
//! The texts of the libraries below (`InvalidContentType`, `client error (Connect)`) mean nothing to a user, and
//! some of them repeat what the peer sent.

use std::fmt;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::error_chain::find;
use super::proxy::Proxy;
use crate::text;

/// Why a connection could not be made. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError {
    pub kind: ConnectErrorKind,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectErrorKind {
    /// Another attempt may succeed.
    Temporary,
    /// Another attempt ends the same way: a proxy that refuses, plain HTTP on the port.
    Permanent,
    /// The server's certificate was rejected, which another attempt does not change.
    Certificate,
}

use ConnectErrorKind::{Certificate, Permanent, Temporary};

impl ConnectError {
    pub(crate) fn new(kind: ConnectErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn unresolved(host: &str, error: Option<&io::Error>) -> Self {
        // `getaddrinfo` fails for lack of descriptors too.
        if let Some(error) = error.filter(|error| is_out_of_descriptors(error)) {
            return Self::resources(&format!("cannot resolve {host}"), error);
        }
        let why = error.map(system_text).unwrap_or_default();
        let why = why.strip_prefix("failed to lookup address information: ").unwrap_or(&why);
        let why = if why.is_empty() { "it has no address" } else { why };
        Self::new(Temporary, format!("cannot resolve {host}: {why}"))
    }

    pub(super) fn resources(what: &str, error: &io::Error) -> Self {
        if is_out_of_descriptors(error) {
            let message = format!("{what}: too many open files; raise the limit (`ulimit -n`) or lower -j");
            return Self::new(Temporary, message);
        }
        Self::new(Temporary, format!("{what}: {}", system_text(error)))
    }

    pub(super) fn timed_out(stage: &Stage, limit: Duration) -> Self {
        let limit = humantime::format_duration(limit);
        Self::new(Temporary, format!("{} timed out after {limit} (--connect-timeout)", stage.describe()))
    }

    /// Explains why there is no TCP connection.
    pub(super) fn tcp(peer: &str, error: &io::Error) -> Self {
        if is_out_of_descriptors(error) {
            return Self::resources(&format!("cannot connect to {peer}"), error);
        }
        let why = match error.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            io::ErrorKind::TimedOut => "timed out".to_owned(),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => "no route to it".to_owned(),
            io::ErrorKind::AddrNotAvailable => "no free local port".to_owned(),
            _ => system_text(error),
        };
        Self::new(Temporary, format!("cannot connect to {peer}: {why}"))
    }

    /// Explains a status with which a proxy answered CONNECT.
    pub(super) fn proxy_status(proxy: &Proxy, target: &str, status: u16) -> Self {
        let variable = proxy.variable;
        let advice = match (status, &proxy.credentials) {
            (407, None) => format!("put user:password@ into {variable}"),
            (407, Some(_)) => format!("it did not accept the user and password in {variable}"),
            (403, _) => format!("it does not allow connections to {target}"),
            (300..=399, _) => "it redirects to a page of its own: a login or block page".to_owned(),
            (500..=599 | 408 | 429, _) => format!("it cannot reach {target}"),
            _ => format!("it refused to connect to {target}"),
        };
        let kind = if matches!(status, 408 | 429 | 500 | 502..=504) { Temporary } else { Permanent };
        Self::new(kind, format!("proxy {} answered {status}: {advice}", proxy.address()))
    }

    /// Explains a failed TLS handshake.
    pub(super) fn tls(peer: &str, error: &io::Error, roots: &str) -> Self {
        match find::<TlsError>(error) {
            Some(error) => Self::rustls(peer, error, roots),
            None => match error.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                    Self::new(Temporary, format!("{peer} closed the connection during the TLS handshake"))
                }
                _ => Self::new(Temporary, format!("no TLS connection to {peer}: {}", system_text(error))),
            },
        }
    }

    /// Explains an error of TLS itself. `roots` names the trusted roots where they are not the system's.
    pub(super) fn rustls(peer: &str, error: &TlsError, roots: &str) -> Self {
        use AlertDescription as Alert;
        let (kind, message) = match error {
            TlsError::InvalidCertificate(why) => {
                let untrusted =
                    matches!(why, CertificateError::UnknownIssuer | CertificateError::BadSignature);
                let roots = if untrusted { roots } else { "" };
                let why = certificate_text(why);
                (Certificate, format!("the certificate of {peer} is not trusted: {why}{roots}"))
            }
            TlsError::InvalidMessage(_) => {
                (Permanent, format!("{peer} does not speak TLS: is plain HTTP on that port?"))
            }
            TlsError::PeerIncompatible(_) | TlsError::AlertReceived(Alert::ProtocolVersion) => (
                Permanent,
                format!("{peer} offers no TLS version that is still secure: TLS 1.2 or 1.3 is needed"),
            ),
            TlsError::AlertReceived(Alert::CertificateRequired | Alert::BadCertificate) => {
                (Permanent, format!("{peer} wants a client certificate, which hangup does not send"))
            }
            TlsError::AlertReceived(Alert::HandshakeFailure | Alert::InsufficientSecurity) => (
                Permanent,
                format!(
                    "{peer} refused the TLS handshake: no common cipher, or it wants a client certificate"
                ),
            ),
            TlsError::AlertReceived(Alert::UnrecognisedName) => {
                (Permanent, format!("{peer} does not serve that host name"))
            }
            TlsError::AlertReceived(alert) => {
                (Temporary, format!("{peer} ended the TLS connection (alert {})", u8::from(*alert)))
            }
            _ => (Temporary, format!("the TLS connection to {peer} failed")),
        };
        Self::new(kind, message)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConnectError {}

/// What a connection attempt is doing, for the message when its time is over.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    Resolving(String),
    Connecting(String),
    Tunneling(String),
    Handshaking(String),
}

impl Stage {
    fn describe(&self) -> String {
        match self {
            Self::Resolving(host) => format!("resolving {host}"),
            Self::Connecting(peer) => format!("connecting to {peer}"),
            Self::Tunneling(proxy) => format!("waiting for {proxy} to connect"),
            Self::Handshaking(peer) => format!("the TLS handshake with {peer}"),
        }
    }
}

/// `EMFILE` and `ENFILE`.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    #[cfg(unix)]
    if let Some(code) = error.raw_os_error() {
        let errno = rustix::io::Errno::from_raw_os_error(code);
        return errno == rustix::io::Errno::MFILE || errno == rustix::io::Errno::NFILE;
    }
    let _ = error;
    false
}

/// Returns what the operating system says, without the error's number.
fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text::clean(text, text::MAX_SHOWN)
}

/// rustls shows most of these as they are spelled in its code.
fn certificate_text(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::UnknownIssuer => "its issuer is not among the trusted roots",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name"
        }
        CertificateError::BadSignature => "its signature does not match its issuer's",
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its signature algorithm is outdated or not supported"
        }
        CertificateError::Revoked => "it was revoked",
        CertificateError::BadEncoding => "it is malformed",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not a server certificate"
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server presents an authority's own certificate; it needs one that the authority has issued"
        }
        _ => "it is not usable for this server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::proxy::ProxyScheme;

    fn proxy(credentials: bool) -> Proxy {
        let credentials = credentials.then(|| crate::http::proxy::Credentials {
            user: "u".to_owned(),
            password: "secret".to_owned().into(),
        });
        let (host, variable) = ("proxy.corp".to_owned(), "HTTPS_PROXY");
        Proxy { scheme: ProxyScheme::Http, host, port: 8080, credentials, variable }
    }

    #[test]
    fn proxy_statuses() {
        for (status, credentials, kind, text) in [
            (
                407,
                false,
                Permanent,
                "proxy proxy.corp:8080 answered 407: put user:password@ into HTTPS_PROXY",
            ),
            (407, true, Permanent, "it did not accept the user and password in HTTPS_PROXY"),
            (
                403,
                false,
                Permanent,
                "proxy proxy.corp:8080 answered 403: it does not allow connections to g:443",
            ),
            (302, false, Permanent, "login or block page"),
            (502, false, Temporary, "it cannot reach g:443"),
            (503, false, Temporary, "answered 503"),
        ] {
            let error = ConnectError::proxy_status(&proxy(credentials), "g:443", status);
            assert!(error.kind == kind && error.to_string().contains(text), "{error:?}");
        }
    }

    #[test]
    fn tls_errors_have_sentences_without_library_words() {
        use rustls::{InvalidMessage, PeerIncompatible};
        for (error, kind, text) in [
            (TlsError::InvalidMessage(InvalidMessage::InvalidContentType), Permanent, "plain HTTP"),
            (TlsError::AlertReceived(AlertDescription::ProtocolVersion), Permanent, "TLS 1.2 or 1.3"),
            (TlsError::PeerIncompatible(PeerIncompatible::Tls12NotOffered), Permanent, "TLS 1.2 or 1.3"),
            (TlsError::AlertReceived(AlertDescription::CertificateRequired), Permanent, "client certificate"),
            (
                TlsError::AlertReceived(AlertDescription::HandshakeFailure),
                Permanent,
                "refused the TLS handshake",
            ),
            (TlsError::AlertReceived(AlertDescription::InternalError), Temporary, "alert 80"),
            (TlsError::InvalidCertificate(CertificateError::Expired), Certificate, "it has expired"),
            (
                TlsError::InvalidCertificate(CertificateError::UnknownIssuer),
                Certificate,
                "the certificate of h:443 is not trusted: its issuer is not among the trusted roots (SSL_CERT_FILE)",
            ),
            (TlsError::General("words of a library".to_owned()), Temporary, "h:443 failed"),
        ] {
            let wrapped = io::Error::new(io::ErrorKind::InvalidData, error);
            let error = ConnectError::tls("h:443", &wrapped, " (SSL_CERT_FILE)");
            assert!(error.kind == kind && error.to_string().contains(text), "{error:?}");
            assert!(!error.to_string().contains("words of a library"));
        }
    }

    #[test]
    fn system_errors_are_shown_without_their_number() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(
            ConnectError::tcp("h:1", &refused).to_string(),
            "cannot connect to h:1: connection refused"
        );
        let emfile = ConnectError::tcp("h:1", &io::Error::from_raw_os_error(24)).to_string();
        assert!(emfile.contains("too many open files") && emfile.contains("ulimit -n"), "{emfile}");
        let other = ConnectError::tcp("h:1", &io::Error::from_raw_os_error(1)).to_string();
        assert_eq!(other, "cannot connect to h:1: Operation not permitted");
    }
}
