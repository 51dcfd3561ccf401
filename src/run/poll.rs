//! `--wait`: polls an ended call until it is gone.

use std::time::Duration;

use tokio::time::Instant;

use super::context::{CallContext, Run};
use super::shutdown::Reason;
use super::throttle::PauseReason;
use super::verdict::{Verdict, verdict};
use crate::http::attempt::{Attempt, Response};
use crate::http::request::{Service, Verb};
use crate::http::retry::{Class, Scope, classify, retry_wait};
use crate::model::outcome::{CallError, Outcome};
use crate::model::token::Token;

/// The wait before the first poll, and the longest between two.
const FIRST_POLL: Duration = Duration::from_millis(500);
const LONGEST_POLL: Duration = Duration::from_secs(5);

/// What a poll shows.
enum Poll {
    Gone,
    /// The call is still there.
    Active(CallError),
    /// Nothing could be seen; the next poll must not be earlier than this.
    Failed(CallError, Duration),
    /// Polling again would show nothing else.
    Final(CallError),
}

/// The polls of one call.
struct Poller<'a, S> {
    run: &'a Run<S>,
    call: &'a CallContext<'a>,
    /// Failed polls in a row.
    failures: u32,
}

/// Polls until the call is gone, `limit` is over, or the run is stopped. Waiting between polls takes no permit.
pub(super) async fn until_gone<S: Service>(
    run: &Run<S>,
    call: &CallContext<'_>,
    ended: Verdict,
    limit: Duration,
) -> Verdict {
    let end = Instant::now() + limit;
    let mut poller = Poller { run, call, failures: 0 };
    let mut interval = FIRST_POLL;
    let mut wait = interval;
    let mut last = CallError { message: "not polled yet".into(), ..CallError::default() };
    loop {
        let now = Instant::now();
        if now >= end || !run.sleep(wait.min(end - now)).await {
            return still_active(ended, last);
        }
        interval = (interval * 2).min(LONGEST_POLL);
        wait = interval;
        match tokio::time::timeout_at(end, poller.poll()).await {
            Err(_) => {
                let message = "polling: no response before the end of --wait".to_owned();
                return still_active(ended, CallError { message, ..last });
            }
            Ok(None) => return still_active(ended, last),
            Ok(Some(Poll::Gone)) => return ended,
            Ok(Some(Poll::Active(state))) => last = state,
            Ok(Some(Poll::Failed(error, back_off))) => {
                last = error;
                wait = wait.max(back_off);
            }
            Ok(Some(Poll::Final(error))) => return still_active(ended, error),
        }
    }
}

fn still_active(ended: Verdict, error: CallError) -> Verdict {
    Verdict { outcome: Outcome::StillActive, confirmed: None, error: Some(error), ..ended }
}

impl<S: Service> Poller<'_, S> {
    /// Polls once; `None` if the run was stopped first.
    async fn poll(&mut self) -> Option<Poll> {
        let permit = self.run.acquire().await?;
        let path = self.run.routing.path(self.call.route, &self.call.queued.call)?;
        let token = match self.run.token().await? {
            Ok(token) => token,
            Err(error) => return Some(Poll::Final(Verdict::no_token(&error).error.unwrap_or_default())),
        };
        let started = Instant::now();
        let attempt = self.run.send(self.call, Verb::Get, &path, &token).await;
        if let Attempt::Answered(answer) = &attempt {
            self.run.tally.add_response();
            self.failures = if answer.is_success() { 0 } else { self.failures };
        }
        let poll = match &attempt {
            Attempt::Answered(answer) if self.is_gone(answer) => Poll::Gone,
            Attempt::Answered(answer) if answer.is_success() => Poll::Active(state(answer)),
            Attempt::Answered(answer) if answer.status == 401 => self.unauthorized(&attempt, &token).await?,
            _ => self.failed(&attempt, started),
        };
        drop(permit);
        Some(poll)
    }

    /// Renews a rejected token for the next poll; without another one the run stops.
    async fn unauthorized(&self, attempt: &Attempt, token: &Token) -> Option<Poll> {
        match self.run.renew(token).await? {
            Ok(Some(new)) if new != *token => Some(Poll::Failed(self.error(attempt), Duration::ZERO)),
            _ => {
                self.run.shutdown.drain(Reason::Unauthorized);
                Some(Poll::Final(self.error(attempt)))
            }
        }
    }

    /// Classifies a failed poll as an attempt to end the call is classified; only `--wait` limits the polls.
    fn failed(&mut self, attempt: &Attempt, started: Instant) -> Poll {
        let Class::Retryable { scope, retry_after, .. } = classify(attempt) else {
            return Poll::Final(self.error(attempt));
        };
        let failures = self.failures;
        self.failures += 1;
        let back_off = match scope {
            Scope::Run => {
                let (reason, no_connection) = PauseReason::of(attempt, retry_after);
                self.run.pause(reason, started, no_connection);
                Duration::ZERO
            }
            Scope::Call => retry_wait(retry_after, failures, rand::random()),
        };
        Poll::Failed(self.error(attempt), back_off)
    }

    fn is_gone(&self, answer: &Response) -> bool {
        let terminated =
            answer.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("terminated"));
        let is_gone = answer.is_gone() && !answer.is_from_directory(self.call.route);
        is_gone || (answer.is_success() && terminated)
    }

    fn error(&self, attempt: &Attempt) -> CallError {
        let error = verdict(Verb::Get, self.call.route, attempt, false).error.unwrap_or_default();
        CallError { message: format!("polling: {}", error.message), ..error }
    }
}

fn state(answer: &Response) -> CallError {
    let state = answer.state.as_deref().unwrap_or("unknown");
    CallError { message: format!("its state is `{state}`"), ..CallError::default() }
}
