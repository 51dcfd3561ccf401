//! `--resume`: which calls an earlier run's log shows settled.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use serde::Deserialize;

use crate::model::call::{AppId, CallId, CallKey, CallRef};
use crate::model::outcome::{Origin, Outcome, TokenIdentity};

/// The longest line that is looked at, in bytes; the log writes none that is near it.
const MAX_LINE: usize = 64 * 1024;

/// The calls that an earlier run's log shows settled, by runs with the same base URL and sandbox.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SettledCalls {
    ended: HashSet<CallKey>,
    /// Each with the token that the service was asked with: another app's call is "not found" too.
    not_found: HashMap<CallKey, TokenIdentity>,
    /// Whether the log has lines, and none of them is a result of such a run.
    pub is_unusable: bool,
}

impl SettledCalls {
    /// Reads the log at `path`; one that does not exist yet shows none. Lines that are cut, foreign or no text are
    /// ignored.
    ///
    /// # Errors
    /// Those of opening and reading the file.
    pub fn read(path: &Path, origin: &Origin) -> io::Result<Self> {
        match File::open(path) {
            Ok(file) => Self::read_lines(BufReader::new(file), origin),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Reads a log line by line, each of at most 64 KiB.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read_lines(mut log: impl BufRead, origin: &Origin) -> io::Result<Self> {
        let (mut settled, mut line) = (Self::default(), Vec::new());
        let (mut lines, mut usable) = (0_u64, 0_u64);
        loop {
            line.clear();
            let read = log.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
            if read == 0 {
                settled.is_unusable = lines > 0 && usable == 0;
                return Ok(settled);
            }
            lines += 1;
            if read == MAX_LINE && line.last() != Some(&b'\n') {
                log.skip_until(b'\n')?;
            } else if settled.add(&line, origin) {
                usable += 1;
            }
        }
    }

    /// Adds the call that a line settles. Returns whether the line is a result of a run against `origin`.
    pub fn add(&mut self, line: &[u8], origin: &Origin) -> bool {
        let Ok(entry) = serde_json::from_slice::<Entry>(line) else { return false };
        if entry.base_url != origin.base_url || entry.sandbox != origin.sandbox {
            return false;
        }
        let app_id = entry.app_id.as_deref().map(AppId::parse).transpose();
        let (Ok(id), Ok(app_id)) = (CallId::parse(&entry.id), app_id) else { return true };
        let call = CallRef { id, app_id };
        if entry.outcome == Outcome::Ended.name() {
            self.ended.insert(call.key());
        } else if entry.outcome == Outcome::NotFound.name()
            // A `not-found` for junk says nothing about a call.
            && (origin.sandbox || call.is_guid())
            && let (Some(app_id), Some(tenant_id)) = (entry.token_app_id, entry.token_tenant_id)
        {
            let identity = TokenIdentity { app_id: app_id.into_owned(), tenant_id: tenant_id.into_owned() };
            self.not_found.insert(call.key(), identity);
        }
        true
    }

    /// Forgets the calls that were not found: they are settled only with `--ignore-not-found`.
    pub fn forget_not_found(&mut self) {
        self.not_found.clear();
    }

    pub fn is_ended(&self, call: &CallKey) -> bool {
        self.ended.contains(call)
    }

    /// Returns the token with which a call was not found.
    pub fn not_found_with(&self, call: &CallKey) -> Option<&TokenIdentity> {
        self.not_found.get(call)
    }
}

/// Returns whether results may be appended to a file: its first line is one, or was one before a crash cut it.
///
/// # Errors
/// Those of reading.
pub fn starts_with_result(log: impl BufRead) -> io::Result<bool> {
    let mut line = Vec::new();
    log.take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
    let is_cut = line.last() != Some(&b'\n') && line.starts_with(b"{\"id\":");
    Ok(line.is_empty() || is_cut || serde_json::from_slice::<Entry>(&line).is_ok())
}

/// The fields of a line that count.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    app_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    base_url: Cow<'a, str>,
    sandbox: bool,
    /// Only a log has these; saved results do not.
    #[serde(borrow, default)]
    token_app_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    token_tenant_id: Option<Cow<'a, str>>,
}

#[cfg(test)]
#[path = "resume_tests.rs"]
mod tests;
