//! The resolved settings of a run: flags over environment over profile over config over defaults.

use std::path::PathBuf;
use std::time::Duration;

use super::token_types::TokenSource;
use crate::model::call::{AppId, CallRef};
use crate::model::cloud::Cloud;
use crate::model::network_env::NetworkEnv;
use crate::model::outcome::NotFoundPolicy;
use crate::model::route::{ApiVersion, RouteChoice};

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Print completions or the man page.
    Generate(Artifact),
    /// Say what a code means.
    Explain(String, Format),
    /// Show where requests would go and with which token; touch no call.
    Check(Box<Settings>, CheckMode),
    /// The main job.
    Run(Box<Settings>),
}

/// How much `--check` checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum CheckMode {
    /// endpoint, route, config and token, without asking Graph
    #[default]
    Local,
    /// also send one GET for a random call ID
    Server,
}

/// Everything a run depends on, checked.
#[derive(Debug)]
pub struct Settings {
    /// Which calls.
    pub inputs: Inputs,
    /// Where to.
    pub target: Target,
    /// Where the token comes from; `None` where no source is set (an error once one is needed).
    pub token: Option<TokenSource>,
    /// How fast, how long, how often.
    pub pace: Limits,
    /// What to do with each call.
    pub action: Action,
    /// Whether and how long to wait until a call is gone.
    pub wait: Option<Duration>,
    /// Whether `not-found` counts.
    pub not_found: NotFoundPolicy,
    /// Stop at the first outcome whose exit code is not 0.
    pub fail_fast: bool,
    /// What is shown.
    pub output: Output,
    /// `--log` and `--resume`.
    pub log: Option<LogSettings>,
    /// The config file and profile in use, for `--check` and for messages.
    pub config: Option<ConfigInUse>,
    /// What the settings themselves want said before the run (a config that the group may read, ...).
    pub warnings: Vec<String>,
}

/// Which calls.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Those named on the command line, as they stand there.
    pub calls: Vec<CallRef>,
    /// `-f FILE` and `-`, in order.
    pub files: Vec<InputFile>,
    /// `--from-notifications`, in order.
    pub notifications: Vec<InputFile>,
    /// Only calls without a sign of life for this long; `None` without `--from-notifications`.
    pub older_than: Option<Duration>,
    /// `--tenant`: only the calls of this tenant, of those in the notifications.
    pub tenant: Option<String>,
    /// `--max-calls`.
    pub max_calls: Option<u64>,
    /// `-i`: ask before the first request.
    pub interactive: bool,
    /// Warnings about the arguments.
    pub warnings: Vec<String>,
}

/// A file that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputFile {
    /// `-`
    Stdin,
    /// A path.
    Path(PathBuf),
}

/// Where requests go.
#[derive(Debug)]
pub struct Target {
    /// The simulated Graph inside the process instead of `base_url`.
    pub sandbox: bool,
    /// The base URL without a trailing `/`; checked: https, or http to a loopback address.
    pub base_url: String,
    /// The cloud: sign-in authority, scope, whether there is a beta.
    pub cloud: Cloud,
    /// The route asked for.
    pub route: RouteChoice,
    /// `--api-version`, over the route's own.
    pub api_version: Option<ApiVersion>,
    /// The app id for all calls.
    pub app_id: Option<AppId>,
    /// Extra request headers: names and values, checked.
    pub headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// One more root certificate, as a PEM file.
    pub cacert: Option<PathBuf>,
    /// Proxies and roots, as the environment has them.
    pub network: NetworkEnv,
}

/// How fast, how long, how often.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum number of concurrent requests, 1 to 256.
    pub concurrency: usize,
    /// Retries after the first attempt.
    pub retries: u32,
    /// One attempt.
    pub timeout: Duration,
    /// One connection.
    pub connect_timeout: Duration,
    /// The whole run.
    pub deadline: Option<Duration>,
}

/// What to do with each call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// DELETE it.
    #[default]
    HangUp,
    /// Show what would be sent; no network, no token.
    DryRunLocal,
    /// GET it and show its state.
    DryRunServer,
}

/// What is shown, and where.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// The report's format.
    pub format: Format,
    /// How much is shown.
    pub volume: Verbosity,
    /// `-v`: each attempt on standard error.
    pub verbose: bool,
    /// Which streams are coloured.
    pub color: Streams,
    pub terminals: Terminals,
    /// Whether a progress line may be drawn on standard error.
    pub progress: bool,
}

/// Something that each of the two standard streams has or has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Streams {
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// Which of the standard streams are terminals.
pub type Terminals = Streams;

/// The report's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// one line per call, for people
    #[default]
    Text,
    /// one document
    Json,
    /// one result per line
    Jsonl,
}

/// When to use color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// on a terminal
    Auto,
    /// also through a pipe
    Always,
    /// nowhere
    Never,
}

/// How `--dry-run` finds out what would be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum DryRun {
    /// no network, no token: show what would be sent
    #[default]
    Client,
    /// GET each call and show its state
    Server,
}

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// All.
    #[default]
    Normal,
    /// `-q`: only results whose exit is not 0; no warnings, no summary.
    Quiet,
    /// `-qq`: nothing.
    Silent,
}

/// `--log` and `--resume`.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// The file that results are appended to.
    pub path: PathBuf,
    /// Whether calls that it shows settled are skipped.
    pub resume: bool,
}

/// The config file and profile in use.
#[derive(Debug, Clone)]
pub struct ConfigInUse {
    /// The file.
    pub path: PathBuf,
    /// The profile.
    pub profile: Option<String>,
}

/// What `--generate` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Artifact {
    /// completions for bash
    Bash,
    /// completions for zsh
    Zsh,
    /// completions for fish
    Fish,
    /// completions for PowerShell
    Powershell,
    /// completions for elvish
    Elvish,
    /// the man page
    Man,
    /// the JSON Schema of every JSON output
    Schema,
}
