//! The doubles themselves: a double that cannot misbehave would let every test pass.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::support::tls::{Authority, Certificate};
use crate::support::{Graph, Reply};

fn ask(graph: &Graph, id: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(graph.base_url.strip_prefix("http://").unwrap())?;
    let request = format!("DELETE /beta/app/calls/{id} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}");
    stream.write_all(request.as_bytes())?;
    let mut answer = vec![0; 4096];
    let mut length = stream.read(&mut answer)?;
    while !answer[..length].ends_with(b"\r\n\r\n") {
        match stream.read(&mut answer[length..])? {
            0 => break,
            n => length += n,
        }
    }
    answer.truncate(length);
    Ok(String::from_utf8(answer).unwrap())
}

#[test]
fn graph_double_records_and_follows_script() {
    let graph =
        Graph::builder().script("a@b", [Reply::status(204).header("X-A", "1"), Reply::reset()]).start();
    assert_eq!(ask(&graph, "a%40b").unwrap(), "HTTP/1.1 204 X\r\nX-A: 1\r\n\r\n");
    assert_eq!(ask(&graph, "a%40b").unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(ask(&graph, "a%40b").unwrap().contains("request-id"));
    let asked = graph.asked();
    assert_eq!(graph.lines(), ["DELETE /beta/app/calls/a%40b"; 3]);
    assert_eq!((asked[0].body, asked[2].connection, asked[0].header("host")), (2, 3, Some("x")));
    assert_eq!((graph.max_under_way(), graph.connections()), (1, 3));
}

#[test]
fn graph_double_breaks_off_as_scripted() {
    for (reply, heard) in [
        (Reply::close(), ""),
        (Reply::cut_head(), "HTTP/1.1 204 No Content\r\nrequest-"),
        (Reply::cut_body(500), "HTTP/1.1 500 X\r\ncontent-length: 500\r\n\r\n"),
    ] {
        let answer = ask(&Graph::saying(reply), "a").unwrap();
        assert!(answer.starts_with(heard) && answer.len() < 60, "{answer:?}");
    }
}

fn client(authority: &Authority) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    reqwest::Client::builder().no_proxy().tls_backend_preconfigured(config).build().unwrap()
}

#[tokio::test]
async fn graph_double_speaks_http1_and_http2_over_tls() {
    let authority = Authority::new();
    let one = Graph::builder().tls(&authority, Certificate::Good).start();
    let two = Graph::builder().http2(&authority).goaway_after(2).start();
    for (graph, version, connections) in [(&one, Version::HTTP_11, 1), (&two, Version::HTTP_2, 3)] {
        let client = client(&authority);
        for _ in 0..5 {
            let url = format!("{}/beta/app/calls/a", graph.base_url);
            let answer = client.delete(url).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.version()), (204, version));
            // The GOAWAY needs a moment to arrive.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!((graph.asked().len(), graph.connections()), (5, connections));
        assert_eq!(graph.asked()[0].path, "/beta/app/calls/a");
    }
}

#[tokio::test]
async fn bad_certificates_are_rejected() {
    let authority = Authority::new();
    for certificate in [Certificate::Expired, Certificate::WrongHost, Certificate::SelfSigned] {
        let graph = Graph::builder().tls(&authority, certificate).start().may_stay_unasked();
        assert!(client(&authority).get(&graph.base_url).send().await.is_err());
        assert_eq!((graph.asked().len(), graph.connections()), (0, 1), "{certificate:?}");
    }
}

#[test]
fn graph_double_floods_only_while_read() {
    let graph = Graph::saying(Reply::flood(400, 1 << 30));
    let mut stream = TcpStream::connect(graph.base_url.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(b"DELETE /a HTTP/1.1\r\n\r\n").unwrap();
    stream.read_exact(&mut vec![0; 100_000]).unwrap();
    drop(stream);
    assert!((80_000..32 << 20).contains(&graph.flooded()), "{}", graph.flooded());
}

#[test]
#[should_panic(expected = "the double was never asked")]
fn graph_double_fails_if_never_asked() {
    drop(Graph::start());
}

#[test]
#[should_panic(expected = "it was asked")]
fn graph_double_fails_if_touched() {
    let graph = Graph::start();
    ask(&graph, "a").unwrap();
    graph.expect_untouched();
}
