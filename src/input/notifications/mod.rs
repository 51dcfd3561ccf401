//! Notification logs: which calls does one leave active?
//!
//! A bot's log is read as a stream: [`json_stream`] finds the JSON documents in it, [`json_walk`] the notifications
//! in a document at any depth, [`notification`] parses one, and [`active_calls`] merges them by call.

pub mod active_calls;
pub mod call_history;
pub mod entity;
pub mod entry_time;
pub mod field;
pub mod json_stream;
pub mod json_walk;
pub mod log_reader;
pub mod notification;
pub mod prefilter;
pub mod resource_path;
pub mod timestamp;

pub use active_calls::{ActiveCall, ActiveCallReport, ActiveCalls};
pub use log_reader::FileReport;

#[cfg(test)]
#[path = "../../../tests/suite/support/day_log.rs"]
mod day_log;
#[cfg(test)]
mod formats_tests;
