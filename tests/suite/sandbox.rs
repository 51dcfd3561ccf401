//! The sandbox: every prefix, and that nothing leaves the machine.

use serde_json::json;

use crate::support::{Done, Graph, Hangup, at_once, hangup};

fn sandbox() -> Hangup {
    hangup().no_token().arg("--sandbox")
}

fn one(args: &[&str]) -> Done {
    sandbox().args(["-o", "json"]).args(args).run()
}

#[test]
fn sandbox_needs_no_account_and_is_announced() {
    let done = sandbox().args(["-o", "json", "any-call"]).run();
    assert_eq!(done.exit(0).summary()["sandbox"], true);
    done.says("sandbox");
    assert!(!done.stdout.contains("graph.microsoft.com"), "{done:?}");
    hangup().no_token().env("HANGUP_SANDBOX", "1").arg("a").run().exit(0).says("sandbox");
}

#[test]
fn sandbox_notice_is_shown_even_with_qq() {
    let done = sandbox().args(["-qq", "a"]).run();
    done.exit(0).no_report().says("sandbox");
}

#[test]
fn id_prefix_decides_the_outcome() {
    let table = [
        ("plain", "ended", 0, 1),
        ("gone-1", "not-found", 4, 1),
        ("busy-1", "ended", 0, 2),
        ("denied-1", "forbidden", 3, 1),
        ("tenant-1", "forbidden", 3, 1),
        ("expired-1", "unauthorized", 3, 1),
        ("broken-1", "unavailable", 5, 2),
        ("flaky-1", "ended", 0, 2),
        ("slow-1", "ended", 0, 1),
    ];
    at_once(table, |(id, outcome, exit, attempts)| {
        let result = one(&["--retries", "1", id]).exit(exit).result();
        assert_eq!(
            (&result["outcome"], &result["attempts"]),
            (&json!(outcome), &json!(attempts)),
            "{result:#}"
        );
    });
}

#[test]
fn error_codes_are_graphs() {
    assert_eq!(one(&["gone-1"]).result()["error"]["code"], "8522");
    assert_eq!(one(&["denied-1"]).result()["error"]["code"], "7504");
    assert_eq!(one(&["tenant-1"]).result()["error"]["code"], "7505");
}

#[test]
fn busy_call_obeys_retry_after() {
    let result = one(&["busy-1"]).exit(0).result();
    assert!(result["duration_ms"].as_u64().unwrap() >= 1000, "{result:#}");
}

#[test]
fn slow_call_times_out() {
    let done = one(&["--timeout", "300ms", "--retries", "0", "slow-1"]);
    assert_eq!(done.exit(5).result()["outcome"], "unavailable");
}

#[test]
fn wait_tells_lingering_from_stuck_calls() {
    at_once(
        [("20s", "lingering-1", 0, "ended"), ("1s", "stuck-1", 1, "still-active")],
        |(time, id, exit, outcome)| {
            let done = one(&[&format!("--wait={time}"), id]);
            assert_eq!(done.exit(exit).result()["outcome"], outcome);
        },
    );
}

#[test]
fn every_route_works_in_the_sandbox() {
    for args in [["--app-id", "a"], ["--route", "communications"], ["--route", "app"], ["--cloud", "dod"]] {
        sandbox().args(args).arg("a").run().exit(0);
    }
}

#[test]
fn retired_route_can_be_tried() {
    sandbox().args(["--api-version", "v1.0", "--route", "app", "a"]).run().exit(1).shows("segment");
}

#[test]
fn sandbox_requests_are_never_proxied() {
    let proxy = Graph::start();
    for target in [proxy.base_url.as_str(), "http://127.0.0.1:1"] {
        let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        let command = names.iter().fold(sandbox(), |command, name| command.env(name, target));
        command.args(["--retries", "0", "a"]).run().exit(0);
    }
    proxy.expect_untouched();
}

#[test]
fn sandbox_overrides_base_url_except_the_flag() {
    let graph = Graph::start();
    sandbox().env("HANGUP_BASE_URL", &graph.base_url).arg("a").run().exit(0);
    sandbox().config(&format!("base_url = {:?}\n", graph.base_url)).arg("a").run().exit(0);
    sandbox().to(&graph).arg("a").run().refuses("--base-url");
    hangup().env("HANGUP_SANDBOX", "1").to(&graph).arg("a").run().refuses("--base-url");
    graph.expect_untouched();
}

#[test]
fn users_token_is_not_sent_to_the_sandbox() {
    // The sandbox takes no token but its own, so a run that sent another would be refused.
    hangup().args(["--sandbox", "a"]).run().exit(0);
    let config = "token_command = [\"sh\", \"-c\", \"touch ran; echo abc\"]\n";
    let command = sandbox().config(config).arg("a");
    command.run().exit(0);
    assert!(!command.path("ran").exists());
}

#[test]
fn check_uses_the_sandbox() {
    let config = "token_command = [\"sh\", \"-c\", \"touch ran; echo abc\"]\n";
    let command = sandbox().config(config).args(["--check"]);
    command.run().exit(0).says("sandbox: a simulated service").shows("token source the sandbox");
    assert!(!command.path("ran").exists());
}
