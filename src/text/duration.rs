//! The one way in which durations are printed.

use std::time::Duration;

/// Formats a duration for people: `12 ms`, `0.4 s`, `12 s`, `2m 5s`, `1h 30m`, `3d 4h`.
///
/// Above a minute the two largest units are shown, and a second one that is zero is left out.
pub fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let tenths = duration.as_millis().saturating_add(50) / 100;
    match seconds {
        0 if duration < Duration::from_millis(100) => format!("{} ms", duration.as_millis()),
        _ if tenths < 600 && tenths.is_multiple_of(10) => format!("{} s", tenths / 10),
        _ if tenths < 600 => format!("{}.{} s", tenths / 10, tenths % 10),
        ..60 => "1m".to_owned(),
        60..3600 => two_units((seconds / 60, "m"), (seconds % 60, "s")),
        3600..86_400 => two_units((seconds / 3600, "h"), (seconds % 3600 / 60, "m")),
        _ => two_units((seconds / 86_400, "d"), (seconds % 86_400 / 3600, "h")),
    }
}

fn two_units((large, unit): (u64, &str), (small, small_unit): (u64, &str)) -> String {
    if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit} {small}{small_unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_durations() {
        let table = [
            (0, "0 ms"),
            (12, "12 ms"),
            (99, "99 ms"),
            (100, "0.1 s"),
            (412, "0.4 s"),
            (1_000, "1 s"),
            (12_000, "12 s"),
            (59_940, "59.9 s"),
            (59_960, "1m"),
            (60_000, "1m"),
            (125_000, "2m 5s"),
            (3_599_000, "59m 59s"),
            (3_600_000, "1h"),
            (5_400_000, "1h 30m"),
            (86_400_000, "1d"),
            (273_600_000, "3d 4h"),
        ];
        for (millis, text) in table {
            assert_eq!(format_duration(Duration::from_millis(millis)), text);
        }
        assert_eq!(format_duration(Duration::MAX), "213503982334601d 7h");
    }
}
