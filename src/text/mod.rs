//! Text made safe to show, and texts that every part of the tool phrases in one way.

pub mod clean;
pub mod duration;
pub mod numbers;
pub mod redact;

pub use clean::*;
pub use duration::format_duration;
pub use numbers::{counted, thousands};
pub use redact::register_secret;
