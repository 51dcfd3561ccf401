//! The command line: clap derive only, no I/O. What it means is settled in [`crate::settings`].

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::args::{CallArgs, OtherArgs, OutputArgs, TargetArgs, TokenArgs};
use super::help;
use super::run_args::HowArgs;

/// End active Microsoft Graph calls
///
/// Sends one DELETE for each CALL, prints a line for each, and ends with an exit code that a script can act
/// on. Calls come from the arguments, from files, from standard input, or from a record of notifications.
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
    /// Which calls.
    #[command(flatten)]
    pub calls: CallArgs,
    /// Where to.
    #[command(flatten)]
    pub target: TargetArgs,
    /// With which token.
    #[command(flatten)]
    pub token: TokenArgs,
    /// How.
    #[command(flatten)]
    pub how: HowArgs,
    /// What is shown.
    #[command(flatten)]
    pub output: OutputArgs,
    /// All the rest.
    #[command(flatten)]
    pub other: OtherArgs,
}

/// Reads the arguments, the program's name first.
///
/// # Errors
/// clap's own: a wrong use, or that help or the version is asked for. None of them shows what somebody gave
/// as `--token`.
pub fn parse_args<I, T>(args: I) -> Result<Cli, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    if gives_token(&args) {
        return Err(Cli::command().error(ErrorKind::UnknownArgument, NO_TOKEN_OPTION));
    }
    Cli::try_parse_from(args)
}

/// Looked for before clap sees the arguments: none of its own errors may come first and show the value.
fn gives_token(args: &[OsString]) -> bool {
    args.iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg == "--token" || arg.as_encoded_bytes().starts_with(b"--token="))
}

const NO_TOKEN_OPTION: &str = "there is no --token: arguments are visible to every user of the machine, and \
                               shells keep them in their history. Put the token into a file and name it with \
                               --token-file, or into the variable HANGUP_TOKEN, or name its source in the \
                               config. A token that was typed here is better thought of as known to others";

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
