//! Reads notification logs into [`ActiveCalls`], the list that Graph itself does not give.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::active_calls::ActiveCalls;
use super::json_stream::{JsonStream, ParseResult, Shortcut};
use super::json_walk;

/// What was in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileReport {
    /// Notifications about calls, those about a call's participants and operations among them.
    pub notifications: u64,
    /// Entries that contain no notification.
    pub others: u64,
    /// Whether reading was stopped before the end.
    pub stopped: bool,
}

impl FileReport {
    /// Returns whether the file is something other than a notification log. An empty file is a log of nothing: one
    /// that was just rotated is not a mistake.
    pub const fn is_not_a_log(&self) -> bool {
        self.notifications == 0 && self.others > 0 && !self.stopped
    }
}

impl ActiveCalls {
    /// Reads a log to its end (or until `stop` is set, checked between chunks). `file` is its name as the user gave
    /// it.
    ///
    /// # Errors
    /// Those of the reader; [`io::ErrorKind::InvalidData`] for UTF-16, with a hint.
    pub fn read(&mut self, input: impl Read, file: &Arc<str>, stop: &AtomicBool) -> io::Result<FileReport> {
        self.read_stream(JsonStream::new(input, stop, Shortcut::On), file)
    }

    /// Reads a log like [`Self::read`], but parses every line of it. Tests compare the two.
    ///
    /// # Errors
    /// The same.
    pub fn read_every_line(
        &mut self,
        input: impl Read,
        file: &Arc<str>,
        stop: &AtomicBool,
    ) -> io::Result<FileReport> {
        self.read_stream(JsonStream::new(input, stop, Shortcut::Off), file)
    }

    fn read_stream<R: Read>(
        &mut self,
        mut stream: JsonStream<'_, R>,
        file: &Arc<str>,
    ) -> io::Result<FileReport> {
        let mut report = FileReport::default();
        let mut found = Vec::new();
        while let Some(line) = stream.seek()? {
            found.clear();
            let result = json_walk::document(stream.rest(), &mut found);
            if result == ParseResult::Incomplete && stream.more()? {
                continue;
            }
            if found.iter().any(|one| one.time.is_none()) {
                let time = stream.text_time();
                for one in &mut found {
                    one.text_time = one.text_time.max(time);
                }
            }
            // Of a broken document the notifications before the break still count: one of them may be the end of a
            // call that would look active without it.
            stream.pass(result, !found.is_empty());
            report.notifications += found.len() as u64;
            for one in found.drain(..) {
                self.add(one, file, line);
            }
        }
        Ok(FileReport { others: stream.others(), stopped: stream.stopped(), ..report })
    }
}

#[cfg(test)]
#[path = "log_reader_tests.rs"]
mod tests;
