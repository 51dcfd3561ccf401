//! TOML values become plain ones. No error shows a value of the wrong type: it may be a secret in the wrong place.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::{DeInteger, DeTable, DeValue};

use super::section::Wait;
use crate::settings::values;

/// What every reader gives: the value, or what is wrong.
pub type Read<T> = Result<T, String>;

fn wrong<T>(wanted: &str, value: &DeValue<'_>) -> Read<T> {
    Err(format!("must be {wanted}, not {} {}", article(value.type_str()), value.type_str()))
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// A string.
pub fn string<'a>(value: &'a DeValue<'_>) -> Read<&'a str> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => wrong("a string", value),
    }
}

/// A string with something in it.
pub fn some_string<'a>(value: &'a DeValue<'_>) -> Read<&'a str> {
    match string(value)? {
        "" => Err("is empty".to_owned()),
        text => Ok(text),
    }
}

/// `true` or `false`.
pub fn boolean(value: &DeValue<'_>) -> Read<bool> {
    match value.as_bool() {
        Some(is) => Ok(is),
        None => wrong("true or false", value),
    }
}

/// A whole number within bounds.
pub fn number<T: TryFrom<u64>>(value: &DeValue<'_>, bounds: RangeInclusive<u64>) -> Read<T> {
    let DeValue::Integer(written) = value else { return wrong("a whole number", value) };
    let (low, high) = (bounds.start(), bounds.end());
    integer(written).filter(|n| bounds.contains(n)).and_then(|n| T::try_from(n).ok()).ok_or_else(|| {
        if *high == u64::MAX { format!("must be {low} or more") } else { format!("must be {low} to {high}") }
    })
}

fn integer(written: &DeInteger<'_>) -> Option<u64> {
    u64::from_str_radix(written.as_str(), written.radix()).ok()
}

/// In decimal digits, in whatever radix it is written.
fn decimal(written: &DeInteger<'_>) -> String {
    integer(written).map_or_else(|| written.to_string(), |n| n.to_string())
}

/// A duration that is not zero: a string such as `90s`, or a number of seconds.
pub fn time_limit(value: &DeValue<'_>) -> Read<Duration> {
    match value {
        DeValue::String(text) => values::time_limit(text),
        DeValue::Integer(written) => values::time_limit(&decimal(written)),
        DeValue::Float(written) => values::time_limit(written.as_str()),
        _ => wrong("a duration such as \"90s\", or a number of seconds", value),
    }
}

/// `true`, `false`, or a duration.
pub fn wait(value: &DeValue<'_>) -> Read<Wait> {
    match value.as_bool() {
        Some(true) => Ok(Wait::Bare),
        Some(false) => Ok(Wait::No),
        None => time_limit(value).map(Wait::For),
    }
}

/// A command with its arguments.
pub fn argv(value: &DeValue<'_>) -> Read<Vec<String>> {
    let Some(list) = value.as_array() else {
        return wrong("a list, the program and its arguments (no shell is used)", value);
    };
    let argv: Vec<String> =
        list.iter().map(|item| string(item.get_ref()).map(str::to_owned)).collect::<Read<_>>()?;
    match argv.first() {
        Some(program) if !program.is_empty() => Ok(argv),
        _ => Err("must begin with the program to run".to_owned()),
    }
}

/// A table.
pub fn table<'a, 'i>(value: &'a DeValue<'i>) -> Read<&'a DeTable<'i>> {
    match value.as_table() {
        Some(table) => Ok(table),
        None => wrong("a table", value),
    }
}
