//! Connections through a proxy: HTTP CONNECT (RFC 9110, 9.3.6) and SOCKS 5 (RFC 1928, RFC 1929).

use std::io;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::connect_error::ConnectErrorKind::{Permanent, Temporary};
use super::connect_error::{ConnectError, ConnectErrorKind};
use super::proxy::Proxy;

/// A proxy's answer to CONNECT: more than any has headers for.
const MAX_HEAD: usize = 16 * 1024;

/// Asks an HTTP proxy for a tunnel to `host:port`.
pub(super) async fn http_connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<(), ConnectError> {
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    request.push_str(concat!("User-Agent: hangup/", env!("CARGO_PKG_VERSION"), "\r\n"));
    if let Some(credentials) = &proxy.credentials {
        let pair = format!("{}:{}", credentials.user, credentials.password.expose_secret());
        request.push_str("Proxy-Authorization: Basic ");
        request.push_str(&BASE64_STANDARD.encode(pair));
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    let broken = |error| broken(proxy, &error);
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut head = Vec::new();
    // A byte at a time: what follows the head belongs to the tunnel.
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") && head.len() < MAX_HEAD {
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    match status(&head) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(ConnectError::proxy_status(proxy, &format!("{host}:{port}"), status)),
        None => Err(refused(proxy, Permanent, "gave no HTTP answer: is it an HTTP proxy?")),
    }
}

/// Returns the status of an answer's head.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    let status = line.split_ascii_whitespace().nth(1)?;
    status.parse().ok().filter(|status| (100..1000).contains(status))
}

/// Where a SOCKS proxy is to connect to.
#[derive(Clone, Copy)]
pub(super) enum SocksTarget<'a> {
    Address(IpAddr),
    /// The proxy resolves it.
    Name(&'a str),
}

/// Asks a SOCKS 5 proxy for a connection.
pub(super) async fn socks_connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    proxy: &Proxy,
    target: SocksTarget<'_>,
    port: u16,
) -> Result<(), ConnectError> {
    const VERSION: u8 = 5;
    const NO_AUTHENTICATION: u8 = 0;
    const PASSWORD: u8 = 2;
    let broken = |error| broken(proxy, &error);
    let method = if proxy.credentials.is_some() { PASSWORD } else { NO_AUTHENTICATION };
    stream.write_all(&[VERSION, 1, method]).await.map_err(broken)?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await.map_err(broken)?;
    match chosen {
        [VERSION, chosen] if chosen == method => {}
        [VERSION, _] => return Err(refused(proxy, Permanent, &socks_login(proxy))),
        _ => return Err(refused(proxy, Permanent, "does not speak SOCKS 5")),
    }
    if method == PASSWORD && !socks_authenticate(stream, proxy).await.map_err(broken)? {
        return Err(refused(proxy, Permanent, &socks_login(proxy)));
    }
    stream.write_all(&socks_request(proxy, target, port)?).await.map_err(broken)?;
    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await.map_err(broken)?;
    // The address that the proxy connects from, which is of no interest.
    let rest = match reply[3] {
        1 => 4,
        4 => 16,
        _ => usize::from(stream.read_u8().await.map_err(broken)?),
    };
    stream.read_exact(&mut vec![0; rest + 2]).await.map_err(broken)?;
    match reply[1] {
        0 => Ok(()),
        code => Err(socks_failure(proxy, code)),
    }
}

async fn socks_authenticate<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    proxy: &Proxy,
) -> io::Result<bool> {
    let Some(credentials) = &proxy.credentials else { return Ok(true) };
    let mut message = vec![1];
    for part in [credentials.user.as_str(), credentials.password.expose_secret()] {
        // Checked when the variable was parsed: at most 255 bytes.
        message.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        message.extend_from_slice(part.as_bytes());
    }
    stream.write_all(&message).await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    Ok(answer[1] == 0)
}

fn socks_request(proxy: &Proxy, target: SocksTarget<'_>, port: u16) -> Result<Vec<u8>, ConnectError> {
    const CONNECT: u8 = 1;
    let mut request = vec![5, CONNECT, 0];
    match target {
        SocksTarget::Address(IpAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        SocksTarget::Address(IpAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        SocksTarget::Name(name) => {
            let length = u8::try_from(name.len())
                .map_err(|_| refused(proxy, Permanent, "cannot take a host name of over 255 characters"))?;
            request.extend_from_slice(&[3, length]);
            request.extend_from_slice(name.as_bytes());
        }
    }
    request.extend_from_slice(&port.to_be_bytes());
    Ok(request)
}

fn socks_login(proxy: &Proxy) -> String {
    match proxy.credentials {
        Some(_) => format!("did not accept the user and password in {}", proxy.variable),
        None => format!("wants a login: put user:password@ into {}", proxy.variable),
    }
}

fn socks_failure(proxy: &Proxy, code: u8) -> ConnectError {
    let (kind, what) = match code {
        2 => (Permanent, "does not allow this connection"),
        3 => (Temporary, "cannot reach the network"),
        4 => (Temporary, "cannot reach the host"),
        5 => (Temporary, "found the connection refused"),
        6 => (Temporary, "got no response from the host"),
        7 => (Permanent, "does not support CONNECT"),
        8 => (Permanent, "does not support this kind of address"),
        _ => (Temporary, "could not connect"),
    };
    refused(proxy, kind, &format!("{what} (SOCKS reply {code})"))
}

fn refused(proxy: &Proxy, kind: ConnectErrorKind, what: &str) -> ConnectError {
    ConnectError::new(kind, format!("proxy {} {what}", proxy.address()))
}

fn broken(proxy: &Proxy, error: &io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            refused(proxy, Temporary, "closed the connection")
        }
        _ => ConnectError::tcp(&format!("proxy {}", proxy.address()), error),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;
    use crate::http::proxy::{Credentials, ProxyScheme};

    fn proxy(scheme: ProxyScheme, credentials: Option<(&str, &str)>) -> Proxy {
        let credentials = credentials.map(|(user, password)| Credentials {
            user: user.to_owned(),
            password: password.to_owned().into(),
        });
        Proxy { scheme, host: "p".to_owned(), port: 1, credentials, variable: "ALL_PROXY" }
    }

    async fn connect(answer: &[u8]) -> Result<String, ConnectError> {
        let (mut ours, mut theirs) = duplex(4096);
        theirs.write_all(answer).await.unwrap();
        let proxy = proxy(ProxyScheme::Http, Some(("Aladdin", "open sesame")));
        let mut asked = vec![0; 4096];
        let connected = http_connect(&mut ours, &proxy, "g", 443).await;
        let length = theirs.read(&mut asked).await.unwrap();
        connected.map(|()| String::from_utf8_lossy(&asked[..length]).into_owned())
    }

    #[tokio::test]
    async fn http_connect_request() {
        let asked = connect(b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n").await.unwrap();
        assert!(asked.starts_with("CONNECT g:443 HTTP/1.1\r\nHost: g:443\r\n"), "{asked}");
        assert!(asked.contains("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn http_connect_failures() {
        for (answer, kind, text) in [
            (&b"HTTP/1.0 407 X\r\n\r\n"[..], Permanent, "answered 407"),
            (b"HTTP/1.1 502 X\r\n\r\n", Temporary, "answered 502"),
            (b"SSH-2.0-OpenSSH\r\n\r\n", Permanent, "no HTTP answer"),
            (b"HTTP/1.1 20 X\r\n\r\n", Permanent, "no HTTP answer"),
            (&[b'x'; MAX_HEAD], Permanent, "no HTTP answer"),
        ] {
            let (mut ours, mut theirs) = duplex(MAX_HEAD * 2);
            theirs.write_all(answer).await.unwrap();
            let proxy = proxy(ProxyScheme::Http, None);
            let error = http_connect(&mut ours, &proxy, "g", 443).await.unwrap_err();
            assert!(error.kind == kind && error.to_string().contains(text), "{error:?}");
        }
    }

    #[tokio::test]
    async fn socks_failures() {
        for (answer, credentials, kind, text) in [
            (&[5, 255][..], None, Permanent, "wants a login: put user:password@ into ALL_PROXY"),
            (&[5, 255], Some(("u", "p")), Permanent, "did not accept the user and password in ALL_PROXY"),
            (&[5, 2, 1, 1], Some(("u", "p")), Permanent, "did not accept"),
            (b"HTTP/1.1 400", None, Permanent, "does not speak SOCKS 5"),
            (&[5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0], None, Permanent, "does not allow"),
            (&[5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0], None, Temporary, "cannot reach the host"),
        ] {
            let (mut ours, mut theirs) = duplex(4096);
            theirs.write_all(answer).await.unwrap();
            let proxy = proxy(ProxyScheme::Socks5h, credentials);
            let error = socks_connect(&mut ours, &proxy, SocksTarget::Name("g"), 443).await.unwrap_err();
            assert!(error.kind == kind && error.to_string().contains(text), "{error:?}");
        }
    }
}
