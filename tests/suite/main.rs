//! The tests of the whole: they run the real binary against doubles on real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails should fail its test")]

mod bodies;
mod broken_pipes;
mod calls;
mod concurrency;
mod config;
mod credentials;
mod deployment;
mod docs;
mod doubles;
mod dry_run;
mod explain;
mod faults;
mod help;
mod interactive;
mod kills;
mod log;
mod lost;
mod notifications;
mod oauth;
mod oauth_server;
mod outcomes;
mod output;
mod proxies;
mod retries;
mod routes;
mod sandbox;
mod schema;
mod sign_in;
mod stopping;
mod streams;
mod support;
mod throttle;
mod token;
mod transport;
mod wait;
