//! Signing in at an OAuth server that is not ours: npm's oauth2-mock-server, over TLS, at Entra's paths.
//!
//! Ignored unless asked for, because it has to be installed first:
//! `npm ci --prefix tests/oauth && cargo test -- --ignored oauth_server`

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Graph, Hangup, Reply, hangup, verify_assertion};

const CERTIFICATE: &str = include_str!("../data/client.pem");

/// The server, in a process of its own; it ends when its standard input is closed.
struct Server {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    url: String,
    pem: String,
    _home: TempDir,
}

impl Server {
    fn start(seconds: u32) -> Self {
        let home = TempDir::new().unwrap();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (home.path().join("c.pem"), home.path().join("k.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oauth/server.mjs");
        let mut command = Command::new("node");
        command.arg(script).args([&certificate, &key]).arg(seconds.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&said.next().unwrap().unwrap()).unwrap();
        let url = format!("https://127.0.0.1:{}", first["port"]);
        Self { child, said, url, pem: made.cert.pem(), _home: home }
    }

    /// A command that signs in there as `client_id`.
    fn client(&self, client_id: &str, proof: &str) -> Hangup {
        let command = hangup().no_token().file("ca.pem", &self.pem).args(["--cacert", "ca.pem"]);
        let config = format!("tenant_id = \"contoso\"\nclient_id = \"{client_id}\"\n{proof}\n");
        command.env("AZURE_AUTHORITY_HOST", &self.url).config(&config)
    }

    /// Ends it; what it was asked.
    fn asked(mut self) -> Vec<Value> {
        drop(self.child.stdin.take());
        let said = self.said.by_ref().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        self.child.wait().unwrap();
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After its end this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bearers(graph: &Graph) -> Vec<String> {
    graph.asked().iter().map(|a| a.header("authorization").unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs npm ci --prefix tests/oauth"]
fn oauth_500_calls_need_one_token() {
    let (server, graph) = (Server::start(3600), Graph::start());
    let ids: Vec<_> = (0..500).map(|n| format!("call-{n}")).collect();
    let command = server.client("app", "client_secret = \"s3cret\"").to(&graph);
    command.args(["-f", "-"]).stdin(ids.join("\n")).run().exit(0).never_says("token");
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "{asked:#?}");
    assert_eq!(asked[0]["path"], "/contoso/oauth2/v2.0/token");
    assert_eq!(asked[0]["form"]["client_secret"], "s3cret");
    let expected = format!("Bearer {}", asked[0]["token"].as_str().unwrap());
    assert_eq!(bearers(&graph), vec![expected; 500]);
}

#[test]
#[ignore = "needs npm ci --prefix tests/oauth"]
fn oauth_certificate_and_federated_token_sign_in() {
    let (server, graph) = (Server::start(3600), Graph::start());
    let by_certificate =
        server.client("app", "client_certificate = \"c.pem\"").file(".config/hangup/c.pem", CERTIFICATE);
    by_certificate.to(&graph).arg("a").run().exit(0);
    let by_token =
        server.client("app", "federated_token_file = \"f\"").file(".config/hangup/f", "federated.token\n");
    by_token.to(&graph).arg("b").run().exit(0);

    let audience = format!("{}/contoso/oauth2/v2.0/token", server.url);
    let asked = server.asked();
    let assertion = asked[0]["form"]["client_assertion"].as_str().unwrap();
    verify_assertion(assertion, CERTIFICATE, &audience);
    assert_eq!(asked[1]["form"]["client_assertion"], "federated.token");
}

#[test]
#[ignore = "needs npm ci --prefix tests/oauth"]
fn oauth_refusal_is_exit_3() {
    let (server, graph) = (Server::start(3600), Graph::start());
    let done = server.client("refused", "client_secret = \"s3cret\"").to(&graph).arg("a").run();
    done.exit(3).says("AADSTS7000215").never_says("s3cret");
    assert_eq!(server.asked().len(), 1);
    graph.expect_untouched();
}

#[test]
#[ignore = "needs npm ci --prefix tests/oauth"]
fn oauth_token_is_renewed_during_the_run() {
    let server = Server::start(2);
    let graph = Graph::builder().default(|_| Reply::ended().after(Duration::from_millis(400))).start();
    let ids = (0..8).map(|n| format!("call-{n}"));
    server.client("app", "client_secret = \"s\"").to(&graph).args(["-j", "1"]).args(ids).run().exit(0);
    let mut used = bearers(&graph);
    used.dedup();
    assert!((2..=4).contains(&used.len()), "{} tokens", used.len());
    assert_eq!(server.asked().len(), used.len());
}

#[test]
#[ignore = "needs npm ci --prefix tests/oauth"]
fn check_shows_what_the_token_says() {
    let server = Server::start(3600);
    let done = server.client("app", "client_secret = \"s\"").arg("--check").run();
    done.exit(0).shows("Calls.Initiate.All").shows("https://graph.microsoft.com").shows("in 59m");
    let token = server.asked()[0]["token"].as_str().unwrap().to_owned();
    assert!(!done.stdout.contains(&token) && !done.stderr.contains(&token));
}
