//! Which calls: all that can be known of them before anything is opened.

use std::path::{Path, PathBuf};

use super::values::{duration, time_limit};
use super::{Action, CommandError, Env, InputFile, Inputs, Target};
use crate::model::call::CallRef;
use crate::model::call_text::{find_call, shown_input};
use crate::model::route::{Route, RouteChoice};
use crate::settings::cli::{CallArgs, HowArgs};
use crate::settings::config::Section;

/// Settles which calls are meant.
pub(super) fn inputs(
    cli: CallArgs,
    env: &Env,
    config: &Section,
    target: &Target,
) -> Result<Inputs, CommandError> {
    let (stdin, named): (Vec<String>, Vec<String>) = cli.calls.into_iter().partition(|call| call == "-");
    // A pipe that stays open must not hold up the files, so what is asked for as an argument comes last.
    let stdin = stdin.into_iter().map(PathBuf::from);
    let files = input_files(cli.file.into_iter().chain(stdin));
    let notifications = input_files(cli.from_notifications.into_iter());
    if files.contains(&InputFile::Stdin) && notifications.contains(&InputFile::Stdin) {
        return Err(CommandError::usage(
            "-: standard input cannot be both a list of calls and a record of notifications",
        ));
    }
    let mut warnings = Vec::new();
    let calls = parse_calls(&named, target, &mut warnings)?;
    let older_than = match cli.older_than {
        None if !notifications.is_empty() => env.read("HANGUP_OLDER_THAN", time_limit)?.or(config.older_than),
        flag => flag,
    };
    Ok(Inputs {
        calls,
        warnings,
        files,
        notifications,
        older_than,
        tenant: cli.tenant,
        max_calls: cli.max_calls.or(config.max_calls),
        interactive: cli.interactive,
    })
}

/// Whether there is anything to be done, and whether it is clear what.
pub(super) fn check(inputs: &Inputs, action: Action, target: &Target) -> Result<(), CommandError> {
    if inputs.calls.is_empty() && inputs.files.is_empty() && inputs.notifications.is_empty() {
        return Err(CommandError::usage(
            "no call is named: give call ids, or a file of them with -f FILE, or - for standard input (see --help)",
        ));
    }
    if !inputs.notifications.is_empty() && inputs.older_than.is_none() && action == Action::HangUp {
        return Err(CommandError::usage(
            "--from-notifications: a healthy call looks the same as a stuck one; say with --older-than 2h which \
             are meant (0s: all), or look first with --dry-run",
        ));
    }
    let pinned = target.route == RouteChoice::Pinned(Route::Applications);
    match inputs.calls.iter().find(|call| pinned && call.app_id.is_none()) {
        Some(call) => Err(CommandError::usage(format!(
            "--route applications: there is no app id for call {}; give --app-id, or the call as \
             /applications/{{app-id}}/calls/{{id}}",
            call.id
        ))),
        None => Ok(()),
    }
}

/// `--wait 90s` reads the time as a call. Nobody's call has such an id, so it is told apart here.
pub(super) fn check_bare_options(how: &HowArgs, calls: &[String]) -> Result<(), CommandError> {
    let is_where = |call: &&String| ["client", "server"].contains(&call.as_str());
    let wait = (how.wait == Some(None)).then(|| calls.iter().find(|call| duration(call).is_ok()));
    let dry_run = (how.dry_run == Some(None)).then(|| calls.iter().find(is_where));
    let (option, word) = match (wait.flatten(), dry_run.flatten()) {
        (Some(word), _) => ("--wait", word),
        (None, Some(word)) => ("--dry-run", word),
        (None, None) => return Ok(()),
    };
    Err(CommandError::usage(format!(
        "`{word}` would be a call: did you mean `{option}={word}`? (A call that is really called so: /calls/{word})"
    )))
}

/// The same input named twice is one input if it can be read but once.
fn input_files(paths: impl Iterator<Item = PathBuf>) -> Vec<InputFile> {
    let mut files = Vec::new();
    for path in paths {
        match path {
            path if path != Path::new("-") => files.push(InputFile::Path(path)),
            _ if files.contains(&InputFile::Stdin) => {}
            _ => files.push(InputFile::Stdin),
        }
    }
    files
}

/// Parses the arguments. All bad ones are reported at once, so that nobody has to fix a list one by one.
fn parse_calls(
    named: &[String],
    target: &Target,
    warnings: &mut Vec<String>,
) -> Result<Vec<CallRef>, CommandError> {
    let mut bad = Vec::new();
    let mut calls = Vec::with_capacity(named.len());
    for text in named {
        match find_call(text) {
            Ok(found) if !found.call.is_guid() && Path::new(text).exists() => bad.push(format!(
                "`{0}` is a file, not a call ID: did you mean -f {0}? (for a call with this ID: /calls/{0})",
                shown_input(text)
            )),
            Ok(found) => {
                let other = found.host.filter(|host| target.cloud.is_other_graph_host(host));
                if let Some(host) = other.filter(|_| warnings.is_empty()) {
                    warnings.push(format!(
                        "`{}`: {}",
                        shown_input(text),
                        target.cloud.other_host_warning(&host)
                    ));
                }
                calls.push(found.call.with_app_id(target.app_id.as_ref()));
            }
            // Paths of files are bad calls too, and the better hint is the file.
            Err(_) if Path::new(text).is_file() => {
                bad.push(format!("`{0}` is a file, not a call: did you mean -f {0}?", shown_input(text)));
            }
            Err(why) => bad.push(format!("invalid call `{}`: {why}", shown_input(text))),
        }
    }
    if bad.is_empty() { Ok(calls) } else { Err(CommandError::usage(bad.join("\n"))) }
}
