//! `hangup` ends active Microsoft Graph calls: one `DELETE` a call, a truthful line a call, an exit code
//! that a script can act on.
#![forbid(unsafe_code)]

pub mod call;
pub mod cli;
pub mod exit;
pub mod explain;
pub mod notifications;
pub mod outcome;
pub mod settings;
pub mod text;
pub mod token;
