//! Everything that knows HTTP: requests, responses, connections, and when to retry.

pub mod attempt;
pub mod error_body;
pub mod error_chain;
pub mod failure;
pub mod graph;
pub mod request;
pub mod response;
pub mod retry;
pub mod single_flight;
pub mod transport;
