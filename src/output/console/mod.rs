//! Standard error.

pub mod handle;
pub mod shared;
pub mod stderr_thread;

pub use handle::*;
#[cfg(test)]
pub use shared::Timing;
