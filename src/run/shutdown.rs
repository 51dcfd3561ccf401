//! Why and how a run ends early: first nothing new is begun, then what is under way is cut.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::exit::Exit;
use crate::text::duration::spoken;

/// Why a run was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// SIGINT or SIGTERM.
    Signal(Exit),
    /// `--deadline`, of that length.
    Deadline(Duration),
    /// The service rejected the token.
    Unauthorized,
    /// There was no token to be had.
    NoToken {
        /// Why, in words.
        message: String,
        /// The exit code: denied, temporary, or a sign-in service that is not trusted.
        exit: Exit,
        /// How long the sign-in service asked to be left alone.
        wait: Option<Duration>,
    },
    /// `--fail-fast`, at an outcome with that exit code.
    FailFast(Exit),
    /// The service asked for a pause that is too long to sit out.
    Throttled(Duration),
    /// Nobody could be reached.
    Outage(String),
    /// A request could not be sent from here: a rejected certificate, no roots.
    CannotSend(String),
}

impl Reason {
    /// What to do next, where the reason itself tells.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Throttled(wait) | Self::NoToken { exit: Exit::Temporary, wait: Some(wait), .. } => {
                Some(format!("run the same command again in {}", spoken(*wait)))
            }
            _ => None,
        }
    }

    /// The exit code that the stop asks for, which is also that of the calls not attempted because of it.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Signal(exit) | Self::FailFast(exit) | Self::NoToken { exit, .. } => *exit,
            Self::Unauthorized => Exit::Denied,
            Self::Deadline(_) | Self::Throttled(_) | Self::Outage(_) => Exit::Temporary,
            Self::CannotSend(_) => Exit::Failed,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(Exit::Terminated) => f.write_str("SIGTERM"),
            Self::Signal(_) => f.write_str("SIGINT"),
            Self::Deadline(limit) => {
                write!(f, "the deadline of {} was reached", humantime::format_duration(*limit))
            }
            Self::Unauthorized => f.write_str("the service rejected the token"),
            Self::NoToken { message, .. } => write!(f, "no token: {message}"),
            Self::FailFast(_) => f.write_str("--fail-fast"),
            Self::Throttled(wait) => {
                write!(
                    f,
                    "the service asked for a pause of {}, which is too long to wait here",
                    spoken(*wait)
                )
            }
            Self::Outage(reason) => write!(f, "the service cannot be reached: {reason}"),
            Self::CannotSend(reason) => f.write_str(reason),
        }
    }
}

/// The run's brake handle: anyone may pull it, everyone watches it.
#[derive(Debug, Default)]
pub struct Stop {
    begun: CancellationToken,
    cut: CancellationToken,
    reasons: Mutex<Vec<Reason>>,
}

impl Stop {
    /// From now on nothing new is begun. The first reason is the one that is told; `true` for a new one.
    pub fn request(&self, reason: Reason) -> bool {
        let mut reasons = self.reasons();
        let new = !reasons.contains(&reason);
        if new {
            reasons.push(reason);
        }
        self.begun.cancel();
        new
    }

    /// From now on what is under way is cut too.
    pub fn cut(&self) {
        self.begun.cancel();
        self.cut.cancel();
    }

    /// Whether anything new may still be begun.
    pub fn is_requested(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until nothing new may be begun.
    pub async fn requested(&self) {
        self.begun.cancelled().await;
    }

    /// Waits until what is under way is to be cut.
    pub async fn cut_requested(&self) {
        self.cut.cancelled().await;
    }

    /// What stopped the run first.
    pub fn reason(&self) -> Option<Reason> {
        self.reasons().first().cloned()
    }

    /// The exit code that all reasons together ask for.
    pub fn exit(&self) -> Exit {
        self.reasons().iter().map(Reason::exit).fold(Exit::Ok, Exit::merge)
    }

    fn reasons(&self) -> MutexGuard<'_, Vec<Reason>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_the_exit_code_of_the_contract() {
        let no_token = |exit| Reason::NoToken { message: String::new(), exit, wait: None };
        let table = [
            (Reason::Signal(Exit::Interrupted), 130),
            (Reason::Signal(Exit::Terminated), 143),
            (Reason::Deadline(Duration::ZERO), 5),
            (Reason::Unauthorized, 3),
            (no_token(Exit::Denied), 3),
            (no_token(Exit::Temporary), 5),
            (Reason::FailFast(Exit::NotFound), 4),
            (Reason::Throttled(Duration::ZERO), 5),
            (Reason::Outage(String::new()), 5),
            (Reason::CannotSend(String::new()), 1),
        ];
        for (reason, code) in table {
            assert_eq!(reason.exit().code(), code, "{reason:?}");
        }
    }

    #[test]
    fn the_first_reason_is_told_and_all_of_them_count() {
        let stop = Stop::default();
        assert!(!stop.is_requested());
        stop.request(Reason::Unauthorized);
        stop.request(Reason::Signal(Exit::Interrupted));
        assert!(stop.is_requested());
        assert_eq!(stop.reason(), Some(Reason::Unauthorized));
        assert_eq!(stop.exit(), Exit::Interrupted);
    }
}
