//! One call's life: attempts, waits between them, and the verdict it ends with.

use std::time::Duration;

use tokio::time::Instant;
use uuid::{Builder, Uuid};

use super::context::{Run, Trail};
use super::poll as wait;
use super::routing::FallOver;
use super::verdict::{Verdict, may_have_ended, verdict};
use crate::http::attempt::Attempt;
use crate::http::request::{Service, Verb};
use crate::http::retry::{self, Hold, Next, Wait, Whom, backoff};
use crate::input::QueuedCall;
use crate::model::codes;
use crate::model::outcome::{CallError, Outcome};
use crate::model::route::Route;
use crate::model::token::Token;
use crate::run::shutdown::Reason;
use crate::run::throttle::{Cause, Pause, Permit};
use crate::settings::Action;

/// A call on its way to its result.
pub(super) struct CallTask<'a, S> {
    pub run: &'a Run<S>,
    pub task: &'a QueuedCall,
    pub id: Uuid,
    pub route: Route,
    pub attempts: u32,
    pub began: Instant,
    used: u32,
    lost: bool,
    renewed: bool,
    settled_before: u64,
    last: Option<Verdict>,
}

/// What comes after an attempt.
enum Step {
    Done(Verdict),
    /// At once, on the same slot: the service did not get to the call.
    AtOnce,
    /// Once the run lets the next request go.
    Again,
    /// After a wait of this call's own.
    After(Duration),
}

impl<'a, S: Service> CallTask<'a, S> {
    pub fn new(run: &'a Run<S>, task: &'a QueuedCall) -> Self {
        Self {
            run,
            task,
            id: Builder::from_random_bytes(rand::random()).into_uuid(),
            route: run.routing.route(&task.call),
            attempts: 0,
            began: Instant::now(),
            used: 0,
            lost: false,
            renewed: false,
            settled_before: run.tally.answered(),
            last: None,
        }
    }

    /// What is known of the way so far.
    pub fn trail(&self) -> Trail {
        Trail {
            attempts: self.attempts,
            began: self.began,
            route: self.route,
            client_request_id: Some(self.id),
        }
    }

    /// Lives the call to its end, beginning with a slot that was waited for already.
    pub async fn live(&mut self, slot: Permit) -> Verdict {
        let verdict = self.attempts(slot).await;
        match self.run.wait {
            Some(patience) if verdict.confirmed == Some(true) => {
                // Boxed, as what few calls come to should not make the future of each as large.
                Box::pin(wait::until_gone(self, verdict, patience)).await
            }
            _ => verdict,
        }
    }

    async fn attempts(&mut self, mut slot: Permit) -> Verdict {
        loop {
            let wait = loop {
                match self.attempt().await {
                    Step::Done(verdict) => return verdict,
                    Step::AtOnce if self.run.stop.is_requested() => return self.stopped(),
                    Step::AtOnce => {}
                    Step::Again => break Duration::ZERO,
                    Step::After(wait) => break wait,
                }
            };
            drop(slot);
            if !wait.is_zero() && !self.run.sleep(wait).await {
                return self.stopped();
            }
            slot = match self.run.enter().await {
                Some(slot) => slot,
                None => return self.stopped(),
            };
        }
    }

    /// The verdict where no further attempt may begin: the last one's, if there was one.
    fn stopped(&self) -> Verdict {
        self.last.clone().unwrap_or_else(|| Verdict::not_attempted(&self.run.stopped_by()))
    }

    fn verb(&self) -> Verb {
        if self.run.action == Action::DryRunServer { Verb::Get } else { Verb::Delete }
    }

    /// One attempt: a token, a request, and what its answer asks for. It runs on a slot that is held, so that a
    /// pause that it asks for is known before anybody who waits for the slot has it.
    async fn attempt(&mut self) -> Step {
        let token = match self.run.token().await {
            None => return Step::Done(self.stopped()),
            Some(Err(error)) => {
                self.run.no_token(&error);
                return Step::Done(Verdict::no_token(&error));
            }
            Some(Ok(token)) => token,
        };
        self.route = self.run.routing.route(&self.task.call);
        let Some(path) = self.run.routing.path(self.route, &self.task.call) else {
            return Step::Done(without_app_id());
        };
        self.attempts += 1;
        let began = Instant::now();
        let attempt = self.run.send(self.verb(), &path, self.id, &token).await;
        self.run.tell_attempt(self.task, self.id, self.attempts, &path, &attempt, began);
        self.after(&attempt, &token, began).await
    }

    /// What to do after an attempt, in the order in which the answers take precedence.
    async fn after(&mut self, attempt: &Attempt, token: &Token, began: Instant) -> Step {
        let verdict = verdict(self.verb(), attempt, self.lost);
        self.lost |= may_have_ended(attempt);
        match attempt {
            Attempt::Answered(answer) if answer.is_route_retired() => return self.retired(verdict),
            Attempt::Answered(answer) if answer.status == 401 => {
                return Box::pin(self.unauthorized(verdict, token)).await;
            }
            Attempt::CertificateRejected(reason) | Attempt::CannotSend(reason) => {
                self.run.stop.request(Reason::CannotSend(reason.clone()));
            }
            _ => {}
        }
        self.last = Some(verdict.clone());
        let next = retry::decide(attempt, self.used, self.run.pace.retries);
        self.obey(next, attempt, began, verdict)
    }

    fn retired(&mut self, verdict: Verdict) -> Step {
        match self.run.routing.fall_over(self.route) {
            FallOver::Never => Step::Done(verdict),
            FallOver::Now { first } => {
                if first {
                    self.run.tell_fall_over(self.route);
                }
                self.last = Some(verdict);
                Step::AtOnce
            }
        }
    }

    /// A 401 stops the run, after one renewal where the token's source can.
    async fn unauthorized(&mut self, verdict: Verdict, token: &Token) -> Step {
        if !std::mem::replace(&mut self.renewed, true) {
            match self.run.renew(token).await {
                None | Some(Ok(None)) => {}
                Some(Ok(Some(_))) => {
                    self.last = Some(verdict);
                    return Step::AtOnce;
                }
                Some(Err(error)) => {
                    self.run.no_token(&error);
                    let renewal = Verdict::no_token(&error);
                    return Step::Done(Verdict { outcome: renewal.outcome, error: renewal.error, ..verdict });
                }
            }
        }
        self.run.stop.request(Reason::Unauthorized);
        Step::Done(verdict)
    }

    fn obey(&mut self, next: Next, attempt: &Attempt, began: Instant, verdict: Verdict) -> Step {
        match next {
            Next::Settled => {
                self.run.throttle.answered();
                Step::Done(verdict)
            }
            Next::Exhausted(hold) => {
                match (attempt, hold) {
                    (Attempt::NotConnected(reason), _)
                        if self.run.tally.answered() == self.settled_before =>
                    {
                        self.run.stop.request(Reason::Outage(reason.clone()));
                    }
                    (_, Some(hold)) => self.hold_run(hold, attempt, began),
                    (_, None) => {}
                }
                Step::Done(verdict)
            }
            Next::Again(hold) => {
                let times = self.used;
                self.used += u32::from(hold.uses_retry);
                match hold.whom {
                    Whom::Run => {
                        self.hold_run(hold, attempt, began);
                        Step::Again
                    }
                    Whom::Call => self.hold_call(hold.wait, times, verdict),
                }
            }
        }
    }

    fn hold_run(&self, hold: Hold, attempt: &Attempt, began: Instant) {
        let (cause, why) = match attempt {
            Attempt::NotConnected(_) => (Cause::NoConnection, "no connection"),
            _ => (Cause::Asked, "the service asked"),
        };
        match self.run.throttle.pause(cause, hold.wait, began, rand::random()) {
            Pause::Until { until, new: true } => {
                self.run.tell_wait("the whole run", until.saturating_duration_since(Instant::now()), why);
                self.run.console.paused_until(until.into_std(), why);
            }
            Pause::Until { .. } => {}
            Pause::TooLong { wait } if cause == Cause::Asked => {
                self.run.stop.request(Reason::Throttled(wait));
            }
            Pause::TooLong { .. } => {
                let Attempt::NotConnected(reason) = attempt else { return };
                self.run.stop.request(Reason::Outage(reason.clone()));
            }
        }
    }

    /// A wait that would end after the deadline is not begun: its result is known now.
    fn hold_call(&self, wait: Wait, times: u32, verdict: Verdict) -> Step {
        let wait = match wait {
            Wait::Asked(asked) => asked,
            Wait::Backoff(_) | Wait::RunBackoff => backoff(times, rand::random()),
        };
        let beyond = |deadline| Instant::now() + wait > deadline;
        if self.run.deadline.is_some_and(beyond) {
            return Step::Done(verdict);
        }
        self.run.tell_wait(self.task.call.id.as_str(), wait, "before the next attempt");
        Step::After(wait)
    }
}

fn without_app_id() -> Verdict {
    let message = "--route applications needs the application's id".to_owned();
    let hint = Some(codes::NO_ROUTE_WITHOUT_APP_ID.to_owned());
    Verdict::bare(Outcome::Invalid, Some(CallError { code: None, message, hint }))
}
