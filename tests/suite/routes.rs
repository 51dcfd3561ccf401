//! Where to: routes, versions, app ids, clouds, headers.

use crate::support::{Graph, Reply, hangup};

fn path(args: &[&str]) -> String {
    let graph = Graph::start();
    hangup().to(&graph).args(args).arg("x").run().exit(0);
    graph.only().path
}

#[test]
fn route_and_version_decide_the_path() {
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
fn applications_route_needs_an_app_id() {
    let graph = Graph::start();
    hangup().to(&graph).args(["--route", "applications", "x"]).run().refuses("--app-id");
    graph.expect_untouched();
}

#[test]
fn route_from_environment_and_flag() {
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
fn auto_route_falls_back_once_for_the_whole_run() {
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
        assert_eq!(lines.len(), 4, "the rest of the run stays there: {lines:?}");
        assert!(lines[1..].iter().all(|line| line.starts_with("DELETE /v1.0/communications/calls/")));
    }
}

#[test]
fn fall_back_is_not_a_retry_and_keeps_the_client_request_id() {
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
fn concurrent_calls_fall_back_with_one_warning() {
    let graph = Graph::builder()
        .default(|asked| if asked.path.starts_with("/beta") { Reply::retired(400) } else { Reply::ended() })
        .start();
    let ids: Vec<String> = (0..50).map(|n| format!("c{n}")).collect();
    let done = hangup().to(&graph).args(["-o", "json"]).args(&ids).run();
    assert_eq!(done.exit(0).summary()["counts"]["ended"], 50);
    assert_eq!(done.times_said("warning"), 1, "{done:?}");
}

#[test]
fn pinned_route_never_falls_back() {
    let graph = Graph::saying(Reply::retired(400));
    let done = hangup().to(&graph).args(["--route", "app", "-o", "json", "a"]).run();
    let result = done.exit(1).result();
    assert_eq!((&result["outcome"], &result["route"]), (&"failed".into(), &"app".into()));
    assert!(result["error"]["hint"].as_str().unwrap().contains("communications"), "{result:#}");
    assert_eq!(graph.only().path, "/beta/app/calls/a");
}

#[test]
fn call_fails_if_the_last_route_is_retired_too() {
    let graph = Graph::saying(Reply::retired(400));
    let done = hangup().to(&graph).args(["-o", "json", "a"]).run();
    assert_eq!(done.exit(1).result()["outcome"], "failed");
    assert_eq!(graph.asked().len(), 2);
}

/// What the directory says about a path that the calling service never sees.
fn directory(status: u16) -> Reply {
    let code = match status {
        400 => "Request_BadRequest",
        403 => "Authorization_RequestDenied",
        _ => "Request_ResourceNotFound",
    };
    Reply::error(status, code, "Resource 'calls' does not exist.")
}

#[test]
fn auto_route_falls_back_on_responses_of_the_directory() {
    for status in [400, 403, 404] {
        let graph = Graph::builder()
            .default(
                move |asked| if asked.path.starts_with("/beta") { directory(status) } else { Reply::ended() },
            )
            .start();
        let done = hangup()
            .to(&graph)
            .args(["--app-id", "app", "--retries", "0", "-j1", "-o", "json", "a", "b"])
            .run();
        assert_eq!(done.exit(0).summary()["counts"]["ended"], 2);
        assert_eq!(done.times_said("warning"), 1, "{done:?}");
        let paths =
            ["beta/applications/app/calls/a", "v1.0/communications/calls/a", "v1.0/communications/calls/b"];
        assert_eq!(graph.lines(), paths.map(|path| format!("DELETE /{path}")));
    }
}

#[test]
fn directory_response_on_a_pinned_route_is_failed() {
    for status in [400, 403, 404] {
        let graph = Graph::saying(directory(status));
        let args = ["--route", "applications", "--app-id", "app", "--ignore-not-found", "-o", "json", "a"];
        let result = hangup().to(&graph).args(args).run().exit(1).result();
        assert_eq!(result["outcome"], "failed", "{status}");
        assert!(result["error"]["hint"].as_str().unwrap().contains("communications"), "{result:#}");
        assert_eq!(graph.asked().len(), 1);
    }
}

#[test]
fn applications_route_takes_the_calling_services_word() {
    let wrapped = Reply::error(404, "UnknownError", r#"{"errorCode":"8522","message":"Call not found."}"#);
    for (reply, exit) in
        [(Reply::not_found(), 4), (wrapped, 4), (Reply::error(403, "7504", "No."), 3), (Reply::html(404), 1)]
    {
        let graph = Graph::saying(reply);
        hangup().to(&graph).args(["--app-id", "app", "a"]).run().exit(exit);
        assert_eq!(graph.asked().len(), 1);
    }
}

#[test]
fn extra_headers_are_sent_except_reserved_ones() {
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
fn base_url_is_https_or_loopback() {
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
fn base_url_may_have_a_path_and_a_trailing_slash() {
    let graph = Graph::start();
    hangup().args(["--base-url", &format!("{}/prefix/", graph.base_url), "a"]).run().exit(0);
    assert_eq!(graph.only().path, "/prefix/beta/app/calls/a");
}

#[test]
fn cloud_decides_the_host() {
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
