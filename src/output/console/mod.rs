//! Standard error.

pub mod handle;
pub mod stderr_thread;

pub use handle::*;
