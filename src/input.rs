//! The stream of calls: arguments, then files and standard input line by line, as they come.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::mpsc;

use crate::call::{AppId, BadCall, CallRef};
use crate::outcome::{LastSeen, Source};
use crate::settings::InputFile;
use crate::text;

/// A longer line names no call, and is not kept in memory to find that out.
pub const MAX_LINE: usize = 64 * 1024;

/// So many items are read ahead: enough to keep the requests going, few enough that a stop reads little.
const READ_AHEAD: usize = 256;

/// What comes of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A call.
    Call(Task),
    /// A line that names no call.
    Invalid {
        /// The line, cleaned and cut.
        text: String,
        /// What is wrong with it.
        why: String,
        /// Where it stands.
        source: Source,
    },
    /// Reading went wrong midway; what was read stands.
    Broken(String),
    /// Something worth a warning.
    Warning(String),
    /// The input cannot be what was meant: nothing is to be sent.
    Refused(String),
}

/// A call to be hung up, and how it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The call.
    pub call: CallRef,
    /// Where it was named; `None` for an argument.
    pub source: Option<Source>,
    /// What the notification record knows of it.
    pub seen: Option<LastSeen>,
}

/// The calls of a run, read on a thread of their own so that a pipe that stays open holds nobody up.
#[derive(Debug)]
pub struct Feed {
    first: VecDeque<Item>,
    rest: mpsc::Receiver<Item>,
    complete: Arc<AtomicBool>,
}

/// What is to be read.
#[derive(Debug, Default)]
pub struct Reading {
    /// The calls that are arguments.
    pub calls: Vec<CallRef>,
    /// Lists, a call a line.
    pub files: Vec<InputFile>,
    /// Records of notifications.
    pub records: Vec<InputFile>,
    /// How long ago a record must have seen a call last.
    pub older_than: Option<Duration>,
    /// The app id for all calls.
    pub app_id: Option<AppId>,
}

impl Feed {
    /// Opens every named file, then begins to read.
    ///
    /// # Errors
    /// A file that cannot be opened, is a directory or is UTF-16; the message names it.
    pub fn open(reading: Reading) -> Result<Self> {
        let lists = reading.files.iter().map(Opened::open).collect::<Result<Vec<_>>>()?;
        let records = reading.records.iter().map(Opened::open).collect::<Result<Vec<_>>>()?;
        let task = |call| Item::Call(Task { call, source: None, seen: None });
        let first = reading.calls.into_iter().map(task).collect();
        let (sender, rest) = mpsc::channel(READ_AHEAD);
        let complete = Arc::new(AtomicBool::new(lists.is_empty() && records.is_empty()));
        let reader = Reader { sender, app_id: reading.app_id, older_than: reading.older_than };
        if !complete.load(Ordering::Relaxed) {
            let complete = Arc::clone(&complete);
            let read = move || complete.store(reader.read_all(records, lists).is_some(), Ordering::Release);
            std::thread::Builder::new()
                .name("input".into())
                .spawn(read)
                .context("no thread for the input")?;
        }
        Ok(Self { first, rest, complete })
    }

    /// The next item; `None` at the end of all input. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Item> {
        match self.first.pop_front() {
            Some(item) => Some(item),
            None => self.rest.recv().await,
        }
    }

    /// Puts items back, to be the next ones.
    pub fn put_back(&mut self, items: impl IntoIterator<Item = Item>) {
        let mut items: VecDeque<_> = items.into_iter().collect();
        items.append(&mut self.first);
        self.first = items;
    }

    /// Ends the reading and gives what was read already.
    pub fn stop(&mut self) -> Vec<Item> {
        self.rest.close();
        let mut items: Vec<_> = std::mem::take(&mut self.first).into();
        while let Ok(item) = self.rest.try_recv() {
            items.push(item);
        }
        items
    }

    /// Whether all input was read to its end.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }
}

/// An input that is open.
struct Opened {
    name: Arc<str>,
    reader: Box<dyn Read + Send>,
}

impl Opened {
    fn open(file: &InputFile) -> Result<Self> {
        match file {
            InputFile::Stdin => Ok(Self { name: "-".into(), reader: Box::new(io::stdin()) }),
            InputFile::Path(path) => {
                let name = path.to_string_lossy();
                let reader = open_file(path).with_context(|| format!("{name} cannot be read"))?;
                Ok(Self { name: name.into(), reader: Box::new(reader) })
            }
        }
    }
}

fn open_file(path: &Path) -> Result<File> {
    let mut file = File::open(path)?;
    let kind = file.metadata()?;
    if kind.is_dir() {
        bail!("it is a directory");
    }
    // Of a pipe nothing can be looked at beforehand: it is looked at when it is read.
    if kind.is_file() {
        let mut start = [0; 2];
        let length = file.read(&mut start)?;
        if is_utf16(&start[..length]) {
            bail!(UTF16);
        }
        file.seek(SeekFrom::Start(0))?;
    }
    Ok(file)
}

/// What is said of UTF-16, wherever it is met.
pub const UTF16: &str = "it is UTF-16: save it as UTF-8 (in PowerShell: Out-File -Encoding utf8)";

/// Whether a text begins as UTF-16 does: with its mark, or with an ASCII character and a zero.
pub fn is_utf16(start: &[u8]) -> bool {
    matches!(start, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=127, ..] | [1..=127, 0, ..])
}

/// The reading thread's side. Each step gives `None` once nobody wants any more.
struct Reader {
    sender: mpsc::Sender<Item>,
    app_id: Option<AppId>,
    older_than: Option<Duration>,
}

impl Reader {
    fn read_all(&self, records: Vec<Opened>, lists: Vec<Opened>) -> Option<()> {
        let _ = (records, self.older_than);
        let mut complete = true;
        for list in lists {
            let name = Arc::clone(&list.name);
            if let Err(error) = self.read_list(list)? {
                self.send(Item::Broken(format!("{name}: {error}")))?;
                complete = false;
            }
        }
        complete.then_some(())
    }

    fn send(&self, item: Item) -> Option<()> {
        self.sender.blocking_send(item).ok()
    }

    fn read_list(&self, list: Opened) -> Option<io::Result<()>> {
        let mut reader = BufReader::with_capacity(MAX_LINE, list.reader);
        match reader.fill_buf() {
            Ok(start) if is_utf16(start) => return Some(Err(io::Error::other(UTF16))),
            Ok(_) => {}
            Err(error) => return Some(Err(error)),
        }
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let source = || Source { file: Arc::clone(&list.name), line: number };
            let item = match read_line(&mut reader, &mut line) {
                Ok(Line::End) => break,
                Ok(Line::TooLong) => {
                    let why = format!("the line is longer than {} KiB", MAX_LINE / 1024);
                    Some(invalid(&line[..80], why, source()))
                }
                Ok(Line::Whole) => parse_line(&line, number == 1, self.app_id.as_ref(), source),
                Err(error) => return Some(Err(error)),
            };
            if let Some(item) = item {
                self.send(item)?;
            }
        }
        Some(Ok(()))
    }
}

enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads one line, of which at most [`MAX_LINE`] bytes are kept.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    let limit = MAX_LINE as u64 + 2;
    let length = reader.by_ref().take(limit).read_until(b'\n', line)?;
    if length == 0 {
        return Ok(Line::End);
    }
    if line.ends_with(b"\n") || length as u64 != limit {
        return Ok(Line::Whole);
    }
    reader.skip_until(b'\n')?;
    Ok(Line::TooLong)
}

/// What a line of a list means: a call, nothing (blank, a comment), or something that is no call.
pub fn parse_line(
    line: &[u8],
    first: bool,
    app_id: Option<&AppId>,
    source: impl FnOnce() -> Source,
) -> Option<Item> {
    let line = if first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    let Ok(text) = std::str::from_utf8(line) else {
        return Some(invalid(line, "it is not UTF-8 text".into(), source()));
    };
    let text = without_comment(text).trim();
    if text.is_empty() {
        return None;
    }
    match CallRef::parse(text) {
        Ok(call) => Some(Item::Call(Task { call: call.under(app_id), source: Some(source()), seen: None })),
        Err(why) => Some(invalid(text.as_bytes(), say(&why), source())),
    }
}

fn say(why: &BadCall) -> String {
    format!("names no call: {why}")
}

/// A `#` begins a comment at the start of a line or after white space; in a URL it does not.
fn without_comment(text: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| {
        text[..*at].chars().next_back().is_none_or(|before| before.is_whitespace() || before == '\u{feff}')
    };
    let comment = text.match_indices('#').find(begins);
    comment.map_or(text, |(at, _)| &text[..at])
}

fn invalid(line: &[u8], why: String, source: Source) -> Item {
    Item::Invalid { text: text::clean(&String::from_utf8_lossy(line), 80), why, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[u8]) -> Option<Result<String, String>> {
        let item = parse_line(line, true, None, || Source { file: "x".into(), line: 1 })?;
        Some(match item {
            Item::Call(task) => Ok(task.call.id.to_string()),
            Item::Invalid { text, .. } => Err(text),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn lines_as_people_write_them() {
        let table: [(&[u8], Option<Result<&str, &str>>); 12] = [
            (b"abc\n", Some(Ok("abc"))),
            (b"\xef\xbb\xbfabc\r\n", Some(Ok("abc"))),
            (b"  abc\t # the one from Tuesday\n", Some(Ok("abc"))),
            (b"https://x/app/calls/abc#frag", Some(Ok("abc"))),
            (b"# abc", None),
            (b"  # abc", None),
            (b"\r\n", None),
            (b"", None),
            (b"a b", Some(Err("a b"))),
            (b"a\x1b[31m", Some(Err("a[31m"))),
            (b"\xff\xfe", Some(Err("\u{fffd}\u{fffd}"))),
            (b"../x", Some(Err("../x"))),
        ];
        for (line, expected) in table {
            let expected = expected.map(|r| r.map(str::to_owned).map_err(str::to_owned));
            assert_eq!(parsed(line), expected, "{:?}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn a_line_without_end_is_passed_over_in_little_memory() {
        let mut text = vec![b'a'; 3 * MAX_LINE];
        text.extend_from_slice(b"\nnext\nlast");
        let (mut reader, mut line) = (text.as_slice(), Vec::new());
        assert!(matches!(read_line(&mut reader, &mut line), Ok(Line::TooLong)));
        assert!(line.len() <= MAX_LINE + 2);
        for expected in ["next\n", "last"] {
            line.clear();
            assert!(matches!(read_line(&mut reader, &mut line), Ok(Line::Whole)));
            assert_eq!(line, expected.as_bytes());
        }
        assert!(matches!(read_line(&mut reader, &mut Vec::new()), Ok(Line::End)));
    }

    #[test]
    fn utf16_is_known_by_its_start() {
        for start in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0b\0", b"\0a"] {
            assert!(is_utf16(start));
        }
        for start in [&b"abc"[..], b"", b"a", b"\xef\xbb\xbfa", b"\0\0"] {
            assert!(!is_utf16(start));
        }
    }
}
