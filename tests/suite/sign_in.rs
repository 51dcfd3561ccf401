//! How the library gets, shares and renews a token; what the binary makes of it is in `credentials.rs`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::verify_assertion;
use futures_util::future::join_all;
use hangup::internals::Token;
use hangup::internals::{Cloud, Credentials, Proof, TokenSource};
use hangup::internals::{NetworkEnv, Tls, Transport};
use hangup::internals::{SignIn, TokenProvider, Trouble};

use crate::oauth::{Answer, Entra};

const SECRET: &str = "s3cret~never+shown";

/// A transport that trusts this authority.
fn transport(pem: &str) -> Transport {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    Transport::new(Some(&file), Duration::from_secs(5), 8, &NetworkEnv::default()).unwrap()
}

fn provider(entra: &Entra, proof: Proof, sign_in: impl FnOnce(&mut SignIn)) -> TokenProvider {
    let transport = transport(&entra.pem);
    let client = move |proxies| transport.client(proxies, Tls::SystemRoots);
    let mut settings = SignIn {
        cloud: Cloud::Global,
        client: Box::new(client),
        retries: 4,
        timeout: Duration::from_secs(5),
        deadline: None,
    };
    sign_in(&mut settings);
    let credentials = Credentials {
        tenant_id: "contoso.example".to_owned(),
        client_id: "app".to_owned(),
        proof,
        authority: Some(entra.url.clone()),
        identity_header: None,
    };
    TokenProvider::new(TokenSource::Credentials { credentials, origin: "config".to_owned() }, settings)
}

fn with_secret(entra: &Entra) -> TokenProvider {
    provider(entra, Proof::Secret(SECRET.to_owned().into()), |_| ())
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[tokio::test]
async fn a_secret_is_sent_as_entra_takes_it() {
    for (cloud, scope) in [
        (Cloud::Global, "https://graph.microsoft.com/.default"),
        (Cloud::UsGov, "https://graph.microsoft.us/.default"),
        (Cloud::Dod, "https://dod-graph.microsoft.us/.default"),
    ] {
        let entra = Entra::saying(Answer::token("abc", 3600));
        let provider = provider(&entra, Proof::Secret(SECRET.to_owned().into()), |s| s.cloud = cloud);
        assert_eq!(provider.token().await, Ok(token("abc")));
        let asked = entra.only();
        assert_eq!(asked.path, "/contoso.example/oauth2/v2.0/token");
        let sent =
            ["grant_type", "client_id", "client_secret", "scope"].map(|name| asked.form[name].as_str());
        assert_eq!(sent, ["client_credentials", "app", SECRET, scope]);
    }
}

#[tokio::test]
async fn files_with_a_proof_are_read_at_each_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("proof");
    for (proof, field) in [
        (Proof::SecretFile(path.clone()), "client_secret"),
        (Proof::FederatedTokenFile(path.clone()), "client_assertion"),
    ] {
        let entra = Entra::start(|n, _| Answer::token(&format!("t{n}"), 3600));
        let provider = provider(&entra, proof, |_| ());
        std::fs::write(&path, "first\n").unwrap();
        assert_eq!(provider.token().await, Ok(token("t0")));
        std::fs::write(&path, "second\n").unwrap();
        assert_eq!(provider.renew(&token("t0")).await, Ok(Some(token("t1"))));
        let sent: Vec<_> = entra.asked().iter().map(|asked| asked.form[field].clone()).collect();
        assert_eq!(sent, ["first", "second"]);
    }
}

#[tokio::test]
async fn a_certificates_assertion_verifies() {
    for file in ["client.pem", "client-pkcs1.pem"] {
        let entra = Entra::saying(Answer::token("abc", 3600));
        let provider = provider(&entra, Proof::Certificate(data(file)), |_| ());
        assert_eq!(provider.token().await, Ok(token("abc")));
        let form = entra.only().form;
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(form["client_assertion_type"], kind);
        let pem = std::fs::read_to_string(data("client.pem")).unwrap();
        let audience = format!("{}/contoso.example/oauth2/v2.0/token", entra.url);
        verify_assertion(&form["client_assertion"], &pem, &audience);
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_entras_words_and_without_the_secret() {
    let entra =
        Entra::start(|_, asked| Answer::refusal(7_000_215, &format!("Bad {}.", asked.form["client_secret"])));
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(
        error.message,
        "127.0.0.1 answered the sign-in with status 401: AADSTS7000215: Bad ***. Trace ID: 1 Timestamp: 2026-01-01 00:00:00Z"
    );
    assert_eq!((error.code.as_deref(), error.trouble), (Some("AADSTS7000215"), Trouble::Denied));
    assert!(error.hint.is_some());
    assert_eq!(entra.asked().len(), 1, "a refusal is not asked for twice");
}

#[tokio::test]
async fn a_busy_service_is_asked_again() {
    let entra = Entra::scripted([
        Answer::status(503).header("retry-after", "1"),
        Answer::status(429).header("retry-after", "0"),
        Answer::token("abc", 3600),
    ]);
    let started = Instant::now();
    assert_eq!(with_secret(&entra).token().await, Ok(token("abc")));
    assert!(started.elapsed() >= Duration::from_secs(1), "Retry-After is obeyed in full");
    assert_eq!(entra.asked().len(), 3);
}

#[tokio::test]
async fn a_service_that_stays_busy_is_a_passing_trouble() {
    let entra = Entra::saying(Answer::status(503).header("retry-after", "0"));
    let provider = provider(&entra, Proof::Secret(SECRET.to_owned().into()), |s| s.retries = 2);
    let error = provider.token().await.unwrap_err();
    assert!(error.temporary(), "{error:?}");
    assert_eq!(entra.asked().len(), 3, "one layer of retries");
}

#[tokio::test]
async fn wait_beyond_the_deadline_is_not_started() {
    let entra = Entra::saying(Answer::status(429).header("retry-after", "100"));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(50);
    let secret = Proof::Secret(SECRET.to_owned().into());
    let provider = provider(&entra, secret, |s| s.deadline = Some(deadline));
    let error = provider.token().await.unwrap_err();
    assert_eq!((error.temporary(), error.retry_after), (true, Some(Duration::from_secs(100))));
    let message = "status 429: it asked for a pause of 1m 40s, which is too long to wait here";
    assert!(error.message.ends_with(message), "{error}");
}

#[tokio::test]
async fn no_answer_and_a_strange_one_are_told_apart() {
    let entra = Entra::saying(Answer::token("abc", 60).after(Duration::from_secs(30)));
    let hasty = provider(&entra, Proof::Secret(SECRET.to_owned().into()), |s| {
        s.retries = 0;
        s.timeout = Duration::from_millis(100);
    });
    let error = hasty.token().await.unwrap_err();
    assert!(
        error.temporary()
            && error.message.contains("gave no whole answer to the sign-in: timed out after 100ms"),
        "{error}"
    );

    for body in ["<html>", "{}", r#"{"access_token": {"s3": "leak"}, "expires_in": 1}"#] {
        let entra = Entra::saying(Answer::of(200, body.to_owned()));
        let error = with_secret(&entra).token().await.unwrap_err();
        assert!(error.message.contains("is not a token response"), "{error}");
        assert!(!error.temporary() && !error.message.contains("leak"));
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_said_so() {
    let (entra, other) = (Entra::saying(Answer::status(200)), Entra::saying(Answer::status(200)));
    let provider = provider(&entra, Proof::Secret(SECRET.to_owned().into()), |s| {
        let transport = transport(&other.pem);
        s.client = Box::new(move |proxies| transport.client(proxies, Tls::SystemRoots));
    });
    let error = provider.token().await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Untrusted, "{error}");
    assert!(error.message.contains("the certificate of 127.0.0.1:"), "{error}");
    assert!(error.message.contains("is not trusted"), "{error}");
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn five_hundred_workers_ask_once_and_once_more_after_their_401s() {
    let entra = Entra::start(|n, _| Answer::token(&format!("t{n}"), 3600).after(Duration::from_millis(50)));
    let provider = with_secret(&entra);
    let tokens = join_all((0..500).map(|_| provider.token())).await;
    assert!(tokens.iter().all(|t| *t == Ok(token("t0"))));
    assert_eq!(entra.asked().len(), 1);
    let rejected = token("t0");
    let renewed = join_all((0..500).map(|_| provider.renew(&rejected))).await;
    assert!(renewed.iter().all(|t| *t == Ok(Some(token("t1")))));
    assert_eq!(provider.renew(&token("t1")).await, Ok(None), "one renewal a run");
    assert_eq!(entra.asked().len(), 2);
}

#[tokio::test]
async fn a_short_lived_token_is_renewed_ahead_of_its_end_and_not_before() {
    let entra = Entra::start(|n, _| Answer::token(&format!("t{n}"), 2));
    let provider = with_secret(&entra);
    for _ in 0..100 {
        assert_eq!(provider.token().await, Ok(token("t0")));
    }
    assert_eq!(entra.asked().len(), 1);
    tokio::time::sleep(Duration::from_millis(1700)).await;
    assert_eq!(provider.token().await, Ok(token("t1")));
}

#[tokio::test]
async fn while_a_token_is_good_a_failed_renewal_disturbs_nobody() {
    let busy = |wait| Answer::status(503).header("retry-after", wait).after(Duration::from_millis(200));
    for (wait, least) in [("0", Duration::ZERO), ("2", Duration::from_millis(1300))] {
        let entra = Entra::scripted([Answer::token("t0", 3), busy(wait), Answer::token("t1", 3600)]);
        let provider = with_secret(&entra);
        assert_eq!(provider.token().await, Ok(token("t0")));
        tokio::time::sleep(Duration::from_millis(2450)).await;
        let started = Instant::now();
        let others = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(provider.token().await, Ok(token("t0")));
            assert!(started.elapsed() < Duration::from_millis(150), "nobody waits while it is good");
        };
        let (first, ()) = tokio::join!(provider.token(), others);
        assert_eq!(first, Ok(token("t0")));
        assert_eq!(entra.asked().len(), 2);
        tokio::time::sleep(Duration::from_millis(400)).await;
        let started = Instant::now();
        assert_eq!(provider.token().await, Ok(token("t1")), "once it has ended, another is asked for");
        assert!(started.elapsed() >= least, "not before the service wants to be asked");
    }
}
