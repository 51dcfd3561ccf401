//! Outcomes and exit codes, against a double.

use serde_json::{Value, json};

use crate::support::{Done, GUID, Graph, Reply, hangup};

const NOT_FOUND: &str = r#"{"error":{"code":"8522","message":"Call not found."}}"#;

fn one(graph: &Graph) -> Done {
    hangup().to(graph).args(["--retries", "0", "-o", "json", "x"]).run()
}

fn result(reply: Reply) -> Value {
    one(&Graph::saying(reply)).result()
}

/// A status, the outcome that it means, the exit code that it asks for.
const TABLE: [(u16, &str, i32); 38] = [
    (200, "ended", 0),
    (202, "ended", 0),
    (204, "ended", 0),
    (301, "failed", 1),
    (302, "failed", 1),
    (307, "failed", 1),
    (400, "failed", 1),
    (401, "unauthorized", 3),
    (402, "failed", 1),
    (403, "forbidden", 3),
    (404, "not-found", 4),
    (405, "failed", 1),
    (406, "failed", 1),
    (408, "unavailable", 5),
    (409, "failed", 1),
    (410, "not-found", 4),
    (411, "failed", 1),
    (412, "failed", 1),
    (413, "failed", 1),
    (415, "failed", 1),
    (416, "failed", 1),
    (422, "failed", 1),
    (423, "failed", 1),
    (425, "unavailable", 5),
    (429, "throttled", 5),
    (451, "failed", 1),
    (500, "unavailable", 5),
    (501, "failed", 1),
    (502, "unavailable", 5),
    (503, "unavailable", 5),
    (504, "unavailable", 5),
    (505, "failed", 1),
    (506, "failed", 1),
    (507, "failed", 1),
    (508, "failed", 1),
    (509, "unavailable", 5),
    (511, "failed", 1),
    (599, "unavailable", 5),
];

#[test]
fn status_decides_outcome_and_exit_code() {
    for (status, outcome, exit) in TABLE {
        let graph = Graph::saying(Reply::error(status, "SomeCode", "Some words."));
        let args = ["--retries", "0", "-o", "json", "x"];
        let done = hangup().to(&graph).args(args).run();
        let result = done.exit(exit).result();
        assert_eq!(result["outcome"], outcome, "{status}: {result:#}");
        assert_eq!(result["status"], status, "{result:#}");
        assert_eq!(
            result["confirmed"],
            if outcome == "ended" { json!(true) } else { json!(null) },
            "{status}"
        );
        if outcome == "ended" {
            assert_eq!(result["error"], Value::Null);
        } else {
            assert_eq!(result["error"]["code"], "SomeCode", "{result:#}");
            assert_eq!(result["error"]["message"], "Some words.", "{result:#}");
        }
        assert_eq!(result["request_id"], format!("22222222-0000-4000-8000-000000000{status}"));
        assert_eq!(done.summary()["counts"][outcome.replace('-', "_")], 1);
    }
}

#[test]
fn text_report_has_a_line_per_failure() {
    for (status, outcome, exit) in
        [(400, "failed", 1), (403, "forbidden", 3), (404, "not-found", 4), (503, "unavailable", 5)]
    {
        let graph = Graph::saying(Reply::error(status, "SomeCode", "Some words."));
        let done = hangup().to(&graph).args(["--retries", "0", "the-call"]).run();
        done.exit(exit).shows(outcome).shows("the-call").shows(&status.to_string()).shows("SomeCode");
        done.shows("Some words.").shows("22222222-0000-4000-8000");
        assert_eq!(done.stdout.lines().count(), 1, "{done:?}");
    }
}

#[test]
fn missing_response_is_unavailable() {
    for reply in [Reply::reset(), Reply::close(), Reply::cut_head()] {
        let result = result(reply);
        assert_eq!(
            (&result["outcome"], &result["status"]),
            (&json!("unavailable"), &Value::Null),
            "{result:#}"
        );
        assert_eq!((&result["attempts"], &result["confirmed"]), (&json!(1), &Value::Null));
        assert!(!result["error"]["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn stalled_response_is_unavailable_after_the_timeout() {
    let graph = Graph::saying(Reply::stall());
    let done = hangup().to(&graph).args(["--retries", "0", "--timeout", "200ms", "-o", "json", "x"]).run();
    assert_eq!(done.exit(5).result()["outcome"], "unavailable");
}

#[test]
fn closed_port_is_unavailable() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let done = hangup()
        .args(["--base-url", &format!("http://{address}"), "--retries", "0", "-o", "json", "x"])
        .run();
    assert_eq!(done.exit(5).result()["outcome"], "unavailable");
}

#[test]
fn ended_although_the_connection_closes_after_204() {
    let graph = Graph::saying(Reply::status(204).header("Connection", "close"));
    assert_eq!(one(&graph).exit(0).result()["outcome"], "ended");
}

#[test]
fn not_found_needs_graphs_error_object_or_request_id() {
    let own = [
        Reply::body(404, NOT_FOUND),
        Reply::body(404, r#"{"error":{"code":"","message":""}}"#),
        Reply::status(404).header("request-id", "44444444-0000-4000-8000-000000000000"),
        Reply::html(404).header("Request-Id", "44444444-0000-4000-8000-000000000000"),
        Reply::body(404, "{\"error\":{\"co").header("request-id", "44444444-0000-4000-8000-000000000000"),
    ];
    for reply in own {
        let shown = format!("{reply:?}");
        assert_eq!(one(&Graph::saying(reply)).exit(4).result()["outcome"], "not-found", "{shown}");
    }
}

#[test]
fn ignore_not_found_excuses_only_graphs_own_404() {
    let others = [
        Reply::status(404),
        Reply::html(404),
        Reply::body(404, "not here"),
        Reply::body(404, "{}"),
        Reply::body(404, r#"{"error":"not found"}"#),
        Reply::body(404, r#"{"error":null}"#),
        Reply::body(404, r#"["error"]"#),
        Reply::body(404, "{\"error\":{\"co"),
    ];
    for reply in others {
        let shown = format!("{reply:?}");
        let graph = Graph::saying(reply);
        let command = hangup().to(&graph).args(["--retries", "0", "--ignore-not-found", "-o", "json", "x"]);
        let done = command.run();
        let result = done.result();
        done.exit(1);
        assert_eq!(result["outcome"], "failed", "{shown}");
        let error = &result["error"];
        assert!(format!("{}{}", error["message"], error["hint"]).contains("base URL"), "{result:#}");
    }
}

#[test]
fn success_that_is_not_graphs_is_failed() {
    for reply in [Reply::html(200), Reply::status(202)] {
        let result = one(&Graph::saying(reply)).exit(1).result();
        assert_eq!(
            (&result["outcome"], &result["confirmed"]),
            (&json!("failed"), &Value::Null),
            "{result:#}"
        );
        let hint = result["error"]["hint"].as_str().unwrap();
        assert!(hint.contains("base URL") && hint.contains("proxy"), "{hint}");
    }
    let own = Reply::status(202).header("request-id", "44444444-0000-4000-8000-000000000000");
    assert_eq!(one(&Graph::saying(own)).exit(0).result()["confirmed"], true);
}

#[test]
fn gone_is_not_found_or_excused() {
    for (status, code) in [(404, "8522"), (404, "9997"), (410, "Gone"), (400, "8528"), (400, "8543")] {
        let graph = Graph::builder().default(move |_| Reply::error(status, code, "Call is over.")).start();
        let command = hangup().to(&graph).args(["-o", "json", GUID]);
        let result = command.run().exit(4).result();
        assert_eq!(result["outcome"], "not-found", "{status} {code}");
        assert!(result["error"]["hint"].as_str().unwrap().contains("--ignore-not-found"), "{result:#}");
        let excused = command.arg("--ignore-not-found").run();
        assert_eq!(excused.exit(0).result()["outcome"], "not-found", "{status} {code}");
    }
    for reply in
        [Reply::status(410), Reply::error(400, "8522", "Call not found."), Reply::error(405, "8522", "m")]
    {
        assert_eq!(one(&Graph::saying(reply)).exit(1).result()["outcome"], "failed");
    }
}

#[test]
fn gateway_responses_keep_their_outcome_but_not_graphs_hint() {
    for (status, outcome, exit) in [
        (401, "unauthorized", 3),
        (403, "forbidden", 3),
        (404, "failed", 1),
        (500, "unavailable", 5),
        (503, "unavailable", 5),
    ] {
        let result = one(&Graph::saying(Reply::html(status))).exit(exit).result();
        assert_eq!(result["outcome"], outcome, "{status}");
        let hint = result["error"]["hint"].as_str().unwrap();
        assert!(hint.starts_with("A proxy or gateway answered, not Graph."), "{status}: {hint}");
        assert!(!hint.contains("consent") && !hint.contains("token"), "{status}: {hint}");
    }
}

#[test]
fn code_inside_the_message_is_unwrapped() {
    let inner = r#"{"errorCode":"7503","message":"Application is not registered in our store.","instanceAnnotations":[]}"#;
    let graph = Graph::saying(Reply::error(403, "UnknownError", inner));
    let error = one(&graph).exit(3).result()["error"].clone();
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("7503"), &json!("Application is not registered in our store."))
    );
    assert!(error["hint"].as_str().unwrap().contains("Teams channel"), "{error:#}");
}

#[test]
fn truncated_404_is_not_a_not_found() {
    let graph = Graph::saying(Reply::cut_body(404));
    let done = hangup().to(&graph).args(["--retries", "0", "--ignore-not-found", "x"]).run();
    // It is unknown who sent it: both failed and unavailable are true.
    assert!(matches!(done.code, Some(1 | 5)), "{done:?}");
}

#[test]
fn ignore_not_found_makes_not_found_a_success() {
    let graph = Graph::builder().always(GUID, [Reply::not_found()]).start();
    let done = hangup().to(&graph).args(["--ignore-not-found", "-o", "json", "a", GUID]).run();
    assert_eq!(done.exit(0).summary()["counts"]["not_found"], 1);
    let done = hangup().to(&graph).config("ignore_not_found = true\n").arg(GUID).run();
    done.exit(0).shows("not-found");
}

#[test]
fn exit_code_merges_several_outcomes() {
    let graph = Graph::builder()
        .always("gone", [Reply::not_found()])
        .always("away", [Reply::status(503)])
        .always("bad", [Reply::status(400)])
        .always("no", [Reply::status(403)])
        .start();
    let table: [(&[&str], i32); 6] = [
        (&["fine"], 0),
        (&["fine", "gone"], 4),
        (&["fine", "gone", "away"], 5),
        (&["bad", "gone", "away"], 1),
        (&["no", "bad", "gone", "away"], 3),
        (&["no", "fine"], 3),
    ];
    for (calls, exit) in table {
        hangup().to(&graph).args(["--retries", "0"]).args(calls.iter().copied()).run().exit(exit);
    }
}

#[test]
fn unauthorized_stops_the_run() {
    let graph = Graph::saying(Reply::error(401, "InvalidAuthenticationToken", "Expired."));
    let done = hangup().to(&graph).args(["-j", "1", "-o", "json", "a", "b", "c"]).run();
    let summary = done.exit(3).summary();
    assert_eq!(summary["counts"]["unauthorized"], 1);
    assert_eq!(summary["counts"]["not_attempted"], 2);
    for result in done.results("not-attempted") {
        assert_eq!((&result["attempts"], &result["status"]), (&json!(0), &Value::Null));
    }
    assert_eq!(graph.asked().len(), 1);
}

#[test]
fn forbidden_does_not_stop_the_run() {
    let graph = Graph::builder().script("a", [Reply::error(403, "7504", "No.")]).start();
    let done = hangup().to(&graph).args(["-j", "1", "-o", "json", "a", "b"]).run();
    assert_eq!(done.exit(3).summary()["counts"]["ended"], 1);
}
