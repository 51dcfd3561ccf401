//! Dry runs: what would be sent, without or with a look at the service.

use crate::support::{Graph, Reply, hangup};

#[test]
fn dry_run_needs_no_token_and_no_network() {
    let graph = Graph::start();
    for flag in ["--dry-run", "--dry-run=client"] {
        let done = hangup().no_token().to(&graph).args([flag, "-o", "json", "a", "b:c"]).run();
        assert_eq!(done.exit(0).summary()["counts"]["planned"], 2);
        let plan = &done.results("planned")[1];
        assert_eq!((&plan["method"], &plan["attempts"]), (&"DELETE".into(), &0.into()));
        assert_eq!(plan["url"], format!("{}/beta/app/calls/b%3Ac", graph.base_url));
    }
    let text = hangup().no_token().to(&graph).args(["--dry-run", "a"]).run();
    text.exit(0).shows("planned").shows("DELETE").shows("/beta/app/calls/a");
    graph.expect_untouched();
}

#[test]
fn dry_run_server_gets_the_state_only() {
    let graph = Graph::builder().states("b", [Reply::call("hold")]).start();
    let done = hangup().to(&graph).args(["--dry-run=server", "-o", "json", "-j", "1", "a", "b"]).run();
    let planned = done.exit(0).results("planned");
    let states: Vec<_> = planned.iter().map(|r| (&r["method"], &r["state"])).collect();
    assert_eq!(states, [(&"DELETE".into(), &"established".into()), (&"DELETE".into(), &"hold".into())]);
    assert!(graph.asked().iter().all(|asked| asked.method == "GET" && asked.body == 0));
}

#[test]
fn dry_run_server_reports_errors() {
    let graph =
        Graph::builder().states("gone", [Reply::not_found()]).states("no", [Reply::status(403)]).start();
    let done = hangup().to(&graph).args(["--dry-run=server", "-o", "json", "gone", "no"]).run();
    done.exit(3);
    assert_eq!((done.results("not-found").len(), done.results("forbidden").len()), (1, 1));
    hangup().no_token().to(&graph).args(["--dry-run=server", "a"]).run().exit(3);
}

#[test]
fn value_after_bare_option_is_not_a_call() {
    let graph = Graph::start();
    hangup().to(&graph).args(["--dry-run", "server"]).run().refuses("--dry-run=server");
    hangup().to(&graph).args(["--dry-run", "client", "a"]).run().refuses("--dry-run=client");
    hangup().to(&graph).args(["--dry-run=nothing", "a"]).run().refuses("nothing");
    graph.expect_untouched();
}

#[test]
fn dry_run_is_never_logged() {
    let graph = Graph::start();
    let command = hangup().to(&graph).args(["--dry-run=server", "--log", "log", "a"]);
    command.run().exit(0);
    assert!(!command.path("log").exists() || command.read("log").is_empty());
}

#[test]
fn dry_run_shows_duplicates_and_invalid_lines() {
    let command =
        hangup().no_token().file("list", "a\na\nb/c\n").args(["--dry-run", "-o", "json", "-f", "list"]);
    let summary = command.run().exit(1).summary();
    assert_eq!((&summary["duplicates"], &summary["counts"]["invalid"]), (&1.into(), &1.into()));
}

#[test]
fn dry_run_never_reads_like_a_hang_up() {
    // Lost at first, gone at the second look: nothing was ended by looking.
    let graph = Graph::builder().states("x", [Reply::status(500), Reply::not_found()]).start();
    let done = hangup().to(&graph).args(["--dry-run=server", "-o", "json", "x"]).run();
    assert_eq!(done.exit(4).result()["outcome"], "not-found");
}

#[test]
fn resume_after_dry_run_sends_everything() {
    let graph = Graph::builder().states("x", [Reply::not_found()]).start();
    let hangup = hangup().env("HANGUP_BASE_URL", &graph.base_url).file("list", "x\nno id\n");
    let hangup = hangup.instead(["--dry-run=server", "--log", "log", "-f", "list"]);
    hangup.run().exit(1);
    let hangup = hangup.instead(["--dry-run", "--log", "log", "-f", "list"]);
    hangup.run().exit(1);
    let hangup = hangup.instead(["--log", "log", "--resume", "-o", "json", "x"]);
    assert_eq!(hangup.run().exit(0).result()["outcome"], "ended");
}
