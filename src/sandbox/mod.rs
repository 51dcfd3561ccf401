//! The simulated Graph.

pub mod answer;
pub mod calls;
pub mod server;
pub mod service;

pub use server::{Sandbox, start};
