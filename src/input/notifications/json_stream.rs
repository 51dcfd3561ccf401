//! Finds the JSON documents in a stream of anything, in bounded memory.
//!
//! A document begins at a `{`, wherever it is: text in front of it on its line (a time, a level) is passed over.
//! Brackets and commas between documents are passed over too, so that an array of any size is a stream of its
//! elements. A line that ends in `}` is read by itself: no document on it continues on the next line, so that
//! whole lines can be passed over unparsed. After a broken document the search goes on behind its beginning, not
//! behind the break: the documents that follow a cut-off one are never lost.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::entry_time::{EntryTime, MAX_MISSES, MAX_TEXT, looks_like_object};
use super::prefilter::Prefilter;

/// The longest document that is read, in bytes. One posted body has a few kilobytes.
pub(super) const MAX_DOCUMENT: usize = 16 << 20;

/// The longest line that is looked at as a whole, in bytes. Longer ones are read as they come.
const MAX_LINE: usize = 1 << 20;

/// How much is read at once, in bytes: little enough to stay in the processor's cache.
const CHUNK: usize = 128 << 10;

/// How many bytes of broken documents may be read again, besides as many as were read so far. Without it, deep
/// nesting that never closes would be read again for each of its levels.
const MAX_REREAD: u64 = 64 << 10;

/// The result of reading a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParseResult {
    /// It is complete, and has this many bytes.
    Complete(usize),
    /// It may be complete with more of the input.
    Incomplete,
    /// It breaks after this many bytes.
    Broken(usize),
}

/// Whether lines that cannot hold a notification are passed over without parsing them. The result is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortcut {
    On,
    Off,
}

/// What was found on a line so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Content {
    #[default]
    Blank,
    Other,
    Notification,
}

/// The state of the present line.
#[derive(Debug, Default)]
struct Line {
    /// Its beginning was looked at.
    started: bool,
    /// Its end, if the line is read by itself.
    end: Option<usize>,
    /// The beginning of the text in front of the next document; `None` if it is no longer there.
    prefix: Option<usize>,
    content: Content,
    /// It has text that only a `{` can lead out of.
    in_text: bool,
    /// The number of broken documents since the last complete one.
    misses: u32,
}

/// The documents in an input.
pub(super) struct JsonStream<'a, R> {
    input: R,
    stop: &'a AtomicBool,
    /// Read and not yet decoded: the first bytes of a character.
    bytes: Vec<u8>,
    text: String,
    at: usize,
    started: bool,
    ended: bool,
    number: u64,
    line: Line,
    entry: EntryTime,
    others: u64,
    /// `None` where every line is parsed.
    prefilter: Option<Prefilter>,
    passed: u64,
    reread: u64,
}

impl<'a, R: Read> JsonStream<'a, R> {
    /// Starts at the beginning of `input`; ends at its end or once `stop` is set.
    pub(super) fn new(input: R, stop: &'a AtomicBool, shortcut: Shortcut) -> Self {
        Self {
            input,
            stop,
            bytes: Vec::new(),
            text: String::new(),
            at: 0,
            started: false,
            ended: false,
            number: 1,
            line: Line::default(),
            entry: EntryTime::default(),
            others: 0,
            prefilter: (shortcut == Shortcut::On).then(Prefilter::new),
            passed: 0,
            reread: 0,
        }
    }

    /// Goes to the place at which the next document may begin, and returns its line number.
    pub(super) fn seek(&mut self) -> io::Result<Option<u64>> {
        loop {
            if !self.line.started {
                self.start_line()?;
            }
            let Some(&byte) = self.text.as_bytes().get(self.at) else {
                if self.more()? {
                    continue;
                }
                self.end_line();
                return Ok(None);
            };
            match byte {
                b'\n' => self.next_line(),
                b' ' | b'\t' | b'\r' => self.advance(1),
                b'{' if self.line.misses < MAX_MISSES => return Ok(Some(self.number)),
                // A whole body in quotes; but in the middle of words a quotation mark says nothing.
                b'"' if !self.line.in_text && self.line.misses < MAX_MISSES => return Ok(Some(self.number)),
                b'[' | b']' | b',' if !self.line.in_text => {
                    self.note(Content::Other);
                    self.advance(1);
                }
                _ => self.skip_text(),
            }
        }
    }

    /// Returns the input from the present place on, as far as a document here may reach and is read.
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..self.line.end.unwrap_or(self.text.len())]
    }

    /// Returns the latest time in the text in front of the document here.
    pub(super) fn text_time(&self) -> Option<Timestamp> {
        let prefix = self.line.prefix.filter(|prefix| self.at - prefix <= MAX_TEXT);
        self.entry.latest(prefix.map_or("", |prefix| &self.text[prefix..self.at]))
    }

    /// Goes on behind the document here, or behind its beginning if it is broken. `found`: it has notifications.
    pub(super) fn pass(&mut self, result: ParseResult, found: bool) {
        self.note(if found { Content::Notification } else { Content::Other });
        let looks_like_object = looks_like_object(self.rest().as_bytes());
        match result {
            ParseResult::Complete(length) => {
                self.number += newlines(&self.text.as_bytes()[self.at..self.at + length]);
                self.line.misses = 0;
                self.advance(length);
            }
            ParseResult::Incomplete => self.pass_broken(self.rest().len()),
            ParseResult::Broken(length) => self.pass_broken(length),
        }
        if looks_like_object || found || self.line.misses == MAX_MISSES {
            self.entry.clear();
            self.line.prefix = Some(self.at);
        }
    }

    fn pass_broken(&mut self, length: usize) {
        self.reread += length as u64;
        let broken = &self.text.as_bytes()[self.at..self.at + length];
        let break_line = memchr::memrchr(b'\n', broken).filter(|_| self.reread > self.passed + MAX_REREAD);
        if let Some(newline) = break_line {
            self.number += newlines(&broken[..newline]);
            self.advance(newline);
        } else {
            self.line.misses += 1;
            self.line.in_text = true;
            self.advance(1);
        }
    }

    /// Reads on. Returns `false` where that cannot help: at the end, after a stop, on a line that is read by itself,
    /// or where the text here is too long for a document. Reads as much again as there is, so that trying again
    /// stays in proportion.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        let kept = self.text.len() - self.at;
        if self.ended || self.line.end.is_some() || kept >= MAX_DOCUMENT || self.stopped() {
            return Ok(false);
        }
        self.drop_passed();
        let wanted = CHUNK.max(kept) as u64;
        let read = self.input.by_ref().take(wanted).read_to_end(&mut self.bytes)?;
        self.ended = read == 0;
        if !std::mem::replace(&mut self.started, true) {
            self.drop_mark()?;
        }
        self.decode();
        Ok(self.text.len() - self.at > kept || !self.ended)
    }

    /// Drops the text that is behind us, except for the part in which a time may be looked for.
    fn drop_passed(&mut self) {
        self.line.prefix = self.line.prefix.filter(|prefix| self.at - prefix <= MAX_TEXT);
        let dropped = self.line.prefix.unwrap_or(self.at);
        self.text.drain(..dropped);
        self.at -= dropped;
        self.line.prefix = self.line.prefix.map(|_| 0);
        if let Some(prefilter) = &mut self.prefilter {
            prefilter.reset();
        }
    }

    /// Returns whether reading was stopped.
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Returns the number of entries so far that contain no notification.
    pub(super) const fn others(&self) -> u64 {
        self.others
    }

    fn note(&mut self, content: Content) {
        self.line.content = self.line.content.max(content);
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.passed += bytes as u64;
    }

    /// Looks at the line that begins here as a whole, and passes over it if it cannot hold a notification.
    fn start_line(&mut self) -> io::Result<()> {
        let end = self.find_line_end()?;
        let start = self.at;
        self.line.started = true;
        self.line.prefix = Some(start);
        let Some(end) = end else {
            self.entry.clear();
            return Ok(());
        };
        let line = &self.text[start..end];
        let content = line.as_bytes().trim_ascii();
        self.entry.start_line(line);
        let by_itself = content.ends_with(b"}");
        let may_match =
            self.prefilter.as_mut().is_none_or(|filter| filter.may_match(self.text.as_bytes(), start..end));
        if !may_match && is_simple(content, by_itself) {
            self.line.content = if content.is_empty() { Content::Blank } else { Content::Other };
            self.entry.pass_over(line.as_bytes());
            self.advance(end - start);
        } else if by_itself {
            self.line.end = Some(end);
        }
        Ok(())
    }

    /// Returns the end of the line that begins here, or `None` if it is too long.
    fn find_line_end(&mut self) -> io::Result<Option<usize>> {
        let mut searched = 0;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let window = &rest[..rest.len().min(MAX_LINE)];
            if let Some(newline) = memchr::memchr(b'\n', &window[searched..]) {
                return Ok(Some(self.at + searched + newline));
            }
            if window.len() == MAX_LINE {
                return Ok(None);
            }
            searched = window.len();
            if !self.more()? {
                return Ok(Some(self.text.len()));
            }
        }
    }

    /// Passes over text that belongs to no document, to the next `{` or to the end of the line.
    fn skip_text(&mut self) {
        self.note(Content::Other);
        self.line.in_text = true;
        let rest = &self.text.as_bytes()[self.at + 1..];
        let next = if self.line.misses < MAX_MISSES {
            memchr::memchr2(b'{', b'\n', rest)
        } else {
            memchr::memchr(b'\n', rest)
        };
        // Only ASCII is looked for, so the place is a character's beginning.
        self.advance(next.unwrap_or(rest.len()) + 1);
    }

    fn next_line(&mut self) {
        self.end_line();
        self.advance(1);
        self.number += 1;
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.others += u64::from(line.content == Content::Other);
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

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// Returns whether a line without a notification leaves nothing behind but a count: no document on it reaches the
/// next line, and the documents that are tried on it are those at its `{`.
fn is_simple(content: &[u8], by_itself: bool) -> bool {
    let by_itself = by_itself && !matches!(content.first(), Some(b'"' | b'[' | b']' | b','));
    by_itself || memchr::memchr(b'{', content).is_none()
}
