//! The environment, read once and handed in: nothing else in the crate looks at it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::CommandError;
use crate::model::network_env::NetworkEnv;

/// The variables that are read besides those that begin with `HANGUP_`.
pub const NAMES: [&str; 12] = [
    "GRAPH_TOKEN",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "TERM",
];

/// A snapshot of the environment. Its `Debug` shows names only: some of the values are secrets.
#[derive(Default, Clone)]
pub struct Env {
    vars: BTreeMap<String, OsString>,
    network: NetworkEnv,
    config_dir: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Env {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let vars = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let vars = vars.filter(|(name, _)| name.starts_with("HANGUP_") || NAMES.contains(&name.as_str()));
        let network = NetworkEnv::new(|name| std::env::var_os(name));
        Self { vars: vars.collect(), network, config_dir: dirs::config_dir(), home: dirs::home_dir() }
    }

    /// An environment of these variables, without a home directory.
    #[cfg(test)]
    pub fn of<N, V>(vars: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<OsString>,
    {
        let vars: BTreeMap<_, _> =
            vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { network: NetworkEnv::new(|name| vars.get(name).cloned()), vars, ..Self::default() }
    }

    /// The same, with this home directory and the user's config directory `.config` in it.
    #[cfg(test)]
    #[must_use]
    pub fn with_home(self, home: &Path) -> Self {
        Self { config_dir: Some(home.join(".config")), home: Some(home.to_owned()), ..self }
    }

    /// A variable; `None` where it is unset or empty.
    ///
    /// # Errors
    /// Names the variable where its value is not UTF-8.
    pub fn get(&self, name: &str) -> Result<Option<String>, CommandError> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => match value.to_str() {
                Some(value) => Ok(Some(value.to_owned())),
                None => Err(CommandError::usage(format!("{name}: the value is not UTF-8"))),
            },
        }
    }

    /// A variable that is read by `parse`; `None` where it is unset or empty.
    ///
    /// # Errors
    /// Names the variable, and says what is wrong with its value.
    pub fn read<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CommandError> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        parse(&value).map(Some).map_err(|why| CommandError::usage(format!("{name}: {why}")))
    }

    /// A variable that names a file, in whatever encoding; `None` where it is unset or empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.value(name).map(PathBuf::from)
    }

    /// Whether a variable is set and not empty.
    pub fn is_set(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The names of all variables that are set and not empty.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.as_str())
    }

    fn value(&self, name: &str) -> Option<&OsString> {
        debug_assert!(name.starts_with("HANGUP_") || NAMES.contains(&name), "{name} is not in the snapshot");
        self.vars.get(name).filter(|value| !value.is_empty())
    }

    /// The variables about proxies and root certificates.
    pub fn network(&self) -> &NetworkEnv {
        &self.network
    }

    /// The user's config directory.
    pub fn config_dir(&self) -> Option<&Path> {
        self.config_dir.as_deref()
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Env").field(&self.vars.keys()).finish()
    }
}
