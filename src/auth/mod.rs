//! The token: where it comes from, what it contains, and how it is renewed.

pub mod azure;
pub mod cached_token;
pub mod claims;
pub mod client_assertion;
pub mod command;
pub mod error;
pub mod http_client;
pub mod provider;
pub mod retry_budget;
pub mod secret_file;
pub mod sign_in;
pub mod sign_in_error;

pub use error::{TokenError, Trouble};
pub use provider::TokenProvider;
pub use sign_in::SignIn;
