//! The report for people: one line per call, in columns.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::model::exit::Exit;
use crate::model::outcome::{CallError, CallResult, LastSeen, Outcome, Plan};
use crate::output::style::{Style, outcome_color};
use crate::output::terminal::{LineWidth, shorten, text_width};
use crate::text::{counted, format_duration, shown};

/// As wide as the longest outcome's name.
const OUTCOME_WIDTH: usize = 13;
/// As wide as a dashed GUID; the column grows with the longest ID so far.
const ID_WIDTH: usize = 36;
/// As wide as `59m 59s`.
const TIME_WIDTH: usize = 7;
/// As wide as `transferAccepted`, the longest state.
const STATE_WIDTH: usize = 16;
/// A message that would get less is left out.
const SHORTEST_DETAILS: usize = 8;

/// Lines whose columns align.
#[derive(Debug)]
pub(super) struct Table {
    style: Style,
    width: LineWidth,
    verbose: bool,
    id_width: usize,
    has_header: bool,
    not_attempted: Option<NotAttempted>,
}

/// The calls that one line at the end stands for, on a terminal.
#[derive(Debug)]
struct NotAttempted {
    count: u64,
    message: String,
}

impl Table {
    pub(super) fn new(style: Style, width: LineWidth, verbose: bool) -> Self {
        Self { style, width, verbose, id_width: ID_WIDTH, has_header: false, not_attempted: None }
    }

    /// Writes one result's line.
    pub(super) fn line(&mut self, out: &mut impl Write, result: &CallResult) -> io::Result<()> {
        let columns = self.width.columns();
        match (&result.plan, &result.seen, columns) {
            (_, _, Some(_)) if result.outcome == Outcome::NotAttempted => {
                self.count_not_attempted(result);
                Ok(())
            }
            (Some(plan), Some(seen), Some(columns)) => self.active_call(out, result, plan, seen, columns),
            _ => self.call(out, result, columns),
        }
    }

    /// Writes the line of the calls that were not attempted, if there are any.
    pub(super) fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        let Some(NotAttempted { count, message }) = self.not_attempted.take() else { return Ok(()) };
        let (columns, name) = (self.width.columns().unwrap_or(usize::MAX), Outcome::NotAttempted.name());
        let text = format!("{}  {message}", counted(count, "call"));
        let text = shorten(&text, columns.saturating_sub(OUTCOME_WIDTH + 2));
        writeln!(out, "{}  {text}", self.style.color(outcome_color(Outcome::NotAttempted), name))
    }

    fn count_not_attempted(&mut self, result: &CallResult) {
        let message = || result.error.as_ref().map(|error| shown(&error.message).into_owned());
        self.not_attempted
            .get_or_insert_with(|| NotAttempted { count: 0, message: message().unwrap_or_default() })
            .count += 1;
    }

    fn call(&mut self, out: &mut impl Write, result: &CallResult, columns: Option<usize>) -> io::Result<()> {
        let id = self.id(result, columns);
        let name = result.outcome.name();
        let status = result.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        let time = format_duration(result.duration);
        write!(
            out,
            "{outcome}{pad}  {id}  {status:>3}  {time}{details}",
            outcome = self.style.color(outcome_color(result.outcome), name),
            pad = " ".repeat(OUTCOME_WIDTH.saturating_sub(name.len())),
            time = self.style.dim(&format!("{time:>TIME_WIDTH$}")),
            details = self.details(result, columns, OUTCOME_WIDTH + 2 + text_width(&id) + 7 + TIME_WIDTH),
        )?;
        out.write_all(b"\n")
    }

    /// Returns the ID, padded to its column. Text that is no ID does not widen the column, and is shortened.
    fn id(&mut self, result: &CallResult, columns: Option<usize>) -> String {
        let id = shown(&result.id);
        let id = match columns {
            Some(_) if result.outcome == Outcome::Invalid => shorten(&id, self.id_width),
            _ => id.into_owned(),
        };
        if result.outcome != Outcome::Invalid {
            self.id_width = self.id_width.max(text_width(&id));
        }
        let pad = self.id_width.saturating_sub(text_width(&id));
        id + &" ".repeat(pad)
    }

    /// Returns the text behind the columns, shortened to the width that is left.
    fn details(&self, result: &CallResult, columns: Option<usize>, used: usize) -> String {
        let text = details(result).iter().fold(String::new(), |line, part| line + "  " + part);
        let request = request_id(result).map(|id| format!("  {id}")).unwrap_or_default();
        let left = columns.map_or(usize::MAX, |columns| columns.saturating_sub(used));
        if text_width(&text) + text_width(&request) <= left {
            return text + &self.style.dim(&request);
        }
        if left < SHORTEST_DETAILS + 2 { String::new() } else { shorten(&text, left) }
    }

    /// Writes one line of the table of active calls: ID, state, age, source.
    fn active_call(
        &mut self,
        out: &mut impl Write,
        result: &CallResult,
        plan: &Plan,
        seen: &LastSeen,
        columns: usize,
    ) -> io::Result<()> {
        let id = self.id(result, Some(columns));
        let source = |source: &str, style: fn(Style, &str) -> String| {
            let left = columns.saturating_sub(text_width(&id) + STATE_WIDTH + TIME_WIDTH + 6);
            style(self.style, &shorten(source, left))
        };
        if !self.has_header {
            let (id, state, age) = ("ID", "STATE", "AGE");
            let heads = format!(
                "{id:<width$}  {state:<STATE_WIDTH$}  {age:>TIME_WIDTH$}  {}",
                source("SOURCE", |_, text| text.to_owned()),
                width = self.id_width
            );
            writeln!(out, "{}", self.style.bold(&heads))?;
        }
        let state = shown(plan.state.as_deref().unwrap_or(&seen.state)).into_owned();
        let age = seen.age.map_or_else(|| "unknown".to_owned(), format_duration);
        let place = result.source.as_ref().map(|source| shown(&source.to_string()).into_owned());
        let place = source(place.as_deref().unwrap_or_default(), Style::dim);
        writeln!(out, "{id}  {state:<STATE_WIDTH$}  {age:>TIME_WIDTH$}  {place}")?;
        self.has_header = true;
        if self.verbose {
            writeln!(out, "  {} {}", plan.method, shown(&plan.url))?;
        }
        Ok(())
    }
}

/// Returns the parts behind the columns, except for the request ID.
fn details(result: &CallResult) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(
        result.plan.as_ref().and_then(|plan| plan.state.as_ref()).map(|s| format!("state {}", shown(s))),
    );
    parts.extend(result.plan.as_ref().map(|plan| format!("{} {}", plan.method, shown(&plan.url))));
    parts.extend(result.seen.as_ref().map(last_seen));
    if result.outcome == Outcome::Invalid || result.seen.is_some() {
        parts.extend(result.source.as_ref().map(|source| shown(&source.to_string()).into_owned()));
    }
    if result.confirmed == Some(false) {
        parts.push("not confirmed: a response was lost, then the call was gone".into());
    }
    parts.extend(result.error.as_ref().map(message).filter(|message| !message.is_empty()));
    parts
}

/// Returns the `request-id` of a failure or, without a response, its `client-request-id`.
pub(super) fn request_id(result: &CallResult) -> Option<String> {
    if result.error.is_none() && result.exit == Exit::Ok {
        return None;
    }
    let client = result.client_request_id.filter(|_| result.attempts > 0);
    match &result.request_id {
        Some(id) => Some(format!("request-id {}", shown(id))),
        None => client.map(|id| format!("client-request-id {id}")),
    }
}

/// Returns `CODE: message`, or the one of them that is there.
fn message(error: &CallError) -> String {
    let message = shown(&error.message);
    match &error.code {
        Some(code) if message.is_empty() => shown(code).into_owned(),
        Some(code) => format!("{}: {message}", shown(code)),
        None => message.into_owned(),
    }
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
