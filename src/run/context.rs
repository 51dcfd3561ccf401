//! What the calls of a run share, and what is known of each of them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use uuid::{Builder, Uuid};

use super::routing::Routing;
use super::shutdown::{Reason, Shutdown};
use super::tally::Tally;
use super::throttle::{PauseOutcome, PauseReason, Permit, Throttle};
use super::verdict::Verdict;
use crate::auth::claims::{self, Claims};
use crate::auth::{TokenError, TokenProvider};
use crate::http::attempt::{Attempt, LostResponse};
use crate::http::request::{CallRequest, Service, Verb};
use crate::input::QueuedCall;
use crate::model::call::CallKey;
use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, NotFoundPolicy, Outcome, Plan, TokenIdentity};
use crate::model::route::Route;
use crate::model::token::Token;
use crate::output::console::Console;
use crate::output::progress::PauseCause;
use crate::output::resume::SettledCalls;
use crate::settings::{Action, Cloud, CommandError, Limits};

/// Everything that the calls of a run share.
#[derive(Debug)]
pub struct Run<S> {
    pub service: S,
    /// `None` where no token is needed.
    pub tokens: Option<TokenProvider>,
    pub routing: Routing,
    pub limits: Limits,
    pub action: Action,
    /// `--wait`.
    pub wait: Option<Duration>,
    pub not_found: NotFoundPolicy,
    /// In the sandbox any ID counts as a GUID.
    pub sandbox: bool,
    /// Stop at the first outcome whose exit code is not 0.
    pub fail_fast: bool,
    /// The base URL as reports show it.
    pub base_url: String,
    /// Calls that an earlier run's log shows settled.
    pub settled_before: SettledCalls,
    pub throttle: Arc<Throttle>,
    pub shutdown: Arc<Shutdown>,
    pub tally: Tally,
    pub console: Console,
    pub cloud: Cloud,
    /// What the token in use is for; set, and warnings about it printed, when the first call needs it.
    pub token_identity: OnceLock<Option<Arc<TokenIdentity>>>,
}

/// One call and the requests made for it so far.
#[derive(Debug)]
pub(super) struct CallContext<'a> {
    pub queued: &'a QueuedCall,
    /// `None` where nothing will be sent.
    pub client_request_id: Option<Uuid>,
    /// The route of the last request, or the one that the first will take.
    pub route: Route,
    pub attempts: u32,
    pub started: Instant,
}

impl<S: Service> Run<S> {
    /// Starts the context of a call.
    pub(super) fn call<'a>(&self, queued: &'a QueuedCall) -> CallContext<'a> {
        CallContext {
            queued,
            client_request_id: Some(Builder::from_random_bytes(rand::random()).into_uuid()),
            route: self.routing.route(&queued.call),
            attempts: 0,
            started: Instant::now(),
        }
    }

    /// Waits for the right to send a request; `None` once nothing new may start.
    pub(super) async fn acquire(&self) -> Option<Permit> {
        tokio::select! {
            biased;
            () = self.shutdown.draining() => None,
            permit = self.throttle.acquire() => Some(permit),
        }
    }

    /// Sleeps; returns whether nothing stopped the run meanwhile.
    pub(super) async fn sleep(&self, wait: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.shutdown.draining() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }

    /// Returns the token; `None` once nothing new may start.
    pub(super) async fn token(&self) -> Option<Result<Token, TokenError>> {
        let tokens = self.tokens.as_ref()?;
        let token = tokio::select! {
            biased;
            token = tokens.token() => token,
            () = self.shutdown.draining() => return None,
        };
        if let Ok(token) = &token {
            self.token_identity.get_or_init(|| self.examine_token(token));
        }
        Some(token)
    }

    /// Returns whether an earlier run settled a call. A `not-found` counts only for the same app and tenant, so the
    /// token is needed to tell.
    pub(super) async fn is_settled(&self, call: &CallKey) -> bool {
        if self.settled_before.is_ended(call) {
            return true;
        }
        let Some(identity) = self.settled_before.not_found_with(call) else { return false };
        matches!(self.token().await, Some(Ok(_)))
            && self.token_identity.get().and_then(Option::as_deref) == Some(identity)
    }

    /// Reads a token that is in a file, so that a bad one is reported before anything is sent. Commands and sign-in
    /// wait for the first call.
    ///
    /// # Errors
    /// There is no usable token in the file.
    pub async fn preload_token(&self) -> Result<(), CommandError> {
        match &self.tokens {
            Some(tokens) if tokens.is_at_hand() => match self.token().await {
                Some(Err(error)) => Err(CommandError { exit: error.exit(), message: error.message }),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Warns of an expired token and the like, which is sent anyway: the service decides.
    fn examine_token(&self, token: &Token) -> Option<Arc<TokenIdentity>> {
        let claims = Claims::read(token)?;
        for warning in claims::warnings(&claims, self.cloud, Timestamp::now()) {
            self.console.warn(&warning.to_string());
        }
        Some(Arc::new(TokenIdentity { app_id: claims.app_id?, tenant_id: claims.tenant? }))
    }

    /// Replaces a rejected token; `None` once nothing new may start.
    pub(super) async fn renew(&self, rejected: &Token) -> Option<Result<Option<Token>, TokenError>> {
        let tokens = self.tokens.as_ref()?;
        tokio::select! {
            biased;
            token = tokens.renew(rejected) => Some(token),
            () = self.shutdown.draining() => None,
        }
    }

    /// Sends a request of a call. A shutdown cuts it off: at once while no connection was ever made, else when it
    /// aborts.
    pub(super) async fn send(
        &self,
        call: &CallContext<'_>,
        verb: Verb,
        path: &str,
        token: &Token,
    ) -> Attempt {
        let request =
            CallRequest { verb, path, client_request_id: call.client_request_id.unwrap_or_default(), token };
        let started = Instant::now();
        let in_flight = self.shutdown.request_started();
        let unsent = async {
            self.shutdown.draining().await;
            if self.service.may_have_sent() {
                std::future::pending::<()>().await;
            }
        };
        let attempt = tokio::select! {
            biased;
            attempt = self.service.send(request) => attempt,
            () = unsent => Attempt::NotConnected("the run ended while connecting".to_owned()),
            () = self.shutdown.aborting() => cut_off(),
        };
        drop(in_flight);
        self.log_attempt(call, path, &attempt, started);
        attempt
    }

    /// Stops the run for lack of a token.
    pub(super) fn stop_without_token(&self, error: &TokenError) {
        let retry_after = error.retry_after.filter(|wait| !wait.is_zero());
        let reason = Reason::NoToken { message: error.message.clone(), exit: error.exit(), retry_after };
        if self.shutdown.drain(reason) {
            self.console.error(&format!("no token: {}", error.message));
            if let Some(hint) = &error.hint {
                self.console.hint(hint);
            }
        }
    }

    /// Pauses the run after a request that started at `started`, or stops it where the wait would be too long.
    /// `no_connection` is the reason why there was no connection, if that is why.
    pub(super) fn pause(&self, reason: PauseReason, started: Instant, no_connection: Option<&str>) {
        let outcome = self.throttle.pause(reason, started, rand::random());
        let why = if no_connection.is_some() { "no connection" } else { "the service asked" };
        let stop = match (outcome, no_connection) {
            (PauseOutcome::Until { until, is_new: true }, _) => {
                self.log_wait("the whole run", until.saturating_duration_since(Instant::now()), why);
                let cause =
                    if no_connection.is_some() { PauseCause::NoConnection } else { PauseCause::Throttled };
                self.console.paused_until(until.into_std(), cause);
                return;
            }
            (PauseOutcome::Until { .. }, _) => return,
            (_, Some(reason)) => Reason::Outage(reason.to_owned()),
            (PauseOutcome::TooLong { wait }, None) => Reason::Throttled(wait),
            (PauseOutcome::NoProgress { wait }, None) => Reason::HeldUp(wait),
        };
        self.shutdown.drain(stop);
    }

    pub(super) fn report_fallback(&self, from: Route) {
        let to = Route::Communications;
        self.console.warn(&format!(
            "the route `{from}` does not lead to the calling service any more; using `{to}` for the rest of the run (--route {to} \
             uses it from the start)"
        ));
    }

    fn log_attempt(&self, call: &CallContext<'_>, path: &str, attempt: &Attempt, started: Instant) {
        if !self.console.is_verbose() {
            return;
        }
        let what = match attempt {
            Attempt::Answered(answer) => {
                let asked = answer.retry_after.map(|wait| format!(", Retry-After {} s", wait.as_secs()));
                let request = answer.request_id.as_ref().map(|id| format!(", request-id {id}"));
                format!("{}{}{}", answer.status, asked.unwrap_or_default(), request.unwrap_or_default())
            }
            Attempt::Lost(loss) => format!("no response: {}", loss.reason),
            Attempt::NotConnected(reason)
            | Attempt::CertificateRejected(reason)
            | Attempt::CannotSend(reason) => reason.clone(),
        };
        let id = call.client_request_id.unwrap_or_default();
        let took = started.elapsed().as_millis();
        self.console.detail(&format!(
            "{} attempt {}: {}{path} -> {what} in {took} ms, client-request-id {id}",
            call.queued.call.id, call.attempts, self.base_url
        ));
    }

    pub(super) fn log_wait(&self, who: &str, wait: Duration, why: &str) {
        if self.console.is_verbose() {
            self.console.detail(&format!("{who} waits {:.1} s: {why}", wait.as_secs_f64()));
        }
    }

    /// Builds a call's result. All results come from here: outcomes, counts and exit codes cannot differ.
    pub(super) fn result(&self, call: &CallContext<'_>, verdict: Verdict) -> CallResult {
        let queued = call.queued;
        let plan = (verdict.outcome == Outcome::Planned).then(|| self.plan(queued, verdict.state.clone()));
        CallResult {
            id: queued.call.id.to_string(),
            app_id: queued.call.app_id.clone(),
            outcome: verdict.outcome,
            status: verdict.status,
            confirmed: verdict.confirmed,
            attempts: call.attempts,
            duration: call.started.elapsed(),
            time: Timestamp::now(),
            route: Some(call.route),
            client_request_id: call.client_request_id,
            request_id: verdict.request_id,
            source: queued.source.clone(),
            error: verdict.error,
            plan,
            seen: queued.seen.clone(),
            token: (call.attempts > 0).then(|| self.token_identity.get().cloned().flatten()).flatten(),
            exit: verdict.outcome.exit(self.not_found_policy(queued), self.shutdown.exit()),
        }
    }

    /// Junk that Graph does not know is not a call that has ended: only a GUID's `not-found` can be excused.
    fn not_found_policy(&self, queued: &QueuedCall) -> NotFoundPolicy {
        if self.sandbox || queued.call.is_guid() { self.not_found } else { NotFoundPolicy::Reported }
    }

    fn plan(&self, queued: &QueuedCall, state: Option<String>) -> Plan {
        let path = self.routing.path(self.routing.route(&queued.call), &queued.call).unwrap_or_default();
        Plan { method: "DELETE", url: format!("{}{path}", self.base_url), state }
    }

    /// The verdict on a call that is not attempted because the run was stopped.
    pub(super) fn not_attempted(&self) -> Verdict {
        let reason = self.shutdown.reason().map_or_else(|| "the run ended".to_owned(), |r| r.to_string());
        Verdict::not_attempted(&format!("not attempted: {reason}"))
    }

    /// Counts a result, and stops the run where `--fail-fast` asks for it.
    pub(super) fn count(&self, result: &CallResult) {
        self.tally.add(result);
        self.throttle.call_settled();
        self.console.settled(result.exit == Exit::Ok);
        if self.fail_fast && result.exit != Exit::Ok {
            self.shutdown.drain(Reason::FailFast(result.exit));
        }
    }
}

fn cut_off() -> Attempt {
    let reason = "the run ended while waiting".to_owned();
    Attempt::Lost(LostResponse { may_have_acted: true, status: None, reason })
}
