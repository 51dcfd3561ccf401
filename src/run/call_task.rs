//! One call: attempts and the waits between them, until its verdict.

use std::time::Duration;

use tokio::time::Instant;

use super::context::{CallContext, Run};
use super::poll;
use super::routing::FallBack;
use super::shutdown::Reason;
use super::throttle::{PauseOutcome, PauseReason, Permit};
use super::verdict::{Verdict, leaves_open, verdict};
use crate::http::attempt::Attempt;
use crate::http::request::{Service, Verb};
use crate::http::retry::{Class, RetryBudget, Scope, classify, retry_wait};
use crate::model::codes;
use crate::model::outcome::{CallError, Outcome};
use crate::model::token::Token;
use crate::settings::Action;

/// A call on its way to its result.
pub(super) struct CallTask<'a, S> {
    run: &'a Run<S>,
    pub call: CallContext<'a>,
    budget: RetryBudget,
    /// Whether an attempt whose response was lost may have ended the call.
    may_have_ended: bool,
    token_renewed: bool,
    /// How many responses the run had when this call started.
    responses_before: u64,
    /// The verdict of the last attempt.
    last: Option<Verdict>,
}

/// What comes after an attempt.
enum NextStep {
    Done(Verdict),
    /// Try again with the same permit: the service did not get to the call.
    RetryNow,
    /// Try again as soon as the run lets the next request start.
    Requeue,
    /// Try again after a wait of this call alone.
    RetryAfter(Duration),
}

impl<'a, S: Service> CallTask<'a, S> {
    pub fn new(run: &'a Run<S>, call: CallContext<'a>) -> Self {
        let responses_before = run.tally.responses();
        Self {
            run,
            call,
            budget: RetryBudget::new(run.limits.retries),
            may_have_ended: false,
            token_renewed: false,
            responses_before,
            last: None,
        }
    }

    /// Brings the call to its verdict, beginning with a permit for the first attempt.
    pub async fn run(&mut self, permit: Permit) -> Verdict {
        let verdict = self.attempts(permit).await;
        match self.run.wait {
            Some(limit) if verdict.confirmed == Some(true) => {
                // Boxed: few calls need it, and it would enlarge the future of each.
                Box::pin(poll::until_gone(self.run, &self.call, verdict, limit)).await
            }
            _ => verdict,
        }
    }

    async fn attempts(&mut self, mut permit: Permit) -> Verdict {
        loop {
            let wait = loop {
                match self.attempt().await {
                    NextStep::Done(verdict) => return verdict,
                    NextStep::RetryNow if !self.run.shutdown.is_running() => return self.stopped(),
                    NextStep::RetryNow => {}
                    NextStep::Requeue => break Duration::ZERO,
                    NextStep::RetryAfter(wait) => break wait,
                }
            };
            drop(permit);
            if !wait.is_zero() && !self.run.sleep(wait).await {
                return self.stopped();
            }
            permit = match self.run.acquire().await {
                Some(permit) => permit,
                None => return self.stopped(),
            };
        }
    }

    /// Returns the verdict where no further attempt may start: that of the last one, if there was one.
    fn stopped(&self) -> Verdict {
        self.last.clone().unwrap_or_else(|| self.run.not_attempted())
    }

    fn verb(&self) -> Verb {
        if self.run.action == Action::DryRunServer { Verb::Get } else { Verb::Delete }
    }

    /// Makes one attempt. The permit is held until its response is evaluated, so that a pause is known before another
    /// call gets the permit.
    async fn attempt(&mut self) -> NextStep {
        let token = match self.run.token().await {
            None => return NextStep::Done(self.stopped()),
            Some(Err(error)) => {
                self.run.stop_without_token(&error);
                return NextStep::Done(self.stopped());
            }
            Some(Ok(token)) => token,
        };
        self.call.route = self.run.routing.route(&self.call.queued.call);
        let Some(path) = self.run.routing.path(self.call.route, &self.call.queued.call) else {
            return NextStep::Done(without_app_id());
        };
        self.call.attempts += 1;
        let started = Instant::now();
        let attempt = self.run.send(&self.call, self.verb(), &path, &token).await;
        self.evaluate(&attempt, &token, started).await
    }

    /// Decides what comes after an attempt.
    async fn evaluate(&mut self, attempt: &Attempt, token: &Token, started: Instant) -> NextStep {
        let verdict = verdict(self.verb(), self.call.route, attempt, self.may_have_ended);
        self.may_have_ended |= leaves_open(attempt);
        match attempt {
            Attempt::Answered(answer) => {
                self.run.tally.add_response();
                if answer.is_about_the_route(self.call.route) {
                    return self.fall_back(verdict);
                }
                if answer.status == 401 {
                    return Box::pin(self.unauthorized(verdict, token)).await;
                }
            }
            Attempt::CertificateRejected(reason) | Attempt::CannotSend(reason) => {
                self.run.shutdown.drain(Reason::CannotSend(reason.clone()));
            }
            Attempt::Lost(_) | Attempt::NotConnected(_) => {}
        }
        self.last = Some(verdict.clone());
        self.retry(attempt, started, verdict)
    }

    fn fall_back(&mut self, verdict: Verdict) -> NextStep {
        match self.run.routing.fall_back(self.call.route) {
            FallBack::Never => NextStep::Done(verdict),
            FallBack::Now { first } => {
                if first {
                    self.run.report_fallback(self.call.route);
                }
                self.last = Some(verdict);
                NextStep::RetryNow
            }
        }
    }

    /// Handles a 401: it stops the run, after one renewal where the token's source can renew.
    async fn unauthorized(&mut self, verdict: Verdict, token: &Token) -> NextStep {
        if !std::mem::replace(&mut self.token_renewed, true) {
            match self.run.renew(token).await {
                None | Some(Ok(None)) => {}
                Some(Ok(Some(_))) => {
                    self.last = Some(verdict);
                    return NextStep::RetryNow;
                }
                Some(Err(error)) => {
                    self.run.stop_without_token(&error);
                    let renewal = Verdict::no_token(&error);
                    return NextStep::Done(Verdict {
                        outcome: renewal.outcome,
                        error: renewal.error,
                        ..verdict
                    });
                }
            }
        }
        self.run.shutdown.drain(Reason::Unauthorized);
        NextStep::Done(verdict)
    }

    /// Retries the attempt if its class and the budget allow it.
    fn retry(&mut self, attempt: &Attempt, started: Instant, verdict: Verdict) -> NextStep {
        let Class::Retryable { scope, retry_after, counts } = classify(attempt) else {
            self.run.throttle.succeeded();
            return NextStep::Done(verdict);
        };
        let earlier_retries = self.budget.used();
        let may_retry = self.budget.take(counts);
        match (attempt, scope) {
            (Attempt::NotConnected(reason), _)
                if !may_retry && self.run.tally.responses() == self.responses_before =>
            {
                self.run.shutdown.drain(Reason::Outage(reason.clone()));
            }
            (_, Scope::Run) => {
                let (reason, no_connection) = PauseReason::of(attempt, retry_after);
                self.run.pause(reason, started, no_connection);
            }
            (_, Scope::Call) => self.slow_down(attempt, started),
        }
        match scope {
            _ if !may_retry => NextStep::Done(verdict),
            Scope::Run => NextStep::Requeue,
            Scope::Call => self.wait_alone(retry_wait(retry_after, earlier_retries, rand::random()), verdict),
        }
    }

    /// Lowers the concurrency after a 503 that asks for no pause.
    fn slow_down(&self, attempt: &Attempt, started: Instant) {
        if matches!(attempt, Attempt::Answered(answer) if answer.status == 503) {
            self.run.throttle.overloaded(started);
        }
    }

    /// Waits before the next attempt, unless that would take too long: then the last verdict is final.
    fn wait_alone(&self, wait: Duration, verdict: Verdict) -> NextStep {
        match self.run.throttle.wait_of_call(wait) {
            PauseOutcome::Until { .. } => {
                self.run.log_wait(self.call.queued.call.id.as_str(), wait, "before the next attempt");
                NextStep::RetryAfter(wait)
            }
            PauseOutcome::TooLong { .. } => NextStep::Done(verdict),
            PauseOutcome::NoProgress { wait } => {
                self.run.shutdown.drain(Reason::HeldUp(wait));
                NextStep::Done(verdict)
            }
        }
    }
}

fn without_app_id() -> Verdict {
    let message = "--route applications needs an app ID".to_owned();
    let hint = Some(codes::NO_APP_ID.to_owned());
    Verdict::bare(Outcome::Invalid, Some(CallError { code: None, message, hint }))
}
