//! `NO_PROXY`: the hosts that are reached without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use crate::text;

#[derive(Debug, Clone, Default)]
pub(super) struct NoProxy {
    entries: Vec<Entry>,
    warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    All,
    /// A domain and its subdomains.
    Domain(String, Option<u16>),
    Address(IpAddr, Option<u16>),
    Network(IpNet),
}

impl NoProxy {
    /// Parses a list separated by commas or spaces.
    pub fn parse(variable: &str, list: &str) -> Self {
        let mut parsed = Self::default();
        let items = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty());
        for item in items {
            match entry(item) {
                Some(entry) => parsed.entries.push(entry),
                None => parsed.warnings.push(format!(
                    "{variable}: ignored `{}`: not a host, domain, address or network",
                    text::clean(item, 80)
                )),
            }
        }
        parsed
    }

    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns whether a host is reached without a proxy.
    pub fn covers(&self, host: Option<Host<&str>>, port: u16) -> bool {
        let Some(host) = host else { return false };
        self.entries.iter().any(|entry| entry.covers(&host, port))
    }
}

impl Entry {
    fn covers(&self, host: &Host<&str>, port: u16) -> bool {
        let address = match host {
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
            Host::Domain(_) => None,
        };
        match (self, host) {
            (Self::All, _) => true,
            (Self::Domain(domain, only), Host::Domain(host)) => {
                let host = host.trim_end_matches('.');
                let rest = host.strip_suffix(domain.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                    && only.is_none_or(|p| p == port)
            }
            (Self::Domain(..), _) => false,
            (Self::Address(own, only), _) => address == Some(*own) && only.is_none_or(|p| p == port),
            (Self::Network(network), _) => address.is_some_and(|address| network.contains(&address)),
        }
    }
}

fn entry(item: &str) -> Option<Entry> {
    if item == "*" {
        return Some(Entry::All);
    }
    if item.contains('/') {
        return item.parse().ok().map(Entry::Network);
    }
    if let Ok(address) = item.parse() {
        return Some(Entry::Address(address, None));
    }
    let (host, port) = match item.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (item, None),
    };
    let host = host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host);
    match Host::parse(host.trim_end_matches('.')).ok()? {
        Host::Ipv4(address) => Some(Entry::Address(address.into(), port)),
        Host::Ipv6(address) => Some(Entry::Address(address.into(), port)),
        Host::Domain(domain) if domain.contains('*') => None,
        Host::Domain(domain) => Some(Entry::Domain(domain, port)),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn no_proxy_entries() {
        for (list, url, expected) in [
            ("*", "https://x.example", true),
            ("example", "https://x.example", true),
            ("x.example", "https://x.example", true),
            ("X.Example.", "https://x.example", true),
            (".example", "https://x.example", true),
            ("*.example", "https://a.x.example", true),
            ("ample", "https://x.example", false),
            ("y.example", "https://x.example", false),
            ("x.example:443", "https://x.example", true),
            ("x.example:8443", "https://x.example", false),
            ("x.example:8443", "https://x.example:8443", true),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("10.1.2.3", "https://10.1.2.3", true),
            ("10.1.2.3:443", "https://10.1.2.3", true),
            ("fd00::/8", "https://[fd00::1]", true),
            ("fd00::1", "https://[fd00::1]", true),
            ("[fd00::1]:443", "https://[fd00::1]", true),
            ("a, b  x.example", "https://x.example", true),
            ("", "https://x.example", false),
        ] {
            let url = Url::parse(url).unwrap();
            let no_proxy = NoProxy::parse("NO_PROXY", list);
            assert_eq!(
                no_proxy.covers(url.host(), url.port_or_known_default().unwrap()),
                expected,
                "{list} {url}"
            );
            assert!(no_proxy.warnings().is_empty(), "{list}");
        }
    }

    #[test]
    fn invalid_no_proxy_entries_are_warnings() {
        for item in ["10.0.0.0/99", "10.*", "x:y", "http://x", "a*b", "[::1", "x:99999"] {
            let parsed = NoProxy::parse("no_proxy", item);
            assert_eq!(parsed.warnings().len(), 1, "{item}: {parsed:?}");
            assert!(parsed.warnings()[0].starts_with(&format!("no_proxy: ignored `{item}`")));
        }
    }
}
