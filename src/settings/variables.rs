//! The `HANGUP_*` variables: one for each option of the config, and no others.

use std::path::PathBuf;

use super::config::Section;
use super::config::keys::{self, Raw, Value, variable};
use super::{CommandError, Env};
use crate::text;

/// Variables that belong to no config key, or are read with the token's other sources.
const OTHER: [&str; 5] =
    ["HANGUP_CONFIG", "HANGUP_PROFILE", "HANGUP_SANDBOX", "HANGUP_TOKEN", "HANGUP_TOKEN_FILE"];

/// Parses the variables of all config keys but those for which `skipped` holds: a flag overrides them.
///
/// # Errors
/// Names the variable, and says what is wrong with its value.
pub(super) fn section(env: &Env, skipped: impl Fn(&str) -> bool) -> Result<Section, CommandError> {
    let mut section = Section::default();
    for (key, parse) in keys::OPTIONS {
        let name = variable(key);
        if skipped(key) {
            continue;
        }
        let Some(text) = env.get(&name)? else { continue };
        let value = Value { raw: Raw::Text(&text), at: &name, resolve: &|path| Ok(PathBuf::from(path)) };
        parse(&mut section, &value).map_err(|why| CommandError::usage(format!("{name}: {why}")))?;
    }
    Ok(section)
}

/// Looks for variables that are misspelled or do not exist; returns warnings about the harmless ones.
///
/// `options` are the long options.
///
/// # Errors
/// If a variable is named as an option that has none, or within two letters of a known variable: whoever set it
/// expects an effect that it does not have.
pub(super) fn check_names(env: &Env, options: &[&str]) -> Result<Vec<String>, CommandError> {
    let known: Vec<String> =
        keys::OPTIONS.iter().map(|(key, _)| variable(key)).chain(OTHER.map(str::to_owned)).collect();
    let mut warnings = Vec::new();
    for name in env.names().filter(|name| name.starts_with("HANGUP_")) {
        if known.iter().any(|known| known == name) || is_of_kubernetes(name) {
            continue;
        }
        let shown = text::clean(name, 60);
        let key = name["HANGUP_".len()..].to_ascii_lowercase();
        if options.contains(&key.replace('_', "-").as_str()) {
            return Err(CommandError::usage(format!(
                "{shown}: --{} cannot be set by a variable; give the option itself, or unset the variable",
                text::clean(&key.replace('_', "-"), 60)
            )));
        }
        if keys::all().any(|known| known == key) {
            return Err(CommandError::usage(format!(
                "{shown}: `{key}` cannot be set by a variable; set it in the config, or unset the variable"
            )));
        }
        let near = known.iter().min_by_key(|known| strsim::levenshtein(known, name));
        if let Some(near) = near.filter(|near| strsim::levenshtein(near, name) <= 2) {
            return Err(CommandError::usage(format!(
                "{shown}: there is no such variable; did you mean {near}? (unset it otherwise)"
            )));
        }
        warnings.push(format!("{shown}: there is no such variable; it is ignored"));
    }
    Ok(warnings)
}

/// Whether Kubernetes sets the variable for a service whose name begins with `hangup`.
fn is_of_kubernetes(name: &str) -> bool {
    name.contains("_SERVICE_") || name.contains("_PORT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::config::Wait;

    fn check(name: &str) -> Result<Vec<String>, CommandError> {
        check_names(&Env::of([(name, "x")]), &["dry-run", "header", "route"])
    }

    #[test]
    fn every_config_key_has_a_known_variable() {
        for (key, _) in keys::OPTIONS {
            assert_eq!(check(&variable(key)), Ok(vec![]), "{key}");
        }
    }

    #[test]
    fn wrong_variables_are_refused_or_warned_about() {
        for (name, hint) in [
            ("HANGUP_DRY_RUN", "--dry-run cannot be set"),
            ("HANGUP_HEADER", "--header cannot be set"),
            ("HANGUP_HEADERS", "`headers` cannot be set"),
            ("HANGUP_CLIENT_SECRET", "`client_secret` cannot be set"),
            ("HANGUP_ROUTES", "did you mean HANGUP_ROUTE?"),
            ("HANGUP_APPID", "did you mean HANGUP_APP_ID?"),
        ] {
            let message = check(name).unwrap_err().message;
            assert!(message.starts_with(name) && message.contains(hint), "{message}");
        }
        assert_eq!(check("HANGUP_SOMETHING").unwrap().len(), 1);
        for name in ["HANGUP_SERVICE_HOST", "HANGUP_WEB_PORT_80_TCP_ADDR", "HANGUP_PORT", "OTHER_X"] {
            assert_eq!(check(name), Ok(vec![]), "{name}");
        }
        assert_eq!(check_names(&Env::of([("HANGUP_DRY_RUN", "")]), &["dry-run"]), Ok(vec![]));
    }

    #[test]
    fn variables_are_parsed_by_the_rules_of_their_keys() {
        let wait = |text| section(&Env::of([("HANGUP_WAIT", text)]), |_| false).map(|s| s.wait);
        assert_eq!(wait("1"), Ok(Some(Wait::Bare)));
        assert_eq!(wait("0"), Ok(Some(Wait::No)));
        assert_eq!(wait("5"), Ok(Some(Wait::For(std::time::Duration::from_secs(5)))));
        let all =
            [("HANGUP_CONCURRENCY", "7"), ("HANGUP_IGNORE_NOT_FOUND", "yes"), ("HANGUP_LOG", "x.jsonl")];
        let read = section(&Env::of(all), |_| false).unwrap();
        assert_eq!((read.concurrency, read.ignore_not_found), (Some(7), Some(true)));
        assert_eq!(read.log, Some(PathBuf::from("x.jsonl")));
        for (name, value) in
            [("HANGUP_CONCURRENCY", "0"), ("HANGUP_RETRIES", "x"), ("HANGUP_IGNORE_NOT_FOUND", "maybe")]
        {
            let message = section(&Env::of([(name, value)]), |_| false).unwrap_err().message;
            assert!(message.starts_with(name), "{message}");
            assert!(section(&Env::of([(name, value)]), |key| variable(key) == name).is_ok());
        }
    }
}
