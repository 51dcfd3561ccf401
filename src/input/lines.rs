//! A line of a list: what it names, read in little memory however long it is.

use std::io::{self, BufRead};

use super::{Item, Task};
use crate::model::call::{self, AppId, CallRef};
use crate::model::outcome::Source;
use crate::text;

/// A longer line names no call, and is not kept in memory to find that out.
pub const MAX_LINE: usize = 64 * 1024;

/// What was read.
pub(super) enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads one line, of which at most [`MAX_LINE`] bytes are kept.
pub(super) fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    let limit = MAX_LINE as u64 + 2;
    let length = io::Read::take(&mut *reader, limit).read_until(b'\n', line)?;
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
        Err(why) => Some(invalid(text.as_bytes(), call::names_no_call(&why), source())),
    }
}

/// A `#` begins a comment at the start of a line or after white space; in a URL it does not.
fn without_comment(text: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| {
        text[..*at].chars().next_back().is_none_or(|before| before.is_whitespace() || before == '\u{feff}')
    };
    let comment = text.match_indices('#').find(begins);
    comment.map_or(text, |(at, _)| &text[..at])
}

pub(super) fn invalid(line: &[u8], why: String, source: Source) -> Item {
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
        type Expected = Option<Result<&'static str, &'static str>>;
        let table: [(&[u8], Expected); 12] = [
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
}
