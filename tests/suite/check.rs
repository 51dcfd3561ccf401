//! `--check=server`: one GET that shows whether name resolution, proxy, TLS and token work.

use crate::support::schema::assert_valid;
use crate::support::{Graph, Reply, hangup};

fn answering(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Graph {
    Graph::builder().default(move |_| reply()).start()
}

#[test]
fn check_server_exit_codes() {
    type Case = (fn() -> Reply, i32);
    let cases: [Case; 7] = [
        (Reply::not_found, 0),
        (|| Reply::error(401, "InvalidAuthenticationToken", "Expired."), 3),
        (|| Reply::error(403, "Forbidden", "No."), 3),
        (|| Reply::throttled("1"), 5),
        (|| Reply::status(503), 5),
        (|| Reply::html(404), 1),
        (|| Reply::call("established"), 1),
    ];
    for (reply, exit) in cases {
        let graph = answering(reply);
        let done = hangup().to(&graph).arg("--check=server").run();
        done.exit(exit).shows("probe        GET ");
        let asked = graph.only();
        assert_eq!(asked.method, "GET");
        if exit == 0 {
            done.shows("Graph answered: name resolution, proxy, TLS and token work");
        } else {
            done.shows("error: the request to Graph failed: ");
        }
    }
}

#[test]
fn check_server_follows_the_route_fall_back() {
    let graph = Graph::builder()
        .default(
            |asked| {
                if asked.path.starts_with("/beta/") { Reply::retired(404) } else { Reply::not_found() }
            },
        )
        .start();
    let done = hangup().to(&graph).args(["--check=server", "-o", "json"]).run();
    let document = done.exit(0).json();
    assert_valid("check", &document);
    assert_eq!(document["probe"]["route"], "communications");
    assert_eq!(document["probe"]["attempts"], 2);
    assert_eq!(document["probe"]["outcome"], "not-found");
    assert_eq!(document["probe"]["error"], serde_json::Value::Null);
    assert_eq!(graph.lines().len(), 2);

    let graph = answering(|| Reply::retired(404));
    hangup().to(&graph).args(["--check=server", "--route", "app"]).run().exit(1);
    graph.only();
}

#[test]
fn check_server_needs_a_token() {
    let graph = Graph::start();
    let done = hangup().no_token().to(&graph).args(["--check=server", "-o", "json"]).run();
    let document = done.exit(3).json();
    assert_valid("check", &document);
    assert_eq!(document["probe"], serde_json::Value::Null);
    graph.expect_untouched();
}

#[test]
fn check_server_works_in_the_sandbox() {
    hangup().no_token().args(["--sandbox", "--check=server"]).run().exit(0).shows("Graph answered");
}

#[test]
fn check_shows_the_proxy() {
    let done = hangup().env("HTTPS_PROXY", "http://u:s3cret@proxy.example:8080").arg("--check").run();
    done.exit(0).shows("proxy        http://proxy.example:8080 (HTTPS_PROXY)");
    assert!(!done.stdout.contains("s3cret"));
}

#[test]
fn quiet_check_prints_nothing_if_all_is_well() {
    let graph = answering(Reply::not_found);
    for format in ["text", "json"] {
        let done = hangup().to(&graph).args(["--check=server", "-q", "-o", format]).run();
        assert_eq!(done.exit(0).stdout, "");
    }
}
