//! A config file's text: where in it something stands, and what its paths are relative to.

use std::path::{Path, PathBuf};

use super::keys;
use super::toml_values::Read;
use crate::settings::CommandError;

/// A config file's text, and what its relative paths are relative to.
pub struct Origin<'a> {
    /// How the file is named in errors.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The directory that it is in.
    pub dir: &'a Path,
    /// The user's home directory.
    pub home: Option<&'a Path>,
}

/// The number of the line at `offset`, from 1.
pub fn line_of(text: &[u8], offset: usize) -> usize {
    text[..offset.min(text.len())].split(|b| *b == b'\n').count()
}

impl Origin<'_> {
    /// The number of the line at `offset`, from 1.
    pub fn line(&self, offset: usize) -> usize {
        line_of(self.text.as_bytes(), offset)
    }

    /// A syntax error. The line's text may be a secret, so only a key that is known is shown of it.
    pub fn syntax(&self, error: &toml::de::Error) -> CommandError {
        let offset = error.span().map_or(self.text.len(), |span| span.start);
        let number = self.line(offset);
        let line = self.text.lines().nth(number - 1).unwrap_or_default();
        let key = line.split('=').next().unwrap_or_default().trim();
        let key = if keys::all().any(|known| known == key) { format!(" {key}:") } else { String::new() };
        CommandError::usage(format!("{}:{number}:{key} {}", self.name, error.message()))
    }

    /// A path in the config: relative to the config's directory; `~/` is the home directory.
    pub fn path(&self, given: &str) -> Read<PathBuf> {
        match (given.strip_prefix("~/"), self.home) {
            (Some(rest), Some(home)) => Ok(home.join(rest)),
            (Some(_), None) => Err("there is no home directory to put in the place of `~`".to_owned()),
            (None, _) => Ok(self.dir.join(given)),
        }
    }
}
