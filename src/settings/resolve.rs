//! One recipe: what the command line, the environment and the config say becomes a [`Command`].

use clap::CommandFactory;

use super::token_source::{self as tokens, Places};
use super::{
    Action, Cloud, Command, CommandError, Env, Proof, Settings, Terminals, TokenSource, inputs, run_options,
    target, values, variables,
};
use crate::model::exit::Exit;
use crate::settings::cli::{Cli, OtherArgs};
use crate::settings::config::{self, Chosen};
use crate::settings::files::shown;

/// Settles what is to be done. Reads the config file; opens no input.
///
/// # Errors
/// [`CommandError`], which says what is wrong, where, and what to do.
pub fn resolve(cli: Cli, env: &Env, terminals: Terminals) -> Result<Command, CommandError> {
    if let Some(artifact) = cli.other.generate {
        return Ok(Command::Generate(artifact));
    }
    if let Some(code) = cli.other.explain {
        return Ok(Command::Explain(code, cli.output.output.unwrap_or_default()));
    }
    let check = cli.other.check.map(Option::unwrap_or_default);
    let settings = Box::new(settings(cli, env, terminals)?);
    Ok(match check {
        Some(mode) => Command::Check(settings, mode),
        None => Command::Run(settings),
    })
}

fn settings(cli: Cli, env: &Env, terminals: Terminals) -> Result<Settings, CommandError> {
    let Cli { calls, target: to, token, how, output, other, given } = cli;
    let command = Cli::command();
    let options: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    let mut warnings = variables::check_names(env, &options)?;
    let sandbox = to.sandbox || env.read("HANGUP_SANDBOX", values::boolean)?.unwrap_or(false);
    let (mut config, config_name) = config(&other, env, &mut warnings)?;
    let from_env = variables::section(env, |key| {
        let overridden = given.iter().any(|id| id == key || id.strip_prefix("no_") == Some(key));
        overridden || (sandbox && key == "base_url")
    })?;
    let (env_color, url_from_env) = (from_env.color, from_env.base_url.is_some());
    let from_config = config.as_mut().map(|chosen| std::mem::take(&mut chosen.values)).unwrap_or_default();
    let mut values = from_env.over(from_config);
    let action = run_options::action(&how);
    inputs::check_bare_options(&how, &calls.calls)?;
    let target =
        target::target(to, sandbox, url_from_env, env.network().clone(), &mut values, &mut warnings)?;
    let mut inputs = inputs::inputs(calls, &values, &target)?;
    warnings.append(&mut inputs.warnings);
    let check = other.check.is_some();
    if !check {
        inputs::check(&inputs, action, &target)?;
    }
    let log = run_options::log(output.log.clone(), how.undo.no_log, output.resume, values.log.take())?;
    let output = run_options::output(&output, env, env_color, &values, terminals)?;
    let in_use = config.as_ref().map(|chosen| chosen.in_use.clone());
    let needed = !target.sandbox && (check || action != Action::DryRunLocal);
    let places = Places { flag: token.token_file.as_deref(), env, config: config.as_mut(), config_name };
    let token = if needed { token_source(places, check, &mut warnings)? } else { None };
    warnings.extend(authority_warning(token.as_ref(), target.cloud));
    Ok(Settings {
        inputs,
        target,
        token,
        pace: run_options::pace(&how, &values),
        action,
        wait: run_options::wait(&how, &values),
        not_found: run_options::not_found(&how, &values),
        fail_fast: how.fail_fast,
        output,
        log,
        config: in_use,
        warnings,
    })
}

/// `--check` shows all the rest even if there is no token, so that becomes a warning for it.
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

/// Returns a warning if sign-in goes to another host than the cloud's own.
fn authority_warning(token: Option<&TokenSource>, cloud: Cloud) -> Option<String> {
    let Some(TokenSource::Credentials { credentials, .. }) = token else { return None };
    let authority = credentials.authority.as_ref().filter(|authority| *authority != cloud.authority())?;
    let is_used = !matches!(credentials.proof, Proof::ManagedIdentity);
    is_used.then(|| format!("sign-in goes to {authority}: AZURE_AUTHORITY_HOST is set"))
}

/// The config in use, and how to call it where it has no token.
fn config(
    other: &OtherArgs,
    env: &Env,
    warnings: &mut Vec<String>,
) -> Result<(Option<Chosen>, String), CommandError> {
    let (profile, who) = match &other.profile {
        Some(name) => (Some(name.clone()), "--profile"),
        None => (env.get("HANGUP_PROFILE")?, "HANGUP_PROFILE"),
    };
    let place = config::place(other.config.as_deref(), env);
    let found = place.as_ref().map(|place| config::load(place, env, warnings)).transpose()?.flatten();
    let path = place.as_ref().map(|place| shown(&place.path));
    match (found, profile, path) {
        (Some(config), profile, Some(path)) => {
            let chosen = config.choose(profile)?;
            Ok((Some(chosen), format!("the config {path} (has no token source)")))
        }
        (_, Some(name), path) => Err(no_config(who, &name, path)),
        (_, None, Some(path)) => Ok((None, format!("the config {path} (does not exist)"))),
        (_, None, None) => Ok((None, "the config (no config directory)".to_owned())),
    }
}

fn no_config(who: &str, name: &str, path: Option<String>) -> CommandError {
    let name = crate::text::clean(name, 60);
    let looked = path.map(|path| format!(" (looked at {path})")).unwrap_or_default();
    CommandError::usage(format!("{who}: there is no config with a profile `{name}`{looked}"))
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
