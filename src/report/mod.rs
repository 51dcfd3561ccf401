//! The report on standard output: pure formatters from results to bytes.

mod json;
#[cfg(test)]
pub(crate) mod samples;
mod summary;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;
use std::io::{self, Write};

use self::json::Document;
pub use self::json::{ResultView, SummaryView};
pub use self::summary::{counts_phrase, summary_text};
use self::text::Table;
use crate::exit::Exit;
use crate::outcome::{CallResult, Summary};
use crate::settings::{Format, Output, Volume};
use crate::style::Paint;
use crate::text::clean;

/// The longest text that is shown in one place, in characters: longer than any URL that can be built here.
const SHOWN_AT_MOST: usize = 2048;

/// Turns results into the report's bytes, in the format and the volume that were asked for.
#[derive(Debug)]
pub struct Report {
    layout: Layout,
    volume: Volume,
}

#[derive(Debug)]
enum Layout {
    Text(Table),
    Json(Document),
    Jsonl,
}

impl Report {
    /// A report in which nothing is written yet.
    pub fn new(output: &Output) -> Self {
        let layout = match output.format {
            Format::Text => Layout::Text(Table::new(Paint::from(output.color.stdout))),
            Format::Json => Layout::Json(Document::default()),
            Format::Jsonl => Layout::Jsonl,
        };
        Self { layout, volume: output.volume }
    }

    /// Writes one result, where it is wanted.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn result(&mut self, out: &mut impl Write, result: &CallResult) -> io::Result<()> {
        if !self.wants(result) {
            return Ok(());
        }
        match &mut self.layout {
            Layout::Text(table) => table.line(out, result),
            Layout::Json(document) => document.result(out, result),
            Layout::Jsonl => json::line(out, &ResultView::of(result)),
        }
    }

    /// Ends the report. Without a summary the run ended before its end was known (an error before the first
    /// request): a report that has not begun then stays empty, and one that has is closed.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(&mut self, out: &mut impl Write, summary: Option<&Summary>) -> io::Result<()> {
        match &mut self.layout {
            Layout::Json(document) if self.volume < Volume::Silent => document.end(out, summary),
            _ => Ok(()),
        }
    }

    fn wants(&self, result: &CallResult) -> bool {
        match self.volume {
            Volume::Normal => true,
            // A document whose counts do not match its results would be no help: it stays whole.
            Volume::Quiet => result.exit != Exit::Ok || matches!(self.layout, Layout::Json(_)),
            Volume::Silent => false,
        }
    }
}

/// `text` as it may be shown. Everything from outside was cleaned where it came in; this is the last border
/// before a terminal, and costs one look at each byte.
fn shown(text: &str) -> Cow<'_, str> {
    let harmless = text.len() <= SHOWN_AT_MOST && text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if harmless { Cow::Borrowed(text) } else { Cow::Owned(clean(text, SHOWN_AT_MOST)) }
}
