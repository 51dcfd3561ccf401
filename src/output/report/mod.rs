//! The report on standard output: pure formatters from results to bytes.

pub mod formatter;
#[cfg(test)]
pub mod samples;
pub mod summary;
pub mod text;

pub use formatter::Report;
pub use summary::{counts_phrase, summary_text};
