//! One line of a list: the call that it names, read in bounded memory.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicBool, Ordering};

use super::item::{Item, QueuedCall};
use crate::model::call::{AppId, BadCall};
use crate::model::call_text::{FoundCall, find_call, shown_input};
use crate::model::cloud::Cloud;
use crate::model::outcome::Source;

/// The longest line in bytes. A longer one is `invalid`, and most of it is never kept.
pub const MAX_LINE: usize = 64 * 1024;

/// The settings that decide what a line means.
#[derive(Debug, Default)]
pub struct LineContext {
    /// The app ID for all calls.
    pub app_id: Option<AppId>,
    /// The base URL and sandbox of this run: earlier results count for these only.
    pub base_url: String,
    pub sandbox: bool,
    /// URLs on Graph hosts of other clouds get a warning.
    pub cloud: Cloud,
    pub warned_of_host: AtomicBool,
}

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

/// Parses a line of a list and appends what it holds to `items`: nothing for a blank line or a comment.
pub fn parse_line(
    line: &[u8],
    first: bool,
    context: &LineContext,
    source: impl FnOnce() -> Source,
    items: &mut Vec<Item>,
) {
    let line = if first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    let Ok(text) = std::str::from_utf8(line) else {
        return items.push(invalid(line, "it is not UTF-8 text".into(), source()));
    };
    let text = without_comment(text).trim();
    if text.is_empty() {
        return;
    }
    match find_call(text) {
        Ok(_) if first && is_column_name(text) => items.push(header(text, &source())),
        // A row with a GUID in it names a call, or is refused for another reason.
        Err(BadCall::Character(_)) if first && text.contains([',', ';', '\t']) => {
            items.push(header(text, &source()));
        }
        Ok(found) => add_call(found, context, source(), items),
        Err(why) => items.push(invalid(text.as_bytes(), format!("names no call: {why}"), source())),
    }
}

fn add_call(found: FoundCall, context: &LineContext, source: Source, items: &mut Vec<Item>) {
    if let Some(host) = found.host.filter(|host| context.cloud.is_other_graph_host(host))
        && !context.warned_of_host.swap(true, Ordering::Relaxed)
    {
        items.push(Item::Warning(format!("{source}: {}", context.cloud.other_host_warning(&host))));
    }
    if found.earlier.is_some_and(|earlier| earlier.is_done(&context.base_url, context.sandbox)) {
        return items.push(Item::AlreadyDone);
    }
    let call = found.call.with_app_id(context.app_id.as_ref());
    items.push(Item::Call(QueuedCall { call, source: Some(source), seen: None }));
}

fn is_column_name(text: &str) -> bool {
    ["id", "callid", "call_id"].iter().any(|word| text.trim_matches('"').eq_ignore_ascii_case(word))
}

fn header(text: &str, source: &Source) -> Item {
    Item::Warning(format!("{source}: `{}` looks like a header; skipped", shown_input(text)))
}

/// Cuts off a comment: a `#` at the start of the line or after whitespace. In a URL it starts a fragment.
fn without_comment(text: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| {
        text[..*at].chars().next_back().is_none_or(|before| before.is_whitespace() || before == '\u{feff}')
    };
    let comment = text.match_indices('#').find(begins);
    comment.map_or(text, |(at, _)| &text[..at])
}

pub(super) fn invalid(line: &[u8], why: String, source: Source) -> Item {
    Item::Invalid { text: shown_input(&String::from_utf8_lossy(line)), why, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "57dab8b1-894c-409a-b240-bd8beae78896";

    fn item(line: &[u8], first: bool) -> Option<Item> {
        let context = LineContext { base_url: "https://g".into(), ..LineContext::default() };
        let mut items = Vec::new();
        parse_line(line, first, &context, || Source { file: "x".into(), line: 1 }, &mut items);
        assert!(items.len() <= 1, "{items:?}");
        items.pop()
    }

    #[test]
    fn warns_once_of_a_url_in_another_cloud() {
        let context = LineContext::default();
        let mut items = Vec::new();
        for line in
            ["https://graph.microsoft.us/v1.0/communications/calls/a", "https://graph.microsoft.us/x/calls/b"]
        {
            let source = || Source { file: "x".into(), line: 1 };
            parse_line(line.as_bytes(), false, &context, source, &mut items);
        }
        let warnings = items.iter().filter(|item| matches!(item, Item::Warning(_))).count();
        assert_eq!((warnings, items.len()), (1, 3), "{items:?}");
    }

    fn parsed(line: &[u8]) -> Option<Result<String, String>> {
        Some(match item(line, true)? {
            Item::Call(queued) => Ok(queued.call.id.to_string()),
            Item::Invalid { text, .. } => Err(text),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn parses_lines_with_comments_whitespace_and_bom() {
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
    fn skips_a_header_in_the_first_line_only() {
        for line in ["id", "callId", "Call_ID", "Time,Call,State", "id;tenant", "call\tstate"] {
            assert!(matches!(item(line.as_bytes(), true), Some(Item::Warning(_))), "{line}");
        }
        assert!(matches!(item(b"Time,Call", false), Some(Item::Invalid { .. })));
        assert!(matches!(item(b"id", false), Some(Item::Call(_))));
        let row = format!("2026-03-01,{GUID}");
        assert!(matches!(item(row.as_bytes(), true), Some(Item::Call(_))));
    }

    #[test]
    fn passes_over_own_results_that_are_done() {
        let line = |outcome: &str, url: &str| {
            format!(r#"{{"id":"{GUID}","outcome":"{outcome}","ok":true,"base_url":"{url}","sandbox":false}}"#)
        };
        assert_eq!(item(line("ended", "https://g").as_bytes(), false), Some(Item::AlreadyDone));
        for (outcome, url) in
            [("ended", "https://other"), ("planned", "https://g"), ("throttled", "https://g")]
        {
            assert!(
                matches!(item(line(outcome, url).as_bytes(), false), Some(Item::Call(_))),
                "{outcome} {url}"
            );
        }
    }

    #[test]
    fn overlong_line_is_skipped_in_bounded_memory() {
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
