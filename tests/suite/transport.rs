//! On the way to the service: proxies, TLS, certificates.

use std::io::{Read, Write};
use std::net::TcpListener;

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
fn proxy_is_used_for_other_hosts() {
    let proxy = Graph::saying(Reply::status(403));
    let command = hangup().env("HTTPS_PROXY", &proxy.base_url).args(["--base-url", "https://graph.invalid"]);
    command.args(["--retries", "0", "a"]).run();
    assert_eq!(proxy.only().method, "CONNECT");
}

#[test]
fn cacert_works_over_http1_and_http2() {
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
fn rejected_certificate_stops_the_run() {
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
fn https_to_a_plain_http_port_stops_the_run() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 5]).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").unwrap();
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let url = format!("https://{address}");
    let done = hangup().args(["--base-url", &url, "-j1", "-o", "json", "a", "b"]).run();
    done.exit(1).shows(&format!("{address} does not speak TLS: is plain HTTP on that port?"));
    assert_eq!(done.results("not-attempted").len(), 1);
    server.join().unwrap();
}

#[test]
fn unresolvable_host_is_named() {
    let command = hangup().env("NO_PROXY", "*").args(["--base-url", "https://graph.microsft.invalid"]);
    command.args(["--retries", "0", "a"]).run().exit(5).shows("cannot resolve graph.microsft.invalid: ");
}

#[test]
fn ssl_cert_file_is_named_where_it_is_the_cause() {
    let (authority, other) = (Authority::new(), Authority::new());
    let graph = Graph::builder().tls(&authority, Certificate::SelfSigned).start().may_stay_unasked();
    let command = hangup().file("other.pem", &other.pem).to(&graph).env("SSL_CERT_FILE", "other.pem");
    command.arg("a").run().exit(1).shows("(only those of SSL_CERT_FILE=other.pem)");
    let graph = Graph::builder().tls(&authority, Certificate::Good).start();
    let command = hangup().file("ca.pem", &authority.pem).to(&graph).env("SSL_CERT_FILE", "ca.pem");
    command.arg("a").run().exit(0);
}

#[test]
fn unknown_authority_is_not_trusted() {
    let graph = Graph::builder().tls(&Authority::new(), Certificate::Good).start().may_stay_unasked();
    hangup().to(&graph).arg("a").run().exit(1);
    assert_eq!(graph.asked().len(), 0);
}

#[test]
fn missing_or_empty_cacert_is_a_usage_error() {
    let graph = Graph::start();
    for file in ["missing.pem", "empty.pem"] {
        let command = hangup().file("empty.pem", "").to(&graph);
        command.args(["--cacert", file, "a"]).run().refuses(file);
    }
    graph.expect_untouched();
}
