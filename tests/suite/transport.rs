//! On the way to the service: proxies, TLS, certificates.

use crate::support::tls::{Authority, Certificate};
use crate::support::{Graph, Reply, hangup};

#[test]
fn loopback_is_never_proxied() {
    let (graph, proxy) = (Graph::start(), Graph::start());
    let mut command = hangup().to(&graph).arg("a");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command = command.env(name, &proxy.base_url);
    }
    command.run().exit(0);
    assert_eq!(graph.asked().len(), 1);
    proxy.expect_untouched();
}

#[test]
fn elsewhere_the_proxy_is_used() {
    let proxy = Graph::saying(Reply::status(403));
    let command = hangup().env("HTTPS_PROXY", &proxy.base_url).args(["--base-url", "https://graph.invalid"]);
    command.args(["--retries", "0", "a"]).run();
    assert_eq!(proxy.only().method, "CONNECT");
}

#[test]
fn tls_with_the_named_authority_over_both_protocols() {
    let authority = Authority::new();
    let one = Graph::builder().tls(&authority, Certificate::Good).start();
    let two = Graph::builder().http2(&authority).start();
    for graph in [&one, &two] {
        let command = hangup().file("ca.pem", &authority.pem).to(graph);
        command.args(["--cacert", "ca.pem", "a"]).run().exit(0);
        assert_eq!(graph.only().path, "/beta/app/calls/a");
        assert_eq!(graph.only().body, 0);
    }
}

#[test]
fn a_rejected_certificate_stops_the_run_and_is_not_retried() {
    let authority = Authority::new();
    for certificate in [Certificate::Expired, Certificate::WrongHost, Certificate::SelfSigned] {
        let graph = Graph::builder().tls(&authority, certificate).start().may_stay_unasked();
        let command = hangup().file("ca.pem", &authority.pem).to(&graph);
        let done = command.args(["--cacert", "ca.pem", "-j1", "-o", "json", "a", "b"]).run();
        let summary = done.exit(1).summary();
        assert_eq!(summary["total"], 2, "{certificate:?}");
        assert_eq!(done.results("not-attempted").len(), 1, "{certificate:?}: {done:?}");
        assert!(done.stdout.contains("certificate"), "{done:?}");
        assert_eq!((graph.asked().len(), graph.connections()), (0, 1), "{certificate:?}");
    }
}

#[test]
fn an_authority_that_was_not_named_is_not_trusted() {
    let graph = Graph::builder().tls(&Authority::new(), Certificate::Good).start().may_stay_unasked();
    hangup().to(&graph).arg("a").run().exit(1);
    assert_eq!(graph.asked().len(), 0);
}

#[test]
fn a_missing_or_empty_cacert_is_a_usage_error() {
    let graph = Graph::start();
    for file in ["missing.pem", "empty.pem"] {
        let command = hangup().file("empty.pem", "").to(&graph);
        command.args(["--cacert", file, "a"]).run().refuses(file);
    }
    graph.expect_untouched();
}
