//! The command line.

pub mod args;
pub mod help;
pub mod parse;
pub mod run_args;

pub use args::{CallArgs, OtherArgs, OutputArgs, TargetArgs};
pub use parse::*;
pub use run_args::HowArgs;
