//! The tests of the whole: they run the real binary against doubles on real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails should fail its test")]

mod credentials;
mod doubles;
mod oauth;
mod oauth_server;
mod sign_in;
mod support;
