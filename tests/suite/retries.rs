//! Retries: which failures, how often, and when not.

use serde_json::{Value, json};

use crate::support::{Done, Graph, Reply, at_once, calls, hangup};

fn run(graph: &Graph, args: &[&str]) -> Done {
    hangup().to(graph).args(["-o", "json", "--timeout", "400ms"]).args(args).arg("x").run()
}

fn attempts(done: &Done) -> Value {
    done.result()["attempts"].clone()
}

#[test]
fn retries_transient_failures() {
    let mut replies: Vec<Reply> = [408, 425, 500, 502, 503, 504, 509, 520, 599].map(Reply::status).into();
    replies.extend([Reply::html(502), Reply::reset(), Reply::close(), Reply::cut_head(), Reply::stall()]);
    at_once(replies, |reply| {
        let shown = format!("{reply:?}");
        let graph = Graph::builder().script("x", [reply]).start();
        let done = run(&graph, &[]);
        let result = done.exit(0).result();
        assert_eq!((&result["outcome"], &result["confirmed"]), (&json!("ended"), &json!(true)), "{shown}");
        assert_eq!((result["attempts"].clone(), graph.asked().len()), (json!(2), 2), "{shown}");
    });
}

#[test]
fn does_not_retry_final_statuses() {
    for status in [
        300, 302, 400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 423, 501, 505, 506, 507,
        508, 510, 511,
    ] {
        let graph = Graph::saying(Reply::error(status, "Code", "Words."));
        assert_eq!(attempts(&run(&graph, &[])), 1, "{status}");
        assert_eq!(graph.asked().len(), 1, "{status}");
    }
}

#[test]
fn retries_option_limits_attempts() {
    at_once([("0", 1), ("1", 2), ("2", 3)], |(retries, expected)| {
        for reply in [Reply::status(500), Reply::reset()] {
            let graph = Graph::saying(reply);
            let done = run(&graph, &["--retries", retries]);
            assert_eq!(done.exit(5).result()["outcome"], "unavailable");
            assert_eq!((attempts(&done), graph.asked().len()), (json!(expected), expected));
        }
    });
}

#[test]
fn retries_0_makes_one_attempt() {
    for reply in
        [Reply::throttled("1"), Reply::status(429), Reply::status(503), Reply::close(), Reply::stall()]
    {
        let graph = Graph::saying(reply);
        assert_eq!(attempts(run(&graph, &["--retries", "0"]).exit(5)), 1);
        assert_eq!(graph.asked().len(), 1);
    }
}

#[test]
fn throttling_does_not_use_up_retries() {
    let throttled = || Reply::throttled("0");
    let replies = [throttled(), throttled(), Reply::status(503), throttled(), Reply::ended()];
    let graph = Graph::builder().script("x", replies).start();
    assert_eq!(attempts(run(&graph, &["--retries", "1"]).exit(0)), 5);
}

#[test]
fn attempts_share_one_client_request_id() {
    let replies = [Reply::status(503), Reply::reset(), Reply::throttled("0"), Reply::stall()];
    let graph = Graph::builder().script("x", replies).start();
    let done = run(&graph, &[]);
    let reported = done.exit(0).result()["client_request_id"].as_str().unwrap().to_owned();
    let asked = graph.asked();
    assert_eq!(asked.len(), 5);
    assert!(asked.iter().all(|a| a.header("client-request-id") == Some(&reported)));
}

#[test]
fn reports_the_last_response() {
    let graph =
        Graph::builder().always("x", [Reply::reset(), Reply::error(503, "Away", "Back soon.")]).start();
    let result = run(&graph, &["--retries", "1"]).exit(5).result();
    assert_eq!((&result["status"], &result["error"]["code"]), (&json!(503), &json!("Away")));
    let graph =
        Graph::builder().always("x", [Reply::error(503, "Away", "Back soon."), Reply::reset()]).start();
    let result = run(&graph, &["--retries", "1"]).exit(5).result();
    assert_eq!((&result["outcome"], &result["request_id"]), (&json!("unavailable"), &Value::Null));
}

#[test]
fn outage_stops_the_run() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let list = calls(1000);
    let args = ["--base-url", &format!("http://{address}"), "--retries", "1", "-j", "4", "-o", "json", "-"];
    let done = hangup().stdin(list).args(args).run();
    let summary = done.exit(5).summary();
    let (unavailable, unattempted) = (&summary["counts"]["unavailable"], &summary["counts"]["not_attempted"]);
    assert!((1..=8).contains(&unavailable.as_u64().unwrap()), "{summary:#}");
    assert_eq!(
        unavailable.as_u64().unwrap() + unattempted.as_u64().unwrap(),
        summary["total"].as_u64().unwrap()
    );
    assert!(summary["duration_ms"].as_u64().unwrap() < 10_000, "{summary:#}");
}

#[test]
fn timeout_applies_to_one_attempt() {
    let graph = Graph::builder().script("x", [Reply::stall(), Reply::stall()]).start();
    let result = run(&graph, &[]).exit(0).result();
    assert_eq!(result["attempts"], 3);
    assert!(result["duration_ms"].as_u64().unwrap() >= 800, "{result:#}");
}

#[test]
fn longest_of_several_retry_after_values_wins() {
    at_once([Reply::throttled("0").header("Retry-After", "2"), Reply::throttled("1,2")], |busy| {
        let graph = Graph::builder().script("a", [busy]).start();
        let done = hangup().to(&graph).args(["-o", "json", "a"]).run();
        assert!(done.exit(0).result()["duration_ms"].as_u64().unwrap() >= 2000);
    });
}
