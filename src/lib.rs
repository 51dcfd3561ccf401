//! `hangup` ends active Microsoft Graph calls: one `DELETE` a call, a truthful line a call, an exit code
//! that a script can act on.
#![forbid(unsafe_code)]

pub mod attempt;
pub mod call;
pub mod cli;
pub mod exit;
pub mod explain;
pub mod graph;
pub mod input;
pub mod outcome;
pub mod retry;
pub mod sandbox;
pub mod service_error;
pub mod settings;
pub mod stop;
pub mod text;
pub mod throttle;
pub mod token;
pub mod transport;
