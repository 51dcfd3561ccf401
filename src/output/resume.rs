//! `--resume`: which calls an earlier run's log shows settled.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use serde::Deserialize;

use crate::model::call::{AppId, CallId, CallKey, CallRef};
use crate::model::outcome::Outcome;

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
    let call = CallRef { id, app_id };
    // A `not-found` for junk says nothing about a call.
    if entry.outcome == Outcome::NotFound.name() && !sandbox && !call.is_guid() {
        return None;
    }
    Some(call.key())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://graph.microsoft.com";

    fn line(id: &str, app: &str, outcome: &str, base: &str, sandbox: bool) -> String {
        format!(
            r#"{{"id":"{id}","app_id":{app},"outcome":"{outcome}","status":204,"base_url":"{base}","sandbox":{sandbox}}}"#
        )
    }

    fn ended(id: &str) -> String {
        line(id, "null", "ended", BASE, false)
    }

    fn key(text: &str) -> CallKey {
        CallRef::parse(text).unwrap().key()
    }

    #[test]
    fn only_calls_that_are_gone_and_only_of_the_same_service() {
        let table = [
            (ended("a"), Some("a")),
            (line("a", "null", "not-found", BASE, false), None),
            (
                line(&"5".repeat(32), "null", "not-found", BASE, false),
                Some("55555555555555555555555555555555"),
            ),
            (line("a", r#""x""#, "ended", BASE, false), Some("/applications/x/calls/a")),
            (ended("57DAB8B1894C409AB240BD8BEAE78896"), Some("57dab8b1-894c-409a-b240-bd8beae78896")),
            (line("a", "null", "ended", "https://graph.microsoft.us", false), None),
            (line("a", "null", "ended", BASE, true), None),
            (line("a", "null", "still-active", BASE, false), None),
            (line("a", "null", "failed", BASE, false), None),
            (line("a", "null", "skipped", BASE, false), None),
            (line("../x", "null", "ended", BASE, false), None),
            (line("a", r#""..""#, "ended", BASE, false), None),
            (r#"{"id":"a","outcome":"ended"}"#.into(), None),
            (r#"{"id":["a"],"outcome":"ended","base_url":"","sandbox":false}"#.into(), None),
            ("[".repeat(100_000), None),
            ("null".into(), None),
            (String::new(), None),
        ];
        for (line, call) in table {
            assert_eq!(settled_call(line.as_bytes(), BASE, false), call.map(key), "{line:.100}");
        }
        let rehearsed = line("a", "null", "ended", BASE, true);
        assert_eq!(settled_call(rehearsed.as_bytes(), BASE, true), Some(key("a")));
    }

    #[test]
    fn cut_foreign_binary_and_huge_lines_are_passed_over() {
        let mut log = Vec::new();
        for part in [
            ended("a").as_bytes(),
            b"\n\n\xff\xfe\0\x01 binary \n2026-01-01 a line of another program\r\n",
            ended("b").as_bytes(),
            b"\r\n",
            "x".repeat(3 * MAX_LINE).as_bytes(),
            b"\n",
            " ".repeat(MAX_LINE - 1).as_bytes(),
            b"\n",
            &ended("cut").as_bytes()[..40],
            b"\n",
            ended("c").as_bytes(),
        ] {
            log.extend_from_slice(part);
        }
        let calls = settled_in(log.as_slice(), BASE, false).unwrap();
        assert_eq!(calls, ["a", "b", "c"].map(key).into());
    }

    #[test]
    fn a_line_that_is_too_long_is_not_taken_for_two() {
        let mut log = "x".repeat(MAX_LINE);
        log.push_str(&ended("a"));
        log.push('\n');
        assert!(settled_in(log.as_bytes(), BASE, false).unwrap().is_empty());
    }

    #[test]
    fn a_log_that_is_not_there_is_empty_and_one_that_cannot_be_read_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(settled(&dir.path().join("none"), BASE, false).unwrap().is_empty());
        assert!(settled(dir.path(), BASE, false).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = settled_call(&bytes, BASE, false);
            prop_assert!(settled_in(bytes.as_slice(), BASE, false).is_ok());
        }

        #[test]
        fn a_cut_line_names_no_call(end in 0usize..100) {
            let whole = ended("a");
            let cut = &whole.as_bytes()[..end.min(whole.len() - 1)];
            prop_assert_eq!(settled_call(cut, BASE, false), None);
        }
    }
}
