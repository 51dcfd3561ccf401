//! Parses the command line: no I/O.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser};

use super::args::{CallArgs, OtherArgs, OutputArgs, TargetArgs, TokenArgs};
use super::help;
use super::run_args::HowArgs;
use crate::model::call_text::{secret_in, shown_input};
use crate::text;

/// End active Microsoft Graph calls
///
/// Sends one DELETE per call, prints one status line per call, and exits with a code that scripts can act on.
/// Calls come from arguments, files, standard input, or a bot's notification log.
#[derive(Debug, Parser)]
#[command(
    name = "hangup",
    version,
    max_term_width = 100,
    disable_help_flag = true,
    disable_version_flag = true,
    after_help = help::SHORT,
    after_long_help = help::long(),
)]
pub struct Cli {
    #[command(flatten)]
    pub calls: CallArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub token: TokenArgs,
    #[command(flatten)]
    pub how: HowArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub other: OtherArgs,
    /// The IDs of the arguments that were given.
    #[arg(skip)]
    pub given: Vec<String>,
}

/// Parses the arguments, the program's name first.
///
/// # Errors
/// clap's: wrong usage, or a request for help or the version. None shows what was given as `--token`.
pub fn parse_args<I, T>(args: I) -> Result<Cli, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    if gives_token(&args) {
        return Err(Cli::command().error(ErrorKind::UnknownArgument, NO_TOKEN_OPTION));
    }
    let matches = Cli::command().try_get_matches_from(&args).map_err(|error| shown_safely(error, &args))?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    let given =
        matches.ids().filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine));
    cli.given = given.map(ToString::to_string).collect();
    Ok(cli)
}

/// Makes an error safe to show: clap quotes arguments as they are, with control characters and with secrets.
fn shown_safely(error: clap::Error, args: &[OsString]) -> clap::Error {
    let safe = |arg: &OsString| {
        let arg = arg.to_string_lossy();
        match secret_in(arg.trim_start_matches('-')) {
            Some(secret) => arg.replace(secret, &shown_input(secret)),
            None => text::clean(&arg, MAX_ARGUMENT),
        }
    };
    let safe: Vec<OsString> = args.iter().map(|arg| safe(arg).into()).collect();
    if !error.use_stderr() || safe == args {
        return error;
    }
    let same_kind = Cli::command().try_get_matches_from(safe).err().filter(clap::Error::use_stderr);
    same_kind.unwrap_or_else(|| Cli::command().error(error.kind(), "invalid characters in the arguments"))
}

/// The longest argument that an error shows, in characters.
const MAX_ARGUMENT: usize = 200;

/// Checked before clap sees the arguments: none of its own errors may come first and show the value.
fn gives_token(args: &[OsString]) -> bool {
    args.iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg == "--token" || arg.as_encoded_bytes().starts_with(b"--token="))
}

const NO_TOKEN_OPTION: &str = "there is no --token: arguments are visible to every user of the machine, and \
                               shells keep them in their history. Use --token-file, the variable \
                               HANGUP_TOKEN, or the config. Consider a token that was given here as leaked";

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
