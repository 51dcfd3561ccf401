//! `hangup` ends active Microsoft Graph calls: one `DELETE` a call, a truthful line a call, an exit code
//! that a script can act on.
#![forbid(unsafe_code)]

pub mod call;
pub mod cli;
pub mod console;
pub mod exit;
pub mod log;
pub mod outcome;
pub mod progress;
pub mod report;
pub mod results;
pub mod resume;
pub mod settings;
pub mod style;
pub mod text;
pub mod token;
pub mod writer;
