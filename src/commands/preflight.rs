//! Everything that is opened, read or asked before the first request.

use std::path::Path;

use anyhow::Context;
use url::Url;

use super::blocking;
use super::prompt::{self, Question};
use crate::http::transport::Transport;
use crate::input::{Feed, InputSpec, LineContext, count_lines};
use crate::model::call::CallKey;
use crate::model::exit::Exit;
use crate::model::outcome::{NotFoundPolicy, Origin};
use crate::output::console::Console;
use crate::output::log::LogFile;
use crate::output::resume::SettledCalls;
use crate::run;
use crate::run::shutdown::Shutdown;
use crate::settings::{Action, CommandError, InputFile, Inputs, Limits, LogSettings, Settings};

/// Everything that is opened before the first request, so that a missing file is reported before anything is sent.
pub(super) struct Opened {
    pub transport: Transport,
    pub log: Option<LogFile>,
    pub settled_before: SettledCalls,
    pub feed: Feed,
    /// The number of calls that are arguments.
    pub arguments: u64,
}

/// Opens everything on a thread of its own: a pipe without a writer blocks, and signals must be heard meanwhile.
pub(super) async fn open(
    settings: &mut Settings,
    shown: &str,
    shutdown: &Shutdown,
) -> Result<Opened, CommandError> {
    let (cacert, network) = (settings.target.cacert.clone(), settings.target.network.clone());
    let Limits { connect_timeout, concurrency, .. } = settings.pace;
    let base_url =
        Url::parse(shown).map_err(|error| CommandError::usage(format!("invalid base URL: {error}")))?;
    let (files, records) = (settings.inputs.files.clone(), settings.inputs.notifications.clone());
    let calls = std::mem::take(&mut settings.inputs.calls);
    let arguments = calls.len() as u64;
    let inputs = [files.as_slice(), &records].concat();
    let ignores_not_found = settings.not_found == NotFoundPolicy::Fine;
    let reading = InputSpec {
        calls,
        files,
        records,
        older_than: settings.inputs.older_than,
        tenant: settings.inputs.tenant.take(),
        context: LineContext {
            app_id: settings.target.app_id.clone(),
            base_url: shown.to_owned(),
            sandbox: settings.target.sandbox,
            cloud: settings.target.cloud,
            ..LineContext::default()
        },
    };
    let (log, shown, sandbox) = (settings.log.clone(), shown.to_owned(), settings.target.sandbox);
    let writes = settings.action == Action::HangUp;
    let opening = blocking::spawn("preflight", move || -> anyhow::Result<Opened> {
        let transport = Transport::new(cacert.as_deref(), connect_timeout, concurrency, &network)?;
        if !sandbox {
            transport.proxy_for(&base_url).map_err(anyhow::Error::msg)?;
        }
        let feed = Feed::open(reading)?;
        let (log, mut settled_before) = match log {
            Some(log) => open_log(&log, writes, &inputs, Origin { base_url: shown, sandbox })?,
            None => (None, SettledCalls::default()),
        };
        if !ignores_not_found {
            settled_before.forget_not_found();
        }
        Ok(Opened { transport, log, settled_before, feed, arguments })
    });
    let opening = opening.map_err(|error| CommandError {
        message: format!("cannot start a thread: {error}"),
        exit: Exit::Failed,
    })?;
    tokio::select! {
        () = shutdown.draining() => {
            let message = "stopped before anything was sent".to_owned();
            Err(CommandError { message, exit: shutdown.exit() })
        }
        opened = opening => {
            let opened = opened.unwrap_or_else(|_| anyhow::bail!("an internal error of hangup"));
            opened.map_err(|error| CommandError::usage(format!("{error:#}")))
        }
    }
}

/// Opens the log to append to, unless a dry run writes nothing there, and with `--resume` reads the calls that it shows
/// settled.
fn open_log(
    log: &LogSettings,
    writes: bool,
    inputs: &[InputFile],
    origin: Origin,
) -> anyhow::Result<(Option<LogFile>, SettledCalls)> {
    let name = log.path.display();
    if inputs.iter().any(|input| is_same_file(input, &log.path)) {
        anyhow::bail!("--log: {name} is also an input; choose another file");
    }
    let settled = if log.resume {
        SettledCalls::read(&log.path, &origin).with_context(|| format!("--resume: {name} cannot be read"))?
    } else {
        SettledCalls::default()
    };
    if !writes {
        return Ok((None, settled));
    }
    let file = LogFile::open(&log.path, origin)
        .with_context(|| format!("--log: {name} cannot be opened to append to"))?;
    Ok((Some(file), settled))
}

/// Returns whether an input is the regular file at `path`, also where standard input is redirected from it.
fn is_same_file(input: &InputFile, path: &Path) -> bool {
    let input = match input {
        InputFile::Stdin => Path::new("/dev/stdin"),
        InputFile::Path(path) => path,
    };
    let canonical = |path: &Path| path.canonicalize().ok().filter(|path| path.is_file());
    canonical(input).is_some_and(|input| Some(input) == canonical(path))
}

/// What has to be known or confirmed before the first request.
pub(super) struct Preflight {
    read_all: bool,
    max_calls: Option<u64>,
    asks: bool,
}

impl Preflight {
    pub fn of(inputs: &Inputs) -> Self {
        let Inputs { max_calls, interactive: asks, .. } = *inputs;
        // A notification log is read to its end anyway, and any other file is reported before anything is sent.
        let read_all = max_calls.is_some() || asks || !inputs.notifications.is_empty();
        Self { read_all, max_calls, asks }
    }

    pub async fn pass(
        &self,
        opened: &mut Opened,
        settings: &Settings,
        shown: &str,
        shutdown: &Shutdown,
        console: &Console,
    ) -> Result<(), CommandError> {
        if let Some(log) = settings.log.as_ref().filter(|_| opened.settled_before.is_unusable) {
            let path = log.path.display();
            console.warn(&format!(
                "--resume: {path} has no result of a run against {shown}: no call is skipped"
            ));
        }
        if !self.read_all {
            count_ahead(settings, opened.arguments, console);
            return Ok(());
        }
        // Calls that --resume skips are not sent: neither the limit nor the question is about them.
        let Opened { feed, settled_before, .. } = opened;
        let is_settled = |call: &CallKey| settled_before.is_ended(call);
        let listed = run::read_all(feed, shutdown, is_settled, self.max_calls).await;
        let list = listed.map_err(|rejected| CommandError::usage(rejected.0))?;
        console.set_total(list.to_send + list.settled);
        if !self.asks || list.to_send == 0 || !shutdown.is_running() {
            return Ok(());
        }
        console.flush().await;
        let app_id = settings.target.app_id.as_ref();
        prompt::ask(&Question { list: &list, action: settings.action, base_url: shown, app_id }, shutdown)
            .await
    }
}

/// Counts the calls for the progress line, on a thread of its own so that the first request does not wait for it.
fn count_ahead(settings: &Settings, arguments: u64, console: &Console) {
    if !settings.output.progress {
        return;
    }
    let (files, console) = (settings.inputs.files.clone(), console.clone());
    let count =
        move || count_lines(&files).into_iter().for_each(|lines| console.set_total(arguments + lines));
    // Without a thread the progress line has no total.
    let _ = std::thread::Builder::new().name("count".into()).spawn(count);
}
