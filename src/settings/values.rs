//! Texts from the command line, the environment and the config become values here, by the same rules.
//!
//! Every error says what is wrong and what to give instead; the caller puts in front of it who named the
//! value. None of them shows a text that could hold a secret.

use std::time::Duration;

use clap::ValueEnum;

use super::Cloud;
use crate::model::call::AppId;
use crate::model::call_text::shown_input;
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
        Some(_) => Err("longer than 100 years".to_owned()),
        None => Err(format!("invalid duration `{}`: use 90s, 2m or 1h30m", shown_input(given))),
    }
}

/// A [`duration`] that is not zero.
///
/// # Errors
/// If it is not a duration, or zero.
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
        _ => {
            Err(format!("invalid value `{}`: use 1, true, yes, on, 0, false, no or off", shown_input(given)))
        }
    }
}

/// Reads an app id.
///
/// # Errors
/// Where it is empty, too long, or has a character that no id has.
pub fn app_id(given: &str) -> Result<AppId, String> {
    AppId::parse(given.trim()).map_err(|why| format!("invalid app ID `{}`: {why}", shown_input(given)))
}

/// Parses the value of `--tenant`. Notifications name a tenant by its GUID, so a domain would match nothing.
///
/// # Errors
/// If it is not a GUID.
pub fn tenant_guid(given: &str) -> Result<String, String> {
    match uuid::Uuid::try_parse(given.trim()) {
        Ok(guid) => Ok(guid.hyphenated().to_string()),
        Err(_) => Err("not a tenant ID: give the GUID, as in the notifications' tenantId".to_owned()),
    }
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

/// Parses one of the names of `T`, as it is spelled in the help.
///
/// # Errors
/// Lists the names, and says which is nearest.
pub fn word<T: ValueEnum>(given: &str) -> Result<T, String> {
    T::from_str(given, false).map_err(|_| {
        let names: Vec<String> = T::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| value.get_name().to_owned())
            .collect();
        let hint = text::nearest(given, names.iter().map(String::as_str))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        format!("invalid value `{}`: use {}{hint}", shown_input(given), names.join(", "))
    })
}

/// Parses a cloud's name.
///
/// # Errors
/// If it is none, or one in which calls cannot be deleted.
pub fn cloud(given: &str) -> Result<Cloud, String> {
    if given == "china" {
        return Err("Graph has no call deletion in the China cloud (21Vianet)".to_owned());
    }
    word(given)
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
