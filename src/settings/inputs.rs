//! Which calls: all that can be known of them before anything is opened.

use std::path::{Path, PathBuf};

use super::files::refuse_secret;
use super::values::duration;
use super::{Action, CommandError, InputFile, Inputs, Target};
use crate::model::call::CallRef;
use crate::model::call_text::{find_call, shown_input};
use crate::model::route::{Route, RouteChoice};
use crate::settings::cli::{CallArgs, HowArgs};
use crate::settings::config::Section;

/// Settles which calls are meant.
pub(super) fn inputs(cli: CallArgs, config: &Section, target: &Target) -> Result<Inputs, CommandError> {
    let (stdin, named): (Vec<String>, Vec<String>) = cli.calls.into_iter().partition(|call| call == "-");
    // A pipe that stays open must not hold up the files, so what is asked for as an argument comes last.
    let stdin = stdin.into_iter().map(PathBuf::from);
    let files = input_files("--file", cli.file.into_iter().chain(stdin))?;
    let notifications = input_files("--from-notifications", cli.from_notifications.into_iter())?;
    if files.iter().chain(&notifications).filter(|file| **file == InputFile::Stdin).count() > 1 {
        return Err(CommandError::usage("-: standard input can be read only once; name it only once"));
    }
    let mut warnings = Vec::new();
    let calls = parse_calls(&named, target, &mut warnings)?;
    let older_than = match cli.older_than {
        None if !notifications.is_empty() => config.older_than,
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
            "no calls given: name call IDs, a file of them with -f FILE, or - for standard input (see --help)",
        ));
    }
    if !inputs.notifications.is_empty() && inputs.older_than.is_none() && action == Action::HangUp {
        return Err(CommandError::usage(
            "--from-notifications needs --older-than, for example --older-than 2h, because a healthy call looks \
             the same as a stuck one (0s takes all); or look first with --dry-run",
        ));
    }
    let pinned = target.route == RouteChoice::Pinned(Route::Applications);
    match inputs.calls.iter().find(|call| pinned && call.app_id.is_none()) {
        Some(call) => Err(CommandError::usage(format!(
            "--route applications: no app ID for call {}; give --app-id, or the call as \
             /applications/{{app-id}}/calls/{{id}}",
            call.id
        ))),
        None => Ok(()),
    }
}

/// `--wait 90s` reads the time as a call. No call has such an ID, so it is refused here.
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

fn input_files(option: &str, paths: impl Iterator<Item = PathBuf>) -> Result<Vec<InputFile>, CommandError> {
    let input_file = |path: PathBuf| {
        if path == Path::new("-") {
            return Ok(InputFile::Stdin);
        }
        refuse_secret(&path.to_string_lossy())
            .map_err(|why| CommandError::usage(format!("{option}: {why}")))?;
        Ok(InputFile::Path(path))
    };
    paths.map(input_file).collect()
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
