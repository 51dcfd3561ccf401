//! Hangs up calls: from settings to an exit code.

use std::sync::{Arc, OnceLock, PoisonError};

use tokio::time::Instant;

use super::closing::Closing;
use super::endpoint::{Endpoint, SANDBOX_NOTICE};
use super::interrupt::{DeadlineGuard, finish_stderr, obey_signals, report_overdue};
use super::open_files;
use super::preflight::{Opened, Preflight, open};
use crate::auth::{SignIn, TokenProvider};
use crate::http::graph::Graph;
use crate::http::transport::Transport;
use crate::model::exit::Exit;
use crate::model::outcome::Origin;
use crate::output::console::Console;
use crate::output::result_writer::ResultWriter;
use crate::output::resume::SettledCalls;
use crate::run::shutdown::Shutdown;
use crate::run::throttle::Throttle;
use crate::run::{self, Routing, Run, Tally};
use crate::settings::{CommandError, Settings};

/// Hangs up the calls that the settings name. Signals and the deadline end it early.
pub async fn run(settings: Settings) -> Exit {
    let console = Console::stderr(&settings.output);
    let shutdown = Arc::new(Shutdown::default());
    let exit = tokio::select! {
        biased;
        never = obey_signals(&shutdown, &console) => match never {},
        ended = hang_up(settings, &shutdown, &console) => ended.unwrap_or_else(|error| {
            console.error(&error.message);
            error.exit
        }),
    };
    finish_stderr(&shutdown, &console).await;
    exit
}

async fn hang_up(
    mut settings: Settings,
    shutdown: &Arc<Shutdown>,
    console: &Console,
) -> Result<Exit, CommandError> {
    let started = Instant::now();
    announce(&settings, console);
    if let Some(warning) = open_files::fit(&mut settings) {
        console.warn(&warning);
    }
    let mut endpoint = Endpoint::prepare(&mut settings).await?;
    let limit = settings.pace.deadline;
    let deadline = limit.and_then(|limit| started.checked_add(limit));
    let deadline_guard = DeadlineGuard::start(shutdown, deadline, limit);
    let mut opened = open(&mut settings, &endpoint.shown_url, shutdown).await?;
    let preflight = Preflight::of(&settings.inputs);
    preflight.pass(&mut opened, &settings, &endpoint.shown_url, shutdown, console).await?;
    let Opened { transport, log, settled_before, feed, .. } = opened;
    if !settings.target.sandbox {
        transport.warnings().iter().for_each(|warning| console.warn(warning));
    }
    let _sandbox = endpoint.sandbox.take();
    let closing = Closing::of(&settings, started);
    let output = settings.output;
    let run = assemble(settings, endpoint, transport, deadline, settled_before, shutdown, console)?;
    run.preload_token().await?;
    let origin = Origin { base_url: run.base_url.clone(), sandbox: closing.sandbox };
    let results = ResultWriter::start(&output, origin, console.report_output(&output), log, console)
        .map_err(|error| no_thread(&error))?;
    let follow_up = results.follow_up();
    console.begin();
    let working = async {
        let input_complete = run::run(&run, feed, &results).await;
        // The deadline does not hurry a report whose run it did not stop.
        let _guard = Some(deadline_guard).filter(|_| !shutdown.is_running());
        let mut summary = closing.summarize(&run, input_complete);
        results.finish(&mut summary).await;
        summary
    };
    let summary = tokio::select! {
        summary = working => summary,
        () = report_overdue(shutdown) => {
            console.error("standard output is not being read: the rest of the report is lost");
            closing.summarize(&run, false)
        }
    };
    console.summary(&summary, &follow_up.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(summary.exit)
}

/// Prints what comes before anything else.
fn announce(settings: &Settings, console: &Console) {
    if settings.target.sandbox {
        console.notice(SANDBOX_NOTICE);
    }
    for warning in &settings.warnings {
        console.warn(warning);
    }
}

fn assemble(
    settings: Settings,
    endpoint: Endpoint,
    transport: Transport,
    deadline: Option<Instant>,
    settled_before: SettledCalls,
    shutdown: &Arc<Shutdown>,
    console: &Console,
) -> Result<Run<Graph>, CommandError> {
    let Settings { target, pace: limits, .. } = settings;
    let sign_in = SignIn::new(&transport, target.cloud, limits, deadline);
    let service = Graph::new(&endpoint.base_url, target.headers, limits.timeout, transport)
        .map_err(|error| CommandError::usage(format!("{error:#}")))?;
    Ok(Run {
        tokens: endpoint.token.map(|source| TokenProvider::new(source, sign_in)),
        service,
        routing: Routing::new(target.route, target.api_version, target.cloud),
        cloud: target.cloud,
        limits,
        action: settings.action,
        wait: settings.wait,
        not_found: settings.not_found,
        sandbox: target.sandbox,
        fail_fast: settings.fail_fast,
        base_url: endpoint.shown_url,
        settled_before,
        throttle: Throttle::new(limits.concurrency, deadline),
        shutdown: Arc::clone(shutdown),
        tally: Tally::default(),
        console: console.clone(),
        token_identity: OnceLock::new(),
    })
}

fn no_thread(error: &std::io::Error) -> CommandError {
    CommandError { message: format!("cannot start a thread: {error}"), exit: Exit::Failed }
}
