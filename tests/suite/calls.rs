//! Which calls: ids, paths and URLs as arguments; duplicates; what must never be sent.

use crate::support::{Graph, MARKER, Reply, hangup};

const HEX: &str = "57DAB8B1894C409AB240BD8BEAE78896";
const DASHED: &str = "57dab8b1-894c-409a-b240-bd8beae78896";

#[test]
fn sends_one_delete_with_required_headers() {
    let graph = Graph::start();
    hangup().to(&graph).arg(HEX).run().exit(0).shows("ended").shows(HEX).says("1 ended");
    let asked = graph.only();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("DELETE", format!("/beta/app/calls/{HEX}").as_str())
    );
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {MARKER}").as_str()));
    assert_eq!(asked.header("user-agent"), Some(concat!("hangup/", env!("CARGO_PKG_VERSION"))));
    assert_eq!((asked.body, asked.header("transfer-encoding")), (0, None));
    uuid::Uuid::parse_str(asked.header("client-request-id").unwrap()).unwrap();
}

#[test]
fn client_request_id_is_unique_and_reported() {
    let graph = Graph::start();
    let done = hangup().to(&graph).args(["-o", "json", "a", "b"]).run();
    let mut sent: Vec<_> =
        graph.asked().iter().map(|a| (a.id(), a.header("client-request-id").unwrap().to_owned())).collect();
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    let results = done.exit(0).results("ended");
    let mut reported: Vec<_> =
        results.iter().map(|r| (text(&r["id"]), text(&r["client_request_id"]))).collect();
    sent.sort();
    reported.sort();
    assert_eq!(sent, reported);
    assert_ne!(sent[0].1, sent[1].1);
}

#[test]
fn paths_and_urls_never_choose_the_host() {
    let graph = Graph::start();
    let calls = [
        "/app/calls/one",
        "/communications/calls/two/",
        "https://graph.microsoft.com/beta/app/calls/three?$select=id",
        "https://evil.example:1/v1.0/communications/calls/four",
        "app/calls/fiv%65",
    ];
    hangup().to(&graph).args(calls).run().exit(0);
    let mut ids: Vec<String> = graph.asked().iter().map(crate::support::Asked::id).collect();
    ids.sort();
    assert_eq!(ids, ["five", "four", "one", "three", "two"]);
}

#[test]
fn app_id_in_path_applies_to_that_call_only() {
    let graph = Graph::start();
    hangup().to(&graph).args(["-j", "1", "/applications/app-1/calls/a", "b"]).run().exit(0);
    assert_eq!(graph.lines(), ["DELETE /beta/applications/app-1/calls/a", "DELETE /beta/app/calls/b"]);
}

#[test]
fn app_id_option_overrides_path() {
    let graph = Graph::start();
    hangup().to(&graph).args(["--app-id", "mine", "/applications/app-1/calls/a"]).run().exit(0);
    assert_eq!(graph.only().path, "/beta/applications/mine/calls/a");
}

#[test]
fn ids_are_escaped_in_urls_and_shown_as_spelled() {
    let graph = Graph::start();
    let done = hangup().to(&graph).args(["-o", "json", "a:b@c=d+e~f"]).run();
    assert_eq!(done.exit(0).result()["id"], "a:b@c=d+e~f");
    assert_eq!(graph.only().path, "/beta/app/calls/a%3Ab%40c%3Dd%2Be~f");
}

#[test]
fn duplicates_are_sent_once_as_first_spelled() {
    let graph = Graph::start();
    let upper = DASHED.to_uppercase();
    let done = hangup().to(&graph).args(["-o", "json", HEX, DASHED, &upper, "x", "X", "x"]).run();
    let summary = done.exit(0).summary();
    assert_eq!((&summary["duplicates"], &summary["total"]), (&3.into(), &3.into()));
    assert_eq!(graph.count(HEX), 1, "sent as first spelled");
    assert_eq!((graph.count("x"), graph.count("X")), (1, 1), "case counts where it is no GUID");
}

#[test]
fn same_id_under_two_apps_is_two_calls() {
    let graph = Graph::start();
    hangup().to(&graph).args(["/applications/a/calls/x", "/applications/b/calls/x"]).run().exit(0);
    assert_eq!(graph.count("x"), 2);
}

#[test]
fn bad_argument_sends_nothing() {
    let long = "a".repeat(257);
    let bad = [
        "",
        ".",
        "..",
        "a/b",
        "../x",
        "a b",
        "a%2fb",
        "a?b",
        "a#b",
        "a\\b",
        "ä",
        "a\nb",
        "a\r\nX: y",
        "a;b",
        &long,
        "/app/calls/",
        "/app/calls/..",
        "/app/calls/%2e%2e",
        "/app/calls/a%2fb",
        "/app/calls/a%00",
        "/app/calls/a%",
        "/app/calls/a/participants",
        "https://graph.microsoft.com/v1.0/users/me",
        "/applications/../calls/a",
    ];
    for call in bad {
        let graph = Graph::start();
        let done = hangup().to(&graph).args(["good", "--", call]).run();
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{call:?}: {done:?}");
        assert!(!done.stderr.is_empty());
        graph.expect_untouched();
    }
}

#[test]
fn bad_argument_is_named() {
    hangup().args(["good", "b?d"]).run().refuses("b?d");
    hangup().arg("b d").run().refuses("` ` is not allowed in an ID");
}

#[test]
fn hostile_arguments_cannot_write_to_the_terminal() {
    let done = hangup().arg("a\u{1b}[31m\u{7}b").run();
    assert!(!done.exit(2).stderr.contains(['\u{1b}', '\u{7}']), "{done:?}");
}

#[test]
fn longest_id_is_accepted() {
    let graph = Graph::start();
    let long = "a".repeat(256);
    hangup().to(&graph).arg(&long).run().exit(0);
    assert_eq!(graph.only().id(), long);
}

#[test]
fn no_call_at_all_is_a_usage_error() {
    let graph = Graph::start();
    hangup().to(&graph).run().exit(2).no_report();
    graph.expect_untouched();
}

#[test]
fn unknown_option_sends_nothing() {
    let graph = Graph::start();
    for option in
        ["--tokn=x", "--token=x", "--batch", "--timeout=soon", "--cloud=mars", "--route=x", "-j0", "-j257"]
    {
        let done = hangup().to(&graph).args(["a", option]).run();
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{option}: {done:?}");
    }
    graph.expect_untouched();
}

#[test]
fn arguments_are_read_like_lines() {
    let graph = Graph::start();
    let (quoted, json) =
        (format!(" \"{DASHED}\", "), format!(r#"{{"callId":"{}"}}"#, DASHED.replace('5', "6")));
    hangup().to(&graph).args([quoted, json]).run().exit(0).says("2 ended");
    for (argument, reason) in [
        (format!("Scenario-Id: {DASHED}"), "scenario ID"),
        (format!("{DASHED} {}", DASHED.replace('5', "6")), "two different GUIDs"),
        ("https://teams.microsoft.com/l/meetup-join/19%3ax".to_owned(), "meeting link"),
    ] {
        hangup().to(&graph).arg(argument).run().refuses(reason);
    }
    assert_eq!(graph.asked().len(), 2);
}

#[test]
fn file_name_as_an_argument_asks_for_f() {
    let graph = Graph::start();
    hangup().file("chat.txt", DASHED).to(&graph).arg("chat.txt").run().refuses("did you mean -f chat.txt?");
    graph.expect_untouched();
}

#[test]
fn token_as_an_argument_is_neither_sent_nor_shown() {
    let graph = Graph::start();
    for secret in
        ["eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJl", "abc8Q~0123456789abcdefghijklmnopqrstu_."]
    {
        let done = hangup().to(&graph).arg(secret).run();
        done.refuses(&secret[..6]).never_says(&secret[..8]);
    }
    graph.expect_untouched();
}

#[test]
fn url_in_another_cloud_gets_a_warning() {
    let graph = Graph::start();
    let url = format!("https://graph.microsoft.us/v1.0/communications/calls/{DASHED}");
    hangup().to(&graph).arg(url).run().exit(0).says("graph.microsoft.us").says("--cloud");
}

#[test]
fn not_found_of_a_non_guid_is_never_excused() {
    let graph = Graph::saying(Reply::not_found());
    let run = |call: &str| hangup().to(&graph).args(["--ignore-not-found", "-o", "json", call]).run();
    run(DASHED).exit(0);
    let done = run("null");
    let result = done.exit(4).result();
    assert!(result["error"]["hint"].as_str().unwrap().contains("does not look like a call ID"), "{result}");
}
