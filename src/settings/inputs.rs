//! Which calls: all that can be known of them before anything is opened.

use std::path::{Path, PathBuf};

use super::values::{duration, looks_like_token};
use super::{Action, CommandError, InputFile, Inputs, Target};
use crate::model::call::{self, CallRef};
use crate::model::route::{Route, RouteChoice};
use crate::settings::cli::{CallArgs, HowArgs};
use crate::settings::config::Section;

/// Settles which calls are meant.
pub(super) fn inputs(cli: CallArgs, config: &Section, target: &Target) -> Result<Inputs, CommandError> {
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
    Ok(Inputs {
        calls: parse_calls(&named, target)?,
        files,
        notifications,
        older_than: cli.older_than,
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

/// All that are wrong are told of at once: nobody should have to mend a list one by one.
fn parse_calls(named: &[String], target: &Target) -> Result<Vec<CallRef>, CommandError> {
    let mut bad = Vec::new();
    let mut calls = Vec::with_capacity(named.len());
    for text in named {
        match CallRef::parse(text) {
            Ok(call) => calls.push(call.under(target.app_id.as_ref())),
            Err(_) if looks_like_token(text) => {
                bad.push("what looks like a token stands where a call should (see --token-file)".to_owned());
            }
            Err(why) => bad.push(call::describe_bad(text, &why)),
        }
    }
    if bad.is_empty() { Ok(calls) } else { Err(CommandError::usage(bad.join("\n"))) }
}
