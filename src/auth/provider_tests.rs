use std::path::Path;
use std::time::Duration;

use super::*;
use crate::http::transport::{Tls, Transport};
use crate::model::network_env::NetworkEnv;
use crate::settings::{Cloud, Credentials, Proof};

fn sign_in() -> SignIn {
    SignIn {
        cloud: Cloud::Global,
        client: Box::new(|_| anyhow::bail!("no client here")),
        retries: 4,
        timeout: Duration::from_secs(5),
        deadline: None,
    }
}

fn of_file(path: &Path) -> TokenProvider {
    let source = TokenSource::File { path: path.to_owned(), origin: "--token-file".to_owned() };
    TokenProvider::new(source, sign_in())
}

fn of_command(script: &str) -> TokenProvider {
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    TokenProvider::new(TokenSource::Command { argv, origin: "c".to_owned() }, sign_in())
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

#[test]
fn it_can_be_shared_by_threads_and_shows_no_secret() {
    fn shared<T: Send + Sync>(_: &T) {}
    let source = TokenSource::Ready { token: token("s3cret"), origin: "HANGUP_TOKEN".to_owned() };
    let provider = TokenProvider::new(source, sign_in());
    shared(&provider);
    assert_eq!(format!("{provider:?}"), r#"TokenProvider { origin: "HANGUP_TOKEN", .. }"#);
}

#[tokio::test]
async fn a_ready_token_has_no_renewal() {
    let source = TokenSource::Ready { token: token("a"), origin: String::new() };
    let provider = TokenProvider::new(source, sign_in());
    assert_eq!(provider.token().await, Ok(token("a")));
    assert_eq!(provider.renew(&token("a")).await, Ok(None));
}

#[tokio::test]
async fn a_file_is_read_when_it_is_needed_and_again_when_its_token_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    let provider = of_file(&path);
    std::fs::write(&path, "Bearer a\r\n").unwrap();
    assert_eq!(provider.token().await, Ok(token("a")));
    std::fs::write(&path, "b\n").unwrap();
    assert_eq!(provider.token().await, Ok(token("a")));
    assert_eq!(provider.renew(&token("a")).await, Ok(Some(token("b"))));
    assert_eq!(provider.renew(&token("a")).await, Ok(Some(token("b"))), "the rest of the burst");
    std::fs::write(&path, "c\n").unwrap();
    assert_eq!(provider.renew(&token("b")).await, Ok(None), "one renewal a run");
}

#[tokio::test]
async fn a_file_that_was_not_replaced_is_no_renewal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "a").unwrap();
    let provider = of_file(&path);
    assert_eq!(provider.token().await, Ok(token("a")));
    assert_eq!(provider.renew(&token("a")).await, Ok(None));
}

#[tokio::test]
async fn what_is_in_the_file_is_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    for text in ["", "two words"] {
        std::fs::write(&path, text).unwrap();
        let error = of_file(&path).token().await.unwrap_err();
        assert!(error.message.contains("` cannot be used: ") && !error.message.contains("words"), "{error}");
    }
}

/// A script that prints `t1`, `t2`, ... and counts its runs in a file.
fn counting(file: &Path) -> String {
    format!("echo x >> {f}; sleep 0.05; echo t$(wc -l < {f})", f = file.display())
}

#[tokio::test]
async fn many_workers_run_a_command_once_and_after_a_burst_of_401s_once_more() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let provider = of_command(&counting(&runs));
    let first = futures_util::future::join_all((0..50).map(|_| provider.token())).await;
    assert!(first.iter().all(|t| *t == Ok(token("t1"))), "{first:?}");
    let rejected = token("t1");
    let second = futures_util::future::join_all((0..50).map(|_| provider.renew(&rejected))).await;
    assert!(second.iter().all(|t| *t == Ok(Some(token("t2")))), "{second:?}");
    assert_eq!(provider.token().await, Ok(token("t2")));
    assert_eq!(provider.renew(&token("t2")).await, Ok(None));
    assert_eq!(std::fs::read_to_string(&runs).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn a_failure_is_told_to_all_and_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let provider = of_command(&format!("echo x >> {}; exit 7", runs.display()));
    let all = futures_util::future::join_all((0..10).map(|_| provider.token())).await;
    assert!(all.iter().all(|t| t.as_ref().is_err_and(|e| e.message.contains("exit code 7"))), "{all:?}");
    assert_eq!(std::fs::read_to_string(&runs).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn being_dropped_while_it_asks_leaves_it_usable() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let provider = of_command(&counting(&runs));
    assert!(tokio::time::timeout(Duration::from_millis(20), provider.token()).await.is_err());
    assert!(provider.token().await.is_ok());
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_a_request() {
    let sign_in = |authority: &str| {
        let credentials = Credentials {
            tenant_id: "t".to_owned(),
            client_id: "c".to_owned(),
            proof: Proof::Secret("s3cret".to_owned().into()),
            authority: Some(authority.to_owned()),
            identity_header: None,
        };
        let source = TokenSource::Credentials { credentials, origin: "config".to_owned() };
        let transport = Transport::new(None, Duration::ZERO, 1, &NetworkEnv::default()).unwrap();
        let client = Box::new(move |proxies| transport.client(proxies, Tls::Unused));
        TokenProvider::new(source, SignIn { client, ..sign_in() })
    };
    for (authority, part) in [("http://localhost", "must be https"), ("https://", "is not a URL")] {
        let error = sign_in(authority).token().await.unwrap_err();
        assert!(error.message.contains(part) && error.exit() == crate::model::exit::Exit::Denied, "{error}");
    }
}
