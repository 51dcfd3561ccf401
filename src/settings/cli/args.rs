//! The options, in the groups in which the help shows them. How a run is done is in [`super::run_args`].
#![expect(
    clippy::doc_markdown,
    reason = "the comments are the help, and a terminal shows backticks as they are"
)]

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};
use secrecy::SecretString;

use crate::model::call::AppId;
use crate::model::cloud::Cloud;
use crate::model::route::{ApiVersion, RouteChoice};
use crate::settings::types::{Artifact, CheckMode, ColorChoice, Format};
use crate::settings::values::{app_id, cloud, duration, tenant_guid};

#[derive(Debug, Args)]
#[command(next_help_heading = "Which calls")]
pub struct CallArgs {
    /// A call ID, or a path or URL that ends in /calls/{id}; - reads standard input
    ///
    /// Only the IDs of a path or URL are used: requests always go to the configured host. Put -- before an
    /// ID that begins with a dash.
    #[arg(value_name = "CALL", display_order = 0)]
    pub calls: Vec<String>,

    /// Read calls from FILE, one per line (- is standard input)
    ///
    /// Blank lines and comments after # are ignored. The file is read as a stream: calls are ended while a
    /// pipe stays open. Can be given several times.
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// Find calls still active according to a notification log
    ///
    /// FILE is the bot's log of commsNotifications, - is standard input. Needs --older-than or --dry-run,
    /// because a healthy call looks the same as a stuck one. Can be given several times.
    #[arg(long, value_name = "FILE")]
    pub from_notifications: Vec<PathBuf>,

    /// With --from-notifications: only calls without a sign of life for DURATION (0s: all)
    ///
    /// Or HANGUP_OLDER_THAN, which cannot be 0.
    #[arg(long, value_name = "DURATION", requires = "from_notifications", value_parser = duration)]
    pub older_than: Option<Duration>,

    /// With --from-notifications: only calls of this tenant
    ///
    /// Calls whose tenant is unknown are left alone.
    #[arg(long, value_name = "ID", requires = "from_notifications", value_parser = tenant_guid)]
    pub tenant: Option<String>,

    /// Refuse to run if there are more than N calls
    ///
    /// Nothing is sent before the end of the input.
    #[arg(long, value_name = "N")]
    pub max_calls: Option<u64>,

    /// Show the calls and ask before the first request
    #[arg(short, long)]
    pub interactive: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Where to")]
pub struct TargetArgs {
    /// The application's ID: use /applications/{app-id}/calls/{id}
    #[arg(long, value_name = "ID", value_parser = app_id)]
    pub app_id: Option<AppId>,

    /// The collection of calls that requests go to [default: auto]
    #[arg(long, value_name = "ROUTE", value_enum)]
    pub route: Option<RouteChoice>,

    /// The API version, instead of the route's default
    #[arg(long, value_name = "VERSION", value_enum)]
    pub api_version: Option<ApiVersion>,

    /// The national cloud [default: global]
    #[arg(long, value_name = "CLOUD", value_parser = cloud_parser())]
    pub cloud: Option<Cloud>,

    /// Send requests to URL instead of the cloud's own host
    ///
    /// https, or http to a loopback address; without the API version.
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// Add a header to every request; @FILE reads headers from FILE, one per line
    ///
    /// For example If-Match or Scenario-Id. Authorization, Host, Content-Length, User-Agent and
    /// client-request-id cannot be set. Can be given several times. Overrides the config's header of the
    /// same name.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = secret)]
    pub header: Vec<SecretString>,

    /// Also trust the root certificates in FILE (PEM)
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,

    /// Send everything to a simulated Graph: no account, no network
    ///
    /// Or HANGUP_SANDBOX=1. Any call ends with 204, except IDs that begin with gone-, busy-, denied-,
    /// tenant-, expired-, broken-, flaky-, slow-, lingering- or stuck-.
    #[arg(long)]
    pub sandbox: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Token")]
pub struct TokenArgs {
    /// Read the bearer token from FILE
    ///
    /// Without it, the token comes from HANGUP_TOKEN, GRAPH_TOKEN, HANGUP_TOKEN_FILE, the config, or AZURE_*
    /// credentials, in this order. There is no --token: arguments are visible to every user of the machine.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The format of the report [default: text]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub output: Option<Format>,

    /// Show only failures; -qq shows nothing
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "verbose")]
    pub quiet: u8,

    /// Show each attempt on standard error
    #[arg(short, long)]
    pub verbose: bool,

    /// When to use color [default: auto]
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<ColorChoice>,

    /// Append each result to FILE as a line of JSON
    ///
    /// Override the config with --no-log.
    #[arg(long, value_name = "FILE", overrides_with = "no_log")]
    pub log: Option<PathBuf>,

    /// Skip calls that the log shows as ended (needs --log)
    ///
    /// With --ignore-not-found, also those logged as not found with the same app and tenant.
    #[arg(long, conflicts_with = "no_log")]
    pub resume: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Other")]
pub struct OtherArgs {
    /// Read settings from FILE
    ///
    /// Or HANGUP_CONFIG; by default hangup/config.toml in the user's config directory.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Use the section [profile.NAME] of the config
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Show endpoint, route, config and token; touch no call [default: local]
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, value_enum)]
    pub check: Option<Option<CheckMode>>,

    /// Explain an error code, end code, HTTP status, outcome or exit code
    ///
    /// Says what it means, whether to retry and what to do. For example 8522, 408/8537, 7504 or 429.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["check", "generate", "calls"])]
    pub explain: Option<String>,

    /// Print shell completions or the man page
    #[arg(long, value_name = "WHAT", value_enum, conflicts_with_all = ["check", "calls"])]
    pub generate: Option<Artifact>,

    /// Print help (-h: summary)
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

/// Knows one cloud more than the help shows, so that the error can say why it cannot be used.
fn cloud_parser() -> impl TypedValueParser<Value = Cloud> {
    use clap::ValueEnum;
    let known = Cloud::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(known.chain([PossibleValue::new("china").hide(true)]))
        .try_map(|name| cloud(&name))
}
