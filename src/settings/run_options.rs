//! How it is done and what is shown: pace, action, waiting, output, log.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::defaults::{
    DEFAULT_CONCURRENCY, DEFAULT_CONNECT_TIMEOUT, DEFAULT_RETRIES, DEFAULT_TIMEOUT, DEFAULT_WAIT,
};
use super::files::refuse_secret;
use super::{
    Action, ColorChoice, CommandError, DryRun, Env, Limits, LogSettings, Output, Streams, Terminals,
    Verbosity,
};
use crate::model::outcome::NotFoundPolicy;
use crate::settings::cli::{HowArgs, OutputArgs};
use crate::settings::config::{Section, Wait};

pub(super) fn pace(cli: &HowArgs, config: &Section) -> Limits {
    Limits {
        concurrency: cli.concurrency.or(config.concurrency).unwrap_or(DEFAULT_CONCURRENCY).into(),
        retries: cli.retries.or(config.retries).unwrap_or(DEFAULT_RETRIES),
        timeout: cli.timeout.or(config.timeout).unwrap_or(DEFAULT_TIMEOUT),
        connect_timeout: cli.connect_timeout.or(config.connect_timeout).unwrap_or(DEFAULT_CONNECT_TIMEOUT),
        deadline: cli.deadline.or(config.deadline),
    }
}

pub(super) fn action(cli: &HowArgs) -> Action {
    match cli.dry_run.map(Option::unwrap_or_default) {
        None => Action::HangUp,
        Some(DryRun::Client) => Action::DryRunLocal,
        Some(DryRun::Server) => Action::DryRunServer,
    }
}

pub(super) fn wait(cli: &HowArgs, config: &Section) -> Option<Duration> {
    match (cli.wait, cli.undo.no_wait, config.wait) {
        (Some(given), ..) => Some(given.unwrap_or(DEFAULT_WAIT)),
        (None, true, _) | (None, false, None | Some(Wait::No)) => None,
        (None, false, Some(Wait::Bare)) => Some(DEFAULT_WAIT),
        (None, false, Some(Wait::For(time))) => Some(time),
    }
}

pub(super) fn not_found(cli: &HowArgs, config: &Section) -> NotFoundPolicy {
    let fine = match (cli.ignore_not_found, cli.undo.no_ignore_not_found) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => config.ignore_not_found.unwrap_or(false),
    };
    if fine { NotFoundPolicy::Fine } else { NotFoundPolicy::Reported }
}

pub(super) fn log(
    flag: Option<PathBuf>,
    undone: bool,
    resume: bool,
    config: Option<PathBuf>,
) -> Result<Option<LogSettings>, CommandError> {
    match flag.or(config.filter(|_| !undone)) {
        Some(path) if path == Path::new("-") => {
            Err(CommandError::usage("--log: name a file; for results on standard output use -o jsonl"))
        }
        Some(path) => {
            refuse_secret(&path.to_string_lossy())
                .map_err(|why| CommandError::usage(format!("--log: {why}")))?;
            Ok(Some(LogSettings { path, resume }))
        }
        None if resume => {
            Err(CommandError::usage("--resume needs a log to resume from: name it with --log FILE"))
        }
        None => Ok(None),
    }
}

pub(super) fn output(
    cli: &OutputArgs,
    env: &Env,
    env_color: Option<ColorChoice>,
    config: &Section,
    terminals: Terminals,
) -> Result<Output, CommandError> {
    let volume = match cli.quiet {
        0 => Verbosity::Normal,
        1 => Verbosity::Quiet,
        _ => Verbosity::Silent,
    };
    let dumb = env.get("TERM")?.as_deref() == Some("dumb");
    let calm = volume == Verbosity::Normal && !cli.verbose && !dumb;
    Ok(Output {
        format: cli.output.or(config.output).unwrap_or_default(),
        volume,
        verbose: cli.verbose,
        color: colors(cli.color.or(env_color), env, config.color, terminals)?,
        terminals,
        progress: calm && terminals.stderr,
    })
}

/// `--color` or `HANGUP_COLOR`, then the usual variables, then the config, then whether the stream is a terminal.
fn colors(
    flag: Option<ColorChoice>,
    env: &Env,
    config: Option<ColorChoice>,
    terminals: Terminals,
) -> Result<Streams, CommandError> {
    let all = |on| Streams { stdout: on, stderr: on };
    let forced = |word| match word {
        Some(ColorChoice::Always) => Some(all(true)),
        Some(ColorChoice::Never) => Some(all(false)),
        Some(ColorChoice::Auto) | None => None,
    };
    if let Some(asked) = forced(flag) {
        return Ok(asked);
    }
    if env.is_set("NO_COLOR") {
        return Ok(all(false));
    }
    if env.get("CLICOLOR_FORCE")?.is_some_and(|value| value != "0") {
        return Ok(all(true));
    }
    // `--color auto` is a wish too: it undoes what the config asks for.
    if let Some(asked) = forced(config).filter(|_| flag.is_none()) {
        return Ok(asked);
    }
    let dumb = env.get("TERM")?.as_deref() == Some("dumb");
    Ok(if dumb { all(false) } else { terminals })
}
