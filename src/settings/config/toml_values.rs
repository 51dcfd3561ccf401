//! TOML values become plain ones. No error shows a value of the wrong type: it may be a secret in the wrong place.

use toml::de::{DeTable, DeValue};

/// What every reader gives: the value, or what is wrong.
pub type Read<T> = Result<T, String>;

pub fn wrong<T>(wanted: &str, value: &DeValue<'_>) -> Read<T> {
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

/// `true` or `false`.
pub fn boolean(value: &DeValue<'_>) -> Read<bool> {
    match value.as_bool() {
        Some(is) => Ok(is),
        None => wrong("true or false", value),
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
