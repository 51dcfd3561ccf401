//! `hangup` ends active Microsoft Graph calls: one `DELETE` per call, one status line per call, and an exit code that
//! a script can act on.
//!
//! Data flows one way: arguments → [`settings`] → [`input`], the stream of calls → [`run`] → results → [`output`] → exit
//! code. [`commands`] connects them. CONTRIBUTING.md has a map.
#![forbid(unsafe_code)]

mod auth;
mod commands;
mod http;
mod input;
mod model;
mod output;
mod run;
mod sandbox;
mod settings;
mod text;

/// The few names that fuzz targets, benchmarks and end-to-end tests use. Not a stable interface.
#[doc(hidden)]
pub mod internals {
    pub use crate::auth::{SignIn, TokenProvider, Trouble};
    pub use crate::http::error_body::parse as parse_error_body;
    pub use crate::http::retry_after::parse_retry_after;
    pub use crate::http::transport::{Proxies, Tls, Transport};
    pub use crate::input::notifications::{ActiveCallReport, ActiveCalls, FileReport};
    pub use crate::input::{Item, LineContext, parse_line};
    pub use crate::model::call::CallRef;
    pub use crate::model::call_text::{find_call, shown_input};
    pub use crate::model::network_env::NetworkEnv;
    pub use crate::model::outcome::{Origin, Outcome, Source};
    pub use crate::model::route::{Route, path as call_path};
    pub use crate::model::token::Token;
    pub use crate::output::resume::SettledCalls;
    pub use crate::settings::config::{Config, parse as parse_config};
    pub use crate::settings::{Cloud, CommandError, Credentials, Proof, TokenSource};
    pub use crate::text::{MAX_SHOWN, register_secret};
}

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};

use crate::commands::{hang_up, signals};
use crate::model::exit::Exit;
use crate::settings::{CheckMode, Command, CommandError, Env, Settings, Terminals};

/// Does what the command line asks for. The exit code says what came of it.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    std::panic::set_hook(Box::new(report_panic));
    let cli = match settings::cli::parse_args(args) {
        Ok(cli) => cli,
        Err(error) => return show_parse_error(&error),
    };
    let terminals = Terminals { stdout: io::stdout().is_terminal(), stderr: io::stderr().is_terminal() };
    match settings::resolve(cli, &Env::of_process(), terminals) {
        Ok(command) => obey(command),
        Err(refusal) => refuse(&refusal),
    }
}

/// Reports a panic without its message, which may contain anything, and without panicking again.
fn report_panic(info: &std::panic::PanicHookInfo<'_>) {
    let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let _ = writeln!(io::stderr(), "error: internal error{place}; please report it");
}

fn obey(command: Command) -> Exit {
    match command {
        Command::Generate(artifact) => to_stdout(|out| commands::generate::generate(artifact, out)),
        Command::Explain(code, format) => explain_code(&code, format),
        Command::Check(settings, mode) => asynchronously(check(*settings, mode)),
        Command::Run(settings) => asynchronously(hang_up::run(*settings)),
    }
}

/// Help and version go to standard output; everything else is an error in the arguments.
fn show_parse_error(error: &clap::Error) -> Exit {
    let usual = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
    match error.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => usual.merge(Exit::Failed),
        _ => usual,
    }
}

fn refuse(refusal: &CommandError) -> Exit {
    let _ = writeln!(io::stderr(), "error: {}", refusal.message);
    refusal.exit
}

fn explain_code(code: &str, format: settings::Format) -> Exit {
    match commands::explain::explain(code, format) {
        Ok(write) => to_stdout(write),
        Err(error) => refuse(&error),
    }
}

async fn check(settings: Settings, mode: CheckMode) -> Exit {
    if settings.target.sandbox {
        let _ = writeln!(io::stderr(), "{}", commands::endpoint::SANDBOX_NOTICE);
    }
    match commands::check::check(settings, mode, Timestamp::now()).await {
        Ok(report) => report.exit().merge(to_stdout(|out| report.write(out))),
        Err(refusal) => refuse(&refusal),
    }
}

/// Writes to standard output. A closed pipe (`| head`) is not an error.
fn to_stdout(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Exit {
    let mut text = Vec::new();
    let written = write(&mut text).and_then(|()| {
        let mut out = io::stdout().lock();
        out.write_all(&text)?;
        out.flush()
    });
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("cannot write to standard output: {error}");
            refuse(&CommandError { message, exit: Exit::Failed })
        }
        _ => Exit::Ok,
    }
}

/// Runs on one thread: the work is waiting, not computing, and a second thread would only cost start-up.
fn asynchronously(work: impl Future<Output = Exit>) -> Exit {
    let runtime = match start_runtime() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    let exit = runtime.block_on(work);
    // A name lookup that hangs in a thread of the runtime must not keep the process alive.
    runtime.shutdown_background();
    signals::die_of(exit);
    exit
}

/// How many file descriptors a run needs at least: the runtime's, an input, a log, a connection.
#[cfg(unix)]
const MIN_DESCRIPTORS: usize = 12;

/// Starts the runtime, once it is sure that the system has enough left for it: it would panic for lack of some things.
fn start_runtime() -> Result<Runtime, CommandError> {
    let failed = |what: &str, error: io::Error| CommandError {
        message: format!("cannot start: {what}: {error}"),
        exit: Exit::Failed,
    };
    #[cfg(unix)]
    (0..MIN_DESCRIPTORS)
        .map(|_| std::fs::File::open("/dev/null"))
        .collect::<io::Result<Vec<_>>>()
        .map_err(|error| failed("too few file descriptors (see `ulimit -n`)", error))?;
    let probe = std::thread::Builder::new().spawn(|| {});
    let probe =
        probe.map_err(|error| failed("too few threads or too little memory (see `ulimit -u`)", error))?;
    let _ = probe.join();
    Builder::new_current_thread().enable_all().build().map_err(|error| failed("no event loop", error))
}
