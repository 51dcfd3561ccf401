//! Results and summary as JSON: names and order of the fields are a promise to scripts.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use serde::ser::{Serialize, Serializer};
use uuid::Uuid;

use crate::model::call::AppId;
use crate::model::outcome::{CallError, CallResult, Counts, LastSeen, Outcome, Plan, Source, Summary};
use crate::model::route::Route;
use crate::text::shown;

/// Writes one value and a line break.
pub(super) fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// One document around all results, written as they come.
#[derive(Debug, Default)]
pub(super) struct Document {
    begun: bool,
}

impl Document {
    pub(super) fn result(&mut self, out: &mut impl Write, result: &CallResult) -> io::Result<()> {
        let before: &[u8] = if self.begun { b",\n" } else { b"{\"results\":[\n" };
        self.begun = true;
        out.write_all(before)?;
        Ok(serde_json::to_writer(out, &ResultView::of(result))?)
    }

    pub(super) fn end(&mut self, out: &mut impl Write, summary: Option<&Summary>) -> io::Result<()> {
        match (self.begun, summary) {
            (false, None) => return Ok(()),
            (false, Some(_)) => out.write_all(b"{\"results\":[")?,
            (true, _) => out.write_all(b"\n")?,
        }
        out.write_all(b"]")?;
        if let Some(summary) = summary {
            out.write_all(b",\"summary\":")?;
            serde_json::to_writer(&mut *out, &SummaryView::of(summary))?;
        }
        out.write_all(b"}\n")
    }
}

/// A result as JSON shows it.
#[derive(Debug, serde::Serialize)]
pub struct ResultView<'a> {
    id: Cow<'a, str>,
    app_id: Option<&'a AppId>,
    outcome: &'static str,
    status: Option<u16>,
    confirmed: Option<bool>,
    attempts: u32,
    duration_ms: u64,
    time: Utc,
    route: Option<Route>,
    client_request_id: Option<AsText<Uuid>>,
    request_id: Option<Cow<'a, str>>,
    source: Option<AsText<&'a Source>>,
    error: Option<ErrorView<'a>>,
    #[serde(flatten)]
    plan: Option<PlanView<'a>>,
    #[serde(flatten)]
    seen: Option<SeenView<'a>>,
}

impl<'a> ResultView<'a> {
    /// Borrows what is shown of `result`.
    pub fn of(result: &'a CallResult) -> Self {
        Self {
            id: shown(&result.id),
            app_id: result.app_id.as_ref(),
            outcome: result.outcome.name(),
            status: result.status,
            confirmed: result.confirmed,
            attempts: result.attempts,
            duration_ms: millis(result.duration),
            time: Utc(result.time),
            route: result.route,
            client_request_id: result.client_request_id.map(AsText),
            request_id: result.request_id.as_deref().map(shown),
            source: result.source.as_ref().map(AsText),
            error: result.error.as_ref().map(ErrorView::of),
            plan: result.plan.as_ref().map(|plan| PlanView::of(plan, result.seen.as_ref())),
            seen: result.seen.as_ref().map(|seen| SeenView::of(seen, result.plan.as_ref())),
        }
    }
}

#[derive(Debug, serde::Serialize)]
struct ErrorView<'a> {
    code: Option<Cow<'a, str>>,
    message: Cow<'a, str>,
    hint: Option<Cow<'a, str>>,
}

impl<'a> ErrorView<'a> {
    fn of(error: &'a CallError) -> Self {
        Self {
            code: error.code.as_deref().map(shown),
            message: shown(&error.message),
            hint: error.hint.as_deref().map(shown),
        }
    }
}

/// What a dry run adds. The service's own state, asked for now, goes before the one in the record.
#[derive(Debug, serde::Serialize)]
struct PlanView<'a> {
    method: &'a str,
    url: Cow<'a, str>,
    state: Option<Cow<'a, str>>,
}

impl<'a> PlanView<'a> {
    fn of(plan: &'a Plan, seen: Option<&'a LastSeen>) -> Self {
        let state = plan.state.as_deref().or(seen.map(|seen| seen.state.as_str()));
        Self { method: plan.method, url: shown(&plan.url), state: state.map(shown) }
    }
}

/// What a notification record adds; the state only where the plan does not show it already.
#[derive(Debug, serde::Serialize)]
struct SeenView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Cow<'a, str>>,
    state_time: Option<Utc>,
    age_seconds: Option<u64>,
}

impl<'a> SeenView<'a> {
    fn of(seen: &'a LastSeen, plan: Option<&Plan>) -> Self {
        Self {
            state: plan.is_none().then(|| shown(&seen.state)),
            state_time: seen.time.map(Utc),
            age_seconds: seen.age.map(|age| age.as_secs()),
        }
    }
}

/// The summary as JSON shows it.
#[derive(Debug, serde::Serialize)]
pub struct SummaryView<'a> {
    total: u64,
    counts: CountsView,
    duplicates: u64,
    input_complete: bool,
    duration_ms: u64,
    exit_code: u8,
    sandbox: bool,
    base_url: &'a str,
}

impl<'a> SummaryView<'a> {
    /// Borrows what is shown of `summary`.
    pub fn of(summary: &'a Summary) -> Self {
        Self {
            total: summary.counts.total(),
            counts: CountsView(summary.counts),
            duplicates: summary.duplicates,
            input_complete: summary.input_complete,
            duration_ms: millis(summary.duration),
            exit_code: summary.exit.code(),
            sandbox: summary.sandbox,
            base_url: &summary.base_url,
        }
    }
}

/// Every outcome by its name, zeros too.
#[derive(Debug)]
struct CountsView(Counts);

impl Serialize for CountsView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Outcome::ALL.iter().map(|outcome| (outcome.name(), self.0.of(*outcome))))
    }
}

/// A moment in UTC by RFC 3339, always to the millisecond, so that texts sort as times do.
#[derive(Debug)]
struct Utc(Timestamp);

impl Serialize for Utc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// Anything by its `Display`.
#[derive(Debug)]
struct AsText<T>(T);

impl<T: Display> Serialize for AsText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
