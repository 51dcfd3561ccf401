//! The facts and types of the domain: no I/O, no HTTP.

pub mod call;
pub mod call_text;
pub mod cloud;
pub mod codes;
pub mod error;
pub mod exit;
pub mod loopback;
pub mod network_env;
pub mod outcome;
pub mod route;
pub mod token;
