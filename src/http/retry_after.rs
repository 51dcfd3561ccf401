//! Parses `Retry-After`. Nothing that it asks for is ever undercut.

use std::time::{Duration, SystemTime};

/// Longer waits are cut to this one, which is still far beyond what a run waits for.
const LONGEST_ASKED: Duration = Duration::from_secs(u32::MAX as u64);

/// Parses `Retry-After`: seconds, or an HTTP date, which is measured against the response's own `Date` because the
/// clocks of the two machines may differ. Of several values in one header, as in `30,120`, the longest counts.
pub fn parse_retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let wait = match parse_date(value.trim()) {
        Some(until) => {
            let from = date.and_then(|date| parse_date(date.trim())).unwrap_or(now);
            Some(until.duration_since(from).unwrap_or_default())
        }
        None => value.split(',').filter_map(|value| parse_seconds(value.trim())).max(),
    };
    wait.map(|wait| wait.min(LONGEST_ASKED))
}

/// Parses an HTTP date. One with the wrong day of the week counts too: to ignore it would be to undercut it.
fn parse_date(text: &str) -> Option<SystemTime> {
    const PARSER: jiff::fmt::rfc2822::DateTimeParser =
        jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let seconds = PARSER.parse_timestamp(text).ok()?.as_second();
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// Parses whole seconds; a fraction, which some gateways send, is rounded up.
fn parse_seconds(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let up = u64::from(fraction.bytes().any(|b| b != b'0'));
    // More digits than fit are a very long time.
    let seconds = whole.parse().unwrap_or(u64::MAX);
    Some(Duration::from_secs(seconds.saturating_add(up)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parses_seconds_lists_and_dates() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let date = "Tue, 14 Nov 2023 22:13:20 GMT";
        let skewed = "Tue, 14 Nov 2023 21:13:20 GMT";
        let table = [
            ("0", None, Some(0)),
            ("12", None, Some(12)),
            (" 12 ", None, Some(12)),
            ("1.2", None, Some(2)),
            ("1.0", None, Some(1)),
            ("30,120", None, Some(120)),
            ("120, 30", None, Some(120)),
            ("2.128, soon", None, Some(3)),
            (",", None, None),
            ("-5", None, None),
            ("", None, None),
            ("soon", None, None),
            ("1e3", None, None),
            ("99999999999999999999999", None, Some(u64::from(u32::MAX))),
            ("Tue, 14 Nov 2023 22:13:50 GMT", None, Some(30)),
            ("Tue, 14 Nov 2023 22:13:50 GMT", Some(date), Some(30)),
            ("Tue, 14 Nov 2023 21:13:50 GMT", Some(skewed), Some(30)),
            ("Tue, 14 Nov 2023 21:13:50 GMT", Some("junk"), Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(date), Some(0)),
            ("Wed, 14 Nov 2023 22:13:50 GMT", Some(date), Some(30)),
            ("Fri, 14 Nov 3023 22:13:20 GMT", Some(date), Some(u64::from(u32::MAX))),
        ];
        for (value, date, seconds) in table {
            let parsed = parse_retry_after(value, date, now);
            assert_eq!(parsed, seconds.map(Duration::from_secs), "{value:?} against {date:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(value in ".{0,40}", date in proptest::option::of(".{0,40}")) {
            parse_retry_after(&value, date.as_deref(), SystemTime::UNIX_EPOCH);
        }
    }
}
