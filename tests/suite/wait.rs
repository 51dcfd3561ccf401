//! Waiting until a call is gone.

use serde_json::json;

use crate::support::{Done, Graph, Reply, at_once, hangup};

fn wait(graph: &Graph, duration: &str) -> Done {
    hangup().to(graph).args([&format!("--wait={duration}"), "--retries", "0", "-o", "json", "x"]).run()
}

#[test]
fn wait_ends_when_the_call_is_gone_or_terminated() {
    let terminating = || Reply::call("terminating");
    at_once([Reply::not_found(), Reply::call("terminated"), Reply::call("Terminated")], |last| {
        let graph = Graph::builder().states("x", [terminating(), last]).start();
        let result = wait(&graph, "20s").exit(0).result();
        assert_eq!((&result["outcome"], &result["confirmed"]), (&json!("ended"), &json!(true)));
        let methods: Vec<_> = graph.asked().iter().map(|asked| asked.method.clone()).collect();
        assert_eq!(methods, ["DELETE", "GET", "GET"]);
        assert_eq!(result["attempts"], 1, "polls are no attempts to end it");
    });
}

#[test]
fn wait_running_out_is_still_active() {
    let graph = Graph::builder().states("x", [Reply::call("terminating")]).start();
    let done = wait(&graph, "1s");
    let result = done.exit(1).result();
    assert_eq!(result["outcome"], "still-active");
    let duration = done.summary()["duration_ms"].as_u64().unwrap();
    assert!((1000..5000).contains(&duration), "{duration} ms");
}

#[test]
fn poll_error_is_reported() {
    let graph = Graph::builder().states("x", [Reply::error(403, "7504", "May not look.")]).start();
    let result = wait(&graph, "1s").exit(1).result();
    assert_eq!((&result["outcome"], &result["error"]["code"]), (&json!("still-active"), &json!("7504")));
}

#[test]
fn poll_ignores_a_404_that_is_not_from_graph() {
    let graph = Graph::builder().states("x", [Reply::html(404)]).start();
    assert_eq!(wait(&graph, "1s").exit(1).result()["outcome"], "still-active");
}

#[test]
fn poll_is_retried_after_a_temporary_failure() {
    let graph = Graph::builder().states("x", [Reply::status(503), Reply::not_found()]).start();
    assert_eq!(wait(&graph, "20s").exit(0).result()["outcome"], "ended");
}

#[test]
fn wait_polls_only_after_success() {
    for reply in [Reply::not_found(), Reply::status(400)] {
        let graph = Graph::saying(reply);
        wait(&graph, "20s");
        assert_eq!(graph.asked().len(), 1);
    }
}

#[test]
fn wait_polls_after_any_2xx() {
    let graph = Graph::builder()
        .script("x", [Reply::status(202).header("request-id", "r")])
        .states("x", [Reply::not_found()])
        .start();
    wait(&graph, "20s").exit(0);
    assert_eq!(graph.lines().last().unwrap(), "GET /beta/app/calls/x");
}

#[test]
fn waiting_between_polls_takes_no_slot() {
    let terminating = || Reply::call("terminating");
    let graph = Graph::builder()
        .states("a", [terminating(), Reply::not_found()])
        .default(|asked| if asked.method == "GET" { Reply::not_found() } else { Reply::ended() })
        .start();
    hangup().to(&graph).args(["--wait=20s", "-j", "1", "a", "b"]).run().exit(0);
    let lines = graph.lines();
    let second = lines.iter().position(|line| line == "DELETE /beta/app/calls/b").unwrap();
    let last = lines.iter().rposition(|line| line == "GET /beta/app/calls/a").unwrap();
    assert!(second < last, "{lines:?}");
    assert_eq!(graph.max_under_way(), 1);
}

#[test]
fn duration_after_bare_wait_is_refused() {
    let graph = Graph::start();
    hangup().to(&graph).args(["--wait", "90s"]).run().refuses("did you mean `--wait=90s`?");
    hangup().to(&graph).args(["a", "--wait", "2m"]).run().refuses("--wait=2m");
    graph.expect_untouched();
}

#[test]
fn stalled_poll_does_not_outlast_wait() {
    let graph = Graph::builder().states("x", [Reply::stall()]).start();
    let done = wait(&graph, "1s");
    assert_eq!(done.exit(1).result()["outcome"], "still-active");
    let duration = done.summary()["duration_ms"].as_u64().unwrap();
    assert!((1000..5000).contains(&duration), "{duration} ms, and an attempt may take 30 s");
}

#[test]
fn unauthorized_poll_stops_the_run() {
    let graph = Graph::builder().states("x", [Reply::status(401)]).start();
    let done = hangup().to(&graph).args(["--wait=20s", "-o", "json", "x", "others-go-on-for-ever"]).run();
    assert_eq!(done.exit(3).results("still-active").len(), 2);
    assert!(done.summary()["duration_ms"].as_u64().unwrap() < 10_000);
}
