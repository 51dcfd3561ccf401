//! URLs that stay on this machine: plain HTTP is allowed there, and no proxy is used.

use url::{Host, Url};

/// Whether a URL is on this machine's loopback interface.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
