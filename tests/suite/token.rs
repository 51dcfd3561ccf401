//! The token: where it comes from, and that it goes to the service and nowhere else.

use crate::support::{Graph, MARKER, Reply, hangup};

fn bearer(graph: &Graph) -> String {
    graph.only().header("authorization").unwrap().strip_prefix("Bearer ").unwrap().to_owned()
}

#[test]
fn token_first_source_wins() {
    let all = || {
        let command = hangup().no_token().file("t", "from-flag\n");
        command.config("token = \"from-config\"\n")
    };
    let table = [
        (all().args(["--token-file", "t"]).env("HANGUP_TOKEN", "one").env("GRAPH_TOKEN", "two"), "from-flag"),
        (all().env("HANGUP_TOKEN", "one").env("GRAPH_TOKEN", "two"), "one"),
        (all().env("GRAPH_TOKEN", "two"), "two"),
        (all().env("HANGUP_TOKEN", "").env("GRAPH_TOKEN", ""), "from-config"),
        (
            hangup().no_token().file(".config/hangup/u", "from-file").config("token_file = \"u\"\n"),
            "from-file",
        ),
        (hangup().no_token().config("token_command = [\"echo\", \"from-command\"]\n"), "from-command"),
    ];
    for (command, expected) in table {
        let graph = Graph::start();
        command.to(&graph).arg("a").run().exit(0);
        assert_eq!(bearer(&graph), expected);
    }
}

#[test]
fn token_is_trimmed_as_pasted() {
    for text in ["abc", " abc \r\n", "Bearer abc\n", "bearer abc", "\u{feff}abc"] {
        let graph = Graph::start();
        hangup().no_token().file("t", text).to(&graph).args(["--token-file", "t", "a"]).run().exit(0);
        assert_eq!(bearer(&graph), "abc", "{text:?}");
    }
}

#[test]
fn invalid_token_is_refused_and_not_shown() {
    for text in ["", " ", "Bearer ", "zq zq", "zq\u{1}zq", "zq\nzq"] {
        let graph = Graph::start();
        let done = hangup().no_token().file("t", text).to(&graph).args(["--token-file", "t", "a"]).run();
        assert!(matches!(done.code, Some(2 | 3)), "{text:?}: {done:?}");
        done.says("`t`").never_says("zq");
        assert!(!done.stdout.contains("zq"), "{done:?}");
        graph.expect_untouched();
    }
}

#[test]
fn missing_token_lists_all_sources() {
    let graph = Graph::start();
    let done = hangup().no_token().to(&graph).arg("a").run();
    done.exit(3).no_report();
    for place in ["--token-file", "HANGUP_TOKEN", "GRAPH_TOKEN", "config.toml"] {
        done.says(place);
    }
    graph.expect_untouched();
}

#[test]
fn missing_token_file_is_named() {
    let graph = Graph::start();
    let done = hangup().to(&graph).args(["--token-file", "nowhere", "a"]).run();
    assert!(matches!(done.code, Some(2 | 3)), "{done:?}");
    done.no_report().says("nowhere");
    hangup().to(&graph).args(["--token-file", "-", "a"]).run().refuses("--token-file");
    graph.expect_untouched();
}

#[test]
fn token_is_never_shown_with_verbose() {
    // Each run checks both of its outputs for the token; here the answers try to bring it back.
    let echo = format!("token {MARKER} is not good");
    for reply in [
        Reply::ended(),
        Reply::error(401, "InvalidAuthenticationToken", "no"),
        Reply::error(403, "7504", "no"),
        Reply::redirect(302, "http://127.0.0.1:9/"),
        Reply::reset(),
        Reply::cut_head(),
        Reply::error(400, MARKER, &echo),
        Reply::body(500, echo.clone()),
    ] {
        let graph = Graph::saying(reply);
        for format in ["text", "json"] {
            let command = hangup().env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").to(&graph);
            let done = command.args(["-v", "--retries", "0", "-o", format, "a"]).run();
            assert!(!done.stdout.is_empty(), "{done:?}");
        }
    }
}

#[test]
fn token_in_argument_or_config_error_is_not_shown() {
    hangup().args([format!("--token={MARKER}"), "a".into()]).run().exit(2);
    hangup().config(&format!("token = \"{MARKER}\nroute = 1\n")).arg("a").run().exit(2);
    hangup().config(&format!("token = [\"{MARKER}\"]\n")).arg("a").run().exit(2);
    hangup().no_token().env("HANGUP_TOKEN", format!("{MARKER} {MARKER}")).arg("a").run().no_report();
}

#[test]
fn redirects_are_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let thief = Graph::start();
        let graph = Graph::saying(Reply::redirect(status, &format!("{}/beta/app/calls/a", thief.base_url)));
        let done = hangup().to(&graph).args(["-o", "json", "a"]).run();
        let result = done.exit(1).result();
        assert_eq!((&result["outcome"], &result["status"]), (&"failed".into(), &status.into()));
        assert_eq!(graph.asked().len(), 1);
        thief.expect_untouched();
    }
}

#[test]
fn token_command_runs_only_when_needed() {
    let config = "token_command = [\"sh\", \"-c\", \"echo ran >> ran; echo abc\"]\n";
    let command = hangup().no_token().config(config).args(["--dry-run", "a"]);
    command.run().exit(0);
    assert!(!command.path("ran").exists());
}

#[test]
fn failing_token_command_is_named() {
    let graph = Graph::start();
    let config = "token_command = [\"sh\", \"-c\", \"echo out of luck >&2; exit 7\"]\n";
    let done = hangup().no_token().config(config).to(&graph).args(["-o", "json", "a", "b"]).run();
    done.exit(3).says("token_command");
    graph.expect_untouched();
}

#[test]
fn token_echo_with_invisible_characters_is_masked() {
    let (head, tail) = MARKER.split_at(9);
    let message = format!("bad {head}\\u0007\\u200b{tail}");
    let body = format!(r#"{{"error":{{"code":"x","message":"{message}"}}}}"#);
    let graph = Graph::saying(Reply::body(400, body));
    let hangup = hangup().to(&graph).args(["-v", "--log", "log", "a"]);
    // Standard output and standard error are looked through after each run.
    hangup.run().exit(1).shows("bad ***");
    assert!(!hangup.read("log").contains(MARKER));
}
