//! What a section of the config says: the top level, or a profile.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::model::call::AppId;
use crate::model::call_text::secret_in;
use crate::model::route::{ApiVersion, RouteChoice};
use crate::settings::headers::{self, Header};
use crate::settings::{Cloud, ColorChoice, Format, Proof};

/// A value, and where it stands, for the errors that are found later.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// File, line and key: `/etc/hangup.toml:3: cacert`.
    pub at: String,
}

/// The values of one section; what it does not name is `None`.
#[derive(Debug, Default)]
pub struct Section {
    /// `app_id`
    pub app_id: Option<AppId>,
    /// `route`
    pub route: Option<RouteChoice>,
    /// `api_version`
    pub api_version: Option<ApiVersion>,
    /// `cloud`
    pub cloud: Option<Cloud>,
    /// `base_url`, checked
    pub base_url: Option<String>,
    /// `cacert`
    pub cacert: Option<Located<PathBuf>>,
    /// `headers`
    pub headers: Vec<Header>,
    /// `concurrency`
    pub concurrency: Option<u16>,
    /// `retries`
    pub retries: Option<u32>,
    /// `timeout`
    pub timeout: Option<Duration>,
    /// `connect_timeout`
    pub connect_timeout: Option<Duration>,
    /// `deadline`
    pub deadline: Option<Duration>,
    /// `max_calls`
    pub max_calls: Option<u64>,
    /// `ignore_not_found`
    pub ignore_not_found: Option<bool>,
    /// `older_than`
    pub older_than: Option<Duration>,
    /// `wait`
    pub wait: Option<Wait>,
    /// `output`
    pub output: Option<Format>,
    /// `color`
    pub color: Option<ColorChoice>,
    /// `log`
    pub log: Option<PathBuf>,
    /// The token's keys.
    pub token: TokenKeys,
}

/// What `wait` says: `true`, `false`, or for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Not at all, whatever an outer section says.
    No,
    /// As long as a bare `--wait`.
    Bare,
    /// Wait for this duration.
    For(Duration),
}

/// What a section says about the token.
#[derive(Debug, Default)]
pub struct TokenKeys {
    /// `tenant_id`
    pub tenant_id: Option<Located<String>>,
    /// `client_id`
    pub client_id: Option<Located<String>>,
    /// The sources it names, in the order of the file; more than one is an error.
    pub sources: Vec<Located<Source>>,
    /// What is wrong with them. Kept until a token is needed: a rehearsal in the sandbox needs none.
    pub wrong: Vec<String>,
}

/// Where a section says that the token comes from.
#[derive(Debug)]
pub enum Source {
    /// `token`
    Token(SecretString),
    /// `token_file`
    TokenFile(PathBuf),
    /// `token_command`
    TokenCommand(Vec<String>),
    /// What proves, together with `tenant_id` and `client_id`, that we are the application.
    Proof(Proof),
}

impl Section {
    /// This section's values over those of an outer one. The token's keys are no part of it.
    #[must_use]
    pub fn over(self, outer: Self) -> Self {
        Self {
            app_id: self.app_id.or(outer.app_id),
            route: self.route.or(outer.route),
            api_version: self.api_version.or(outer.api_version),
            cloud: self.cloud.or(outer.cloud),
            base_url: self.base_url.or(outer.base_url),
            cacert: self.cacert.or(outer.cacert),
            headers: headers::over(self.headers, outer.headers),
            concurrency: self.concurrency.or(outer.concurrency),
            retries: self.retries.or(outer.retries),
            timeout: self.timeout.or(outer.timeout),
            connect_timeout: self.connect_timeout.or(outer.connect_timeout),
            deadline: self.deadline.or(outer.deadline),
            max_calls: self.max_calls.or(outer.max_calls),
            ignore_not_found: self.ignore_not_found.or(outer.ignore_not_found),
            older_than: self.older_than.or(outer.older_than),
            wait: self.wait.or(outer.wait),
            output: self.output.or(outer.output),
            color: self.color.or(outer.color),
            log: self.log.or(outer.log),
            token: TokenKeys::default(),
        }
    }
}

impl TokenKeys {
    /// What is wrong with them, if anything is; two sources in one section are, too.
    pub fn error(&self) -> Option<String> {
        if self.wrong.is_empty() { self.two_sources() } else { Some(self.wrong.join("\n")) }
    }

    fn two_sources(&self) -> Option<String> {
        let [first, .., last] = &self.sources[..] else { return None };
        let also = first.at.rsplit(": ").next().unwrap_or_default();
        Some(format!(
            "{}: the section names two sources for the token, the other is `{also}`; keep one",
            last.at
        ))
    }

    /// Whether a secret stands in the file itself.
    pub fn has_literal(&self) -> bool {
        self.sources.iter().any(|source| match &source.value {
            Source::Token(_) | Source::Proof(Proof::Secret(_)) => true,
            Source::TokenCommand(argv) => has_secret(argv),
            Source::TokenFile(_) | Source::Proof(_) => false,
        })
    }
}

/// Whether an argument of a command is a secret: by its own form, or by the name in front of it
/// (`client_secret=...`, `--password ...`, `Authorization: ...`).
fn has_secret(argv: &[String]) -> bool {
    const NAMES: [&str; 4] = ["secret", "password", "token", "passwd"];
    let is_secret_name = |name: &str| NAMES.iter().any(|word| name.ends_with(word));
    let assigned = |arg: &str| {
        let lower = arg.to_ascii_lowercase();
        let named = |(name, value): (&str, &str)| {
            let by_reference = value.trim().is_empty() || value.trim_start().starts_with(['@', '$']);
            !by_reference && (is_secret_name(name) || name.ends_with("authorization"))
        };
        lower.split('&').any(|pair| pair.split_once('=').is_some_and(named))
            || lower.split_once(':').is_some_and(named)
    };
    let follows = |pair: &[String]| {
        let [name, value] = pair else { return false };
        let name = name.to_ascii_lowercase();
        name.starts_with('-') && is_secret_name(&name) && !value.starts_with(['-', '@', '/', '.', '~'])
    };
    argv.iter().any(|arg| secret_in(arg).is_some() || assigned(arg)) || argv.windows(2).any(follows)
}
