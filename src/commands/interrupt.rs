//! What ends a run from outside: signals and the deadline.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::commands::signals::Signals;
use crate::model::exit::Exit;
use crate::run::shutdown::{Reason, Stop};
use crate::settings::CommandError;

/// So long may requests that are under way take after the first signal.
const GRACE: Duration = Duration::from_secs(5);

/// So long may the report of what was cut off take to be written, before a reader that does not read is given up.
const WRITING: Duration = Duration::from_secs(1);

/// The first signal stops the run, and cuts it off after a grace; the second one is the end of this future.
pub(super) async fn obey_signals(stop: &Stop, abandon: &CancellationToken) -> Exit {
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

/// What ends a look at the settings before it is through: the first signal, or the deadline.
pub(super) async fn cut_short(deadline: Option<Instant>, limit: Option<Duration>) -> CommandError {
    let signal = async {
        match Signals::listen() {
            Ok(mut signals) => Reason::Signal(signals.next().await),
            Err(_) => std::future::pending().await,
        }
    };
    let too_late = async {
        let (Some(deadline), Some(limit)) = (deadline, limit) else { return std::future::pending().await };
        tokio::time::sleep_until(deadline).await;
        Reason::Deadline(limit)
    };
    let reason = tokio::select! {
        reason = signal => reason,
        reason = too_late => reason,
    };
    CommandError { message: format!("--check was cut short: {reason}"), exit: reason.exit() }
}

/// Stops the run at its deadline, as long as it is kept.
pub(super) struct DeadlineGuard(Option<AbortHandle>);

impl DeadlineGuard {
    pub fn over(
        stop: &Arc<Stop>,
        abandon: &CancellationToken,
        deadline: Option<Instant>,
        limit: Option<Duration>,
    ) -> Self {
        let (Some(deadline), Some(limit)) = (deadline, limit) else { return Self(None) };
        let (stop, abandon) = (Arc::clone(stop), abandon.clone());
        let watching = tokio::spawn(async move {
            tokio::time::sleep_until(deadline).await;
            stop.request(Reason::Deadline(limit));
            stop.cut();
            tokio::time::sleep(GRACE).await;
            abandon.cancel();
        });
        Self(Some(watching.abort_handle()))
    }
}

impl Drop for DeadlineGuard {
    fn drop(&mut self) {
        if let Some(watching) = &self.0 {
            watching.abort();
        }
    }
}
