//! The published JSON Schema: it refuses what no run may write. That it accepts what runs do write is checked
//! wherever the suite reads JSON.

use serde_json::{Value, json};

use crate::support::schema::violations;
use crate::support::{Graph, Reply, hangup};

/// A valid document with an ended call and a call that was not found.
fn document() -> Value {
    let graph = Graph::builder().always("gone", [Reply::not_found()]).start();
    hangup().to(&graph).args(["-j1", "-o", "json", "a", "gone"]).run().exit(4).json()
}

/// Puts `value` at a JSON pointer; `None` removes the field.
fn broken(document: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut broken = document.clone();
    if let Some(value) = value {
        *broken.pointer_mut(pointer).unwrap() = value;
    } else {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field).unwrap();
    }
    broken
}

#[test]
fn refuses_broken_documents() {
    let document = document();
    let cases = [
        ("/results", None),
        ("/results", Some(json!({}))),
        ("/results/0", Some(json!("ended"))),
        ("/results/0/id", None),
        ("/results/0/id", Some(json!(7))),
        ("/results/0/outcome", Some(json!("hung-up"))),
        ("/results/1/outcome", Some(json!("not_found"))),
        ("/results/0/ok", None),
        ("/results/0/ok", Some(json!("yes"))),
        ("/results/0/status", Some(json!("204"))),
        ("/results/0/status", Some(json!(20))),
        ("/results/0/confirmed", Some(json!(1))),
        ("/results/0/attempts", Some(json!(-1))),
        ("/results/0/duration_ms", Some(json!(0.5))),
        ("/results/0/time", Some(json!("2026-03-01 12:00:00"))),
        ("/results/0/time", Some(json!(1_772_366_400))),
        ("/results/0/route", Some(json!("calls"))),
        ("/results/0/client_request_id", Some(json!("1"))),
        ("/results/0/source", Some(json!("calls.txt"))),
        ("/results/0/error", None),
        ("/results/1/error", Some(json!("not found"))),
        ("/results/1/error/message", None),
        ("/results/0/base_url", None),
        ("/results/0/sandbox", Some(Value::Null)),
        ("/summary", None),
        ("/summary/counts/still_active", None),
        ("/summary/counts/ended", Some(json!("1"))),
        ("/summary/exit_code", Some(json!(256))),
        ("/summary/retry_after_seconds", Some(json!("soon"))),
        ("/summary/left_alone/too_young", None),
        ("/summary/input_complete", Some(Value::Null)),
    ];
    for (pointer, value) in cases {
        let broken = broken(&document, pointer, value.clone());
        assert!(!violations("document", &broken).is_empty(), "accepted {pointer} = {value:?}");
    }
}

#[test]
fn allows_fields_of_later_versions() {
    let mut document = document();
    document["new"] = json!(1);
    document["results"][0]["new"] = json!(1);
    assert_eq!(violations("document", &document), [""; 0]);
}

#[test]
fn tells_log_lines_from_results() {
    let result = document()["results"][0].clone();
    assert_eq!(violations("result", &result), [""; 0]);
    assert!(!violations("log_line", &result).is_empty(), "a result has no token identity");
}

#[test]
fn is_printed_as_it_is_kept() {
    let printed = hangup().no_token().args(["--generate", "schema"]).run().exit(0).stdout.clone();
    assert_eq!(printed, include_str!("../../completions/hangup.schema.json"));
}
