//! The report for people: a line a call, in columns.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::model::exit::Exit;
use crate::model::outcome::{CallError, CallResult, LastSeen, Outcome, Plan};
use crate::output::style::{Paint, color_of};
use crate::text::{format_duration, shown};

/// As wide as the longest outcome's name.
const OUTCOME_WIDTH: usize = 13;
/// As wide as a GUID with its dashes; grows with the longest id so far.
const ID_WIDTH: usize = 36;

/// Lines whose columns align.
#[derive(Debug)]
pub(super) struct Table {
    paint: Paint,
    id_width: usize,
}

impl Table {
    pub(super) fn new(paint: Paint) -> Self {
        Self { paint, id_width: ID_WIDTH }
    }

    /// Writes one result's line.
    pub(super) fn line(&mut self, out: &mut impl Write, result: &CallResult) -> io::Result<()> {
        let id = shown(&result.id);
        // What is no id may be any text: it must not push the column out for all lines after it.
        if result.outcome != Outcome::Invalid {
            self.id_width = self.id_width.max(id.chars().count());
        }
        let name = result.outcome.name();
        let status = result.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        writeln!(
            out,
            "{outcome}{pad}  {id:<width$}  {status:>3}  {seconds:>7.3} s{details}",
            outcome = self.paint.put(color_of(result.outcome), name),
            pad = " ".repeat(OUTCOME_WIDTH.saturating_sub(name.len())),
            width = self.id_width,
            seconds = result.duration.as_secs_f64(),
            details = details(result),
        )
    }
}

/// What stands behind the columns, each part set off by two spaces.
fn details(result: &CallResult) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(result.plan.as_ref().map(planned));
    parts.extend(result.seen.as_ref().map(last_seen));
    if result.outcome == Outcome::Invalid || result.seen.is_some() {
        parts.extend(result.source.as_ref().map(|source| shown(&source.to_string()).into_owned()));
    }
    if result.confirmed == Some(false) {
        parts.push("not confirmed: an answer was lost, then the call was gone".into());
    }
    parts.extend(result.error.as_ref().map(said).filter(|said| !said.is_empty()));
    if result.error.is_some() || result.exit != Exit::Ok {
        parts.extend(result.request_id.as_ref().map(|id| format!("request-id {}", shown(id))));
    }
    parts.extend(hint(result));
    parts.iter().fold(String::new(), |line, part| line + "  " + part)
}

/// `CODE: message`, or the one of them that is there.
fn said(error: &CallError) -> String {
    let message = shown(&error.message);
    match &error.code {
        Some(code) if message.is_empty() => shown(code).into_owned(),
        Some(code) => format!("{}: {message}", shown(code)),
        None => message.into_owned(),
    }
}

fn hint(result: &CallResult) -> Option<String> {
    let hint = result.error.as_ref()?.hint.as_ref()?;
    Some(format!("hint: {}", shown(hint)))
}

fn planned(plan: &Plan) -> String {
    let mut text = format!("{} {}", plan.method, shown(&plan.url));
    if let Some(state) = &plan.state {
        let _ = write!(text, "  state {}", shown(state));
    }
    text
}

fn last_seen(seen: &LastSeen) -> String {
    let mut text = format!("last seen {}", shown(&seen.state));
    if let Some(time) = seen.time {
        let _ = write!(text, " at {time:.0}");
    }
    if let Some(age) = seen.age {
        let _ = write!(text, " ({} ago)", format_duration(age));
    }
    text
}
