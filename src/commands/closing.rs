//! The end of a run: its summary, and how to go on after a stop.

use std::time::Duration;

use tokio::time::Instant;

use crate::http::graph::Graph;
use crate::model::exit::Exit;
use crate::model::outcome::{Outcome, Summary};
use crate::run::Run;
use crate::run::shutdown::Reason;
use crate::settings::{Action, Format, LogSettings, Settings};
use crate::text::format_duration;

/// What the summary needs besides the run itself.
pub(super) struct Closing {
    started: Instant,
    pub sandbox: bool,
    action: Action,
    format: Format,
    log: Option<LogSettings>,
}

impl Closing {
    pub fn of(settings: &Settings, started: Instant) -> Self {
        Self {
            started,
            sandbox: settings.target.sandbox,
            action: settings.action,
            format: settings.output.format,
            log: settings.log.clone(),
        }
    }

    pub fn summarize(&self, run: &Run<Graph>, input_complete: bool) -> Summary {
        let counted = run.tally.counted();
        let reason = run.shutdown.reason();
        let is_left = counted.counts.of(Outcome::NotAttempted) > 0 || !input_complete;
        let retry_after = reason.as_ref().and_then(Reason::retry_after);
        Summary {
            counts: counted.counts,
            duplicates: counted.duplicates,
            input_complete,
            duration: self.started.elapsed(),
            exit: counted.exit.merge(run.shutdown.exit()),
            sandbox: self.sandbox,
            base_url: run.base_url.clone(),
            advice: reason
                .as_ref()
                .filter(|reason| can_go_on(reason))
                .and_then(|_| self.advice(retry_after, is_left)),
            stopped: reason.as_ref().map(ToString::to_string),
            retry_after,
            already_done: counted.already_done,
            left_alone: counted.left_alone,
        }
    }

    /// Tells how to go on after a stop: how long to wait, and what to run.
    fn advice(&self, retry_after: Option<Duration>, is_left: bool) -> Option<String> {
        let wait = retry_after.map(|wait| format!("in {} ", format_duration(wait)));
        if !is_left || self.action != Action::HangUp {
            return wait.map(|wait| format!("run the same command again {}", wait.trim_end()));
        }
        let wait = wait.unwrap_or_default();
        Some(match &self.log {
            Some(log) if log.resume => {
                format!("to go on, run the same command again {wait}").trim_end().into()
            }
            Some(_) => format!("to go on, run the same command again {wait}with --resume"),
            None if self.format == Format::Jsonl => {
                format!(
                    "to go on, pass the saved results {wait}with `hangup -f RESULTS.jsonl`, and the input not read"
                )
            }
            None => format!("to go on, run the same command again {wait}with --ignore-not-found"),
        })
    }
}

/// Returns whether the same command can go on without anything being fixed first.
fn can_go_on(reason: &Reason) -> bool {
    match reason {
        Reason::Unauthorized | Reason::CannotSend(_) => false,
        Reason::NoToken { exit, .. } | Reason::FailFast(exit) => *exit == Exit::Temporary,
        _ => true,
    }
}
