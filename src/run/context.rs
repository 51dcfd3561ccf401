//! The run: calls from the feed, so many at once, each to exactly one result.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use uuid::Uuid;

use super::routing::Routing;
use super::tally::Tally;
use super::verdict::{Verdict, cut_off};
use crate::auth::claims::{self, Claims};
use crate::auth::{TokenError, TokenProvider};
use crate::http::attempt::Attempt;
use crate::http::request::{CallRequest, Service, Verb};
use crate::input::QueuedCall;
use crate::model::call::CallKey;
use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, NotFoundPolicy, Outcome, Plan};
use crate::model::route::Route;
use crate::model::token::Token;
use crate::output::console::Console;
use crate::run::shutdown::{Reason, Stop};
use crate::run::throttle::{Permit, Throttle};
use crate::settings::{Action, Cloud, CommandError, Limits};

/// Everything that the calls of a run share.
#[derive(Debug)]
pub struct Run<S> {
    /// Whoever takes the requests.
    pub service: S,
    /// Where the token comes from; `None` where none is needed.
    pub tokens: Option<TokenProvider>,
    /// Which route a call takes.
    pub routing: Routing,
    /// How fast, how long, how often.
    pub pace: Limits,
    /// What to do with each call.
    pub action: Action,
    /// `--wait`.
    pub wait: Option<Duration>,
    /// Whether `not-found` counts.
    pub not_found: NotFoundPolicy,
    /// In the sandbox any ID counts as a GUID.
    pub sandbox: bool,
    /// Stop at the first outcome whose exit code is not 0.
    pub fail_fast: bool,
    /// The base URL as it is shown.
    pub base_url: String,
    /// Calls that an earlier run's log shows settled.
    pub settled_before: HashSet<CallKey>,
    /// When the whole run has to be over.
    pub deadline: Option<Instant>,
    /// What holds back the whole run.
    pub throttle: Arc<Throttle>,
    /// Why and how it ends early.
    pub stop: Arc<Stop>,
    /// What was counted.
    pub tally: Tally,
    /// Standard error.
    pub console: Console,
    /// The cloud, which a token has to be for.
    pub cloud: Cloud,
    /// Whether the token was looked at for what it says of itself.
    pub token_looked_at: AtomicBool,
}

impl<S: Service> Run<S> {
    /// A slot for a request; `None` once nothing new may be begun.
    pub(super) async fn enter(&self) -> Option<Permit> {
        tokio::select! {
            biased;
            () = self.stop.requested() => None,
            slot = self.throttle.enter() => Some(slot),
        }
    }

    /// Sleeps; `false` where the run was stopped meanwhile.
    pub(super) async fn sleep(&self, wait: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.stop.requested() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }

    /// The token; `None` once nothing new may be begun.
    pub(super) async fn token(&self) -> Option<Result<Token, TokenError>> {
        let tokens = self.tokens.as_ref()?;
        let token = tokio::select! {
            biased;
            token = tokens.token() => token,
            () = self.stop.requested() => return None,
        };
        if let Ok(token) = &token
            && !self.token_looked_at.swap(true, Ordering::Relaxed)
        {
            self.look_at(token);
        }
        Some(token)
    }

    /// Reads a token that lies in a file, so that a bad one is told before anything is sent or reported. What
    /// has to be run or asked for waits for the first call.
    ///
    /// # Errors
    /// There is no token in the file.
    pub async fn look_for_token(&self) -> Result<(), CommandError> {
        match &self.tokens {
            Some(tokens) if tokens.is_at_hand() => match self.token().await {
                Some(Err(error)) => Err(CommandError { exit: error.exit(), message: error.message }),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Warns of what the token says against itself. It is sent all the same: the service decides.
    pub(super) fn look_at(&self, token: &Token) {
        let Some(claims) = Claims::read(token) else { return };
        for warning in claims::warnings(&claims, self.cloud, Timestamp::now()) {
            self.console.warn(&warning.to_string());
        }
    }

    /// Another token for a rejected one; `None` once nothing new may be begun.
    pub(super) async fn renew(&self, rejected: &Token) -> Option<Result<Option<Token>, TokenError>> {
        let tokens = self.tokens.as_ref()?;
        tokio::select! {
            biased;
            token = tokens.renew(rejected) => Some(token),
            () = self.stop.requested() => None,
        }
    }

    pub(super) async fn send(&self, verb: Verb, path: &str, id: Uuid, token: &Token) -> Attempt {
        let request = CallRequest { verb, path, client_request_id: id, token };
        tokio::select! {
            biased;
            attempt = self.service.send(request) => attempt,
            () = self.stop.cut_requested() => cut_off(),
        }
    }

    pub(super) fn no_token(&self, error: &TokenError) {
        let (message, exit) = (error.message.clone(), error.exit());
        let reason =
            Reason::NoToken { message, exit, wait: error.retry_after.filter(|wait| !wait.is_zero()) };
        if self.stop.request(reason) {
            self.console.error(&format!("no token: {}", error.message));
            if let Some(hint) = &error.hint {
                self.console.hint(hint);
            }
        }
    }

    pub(super) fn stopped_by(&self) -> String {
        let reason = self.stop.reason().map_or_else(|| "the run ended".to_owned(), |r| r.to_string());
        format!("not attempted: {reason}")
    }

    pub(super) fn tell_fall_over(&self, from: Route) {
        let to = Route::Communications;
        self.console.warn(&format!(
            "the service has retired the route `{from}`; using `{to}` instead (--route {to} goes there at once)"
        ));
    }

    pub(super) fn tell_attempt(
        &self,
        task: &QueuedCall,
        id: Uuid,
        attempts: u32,
        path: &str,
        attempt: &Attempt,
        began: Instant,
    ) {
        if !self.console.is_verbose() {
            return;
        }
        let what = match attempt {
            Attempt::Answered(answer) => {
                let asked = answer.retry_after.map(|wait| format!(", Retry-After {} s", wait.as_secs()));
                let request = answer.request_id.as_ref().map(|id| format!(", request-id {id}"));
                format!("{}{}{}", answer.status, asked.unwrap_or_default(), request.unwrap_or_default())
            }
            Attempt::Lost(loss) => format!("no whole answer: {}", loss.reason),
            Attempt::NotConnected(reason)
            | Attempt::CertificateRejected(reason)
            | Attempt::CannotSend(reason) => reason.clone(),
        };
        let took = began.elapsed().as_millis();
        self.console.detail(&format!(
            "{} attempt {attempts}: {}{path} -> {what} in {took} ms, client-request-id {id}",
            task.call.id, self.base_url
        ));
    }

    pub(super) fn tell_wait(&self, who: &str, wait: Duration, why: &str) {
        if self.console.is_verbose() {
            self.console.detail(&format!("{who} waits {:.1} s: {why}", wait.as_secs_f64()));
        }
    }

    /// What is told of a call, all of it from here: outcomes, counts and exit codes cannot differ.
    pub(super) fn result(&self, task: &QueuedCall, verdict: Verdict, trail: &Trail) -> CallResult {
        let plan = (verdict.outcome == Outcome::Planned).then(|| self.plan(task, verdict.state.clone()));
        CallResult {
            id: task.call.id.to_string(),
            app_id: task.call.app_id.clone(),
            outcome: verdict.outcome,
            status: verdict.status,
            confirmed: verdict.confirmed,
            attempts: trail.attempts,
            duration: trail.began.elapsed(),
            time: Timestamp::now(),
            route: Some(trail.route),
            client_request_id: trail.client_request_id,
            request_id: verdict.request_id,
            source: task.source.clone(),
            error: verdict.error,
            plan,
            seen: task.seen.clone(),
            exit: verdict.outcome.exit(self.not_found_policy(task), self.stop.exit()),
        }
    }

    /// Junk that Graph does not know is no call that has ended: only a GUID's `not-found` can be excused.
    fn not_found_policy(&self, task: &QueuedCall) -> NotFoundPolicy {
        if self.sandbox || task.call.is_guid() { self.not_found } else { NotFoundPolicy::Reported }
    }

    fn plan(&self, task: &QueuedCall, state: Option<String>) -> Plan {
        let path = self.routing.path(self.routing.route(&task.call), &task.call).unwrap_or_default();
        Plan { method: "DELETE", url: format!("{}{path}", self.base_url), state }
    }

    /// Counts a result, and stops the run where it is to stop at such a one.
    pub(super) fn count(&self, result: &CallResult) {
        self.tally.add(result);
        self.throttle.settled();
        self.console.settled(result.outcome);
        if self.fail_fast && result.exit != Exit::Ok {
            self.stop.request(Reason::FailFast(result.exit));
        }
    }
}

/// What is known of a call's way to its result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trail {
    pub attempts: u32,
    pub began: Instant,
    pub route: Route,
    pub client_request_id: Option<Uuid>,
}
