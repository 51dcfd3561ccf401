//! The time of a log record, as loggers write it.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

/// Seconds from here on are a time of a log: September 2001. What is less is a duration, an up-time or a zero
/// that means "unset", and would make a call look older than any.
const PLAUSIBLE_FROM: f64 = 1e9;
/// Seconds from here on are none: the year 5138.
const PLAUSIBLE_TO: f64 = 1e11;

/// A field that may be a time, not yet read: most are never needed.
#[derive(Debug)]
pub(super) enum RawTimestamp<'de> {
    Text(Cow<'de, str>),
    Number(f64),
}

impl RawTimestamp<'_> {
    /// The time: RFC 3339 (also with a comma or with spaces), or seconds or milliseconds since 1970 as a number or
    /// a text.
    pub(super) fn read(&self) -> Option<Timestamp> {
        match self {
            Self::Number(number) => epoch(*number),
            Self::Text(text) => {
                let text = text.trim();
                written(text).or_else(|| epoch(text.parse().ok()?))
            }
        }
    }
}

/// Some write a space before the zone, or its name. A time with no zone at all is none: which is meant cannot be
/// told.
fn written(text: &str) -> Option<Timestamp> {
    let parsed = text.parse().ok().or_else(|| {
        let (time, zone) = text.rsplit_once(' ')?;
        let zone = if matches!(zone, "UTC" | "GMT") { "Z" } else { zone };
        let is_zone = zone == "Z" || zone.starts_with(['+', '-']);
        format!("{}{zone}", time.trim_end()).parse().ok().filter(|_| is_zone)
    });
    parsed.filter(|time: &Timestamp| is_plausible(time.as_duration().as_secs_f64()))
}

/// Returns the ISO 8601 times with a zone in a text.
pub(super) fn zoned_times(text: &str) -> impl Iterator<Item = Timestamp> + '_ {
    // The first hyphen of a date is behind four digits.
    let starts = memchr::memchr_iter(b'-', text.as_bytes()).filter_map(|hyphen| hyphen.checked_sub(4));
    starts.filter_map(|start| zoned_time(text, start))
}

/// Returns the time that starts at `start`, if it is one by itself and has a zone.
fn zoned_time(text: &str, start: usize) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if start.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric()) {
        return None;
    }
    let matches = |shape: &[u8], at: usize| {
        let there = bytes.get(at..at + shape.len());
        let same =
            |(have, want): (&u8, &u8)| if *want == b'0' { have.is_ascii_digit() } else { have == want };
        there.is_some_and(|there| there.iter().zip(shape).all(same))
    };
    let is_time = matches(b"0000-00-00", start) && matches(b"00:00", start + 11);
    if !is_time || !matches!(bytes[start + 10], b'T' | b't' | b' ') {
        return None;
    }
    let clock =
        bytes[start + 11..].iter().take_while(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b','));
    let zone = start + 11 + clock.count();
    let sign = if bytes.get(zone) == Some(&b' ') { zone + 1 } else { zone };
    let end = match bytes.get(sign)? {
        b'Z' => sign + 1,
        b'+' | b'-' => [&b"00:00"[..], b"0000"]
            .iter()
            .find(|shape| matches(shape, sign + 1))
            .map(|shape| sign + 1 + shape.len())?,
        _ => return None,
    };
    let ends_there = bytes.get(end).is_none_or(|after| !after.is_ascii_alphanumeric());
    written(text.get(start..end)?).filter(|_| ends_there)
}

fn is_plausible(seconds: f64) -> bool {
    (PLAUSIBLE_FROM..PLAUSIBLE_TO).contains(&seconds)
}

/// Seconds or milliseconds: no number is a plausible time as both.
fn epoch(number: f64) -> Option<Timestamp> {
    let seconds = [number, number / 1000.0].into_iter().find(|seconds| is_plausible(*seconds))?;
    Timestamp::from_duration(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_as_loggers_write_them() {
        let text = |text: &'static str| RawTimestamp::Text(text.into()).read().map(|t| t.to_string());
        let number = |number| RawTimestamp::Number(number).read().map(Timestamp::as_millisecond);
        let moment = Some("2026-03-01T10:00:00Z".to_owned());
        for same in [
            "2026-03-01T10:00:00Z",
            " 2026-03-01T12:00:00+02:00 ",
            "2026-03-01 10:00:00.000Z",
            "2026-03-01T10:00:00,000Z",
            "2026-03-01 12:00:00,000+02:00",
            "2026-03-01 12:00:00,000 +0200",
            "2026-03-01 10:00:00 UTC",
            "1772359200",
            "1772359200000",
            "1772359200.0",
        ] {
            assert_eq!(text(same), moment, "{same}");
        }
        assert_eq!(number(1_772_359_200.25), Some(1_772_359_200_250));
        assert_eq!(number(1_772_359_200_250.0), Some(1_772_359_200_250));
        for none in [
            "",
            "yesterday",
            "2026-03-01T10:00:00",
            "2026-03-01 10:00:00,123",
            "2026-03-01 10:00:00 CET",
            "2026-03-01 UTC",
            "-1 +02:00",
            "-5",
            "0",
            "0.012",
            "0001-01-01T00:00:00Z",
            "NaN",
            "inf",
            "1e300",
            "1772359200000000",
        ] {
            assert_eq!(text(none), None, "{none}");
        }
    }
}
