//! Everything that is written: the report, the log, and standard error.

pub mod console;
pub mod json;
pub mod log;
pub mod progress;
pub mod report;
pub mod result_writer;
pub mod resume;
pub mod style;
pub mod terminal;
pub mod write_queue;
