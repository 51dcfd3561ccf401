//! Whether a URL stays on this machine: plain HTTP is taken there, and no proxy is asked for it.

use url::{Host, Url};

/// Whether a URL names this machine and nothing else.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
