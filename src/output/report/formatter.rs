//! The report on standard output: pure formatters from results to bytes.

use std::io::{self, Write};

use super::text::Table;
use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, Origin, Summary};
use crate::output::json::{Document, ResultView, SummaryView};
use crate::output::style::Style;
use crate::output::terminal::LineWidth;
use crate::settings::{Format, Output, Verbosity};

/// Turns results into the report's bytes, in the format and the volume that were asked for.
#[derive(Debug)]
pub struct Report {
    layout: Layout,
    origin: Origin,
    volume: Verbosity,
}

#[derive(Debug)]
enum Layout {
    Text(Table),
    Json(Document),
    Jsonl,
}

impl Report {
    /// A report in which nothing is written yet.
    pub fn new(output: &Output, origin: Origin) -> Self {
        let layout = match output.format {
            Format::Text => {
                let width = LineWidth::of_stream(output.terminals.stdout);
                Layout::Text(Table::new(Style::from(output.color.stdout), width, output.verbose))
            }
            Format::Json => Layout::Json(Document::default()),
            Format::Jsonl => Layout::Jsonl,
        };
        Self { layout, origin, volume: output.volume }
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
            Layout::Json(document) => document.result(out, &ResultView::new(result, &self.origin)),
            Layout::Jsonl => {
                serde_json::to_writer(&mut *out, &ResultView::new(result, &self.origin))?;
                out.write_all(b"\n")
            }
        }
    }

    /// Ends the report. Without a summary the run ended before its end was known (an error before the first
    /// request): a report that has not started then stays empty, and one that has is closed.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(&mut self, out: &mut impl Write, summary: Option<&Summary>) -> io::Result<()> {
        match &mut self.layout {
            Layout::Text(table) => table.end(out),
            Layout::Json(document) if self.volume < Verbosity::Silent => {
                document.end(out, summary.map(SummaryView::new).as_ref())
            }
            _ => Ok(()),
        }
    }

    fn wants(&self, result: &CallResult) -> bool {
        match self.volume {
            Verbosity::Normal => true,
            Verbosity::Quiet => result.exit != Exit::Ok,
            Verbosity::Silent => false,
        }
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
