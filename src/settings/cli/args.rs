//! The options, in the groups in which the help shows them.
#![expect(
    clippy::doc_markdown,
    reason = "the comments are the help, and a terminal shows backticks as they are"
)]

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};
use secrecy::SecretString;

use crate::model::call::AppId;
use crate::settings::types::{Artifact, CheckMode, Format};
use crate::settings::values::{app_id, duration, tenant_id};
use crate::settings::words::{CloudWord, ColorWord, RouteWord, VersionWord};

/// Which calls.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which calls")]
pub struct CallArgs {
    /// A call id, or a path or URL that ends in /calls/{id}; - reads standard input
    ///
    /// Of a path or URL only the ids are taken: the host is always the configured one. An id that begins
    /// with a dash goes after --.
    #[arg(value_name = "CALL", display_order = 0)]
    pub calls: Vec<String>,

    /// Read calls from FILE, one a line (- is standard input)
    ///
    /// Comments after #, blank lines and spaces around are skipped. Read as a stream: calls are ended while
    /// a pipe stays open. May be given several times.
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// Take the calls that a record of notifications leaves active
    ///
    /// FILE is the bot's record of commsNotifications, - is standard input. Needs --older-than or
    /// --dry-run, because a healthy call looks the same as a stuck one. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub from_notifications: Vec<PathBuf>,

    /// With --from-notifications: only calls without a sign of life for DURATION (0s: all)
    ///
    /// Or HANGUP_OLDER_THAN, which cannot be 0.
    #[arg(long, value_name = "DURATION", requires = "from_notifications", value_parser = duration)]
    pub older_than: Option<Duration>,

    /// With --from-notifications: only calls of this tenant
    ///
    /// Calls whose tenant is not in the record are left alone.
    #[arg(long, value_name = "ID", requires = "from_notifications", value_parser = tenant_id)]
    pub tenant: Option<String>,

    /// Send nothing where there are more than N calls
    ///
    /// Nothing is sent before the end of the input is seen.
    #[arg(long, value_name = "N")]
    pub max_calls: Option<u64>,

    /// Show how many calls there are and ask before the first request
    #[arg(short, long)]
    pub interactive: bool,
}

/// Where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where to")]
pub struct TargetArgs {
    /// The application's id: /applications/{app-id}/calls/{id}
    ///
    /// Or HANGUP_APP_ID.
    #[arg(long, value_name = "ID", value_parser = app_id)]
    pub app_id: Option<AppId>,

    /// The collection of calls that requests go to [default: auto]
    ///
    /// Or HANGUP_ROUTE.
    #[arg(long, value_name = "ROUTE", value_enum)]
    pub route: Option<RouteWord>,

    /// The API version, over the route's own
    #[arg(long, value_name = "VERSION", value_enum)]
    pub api_version: Option<VersionWord>,

    /// The national cloud [default: global]
    ///
    /// Or HANGUP_CLOUD.
    #[arg(long, value_name = "CLOUD", value_enum)]
    pub cloud: Option<CloudWord>,

    /// Send requests to URL instead of the cloud's own
    ///
    /// Or HANGUP_BASE_URL. https, or http to a loopback address; without the API version.
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// Add a header to every request; @FILE reads headers from FILE, one per line
    ///
    /// For example If-Match or Scenario-Id. Authorization, Host, Content-Length, User-Agent and
    /// client-request-id cannot be set. Can be given several times. Overrides the config's header of the
    /// same name.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = secret)]
    pub header: Vec<SecretString>,

    /// Trust the root certificates in FILE too (PEM)
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,

    /// Send everything to a simulated Graph: no account, no network
    ///
    /// Or HANGUP_SANDBOX=1. Any id ends with 204, except those that begin with gone-, busy-, denied-, expired-, broken-, flaky-,
    /// slow-, lingering- or stuck-.
    #[arg(long)]
    pub sandbox: bool,
}

/// With which token.
#[derive(Debug, Args)]
#[command(next_help_heading = "Token")]
pub struct TokenArgs {
    /// Read the bearer token from FILE
    ///
    /// Else it comes from HANGUP_TOKEN, GRAPH_TOKEN, the config, or AZURE_* credentials, in this order.
    /// There is no --token: arguments are visible to every user of the machine.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// What is shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The report's format [default: text]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub output: Option<Format>,

    /// Show only what is not well; -qq: nothing
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "verbose")]
    pub quiet: u8,

    /// Show each attempt on standard error
    #[arg(short, long)]
    pub verbose: bool,

    /// When to colour [default: auto]
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<ColorWord>,

    /// Append each result to FILE as a JSON line
    ///
    /// What the config says is undone by --no-log.
    #[arg(long, value_name = "FILE", overrides_with = "no_log")]
    pub log: Option<PathBuf>,

    /// Skip the calls that the log shows ended or not found (needs --log)
    #[arg(long, conflicts_with = "no_log")]
    pub resume: bool,
}

/// All the rest.
#[derive(Debug, Args)]
#[command(next_help_heading = "Other")]
pub struct OtherArgs {
    /// Read settings from FILE
    ///
    /// Or HANGUP_CONFIG; else hangup/config.toml in the user's config directory.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Use the config's section [profile.NAME]
    ///
    /// Or HANGUP_PROFILE.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Show endpoint, route, config and token; touch no call [default: local]
    ///
    /// With =server, also send one GET for a random call ID, which proves name resolution, proxy, TLS and
    /// token.
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, value_enum)]
    pub check: Option<Option<CheckMode>>,

    /// Say what an error or end code means, whether to retry, what to do
    ///
    /// As in 8522, 408/8537, 7504, or an HTTP status.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["check", "generate", "calls"])]
    pub explain: Option<String>,

    /// Print completions for a shell, or the man page
    #[arg(long, value_name = "WHAT", value_enum, conflicts_with_all = ["check", "calls"])]
    pub generate: Option<Artifact>,

    /// Print help (-h: the short form)
    #[arg(short, long, action = ArgAction::Help)]
    help: Option<bool>,

    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// A header may hold a secret: clap must not show it, nor `Debug`.
#[expect(clippy::unnecessary_wraps, reason = "the form of a clap value parser")]
fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.into())
}
