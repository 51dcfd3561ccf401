//! `--resume`: which calls an earlier run's log shows settled.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use serde::Deserialize;

use crate::call::{AppId, CallId, CallKey, CallRef};
use crate::outcome::Outcome;

/// The longest line that is looked at, in bytes; the log writes none that is near it.
const MAX_LINE: usize = 64 * 1024;

/// The calls that the log at `path` shows `ended` or `not-found`, by runs with the same base URL and sandbox. A
/// log that is not there yet shows none; lines that are cut, foreign or no text are passed over.
///
/// # Errors
/// Where the file is there and cannot be read.
pub fn settled(path: &Path, base_url: &str, sandbox: bool) -> io::Result<HashSet<CallKey>> {
    match File::open(path) {
        Ok(file) => settled_in(BufReader::new(file), base_url, sandbox),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(HashSet::new()),
        Err(error) => Err(error),
    }
}

/// [`settled`], from any reader. Holds one line at a time, and of that no more than 64 KiB.
///
/// # Errors
/// Those of the reader.
pub fn settled_in(mut log: impl BufRead, base_url: &str, sandbox: bool) -> io::Result<HashSet<CallKey>> {
    let mut calls = HashSet::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = log.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(calls);
        }
        if read == MAX_LINE && line.last() != Some(&b'\n') {
            log.skip_until(b'\n')?;
            continue;
        }
        calls.extend(settled_call(&line, base_url, sandbox));
    }
}

/// The call that one line of a log shows `ended` or `not-found`, if it does, and under this base URL and sandbox.
pub fn settled_call(line: &[u8], base_url: &str, sandbox: bool) -> Option<CallKey> {
    let entry: Entry = serde_json::from_slice(line).ok()?;
    let done = [Outcome::Ended, Outcome::NotFound].iter().any(|outcome| outcome.name() == entry.outcome);
    if !done || entry.base_url != base_url || entry.sandbox != sandbox {
        return None;
    }
    let id = CallId::parse(&entry.id).ok()?;
    let app_id = entry.app_id.as_deref().map(AppId::parse).transpose().ok()?;
    Some(CallRef { id, app_id }.key())
}

/// What counts of a line.
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
}
