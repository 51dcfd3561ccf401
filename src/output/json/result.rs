//! A result as `-o jsonl` and the document show it.

use std::borrow::Cow;

use schemars::JsonSchema;
use uuid::Uuid;

use super::fields::{self, AsText, Utc, millis};
use crate::model::call::AppId;
use crate::model::exit::Exit;
use crate::model::outcome::{CallError, CallResult, LastSeen, Origin, Plan, Source};
use crate::model::route::Route;
use crate::text::shown;

/// A line of `-o jsonl`, and a result in the document of `-o json`.
#[derive(Debug, serde::Serialize, JsonSchema)]
#[schemars(rename = "result")]
pub struct ResultView<'a> {
    id: Cow<'a, str>,
    #[schemars(schema_with = "fields::app_id_or_null")]
    app_id: Option<&'a AppId>,
    #[schemars(schema_with = "fields::outcome")]
    outcome: &'static str,
    ok: bool,
    #[schemars(schema_with = "fields::status_or_null")]
    status: Option<u16>,
    confirmed: Option<bool>,
    attempts: u32,
    duration_ms: u64,
    #[schemars(schema_with = "fields::utc")]
    time: Utc,
    #[schemars(schema_with = "fields::route_or_null")]
    route: Option<Route>,
    #[schemars(schema_with = "fields::uuid_or_null")]
    client_request_id: Option<AsText<Uuid>>,
    request_id: Option<Cow<'a, str>>,
    #[schemars(schema_with = "fields::source_or_null")]
    source: Option<AsText<&'a Source>>,
    error: Option<ErrorView<'a>>,
    base_url: &'a str,
    sandbox: bool,
    #[serde(flatten)]
    plan: Option<PlanView<'a>>,
    #[serde(flatten)]
    state: Option<StateView<'a>>,
    #[serde(flatten)]
    seen: Option<SeenView<'a>>,
}

impl<'a> ResultView<'a> {
    pub fn new(result: &'a CallResult, origin: &'a Origin) -> Self {
        Self {
            id: shown(&result.id),
            app_id: result.app_id.as_ref(),
            outcome: result.outcome.name(),
            ok: result.exit == Exit::Ok,
            status: result.status,
            confirmed: result.confirmed,
            attempts: result.attempts,
            duration_ms: millis(result.duration),
            time: Utc(result.time),
            route: result.route,
            client_request_id: result.client_request_id.map(AsText),
            request_id: result.request_id.as_deref().map(shown),
            source: result.source.as_ref().map(AsText),
            error: result.error.as_ref().map(ErrorView::new),
            base_url: &origin.base_url,
            sandbox: origin.sandbox,
            plan: result.plan.as_ref().map(PlanView::new),
            state: StateView::new(result),
            seen: result.seen.as_ref().map(SeenView::new),
        }
    }
}

#[derive(Debug, serde::Serialize, JsonSchema)]
#[schemars(rename = "error")]
struct ErrorView<'a> {
    code: Option<Cow<'a, str>>,
    message: Cow<'a, str>,
    hint: Option<Cow<'a, str>>,
}

impl<'a> ErrorView<'a> {
    fn new(error: &'a CallError) -> Self {
        Self {
            code: error.code.as_deref().map(shown),
            message: shown(&error.message),
            hint: error.hint.as_deref().map(shown),
        }
    }
}

/// The fields that a dry run adds.
#[derive(Debug, serde::Serialize, JsonSchema)]
struct PlanView<'a> {
    method: &'a str,
    url: Cow<'a, str>,
}

impl<'a> PlanView<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self { method: plan.method, url: shown(&plan.url) }
    }
}

/// The call's state: in dry runs and with notifications.
#[derive(Debug, serde::Serialize, JsonSchema)]
struct StateView<'a> {
    state: Option<Cow<'a, str>>,
}

impl<'a> StateView<'a> {
    /// The state that the service reports now goes before the one in the notifications.
    fn new(result: &'a CallResult) -> Option<Self> {
        let known = result.plan.is_some() || result.seen.is_some();
        let reported = result.plan.as_ref().and_then(|plan| plan.state.as_ref());
        let state = reported.or_else(|| result.seen.as_ref().map(|seen| &seen.state));
        known.then(|| Self { state: state.map(|state| shown(state)) })
    }
}

/// The fields that notifications add.
#[derive(Debug, serde::Serialize, JsonSchema)]
struct SeenView<'a> {
    #[schemars(schema_with = "fields::utc_or_null")]
    last_seen: Option<Utc>,
    age_seconds: Option<u64>,
    tenant_id: Option<Cow<'a, str>>,
}

impl<'a> SeenView<'a> {
    fn new(seen: &'a LastSeen) -> Self {
        Self {
            last_seen: seen.time.map(Utc),
            age_seconds: seen.age.map(|age| age.as_secs()),
            tenant_id: seen.tenant_id.as_deref().map(shown),
        }
    }
}
