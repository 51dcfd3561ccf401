//! Texts from the command line, the environment and the config become values here, by the same rules.
//!
//! Every error says what is wrong and what to give instead; the caller puts in front of it who named the
//! value. None of them shows a text that could hold a secret.

use std::time::Duration;

use super::Cloud;
use super::words::{CloudWord, word};
use crate::model::call::AppId;
use crate::text;

/// The longest duration that is taken: far beyond any use, and far from any overflow of the clock.
const MAX_DURATION: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Reads `90s`, `2m`, `1h30m`; a bare number is seconds.
///
/// # Errors
/// Where it is none, or is over 100 years.
pub fn duration(given: &str) -> Result<Duration, String> {
    let bare = given.trim();
    let is_number = bare.starts_with(|c: char| c.is_ascii_digit())
        && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let read = if is_number {
        bare.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    } else {
        humantime::parse_duration(bare).ok()
    };
    match read {
        Some(read) if read <= MAX_DURATION => Ok(read),
        Some(_) => Err("that is over 100 years".to_owned()),
        None => Err(format!(
            "`{}` is no duration: give 90s, 2m, 1h30m or a number of seconds",
            text::clean(given, 40)
        )),
    }
}

/// A [`duration`] that is not zero.
///
/// # Errors
/// Where it is no duration, or zero.
pub fn time_limit(given: &str) -> Result<Duration, String> {
    match duration(given)? {
        Duration::ZERO => Err("must be longer than 0".to_owned()),
        limit => Ok(limit),
    }
}

/// Reads 1, true, yes, on and 0, false, no, off, in any case.
///
/// # Errors
/// Where it is none of them.
pub fn boolean(given: &str) -> Result<bool, String> {
    match given.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(format!("`{}` is neither 1/true/yes/on nor 0/false/no/off", text::clean(given, 40))),
    }
}

/// Reads an app id.
///
/// # Errors
/// Where it is empty, too long, or has a character that no id has.
pub fn app_id(given: &str) -> Result<AppId, String> {
    AppId::parse(given.trim()).map_err(|why| format!("`{}` is no app id: {why}", text::clean(given, 80)))
}

/// Parses a tenant's ID or domain, which may become part of a URL.
///
/// # Errors
/// If it is empty or has a character that neither has.
pub fn tenant_id(given: &str) -> Result<String, String> {
    let id = given.trim();
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') {
        return Ok(id.to_owned());
    }
    Err("invalid ID: use letters, digits, `-` and `.` only".to_owned())
}

/// Reads a cloud's name.
///
/// # Errors
/// Where it is none, or one in which calls cannot be deleted.
pub fn cloud(given: &str) -> Result<Cloud, String> {
    word::<CloudWord>(given)?.try_into()
}

/// Whether a text has the form of a bearer token, so that an error had better not show it.
pub fn looks_like_token(text: &str) -> bool {
    let text = text.trim();
    let prefixed = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
    prefixed || (text.starts_with("eyJ") && text.len() > 20)
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
