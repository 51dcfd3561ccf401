//! `-o json`: one document around all results, written as they come.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::{ResultView, SummaryView};

// For the schema only: results are written one by one.
/// The document of `-o json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "document")]
pub struct DocumentView<'a> {
    results: Vec<ResultView<'a>>,
    summary: SummaryView<'a>,
}

#[derive(Debug, Default)]
pub struct Document {
    started: bool,
}

impl Document {
    pub fn result(&mut self, out: &mut impl Write, result: &ResultView) -> io::Result<()> {
        let before: &[u8] = if self.started { b",\n" } else { b"{\"results\":[\n" };
        self.started = true;
        out.write_all(before)?;
        Ok(serde_json::to_writer(out, result)?)
    }

    /// Closes the document; one that was never started and has no summary stays empty.
    pub fn end(&mut self, out: &mut impl Write, summary: Option<&SummaryView>) -> io::Result<()> {
        match (self.started, summary) {
            (false, None) => return Ok(()),
            (false, Some(_)) => out.write_all(b"{\"results\":[")?,
            (true, _) => out.write_all(b"\n")?,
        }
        out.write_all(b"]")?;
        if let Some(summary) = summary {
            out.write_all(b",\"summary\":")?;
            serde_json::to_writer(&mut *out, summary)?;
        }
        out.write_all(b"}\n")
    }
}
