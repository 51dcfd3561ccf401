//! The time of a log entry in the text in front of its JSON, as text loggers write it.

use jiff::Timestamp;

use super::timestamp::zoned_times;

/// The longest part of a line in which a time is looked for, in bytes.
pub(super) const MAX_TEXT: usize = 4096;
/// How many lines (headers, as a rule) may stand between an entry's first line and its JSON.
const MAX_LINES: u32 = 100;
/// How many `{` without a document behind them are passed over on one line.
pub(super) const MAX_MISSES: u32 = 8;

/// What a logger may write in front of the time at the beginning of an entry.
const LEADS: [&str; 20] = [
    "trace",
    "debug",
    "verbose",
    "info",
    "information",
    "notice",
    "warn",
    "warning",
    "error",
    "err",
    "fatal",
    "critical",
    "crit",
    "dbg",
    "inf",
    "wrn",
    "ftl",
    "time",
    "timestamp",
    "ts",
];

/// The line that began the present log entry. Its time is read only when it is needed.
#[derive(Debug, Default)]
pub(super) struct EntryTime {
    first_line: String,
    lines: u32,
}

impl EntryTime {
    /// Takes note of a line that begins outside of any document.
    pub(super) fn start_line(&mut self, line: &str) {
        if begins_entry(line) {
            self.first_line.clear();
            self.first_line.push_str(text_before_json(line));
            self.lines = 0;
        } else if !self.first_line.is_empty() {
            self.lines += 1;
            if self.lines > MAX_LINES {
                self.clear();
            }
        }
    }

    /// Returns the latest time on the entry's first line and in `prefix`, the text in front of the JSON.
    pub(super) fn latest(&self, prefix: &str) -> Option<Timestamp> {
        zoned_times(&self.first_line).chain(zoned_times(prefix)).max()
    }

    /// Returns the time in a text that is not a line of a file, such as the message of a log entry in JSON.
    pub(super) fn in_text(text: &str) -> Option<Timestamp> {
        let mut entry = Self::default();
        let mut last = "";
        for line in text.split('\n') {
            entry.start_line(line);
            last = line;
        }
        entry.latest(head(last))
    }

    /// Forgets the time: it serves one document only.
    pub(super) fn clear(&mut self) {
        self.first_line.clear();
    }

    /// Does what reading the line would do, for a line that is passed over.
    pub(super) fn pass_over(&mut self, line: &[u8]) {
        if self.first_line.is_empty() {
            return;
        }
        for (misses, at) in (1..).zip(memchr::memchr_iter(b'{', line)) {
            if misses == MAX_MISSES || looks_like_object(&line[at..]) {
                return self.clear();
            }
        }
    }
}

/// Returns whether a text that starts with `{` may be a JSON object, unlike the `{name}` of a template.
pub(super) fn looks_like_object(text: &[u8]) -> bool {
    let Some(inside) = text.strip_prefix(b"{") else { return false };
    let next = inside.iter().find(|b| !matches!(b, b' ' | b'\t'));
    next.is_none_or(|b| matches!(b, b'"' | b'}' | b'\r' | b'\n'))
}

/// Returns the beginning of a text, at most [`MAX_TEXT`] bytes of it.
pub(super) fn head(text: &str) -> &str {
    // A character has at most four bytes.
    (0..4).find_map(|cut| text.get(..text.len().min(MAX_TEXT).saturating_sub(cut))).unwrap_or_default()
}

fn text_before_json(line: &str) -> &str {
    head(line).split('{').next().unwrap_or_default()
}

/// Returns whether a line begins a log entry: with a time, a level, or the calling SDK's mark `$>`.
fn begins_entry(line: &str) -> bool {
    let text =
        line.trim_start_matches(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '{' && c != '$');
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'0'..=b'9') => is_date(bytes) || has_mark(text),
        Some(b'$') => text.starts_with("$>"),
        Some(b'a'..=b'z' | b'A'..=b'Z') => {
            let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            LEADS.iter().any(|lead| lead.eq_ignore_ascii_case(word)) || has_mark(text)
        }
        _ => false,
    }
}

fn is_date(text: &[u8]) -> bool {
    matches!(text, [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, ..]
        if [y1, y2, y3, y4, m1, m2, d1, d2].iter().all(|b| b.is_ascii_digit()))
}

/// Other loggers write something of their own in front of the mark, such as `Jul 15 14:05:16 host bot[7]: `.
fn has_mark(text: &str) -> bool {
    let start = &text.as_bytes()[..text.len().min(128)];
    memchr::memmem::find(start, b"$>2").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time_in(text: &str) -> Option<String> {
        EntryTime::in_text(text).map(|time| time.to_string())
    }

    #[test]
    fn reads_the_time_in_front_of_json() {
        let sdk =
            "$>2024-07-15T14:05:16.2996314Z Info: CommunicationsClientExtensions.cs:156 LogAndCreateResponse";
        let time = Some("2024-07-15T14:05:16.2996314Z".to_owned());
        for text in [
            sdk.to_owned(),
            format!("{sdk}\r\nScenarioId: 1\r\nHost: x\r\n\r\n"),
            format!("2024-07-15 15:05:16,299 [15] {sdk}\n"),
            format!("Jul 15 14:05:16 host bot[7]: {sdk}"),
            format!("2024-07-15T14:05:10Z {sdk}"),
            "INFO 2024-07-15T16:05:16.2996314+02:00 got ".to_owned(),
            "2024-07-15T14:05:16.2996314+00:00\tINFO\t[x]\tMSG:".to_owned(),
            "time=2024-07-15T14:05:16.2996314Z level=info body=".to_owned(),
        ] {
            assert_eq!(time_in(&text), time, "{text}");
        }
    }

    #[test]
    fn takes_no_time_without_a_zone_or_of_another_entry() {
        for text in [
            "2024-07-15 15:05:16,299 [15] got ",
            "2024-07-15T14:05:16.123 got ",
            "$>2024-07-15T14:05:16Z Info: x\n2024-07-15 15:05:17,299 [15] got ",
            "$>2024-07-15T14:05:16Z Info: x\ninfo: Bot.Controller[0]\n      ",
            "x-expires: 2024-07-15T14:05:16Z\n",
            "id 12024-07-15T14:05:16Z ",
        ] {
            assert_eq!(time_in(text), None, "{text}");
        }
        let far = format!("$>2024-07-15T14:05:16Z Info: x\n{}", "header: x\n".repeat(200));
        assert_eq!(time_in(&far), None);
    }
}
