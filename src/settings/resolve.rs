//! One recipe: what the command line, the environment and the config say becomes a [`Command`].

use super::token_source::{self as tokens, Places};
use super::{
    Action, Command, CommandError, Env, Settings, Terminals, TokenSource, inputs, run_options as manner,
    target,
};
use crate::model::exit::Exit;
use crate::settings::cli::{Cli, OtherArgs};
use crate::settings::config::{self, Chosen};

/// Settles what is to be done. Reads the config file; opens no input.
///
/// # Errors
/// [`CommandError`], which says what is wrong, where, and what to do.
pub fn resolve(cli: Cli, env: &Env, terminals: Terminals) -> Result<Command, CommandError> {
    if let Some(artifact) = cli.other.generate {
        return Ok(Command::Generate(artifact));
    }
    if let Some(code) = cli.other.explain {
        return Ok(Command::Explain(code));
    }
    let check = cli.other.check.map(Option::unwrap_or_default);
    let settings = Box::new(settings(cli, env, terminals)?);
    Ok(match check {
        Some(mode) => Command::Check(settings, mode),
        None => Command::Run(settings),
    })
}

fn settings(cli: Cli, env: &Env, terminals: Terminals) -> Result<Settings, CommandError> {
    let Cli { calls, target: to, token, how, output, other } = cli;
    let (mut config, config_name) = config(&other, env)?;
    let mut values = config.as_mut().map(|chosen| std::mem::take(&mut chosen.values)).unwrap_or_default();
    let mut warnings = Vec::new();
    let action = manner::action(&how);
    inputs::check_bare_options(&how, &calls.calls)?;
    let target = target::target(to, env, &mut values, &mut warnings)?;
    let mut inputs = inputs::inputs(calls, env, &values, &target)?;
    warnings.append(&mut inputs.warnings);
    let check = other.check.is_some();
    if !check {
        inputs::check(&inputs, action, &target)?;
    }
    let log = manner::log(output.log.clone(), how.undo.no_log, output.resume, values.log.take())?;
    let output = manner::output(&output, env, &values, terminals)?;
    let in_use = config.as_ref().map(|chosen| chosen.in_use.clone());
    let needed = !target.sandbox && (check || action != Action::DryRunLocal);
    let places = Places { flag: token.token_file.as_deref(), env, config: config.as_mut(), config_name };
    let token = if needed { token_source(places, check, &mut warnings)? } else { None };
    Ok(Settings {
        inputs,
        target,
        token,
        pace: manner::pace(&how, &values),
        action,
        wait: manner::wait(&how, &values),
        not_found: manner::not_found(&how, &values),
        fail_fast: how.fail_fast,
        output,
        log,
        config: in_use,
        warnings,
    })
}

/// `--check` shows all the rest even where there is no token to be had, so that becomes a warning for it.
fn token_source(
    places: Places<'_>,
    check: bool,
    warnings: &mut Vec<String>,
) -> Result<Option<TokenSource>, CommandError> {
    match tokens::find(places, warnings) {
        Err(refusal) if check && refusal.exit == Exit::Denied => {
            warnings.push(refusal.message);
            Ok(None)
        }
        found => found.map(Some),
    }
}

/// The config in use, and how to call it where it has no token.
fn config(other: &OtherArgs, env: &Env) -> Result<(Option<Chosen>, String), CommandError> {
    let (profile, who) = match &other.profile {
        Some(name) => (Some(name.clone()), "--profile"),
        None => (env.get("HANGUP_PROFILE")?, "HANGUP_PROFILE"),
    };
    let place = config::place(other.config.as_deref(), env);
    let found = place.as_ref().map(|place| config::load(place, env)).transpose()?.flatten();
    let path = place.as_ref().map(|place| config::shown(&place.path));
    match (found, profile, path) {
        (Some(config), profile, Some(path)) => {
            let chosen = config.choose(profile)?;
            Ok((Some(chosen), format!("the config {path} (names none)")))
        }
        (_, Some(name), path) => Err(no_config(who, &name, path)),
        (_, None, Some(path)) => Ok((None, format!("the config {path} (not there)"))),
        (_, None, None) => Ok((None, "the config (there is no config directory)".to_owned())),
    }
}

fn no_config(who: &str, name: &str, path: Option<String>) -> CommandError {
    let name = crate::text::clean(name, 60);
    let looked = path.map(|path| format!(" (looked at {path})")).unwrap_or_default();
    CommandError::usage(format!("{who}: there is no config to take the profile `{name}` from{looked}"))
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
