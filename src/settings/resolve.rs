//! One recipe: what the command line, the environment and the config say becomes a [`Command`].

use super::{Command, Env, Refusal, Terminals};
use crate::cli::Cli;

/// Settles what is to be done.
///
/// # Errors
/// [`Refusal`], which says what is wrong, where, and what to do.
pub fn resolve(cli: Cli, _env: &Env, _terminals: Terminals) -> Result<Command, Refusal> {
    if let Some(artifact) = cli.other.generate {
        return Ok(Command::Generate(artifact));
    }
    Err(Refusal::usage("not there yet"))
}
