//! Standard error.

pub mod console;
pub mod stderr_thread;

pub use console::*;
