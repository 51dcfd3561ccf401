//! The report on standard output: pure formatters from results to bytes.

use std::io::{self, Write};

use super::json::{self, Document, ResultView};
use super::text::Table;
use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, Summary};
use crate::output::style::Paint;
use crate::settings::{Format, Output, Verbosity};

/// Turns results into the report's bytes, in the format and the volume that were asked for.
#[derive(Debug)]
pub struct Report {
    layout: Layout,
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
            Layout::Json(document) if self.volume < Verbosity::Silent => document.end(out, summary),
            _ => Ok(()),
        }
    }

    fn wants(&self, result: &CallResult) -> bool {
        match self.volume {
            Verbosity::Normal => true,
            // A document whose counts do not match its results would be no help: it stays whole.
            Verbosity::Quiet => result.exit != Exit::Ok || matches!(self.layout, Layout::Json(_)),
            Verbosity::Silent => false,
        }
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
