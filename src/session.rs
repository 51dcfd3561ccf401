//! The recipe of a run: from settings to an exit code.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::call::CallKey;
use crate::check::{self, CheckReport};
use crate::console::Console;
use crate::credentials::{SignIn, TokenProvider};
use crate::exit::Exit;
use crate::graph::Graph;
use crate::input::{Feed, Reading};
use crate::log::LogFile;
use crate::outcome::Summary;
use crate::prompt;
use crate::report::summary_text;
use crate::results::Results;
use crate::resume;
use crate::run::{self, Routing, Run, Tally};
use crate::sandbox::{self, Sandbox};
use crate::settings::{Action, Cloud, Format, Inputs, LogSettings, Pace, Refusal, Settings, TokenSource};
use crate::signals::Signals;
use crate::stop::{Reason, Stop};
use crate::throttle::Throttle;
use crate::transport::{Tls, Transport};

/// So long may requests that are under way take after the first signal.
const GRACE: Duration = Duration::from_secs(5);

/// So long may the report of what was cut off take to be written, before a reader that does not read is given up.
const WRITING: Duration = Duration::from_secs(1);

/// How the sandbox is called in reports and logs. Its port differs in every run; a rehearsal of `--resume` has
/// to find the lines of the one before.
pub const SANDBOX_URL: &str = "http://sandbox.localhost";

/// Hangs up the calls that the settings name. A second signal ends it at once, whatever it is doing.
pub async fn run(settings: Settings) -> Exit {
    let console = Console::stderr(&settings.output);
    let (stop, abandon) = (Arc::new(Stop::default()), CancellationToken::new());
    let work = async {
        let ended = attempt_run(settings, &stop, &console, &abandon).await;
        ended.unwrap_or_else(|refusal| {
            console.error(&refusal.message);
            refusal.exit
        })
    };
    let exit = tokio::select! {
        biased;
        exit = obey_signals(&stop, &abandon) => return exit,
        exit = work => exit,
    };
    console.finish().await;
    exit
}

/// The first signal stops the run, and cuts it off after a grace; the second one is the end of this future.
async fn obey_signals(stop: &Stop, abandon: &CancellationToken) -> Exit {
    let Ok(mut signals) = Signals::listen() else { return std::future::pending().await };
    stop.request(Reason::Signal(signals.next().await));
    tokio::select! {
        exit = signals.next() => return exit,
        () = tokio::time::sleep(GRACE) => {}
    }
    stop.cut();
    tokio::select! {
        exit = signals.next() => return exit,
        () = tokio::time::sleep(WRITING) => {}
    }
    abandon.cancel();
    signals.next().await
}

/// Where requests go, and what has to live as long as they do.
struct Place {
    base_url: String,
    shown: String,
    tokens: Option<TokenSource>,
    sandbox: Option<Sandbox>,
}

impl Place {
    async fn prepare(settings: &mut Settings) -> Result<Self, Refusal> {
        let tokens = settings.token.take();
        if !settings.target.sandbox {
            let base_url = settings.target.base_url.clone();
            return Ok(Self { shown: base_url.clone(), base_url, tokens, sandbox: None });
        }
        let shown = SANDBOX_URL.to_owned();
        if settings.action == Action::PlanHere {
            return Ok(Self { base_url: shown.clone(), shown, tokens: None, sandbox: None });
        }
        let sandbox = sandbox::start().await.map_err(|error| Refusal {
            message: format!("--sandbox: no simulated service on this machine's loopback: {error}"),
            exit: Exit::Failed,
        })?;
        let tokens = TokenSource::Ready { token: sandbox.token.clone(), origin: "the sandbox".to_owned() };
        let base_url = sandbox.base_url.clone();
        Ok(Self { base_url, shown, tokens: Some(tokens), sandbox: Some(sandbox) })
    }
}

async fn attempt_run(
    mut settings: Settings,
    stop: &Arc<Stop>,
    console: &Console,
    abandon: &CancellationToken,
) -> Result<Exit, Refusal> {
    let began = Instant::now();
    announce(&settings, console);
    let mut place = Place::prepare(&mut settings).await?;
    let deadline = settings.pace.deadline.and_then(|limit| began.checked_add(limit));
    let _watch = Watch::over(stop, deadline, settings.pace.deadline);
    let Opened { transport, log, settled_before, mut feed } = open(&mut settings, &place.shown, stop).await?;
    let gate = Gate::of(&settings.inputs);
    gate.pass(&mut feed, &settings, &place.shown, stop, console).await?;
    let sandbox = settings.target.sandbox;
    let (output, _sandbox_lives_on) = (settings.output, place.sandbox.take());
    let run = Arc::new(assemble(settings, place, transport, deadline, settled_before, stop, console));
    run.look_for_token().await?;
    let results =
        Results::start(&output, std::io::stdout(), log, console).map_err(|error| no_thread(&error))?;
    console.begin();
    let input_complete = run::run(Arc::clone(&run), feed, &results).await;
    let mut summary = summarise(&run, began, input_complete, sandbox);
    tokio::select! {
        () = results.finish(&mut summary) => {}
        () = abandon.cancelled() => {}
    }
    console.summary(&summary_text(&summary, console.paint()));
    Ok(summary.exit)
}

/// What is said before anything else.
fn announce(settings: &Settings, console: &Console) {
    if settings.target.sandbox {
        console.notice("sandbox: a simulated service inside this process; no call is touched");
    }
    for warning in &settings.warnings {
        console.warn(warning);
    }
}

/// Everything that is opened before the first request, so that what is not there is told while nothing was sent.
struct Opened {
    transport: Transport,
    log: Option<LogFile>,
    settled_before: HashSet<CallKey>,
    feed: Feed,
}

/// Opens it on a thread of its own: a pipe without a writer blocks, and signals must be heard meanwhile.
async fn open(settings: &mut Settings, shown: &str, stop: &Stop) -> Result<Opened, Refusal> {
    let (cacert, connect_timeout) = (settings.target.cacert.clone(), settings.pace.connect_timeout);
    let (files, records) = (settings.inputs.files.clone(), settings.inputs.notifications.clone());
    let calls = std::mem::take(&mut settings.inputs.calls);
    let reading = Reading {
        calls,
        files,
        records,
        older_than: settings.inputs.older_than,
        app_id: settings.target.app_id.clone(),
    };
    let (log, shown, sandbox) = (settings.log.clone(), shown.to_owned(), settings.target.sandbox);
    let opening = tokio::task::spawn_blocking(move || -> anyhow::Result<Opened> {
        let transport = Transport::new(cacert.as_deref(), connect_timeout)?;
        let feed = Feed::open(reading)?;
        let (log, settled_before) = match log {
            Some(log) => open_log(&log, &shown, sandbox)?,
            None => (None, HashSet::new()),
        };
        Ok(Opened { transport, log, settled_before, feed })
    });
    tokio::select! {
        () = stop.requested() => {
            let message = "stopped before anything was sent".to_owned();
            Err(Refusal { message, exit: stop.exit() })
        }
        opened = opening => {
            let opened = opened.unwrap_or_else(|_| anyhow::bail!("an internal error of hangup"));
            opened.map_err(|error| Refusal::usage(format!("{error:#}")))
        }
    }
}

/// The log to append to, and with `--resume` the calls that it shows settled.
fn open_log(
    log: &LogSettings,
    base_url: &str,
    sandbox: bool,
) -> anyhow::Result<(Option<LogFile>, HashSet<CallKey>)> {
    let name = log.path.display();
    let settled = if log.resume {
        resume::settled(&log.path, base_url, sandbox)
            .with_context(|| format!("--resume: {name} cannot be read"))?
    } else {
        HashSet::new()
    };
    let file = LogFile::open(&log.path, base_url, sandbox)
        .with_context(|| format!("--log: {name} cannot be opened to append to"))?;
    Ok((Some(file), settled))
}

/// What has to be known or said before the first request.
struct Gate {
    whole_list: bool,
    max_calls: Option<u64>,
    asks: bool,
}

impl Gate {
    fn of(inputs: &Inputs) -> Self {
        let Inputs { max_calls, interactive: asks, .. } = *inputs;
        // A record is read to its end anyway, and one that is none is to be told before anything is sent.
        let whole_list = max_calls.is_some() || asks || !inputs.notifications.is_empty();
        Self { whole_list, max_calls, asks }
    }

    async fn pass(
        &self,
        feed: &mut Feed,
        settings: &Settings,
        shown: &str,
        stop: &Stop,
        console: &Console,
    ) -> Result<(), Refusal> {
        if !self.whole_list {
            return Ok(());
        }
        let calls =
            run::whole_list(feed, stop, self.max_calls).await.map_err(|refused| Refusal::usage(refused.0))?;
        console.total_known(calls.len() as u64);
        if !self.asks || calls.is_empty() || stop.is_requested() {
            return Ok(());
        }
        console.flush().await;
        prompt::ask(&calls, settings.action, shown, stop).await
    }
}

/// Stops the run at its deadline, as long as it is kept.
struct Watch(Option<AbortHandle>);

impl Watch {
    fn over(stop: &Arc<Stop>, deadline: Option<Instant>, limit: Option<Duration>) -> Self {
        let (Some(deadline), Some(limit)) = (deadline, limit) else { return Self(None) };
        let stop = Arc::clone(stop);
        let watching = tokio::spawn(async move {
            tokio::time::sleep_until(deadline).await;
            stop.request(Reason::Deadline(limit));
            stop.cut();
        });
        Self(Some(watching.abort_handle()))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(watching) = &self.0 {
            watching.abort();
        }
    }
}

fn assemble(
    settings: Settings,
    place: Place,
    transport: Transport,
    deadline: Option<Instant>,
    settled_before: HashSet<CallKey>,
    stop: &Arc<Stop>,
    console: &Console,
) -> Run<Graph> {
    let Settings { target, pace, .. } = settings;
    let sign_in = sign_in(&transport, target.cloud, pace, deadline);
    Run {
        tokens: place.tokens.map(|source| TokenProvider::new(source, sign_in)),
        service: Graph::new(place.base_url, target.headers, pace.timeout, transport),
        routing: Routing::new(target.route, target.api_version, target.cloud),
        cloud: target.cloud,
        pace,
        action: settings.action,
        wait: settings.wait,
        not_found: settings.not_found,
        fail_fast: settings.fail_fast,
        base_url: place.shown,
        settled_before,
        deadline,
        throttle: Throttle::new(pace.concurrency, deadline),
        stop: Arc::clone(stop),
        tally: Tally::default(),
        console: console.clone(),
        token_looked_at: AtomicBool::new(false),
    }
}

fn sign_in(transport: &Transport, cloud: Cloud, pace: Pace, deadline: Option<Instant>) -> SignIn {
    let transport = transport.clone();
    let client = Box::new(move |proxies| Ok(transport.client(proxies, Tls::SystemRoots)?.http));
    SignIn { cloud, client, retries: pace.retries, timeout: pace.timeout, deadline }
}

fn summarise(run: &Run<Graph>, began: Instant, input_complete: bool, sandbox: bool) -> Summary {
    let counted = run.tally.counted();
    let reason = run.stop.reason();
    Summary {
        counts: counted.counts,
        duplicates: counted.duplicates,
        input_complete,
        duration: began.elapsed(),
        exit: counted.exit.merge(run.stop.exit()),
        sandbox,
        base_url: run.base_url.clone(),
        stopped: reason.as_ref().map(ToString::to_string),
        advice: reason.as_ref().and_then(Reason::advice),
    }
}

fn no_thread(error: &std::io::Error) -> Refusal {
    Refusal { message: format!("the system gives no thread: {error}"), exit: Exit::Failed }
}

/// Looks at the settings without touching a call; gives the report and the format that it is wanted in.
///
/// # Errors
/// A certificate file that cannot be used.
pub async fn check(mut settings: Settings, now: Timestamp) -> Result<(CheckReport, Format), Refusal> {
    let transport = Transport::new(settings.target.cacert.as_deref(), settings.pace.connect_timeout)
        .map_err(|error| Refusal::usage(format!("{error:#}")))?;
    let sign_in = sign_in(&transport, settings.target.cloud, settings.pace, None);
    let provider = settings.token.take().map(|source| TokenProvider::new(source, sign_in));
    Ok((check::check(&settings, provider.as_ref(), now).await, settings.output.format))
}
