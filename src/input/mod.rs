//! Everything that names calls: arguments, lists, pipes, and notification logs.

pub mod count;
pub mod feed;
pub mod item;
pub mod lines;
pub mod notifications;
pub mod open;
pub mod reader;

pub use count::count_lines;
pub use feed::*;
pub use item::{Item, QueuedCall};
pub use lines::{LineContext, parse_line};
