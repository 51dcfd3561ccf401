//! Name resolution.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use tokio::sync::oneshot;

use super::connect_error::ConnectError;

/// Returns the addresses of a host.
///
/// `localhost` is this machine whatever the resolver says: plain http and the token are sent there.
///
/// The resolver blocks, and nothing can cancel it. It runs on a thread that nobody waits for: a runtime would
/// wait for one of its own when the process is to end.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    if host.eq_ignore_ascii_case("localhost") {
        let both = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        return Ok(both.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (done, addresses) = oneshot::channel();
    let name = host.to_owned();
    std::thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || {
            let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
            // The attempt may have timed out meanwhile.
            let _ = done.send(found);
        })
        .map_err(|error| ConnectError::resources("cannot start a thread to resolve names", &error))?;
    let found = addresses.await.unwrap_or_else(|_| Err(io::Error::other("the resolver failed")));
    match found {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(ConnectError::unresolved(host, None)),
        Err(error) => Err(ConnectError::unresolved(host, Some(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn localhost_is_always_loopback() {
        let addresses = resolve("localhost", 80).await.unwrap();
        assert_eq!(addresses, ["127.0.0.1:80".parse().unwrap(), "[::1]:80".parse().unwrap()]);
    }

    #[tokio::test]
    async fn literal_addresses_need_no_resolver() {
        for (host, expected) in [("127.0.0.1", "127.0.0.1:1"), ("[::1]", "[::1]:1")] {
            assert_eq!(resolve(host, 1).await.unwrap(), [expected.parse().unwrap()]);
        }
    }

    #[tokio::test]
    async fn unresolvable_host_is_named() {
        let error = resolve("graph.microsft.invalid", 443).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot resolve graph.microsft.invalid"), "{error}");
    }
}
