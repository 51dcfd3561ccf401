//! Proxies from the environment: which one a URL is reached through.
//!
//! Only https ever goes through a proxy: plain http is for loopback addresses and the managed-identity endpoint.

use std::ffi::OsStr;
use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::no_proxy::NoProxy;
use crate::model::loopback::is_loopback;
use crate::model::network_env::NetworkEnv;

/// How a URL is reached.
#[derive(Debug, Clone)]
pub enum ProxyChoice {
    Direct,
    Proxy(Proxy),
}

/// A proxy and the variable that names it.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub scheme: ProxyScheme,
    /// An IPv6 address has brackets, as in a URL.
    pub host: String,
    pub port: u16,
    pub credentials: Option<Credentials>,
    pub variable: &'static str,
}

#[derive(Debug, Clone)]
pub struct Credentials {
    pub user: String,
    pub password: SecretString,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyScheme {
    Http,
    Https,
    /// SOCKS 5; host names are resolved here.
    Socks5,
    /// SOCKS 5; host names are resolved by the proxy.
    Socks5h,
}

/// The proxy variables of a run.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    env: NetworkEnv,
    no_proxy: NoProxy,
}

const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// A CGI server sets `HTTP_PROXY` to whatever a request's `Proxy` header says (<https://httpoxy.org>).
const HTTP_IN_CGI: [&str; 3] = ["http_proxy", "all_proxy", "ALL_PROXY"];

impl ProxySettings {
    pub fn new(env: &NetworkEnv) -> Self {
        let list = env.first(&["no_proxy", "NO_PROXY"]);
        let no_proxy = list.map(|(name, list)| NoProxy::parse(name, &list.to_string_lossy()));
        Self { env: env.clone(), no_proxy: no_proxy.unwrap_or_default() }
    }

    /// Returns a warning for each entry of `NO_PROXY` that could not be understood.
    pub fn warnings(&self) -> &[String] {
        self.no_proxy.warnings()
    }

    /// Chooses how to reach a URL.
    ///
    /// # Errors
    /// A value that would be used and cannot be understood; the message names the variable.
    pub fn choose(&self, url: &Url) -> Result<ProxyChoice, String> {
        let names: &[&str] = match url.scheme() {
            "https" => &HTTPS,
            _ if self.env.get("REQUEST_METHOD").is_some() => &HTTP_IN_CGI,
            _ => &HTTP,
        };
        let port = url.port_or_known_default().unwrap_or(443);
        match self.env.first(names) {
            Some(_) if is_loopback(url) || self.no_proxy.covers(url.host(), port) => Ok(ProxyChoice::Direct),
            Some((variable, value)) => {
                let variable = HTTPS.iter().chain(&HTTP).find(|name| **name == variable).copied();
                let variable = variable.unwrap_or_default();
                parse(variable, value).map(ProxyChoice::Proxy).map_err(|why| format!("{variable}: {why}"))
            }
            None => Ok(ProxyChoice::Direct),
        }
    }
}

/// Parses a proxy variable. The error does not repeat the value: a password may be in it.
fn parse(variable: &'static str, value: &OsStr) -> Result<Proxy, String> {
    const EXPECTED: &str = "use a URL such as http://proxy.example:8080";
    let value = value.to_str().ok_or_else(|| format!("not UTF-8: {EXPECTED}"))?.trim();
    // Without a scheme, `proxy.example:8080` would be a URL of the scheme `proxy.example`.
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => (ProxyScheme::Http, 80),
        "https" => (ProxyScheme::Https, 443),
        "socks5" | "socks" => (ProxyScheme::Socks5, 1080),
        "socks5h" => (ProxyScheme::Socks5h, 1080),
        _ => return Err("unsupported proxy scheme: use http, https, socks5 or socks5h".to_owned()),
    };
    // Read as https, so that hosts and ports are checked the same way whatever the scheme.
    let url = Url::parse(&format!("https://{rest}")).map_err(|why| format!("{why}: {EXPECTED}"))?;
    let host =
        url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| format!("no host: {EXPECTED}"))?;
    let port = if rest_has_default_port(rest) { Some(443) } else { url.port() };
    let decode = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().map_err(|_| "user or password is not UTF-8")?;
        // They go into a header or into a field of at most 255 bytes.
        let usable = text.len() <= 255 && !text.chars().any(char::is_control);
        if usable {
            Ok(text.into_owned())
        } else {
            Err("user or password too long or with control characters")
        }
    };
    let credentials = if url.username().is_empty() && url.password().is_none() {
        None
    } else {
        let (user, password) = (decode(url.username())?, decode(url.password().unwrap_or_default())?);
        Some(Credentials { user, password: password.into() })
    };
    Ok(Proxy { scheme, host: host.to_owned(), port: port.unwrap_or(default_port), credentials, variable })
}

/// `Url` drops a port that is its scheme's default.
fn rest_has_default_port(rest: &str) -> bool {
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.ends_with(":443"))
}

impl Proxy {
    /// The proxy as messages name it.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The port of the destination may be blocked, but is never part of the proxy's own name.
    pub fn is_socks(&self) -> bool {
        matches!(self.scheme, ProxyScheme::Socks5 | ProxyScheme::Socks5h)
    }
}

impl fmt::Display for ProxyChoice {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Proxy(proxy) = self else { return f.write_str("none") };
        let scheme = match proxy.scheme {
            ProxyScheme::Http => "http",
            ProxyScheme::Https => "https",
            ProxyScheme::Socks5 => "socks5",
            ProxyScheme::Socks5h => "socks5h",
        };
        write!(f, "{scheme}://{} ({})", proxy.address(), proxy.variable)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn settings(vars: &[(&str, &str)]) -> ProxySettings {
        ProxySettings::new(&NetworkEnv::new(|name| {
            vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        }))
    }

    fn choose(vars: &[(&str, &str)], url: &str) -> String {
        settings(vars).choose(&Url::parse(url).unwrap()).map_or_else(|e| e, |choice| choice.to_string())
    }

    #[test]
    fn proxy_variable_precedence() {
        const URL: &str = "https://graph.microsoft.com";
        type Vars = &'static [(&'static str, &'static str)];
        let table: &[(Vars, &str, &str)] = &[
            (&[], URL, "none"),
            (&[("HTTPS_PROXY", "http://a:1")], URL, "http://a:1 (HTTPS_PROXY)"),
            (&[("HTTPS_PROXY", "b:2"), ("https_proxy", "a:1")], URL, "http://a:1 (https_proxy)"),
            (&[("HTTPS_PROXY", "b:2"), ("all_proxy", "a:1")], URL, "http://b:2 (HTTPS_PROXY)"),
            (&[("ALL_PROXY", "b:2"), ("https_proxy", "")], URL, "http://b:2 (ALL_PROXY)"),
            (&[("HTTP_PROXY", "a:1")], URL, "none"),
            (&[("HTTP_PROXY", "a:1")], "http://169.254.1.1", "http://a:1 (HTTP_PROXY)"),
            (&[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")], "http://169.254.1.1", "none"),
            (
                &[("http_proxy", "a:1"), ("REQUEST_METHOD", "GET")],
                "http://169.254.1.1",
                "http://a:1 (http_proxy)",
            ),
            (&[("HTTPS_PROXY", "%%%")], "https://localhost:8443", "none"),
            (&[("HTTPS_PROXY", "%%%"), ("NO_PROXY", "microsoft.com")], URL, "none"),
        ];
        for (vars, url, expected) in table {
            assert_eq!(choose(vars, url), *expected, "{vars:?}");
        }
    }

    #[test]
    fn proxy_values() {
        for (value, expected) in [
            ("proxy.corp:8080", "http://proxy.corp:8080"),
            ("proxy.corp", "http://proxy.corp:80"),
            ("https://proxy.corp", "https://proxy.corp:443"),
            ("http://proxy.corp:443/", "http://proxy.corp:443"),
            ("socks://p", "socks5://p:1080"),
            ("SOCKS5://p:9", "socks5://p:9"),
            ("socks5h://user:pw@[::1]", "socks5h://[::1]:1080"),
            (" http://user:p%40ss@p:3128 ", "http://p:3128"),
        ] {
            let shown = choose(&[("HTTPS_PROXY", value)], "https://graph.microsoft.com");
            assert_eq!(shown, format!("{expected} (HTTPS_PROXY)"), "{value}");
        }
    }

    #[test]
    fn invalid_proxy_values_name_the_variable_but_not_the_value() {
        for value in
            ["http://", "http://p:99999", "socks4://secret", "ftp://secret", "http://a b", "http://:1"]
        {
            let error = choose(&[("ALL_PROXY", value)], "https://graph.microsoft.com");
            assert!(error.starts_with("ALL_PROXY: ") && !error.contains("secret"), "{value}: {error}");
        }
    }

    #[test]
    fn proxy_credentials_are_decoded_and_not_shown() {
        let settings = settings(&[("HTTPS_PROXY", "http://us%2Fer:p%40ss@p:3128")]);
        let choice = settings.choose(&Url::parse("https://graph.microsoft.com").unwrap()).unwrap();
        assert!(!format!("{choice:?} {choice} {settings:?}").contains("ss@"));
        let ProxyChoice::Proxy(proxy) = choice else { panic!("no proxy") };
        let credentials = proxy.credentials.unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.expose_secret()), ("us/er", "p@ss"));
    }
}
