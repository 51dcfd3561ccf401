//! Which calls does a record of notifications leave active? The list that Graph itself does not give.
//!
//! A bot's log is read as a stream: `scan` finds the JSON documents in it, `walk` the notifications in a
//! document at any depth, `item` what one says, `fold` what they say of each call together.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::active_calls::ActiveCalls;
use super::json_stream::{JsonStream, ParseResult};
use super::json_walk as walk;

/// What was in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileReport {
    /// Notifications about calls, those about a call's participants and operations among them.
    pub notifications: u64,
    /// Documents and lines that have none.
    pub others: u64,
    /// Whether the reading was stopped before the end.
    pub stopped: bool,
}

impl FileReport {
    /// Whether the file is something else than a record of notifications. An empty file is a record of
    /// nothing: a log that was just rotated is no mistake.
    pub const fn is_no_record(&self) -> bool {
        self.notifications == 0 && self.others > 0 && !self.stopped
    }
}

impl ActiveCalls {
    /// Reads a record to its end (or until `stop` is set, looked at between chunks) and folds it in. `file` is
    /// its name as the user gave it.
    ///
    /// # Errors
    /// Those of the reader; [`io::ErrorKind::InvalidData`] for UTF-16, with what to do about it.
    pub fn read(&mut self, input: impl Read, file: &Arc<str>, stop: &AtomicBool) -> io::Result<FileReport> {
        let mut report = FileReport::default();
        let mut scan = JsonStream::new(input, stop);
        let mut items = Vec::new();
        while let Some(line) = scan.seek()? {
            items.clear();
            let tried = walk::document(scan.rest(), &mut items);
            if tried == ParseResult::Cut && scan.more()? {
                continue;
            }
            // Of a broken document the notifications before the break still count: one of them may be the
            // end of a call that would look active without it.
            scan.pass(tried, !items.is_empty());
            report.notifications += items.len() as u64;
            items.drain(..).for_each(|item| self.add(item, file, line));
        }
        Ok(FileReport { others: scan.others(), stopped: scan.stopped(), ..report })
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
