//! The doubles themselves: a double that cannot misbehave would let every test pass.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

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
fn it_records_and_answers_by_script() {
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
fn it_breaks_off_where_it_is_told_to() {
    for (reply, heard) in [
        (Reply::close(), ""),
        (Reply::cut_head(), "HTTP/1.1 204 No Content\r\nrequest-"),
        (Reply::cut_body(500), "HTTP/1.1 500 X\r\ncontent-length: 500\r\n\r\n"),
    ] {
        let answer = ask(&Graph::saying(reply), "a").unwrap();
        assert!(answer.starts_with(heard) && answer.len() < 60, "{answer:?}");
    }
}

#[test]
#[should_panic(expected = "the double was never asked")]
fn it_fails_where_it_was_never_asked() {
    drop(Graph::start());
}

#[test]
#[should_panic(expected = "it was asked")]
fn it_fails_where_it_was_to_stay_untouched() {
    let graph = Graph::start();
    ask(&graph, "a").unwrap();
    graph.expect_untouched();
}
