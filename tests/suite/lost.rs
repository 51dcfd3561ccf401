//! Lost responses: what later attempts prove about an attempt that may have ended the call.

use serde_json::json;

use crate::support::{Done, Graph, Reply, at_once, hangup};

fn after(first: Reply, then: Reply) -> Done {
    let graph = Graph::builder().always("x", [first, then]).start();
    let done = hangup().to(&graph).args(["-o", "json", "--timeout", "400ms", "x"]).run();
    assert_eq!(graph.asked().len(), 2);
    done
}

fn lost() -> [Reply; 9] {
    [
        Reply::reset(),
        Reply::close(),
        Reply::cut_head(),
        Reply::stall(),
        Reply::status(408),
        Reply::status(500),
        Reply::html(502),
        Reply::status(504),
        Reply::status(520),
    ]
}

#[test]
fn not_found_after_a_lost_response_is_ended_unconfirmed() {
    at_once(lost(), |reply| {
        let shown = format!("{reply:?}");
        let result = after(reply, Reply::not_found()).exit(0).result();
        assert_eq!((&result["outcome"], &result["confirmed"]), (&json!("ended"), &json!(false)), "{shown}");
        assert_eq!((&result["status"], &result["attempts"]), (&json!(404), &json!(2)), "{shown}");
    });
}

#[test]
fn not_found_after_a_rejected_request_is_not_found() {
    at_once([Reply::status(503), Reply::status(425), Reply::throttled("0")], |reply| {
        let shown = format!("{reply:?}");
        let result = after(reply, Reply::not_found()).exit(4).result();
        assert_eq!(
            (&result["outcome"], &result["confirmed"]),
            (&json!("not-found"), &json!(null)),
            "{shown}"
        );
    });
}

#[test]
fn one_lost_response_among_several_attempts_is_enough() {
    let replies = [Reply::reset(), Reply::status(503), Reply::throttled("0"), Reply::not_found()];
    let graph = Graph::builder().script("x", replies).start();
    let result = hangup().to(&graph).args(["-o", "json", "x"]).run().exit(0).result();
    assert_eq!((&result["confirmed"], &result["attempts"]), (&json!(false), &json!(4)));
}

#[test]
fn gateway_404_after_a_lost_response_is_failed() {
    let result = after(Reply::reset(), Reply::html(404)).exit(1).result();
    assert_eq!((&result["outcome"], &result["confirmed"]), (&json!("failed"), &json!(null)));
}

#[test]
fn other_responses_after_a_lost_one_keep_their_meaning() {
    assert_eq!(after(Reply::reset(), Reply::ended()).exit(0).result()["confirmed"], true);
    assert_eq!(after(Reply::reset(), Reply::status(403)).exit(3).result()["outcome"], "forbidden");
    assert_eq!(after(Reply::reset(), Reply::status(410)).exit(1).result()["outcome"], "failed");
}

#[test]
fn call_that_ran_out_of_retries_after_a_lost_response_may_have_ended() {
    let says = |first: Reply, then: Reply| {
        let graph = Graph::builder().always("x", [first, then]).start();
        let done = hangup().to(&graph).args(["--retries", "1", "-o", "json", "x"]).run();
        let hint = done.exit(5).result()["error"]["hint"].as_str().unwrap_or_default().to_owned();
        hint.contains("may have ended") && hint.contains("--dry-run=server")
    };
    assert!(says(Reply::reset(), Reply::error(503, "Busy", "Later.")));
    assert!(says(Reply::status(503), Reply::reset()));
    assert!(!says(Reply::error(503, "Busy", "Later."), Reply::error(503, "Busy", "Later.")));
}

#[test]
fn text_report_marks_unconfirmed_ends() {
    let graph = Graph::builder().always("x", [Reply::reset(), Reply::not_found()]).start();
    let unconfirmed = hangup().to(&graph).arg("x").run();
    let confirmed = hangup().to(&Graph::start()).arg("x").run();
    let words = |text: &str| text.split_whitespace().filter(|w| w.chars().all(char::is_alphabetic)).count();
    assert!(words(&unconfirmed.exit(0).stdout) > words(&confirmed.exit(0).stdout), "{unconfirmed:?}");
}
