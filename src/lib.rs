//! `hangup` ends active Microsoft Graph calls: one `DELETE` a call, a truthful line a call, an exit code
//! that a script can act on.
#![forbid(unsafe_code)]

pub mod attempt;
pub mod call;
pub mod claims;
pub mod cli;
pub mod console;
pub mod credentials;
pub mod exit;
pub mod explain;
pub mod graph;
pub mod input;
pub mod log;
pub mod outcome;
pub mod progress;
pub mod report;
pub mod results;
pub mod resume;
pub mod retry;
pub mod sandbox;
pub mod service_error;
pub mod settings;
pub mod stop;
pub mod style;
pub mod text;
pub mod throttle;
pub mod token;
pub mod transport;
pub mod writer;
