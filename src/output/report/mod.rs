//! The report on standard output: pure formatters from results to bytes.

pub mod json;
pub mod report;
pub mod summary;
pub mod text;
#[cfg(test)]
pub mod samples;

pub use json::{ResultView, SummaryView};
pub use report::Report;
pub use summary::{counts_phrase, summary_text};
