//! Where to: routes, versions, app ids, clouds, headers.

use crate::support::{Graph, Reply, hangup};

fn path(args: &[&str]) -> String {
    let graph = Graph::start();
    hangup().to(&graph).args(args).arg("x").run().exit(0);
    graph.only().path
}

#[test]
fn each_route_and_version_has_its_path() {
    let table: [(&[&str], &str); 10] = [
        (&[], "/beta/app/calls/x"),
        (&["--route", "auto"], "/beta/app/calls/x"),
        (&["--route", "app"], "/beta/app/calls/x"),
        (&["--app-id", "a"], "/beta/applications/a/calls/x"),
        (&["--app-id", "a:b"], "/beta/applications/a%3Ab/calls/x"),
        (&["--route", "applications", "--app-id", "a"], "/beta/applications/a/calls/x"),
        (&["--route", "communications"], "/v1.0/communications/calls/x"),
        (&["--route", "communications", "--api-version", "beta"], "/beta/communications/calls/x"),
        (&["--route", "app", "--api-version", "v1.0"], "/v1.0/app/calls/x"),
        (&["--cloud", "usgov"], "/v1.0/communications/calls/x"),
    ];
    for (args, expected) in table {
        assert_eq!(path(args), expected, "{args:?}");
    }
}

#[test]
fn the_route_by_app_id_needs_one() {
    let graph = Graph::start();
    hangup().to(&graph).args(["--route", "applications", "x"]).run().refuses("--app-id");
    graph.expect_untouched();
}

#[test]
fn environment_variables_choose_the_route_and_flags_win() {
    let graph = Graph::start();
    let command = hangup().env("HANGUP_BASE_URL", &graph.base_url).env("HANGUP_APP_ID", "from-env");
    command.args(["-j1", "a"]).run().exit(0);
    let command = hangup().env("HANGUP_BASE_URL", &graph.base_url).env("HANGUP_ROUTE", "communications");
    command.arg("b").run().exit(0);
    let command = hangup().env("HANGUP_APP_ID", "from-env").env("HANGUP_ROUTE", "communications").to(&graph);
    command.args(["--route", "applications", "--app-id", "flag", "c"]).run().exit(0);
    let expected = [
        "beta/applications/from-env/calls/a",
        "v1.0/communications/calls/b",
        "beta/applications/flag/calls/c",
    ];
    assert_eq!(graph.lines(), expected.map(|path| format!("DELETE /{path}")));
}

#[test]
fn auto_falls_over_once_for_the_whole_run_and_says_so_once() {
    for status in [400, 404] {
        let graph =
            Graph::builder()
                .default(move |asked| {
                    if asked.path.starts_with("/beta") { Reply::retired(status) } else { Reply::ended() }
                })
                .start();
        let done = hangup().to(&graph).args(["-o", "json", "-j", "1", "a", "b", "c"]).run();
        assert_eq!(done.exit(0).summary()["counts"]["ended"], 3);
        assert_eq!(done.times_said("warning"), 1, "{done:?}");
        done.says("communications");
        assert!(done.results("ended").iter().all(|r| r["route"] == "communications"));
        let lines = graph.lines();
        assert_eq!(lines[0], "DELETE /beta/app/calls/a");
        assert_eq!(lines.len(), 4, "what was learnt is kept: {lines:?}");
        assert!(lines[1..].iter().all(|line| line.starts_with("DELETE /v1.0/communications/calls/")));
    }
}

#[test]
fn falling_over_is_not_a_retry_and_keeps_the_request_id() {
    let graph = Graph::builder()
        .default(|asked| if asked.path.starts_with("/beta") { Reply::retired(400) } else { Reply::ended() })
        .start();
    hangup().to(&graph).args(["--retries", "0", "a"]).run().exit(0);
    let ids: Vec<_> =
        graph.asked().iter().map(|a| a.header("client-request-id").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn many_calls_at_once_fall_over_with_one_warning() {
    let graph = Graph::builder()
        .default(|asked| if asked.path.starts_with("/beta") { Reply::retired(400) } else { Reply::ended() })
        .start();
    let ids: Vec<String> = (0..50).map(|n| format!("c{n}")).collect();
    let done = hangup().to(&graph).args(["-o", "json"]).args(&ids).run();
    assert_eq!(done.exit(0).summary()["counts"]["ended"], 50);
    assert_eq!(done.times_said("warning"), 1, "{done:?}");
}

#[test]
fn a_pinned_route_never_falls_over() {
    let graph = Graph::saying(Reply::retired(400));
    let done = hangup().to(&graph).args(["--route", "app", "-o", "json", "a"]).run();
    let result = done.exit(1).result();
    assert_eq!((&result["outcome"], &result["route"]), (&"failed".into(), &"app".into()));
    assert!(result["error"]["hint"].as_str().unwrap().contains("communications"), "{result:#}");
    assert_eq!(graph.only().path, "/beta/app/calls/a");
}

#[test]
fn where_the_last_route_is_retired_too_the_call_fails() {
    let graph = Graph::saying(Reply::retired(400));
    let done = hangup().to(&graph).args(["-o", "json", "a"]).run();
    assert_eq!(done.exit(1).result()["outcome"], "failed");
    assert_eq!(graph.asked().len(), 2);
}

#[test]
fn extra_headers_are_sent_but_not_those_that_are_ours() {
    let graph = Graph::start();
    hangup().to(&graph).args(["-H", "If-Match: \"e1\"", "--header", "Scenario-Id: s", "a"]).run().exit(0);
    let asked = graph.only();
    assert_eq!((asked.header("if-match"), asked.header("scenario-id")), (Some("\"e1\""), Some("s")));
    let untouched = Graph::start();
    for header in [
        "Authorization: Bearer x",
        "host: x",
        "Content-Length: 5",
        "Client-Request-Id: x",
        "nonsense",
        ": x",
        "A B: x",
        "X: a\r\nY: b",
    ] {
        let done = hangup().to(&untouched).args(["-H", header, "a"]).run();
        assert_eq!(done.code, Some(2), "{header:?}: {done:?}");
    }
    untouched.expect_untouched();
}

#[test]
fn a_base_url_is_https_or_loopback() {
    for url in [
        "http://graph.microsoft.com",
        "http://example.com:80",
        "ftp://127.0.0.1",
        "graph",
        "http://127.0.0.1.evil.example",
    ] {
        let done = hangup().args(["--base-url", url, "a"]).run();
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{url}: {done:?}");
        done.says("--base-url");
    }
}

#[test]
fn a_base_url_may_end_in_a_slash_and_have_a_path() {
    let graph = Graph::start();
    hangup().args(["--base-url", &format!("{}/prefix/", graph.base_url), "a"]).run().exit(0);
    assert_eq!(graph.only().path, "/prefix/beta/app/calls/a");
}

#[test]
fn the_clouds_have_their_hosts() {
    for (cloud, url) in [
        ("global", "https://graph.microsoft.com/beta/app/calls/x"),
        ("usgov", "https://graph.microsoft.us/v1.0/communications/calls/x"),
        ("dod", "https://dod-graph.microsoft.us/v1.0/communications/calls/x"),
    ] {
        for command in [hangup().args(["--cloud", cloud]), hangup().env("HANGUP_CLOUD", cloud)] {
            let done = command.args(["--dry-run", "-o", "json", "x"]).run();
            assert_eq!(done.exit(0).result()["url"], url);
        }
    }
}
