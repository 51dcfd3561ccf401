//! The tests of the whole: they run the real binary against doubles on real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails should fail its test")]

mod doubles;
mod support;
