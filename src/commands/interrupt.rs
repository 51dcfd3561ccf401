//! Stops a run from outside, on a signal or at the deadline: all grace periods are here.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::commands::signals::{Signal, Signals};
use crate::output::console::Console;
use crate::run::shutdown::{Phase, Reason, Shutdown};
use crate::settings::CommandError;
use crate::text::counted;

/// How long requests that were sent may take after the first signal.
const DRAIN_GRACE: Duration = Duration::from_secs(5);

/// A signal this soon after the first one is the same signal: `timeout` signals its child and then its whole group.
const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// How long the report may take to be written once requests were cut off, before a reader that does not read is given
/// up: at the deadline, and after a signal.
const REPORT_GRACE: Duration = Duration::from_secs(5);
const REPORT_GRACE_AFTER_SIGNAL: Duration = Duration::from_millis(500);

/// How long standard error may take after requests were cut off.
const STDERR_GRACE: Duration = Duration::from_millis(250);

/// Drains the run on the first signal, and aborts it on a later one or when the grace is over.
pub(super) async fn obey_signals(shutdown: &Shutdown, console: &Console) -> Infallible {
    let Ok(mut signals) = Signals::listen() else { return pending().await };
    let first = signals.next().await;
    let received = Instant::now();
    let reason = Reason::Signal(first.exit());
    shutdown.drain(reason.clone());
    if first != Signal::Quit {
        // Lets go first what ends at once: requests that are still connecting.
        tokio::task::yield_now().await;
        report_draining(shutdown, &reason, console);
        tokio::select! {
            () = later_signal(&mut signals, received) => {}
            () = sleep(DRAIN_GRACE) => {}
        }
    }
    shutdown.abort();
    pending().await
}

/// Waits for a signal that is not the first one once more.
async fn later_signal(signals: &mut Signals, first: Instant) {
    while signals.next().await != Signal::Quit && first.elapsed() < SAME_SIGNAL {}
}

fn report_draining(shutdown: &Shutdown, reason: &Reason, console: &Console) {
    let text = match shutdown.requests_in_flight() as u64 {
        0 => format!("{reason}: stopping"),
        n => format!(
            "{reason}: waiting up to {} s for {} in flight; a second signal aborts",
            DRAIN_GRACE.as_secs(),
            counted(n, "request")
        ),
    };
    console.info(&text);
}

/// Waits until the report of a run that was aborted has had enough time.
pub(super) async fn report_overdue(shutdown: &Shutdown) {
    shutdown.aborting().await;
    match shutdown.reason() {
        Some(Reason::Signal(_)) => sleep(REPORT_GRACE_AFTER_SIGNAL).await,
        _ => sleep(REPORT_GRACE).await,
    }
}

/// Waits for standard error.
pub(super) async fn finish_stderr(shutdown: &Shutdown, console: &Console) {
    if shutdown.phase() == Phase::Aborting {
        let _ = tokio::time::timeout(STDERR_GRACE, console.finish()).await;
    } else {
        console.finish().await;
    }
}

/// Waits for what ends `--check` early: the first signal, or the deadline.
pub(super) async fn cut_short(deadline: Option<Instant>, limit: Option<Duration>) -> CommandError {
    let signal = async {
        match Signals::listen() {
            Ok(mut signals) => Reason::Signal(signals.next().await.exit()),
            Err(_) => pending().await,
        }
    };
    let too_late = async {
        let (Some(deadline), Some(limit)) = (deadline, limit) else { return pending().await };
        sleep_until(deadline).await;
        Reason::Deadline(limit)
    };
    let reason = tokio::select! {
        reason = signal => reason,
        reason = too_late => reason,
    };
    CommandError { message: format!("--check was cut short: {reason}"), exit: reason.exit() }
}

/// Aborts the run at its deadline, unless dropped before.
pub(super) struct DeadlineGuard(Option<AbortHandle>);

impl DeadlineGuard {
    pub fn start(shutdown: &Arc<Shutdown>, deadline: Option<Instant>, limit: Option<Duration>) -> Self {
        let (Some(deadline), Some(limit)) = (deadline, limit) else { return Self(None) };
        let shutdown = Arc::clone(shutdown);
        let task = tokio::spawn(async move {
            sleep_until(deadline).await;
            shutdown.drain(Reason::Deadline(limit));
            shutdown.abort();
        });
        Self(Some(task.abort_handle()))
    }
}

impl Drop for DeadlineGuard {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
