//! Durations as people read them.

use std::time::Duration;

/// A pause, in whole seconds; one that no one would wait for is not counted out.
pub fn spoken(wait: Duration) -> String {
    const ABSURD: Duration = Duration::from_secs(30 * 24 * 3600);
    if wait > ABSURD {
        return "more than a month".to_owned();
    }
    humantime::format_duration(Duration::from_secs(wait.as_secs().max(1))).to_string()
}
