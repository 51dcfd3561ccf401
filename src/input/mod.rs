//! Everything that names calls: arguments, lists, pipes, and notification logs.

pub mod feed;
pub mod lines;
pub mod notifications;
pub mod open;
pub mod reader;

pub use feed::*;
pub use lines::{MAX_LINE, parse_line};
