//! Everything that knows HTTP: requests, responses, connections, and when to retry.

pub mod attempt;
pub mod client;
pub mod connect_error;
mod connection;
mod connector;
pub mod error_body;
pub mod error_chain;
pub mod failure;
pub mod graph;
mod no_proxy;
pub mod proxy;
pub mod request;
mod resolve;
pub mod response;
pub mod retry;
pub mod retry_after;
mod roots;
pub mod single_flight;
pub mod transport;
mod tunnel;
