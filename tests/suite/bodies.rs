//! Response bodies as they really come: missing, truncated, huge and hostile.

use serde_json::{Value, json};

use crate::support::{Done, Graph, Reply, hangup};

fn one(graph: &Graph) -> Done {
    hangup().to(graph).args(["--retries", "0", "-o", "json", "x"]).run()
}

fn result(reply: Reply) -> Value {
    one(&Graph::saying(reply)).result()
}

#[test]
fn parses_real_error_bodies() {
    let table: [(&str, Value, Value); 7] = [
        (r#"{"error":{"code":"A","message":"m"}}"#, json!("A"), Value::Null),
        (r#"{"error":{"code":"A","message":"m","innererror":{"request-id":"r"}}}"#, json!("A"), json!("r")),
        (r#"{"error":{"code":"A","message":"m","innerError":{"request-id":"r"}}}"#, json!("A"), json!("r")),
        (
            r#"{"error":{"code":"A","message":"m","innererror":{"innererror":{"request-id":"r"}}}}"#,
            json!("A"),
            json!("r"),
        ),
        (r#"{"error":{"code":"","message":"m"}}"#, Value::Null, Value::Null),
        (r#"{"error":{"message":"m"}}"#, Value::Null, Value::Null),
        ("{\"error\":{\"code\":\"A\",\"mess", json!("A"), Value::Null),
    ];
    for (body, code, request_id) in table {
        let result = result(Reply::body(400, body));
        assert_eq!((&result["outcome"], &result["status"]), (&json!("failed"), &json!(400)));
        assert_eq!(
            (&result["error"]["code"], &result["request_id"]),
            (&code, &request_id),
            "{body}: {result:#}"
        );
        assert!(!result["error"]["message"].as_str().unwrap().is_empty(), "{body}");
    }
}

#[test]
fn bodies_without_an_error_object_give_a_message_but_no_code() {
    for reply in [
        Reply::status(400),
        Reply::html(400),
        Reply::body(400, "null"),
        Reply::body(400, "[[[["),
        Reply::body(400, "[".repeat(50_000)),
        Reply::body(400, vec![0xff, 0xfe, 0x00]),
        Reply::body(400, r#"{"error":[1,2]}"#),
    ] {
        let result = result(reply);
        assert_eq!(
            (&result["outcome"], &result["error"]["code"]),
            (&json!("failed"), &Value::Null),
            "{result:#}"
        );
        let message = result["error"]["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('<'), "{message}");
    }
}

#[test]
fn request_id_is_taken_from_the_header_first() {
    let body = r#"{"error":{"code":"A","message":"m","innerError":{"request-id":"from-body"}}}"#;
    assert_eq!(
        result(Reply::body(400, body).header("request-id", "from-header"))["request_id"],
        "from-header"
    );
    assert_eq!(result(Reply::ended())["request_id"], "11111111-0000-4000-8000-000000000204");
}

#[test]
fn control_characters_in_responses_are_stripped() {
    let evil = json!({ "error": {
        "code": "a\u{1b}[2Jb\nc", "message": format!("\u{1b}]0;title\u{7}\r\u{202e}{}", "long ".repeat(5000)),
        "innerError": { "request-id": "r\u{1b}[31m\nended  other  204" },
    }});
    for format in ["text", "json", "jsonl"] {
        let graph = Graph::saying(Reply::body(400, evil.to_string()));
        let done = hangup().to(&graph).args(["-v", "-o", format, "x"]).run();
        for output in [&done.exit(1).stdout, &done.stderr] {
            assert!(!output.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}']), "{output:?}");
            assert!(output.len() < 4000, "{} bytes", output.len());
        }
        if format != "json" {
            assert_eq!(done.stdout.lines().count(), 1, "{done:?}");
        }
    }
}

#[test]
fn huge_body_is_not_read_completely() {
    for (status, outcome) in [(400, "failed"), (404, "failed"), (200, "failed")] {
        let graph = Graph::saying(Reply::flood(status, 1 << 30));
        let done = one(&graph);
        assert_eq!(done.result()["outcome"], outcome, "{status}");
        // The rest is in the buffers of the two sockets.
        assert!(graph.flooded() < 32 << 20, "{} bytes were taken", graph.flooded());
    }
}

#[test]
fn error_of_20_mb_is_read_in_part() {
    let mut body = br#"{"error":{"code":"A","message":""#.to_vec();
    body.resize(20 << 20, b'x');
    body.extend_from_slice(b"\"}}");
    let done = one(&Graph::saying(Reply::body(400, body)));
    assert_eq!(done.exit(1).result()["outcome"], "failed");
    assert!(done.stdout.len() < 4000);
}

#[test]
fn gateways_error_object_is_not_graphs() {
    let body = r#"{"message":"404 not found","error":{"code":"route_not_found","type":"x"}}"#;
    let graph = Graph::saying(Reply::body(404, body));
    let done = hangup().to(&graph).args(["--ignore-not-found", "-o", "json", "x"]).run();
    assert_eq!(done.exit(1).result()["outcome"], "failed");
}
