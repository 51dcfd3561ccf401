//! Why and how far a run is shut down: first nothing new starts, then requests in flight are cut off.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::exit::Exit;
use crate::text::format_duration;

/// How far a run is shut down. A phase is never left for an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Running,
    /// Nothing new starts; requests in flight may complete.
    Draining,
    /// Requests in flight are cut off.
    Aborting,
}

/// Why a run was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    Signal(Exit),
    /// `--deadline`, of that length.
    Deadline(Duration),
    /// The service rejected the token.
    Unauthorized,
    /// No token could be obtained.
    NoToken {
        message: String,
        exit: Exit,
        retry_after: Option<Duration>,
    },
    /// `--fail-fast`, at an outcome with that exit code.
    FailFast(Exit),
    /// The service asked for a wait that would end after the deadline, or that is longer than the run waits.
    Throttled(Duration),
    /// Waits for the service added up to the longest time without progress; the next one would be this long.
    HeldUp(Duration),
    /// The service cannot be reached.
    Outage(String),
    /// Trying again cannot help: a rejected certificate, no root certificates.
    CannotSend(String),
}

impl Reason {
    /// Returns how long to wait before the same command can work.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled(wait) | Self::HeldUp(wait) => Some(*wait),
            Self::NoToken { exit: Exit::Temporary, retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Returns the exit code of the run and of the calls that were not attempted because of this.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Signal(exit) | Self::FailFast(exit) | Self::NoToken { exit, .. } => *exit,
            Self::Unauthorized => Exit::Denied,
            Self::Deadline(_) | Self::Throttled(_) | Self::HeldUp(_) | Self::Outage(_) => Exit::Temporary,
            Self::CannotSend(_) => Exit::Failed,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(Exit::Hangup) => f.write_str("interrupted (SIGHUP)"),
            Self::Signal(Exit::Terminated) => f.write_str("interrupted (SIGTERM)"),
            Self::Signal(_) => f.write_str("interrupted (SIGINT)"),
            Self::Deadline(limit) => {
                write!(f, "the deadline of {} was reached", format_duration(*limit))
            }
            Self::Unauthorized => f.write_str("the service rejected the token"),
            Self::NoToken { message, .. } => write!(f, "no token: {message}"),
            Self::FailFast(_) => f.write_str("--fail-fast"),
            Self::Throttled(wait) => {
                write!(
                    f,
                    "throttled: the service asked to wait {}, which is too long",
                    format_duration(*wait)
                )
            }
            Self::HeldUp(_) => {
                f.write_str("no call was settled during 10 minutes of waiting for the service")
            }
            Self::Outage(reason) => write!(f, "the service cannot be reached: {reason}"),
            Self::CannotSend(reason) => f.write_str(reason),
        }
    }
}

/// Shuts a run down; shared by everything that may stop it and everything that has to stop.
#[derive(Debug, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    aborting: CancellationToken,
    reasons: Mutex<Vec<Reason>>,
    in_flight: AtomicUsize,
}

impl Shutdown {
    /// Lets nothing new start from now on. The first reason is the one reported; returns whether this one is new.
    pub fn drain(&self, reason: Reason) -> bool {
        let mut reasons = self.reasons();
        let new = !reasons.contains(&reason);
        if new {
            reasons.push(reason);
        }
        self.draining.cancel();
        new
    }

    /// Cuts off requests in flight too.
    pub fn abort(&self) {
        self.draining.cancel();
        self.aborting.cancel();
    }

    pub fn phase(&self) -> Phase {
        if self.aborting.is_cancelled() {
            Phase::Aborting
        } else if self.draining.is_cancelled() {
            Phase::Draining
        } else {
            Phase::Running
        }
    }

    pub fn is_running(&self) -> bool {
        self.phase() == Phase::Running
    }

    /// Waits until nothing new may start.
    pub async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Waits until requests in flight are to be cut off.
    pub async fn aborting(&self) {
        self.aborting.cancelled().await;
    }

    /// Counts a request as in flight until the guard is dropped.
    pub fn request_started(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    pub fn requests_in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Returns the first reason.
    pub fn reason(&self) -> Option<Reason> {
        self.reasons().first().cloned()
    }

    /// Returns the exit code that all reasons together ask for.
    pub fn exit(&self) -> Exit {
        self.reasons().iter().map(Reason::exit).fold(Exit::Ok, Exit::merge)
    }

    fn reasons(&self) -> MutexGuard<'_, Vec<Reason>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in flight.
#[must_use]
pub struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_map_to_exit_codes() {
        let no_token = |exit| Reason::NoToken { message: String::new(), exit, retry_after: None };
        let table = [
            (Reason::Signal(Exit::Hangup), 129),
            (Reason::Signal(Exit::Interrupted), 130),
            (Reason::Signal(Exit::Terminated), 143),
            (Reason::Deadline(Duration::ZERO), 5),
            (Reason::Unauthorized, 3),
            (no_token(Exit::Denied), 3),
            (no_token(Exit::Temporary), 5),
            (Reason::FailFast(Exit::NotFound), 4),
            (Reason::Throttled(Duration::ZERO), 5),
            (Reason::HeldUp(Duration::ZERO), 5),
            (Reason::Outage(String::new()), 5),
            (Reason::CannotSend(String::new()), 1),
        ];
        for (reason, code) in table {
            assert_eq!(reason.exit().code(), code, "{reason:?}");
        }
    }

    #[test]
    fn reports_the_first_reason_and_merges_all_exit_codes() {
        let shutdown = Shutdown::default();
        assert!(shutdown.is_running());
        assert!(shutdown.drain(Reason::Unauthorized));
        assert!(!shutdown.drain(Reason::Unauthorized));
        shutdown.drain(Reason::Signal(Exit::Interrupted));
        assert_eq!(shutdown.phase(), Phase::Draining);
        assert_eq!(shutdown.reason(), Some(Reason::Unauthorized));
        assert_eq!(shutdown.exit(), Exit::Interrupted);
        shutdown.abort();
        assert_eq!(shutdown.phase(), Phase::Aborting);
    }

    #[test]
    fn counts_requests_in_flight() {
        let shutdown = Shutdown::default();
        let guard = shutdown.request_started();
        assert_eq!(shutdown.requests_in_flight(), 1);
        drop(guard);
        assert_eq!(shutdown.requests_in_flight(), 0);
    }
}
