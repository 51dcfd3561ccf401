//! The options about pace, waiting and dry runs.

use std::time::Duration;

use clap::Args;

use crate::settings::values::time_limit;
use crate::settings::words::DryRunWord;

/// How.
#[derive(Debug, Args)]
#[command(next_help_heading = "How")]
pub struct HowArgs {
    /// Requests under way at once, 1 to 256 [default: 32]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: Option<u16>,

    /// Retries after a failure that may pass [default: 4]
    ///
    /// Waits that the service asks for are obeyed in full and not counted.
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,

    /// Time for one attempt [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = time_limit)]
    pub timeout: Option<Duration>,

    /// Time for making a connection [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = time_limit)]
    pub connect_timeout: Option<Duration>,

    /// Time for the whole run [default: none]
    #[arg(long, value_name = "DURATION", value_parser = time_limit)]
    pub deadline: Option<Duration>,

    /// Wait until each call is gone, for DURATION [default: 60s]
    ///
    /// What the config says is undone by --no-wait.
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, value_parser = time_limit)]
    #[arg(overrides_with = "no_wait")]
    pub wait: Option<Option<Duration>>,

    /// Show what would be done, do nothing [default: client]
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, value_enum)]
    pub dry_run: Option<Option<DryRunWord>>,

    /// Stop at the first call that is not well
    #[arg(long)]
    pub fail_fast: bool,

    /// Count a call that is not found as well
    ///
    /// What the config says is undone by --no-ignore-not-found.
    #[arg(long, overrides_with = "no_ignore_not_found")]
    pub ignore_not_found: bool,

    /// What the config sets and the command line takes back.
    #[command(flatten)]
    pub undo: UndoArgs,
}

/// What the config sets and the command line takes back; told of with the option that each undoes.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// Do not wait, whatever the config says
    #[arg(long, hide = true, overrides_with = "wait")]
    pub no_wait: bool,

    /// A call that is not found counts, whatever the config says
    #[arg(long, hide = true, overrides_with = "ignore_not_found")]
    pub no_ignore_not_found: bool,

    /// Write no log, whatever the config says
    #[arg(long, hide = true, overrides_with = "log")]
    pub no_log: bool,
}
