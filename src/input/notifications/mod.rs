//! Notification logs: which calls does one leave active?

pub mod active_calls;
pub mod field;
pub mod json_stream;
pub mod json_walk;
pub mod notification;
pub mod record;
pub mod resource_path;
pub mod timestamp;

pub use active_calls::{ActiveCall, ActiveCalls, Found};
pub use record::FileReport;
