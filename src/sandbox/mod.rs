//! The simulated Graph.

pub mod calls;
pub mod fault;
pub mod response;
pub mod server;
pub mod service;

pub use server::{Sandbox, start};
