//! The config file: found, read, checked as a whole. Every error names file, line and key.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::section::{Section, TokenKeys};
use crate::settings::files::shown;
use crate::settings::{CommandError, ConfigInUse};
use crate::text;

/// A config file as it stands: all sections, all of them checked.
#[derive(Debug)]
pub struct Config {
    pub(super) path: PathBuf,
    pub(super) top: Section,
    pub(super) profiles: BTreeMap<String, Section>,
}

/// A config file with its profile chosen.
#[derive(Debug)]
pub struct Chosen {
    /// The file and the profile.
    pub in_use: ConfigInUse,
    /// The profile's values over those of the top level; all but the token's.
    pub values: Section,
    /// The token's keys, a section each, the innermost first.
    pub tokens: Vec<TokenKeys>,
    /// What is wrong with the token's keys, in whatever section.
    pub token_error: Option<String>,
}

impl Config {
    /// Chooses a profile, or none.
    ///
    /// # Errors
    /// Where there is no such profile; says which there are.
    pub fn choose(mut self, profile: Option<String>) -> Result<Chosen, CommandError> {
        let token_error = self.sections().find_map(|s| s.token.error());
        let mut tokens = vec![std::mem::take(&mut self.top.token)];
        let mut values = std::mem::take(&mut self.top);
        if let Some(name) = &profile {
            let mut inner = self.profiles.remove(name).ok_or_else(|| self.no_profile(name))?;
            tokens.insert(0, std::mem::take(&mut inner.token));
            values = inner.over(values);
        }
        let in_use = ConfigInUse { path: self.path, profile };
        Ok(Chosen { in_use, values, tokens, token_error })
    }

    /// Whether the file itself contains a secret, not only the name of a file that does.
    pub fn has_literal_secret(&self) -> bool {
        self.sections().any(|section| {
            section.token.has_literal() || section.headers.iter().any(|(_, value)| value.is_sensitive())
        })
    }

    fn sections(&self) -> impl Iterator<Item = &Section> {
        std::iter::once(&self.top).chain(self.profiles.values())
    }

    fn no_profile(&self, name: &str) -> CommandError {
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        let there = if names.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", text::clean(&names.join(", "), text::MAX_SHOWN))
        };
        let near = text::nearest(name, names);
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let (file, name) = (shown(&self.path), text::clean(name, 60));
        CommandError::usage(format!("{file}: there is no profile `{name}`: {there}{hint}"))
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
