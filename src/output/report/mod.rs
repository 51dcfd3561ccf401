//! The report on standard output: pure formatters from results to bytes.

pub mod json;
pub mod report;
#[cfg(test)]
pub mod samples;
pub mod summary;
pub mod text;

pub use json::{ResultView, SummaryView};
pub use report::Report;
pub use summary::{counts_phrase, summary_text};
