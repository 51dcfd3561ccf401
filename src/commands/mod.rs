//! One file per command, and what comes before and after a run.

pub mod blocking;
pub mod check;
mod check_probe;
mod check_report;
pub mod closing;
pub mod endpoint;
pub mod explain;
pub mod generate;
pub mod hang_up;
pub mod interrupt;
pub mod open_files;
mod preflight;
pub mod prompt;
pub mod signals;
