use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::input::notifications::ActiveCallReport;
use crate::model::call::AppId;
use crate::model::outcome::{LastSeen, LeftAlone};

const ID: &str = "57DAB8B1894C409AB240BD8BEAE78896";
const DASHED: &str = "57dab8b1-894c-409a-b240-bd8beae78896";
const NOW: &str = "2026-03-01T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3600)
}

fn fold(text: impl AsRef<[u8]>) -> (FileReport, ActiveCalls) {
    let mut fold = ActiveCalls::new(None);
    let report = fold.read(text.as_ref(), &"bot.log".into(), &AtomicBool::new(false)).unwrap();
    (report, fold)
}

fn found(text: impl AsRef<[u8]>) -> ActiveCallReport {
    fold(text).1.finish(None, None, now())
}

/// Ids, states and lines of the calls that are left active.
fn active(text: impl AsRef<[u8]>) -> Vec<(String, String, u64)> {
    let calls = found(text).active.into_iter();
    calls.map(|c| (c.call.id.to_string(), c.seen.state, c.source.line)).collect()
}

/// A body as the old service posts it.
fn old(change: &str, id: &str, state: &str, etag: u32) -> Value {
    let path = format!("/app/calls/{id}");
    json!({"value": [{"changeType": change, "resource": path, "resourceData": {
        "@odata.type": "#microsoft.graph.call", "@odata.id": path, "@odata.etag": format!("W/\"{etag}\""),
        "state": state, "terminationReason": (state == "terminated").then_some("AppInitiated")}}]})
}

/// A body as the new service posts it, with both paths.
fn new(change: &str, id: &str, state: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.commsNotifications", "value": [{
        "@odata.type": "#microsoft.graph.commsNotification", "changeType": change,
        "resource": format!("/app/calls/{id}"), "resourceUrl": format!("/communications/calls/{id}"),
        "resourceData": {"@odata.type": "#microsoft.graph.call", "state": state, "chatInfo": {"id": "x"},
            "resultInfo": {"code": "200", "subcode": 7000, "message": "Call ended by the {bot}."}}}]})
}

fn at(time: &str, body: &Value) -> String {
    json!({"time": time, "level": "info", "body": body}).to_string()
}

/// The two notifications of the specification's page for the call that is hung up.
const SPECIFICATION: [&str; 2] = [
    r##"{
  "value": [
    {
      "changeType": "updated",
      "resource": "/app/calls/57DAB8B1894C409AB240BD8BEAE78896",
      "resourceData": {
        "@odata.type": "#microsoft.graph.call",
        "@odata.id": "/app/calls/57DAB8B1894C409AB240BD8BEAE78896",
        "@odata.etag": "W/\"5445\"",
        "state": "terminating"
      }
    }
  ]
}
"##,
    r##"{
  "value": [
    {
      "changeType": "deleted",
      "resource": "/app/calls/57DAB8B1894C409AB240BD8BEAE78896",
      "resourceData": {
        "@odata.type": "#microsoft.graph.call",
        "@odata.id": "/app/calls/57DAB8B1894C409AB240BD8BEAE78896",
        "@odata.etag": "W/\"5445\"",
        "state": "terminated",
        "terminationReason": "AppInitiated"
      }
    }
  ]
}
"##,
];

#[test]
fn specification_notifications_end_a_call() {
    let [terminating, terminated] = SPECIFICATION;
    assert_eq!(active(terminating), [(ID.into(), "terminating".into(), 1)]);
    for record in [[terminating, terminated].concat(), [terminated, terminating].concat()] {
        let (report, fold) = fold(&record);
        assert_eq!(report, FileReport { notifications: 2, ..FileReport::default() });
        let found = fold.finish(None, None, now());
        assert_eq!((found.active.len(), found.ended), (0, 1));
    }
}

#[test]
fn finds_documents_in_any_layout() {
    let body = old("updated", ID, "established", 1);
    let other = new("Updated", "b", "Established");
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    let lines = pretty.lines().count() as u64;
    let twice = |first: &str, second: &str| active(format!("{first}{second}"));
    let both = |first_line, second_line| {
        vec![(ID.into(), "established".into(), first_line), ("b".into(), "Established".into(), second_line)]
    };
    assert_eq!(twice(&format!("{body}\n"), &other.to_string()), both(1, 2));
    assert_eq!(twice(&format!("{body}"), &other.to_string()), both(1, 1));
    assert_eq!(twice(&format!("\n{pretty}\r\n\r\n"), &other.to_string()), both(2, lines + 3));
    assert_eq!(twice(&format!("[{body},\n"), &format!("{other}]")), both(1, 2));
    assert_eq!(twice("", &format!("[[{body}], [{other}]]")), both(1, 1));
    assert_eq!(twice(&format!("\u{feff}{body}\n"), &other.to_string()), both(1, 2));
    let prefixed = |body: &Value| format!("2026-03-01 10:00:00 [INFO] {{bot}} got: {body}\n");
    assert_eq!(twice(&prefixed(&body), &prefixed(&other)), both(1, 2));
    let array = serde_json::to_string_pretty(&json!([body, other])).unwrap();
    assert_eq!(active(array), both(2, lines + 2));
}

#[test]
fn finds_notifications_at_any_depth_and_in_strings() {
    let body = old("updated", "a", "established", 1);
    let once = body.to_string();
    let twice = json!(once).to_string();
    for record in [
        json!({"log": {"request": [{"payload": body}]}}),
        json!({"msg": once}),
        json!({"msg": format!("POST /api/calls: {once} (200)")}),
        json!({"msg": twice}),
        json!({"msg": {"body": json!({"inner": once}).to_string()}}),
        json!(once),
        body["value"][0].clone(),
    ] {
        assert_eq!(active(record.to_string()), [("a".into(), "established".into(), 1)], "{record}");
    }
    let in_string = json!({"changeType": "deleted", "resource": "/app/calls/a", "resourceData":
        json!({"state": "terminated"}).to_string()});
    assert_eq!(found(in_string.to_string()).ended, 1);
}

#[test]
fn matches_names_and_states_without_case() {
    let loud = json!({"Value": [{"ChangeType": "Updated", "ResourceURL": "/Communications/Calls/a",
        "RESOURCEDATA": {"STATE": "Terminated"}}]});
    assert_eq!(found(loud.to_string()).ended, 1);
    let deleted = json!({"changetype": "DELETED", "resourceurl": "/communications/calls/a"});
    assert_eq!(found(deleted.to_string()).ended, 1);
}

#[test]
fn reads_lists_of_entities() {
    let many = json!({"value": [{"changeType": "updated", "resourceUrl": "/communications/calls", "resourceData": [
        {"@odata.type": "#microsoft.graph.call", "id": "a", "state": "established"},
        {"@odata.type": "#microsoft.graph.call", "@odata.id": "/communications/calls/b", "state": "ringing"},
        {"@odata.type": "#microsoft.graph.call", "id": "c", "state": "terminated"}]}]});
    let names: Vec<_> = active(many.to_string()).into_iter().map(|(id, state, _)| (id, state)).collect();
    assert_eq!(names, [("a".into(), "established".into()), ("b".into(), "ringing".into())]);
}

#[test]
fn updates_below_a_call_neither_end_nor_hide_it() {
    let part = |below: &str| {
        json!({"value": [{"changeType": "deleted", "resource": format!("/app/calls/{ID}/{below}"),
            "resourceUrl": format!("/communications/calls/{DASHED}/{below}"),
            "resourceData": [{"@odata.type": "#microsoft.graph.x", "state": "terminated", "id": "x"}, {"id": "y"}]}]})
    };
    let operation = json!({"value": [{"changeType": "deleted", "resourceUrl": format!("/communications/calls/{ID}"),
        "resourceData": {"@odata.type": "#microsoft.graph.playPromptOperation", "status": "completed"}}]});
    let parts = format!("{}\n{}\n{operation}\n", part("participants"), part("operations/0fe0"));
    let (report, fold) = fold(&parts);
    assert_eq!((report.notifications, report.others, report.is_not_a_log()), (3, 0, false));
    let known_from_parts = fold.finish(None, None, now()).active;
    assert_eq!(known_from_parts.len(), 1);
    assert_eq!(known_from_parts[0].seen.state, "unknown");
    let live = new("updated", DASHED, "established");
    assert_eq!(active(format!("{live}\n{parts}")).len(), 1);
    let ended = new("deleted", ID, "terminated");
    assert_eq!(active(format!("{ended}\n{parts}")), []);
}

#[test]
fn end_outlasts_late_updates() {
    let end = |time: &str, etag| at(time, &old("deleted", ID, "terminated", etag));
    let live = |time: &str, etag| at(time, &old("updated", DASHED, "established", etag));
    let early = "2026-03-01T08:00:00Z";
    let late = "2026-03-01T09:00:00Z";
    let cases = [
        // Told late, with an older time, the same time, or none.
        (end(late, 5), live(early, 9), 0),
        (end(early, 5), live(early, 9), 0),
        (end(early, 5), old("updated", ID, "established", 9).to_string(), 0),
        // A later time, but of an older version or the same.
        (end(early, 5), live(late, 4), 0),
        (end(early, 5), live(late, 5), 0),
        // An end without a time: nothing is later.
        (old("deleted", ID, "terminated", 5).to_string(), live(late, 9), 0),
        // Truly seen again.
        (end(early, 5), live(late, 6), 1),
        // The beginning of the end, told late.
        (end(early, 5), at(late, &old("updated", ID, "terminating", 9)), 0),
        (end(early, 5), at(late, &new("updated", ID, "Terminating")), 0),
        (end(early, 5), at(late, &new("updated", ID, "established")), 1),
    ];
    for (first, second, left) in cases {
        for record in [format!("{first}\n{second}"), format!("{second}\n{first}")] {
            assert_eq!(active(&record).len(), left, "{record}");
        }
    }
    // And ended again.
    let again = format!("{}\n{}\n{}", end("2026-03-01T10:00:00Z", 7), live(late, 6), end(early, 5));
    assert_eq!(active(again), []);
}

#[test]
fn the_last_state_is_that_of_the_latest_time() {
    let record = |time, state| at(time, &new("updated", "a", state));
    let shuffled = [
        record("2026-03-01T09:00:00Z", "established"),
        record("2026-03-01T08:00:00Z", "establishing"),
        // Without a state: a sign of life all the same.
        at("2026-03-01T10:00:00+00:00", &json!({"changeType": "updated", "resource": "/app/calls/a"})),
    ];
    let calls = found(shuffled.join("\n")).active;
    let time = "2026-03-01T10:00:00Z".parse().unwrap();
    assert_eq!(calls.len(), 1);
    let seen =
        LastSeen { state: "established".into(), time: Some(time), age: Some(hours(2)), tenant_id: None };
    assert_eq!((&calls[0].seen, calls[0].source.line), (&seen, 3));
}

/// A call that changed at a moment that nobody knows is not aged by an older record.
#[test]
fn last_update_without_time_makes_age_unknown() {
    let early = "2026-03-01T08:00:00Z";
    let timed = |time: &str, state| at(time, &new("updated", "a", state));
    let timeless = |state| new("updated", "a", state).to_string();
    let unreadable = |state| at("2026-03-01 11:59:59,123", &new("updated", "a", state));
    let version = |etag| old("updated", "a", "hold", etag);
    let cases = [
        (vec![timed(early, "established"), timeless("hold")], "hold", None),
        (vec![timed(early, "established"), unreadable("transferring")], "transferring", None),
        (vec![timed(early, "established"), timeless("established")], "established", None),
        // What is not surely later does not make it known again.
        (vec![timed(early, "established"), timeless("hold"), timed(early, "established")], "hold", None),
        (vec![version(7).to_string(), at(early, &version(6))], "hold", None),
        (
            vec![timed(early, "hold"), timeless("x"), timed("2026-03-01T09:00:00Z", "established")],
            "established",
            Some(hours(3)),
        ),
        (vec![timeless("hold"), timed(early, "established")], "established", Some(hours(4))),
    ];
    for (records, state, age) in cases {
        let record = records.join("\n");
        let seen = found(&record).active.remove(0).seen;
        assert_eq!((seen.state.as_str(), seen.age), (state, age), "{record}");
        let taken = fold(&record).1.finish(Some(hours(2)), None, now());
        let known = usize::from(age.is_some());
        assert_eq!((taken.active.len(), taken.left_alone.no_time), (known, 1 - known as u64), "{record}");
    }
}

#[test]
fn file_order_does_not_date_updates() {
    let mut fold = ActiveCalls::new(None);
    let newest = new("updated", "a", "hold").to_string();
    let rotated = at("2026-03-01T08:00:00Z", &new("updated", "a", "established"));
    for (name, record) in [("bot.log", newest), ("bot.log.1", rotated)] {
        fold.read(record.as_bytes(), &name.into(), &AtomicBool::new(false)).unwrap();
    }
    assert_eq!(
        fold.finish(Some(hours(2)), None, now()),
        ActiveCallReport {
            left_alone: LeftAlone { no_time: 1, ..LeftAlone::default() },
            ..ActiveCallReport::default()
        }
    );
}

#[test]
fn older_than_filters_by_age() {
    let records = [
        at("2026-03-01T10:30:00Z", &new("updated", "young", "established")),
        at("2026-03-01T10:00:00Z", &new("updated", "two-hours", "established")),
        at("2026-02-28T12:00:00Z", &new("updated", "a-day", "hold")),
        at("2026-03-01T13:00:00Z", &new("updated", "future", "established")),
        new("updated", "timeless", "established").to_string(),
        at("yesterday", &new("updated", "unreadable", "established")),
    ]
    .join("\n");
    let taken = |older_than| {
        let found = fold(&records).1.finish(older_than, None, now());
        let ids: Vec<_> = found.active.iter().map(|c| c.call.id.to_string()).collect();
        (ids.join(" "), found.left_alone.too_young, found.left_alone.no_time)
    };
    assert_eq!(taken(Some(hours(2))), ("a-day two-hours".into(), 2, 2));
    assert_eq!(taken(Some(hours(3))), ("a-day".into(), 3, 2));
    let all = ("a-day two-hours young future timeless unreadable".into(), 0, 0);
    assert_eq!(taken(Some(Duration::ZERO)), all);
    assert_eq!(taken(None), all);
}

#[test]
fn reads_time_of_innermost_object() {
    let body = new("updated", "a", "established");
    let time = |record: Value| {
        let call = found(record.to_string()).active.remove(0);
        call.seen.time.map(|time| time.to_string())
    };
    let early = Some("2026-03-01T08:00:00Z".to_owned());
    for record in [
        json!({"time": "2026-03-01T08:00:00Z", "body": body}),
        json!({"body": body, "timestamp": "2026-03-01T08:00:00Z"}),
        json!({"body": body.to_string(), "@timestamp": "2026-03-01T09:00:00+01:00"}),
        json!({"ts": 1_772_352_000, "body": body}),
        json!({"ts": 1_772_352_000_000_u64, "body": body}),
        json!({"Ts": "1772352000.000", "body": body}),
        json!({"time": 0.012, "timestamp": "2026-03-01T08:00:00Z", "body": body}),
        json!({"ts": "2026-03-01T11:00:00Z", "time": "2026-03-01T08:00:00Z", "body": body}),
        json!({"time": "2026-03-01T11:00:00Z", "request": {"time": "2026-03-01T08:00:00Z", "body": body}}),
        json!({"time": "2026-03-01T08:00:00Z", "request": {"time": "soon", "body": body}}),
        json!({"time": "2026-03-01T11:00:00Z",
            "msg": json!({"time": "2026-03-01T08:00:00Z", "body": body}).to_string()}),
        json!({"time": "2026-03-01T08:00:00Z", "other": {"time": "2026-03-01T11:00:00Z"}, "body": body}),
    ] {
        assert_eq!(time(record.clone()), early, "{record}");
    }
    assert_eq!(time(json!({"elapsed": 1_772_352_000, "body": body})), None);
}

#[test]
fn reports_invalid_ids_once() {
    let ids = ["..", ".", "a/../../users/x", "a%2fb", "a b", "x\r\nHost: evil", "a?b/..", "\u{202e}a", "%zz"];
    let mut record = String::new();
    for id in ids.iter().chain(&ids) {
        writeln!(record, "{}", old("updated", id, "established", 1)).unwrap();
    }
    let found = found(&record);
    let calls: Vec<_> = found.active.iter().map(|c| c.call.id.as_str()).collect();
    // What follows a `?` is a query, as in every path.
    assert_eq!(calls, ["a"]);
    let lines: Vec<_> = found.invalid.iter().map(|i| i.source.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 8, 9]);
    assert!(found.invalid.iter().all(|i| !i.text.contains(['\n', '\u{202e}'])));
    assert_eq!(found.invalid[0].text, "/app/calls/..");
    let long = old("updated", &"a".repeat(100_000), "established", 1).to_string();
    assert!(super::tests::found(long).invalid[0].text.len() < 400);
}

#[test]
fn merges_paths_with_and_without_app_id() {
    let item = |path: &str, state: &str| json!({"changeType": "updated", "resource": path, "resourceData": {"state": state}});
    let record =
        |paths: [(&str, &str); 2]| paths.map(|(path, state)| item(path, state).to_string()).join("\n");
    let under = "/applications/app-1/calls/a";
    let plain = "/communications/calls/a";
    assert_eq!(active(record([(under, "established"), (plain, "terminated")])), []);
    assert_eq!(active(record([(plain, "established"), (under, "terminated")])), []);
    let call = found(record([(under, "established"), (plain, "hold")])).active.remove(0).call;
    assert_eq!(call.app_id.unwrap().as_str(), "app-1");
    // Two applications have two calls.
    let other = "/applications/app-2/calls/a";
    let call = found(record([(under, "terminated"), (other, "established")])).active.remove(0).call;
    assert_eq!(call.app_id.unwrap().as_str(), "app-2");
    // Unless one is named for all.
    let mut fold = ActiveCalls::new(Some(AppId::parse("mine").unwrap()));
    let record = record([(under, "established"), (other, "hold")]);
    fold.read(record.as_bytes(), &"-".into(), &AtomicBool::new(false)).unwrap();
    let calls = fold.finish(None, None, now()).active;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].call.app_id.as_ref().unwrap().as_str(), "mine");
}

#[test]
fn counts_entries_without_notification() {
    let body = new("updated", "a", "established");
    let record = format!(
        "starting up\n\n{{\"level\":\"info\"}}\n{body}\n[1, 2, 3]\n\"words\"\n{{\"changeType\":\"updated\",\"resource\":\
         \"/users/x/messages/y\"}}\n{{\"broken\": \n"
    );
    let (report, fold) = fold(&record);
    assert_eq!(report, FileReport { notifications: 1, others: 6, stopped: false });
    assert_eq!(fold.finish(None, None, now()).active.len(), 1);
    assert!(super::tests::fold("not json\n").0.is_not_a_log());
    assert!(super::tests::fold("{}").0.is_not_a_log());
    for empty in ["", "\n \r\n", "\u{feff}"] {
        assert_eq!(super::tests::fold(empty).0, FileReport::default(), "{empty:?}");
        assert!(!super::tests::fold(empty).0.is_not_a_log());
    }
}

#[test]
fn finds_documents_after_broken_ones() {
    let body = old("updated", "a", "established", 1);
    let line = body.to_string();
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    let after = new("updated", "b", "established").to_string();
    for text in [&line, &pretty, &"[".repeat(200_000), &"{\"a\":".repeat(200_000), &"{\"a\":[".repeat(5000)] {
        for cut in (1..text.len()).step_by(1 + text.len() / 200) {
            let left = active(format!("{}\n{after}", &text[..cut]));
            assert!(left.iter().any(|(id, _, _)| id == "b"), "{cut}: {left:?}");
        }
    }
}

#[test]
fn keeps_notifications_before_a_break() {
    let ended = old("deleted", "a", "terminated", 2)["value"][0].to_string();
    let live = old("updated", "a", "established", 1);
    assert_eq!(active(format!("{live}\n{{\"value\":[{ended},{{\"changeTy")), []);
}

#[test]
fn survives_hostile_bytes() {
    let body = new("updated", "a", "established").to_string();
    let with = |bytes: &[u8]| [bytes, b"\n", body.as_bytes()].concat();
    let deep = format!("{}{body}{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let mut strings = body.clone();
    for _ in 0..8 {
        strings = json!({ "s": strings }).to_string();
    }
    for bytes in [
        b"\0\0\0\0".as_slice(),
        b"\xff\xfe\xfd{\xff",
        b"{\"a\":\"\xc3\"}",
        deep.as_bytes(),
        strings.as_bytes(),
    ] {
        let with = with(bytes);
        let with = if bytes.starts_with(&[0xff, 0xfe]) { &with[1..] } else { &with };
        assert_eq!(active(with), [("a".into(), "established".into(), 2)]);
    }
    // A name that is not UTF-8 must not hide what stands beside it, nor a character on a chunk's border.
    let latin = [br#"{"name":"M"#.as_slice(), b"\xfcller", br#"","body":"#, body.as_bytes(), b"}"].concat();
    assert_eq!(active(latin).len(), 1);
    for pad in 0..4 {
        let text = format!("{}{{\"name\":\"{}\",\"body\":{body}}}", " ".repeat(pad), "ü€😀".repeat(100_000));
        let (report, fold) = fold(&text);
        assert_eq!((report.notifications, report.others), (1, 0));
        assert_eq!(fold.finish(None, None, now()).active.len(), 1);
    }
}

#[test]
fn skips_documents_that_are_too_long() {
    let body = new("updated", "a", "established").to_string();
    let long = format!(
        "{{\"long\":\"{}\"}}\n{body}",
        "x".repeat(crate::input::notifications::json_stream::MAX_DOCUMENT + CHUNKS)
    );
    let (report, fold) = fold(&long);
    assert_eq!((report.notifications, report.others), (1, 1));
    assert_eq!(fold.finish(None, None, now()).active.len(), 1);
}

const CHUNKS: usize = 1 << 20;

#[test]
fn streams_arrays_of_any_size() {
    let item = new("updated", "a", "established").to_string();
    let count = 1 + crate::input::notifications::json_stream::MAX_DOCUMENT / item.len();
    let array = format!("[{}]", vec![item; count].join(","));
    assert_eq!(fold(array).0, FileReport { notifications: count as u64, others: 0, stopped: false });
}

#[test]
fn rejects_utf16_with_a_hint() {
    let body: Vec<u8> = "{\"value\":[]}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [body.clone(), [&[0xff, 0xfe], body.as_slice()].concat()] {
        let error =
            ActiveCalls::new(None).read(bytes.as_slice(), &"-".into(), &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().contains("UTF-16") && error.to_string().contains("iconv"), "{error}");
    }
}

#[test]
fn stops_reading_on_request() {
    let report = ActiveCalls::new(None).read(io::repeat(b'{'), &"-".into(), &AtomicBool::new(true)).unwrap();
    assert!(report.stopped);
}

/// A finished call's records: with or without times, in all their shapes.
fn finished(times: bool, etags: bool) -> Vec<String> {
    let states = ["incoming", "establishing", "established", "terminating", "terminated"];
    let records = states.iter().zip(1..).map(|(state, n)| {
        let change = if *state == "terminated" { "deleted" } else { "updated" };
        let body = if etags { old(change, ID, state, n) } else { new(change, DASHED, state) };
        if times { at(&format!("2026-03-01T08:00:0{n}Z"), &body) } else { body.to_string() }
    });
    records.collect()
}

proptest! {
    #[test]
    fn delivery_order_never_revives_an_ended_call(
        times: bool,
        etags: bool,
        order in Just([0, 1, 2, 3, 4, 0, 1, 2, 3, 4].to_vec()).prop_shuffle(),
        cuts in proptest::collection::vec((0_usize..5, 0_usize..400), 0..5),
        separator in prop_oneof![Just("\n"), Just(""), Just(",\r\n")],
    ) {
        let records = finished(times, etags);
        let mut text = String::new();
        for (place, record) in order.iter().enumerate() {
            for (cut, length) in cuts.iter().filter(|(cut, _)| *cut * 2 == place) {
                let broken = &records[*cut][..(*length).min(records[*cut].len())];
                writeln!(text, "{broken}").unwrap();
            }
            text += &records[*record];
            text += separator;
        }
        prop_assert_eq!(active(&text), []);
    }

    /// The record's times are those of the delivery: then only the versions tell.
    #[test]
    fn late_versions_never_revive_an_ended_call(order in Just([0, 1, 2, 3, 4]).prop_shuffle()) {
        let records = finished(false, true);
        let lines = order.iter().zip(1..).map(|(record, n)| {
            let body: Value = serde_json::from_str(&records[*record]).unwrap();
            at(&format!("2026-03-01T08:00:0{n}Z"), &body)
        });
        prop_assert_eq!(active(lines.collect::<Vec<_>>().join("\n")), []);
    }

    /// Nor a `terminating` without a version, whatever time its delivery has.
    #[test]
    fn late_terminating_never_revives_an_ended_call(
        times: bool,
        etags: bool,
        order in Just([0, 1, 2, 3, 4, 5, 6]).prop_shuffle(),
    ) {
        let mut records = finished(times, etags);
        for time in ["2026-03-01T08:00:09Z", "2026-03-01T09:00:00Z"] {
            records.push(at(time, &new("updated", ID, "terminating")));
        }
        prop_assert_eq!(active(order.map(|n| records[n].as_str()).join("\n")), []);
    }

    #[test]
    fn reads_any_bytes_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..300), json in "[\\[\\]{}\",:a1\\\\ \n]{0,300}") {
        let mut fold = ActiveCalls::new(None);
        let stop = AtomicBool::new(false);
        let _ = fold.read(bytes.as_slice(), &"-".into(), &stop);
        fold.read(json.as_bytes(), &"-".into(), &stop).unwrap();
        prop_assert!(fold.finish(None, None, now()).active.is_empty());
    }
}
