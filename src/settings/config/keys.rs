//! The keys of a config section that are options: their names, and how each value is parsed.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::{DeInteger, DeValue};

use super::section::{Located, Section, Wait};
use super::toml_values::{self as read, Read};
use crate::settings::defaults::MAX_CONCURRENCY;
use crate::settings::{files, urls, values};

/// The value of a key, from a config file or from the key's variable.
pub struct Value<'a> {
    pub raw: Raw<'a>,
    /// The name for errors that are found later: file, line and key, or the variable.
    pub at: &'a str,
    /// Resolves a relative path.
    pub resolve: &'a dyn Fn(&str) -> Read<PathBuf>,
}

pub enum Raw<'a> {
    Toml(&'a DeValue<'a>),
    Text(&'a str),
}

/// Parses a value into its field of the section.
type Setter = fn(&mut Section, &Value<'_>) -> Read<()>;

/// All options that a config section can set. Each has a variable: see [`variable`].
pub const OPTIONS: &[(&str, Setter)] = &[
    ("app_id", |s, v| set(&mut s.app_id, v.text().and_then(values::app_id))),
    ("route", |s, v| set(&mut s.route, v.text().and_then(values::word))),
    ("api_version", |s, v| set(&mut s.api_version, v.text().and_then(values::word))),
    ("cloud", |s, v| set(&mut s.cloud, v.text().and_then(values::cloud))),
    ("base_url", |s, v| set(&mut s.base_url, v.text().and_then(urls::base_url))),
    ("cacert", |s, v| set(&mut s.cacert, v.path().map(|value| Located { value, at: v.at.to_owned() }))),
    ("concurrency", |s, v| set(&mut s.concurrency, v.number(1..=u64::from(MAX_CONCURRENCY)))),
    ("retries", |s, v| set(&mut s.retries, v.number(0..=u64::from(u32::MAX)))),
    ("timeout", |s, v| set(&mut s.timeout, v.time_limit())),
    ("connect_timeout", |s, v| set(&mut s.connect_timeout, v.time_limit())),
    ("deadline", |s, v| set(&mut s.deadline, v.time_limit())),
    ("max_calls", |s, v| set(&mut s.max_calls, v.number(0..=u64::MAX))),
    ("ignore_not_found", |s, v| set(&mut s.ignore_not_found, v.boolean())),
    ("older_than", |s, v| set(&mut s.older_than, v.time_limit())),
    ("wait", |s, v| set(&mut s.wait, v.wait())),
    ("output", |s, v| set(&mut s.output, v.text().and_then(values::word))),
    ("color", |s, v| set(&mut s.color, v.text().and_then(values::word))),
    ("log", |s, v| set(&mut s.log, v.path())),
];

/// The keys that say where the token comes from.
pub const TOKEN_KEYS: [&str; 10] = [
    "token",
    "token_file",
    "token_command",
    "tenant_id",
    "client_id",
    "client_secret",
    "client_secret_file",
    "client_certificate",
    "federated_token_file",
    "managed_identity",
];

/// All keys that a section can have.
pub fn all() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|(key, _)| *key).chain(TOKEN_KEYS).chain(["headers", "profile"])
}

/// Returns the name of a key's environment variable.
pub fn variable(key: &str) -> String {
    format!("HANGUP_{}", key.to_ascii_uppercase())
}

pub fn set<T>(slot: &mut Option<T>, read: Read<T>) -> Read<()> {
    read.map(|value| *slot = Some(value))
}

impl Value<'_> {
    fn text(&self) -> Read<&str> {
        match self.raw {
            Raw::Toml(value) => read::string(value),
            Raw::Text(text) => Ok(text),
        }
    }

    pub fn path(&self) -> Read<PathBuf> {
        let path = self.text()?;
        if path.is_empty() {
            return Err("is empty".to_owned());
        }
        files::refuse_secret(path)?;
        (self.resolve)(path)
    }

    fn boolean(&self) -> Read<bool> {
        match self.raw {
            Raw::Toml(value) => read::boolean(value),
            Raw::Text(text) => values::boolean(text),
        }
    }

    fn number<T: TryFrom<u64>>(&self, bounds: RangeInclusive<u64>) -> Read<T> {
        let number = match self.raw {
            Raw::Toml(DeValue::Integer(written)) => integer(written),
            Raw::Toml(value) => return read::wrong("a whole number", value),
            Raw::Text(text) => text.trim().parse().ok(),
        };
        let (low, high) = (bounds.start(), bounds.end());
        number.filter(|n| bounds.contains(n)).and_then(|n| T::try_from(n).ok()).ok_or_else(|| {
            if *high == u64::MAX {
                format!("must be a whole number, {low} or more")
            } else {
                format!("must be a whole number, {low} to {high}")
            }
        })
    }

    /// A duration that is not zero: a string such as `90s`, or a number of seconds.
    fn time_limit(&self) -> Read<Duration> {
        match self.raw {
            Raw::Text(text) => values::time_limit(text),
            Raw::Toml(DeValue::String(text)) => values::time_limit(text),
            Raw::Toml(DeValue::Integer(written)) => {
                let decimal = integer(written).map_or_else(|| written.to_string(), |n| n.to_string());
                values::time_limit(&decimal)
            }
            Raw::Toml(DeValue::Float(written)) => values::time_limit(written.as_str()),
            Raw::Toml(value) => read::wrong("a duration such as \"90s\", or a number of seconds", value),
        }
    }

    /// `true`, `false` or a duration. In a variable, 1 and 0 are booleans, not seconds.
    fn wait(&self) -> Read<Wait> {
        let flag = match self.raw {
            Raw::Toml(value) => value.as_bool(),
            Raw::Text(text) => values::boolean(text).ok(),
        };
        match flag {
            Some(true) => Ok(Wait::Bare),
            Some(false) => Ok(Wait::No),
            None => self.time_limit().map(Wait::For),
        }
    }
}

fn integer(written: &DeInteger<'_>) -> Option<u64> {
    u64::from_str_radix(written.as_str(), written.radix()).ok()
}
