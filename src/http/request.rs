//! One request, and the trait of everything that takes requests.

use std::future::Future;

use uuid::Uuid;

use super::attempt::Attempt;
use crate::model::token::Token;

/// What is asked of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// End it.
    Delete,
    /// Show it.
    Get,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct CallRequest<'a> {
    /// What is asked.
    pub verb: Verb,
    /// Below the base URL, with a leading `/`, percent-encoded.
    pub path: &'a str,
    /// The same over all attempts of a call.
    pub client_request_id: Uuid,
    pub token: &'a Token,
}

/// Whoever takes requests: Graph over the network, or a stand-in under test.
pub trait Service: Send + Sync + 'static {
    /// Sends one request, once, and says what came of it.
    fn send(&self, request: CallRequest<'_>) -> impl Future<Output = Attempt> + Send;

    /// Returns false while it is certain that nothing can have been sent, because no connection was ever made.
    fn may_have_sent(&self) -> bool {
        true
    }
}
