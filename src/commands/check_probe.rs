//! The one request of `--check=server`: a GET for a call ID that does not exist.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::http::attempt::Attempt;
use crate::http::request::{CallRequest, Service, Verb};
use crate::model::call::CallRef;
use crate::model::exit::Exit;
use crate::model::outcome::{CallError, NotFoundPolicy, Outcome};
use crate::model::route::Route;
use crate::model::token::Token;
use crate::run::Routing;
use crate::run::routing::FallBack;
use crate::run::verdict::{Verdict, verdict};
use crate::settings::{CommandError, Target};

/// The request that was sent last and what came of it.
#[derive(Debug)]
pub struct Probe {
    pub url: String,
    pub route: Route,
    /// 2 after a route fall-back.
    pub attempts: u32,
    pub duration: Duration,
    pub client_request_id: Uuid,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    pub outcome: Outcome,
    /// Set unless Graph answered as it should.
    pub error: Option<CallError>,
    pub exit: Exit,
}

/// Asks for a random call ID. Follows a route fall-back; retries nothing.
///
/// # Errors
/// A route that needs an app ID, without one.
pub(super) async fn send(
    service: &impl Service,
    target: &Target,
    token: &Token,
) -> Result<Probe, CommandError> {
    let routing = Routing::new(target.route, target.api_version, target.cloud);
    let call = random_call(target)?;
    let client_request_id = Uuid::new_v4();
    let started = Instant::now();
    let mut attempts = 0;
    loop {
        let route = routing.route(&call);
        let path = routing.path(route, &call).ok_or_else(|| {
            CommandError::usage(format!("--check=server: the route {route} needs an app ID: give --app-id"))
        })?;
        attempts += 1;
        let attempt =
            service.send(CallRequest { verb: Verb::Get, path: &path, client_request_id, token }).await;
        let is_about_the_route =
            matches!(&attempt, Attempt::Answered(answer) if answer.is_about_the_route(route));
        if is_about_the_route && matches!(routing.fall_back(route), FallBack::Now { .. }) {
            continue;
        }
        let verdict = verdict(Verb::Get, route, &attempt, false);
        let (exit, error) = assess(&verdict);
        return Ok(Probe {
            url: format!("{}{path}", target.base_url),
            route,
            attempts,
            duration: started.elapsed(),
            client_request_id,
            status: verdict.status,
            request_id: verdict.request_id,
            outcome: verdict.outcome,
            error,
            exit,
        });
    }
}

/// Makes up a call that no service knows. The simulated Graph knows every ID but those that begin with `gone-`.
fn random_call(target: &Target) -> Result<CallRef, CommandError> {
    let prefix = if target.sandbox { "gone-" } else { "" };
    let call = CallRef::parse(&format!("{prefix}{}", Uuid::new_v4()));
    let call = call.map_err(|error| CommandError::usage(format!("--check=server: {error}")))?;
    Ok(CallRef { app_id: target.app_id.clone(), ..call })
}

/// Graph's own "not found" is what a working setup answers; a call under a random ID cannot be Graph's answer.
fn assess(verdict: &Verdict) -> (Exit, Option<CallError>) {
    match verdict.outcome {
        Outcome::NotFound => (Exit::Ok, None),
        Outcome::Planned => {
            let message = "the service knows a call under a random ID".into();
            let hint = Some("This is not Graph: check --base-url and the proxy.".into());
            (Exit::Failed, Some(CallError { code: None, message, hint }))
        }
        outcome => (outcome.exit(NotFoundPolicy::default(), Exit::Ok), verdict.error.clone()),
    }
}
