//! The report on standard output: pure formatters from results to bytes.

pub mod follow_up;
pub mod formatter;
#[cfg(test)]
pub mod samples;
pub mod summary;
pub mod text;

pub use follow_up::FollowUp;
pub use formatter::Report;
pub use summary::summary_text;
