//! Finds the JSON documents in a stream of anything, in bounded memory.
//!
//! A document begins at a `{`, wherever it stands: what precedes it on its line (a time, a level) is passed
//! over. Brackets and commas between documents are passed over too, so that an array of any size is a stream
//! of its elements. After a broken document the search goes on behind its beginning, not behind the break: the
//! documents that follow a cut-off one are never lost.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

/// The longest document that is read, in bytes. One posted body has a few kilobytes.
pub(super) const MAX_DOCUMENT: usize = 16 << 20;

/// How much is read at once, in bytes: little enough to stay in the processor's cache.
const CHUNK: usize = 128 << 10;

/// How often a document is looked for in vain on one line before the rest of the line is given up.
const MAX_MISSES: u32 = 8;

/// What came of reading a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParseResult {
    /// It is whole, and has so many bytes.
    Whole(usize),
    /// It may be whole with more of the input.
    Cut,
    /// It is no document.
    Broken,
}

/// What is known of the present line.
#[derive(Debug, Default)]
struct Line {
    /// Something stands on it.
    text: bool,
    /// Something stands on it that only a `{` can lead out of.
    prefix: bool,
    /// A document on it was counted.
    counted: bool,
    /// Documents that were not there.
    misses: u32,
}

/// The search.
pub(super) struct JsonStream<'a, R> {
    input: R,
    stop: &'a AtomicBool,
    /// Read and not yet decoded: the first bytes of a character.
    bytes: Vec<u8>,
    text: String,
    at: usize,
    begun: bool,
    ended: bool,
    number: u64,
    line: Line,
    others: u64,
}

impl<'a, R: Read> JsonStream<'a, R> {
    /// A search from the beginning of `input`, until its end or until `stop` is set.
    pub(super) fn new(input: R, stop: &'a AtomicBool) -> Self {
        Self {
            input,
            stop,
            bytes: Vec::new(),
            text: String::new(),
            at: 0,
            begun: false,
            ended: false,
            number: 1,
            line: Line::default(),
            others: 0,
        }
    }

    /// Goes to where the next document may begin, and says on which line that is.
    pub(super) fn seek(&mut self) -> io::Result<Option<u64>> {
        loop {
            let Some(&byte) = self.text.as_bytes().get(self.at) else {
                if self.more()? {
                    continue;
                }
                self.end_line();
                return Ok(None);
            };
            match byte {
                b'\n' => self.next_line(),
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'{' if self.line.misses < MAX_MISSES => return Ok(Some(self.number)),
                // A whole body in quotes; but in the middle of words a quotation mark says nothing.
                b'"' if !self.line.prefix && self.line.misses < MAX_MISSES => return Ok(Some(self.number)),
                b'[' | b']' | b',' if !self.line.prefix => {
                    self.line.text = true;
                    self.at += 1;
                }
                _ => self.skip_text(),
            }
        }
    }

    /// The input from the present place on, as far as it is read.
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Goes on behind the document here, or behind its beginning where it is none. `found`: whether it has
    /// notifications.
    pub(super) fn pass(&mut self, tried: ParseResult, found: bool) {
        let object = self.rest().starts_with('{');
        self.line.text = true;
        if let ParseResult::Whole(length) = tried {
            self.others += u64::from(object && !found);
            let end = self.at + length;
            let document = &self.text.as_bytes()[self.at..end];
            self.number += memchr::memchr_iter(b'\n', document).count() as u64;
            self.line.counted |= object || found;
            self.line.misses = 0;
            self.at = end;
        } else {
            self.line.counted |= found;
            self.line.misses += 1;
            self.line.prefix = true;
            self.at += 1;
        }
    }

    /// Reads on; `false` where that cannot help: at the end, after a stop, or where what lies here is too long
    /// for a document. Reads as much again as there is, so that trying again stays in proportion.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        let kept = self.text.len() - self.at;
        if self.ended || kept >= MAX_DOCUMENT || self.stopped() {
            return Ok(false);
        }
        self.text.drain(..self.at);
        self.at = 0;
        let wanted = CHUNK.max(kept) as u64;
        let read = self.input.by_ref().take(wanted).read_to_end(&mut self.bytes)?;
        self.ended = read == 0;
        if !std::mem::replace(&mut self.begun, true) {
            self.drop_mark()?;
        }
        self.decode();
        Ok(self.text.len() > kept || !self.ended)
    }

    /// Whether the search was stopped.
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Documents and lines so far that have no notification.
    pub(super) const fn others(&self) -> u64 {
        self.others
    }

    /// Passes over text that belongs to no document, to the next `{` or to the end of the line.
    fn skip_text(&mut self) {
        self.line.text = true;
        self.line.prefix = true;
        let rest = &self.text.as_bytes()[self.at + 1..];
        let next = if self.line.misses < MAX_MISSES {
            memchr::memchr2(b'{', b'\n', rest)
        } else {
            memchr::memchr(b'\n', rest)
        };
        // Only ASCII is looked for, so the place is a character's beginning.
        self.at = next.map_or(self.text.len(), |next| self.at + 1 + next);
    }

    fn next_line(&mut self) {
        self.end_line();
        self.at += 1;
        self.number += 1;
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.others += u64::from(line.text && !line.counted);
    }

    /// Drops a UTF-8 mark at the beginning, and refuses UTF-16, which would look like a file of no documents.
    fn drop_mark(&mut self) -> io::Result<()> {
        match self.bytes.as_slice() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => {
                let hint = "it is UTF-16, not UTF-8: convert it first (iconv -f UTF-16 -t UTF-8)";
                Err(io::Error::new(io::ErrorKind::InvalidData, hint))
            }
            [0xef, 0xbb, 0xbf, ..] => {
                self.bytes.drain(..3);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Appends what was read to the text. Invalid bytes are replaced: a name in Latin-1 must not hide the end
    /// of a call. A character that is cut off by the chunk's end waits for the next chunk.
    fn decode(&mut self) {
        let mut rest = self.bytes.as_slice();
        while let Err(error) = std::str::from_utf8(rest) {
            let (valid, invalid) = rest.split_at(error.valid_up_to());
            self.text.push_str(std::str::from_utf8(valid).unwrap_or_default());
            match error.error_len() {
                None if !self.ended => {
                    let waiting = self.bytes.len() - invalid.len();
                    self.bytes.drain(..waiting);
                    return;
                }
                length => rest = &invalid[length.unwrap_or(invalid.len())..],
            }
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        self.text.push_str(std::str::from_utf8(rest).unwrap_or_default());
        self.bytes.clear();
    }
}
