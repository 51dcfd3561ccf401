//! The recipe of a run: from settings to an exit code.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::check::{self, CheckReport};
use super::interrupt::{DeadlineGuard, cut_short, obey_signals};
use super::preflight::{Opened, Preflight, open};
use crate::auth::{SignIn, TokenProvider};
use crate::http::graph::Graph;
use crate::http::transport::{Tls, Transport};
use crate::model::call::CallKey;
use crate::model::exit::Exit;
use crate::model::outcome::Summary;
use crate::output::console::Console;
use crate::output::report::summary_text;
use crate::output::result_writer::ResultWriter;
use crate::run::shutdown::{Reason, Stop};
use crate::run::throttle::Throttle;
use crate::run::{self, Routing, Run, Tally};
use crate::sandbox::{self, Sandbox};
use crate::settings::{Action, Cloud, CommandError, Format, Limits, Settings, TokenSource};

/// So long may the last line take after a second signal.
const LAST_WORDS: Duration = Duration::from_millis(50);

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
        exit = obey_signals(&stop, &abandon) => {
            console.error("ended at once by a second signal: what was under way has no result");
            let _ = tokio::time::timeout(LAST_WORDS, console.finish()).await;
            return exit;
        }
        exit = work => exit,
    };
    console.finish().await;
    exit
}

/// What standard error says on every run of the sandbox, however quiet.
pub const SANDBOX_NOTICE: &str = "sandbox: a simulated service inside this process; no call is touched";

/// Where requests go, and what has to live as long as they do.
struct Place {
    base_url: String,
    shown: String,
    tokens: Option<TokenSource>,
    sandbox: Option<Sandbox>,
}

impl Place {
    async fn prepare(settings: &mut Settings) -> Result<Self, CommandError> {
        let tokens = settings.token.take();
        if !settings.target.sandbox {
            let base_url = settings.target.base_url.clone();
            return Ok(Self { shown: base_url.clone(), base_url, tokens, sandbox: None });
        }
        let shown = SANDBOX_URL.to_owned();
        if settings.action == Action::DryRunLocal {
            return Ok(Self { base_url: shown.clone(), shown, tokens: None, sandbox: None });
        }
        let sandbox = sandbox::start().await.map_err(|error| CommandError {
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
) -> Result<Exit, CommandError> {
    let began = Instant::now();
    announce(&settings, console);
    let mut place = Place::prepare(&mut settings).await?;
    let deadline = settings.pace.deadline.and_then(|limit| began.checked_add(limit));
    let watch = DeadlineGuard::over(stop, abandon, deadline, settings.pace.deadline);
    let mut opened = open(&mut settings, &place.shown, stop).await?;
    let gate = Preflight::of(&settings.inputs);
    gate.pass(&mut opened, &settings, &place.shown, stop, console).await?;
    let Opened { transport, log, settled_before, feed } = opened;
    let sandbox = settings.target.sandbox;
    let (output, _sandbox_lives_on) = (settings.output, place.sandbox.take());
    let run = assemble(settings, place, transport, deadline, settled_before, stop, console)?;
    let run = Arc::new(run);
    run.look_for_token().await?;
    let results =
        ResultWriter::start(&output, std::io::stdout(), log, console).map_err(|error| no_thread(&error))?;
    console.begin();
    let working = async {
        let input_complete = run::run(Arc::clone(&run), feed, &results).await;
        // From here on only the report is left, and whoever reads it may take their time.
        let _still_watched = Some(watch).filter(|_| stop.is_requested());
        let mut summary = summarise(&run, began, input_complete, sandbox);
        results.finish(&mut summary).await;
        summary
    };
    let summary = tokio::select! {
        summary = working => summary,
        () = abandon.cancelled() => {
            console.error("nobody reads standard output: the rest of the report is given up");
            summarise(&run, began, false, sandbox)
        }
    };
    console.summary(&summary_text(&summary, console.paint()));
    Ok(summary.exit)
}

/// What is said before anything else.
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
    place: Place,
    transport: Transport,
    deadline: Option<Instant>,
    settled_before: HashSet<CallKey>,
    stop: &Arc<Stop>,
    console: &Console,
) -> Result<Run<Graph>, CommandError> {
    let Settings { target, pace, .. } = settings;
    let sign_in = sign_in(&transport, target.cloud, pace, deadline);
    let service = Graph::new(&place.base_url, target.headers, pace.timeout, transport)
        .map_err(|error| CommandError::usage(format!("{error:#}")))?;
    Ok(Run {
        tokens: place.tokens.map(|source| TokenProvider::new(source, sign_in)),
        service,
        routing: Routing::new(target.route, target.api_version, target.cloud),
        cloud: target.cloud,
        pace,
        action: settings.action,
        wait: settings.wait,
        not_found: settings.not_found,
        sandbox: target.sandbox,
        fail_fast: settings.fail_fast,
        base_url: place.shown,
        settled_before,
        deadline,
        throttle: Throttle::new(pace.concurrency, deadline),
        stop: Arc::clone(stop),
        tally: Tally::default(),
        console: console.clone(),
        token_looked_at: AtomicBool::new(false),
    })
}

fn sign_in(transport: &Transport, cloud: Cloud, pace: Limits, deadline: Option<Instant>) -> SignIn {
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

fn no_thread(error: &std::io::Error) -> CommandError {
    CommandError { message: format!("the system gives no thread: {error}"), exit: Exit::Failed }
}

/// Looks at the settings without touching a call; gives the report and the format that it is wanted in.
///
/// # Errors
/// A certificate file that cannot be used; a signal or the deadline, which end whatever asks for the token.
pub async fn check(settings: Settings, now: Timestamp) -> Result<(CheckReport, Format), CommandError> {
    let limit = settings.pace.deadline;
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    tokio::select! {
        biased;
        refusal = cut_short(deadline, limit) => Err(refusal),
        checked = check_whole(settings, now, deadline) => checked,
    }
}

async fn check_whole(
    mut settings: Settings,
    now: Timestamp,
    deadline: Option<Instant>,
) -> Result<(CheckReport, Format), CommandError> {
    let transport = Transport::new(settings.target.cacert.as_deref(), settings.pace.connect_timeout)
        .map_err(|error| CommandError::usage(format!("{error:#}")))?;
    let sign_in = sign_in(&transport, settings.target.cloud, settings.pace, deadline);
    // A rehearsal has the sandbox's token, not the one that a real run would have.
    let place = Place::prepare(&mut settings).await?;
    settings.target.base_url = place.shown;
    let provider = place.tokens.map(|source| TokenProvider::new(source, sign_in));
    Ok((check::check(&settings, provider.as_ref(), now).await, settings.output.format))
}
