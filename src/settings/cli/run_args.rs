//! The options about concurrency, retries, waiting and dry runs.

use std::time::Duration;

use clap::{Args, value_parser};
use humantime::format_duration;

use crate::settings::defaults::{
    DEFAULT_CONCURRENCY, DEFAULT_CONNECT_TIMEOUT, DEFAULT_RETRIES, DEFAULT_TIMEOUT, DEFAULT_WAIT,
    MAX_CONCURRENCY,
};
use crate::settings::types::DryRun;
use crate::settings::values::time_limit;

#[derive(Debug, Args)]
#[command(next_help_heading = "How")]
pub struct HowArgs {
    #[arg(
        short = 'j',
        long,
        value_name = "N",
        value_parser = value_parser!(u16).range(1..=i64::from(MAX_CONCURRENCY)),
        help = format!("Maximum number of concurrent requests, 1 to {MAX_CONCURRENCY} [default: {DEFAULT_CONCURRENCY}]"),
    )]
    pub concurrency: Option<u16>,

    #[arg(
        long,
        value_name = "N",
        help = format!("Retries after a temporary failure [default: {DEFAULT_RETRIES}]"),
        long_help = format!(
            "Retries after a temporary failure [default: {DEFAULT_RETRIES}]\n\n\
             Waits that the service asks for are always honored and do not count."
        ),
    )]
    pub retries: Option<u32>,

    #[arg(
        long,
        value_name = "DURATION",
        value_parser = time_limit,
        help = format!("Time limit for one attempt [default: {}]", format_duration(DEFAULT_TIMEOUT)),
    )]
    pub timeout: Option<Duration>,

    #[arg(
        long,
        value_name = "DURATION",
        value_parser = time_limit,
        help = format!("Time limit for connecting [default: {}]", format_duration(DEFAULT_CONNECT_TIMEOUT)),
    )]
    pub connect_timeout: Option<Duration>,

    /// Time limit for the whole run [default: none]
    #[arg(long, value_name = "DURATION", value_parser = time_limit)]
    pub deadline: Option<Duration>,

    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        require_equals = true,
        value_parser = time_limit,
        overrides_with = "no_wait",
        help = format!("Wait until each call is gone, for up to DURATION [default: {}]", format_duration(DEFAULT_WAIT)),
        long_help = format!(
            "Wait until each call is gone, for up to DURATION [default: {}]\n\nOverride the config with --no-wait.",
            format_duration(DEFAULT_WAIT)
        ),
    )]
    pub wait: Option<Option<Duration>>,

    /// Show what would be done without doing it [default: client]
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, value_enum)]
    pub dry_run: Option<Option<DryRun>>,

    /// Stop at the first failure
    #[arg(long)]
    pub fail_fast: bool,

    /// Treat "not found" as success
    ///
    /// Override the config with --no-ignore-not-found.
    #[arg(long, overrides_with = "no_ignore_not_found")]
    pub ignore_not_found: bool,

    #[command(flatten)]
    pub undo: UndoArgs,
}

/// Options that override what the config sets; the help of the option that each undoes names it.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// Do not wait, whatever the config says
    #[arg(long, hide = true, overrides_with = "wait")]
    pub no_wait: bool,

    /// Report calls that are not found, whatever the config says
    #[arg(long, hide = true, overrides_with = "ignore_not_found")]
    pub no_ignore_not_found: bool,

    /// Write no log, whatever the config says
    #[arg(long, hide = true, overrides_with = "log")]
    pub no_log: bool,
}
