//! What ends a run from outside: signals and the deadline.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::signals::Signals;
use crate::stop::{Reason, Stop};

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

/// Stops the run at its deadline, as long as it is kept.
pub(super) struct Watch(Option<AbortHandle>);

impl Watch {
    pub fn over(stop: &Arc<Stop>, deadline: Option<Instant>, limit: Option<Duration>) -> Self {
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
