//! The engine: brings each call to exactly one result.

pub mod call_task;
pub mod context;
pub mod dispatch;
pub mod poll;
pub mod routing;
pub mod shutdown;
pub mod tally;
pub mod throttle;
pub mod verdict;

pub use context::Run;
pub use dispatch::{CallList, read_all, run};
pub use routing::Routing;
pub use tally::Tally;
