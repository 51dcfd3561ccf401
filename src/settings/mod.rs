//! The resolved settings of a run: flags over environment over profile over config over defaults.

pub mod cli;
pub mod config;
pub mod credentials;
pub mod defaults;
pub mod env;
pub mod files;
pub mod headers;
pub mod inputs;
pub mod resolve;
pub mod run_options;
pub mod target;
pub mod token_source;
pub mod token_types;
pub mod types;
pub mod urls;
pub mod values;
mod variables;

pub use crate::model::cloud::Cloud;
pub use crate::model::error::CommandError;
pub use env::Env;
pub use resolve::resolve;
pub use token_types::{Credentials, Proof, TokenSource};
pub use types::*;
