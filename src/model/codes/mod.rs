//! The meaning of HTTP statuses, error codes, end codes, outcomes and exit codes.

pub mod end_codes;
pub mod explanation;
pub mod hints;
pub mod lookup;
pub mod results;
pub mod service;
pub mod sign_in;
pub mod status;

pub use explanation::Kind;
pub use hints::*;
pub use lookup::{explain, hint, unknown};
pub use status::status_meaning;
