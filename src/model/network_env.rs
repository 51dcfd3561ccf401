//! The environment variables that say how to reach a network: proxies and root certificates.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

/// The names that are looked at, lower case first, as curl does.
pub const NAMES: [&str; 11] = [
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "REQUEST_METHOD",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A snapshot of these variables. Its `Debug` shows names only: a proxy's URL may contain a password.
#[derive(Clone, Default)]
pub struct NetworkEnv(BTreeMap<&'static str, OsString>);

impl NetworkEnv {
    /// Takes a snapshot; a variable that is set to the empty string counts as unset.
    pub fn new(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = NAMES.iter().filter_map(|&name| Some((name, lookup(name)?)));
        Self(set.filter(|(_, value)| !value.is_empty()).collect())
    }

    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(name).map(OsString::as_os_str)
    }

    /// Returns the first of these variables that is set, with its name.
    pub fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &OsStr)> {
        names.iter().find_map(|&name| Some((name, self.get(name)?)))
    }
}

impl fmt::Debug for NetworkEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NetworkEnv").field(&self.0.keys()).finish()
    }
}
